//! Data lint: what subjects and records say that was probably not meant.

mod code;
mod known;
mod tally;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

pub use code::{DataFile, DataLintCode};

use crate::people::choice::Choice;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::policy::distinctions::Distinctions;
use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::review::lint::{AGE_OF_NOBODY, Severity};
use crate::values::kind::{Audience, Kind, Purpose};
use crate::values::place::{Country, Place};
use crate::values::time::{Birth, Timestamp};
use known::Known;
use tally::Tallies;
use words::{Keys, message, remedy};

/// A pass over subjects and records that counts what was probably not meant.
///
/// It is fed subject by subject and record by record, each with the number of its line, and tells how
/// often each [`DataLintCode`] was found, on which line first, and what to do. It changes nothing and
/// decides nothing: a record with findings is decided like any other.
///
/// Memory is bounded for each code: sixteen words of each are told apart. [`DataLint::new`] also holds
/// the ids of all subjects, and so it has to be fed the subjects before the records;
/// [`DataLint::line_by_line`] holds none.
///
/// ```
/// use may_train::review::{DataLint, DataLintCode};
/// use may_train::{Policy, Record, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut lint = DataLint::new(&policy, "2024-12-01".parse()?);
/// lint.subject(&Subject::new("u1".parse()?), 1);
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
/// lint.record(&record.with_subject("u1".parse()?), 1);
/// lint.record_key("deletedAt", 1);
///
/// let [finding] = &lint.findings()[..] else { panic!("one finding") };
/// assert_eq!(finding.code(), DataLintCode::NearlyKnownKey);
/// assert_eq!(finding.to_string(),
///     "warning[nearly-known-key] records, line 1: `deletedAt` is nearly the key `deleted_at`, and is \
///      not read; write `deleted_at`, or rename the key if it means something else");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DataLint {
    as_of: Timestamp,
    purposes: Vec<Purpose>,
    kinds: BTreeSet<Kind>,
    audiences: BTreeSet<Audience>,
    /// Countries of which a rule in force at the cut-off names a subdivision.
    divided: BTreeSet<Country>,
    /// The subjects, where lines are compared with each other.
    known: Option<Known>,
    keys: Keys,
    found: Tallies,
}

impl DataLint {
    /// Starts a pass under a policy, at a cut-off. It compares lines with each other, and holds the ids
    /// of all subjects.
    #[must_use]
    pub fn new(policy: &Policy, as_of: Timestamp) -> Self {
        Self { known: Some(Known::default()), ..Self::line_by_line(policy, as_of) }
    }

    /// Starts a pass that looks at each line by itself: it finds neither ids that are alike, nor
    /// subjects that are not known, nor records before a residence.
    #[must_use]
    pub fn line_by_line(policy: &Policy, as_of: Timestamp) -> Self {
        let lint = Self {
            as_of,
            purposes: Vec::new(),
            kinds: BTreeSet::new(),
            audiences: BTreeSet::new(),
            divided: BTreeSet::new(),
            known: None,
            keys: Keys::default(),
            found: Tallies::default(),
        };
        lint.with_policy(policy)
    }

    /// Takes a further policy that the data serves: what it names is known, too.
    #[must_use]
    pub fn with_policy(mut self, policy: &Policy) -> Self {
        let ever = Distinctions::ever(policy);
        self.purposes.push(policy.purpose().clone());
        self.kinds.extend(ever.kinds().into_iter().cloned());
        self.audiences.extend(ever.audiences().into_iter().cloned());
        let in_force = Distinctions::at(policy, [self.as_of]);
        self.divided.extend(in_force.areas().filter_map(|(area, _)| match area {
            Area::Subdivision(part) => Some(part.country()),
            Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
        }));
        self
    }

    /// Looks at a subject, with the number of its line.
    pub fn subject(&mut self, subject: &Subject, line: usize) {
        let at = (DataFile::Subjects, line);
        if let Some(birth) = subject.birth() {
            self.birth(birth, subject.id().as_str(), at);
        }
        for entry in subject.residences() {
            self.recording("residence", entry.at(), entry.recorded(), at);
            if let Some(Place::Country(country)) = entry.value()
                && self.divided.contains(country)
            {
                self.found.add(DataLintCode::SubdivisionMissing, at, country.as_str());
            }
        }
        for entry in subject.audiences() {
            self.recording("audience", entry.at(), entry.recorded(), at);
            let Some(audience) = entry.value() else { continue };
            if !self.audiences.is_empty() && !self.audiences.contains(audience) {
                self.found.add(DataLintCode::AudienceOfNoRule, at, audience.as_str());
            }
        }
        for (purpose, entry) in subject.choices().iter() {
            let choice = entry.value().choice();
            self.recording(choice.as_str(), entry.at(), entry.recorded(), at);
            if !self.meets_a_policy(purpose) {
                self.found.add(DataLintCode::PurposeOfNoPolicy, at, purpose.as_str());
                continue;
            }
            if choice == Choice::OptOut && entry.at() > self.as_of {
                self.found.add(DataLintCode::OptOutAfterCutOff, at, subject.id().as_str());
            }
            if !entry.value().counts(entry.at(), subject.birth()) {
                self.found.add(DataLintCode::ChoiceNotCounted, at, entry.value().by().as_str());
            }
        }
        if let Some(known) = &mut self.known
            && !known.add(subject)
        {
            self.found.add(DataLintCode::IdsAlike, at, subject.id().as_str());
        }
    }

