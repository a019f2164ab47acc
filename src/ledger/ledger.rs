//! The ledger: the append-only list of every training run of a platform.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::decision::digest::{Digest, Digester, count};
use crate::ledger::manifest::Sealed;
use crate::ledger::run::{Parent, RunId, SealedRun};
use crate::values::error::ReadError;
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::Span;

/// The append-only list of a platform's sealed runs, in the order in which they were appended.
///
/// No method removes or alters a run. Each entry carries the digest of the entry before it, so that
/// [`Ledger::read`] finds a run that is missing or altered. It cannot find that the *last* runs are
/// missing. So keep the [digest](Ledger::digest) after each run where those who can write the
/// ledger's file cannot: in a model registry, a ticket, or with the auditor. Ask later whether the
/// ledger still [holds](Ledger::holds) it.
///
/// The first run of an id stays: a second run of that id is refused.
///
/// The file is NDJSON: one run a line, with all its identifiers. One writer at a time appends to
/// it: take a lock before you read the file, and keep it until you have written. A run is
/// acknowledged once its line is on disk.
///
/// A last line without a line end is a run if it is complete. If it is the beginning of the next
/// entry, the writer was killed while it wrote, and that run was never acknowledged. Anything else
/// is an error, and must not be cut off.
///
/// ```
/// use may_train::{Policy, Registry};
/// use may_train::ledger::{Ledger, Tail, TrainingSet};
///
/// let (policy, registry) = (Policy::shipped("linkedin")?, Registry::new());
/// let now = "2024-12-01".parse()?;
/// let set = |id: &str| Ok::<_, may_train::ValueError>(
///     TrainingSet::new(id.parse()?, &registry.gate(&policy, now, now)));
///
/// let mut ledger = Ledger::new();
/// let mut file = Vec::new();
/// for id in ["run-1", "run-2"] {
///     ledger.append(set(id)?.seal())?;
///     ledger.last().unwrap().write_line(&mut file)?;
/// }
/// assert!(ledger.append(set("run-2")?.seal()).is_err());
///
/// file.truncate(file.len() - 10); // killed while it wrote
/// let read = Ledger::read(file.as_slice())?;
/// assert_eq!(read.ledger.entries().len(), 1);
/// assert!(matches!(read.tail, Tail::Torn(_)));
/// assert!(!read.ledger.holds(ledger.digest()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Ledger {
    entries: Vec<LedgerEntry>,
    /// The index of each entry, by its run.
    places: HashMap<RunId, usize>,
}

/// An entry of a ledger: a run with its number and the digest of the chain.
#[derive(Debug)]
pub struct LedgerEntry {
    number: u64,
    previous: Option<Digest>,
    chain: Digest,
    run: SealedRun,
}

/// A ledger that was read from a file, and how the file ends.
#[derive(Debug)]
pub struct LedgerRead {
    /// Every run that was acknowledged.
    pub ledger: Ledger,
    /// How the file ends.
    pub tail: Tail,
}

/// How the file of a ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// With a line end. An empty file is whole, too.
    Whole,
    /// With a complete run whose line end is missing. Write a line end before you append the next
    /// run.
    Unended,
    /// With the beginning of a line that was never finished.
    Torn(Torn),
}

/// The unfinished last line of a ledger's file: the beginning of a run that was never acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// The length of the file without that line, in bytes. Cut the file to this length before you
    /// append the next run.
    pub whole: u64,
    /// The length of that line, in bytes.
    pub torn: u64,
}

/// The error of a run that cannot be appended. [`AppendError::into_run`] hands the run back.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The ledger holds a run of that id already.
    #[error("a second run `{}`; give each run an id of its own", .0.id())]
    Duplicate(Box<SealedRun>),
    /// The ledger does not hold a parent of the run, or holds another run of the parent's id.
    #[error(
        "`{}` builds on `{}` with the digest {}, which the ledger does not hold; append that run \
         first", .0.id(), .1.run(), .1.digest()
    )]
    UnknownParent(Box<SealedRun>, Parent),
    /// The run builds on a run of its own id.
    #[error("`{}` builds on itself; name an earlier run", .0.id())]
    Circle(Box<SealedRun>),
}

impl AppendError {
    /// Returns the run that was not appended.
    #[must_use]
    pub fn into_run(self) -> SealedRun {
        match self {
            Self::Duplicate(run) | Self::UnknownParent(run, _) | Self::Circle(run) => *run,
        }
    }
}

/// The JSON of an entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: u64,
    previous: Option<Digest>,
    run: Sealed,
    ids: String,
    chain: Digest,
}

