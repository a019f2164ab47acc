//! Subjects and records, read whole. For the examples that need all of them more than once.

#![allow(dead_code, reason = "not every example uses all of it")]

use std::error::Error;
use std::path::Path;

use may_train::ndjson::{self, Lines};
use may_train::{Record, Registry};

use crate::inputs::{self, Input};

/// Opens a file that is read from front to back.
pub fn open(path: &Path) -> Result<Input, String> {
    Input::open(path, "runs")
}

/// Reads a file of subjects.
pub fn registry(path: &Path) -> Result<Registry, Box<dyn Error>> {
    let read = ndjson::read_registry(Input::open(path, "subjects")?);
    Ok(read.map_err(|error| error.in_file(inputs::name(path)))?)
}

/// Reads a file of records.
pub fn records(path: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut lines = Lines::<_, Record>::new(Input::open(path, "records")?);
    let mut records = Vec::new();
    while let Some(record) = lines.read().map_err(|error| error.in_file(inputs::name(path)))? {
        records.push(record);
    }
    Ok(records)
}
