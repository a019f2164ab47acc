//! Subjects of Parquet.

use std::error::Error;
use std::path::Path;

use may_train::arrow::Subjects;
use may_train::bulk::ColumnError;

use super::members::{Members, Question};
use super::part::Part;
use super::rows;

/// Reads the subjects of a file, whole if explanations will be asked for.
pub fn read(
    path: &Path,
    question: &Question<'_>,
    part: Option<Part>,
    explain: bool,
) -> Result<Members, Box<dyn Error>> {
    let mut members = Members::none(question, explain);
    let check = |no_rows: &_| Subjects::read(no_rows).map(drop);
    let (bar, reader) = rows::read(path, "subject", check, |_| true)?;
    let mut before = 0;
    for batch in reader {
        let batch = batch.map_err(|error| rows::cannot_read(path, &error))?;
        let bad = |error: ColumnError| format!("{}: {}", path.display(), error.after(before));
        let subjects = Subjects::read(&batch).map_err(bad)?;
        match &mut members {
            Members::Whole(registry) => subjects.register(registry),
            Members::Frozen(snapshot, ids) => {
                subjects.freeze_some(snapshot, ids, |id| part.is_none_or(|part| part.has(id)))
            }
        }
        .map_err(bad)?;
        before += batch.num_rows();
        bar.inc(u64::try_from(batch.num_rows())?);
    }
    bar.finish_and_clear();
    Ok(members)
}
