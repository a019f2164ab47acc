//! The ledger: every run that ever took place, one after the other, for good.

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

/// The runs of a platform, in the order in which they were appended.
///
/// Append-only: there is no way to take a run out or to alter one. Each entry carries the digest of
/// the one before, so that a run that is missing or altered shows. That the *last* ones are missing
/// cannot show by itself. So keep the [digest](Ledger::digest) after each run where those who can
/// write the ledger's file cannot: in the model registry beside the model, in a ticket, with the
/// auditor. Ask later whether the ledger still [holds](Ledger::holds) it.
///
/// Its file is NDJSON, one run a line with all its identifiers, and is only ever appended to, by one
/// writer at a time: take a lock before you read, and keep it until you have written. A run is
/// acknowledged once its line is on disk. A last line without line end is a run if it is whole; the
/// beginning of one was being written when the writer was killed, and counts for nothing. Whatever
/// else stands there is an error, and nothing to cut off.
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
    /// The places of the entries, by their runs.
    places: HashMap<RunId, usize>,
}

/// A run in a ledger.
#[derive(Debug)]
pub struct LedgerEntry {
    number: u64,
    previous: Option<Digest>,
    chain: Digest,
    run: SealedRun,
}

/// A ledger as it was read.
#[derive(Debug)]
pub struct LedgerRead {
    /// Every run that was acknowledged.
    pub ledger: Ledger,
    /// How the file ends.
    pub tail: Tail,
}

/// How a ledger's file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// With a line end, or with nothing at all.
    Whole,
    /// With a run whose line end is missing: write one before the next run is appended.
    Unended,
    /// With the beginning of a line that was never finished.
    Torn(Torn),
}

/// The beginning of a line that was never finished: a run that nobody was told is in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// How long the file is without it, in bytes: cut it to this length before the next run is
    /// appended.
    pub whole: u64,
    /// How many bytes there are of it.
    pub torn: u64,
}

/// Why a run cannot be appended; it is handed back by [`AppendError::into_run`].
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A run of that id is in the ledger already.
    #[error("a second run `{}`; give each run an id of its own", .0.id())]
    Duplicate(Box<SealedRun>),
    /// A run that it builds on is not in the ledger, or is another one of that id.
    #[error(
        "`{}` builds on `{}` with the digest {}, which the ledger does not hold; append that run \
         first", .0.id(), .1.run(), .1.digest()
    )]
    UnknownParent(Box<SealedRun>, Parent),
    /// It builds on a run of its own id.
    #[error("`{}` builds on itself; name an earlier run", .0.id())]
    Circle(Box<SealedRun>),
}

impl AppendError {
    /// The run that was not appended.
    #[must_use]
    pub fn into_run(self) -> SealedRun {
        match self {
            Self::Duplicate(run) | Self::UnknownParent(run, _) | Self::Circle(run) => *run,
        }
    }
}

