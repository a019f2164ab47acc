//! Reads subjects from Parquet, in several threads.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use may_train::arrow::Subjects;
use may_train::bulk::{CapacityError, ColumnError, Snapshot};
use may_train::{DuplicateSubjectError, SubjectId};

use super::members::{Members, Question};
use super::part::Part;
use super::rows::{Rows, Unit};
use super::work::in_order;

/// Subjects that were read together.
enum Read {
    Whole(Vec<Subjects>),
    /// A snapshot of its own, and the id and the row of each subject.
    Frozen(Box<Snapshot>, Vec<(SubjectId, usize)>),
}

/// Takes in the subjects of some files.
pub fn take(
    members: &mut Members,
    question: &Question<'_>,
    files: &[PathBuf],
    part: Option<Part>,
    threads: usize,
) -> Result<(), Box<dyn Error>> {
    // One thread freezes them in their place at once.
    let keeps_whole = threads == 1 || matches!(members, Members::Whole(_));
    let check = |no_rows: &_| Subjects::read(no_rows).map(drop);
    let units =
        files.iter().flat_map(|file| match Rows::open(file, "subject", check, |_| true, false) {
            Ok((rows, units)) => {
                let rows = Arc::new(rows);
                units.into_iter().map(|unit| Ok((rows.clone(), unit))).collect::<Vec<_>>()
            }
            Err(error) => vec![Err(error)],
        });
    let work = |unit: Result<(Arc<Rows>, Unit), String>| {
        let (rows, unit) = unit?;
        let read =
            if keeps_whole { whole(&rows, &unit) } else { frozen(&rows, &unit, question, part) };
        read.map(|read| (rows, unit.before, read))
    };
    in_order(threads, units, work, |read| -> Result<_, Box<dyn Error>> {
        let (rows, before, read) = read?;
        let taken = take_in(members, before, part, read);
        taken.map_err(|error| format!("{}: {error}", rows.path().display()))?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Takes in subjects that were read after some rows of a file.
fn take_in(
    members: &mut Members,
    before: usize,
    part: Option<Part>,
    read: Read,
) -> Result<(), String> {
    match (members, read) {
        (members, Read::Whole(all)) => {
            let mut row = before;
            for subjects in all {
                let rows = subjects.as_slice().len();
                let taken = match members {
                    Members::Whole(registry) => subjects.register(registry),
                    Members::Frozen(snapshot, ids) => subjects
                        .freeze_some(snapshot, ids, |id| part.is_none_or(|part| part.has(id))),
                };
                taken.map_err(|error| error.after(row).to_string())?;
                row += rows;
            }
        }
        (Members::Frozen(snapshot, ids), Read::Frozen(frozen, new)) => {
            for (id, row) in new {
                let next = ids.len();
                let number = ids.insert(id).ok_or_else(|| CapacityError.to_string())?;
                if let Some(first) = ids.value(number).filter(|_| ids.len() == next) {
                    let error = DuplicateSubjectError::new(first.clone());
                    return Err(format!("`id`, row {row}: {error}"));
                }
            }
            snapshot.append(&frozen).map_err(|error| error.to_string())?;
        }
        (Members::Whole(_), Read::Frozen(..)) => {}
    }
    Ok(())
}

fn in_rows(rows: &Rows) -> impl Fn(ColumnError) -> String {
    move |error| format!("{}: {error}", rows.path().display())
}

fn whole(rows: &Rows, unit: &Unit) -> Result<Read, String> {
    let mut before = unit.before;
    let mut all = Vec::new();
    for batch in rows.read(unit)? {
        let batch = batch?;
        let subjects = Subjects::read(&batch);
        all.push(subjects.map_err(|error| in_rows(rows)(error.after(before)))?);
        before += batch.num_rows();
    }
    Ok(Read::Whole(all))
}

fn frozen(
    rows: &Rows,
    unit: &Unit,
    question: &Question<'_>,
    part: Option<Part>,
) -> Result<Read, String> {
    let mut snapshot = Snapshot::new(question.policy, question.as_of, question.known_at);
    let mut ids = Vec::new();
    let mut row = unit.before;
    for batch in rows.read(unit)? {
        let subjects = Subjects::read(&batch?);
        for subject in subjects.map_err(|error| in_rows(rows)(error.after(row)))? {
            if part.is_none_or(|part| part.has(subject.id())) {
                snapshot.push(&subject).map_err(|error| error.to_string())?;
                ids.push((subject.id().clone(), row));
            }
            row += 1;
        }
    }
    Ok(Read::Frozen(Box::new(snapshot), ids))
}