    /// Looks at a record, with the number of its line.
    pub fn record(&mut self, record: &Record, line: usize) {
        let at = (DataFile::Records, line);
        if !self.kinds.contains(record.kind()) {
            self.found.add(DataLintCode::KindOfNoRule, at, record.kind().as_str());
        }
        if record.subjects().is_empty() {
            self.found.add(DataLintCode::RecordOfNobody, at, record.id().as_str());
        }
        let Some(known) = &self.known else { return };
        for subject in record.subjects() {
            let code = match known.get(subject.as_str()) {
                known::Found::Nobody => DataLintCode::SubjectNotKnown,
                known::Found::Alike => DataLintCode::IdsAlike,
                known::Found::Subject { since: Some(since) } if record.created_at() < since => {
                    DataLintCode::RecordBeforeResidence
                }
                known::Found::Subject { .. } => continue,
            };
            self.found.add(code, at, subject.as_str());
        }
    }

    /// Looks at a key of a record, with the number of its line. Keys that are read may be handed in as
    /// well: nothing is found in them.
    pub fn record_key(&mut self, key: &str, line: usize) {
        if self.keys.nearly(key).is_some() {
            self.found.add(DataLintCode::NearlyKnownKey, (DataFile::Records, line), key);
        }
    }

    /// All that was found so far: by code, then by file, then by word.
    #[must_use]
    pub fn findings(&self) -> Vec<DataFinding> {
        let finding = |(code, file, tally): (DataLintCode, DataFile, &tally::Tally)| {
            let others = if tally.has_others { ", with others," } else { "" };
            DataFinding {
                code,
                severity: code.severity(),
                file,
                first_line: tally.first_line,
                count: tally.count,
                message: message(
                    self,
                    code,
                    file,
                    &format!("`{}`{others}", tally.word),
                    &tally.word,
                ),
                remedy: remedy(self, code, &tally.word),
            }
        };
        self.found.iter().map(finding).collect()
    }

    fn meets_a_policy(&self, purpose: &Purpose) -> bool {
        let meets = |policy: &Purpose| policy.includes(purpose) || purpose.includes(policy);
        self.purposes.iter().any(meets)
    }

    fn birth(&mut self, birth: Birth, id: &str, at: (DataFile, usize)) {
        // A birth counts late: in a year, as its last day. Nobody is called unborn who may be born.
        let margin = match birth {
            Birth::On(_) => 1,
            Birth::In(_) => 366,
        };
        let surely = self.as_of.plus_days(margin);
        let is_unborn = birth.birthday(0).is_some_and(|born| surely.is_some_and(|day| day < born));
        if is_unborn {
            self.found.add(DataLintCode::BornAfterCutOff, at, id);
        }
        if birth.has_age(AGE_OF_NOBODY, self.as_of) {
            self.found.add(DataLintCode::OlderThanAnybody, at, id);
        }
    }

    /// Looks at the two times of a fact.
    fn recording(
        &mut self,
        fact: &str,
        true_from: Timestamp,
        recorded: Timestamp,
        at: (DataFile, usize),
    ) {
        if recorded.plus_days(1).is_some_and(|next_day| next_day < true_from) {
            self.found.add(DataLintCode::RecordedBeforeTrue, at, fact);
        }
    }
}

/// A finding of [`DataLint`]: what was found, how often, where first, and what to do.
///
/// Prints as `severity[code] file, line n: message; remedy`, with the count where it is not one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataFinding {
    code: DataLintCode,
    severity: Severity,
    file: DataFile,
    first_line: usize,
    count: u64,
    message: String,
    remedy: String,
}

impl DataFinding {
    /// What was found: the same word in every version of the crate.
    #[must_use]
    pub const fn code(&self) -> DataLintCode {
        self.code
    }

    /// How grave it is; a property of the code.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it was found.
    #[must_use]
    pub const fn file(&self) -> DataFile {
        self.file
    }

    /// The line on which it was found first.
    #[must_use]
    pub const fn first_line(&self) -> usize {
        self.first_line
    }

    /// How often it was found.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for DataFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, severity, file, first_line, count, message, remedy } = self;
        write!(f, "{severity}[{code}] {file}, line {first_line}")?;
        if *count > 1 {
            write!(f, " and {} more", count.saturating_sub(1))?;
        }
        write!(f, ": {message}; {remedy}")
    }
}
