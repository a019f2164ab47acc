//! Sinks: the outputs that the user requested.

#[cfg(feature = "parquet")]
use std::error::Error;
use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use arrow_array::RecordBatch;
use may_train::bulk::Counts;
use may_train::{Grounds, RecordId, RevisionId, Verdict};
use serde::Serialize;

use super::Args;
use super::format::Format;
#[cfg(feature = "parquet")]
use super::members::Members;
use super::members::{Answer, Question};
use super::outputs::Output;
#[cfg(feature = "parquet")]
use super::snapshot;
use super::snapshot::Folder;
#[cfg(feature = "parquet")]
use super::table::Table;

/// The error for records that cannot be written as they came; [`super::format::check`] refuses them
/// before.
#[cfg(feature = "parquet")]
const NOT_AS_THEY_CAME: &str = "admitted records are written as they came, in their own format";

/// The requested outputs: decisions, admitted records, counts and snapshot.
pub struct Sinks {
    decisions: Option<Sink>,
    admitted: Option<Sink>,
    #[cfg(feature = "parquet")]
    snapshot: Option<snapshot::Sinks>,
    summary: Option<Output>,
    /// The last of them, so that it is empty again where a run fails.
    folder: Option<Folder>,
}

/// The output of decisions or records, by the format of the file.
enum Sink {
    Lines(Box<Output>),
    #[cfg(feature = "parquet")]
    Table(Box<Table>),
}

impl Sink {
    #[cfg_attr(
        not(feature = "parquet"),
        allow(unused_variables, reason = "columns have to be known beforehand")
    )]
    fn create(path: &Path, explains: bool) -> Result<Self, String> {
        match Format::of(path) {
            Format::Lines => Output::create(path).map(|output| Self::Lines(Box::new(output))),
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                Table::create(path, explains).map(|table| Self::Table(Box::new(table)))
            }
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(super::format::no_parquet(path)),
        }
    }

    #[cfg_attr(
        not(feature = "parquet"),
        allow(clippy::unnecessary_wraps, reason = "a table can fail to end")
    )]
    fn finish(self) -> Result<Option<Output>, String> {
        match self {
            Self::Lines(output) => Ok(Some(*output)),
            #[cfg(feature = "parquet")]
            Self::Table(table) => table.finish(),
        }
    }
}

/// A decision as it is written, with its explanation if requested.
#[derive(Serialize)]
struct Decision<'a> {
    record: &'a RecordId,
    verdict: Verdict,
    grounds: Grounds,
    revision: Option<&'a RevisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a str>,
}

impl<'a> Decision<'a> {
    fn new(record: &'a RecordId, answer: &'a Answer, revision: Option<&'a RevisionId>) -> Self {
        Self {
            record,
            verdict: answer.grounds.verdict(),
            grounds: answer.grounds,
            revision,
            explanation: answer.explanation.as_deref(),
        }
    }
}

impl Sinks {
    pub fn open(args: &Args) -> Result<Self, String> {
        let folder = args.snapshot.as_deref().map(Folder::make).transpose()?;
        let open = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| Sink::create(path, args.explain)).transpose()
        };
        Ok(Self {
            decisions: open(&args.decisions)?,
            admitted: open(&args.admitted)?,
            #[cfg(feature = "parquet")]
            snapshot: args.snapshot.as_deref().map(snapshot::Sinks::create).transpose()?,
            summary: args.summary.as_deref().map(Output::create).transpose()?,
            folder,
        })
    }

    /// Writes the snapshot of the members, if requested.
    #[cfg(feature = "parquet")]
    pub fn write_snapshot(
        &mut self,
        members: &Members,
        question: &Question<'_>,
    ) -> Result<(), Box<dyn Error>> {
        let Some(sinks) = &mut self.snapshot else { return Ok(()) };
        let (snapshot, ids) = members.snapshot(question)?;
        sinks.write(&snapshot, &ids)
    }

    /// Returns whether all requested outputs are closed by their readers, so that nothing more
    /// needs to be decided.
    pub fn are_closed(&self) -> bool {
        let mut sinks = [&self.decisions, &self.admitted].into_iter().flatten();
        let is_closed = |sink: &Sink| matches!(sink, Sink::Lines(output) if output.is_closed());
        let asked_for = self.decisions.is_some() || self.admitted.is_some();
        asked_for && self.folder.is_none() && self.summary.is_none() && sinks.all(is_closed)
    }

    /// Returns whether the records have to be written as they came.
    pub fn wants_lines(&self) -> bool {
        self.admitted.is_some()
    }

    pub fn decide<'a>(
        &mut self,
        mut decisions: impl Iterator<Item = (&'a RecordId, &'a Answer)>,
        question: &Question<'a>,
    ) -> Result<(), String> {
        let revision = question.revision();
        match &mut self.decisions {
            None => Ok(()),
            Some(Sink::Lines(output)) => decisions.try_for_each(|(record, answer)| {
                output.write_json(&Decision::new(record, answer, revision))
            }),
            #[cfg(feature = "parquet")]
            Some(Sink::Table(table)) => table.write_decisions(decisions, revision),
        }
    }

    /// Writes a record as it came.
    pub fn admit(&mut self, line: &str) -> Result<(), String> {
        match &mut self.admitted {
            None => Ok(()),
            Some(Sink::Lines(output)) => output.write_line(line.as_bytes()),
            #[cfg(feature = "parquet")]
            Some(Sink::Table(_)) => Err(NOT_AS_THEY_CAME.into()),
        }
    }

    /// Returns whether rows have the columns of those admitted before.
    #[cfg(feature = "parquet")]
    pub fn takes(&self, batch: &RecordBatch) -> bool {
        match &self.admitted {
            Some(Sink::Table(table)) => table.takes(batch),
            Some(Sink::Lines(_)) | None => true,
        }
    }

    /// Writes those rows that may enter, as they came.
    #[cfg(feature = "parquet")]
    pub fn admit_rows(&mut self, batch: &RecordBatch, answers: &[Answer]) -> Result<(), String> {
        match &mut self.admitted {
            None => Ok(()),
            Some(Sink::Lines(_)) => Err(NOT_AS_THEY_CAME.into()),
            Some(Sink::Table(table)) => table.write_admitted(batch, answers),
        }
    }

    /// Ends and keeps every output, and writes the counts if records were decided.
    pub fn finish(mut self, counts: Option<&Counts>) -> Result<(), String> {
        if let (Some(output), Some(counts)) = (&mut self.summary, counts) {
            output.write_json(counts)?;
        }
        let sinks = [self.decisions, self.admitted].into_iter().flatten();
        let outputs = sinks.map(Sink::finish).collect::<Result<Vec<_>, _>>()?;
        let mut outputs: Vec<Output> = outputs.into_iter().flatten().collect();
        #[cfg(feature = "parquet")]
        if let Some(tables) = self.snapshot {
            outputs.extend(tables.finish()?);
        }
        outputs.extend(self.summary);
        Output::keep_all(outputs)?;
        self.folder.iter_mut().for_each(Folder::keep);
        Ok(())
    }
}
