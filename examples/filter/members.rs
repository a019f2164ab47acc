//! Members: the facts about the subjects that the decisions need, and the decisions on their
//! records.

#[cfg(feature = "parquet")]
use std::borrow::Cow;
use std::error::Error;
use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use may_train::bulk::CapacityError;
use may_train::bulk::{Batch, ColumnError, Decisions, Ids, Snapshot};
use may_train::ndjson::Lines;
use may_train::review::DataLint;
use may_train::{
    Grounds, Policy, Record, Registry, Revision, RevisionId, Subject, SubjectId, Timestamp, View,
};

use super::decisions::Answers;
use super::format::Format;
use super::in_file;
use super::inputs::{self, Input};
use super::part::Part;

/// The policy, the cut-off and the state of knowledge of a run.
pub struct Question<'a> {
    pub policy: &'a Policy,
    pub as_of: Timestamp,
    pub known_at: Option<Timestamp>,
}

impl<'a> Question<'a> {
    /// Returns the revision in force; `None` if no revision is in force.
    pub fn revision(&self) -> Option<&'a RevisionId> {
        self.policy.in_force(self.as_of).map(Revision::id)
    }

    fn view<'b>(&self, registry: &'b Registry) -> View<'b>
    where
        'a: 'b,
    {
        let view = registry.view(self.policy, self.as_of);
        self.known_at.map_or(view, |known_at| view.with_known_at(known_at))
    }
}

/// The subjects that the platform knows.
pub enum Members {
    /// Whole subjects, whose facts an explanation cites.
    Whole(Registry),
    /// Frozen subjects, with their ids by number.
    Frozen(Box<Snapshot>, Ids<SubjectId>),
}

impl Members {
    /// Reads the subjects of the files. It keeps them whole if explanations are needed.
    #[cfg_attr(
        not(feature = "parquet"),
        allow(unused_variables, reason = "Parquet alone is read in several threads")
    )]
    pub fn read(
        files: &[PathBuf],
        question: &Question<'_>,
        part: Option<Part>,
        explain: bool,
        lint: &mut DataLint,
        threads: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let Question { policy, as_of, known_at } = *question;
        let mut members = if explain {
            Self::Whole(Registry::new())
        } else {
            Self::Frozen(Box::new(Snapshot::new(policy, as_of, known_at)), Ids::new())
        };
        // Neighbours of one format are read together.
        for files in files.chunk_by(|one, next| Format::of(one) == Format::of(next)) {
            match files.first().map(|file| Format::of(file)) {
                #[cfg(feature = "parquet")]
                Some(Format::Parquet) => {
                    super::people::take(&mut members, question, files, part, threads)?;
                }
                #[cfg(not(feature = "parquet"))]
                Some(Format::Parquet) => return Err(super::format::no_parquet(&files[0]).into()),
                Some(Format::Lines) => {
                    for file in files {
                        members.take_lines(file, part, lint)?;
                    }
                }
                None => {}
            }
        }
        match files {
            // A table without rows still has its columns; an empty file of lines has nothing.
            [file, ..]
                if members.len() == 0 && part.is_none() && Format::of(file) == Format::Lines =>
            {
                let remedy = "the file is empty; give one JSON object a line";
                Err(format!("{}: {remedy}", inputs::name(file)).into())
            }
            _ => Ok(members),
        }
    }

    fn take_lines(
        &mut self,
        path: &Path,
        part: Option<Part>,
        lint: &mut DataLint,
    ) -> Result<(), Box<dyn Error>> {
        let mut lines = Lines::<_, Subject>::new(Input::open(path, "subjects")?);
        while let Some(subject) = lines.read().map_err(in_file(path))? {
            if !part.is_none_or(|part| part.has(subject.id())) {
                continue;
            }
            lint.subject(&subject, lines.line());
            let taken = match self {
                Self::Whole(registry) => registry.insert(subject).map_err(|e| e.to_string()),
                Self::Frozen(snapshot, ids) => {
                    snapshot.push_as(&subject, ids).map(drop).map_err(|e| e.to_string())
                }
            };
            taken
                .map_err(|error| format!("{}:{}: id: {error}", inputs::name(path), lines.line()))?;
        }
        Ok(())
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Whole(registry) => registry.len(),
            Self::Frozen(snapshot, _) => snapshot.len(),
        }
    }

    /// Returns the snapshot of the subjects, and the ids by number.
    #[cfg(feature = "parquet")]
    pub fn snapshot(
        &self,
        question: &Question<'_>,
    ) -> Result<(Cow<'_, Snapshot>, Cow<'_, Ids<SubjectId>>), CapacityError> {
        match self {
            Self::Whole(registry) => {
                let (snapshot, ids) = question.view(registry).freeze()?;
                Ok((Cow::Owned(snapshot), Cow::Owned(ids)))
            }
            Self::Frozen(snapshot, ids) => Ok((Cow::Borrowed(snapshot), Cow::Borrowed(ids))),
        }
    }

    /// Decides some records, in their order.
    pub fn decide(
        &self,
        question: &Question<'_>,
        records: &[Record],
    ) -> Result<Answers, ColumnError> {
        match self {
            Self::Whole(registry) => {
                let view = question.view(registry);
                let mut answers = Answers::default();
                for record in records {
                    let explanation = view.explain(record);
                    answers.grounds.push(explanation.grounds());
                    answers.explanations.push(explanation.to_string());
                }
                Ok(answers)
            }
            Self::Frozen(snapshot, ids) => {
                let grounds = in_bulk(snapshot, ids, records)?;
                Ok(Answers { grounds, explanations: Vec::new() })
            }
        }
    }
}

fn in_bulk(
    snapshot: &Snapshot,
    ids: &Ids<SubjectId>,
    records: &[Record],
) -> Result<Vec<Grounds>, ColumnError> {
    let mut grounds = Vec::with_capacity(records.len());
    let mut decided = Decisions::new();
    while let Some(rest) = records.get(grounds.len()..).filter(|rest| !rest.is_empty()) {
        let mut batch = Batch::new();
        // A record of a 257th kind opens the next batch.
        rest.iter().take_while(|record| batch.push(record, ids).is_ok()).count();
        snapshot.decide_into(&batch.columns(), &mut decided)?;
        grounds.extend_from_slice(decided.grounds());
    }
    Ok(grounds)
}
