//! The formats of files, which their names tell.

use std::path::{Path, PathBuf};

use super::Args;
use super::inputs::{Packing, name};

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// NDJSON, one JSON object per line.
    Lines,
    /// Parquet: the name of the file ends in `.parquet`.
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

/// Refuses formats that this program cannot read or write, alone or together.
pub fn check(args: &Args, subjects: &[PathBuf], records: Option<&[PathBuf]>) -> Result<(), String> {
    let outputs = [&args.decisions, &args.admitted].into_iter().flatten();
    for file in outputs.chain(subjects).chain(records.into_iter().flatten()) {
        let inner = file.file_stem().map_or(file.as_path(), Path::new);
        if Packing::of(file) != Packing::None && Format::of(inner) == Format::Parquet {
            let remedy = "Parquet is packed inside; end the name in .parquet";
            return Err(format!("{}: {remedy}", file.display()));
        }
        if !cfg!(feature = "parquet") && Format::of(file) == Format::Parquet {
            return Err(no_parquet(file));
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
    for records in records.into_iter().flatten() {
        let format = Format::of(records);
        if let Some(admitted) = args.admitted.as_deref().filter(|a| Format::of(a) != format) {
            return Err(format!(
                "{}: admitted records are written as they came; end the name as that of {} ends",
                admitted.display(),
                name(records)
            ));
        }
    }
    Ok(())
}

pub fn no_parquet(file: &Path) -> String {
    let name = file.display();
    format!("{name}: Parquet is not built in; build with `--features parquet`, or use NDJSON")
}
