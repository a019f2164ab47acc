//! Reads records from NDJSON, and decides and writes some thousands at a time.

use std::error::Error;
use std::io::BufRead;
use std::path::Path;

use may_train::bulk::Counts;
use may_train::ndjson::Lines;
use may_train::review::DataLint;
use may_train::{ReadError, Record};

use super::check::{self, is_sampled};
use super::in_file;
use super::inputs::Input;
use super::members::{Members, Question};
use super::sinks::Sinks;

/// How many records are decided at a time.
pub const ROWS: usize = 4096;

/// How many bytes of lines are held at a time, plus one line.
const BUFFER: usize = 1 << 20;

/// Decides every record of a file, and writes the requested outputs.
pub fn decide_all(
    members: &Members,
    question: &Question<'_>,
    path: &Path,
    sinks: &mut Sinks,
    lint: &mut DataLint,
) -> Result<Counts, Box<dyn Error>> {
    let mut lines = Lines::new(Input::open(path, "records")?);
    let mut part = Part::default();
    let mut counts = Counts::default();
    loop {
        let has_more = part.fill(&mut lines, sinks.wants_lines(), lint);
        // The records before a bad line are still decided, so that a pipe gets as much as possible.
        let answers = members.decide(question, &part.records)?;
        sinks.decide(part.records.iter().map(Record::id).zip(&answers), question)?;
        for (place, answer) in answers.iter().enumerate() {
            counts.add(answer.grounds);
            if answer.grounds.is_empty() {
                sinks.admit(part.line(place))?;
            }
        }
        if !has_more.map_err(in_file(path))? || sinks.are_closed() {
            return Ok(counts);
        }
    }
}

/// Some records, with their lines if an output needs them.
#[derive(Default)]
struct Part {
    records: Vec<Record>,
    text: String,
    /// The end of each line in the text.
    ends: Vec<usize>,
}

impl Part {
    /// Reads the next records, and returns whether there may be more.
    fn fill(
        &mut self,
        lines: &mut Lines<impl BufRead, Record>,
        keep_lines: bool,
        lint: &mut DataLint,
    ) -> Result<bool, ReadError> {
        self.records.clear();
        self.text.clear();
        self.ends.clear();
        // Long lines make a part of few records, so that memory stays bounded.
        let mut bytes = 0;
        while self.records.len() < ROWS && bytes < BUFFER {
            let Some(record) = lines.read()? else { return Ok(false) };
            lint.record(&record, lines.line());
            if is_sampled(lines.line()) {
                check::record_keys(lines.text(), lines.line(), lint);
            }
            self.records.push(record);
            bytes += lines.text().len();
            if keep_lines {
                self.text.push_str(lines.text());
                self.ends.push(self.text.len());
            }
        }
        Ok(true)
    }

    fn line(&self, place: usize) -> &str {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(place).copied().unwrap_or_default();
        self.text.get(start.copied().unwrap_or_default()..end).unwrap_or_default()
    }
}
