//! What the user asked to be written.

use std::path::{Path, PathBuf};

use may_train::bulk::Counts;
use may_train::{Grounds, RecordId, RevisionId, Verdict};
use serde::Serialize;

use super::Args;
use super::members::{Answer, Question};
use super::output::{self, Output};

/// The decisions, the admitted records, the counts: those that were asked for.
pub struct Outputs {
    decisions: Option<Output>,
    admitted: Option<Output>,
    summary: Option<Output>,
}

/// A decision as it is written, with its explanation if that was asked for.
#[derive(Serialize)]
pub struct Decided<'a> {
    record: &'a RecordId,
    verdict: Verdict,
    grounds: Grounds,
    revision: Option<&'a RevisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a str>,
}

impl<'a> Decided<'a> {
    pub fn new(record: &'a RecordId, answer: &'a Answer, question: &Question<'a>) -> Self {
        Self {
            record,
            verdict: answer.grounds.verdict(),
            grounds: answer.grounds,
            revision: question.revision(),
            explanation: answer.explanation.as_deref(),
        }
    }
}

impl Outputs {
    pub fn open(args: &Args, inputs: &[&Path]) -> Result<Self, String> {
        let paths: Vec<&Path> = [&args.decisions, &args.admitted, &args.summary]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
            .collect();
        output::refuse_clashes(&paths, inputs)?;
        let open = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
        Ok(Self {
            decisions: open(&args.decisions)?,
            admitted: open(&args.admitted)?,
            summary: open(&args.summary)?,
        })
    }

    /// Whether the records have to be written as they came.
    pub fn wants_lines(&self) -> bool {
        self.admitted.is_some()
    }

    pub fn decide(&mut self, decided: &Decided<'_>) -> Result<(), String> {
        self.decisions.as_mut().map_or(Ok(()), |output| output.write_json(decided))
    }

    pub fn admit(&mut self, line: &str) -> Result<(), String> {
        self.admitted.as_mut().map_or(Ok(()), |output| output.write_line(line.as_bytes()))
    }

    pub fn finish(mut self, counts: &Counts) -> Result<(), String> {
        if let Some(output) = &mut self.summary {
            output.write_json(counts)?;
        }
        Output::keep_all([self.decisions, self.admitted, self.summary].into_iter().flatten())
    }
}
