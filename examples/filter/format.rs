//! The formats of files, told by their names.

use std::path::Path;

use super::Args;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// NDJSON, one JSON object a line.
    Lines,
    /// Parquet: of a file whose name ends in `.parquet`.
    Parquet,
}

impl Format {
    pub fn of(path: &Path) -> Self {
        match path.extension() {
            Some(ending) if ending.eq_ignore_ascii_case("parquet") => Self::Parquet,
            Some(_) | None => Self::Lines,
        }
    }
}

/// Refuses formats that cannot be read or written, alone or together.
pub fn check(args: &Args, subjects: &Path, records: Option<&Path>) -> Result<(), String> {
    let outputs = [&args.decisions, &args.admitted].into_iter().flatten();
    let files = outputs.map(AsRef::as_ref).chain([subjects]).chain(records);
    if !cfg!(feature = "parquet") {
        for file in files {
            if Format::of(file) == Format::Parquet {
                return Err(no_parquet(file));
            }
        }
    }
    if let Some(snapshot) = args.snapshot.as_deref() {
        if Format::of(snapshot) == Format::Parquet {
            let name = snapshot.display();
            return Err(format!("{name}: the snapshot is several tables; name a folder for them"));
        }
        if !cfg!(feature = "parquet") {
            return Err(no_parquet(snapshot));
        }
    }
    let Some(records) = records else { return Ok(()) };
    let format = Format::of(records);
    if args.explain && format == Format::Parquet {
        let name = records.display();
        return Err(format!("{name}: records of Parquet are not explained; leave --explain out"));
    }
    match args.admitted.as_deref() {
        Some(admitted) if Format::of(admitted) != format => Err(format!(
            "{}: admitted records are written as they came; end the name as that of {} ends",
            admitted.display(),
            records.display()
        )),
        Some(_) | None => Ok(()),
    }
}

pub fn no_parquet(file: &Path) -> String {
    let name = file.display();
    format!("{name}: Parquet is not built in; build with `--features parquet`, or use NDJSON")
}
