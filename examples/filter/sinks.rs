//! Sinks: the outputs that the user requested.

#[cfg(feature = "parquet")]
use std::error::Error;
use std::path::{Path, PathBuf};
#[cfg(feature = "parquet")]
use std::sync::Arc;

#[cfg(feature = "parquet")]
use arrow_array::StringArray;
use may_train::bulk::Counts;

use super::Args;
use super::decisions::{Answers, Form, Wording};
use super::format::Format;
#[cfg(feature = "parquet")]
use super::members::Members;
use super::members::Question;
use super::outputs::Output;
use super::records::Piece;
#[cfg(feature = "parquet")]
use super::snapshot;
use super::snapshot::Folder;
#[cfg(feature = "parquet")]
use super::table::{self, Encoder, Table};

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
    form: Form,
    explains: bool,
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
    fn create(path: &Path) -> Result<Self, String> {
        match Format::of(path) {
            Format::Lines => Output::create(path).map(|output| Self::Lines(Box::new(output))),
            #[cfg(feature = "parquet")]
            Format::Parquet => Table::create(path).map(|table| Self::Table(Box::new(table))),
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

/// What is made of some records for one output.
pub enum Portion {
    Lines(Vec<u8>),
    #[cfg(feature = "parquet")]
    Rows(Arc<Encoder>, table::Portion),
}

/// What is made of records, in any thread.
pub struct Wanted {
    /// How decisions are written, if they are.
    pub decisions: Option<Wording>,
    /// What encodes the decisions, if they are rows.
    #[cfg(feature = "parquet")]
    pub encoder: Option<Arc<Encoder>>,
    /// Whether eligible records are written as they came.
    pub admits: bool,
}

impl Wanted {
    /// Makes the decisions on some records, if they are written.
    pub fn decisions<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
        answers: &Answers,
    ) -> Result<Option<Portion>, String> {
        let Some(wording) = &self.decisions else { return Ok(None) };
        #[cfg(feature = "parquet")]
        if let Some(encoder) = &self.encoder {
            let columns = wording.columns(StringArray::from_iter_values(ids), answers);
            let portion = encoder.portion(vec![columns])?;
            return Ok(Some(Portion::Rows(encoder.clone(), portion)));
        }
        let lines = wording.lines(ids, answers).map_err(|error| error.to_string())?;
        Ok(Some(Portion::Lines(lines)))
    }
}

impl Sinks {
    pub fn open(args: &Args) -> Result<Self, String> {
        let folder = args.snapshot.as_deref().map(Folder::make).transpose()?;
        let open = |path: &Option<PathBuf>| path.as_deref().map(Sink::create).transpose();
        Ok(Self {
            decisions: open(&args.decisions)?,
            admitted: open(&args.admitted)?,
            #[cfg(feature = "parquet")]
            snapshot: args.snapshot.as_deref().map(snapshot::Sinks::create).transpose()?,
            summary: args.summary.as_deref().map(Output::create).transpose()?,
            form: args.decisions_as,
            explains: args.explain,
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

    /// Returns what has to be made of the records.
    #[cfg_attr(
        not(feature = "parquet"),
        allow(clippy::unnecessary_wraps, reason = "rows need an encoder, which can fail")
    )]
    pub fn wanted(&self, question: &Question<'_>) -> Result<Wanted, String> {
        let revision = question.revision().map(ToString::to_string);
        let (form, explains) = (self.form, self.explains);
        let decisions = Wording { form, revision, explains };
        Ok(Wanted {
            #[cfg(feature = "parquet")]
            encoder: match &self.decisions {
                Some(Sink::Table(_)) => Some(Arc::new(decisions.encoder()?)),
                Some(Sink::Lines(_)) | None => None,
            },
            decisions: self.decisions.is_some().then_some(decisions),
            admits: self.admitted.is_some(),
        })
    }

    /// Writes what was made of some records.
    pub fn take(&mut self, piece: Piece) -> Result<(), String> {
        let decisions = (&mut self.decisions, piece.decisions);
        for (sink, portion) in [decisions, (&mut self.admitted, piece.admitted)] {
            match (sink, portion) {
                (Some(Sink::Lines(output)), Some(Portion::Lines(lines))) => {
                    output.write_lines(&lines)?;
                }
                #[cfg(feature = "parquet")]
                (Some(Sink::Table(table)), Some(Portion::Rows(encoder, portion))) => {
                    table.take(&encoder, portion)?;
                }
                (None, _) | (_, None) => {}
                #[cfg(feature = "parquet")]
                (Some(_), Some(_)) => return Err(NOT_AS_THEY_CAME.into()),
            }
        }
        Ok(())
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
