//! Records of NDJSON: read, decided and written some thousands at a time.

use std::error::Error;
use std::io::BufRead;
use std::path::Path;

use may_train::bulk::Counts;
use may_train::ndjson::Lines;
use may_train::review::DataLint;
use may_train::{ReadError, Record};

use super::check::{self, is_sampled};
use super::members::{Members, Question};
use super::outputs::Outputs;
use super::{BUFFER, in_file, open, with_progress};

/// How many records are decided at a time.
pub const ROWS: usize = 4096;

/// Decides every record of a file, and writes what was asked for.
pub fn decide_all(
    members: &Members,
    question: &Question<'_>,
    path: &Path,
    outputs: &mut Outputs,
    lint: &mut DataLint,
) -> Result<Counts, Box<dyn Error>> {
    let (bar, reader) = with_progress(open(path)?, "records");
    let mut lines = Lines::new(reader);
    let mut part = Part::default();
    let mut counts = Counts::default();
    loop {
        let has_more = part.fill(&mut lines, outputs.wants_lines(), lint);
        // What comes before a bad line is decided: a pipe gets as much as it can.
        let answers = members.decide(question, &part.records)?;
        outputs.decide(part.records.iter().map(Record::id).zip(&answers), question)?;
        for (place, answer) in answers.iter().enumerate() {
            counts.add(answer.grounds);
            if answer.grounds.is_empty() {
                outputs.admit(part.line(place))?;
            }
        }
        if !has_more.map_err(in_file(path))? {
            bar.finish_and_clear();
            return Ok(counts);
        }
    }
}

/// Some records, and the lines that they came in, where these are asked for.
#[derive(Default)]
struct Part {
    records: Vec<Record>,
    text: String,
    /// Where each line ends in the text.
    ends: Vec<usize>,
}

impl Part {
    /// Reads the next records; whether there may be more of them.
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
        while self.records.len() < ROWS && self.text.len() < BUFFER {
            let Some(record) = lines.read()? else { return Ok(false) };
            lint.record(&record, lines.line());
            if is_sampled(lines.line()) {
                check::record_keys(lines.text(), lines.line(), lint);
            }
            self.records.push(record);
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
