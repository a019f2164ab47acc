//! The snapshot as tables: a folder of Parquet files.

use std::path::{Path, PathBuf};

#[cfg(feature = "parquet")]
use std::error::Error;

#[cfg(feature = "parquet")]
use arrow_array::{RecordBatch, RecordBatchReader};
#[cfg(feature = "parquet")]
use may_train::SubjectId;
#[cfg(feature = "parquet")]
use may_train::arrow::Tables;
#[cfg(feature = "parquet")]
use may_train::bulk::{Ids, Snapshot};

use super::outputs::Made;
#[cfg(feature = "parquet")]
use super::outputs::Output;
#[cfg(feature = "parquet")]
use super::table::Table;

const TABLES: [&str; 5] = ["members", "cells", "kinds", "codes", "question"];

/// The files of a folder of tables.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    TABLES.iter().map(|table| folder.join(format!("{table}.parquet"))).collect()
}

/// A folder that is made for the tables, and is gone again unless they are kept.
pub struct Folder {
    /// The folder, if it was not there before.
    made: Option<Made>,
}

impl Folder {
    pub fn make(path: &Path) -> Result<Self, String> {
        if path.is_dir() {
            return Ok(Self { made: None });
        }
        let made = Made::folder(path);
        let made = made.map_err(|e| format!("{}: cannot be made a folder: {e}", path.display()))?;
        Ok(Self { made: Some(made) })
    }

    pub fn keep(&mut self) {
        self.made.take().into_iter().for_each(Made::keep);
    }
}

/// The tables in the making.
#[cfg(feature = "parquet")]
pub struct Sinks([Table; TABLES.len()]);

#[cfg(feature = "parquet")]
impl Sinks {
    pub fn create(folder: &Path) -> Result<Self, String> {
        let tables = files(folder).into_iter().map(|file| Table::create(&file));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        tables.try_into().map(Self).map_err(|_| "there are five tables".to_owned())
    }

    pub fn write(
        &mut self,
        snapshot: &Snapshot,
        ids: &Ids<SubjectId>,
    ) -> Result<(), Box<dyn Error>> {
        let tables = Tables::of(snapshot);
        let [members, cells, kinds, codes, question] = &mut self.0;
        let batches = tables.members(ids)?;
        // A part may be nobody's, and has columns all the same.
        members.write(&RecordBatch::new_empty(batches.schema()))?;
        for batch in batches {
            members.write(&batch?)?;
        }
        cells.write(&tables.cells()?)?;
        kinds.write(&tables.kinds()?)?;
        codes.write(&Tables::codes()?)?;
        Ok(question.write(&tables.question()?)?)
    }

    pub fn finish(self) -> Result<Vec<Output>, String> {
        let outputs = self.0.into_iter().map(Table::finish);
        Ok(outputs.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}
