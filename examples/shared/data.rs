//! Subjects and records, read whole, for the examples that go over all of them more than once.

#![allow(dead_code, reason = "not every example uses all of it")]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use may_train::ndjson::{self, Lines};
use may_train::{Record, Registry};

pub fn open(path: &Path) -> Result<BufReader<File>, String> {
    let file = File::open(path);
    file.map(BufReader::new).map_err(|error| format!("{}: cannot be read: {error}", path.display()))
}

pub fn registry(path: &Path) -> Result<Registry, Box<dyn Error>> {
    let name = path.display().to_string();
    Ok(ndjson::read_registry(open(path)?).map_err(|error| error.in_file(name))?)
}

pub fn records(path: &Path) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut lines = Lines::<_, Record>::new(open(path)?);
    let mut records = Vec::new();
    while let Some(record) =
        lines.read().map_err(|error| error.in_file(path.display().to_string()))?
    {
        records.push(record);
    }
    Ok(records)
}
