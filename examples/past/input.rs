//! The inputs of `train_run` and `audit`, and the file of the ledger.

#![allow(dead_code, reason = "not every example uses all of it")]

#[path = "../shared/data.rs"]
pub mod data;
#[path = "../shared/sample.rs"]
mod sample;
#[path = "../shared/policy_source.rs"]
mod source;

use std::error::Error;
use std::fs::{File, TryLockError};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use may_train::ledger::{Ledger, LedgerEntry, Tail, Torn};
use may_train::{Policy, Record, Registry, SubjectId, Timestamp};

use crate::outputs::{self, eprintln};

/// The cut-off for the sample, which is read if the user names no files.
pub const SAMPLE_AS_OF: &str = "2024-12-01";

// The policy, the subjects, the records and the cut-off that the user named. A doc comment would
// replace the help of the command.
#[derive(Args)]
pub struct Input {
    /// The id of a shipped policy (linkedin), or a policy's TOML file.
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
    /// Refuses an output that is also an input, one of these or one of `more`.
    ///
    /// # Errors
    ///
    /// Names the first such output.
    pub fn refuse_clashes<'a>(
        &'a self,
        outputs: &[&Path],
        more: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<(), String> {
        let files = [&self.subjects, &self.records].into_iter().flatten().chain(more);
        let files = files.map(PathBuf::as_path).chain(source::file(&self.policy));
        outputs::refuse_clashes(outputs, &files.collect::<Vec<_>>())
    }

    /// Reads the policy.
    pub fn policy(&self) -> Result<Policy, Box<dyn Error>> {
        source::read(&self.policy)
    }

    /// Reads the subjects.
    pub fn registry(&self) -> Result<Registry, Box<dyn Error>> {
        data::registry(self.subjects.as_deref().unwrap_or(Path::new(sample::SUBJECTS)))
    }

    /// Reads the records.
    pub fn records(&self) -> Result<Vec<Record>, Box<dyn Error>> {
        data::records(self.records.as_deref().unwrap_or(Path::new(sample::RECORDS)))
    }
}

/// Refuses the id of a subject that no subject, record or run has: it is probably misspelt.
///
/// # Errors
///
/// Names the first such id.
pub fn known<'a>(
    option: &str,
    subjects: &'a [SubjectId],
    registry: &Registry,
    records: &[Record],
    ledger: &Ledger,
) -> Result<&'a [SubjectId], String> {
    let is_known = |id: &&SubjectId| {
        registry.get(*id).is_some()
            || records.iter().any(|record| record.subjects().contains(id))
            || ledger.uses_of_subject(id).next().is_some()
    };
    match subjects.iter().find(|id| !is_known(id)) {
        None => Ok(subjects),
        Some(id) => Err(format!(
            "{option} `{id}`: no subject, record or run has that id; write it as they do"
        )),
    }
}

/// A ledger and its locked file: only one process writes to it at a time.
pub struct LedgerFile {
    path: PathBuf,
    file: File,
    pub ledger: Ledger,
}

impl LedgerFile {
    /// Opens or creates the file, once no other process writes to it. If a killed writer left an
    /// unfinished line, it is cut off with a message.
    ///
    /// # Errors
    ///
    /// Fails if the file is not a ledger, and leaves it as it is.
    pub fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let name = path.display();
        let fail = |error| format!("{name}: cannot be opened: {error}");
        let mut file =
            File::options().create(true).read(true).append(true).open(path).map_err(fail)?;
        lock(&file, path)?;
        let read = Ledger::read(BufReader::new(&file)).map_err(|e| e.in_file(name.to_string()))?;
        match read.tail {
            Tail::Whole => {}
            Tail::Unended => file.write_all(b"\n")?,
            Tail::Torn(Torn { whole, torn }) => {
                let problem = "a run was being written when its writer was killed";
                eprintln!("{name}: {problem}; its {torn} bytes are cut off");
                file.set_len(whole)?;
            }
        }
        // Sync the folder, too: otherwise the file itself might not be on disk.
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
        file.sync_all()?;
        Ok(Self { path: path.to_owned(), file, ledger: read.ledger })
    }

    /// Writes the line of the run that was appended last. Returns once it is on disk; only then may
    /// anybody be told of the run.
    pub fn write_last(&mut self) -> Result<(), Box<dyn Error>> {
        let mut line = Vec::new();
        self.ledger.last().map_or(Ok(()), |entry: &LedgerEntry| entry.write_line(&mut line))?;
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_all());
        Ok(written.map_err(|e| format!("{}: cannot be written: {e}", self.path.display()))?)
    }
}

/// Waits until no other process holds the file's lock, and takes it. The lock ends with the
/// process.
fn lock(file: &File, path: &Path) -> Result<(), Box<dyn Error>> {
    let name = path.display();
    let fail = |error| format!("{name}: cannot be locked: {error}; keep it where files can be");
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            eprintln!("{name}: another process is writing to it; waiting until it has ended");
            Ok(file.lock().map_err(fail)?)
        }
        Err(TryLockError::Error(error)) => Err(fail(error).into()),
    }
}

/// Returns the instant that lies this many hours later.
pub fn hours_after(instant: Timestamp, hours: i64) -> Result<Timestamp, may_train::ValueError> {
    Timestamp::from_micros(instant.as_micros().saturating_add(hours * 3_600_000_000))
}
