//! What `train_run` and `audit` read, and how the ledger file is kept.

#![allow(dead_code, reason = "not every example uses all of it")]

#[path = "../shared/data.rs"]
pub mod data;
#[path = "../shared/sample.rs"]
mod sample;
#[path = "../shared/policy_source.rs"]
mod source;

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use may_train::ledger::{Ledger, LedgerEntry};
use may_train::{Policy, Record, Registry, Timestamp};

use crate::outputs::{self, eprintln};

/// The cut-off for the sample, which is read when no files are named.
pub const SAMPLE_AS_OF: &str = "2024-12-01";

#[derive(Args)]
pub struct Input {
    /// A shipped policy's id (linkedin), or a policy's TOML file.
    #[arg(long, default_value = "linkedin")]
    policy: String,
    /// The subjects, NDJSON [default: the sample]
    #[arg(long, value_name = "FILE", requires = "records")]
    subjects: Option<PathBuf>,
    /// The records, NDJSON [default: the sample]
    #[arg(long, value_name = "FILE", requires = "subjects")]
    records: Option<PathBuf>,
    /// The cut-off: RFC 3339 with an offset, or a date.
    #[arg(long, value_name = "TIME", default_value = SAMPLE_AS_OF)]
    pub as_of: Timestamp,
}

impl Input {
    /// Refuses outputs that are inputs, of these or of its own.
    pub fn refuse_clashes<'a>(
        &'a self,
        outputs: &[&Path],
        more: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<(), String> {
        let files = [&self.subjects, &self.records].into_iter().flatten().chain(more);
        let files = files.map(PathBuf::as_path).chain(source::file(&self.policy));
        outputs::refuse_clashes(outputs, &files.collect::<Vec<_>>())
    }

    pub fn policy(&self) -> Result<Policy, Box<dyn Error>> {
        source::read(&self.policy)
    }

    pub fn registry(&self) -> Result<Registry, Box<dyn Error>> {
        data::registry(self.subjects.as_deref().unwrap_or(Path::new(sample::SUBJECTS)))
    }

    pub fn records(&self) -> Result<Vec<Record>, Box<dyn Error>> {
        data::records(self.records.as_deref().unwrap_or(Path::new(sample::RECORDS)))
    }
}

/// A ledger and its file. One process may write to it at a time.
pub struct LedgerFile {
    path: PathBuf,
    file: File,
    pub ledger: Ledger,
}

impl LedgerFile {
    /// Opens or creates the file; what a killed writer left unfinished is cut off, and said.
    pub fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let fail = |error| format!("{}: cannot be opened: {error}", path.display());
        let file = File::options().create(true).read(true).append(true).open(path).map_err(fail)?;
        let read = Ledger::read(BufReader::new(&file))
            .map_err(|error| error.in_file(path.display().to_string()))?;
        if let Some(torn) = read.torn {
            eprintln!(
                "{}: a run was being written when its writer was killed; its {} bytes are cut off",
                path.display(),
                torn.torn
            );
            file.set_len(torn.whole)?;
        }
        // So that the file itself is on disk, and not only what is in it.
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        file.sync_all()?;
        Ok(Self { path: path.to_owned(), file, ledger: read.ledger })
    }

    /// Writes the line of the run that was appended last, and returns once it is on disk: only then
    /// may anybody be told of it.
    pub fn write_last(&mut self) -> Result<(), Box<dyn Error>> {
        let mut line = Vec::new();
        self.ledger.last().map_or(Ok(()), |entry: &LedgerEntry| entry.write_line(&mut line))?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_all());
        Ok(written.map_err(|e| format!("{}: cannot be written: {e}", self.path.display()))?)
    }
}

/// So many hours later.
pub fn hours_after(instant: Timestamp, hours: i64) -> Result<Timestamp, may_train::ValueError> {
    Timestamp::from_micros(instant.as_micros().saturating_add(hours * 3_600_000_000))
}
