//! Reads records from NDJSON or Parquet, and decides and writes some thousands at a time, in several
//! threads.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use may_train::Record;
use may_train::bulk::Counts;
use may_train::ndjson::{LONGEST_LINE, Lines};
use may_train::review::DataLint;

use super::check::{self, is_sampled};
use super::format::Format;
use super::in_file;
use super::inputs::Input;
use super::members::{Members, Question};
use super::sinks::{Portion, Sinks, Wanted};
#[cfg(feature = "parquet")]
use super::table_rows::{Unit, of_file};
use super::work::in_order;

/// How many bytes of lines are read at a time, plus the rest of the last line.
const BLOCK: usize = 1 << 19;

/// Records that are decided together.
enum Job {
    Lines {
        file: PathBuf,
        block: Block,
    },
    #[cfg(feature = "parquet")]
    Rows(Unit),
    /// Records that cannot be had.
    Failed(String),
}

/// What was made of some records.
#[derive(Default)]
pub struct Piece {
    pub counts: Counts,
    pub decisions: Option<Portion>,
    pub admitted: Option<Portion>,
    /// The records and keys for the lint, with their lines.
    pub checked: Vec<(usize, Record)>,
    pub keys: Vec<(usize, String)>,
    /// Why there are no more records.
    pub failure: Option<String>,
}

/// Decides every record of the files, and writes the requested outputs, until every output is closed.
pub fn decide_all(
    members: &Members,
    question: &Question<'_>,
    files: &[PathBuf],
    sinks: &mut Sinks,
    lint: &mut DataLint,
    threads: usize,
) -> Result<Counts, Box<dyn Error>> {
    let wanted = sinks.wanted(question)?;
    #[cfg(feature = "parquet")]
    let mut columns = super::table_rows::ColumnsOfAll::default();
    let jobs = files.iter().flat_map(|file| -> Box<dyn Iterator<Item = Job>> {
        match Format::of(file) {
            Format::Lines => Box::new(blocks(file)),
            #[cfg(feature = "parquet")]
            Format::Parquet => match of_file(file, &wanted, &mut columns) {
                Ok(units) => Box::new(units.into_iter().map(Job::Rows)),
                Err(error) => Box::new([Job::Failed(error)].into_iter()),
            },
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Box::new([Job::Failed(super::format::no_parquet(file))].into_iter()),
        }
    });
    let work = |job| match job {
        Job::Lines { file, block } => of_block(members, question, &wanted, &file, block),
        #[cfg(feature = "parquet")]
        Job::Rows(unit) => unit.decide(members, question, &wanted),
        Job::Failed(failure) => Piece { failure: Some(failure), ..Piece::default() },
    };
    let mut counts = Counts::default();
    in_order(threads, jobs, work, |mut piece| -> Result<_, Box<dyn Error>> {
        counts.merge(&piece.counts);
        for (line, record) in &piece.checked {
            lint.record(record, *line);
        }
        for (line, text) in &piece.keys {
            check::record_keys(text, *line, lint);
        }
        // The records before a bad one are still written, so that a pipe gets as much as possible.
        let failure = piece.failure.take();
        sinks.take(piece)?;
        match failure {
            Some(failure) => Err(failure.into()),
            None if sinks.are_closed() => Ok(ControlFlow::Break(())),
            None => Ok(ControlFlow::Continue(())),
        }
    })?;
    Ok(counts)
}

/// Whole lines of a file, one after the other.
struct Block {
    text: Vec<u8>,
    /// How many lines of the file come before.
    before: usize,
    /// Why the file cannot be read further.
    failure: Option<io::Error>,
}

/// The end of a block: of the file, or of what can be read of it.
struct End(Option<io::Error>);

impl Read for End {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Returns the lines of a file, block by block.
fn blocks(file: &Path) -> impl Iterator<Item = Job> + use<> {
    let file = file.to_owned();
    let mut input = Some(Input::open(&file, "records"));
    let mut before = 0;
    std::iter::from_fn(move || match input.take()? {
        Err(error) => Some(Job::Failed(error)),
        Ok(mut open) => {
            let mut text = Vec::with_capacity(BLOCK + (BLOCK >> 4));
            let failure = read_block(&mut open, &mut text).err();
            if text.is_empty() && failure.is_none() {
                return None;
            }
            if failure.is_none() {
                input = Some(Ok(open));
            }
            let block = Block { text, before, failure };
            before += block.text.split(|byte| *byte == b'\n').count() - 1;
            Some(Job::Lines { file: file.clone(), block })
        }
    })
}

/// Reads some bytes and the rest of the last line; of a line that is too long, as much as shows it.
fn read_block(input: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<()> {
    input.by_ref().take(BLOCK as u64).read_to_end(text)?;
    if text.last().is_some_and(|last| *last != b'\n') {
        input.by_ref().take(LONGEST_LINE as u64 + 1).read_until(b'\n', text)?;
    }
    Ok(())
}

/// Decides the records of a block.
fn of_block(
    members: &Members,
    question: &Question<'_>,
    wanted: &Wanted,
    file: &Path,
    block: Block,
) -> Piece {
    let end = BufReader::new(End(block.failure));
    let mut lines = Lines::<_, Record>::after(block.before, block.text.as_slice().chain(end));
    let mut piece = Piece::default();
    let (mut records, mut numbers, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match lines.read() {
            Ok(Some(record)) => {
                let line = lines.line();
                records.push(record);
                numbers.push(line);
                if wanted.admits {
                    texts.push(lines.text().to_owned());
                }
                if is_sampled(line) {
                    piece.keys.push((line, lines.text().to_owned()));
                }
            }
            Ok(None) => break,
            Err(error) => {
                piece.failure = Some(in_file(file)(error).to_string());
                break;
            }
        }
    }
    let answers = match members.decide(question, &records) {
        Ok(answers) => answers,
        Err(error) => {
            piece.failure = Some(error.to_string());
            return piece;
        }
    };
    piece.counts.extend(answers.grounds.iter().copied());
    let ids = records.iter().map(|record| record.id().as_str());
    match wanted.decisions(ids, &answers) {
        Ok(decisions) => piece.decisions = decisions,
        Err(error) => piece.failure = Some(error),
    }
    if wanted.admits {
        let mut admitted = Vec::new();
        for (text, _) in texts.iter().zip(&answers.grounds).filter(|(_, of)| of.is_empty()) {
            admitted.extend_from_slice(text.as_bytes());
            admitted.push(b'\n');
        }
        piece.admitted = Some(Portion::Lines(admitted));
    }
    piece.checked = numbers.into_iter().zip(records).collect();
    piece
}
