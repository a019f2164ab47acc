//! Data lint: probable mistakes in subjects and records.

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

/// A checker that reads subjects and records and counts probable mistakes.
///
/// Pass each subject and each record with its line number. For every [`DataLintCode`] the checker
/// reports the count, the first line and a remedy. It changes no data and no decision: a record
/// with findings is decided like any other.
///
/// Memory is bounded: for each code, the checker counts at most sixteen words separately.
/// [`DataLint::new`] also stores the ids of all subjects, so pass all subjects before the records.
/// [`DataLint::line_by_line`] stores no ids.
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
    /// The countries of which a rule in force at the cut-off names a subdivision.
    divided: BTreeSet<Country>,
    /// The subjects that were read; `None` if each line is checked by itself.
    known: Option<Known>,
    keys: Keys,
    found: Tallies,
}

impl DataLint {
    /// Creates a checker for a policy at a cut-off. It compares lines with each other, and so
    /// stores the ids of all subjects.
    #[must_use]
    pub fn new(policy: &Policy, as_of: Timestamp) -> Self {
        Self { known: Some(Known::default()), ..Self::line_by_line(policy, as_of) }
    }

    /// Creates a checker that checks each line by itself. It finds no ids that are alike, no
    /// unknown subjects, and no records before a residence.
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

    /// Adds another policy that uses the data: the words that it names are then known, too.
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

    /// Checks a subject, given its line number.
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

    /// Checks a record, given its line number.
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

    /// Checks a key of a record, given its line number. You may pass every key: a key that the
    /// crate reads gives no finding.
    pub fn record_key(&mut self, key: &str, line: usize) {
        if self.keys.nearly(key).is_some() {
            self.found.add(DataLintCode::NearlyKnownKey, (DataFile::Records, line), key);
        }
    }

    /// Returns all findings so far: by code, then by file, then by word.
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
        // A birth year counts as its last day. No subject who may be born already is reported as
        // unborn.
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

    /// Checks the two times of a fact.
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

/// A finding of [`DataLint`]: code, severity, count, first line, message and remedy.
///
/// Prints as `severity[code] file, line n: message; remedy`, and gives the count if it exceeds one.
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
    /// Returns the code of the finding, which is the same word in every version of the crate.
    #[must_use]
    pub const fn code(&self) -> DataLintCode {
        self.code
    }

    /// Returns the severity, which the code determines.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the file in which it was found.
    #[must_use]
    pub const fn file(&self) -> DataFile {
        self.file
    }

    /// Returns the line on which it was found first.
    #[must_use]
    pub const fn first_line(&self) -> usize {
        self.first_line
    }

    /// Returns how many times it was found.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do.
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