impl Ledger {
    /// Returns a ledger without runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a run. [`Ledger::last`] then returns its entry, so that its line can be written.
    ///
    /// # Errors
    ///
    /// Hands the run back if the ledger holds a run of that id, or does not hold a parent of the
    /// run. Also if the run builds on its own id.
    pub fn append(&mut self, run: SealedRun) -> Result<(), AppendError> {
        let entry = self.next_entry(run)?;
        self.push(entry);
        Ok(())
    }

    /// Returns the entry that [`Ledger::append`] would append, and appends nothing.
    ///
    /// A ledger that several instances share lies in a database. Each instance writes the line of
    /// the next entry there, under its number. Once the database has accepted it, every instance
    /// [appends the line](Ledger::append_line). If another instance was faster, try again.
    ///
    /// # Errors
    ///
    /// Fails as [`Ledger::append`] does.
    pub fn next_entry(&self, run: SealedRun) -> Result<LedgerEntry, AppendError> {
        if self.run(run.id()).is_some() {
            return Err(AppendError::Duplicate(Box::new(run)));
        }
        if run.builds_on().iter().any(|parent| parent.run() == run.id()) {
            return Err(AppendError::Circle(Box::new(run)));
        }
        // Parents stand before their descendants, so that no circle of several runs can arise.
        let holds = |parent: &Parent| {
            self.run(parent.run()).is_some_and(|held| held.digest() == parent.digest())
        };
        if let Some(parent) = run.builds_on().iter().find(|parent| !holds(parent)).cloned() {
            return Err(AppendError::UnknownParent(Box::new(run), parent));
        }
        let previous = self.digest();
        let number = count(self.entries.len()).saturating_add(1);
        let chain = chain(number, previous, &run);
        Ok(LedgerEntry { number, previous, chain, run })
    }

    fn push(&mut self, entry: LedgerEntry) {
        self.places.insert(entry.run.id().clone(), self.entries.len());
        self.entries.push(entry);
    }

    /// Appends the entry of a line, which may end with a line end.
    ///
    /// ```
    /// use may_train::{Policy, Registry};
    /// use may_train::ledger::{Ledger, TrainingSet};
    ///
    /// let (policy, registry) = (Policy::shipped("linkedin")?, Registry::new());
    /// let now = "2024-12-01".parse()?;
    /// let run = TrainingSet::new("run-1".parse()?, &registry.gate(&policy, now, now)).seal();
    ///
    /// let mut ledger = Ledger::new();
    /// let mut line = Vec::new();
    /// ledger.next_entry(run)?.write_line(&mut line)?;
    /// assert!(ledger.last().is_none());
    /// // The database has accepted the line.
    /// ledger.append_line(&line)?;
    /// assert_eq!(ledger.last().unwrap().number(), 1);
    /// assert!(ledger.append_line(&line).is_err()); // it does not follow upon itself
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the line is not the next one of this ledger, or has changed by even one byte.
    /// Nothing is appended then.
    pub fn append_line(&mut self, line: &[u8]) -> Result<(), ReadError> {
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let line: Line = serde_json::from_slice(bytes)
            .map_err(|error| ReadError::new(format!("not an entry of a ledger: {error}")))?;
        let (number, previous, chain) = (line.number, line.previous, line.chain);
        let written = serde_json::to_vec(&line);
        let body =
            STANDARD.decode(line.ids).map_err(|error| ReadError::new(error).at_field("ids"))?;
        let run = SealedRun::unseal(line.run, &body)?;
        let entry = self.next_entry(run).map_err(ReadError::new)?;
        let follows = (previous, number, chain) == (entry.previous, entry.number, entry.chain);
        if follows && written.is_ok_and(|written| written == bytes) {
            self.push(entry);
            Ok(())
        } else {
            let problem = "it does not follow upon the line before: a run is missing, out of its \
                           place or altered; take the file from where it was written";
            Err(ReadError::new(problem))
        }
    }

    /// Returns the entry that was appended last; `None` if the ledger is empty.
    #[must_use]
    pub fn last(&self) -> Option<&LedgerEntry> {
        self.entries.last()
    }

    /// Returns the entries, in the order in which they were appended.
    #[must_use]
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// Returns the runs, in the order in which they were appended.
    pub fn runs(&self) -> impl Iterator<Item = &SealedRun> {
        self.entries.iter().map(LedgerEntry::run)
    }

    /// Returns the run of an id; `None` if the ledger does not hold it.
    #[must_use]
    pub fn run(&self, id: &RunId) -> Option<&SealedRun> {
        self.places.get(id).and_then(|place| self.entries.get(*place)).map(LedgerEntry::run)
    }

