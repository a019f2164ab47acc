//! Reads subjects from Parquet.

use std::error::Error;
use std::path::Path;

use may_train::arrow::Subjects;
use may_train::bulk::ColumnError;

use super::members::Members;
use super::part::Part;
use super::rows;

/// Takes in the subjects of a file, which may be one part of several.
pub fn take(
    members: &mut Members,
    path: &Path,
    is_part: bool,
    part: Option<Part>,
) -> Result<(), Box<dyn Error>> {
    let check = |no_rows: &_| Subjects::read(no_rows).map(drop);
    let (bar, reader) = rows::read(path, "subject", is_part, check, |_| true)?;
    let mut before = 0;
    for batch in reader {
        let batch = batch?;
        let bad = |error: ColumnError| format!("{}: {}", path.display(), error.after(before));
        let subjects = Subjects::read(&batch).map_err(bad)?;
        match members {
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
    Ok(())
}