/// How an entry is written.
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
    /// A ledger without runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a run; [`Ledger::last`] gives its entry, for its line to be written.
    ///
    /// # Errors
    ///
    /// Hands back a run with the id of one that is in, and one that builds on a run that is not in.
    pub fn append(&mut self, run: SealedRun) -> Result<(), AppendError> {
        if self.run(run.id()).is_some() {
            return Err(AppendError::Duplicate(Box::new(run)));
        }
        if run.builds_on().iter().any(|parent| parent.run() == run.id()) {
            return Err(AppendError::Circle(Box::new(run)));
        }
        // Parents stand before their descendants, so that no circle of several can arise.
        let holds = |parent: &Parent| {
            self.run(parent.run()).is_some_and(|held| held.digest() == parent.digest())
        };
        if let Some(parent) = run.builds_on().iter().find(|parent| !holds(parent)).cloned() {
            return Err(AppendError::UnknownParent(Box::new(run), parent));
        }
        let previous = self.digest();
        let number = count(self.entries.len()).saturating_add(1);
        let chain = chain(number, previous, &run);
        self.places.insert(run.id().clone(), self.entries.len());
        self.entries.push(LedgerEntry { number, previous, chain, run });
        Ok(())
    }

    /// The entry that was appended last.
    #[must_use]
    pub fn last(&self) -> Option<&LedgerEntry> {
        self.entries.last()
    }

    /// The entries, in the order in which they were appended.
    #[must_use]
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// The runs, in the order in which they were appended.
    pub fn runs(&self) -> impl Iterator<Item = &SealedRun> {
        self.entries.iter().map(LedgerEntry::run)
    }

    /// The run of that id.
    #[must_use]
    pub fn run(&self, id: &RunId) -> Option<&SealedRun> {
        self.places.get(id).and_then(|place| self.entries.get(*place)).map(LedgerEntry::run)
    }

    /// The runs that used the record.
    pub fn uses_of(&self, record: &RecordId) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| run.uses(record))
    }

    /// The runs that used a record of the subject.
    pub fn uses_of_subject(&self, subject: &SubjectId) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| run.uses_subject(subject))
    }

    /// The runs whose cut-off lies in the span.
    pub fn runs_between(&self, span: Span) -> impl Iterator<Item = &SealedRun> {
        self.runs().filter(move |run| span.contains(run.as_of()))
    }

    /// The digest of the last entry, which is one of all before it, too; nothing without runs.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.last().map(LedgerEntry::chain)
    }

    /// Whether the ledger once had that digest, so that it still has every run that it had then.
    #[must_use]
    pub fn holds(&self, digest: Option<Digest>) -> bool {
        digest.is_none_or(|digest| self.entries.iter().any(|entry| entry.chain == digest))
    }

    /// Reads a ledger file.
    ///
    /// # Errors
    ///
    /// Names the line that cannot be read, that is not as it was written, to the byte, or that does
    /// not follow upon the one before. What stands behind the last line end is no error where it is
    /// a whole run or the beginning of the next one: see [`LedgerRead::tail`].
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
            ledger.read_line(&bytes).map_err(|error| error.at_line(line))?;
            if !is_ended {
                return Ok(LedgerRead { ledger, tail: Tail::Unended });
            }
            whole = whole.saturating_add(read);
        }
    }

    /// Whether the bytes are the beginning of the line that would be appended next, and not all of
    /// one.
    fn is_beginning_of_next(&self, bytes: &[u8]) -> bool {
        let start = self.start_of_next();
        let is_start = start.as_bytes().starts_with(bytes) || bytes.starts_with(start.as_bytes());
        let line: Result<Line, serde_json::Error> = serde_json::from_slice(bytes);
        is_start && line.is_err_and(|error| error.is_eof())
    }

    /// What the line begins with that would be appended next, whatever the run.
    fn start_of_next(&self) -> String {
        let number = count(self.entries.len()).saturating_add(1);
        let previous = self.digest().map_or("null".into(), |digest| format!("\"{digest}\""));
        format!(
            r#"{{"number":{number},"previous":{previous},"run":{{"head":{{"format":"may-train-run/"#
        )
    }

    fn read_line(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let line: Line = serde_json::from_slice(bytes)
            .map_err(|error| ReadError::new(format!("not an entry of a ledger: {error}")))?;
        let (number, chain) = (line.number, line.chain);
        let written = serde_json::to_vec(&line);
        let body =
            STANDARD.decode(line.ids).map_err(|error| ReadError::new(error).at_field("ids"))?;
        let run = SealedRun::unseal(line.run, &body)?;
        let previous = self.digest();
        self.append(run).map_err(ReadError::new)?;
        let follows = line.previous == previous
            && self.last().is_some_and(|entry| entry.number == number && entry.chain == chain);
        if follows && written.is_ok_and(|written| written == bytes) {
            Ok(())
        } else {
            let problem = "it does not follow upon the line before: a run is missing, out of its \
                           place or altered; take the file from where it was written";
            Err(ReadError::new(problem))
        }
    }
}

/// The digest of an entry, and so of all before it.
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
    /// The place in the ledger, counted from 1.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> &SealedRun {
        &self.run
    }

    /// The digest of the entry and of all before it.
    #[must_use]
    pub const fn chain(&self) -> Digest {
        self.chain
    }

    /// Appends the entry's line to the ledger's file. The run is acknowledged once the line is on
    /// disk: the writer has to sync the file before it tells anybody.
    ///
    /// # Errors
    ///
    /// Where writing fails.
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