    /// Returns the runs that used the record.
    pub fn uses_of(&self, record: &RecordId) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| run.uses(record))
    }

    /// Returns the runs that used a record of the subject.
    pub fn uses_of_subject(&self, subject: &SubjectId) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| run.uses_subject(subject))
    }

    /// Returns the runs whose cut-off lies in the span.
    pub fn runs_between(&self, span: Span) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| span.contains(run.as_of()))
    }

    /// Returns the digest of the last entry, which covers all entries before it; `None` if the
    /// ledger is empty.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.last().map(LedgerEntry::chain)
    }

    /// Returns whether one of the entries has that digest: then the ledger still holds every run
    /// that it held when the digest was taken. `None`, the digest of an empty ledger, is always
    /// held.
    #[must_use]
    pub fn holds(&self, digest: Option<Digest>) -> bool {
        digest.is_none_or(|digest| self.entries.iter().any(|entry| entry.chain == digest))
    }

    /// Reads the file of a ledger.
    ///
    /// # Errors
    ///
    /// Names the line that cannot be read or that does not follow from the line before. A line that
    /// has changed by even one byte is such a line. A last line without a line end is no error if
    /// it is a whole run or the beginning of the next one: see [`LedgerRead::tail`].
    pub fn read(mut reader: impl BufRead) -> Result<LedgerRead, ReadError> {
        let mut ledger = Self::new();
        let (mut whole, mut bytes) = (0_u64, Vec::new());
        loop {
            bytes.clear();
            let line = ledger.entries.len().saturating_add(1);
            let error = |error| ReadError::new(format!("cannot be read: {error}")).at_line(line);
            let read = reader.read_until(b'\n', &mut bytes).map_err(error).map(count)?;
            if read == 0 {
                return Ok(LedgerRead { ledger, tail: Tail::Whole });
            }
            let is_ended = bytes.pop_if(|last| *last == b'\n').is_some();
            if !is_ended && ledger.is_beginning_of_next(&bytes) {
                let tail = Tail::Torn(Torn { whole, torn: read });
                return Ok(LedgerRead { ledger, tail });
            }
            ledger.append_line(&bytes).map_err(|error| error.at_line(line))?;
            if !is_ended {
                return Ok(LedgerRead { ledger, tail: Tail::Unended });
            }
            whole = whole.saturating_add(read);
        }
    }

    /// Returns whether the bytes are an incomplete beginning of the line that would be appended
    /// next.
    fn is_beginning_of_next(&self, bytes: &[u8]) -> bool {
        let start = self.start_of_next();
        let is_start = start.as_bytes().starts_with(bytes) || bytes.starts_with(start.as_bytes());
        let line: Result<Line, serde_json::Error> = serde_json::from_slice(bytes);
        is_start && line.is_err_and(|error| error.is_eof())
    }

    /// Returns the beginning of the line that would be appended next. It is the same for every run.
    fn start_of_next(&self) -> String {
        let number = count(self.entries.len()).saturating_add(1);
        let previous = self.digest().map_or("null".into(), |digest| format!("\"{digest}\""));
        format!(
            r#"{{"number":{number},"previous":{previous},"run":{{"head":{{"format":"may-train-run/"#
        )
    }
}

/// Returns the digest of an entry. It covers all entries before it.
fn chain(number: u64, previous: Option<Digest>, run: &SealedRun) -> Digest {
    let mut digester = Digester::of("ledger");
    digester.number(number);
    if let Some(previous) = previous {
        digester.digest(previous);
    }
    digester.digest(run.digest());
    digester.finish()
}

impl LedgerEntry {
    /// Returns the position in the ledger, counted from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the run.
    #[must_use]
    pub const fn run(&self) -> &SealedRun {
        &self.run
    }

    /// Returns the digest of the entry. It covers all entries before it.
    #[must_use]
    pub const fn chain(&self) -> Digest {
        self.chain
    }

    /// Writes the entry's line. The run is acknowledged once the line is on disk: sync the file
    /// before you tell anybody.
    ///
    /// # Errors
    ///
    /// The error of the writer.
    pub fn write_line(&self, writer: &mut impl Write) -> io::Result<()> {
        let line = Line {
            number: self.number,
            previous: self.previous,
            run: self.run.sealed(),
            ids: STANDARD.encode(self.run.body()),
            chain: self.chain,
        };
        serde_json::to_writer(&mut *writer, &line)?;
        writer.write_all(b"\n")
    }
}
