//! Representatives: a subject and a record with exactly the facts of a cell of the space.

use crate::decision::registry::Registry;
use crate::people::choice::{Choice, ChosenBy};
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::review::class::{AgeClass, ChoiceClass, CreatedClass, PolicyAt};
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::time::{Birth, MICROS_PER_DAY, Timestamp};

/// The residences of a representative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journey {
    /// One place all the time.
    Stayed(Place),
    /// One place when the record was created, and another at the cut-off.
    Moved { from: Place, to: Place },
    /// One place at the creation and at the cut-off, and another in between.
    Passed { through: Place, home: Place },
}

/// A cell of the space: one class in each dimension, given by its representative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub journey: Journey,
    pub kind: &'a Kind,
    pub audience: Option<&'a Audience>,
    pub age: AgeClass,
    pub created: CreatedClass,
    pub choice: ChoiceClass,
}

/// Returns the instant that many microseconds away, or the first or last instant if that is out of
/// range.
fn shifted(instant: Timestamp, micros: i64) -> Timestamp {
    let end = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_micros(instant.as_micros().saturating_add(micros)).unwrap_or(end)
}

impl Cell<'_> {
    /// Returns when the record of the cell is created: in the cell's span and, if possible, a day
    /// before the cut-off. If the span begins after the cut-off, the record is created at the
    /// cut-off, as in every decision.
    fn created(&self, as_of: Timestamp) -> Timestamp {
        let span = self.created.span();
        let last = span.end().map_or(as_of, |end| shifted(end, -1));
        last.min(shifted(as_of, -MICROS_PER_DAY)).max(span.start()).min(as_of)
    }

    /// Returns a subject and a record that represent the cell. Returns `None` if the history is
    /// impossible, for example if no time lies between creation and cut-off.
    pub(crate) fn stand_in(&self, side: PolicyAt<'_>) -> Option<(Subject, Record)> {
        let as_of = side.as_of();
        let created = self.created(as_of);
        let id = "somebody".parse().ok()?;
        let mut subject = Subject::new(id);
        let record = Record::new("something".parse().ok()?, self.kind.clone(), created)
            .with_subject(subject.id().clone());
        for (at, place) in self.journey.residences(created, as_of)? {
            subject = subject.with_residence(place, at);
        }
        for (at, choice) in history(self.choice, created, as_of)? {
            let purpose = side.policy().purpose().clone();
            subject = subject.with_choice(choice, ChosenBy::Subject, purpose, at);
        }
        if let Some(audience) = self.audience {
            subject = subject.with_audience_entry(Entry::new(Timestamp::MIN, audience.clone()));
        }
        match self.age {
            AgeClass::Any | AgeClass::Unknown => {}
            AgeClass::Between { from, until } => {
                let age = until.filter(|_| from == 0).map_or(from, |until| until.saturating_sub(1));
                subject = subject.with_birth(born(age, created)?);
            }
        }
        Some((subject, record))
    }

    /// Returns a registry with the representative, and the record. Returns `None` if the history is
    /// impossible.
    pub(crate) fn realise(&self, side: PolicyAt<'_>) -> Option<(Registry, Record)> {
        let (subject, record) = self.stand_in(side)?;
        let mut registry = Registry::new();
        registry.replace(subject);
        Some((registry, record))
    }
}

/// Returns the birth of a subject who reached an age the day before an instant.
fn born(age: u8, instant: Timestamp) -> Option<Birth> {
    let day = shifted(instant, -MICROS_PER_DAY).to_string();
    let year: i64 = day.get(..4)?.parse().ok()?;
    let year = year.checked_sub(i64::from(age)).filter(|year| *year > 0)?;
    let on = |day: &str| format!("{year:04}{day}").parse().ok();
    // Most years have no 29 February.
    day.get(4..10).and_then(on).or_else(|| on("-02-28"))
}

impl Journey {
    fn residences(self, created: Timestamp, as_of: Timestamp) -> Option<Vec<(Timestamp, Place)>> {
        let between = shifted(created, 1);
        match self {
            Self::Stayed(place) => Some(vec![(Timestamp::MIN, place)]),
            Self::Moved { from, to } if created < as_of => {
                Some(vec![(Timestamp::MIN, from), (as_of, to)])
            }
            Self::Passed { through, home } if between < as_of => {
                Some(vec![(Timestamp::MIN, home), (between, through), (as_of, home)])
            }
            Self::Moved { .. } | Self::Passed { .. } => None,
        }
    }
}

/// Returns the choices of a history; `None` if it needs time between creation and cut-off and there
/// is none.
fn history(
    choice: ChoiceClass,
    created: Timestamp,
    as_of: Timestamp,
) -> Option<Vec<(Timestamp, Choice)>> {
    let then = |choice| (created, choice);
    let now = |choice| (as_of, choice);
    let later = created < as_of;
    match choice {
        ChoiceClass::Silent => Some(Vec::new()),
        ChoiceClass::OptedIn => Some(vec![then(Choice::OptIn), now(Choice::OptIn)]),
        ChoiceClass::OptedOut => Some(vec![then(Choice::OptOut)]),
        ChoiceClass::OptedInLater => later.then(|| vec![now(Choice::OptIn)]),
        ChoiceClass::OptedOutLater => later.then(|| vec![now(Choice::OptOut)]),
        ChoiceClass::OptInWithdrawn => {
            later.then(|| vec![then(Choice::OptIn), now(Choice::OptOut)])
        }
        ChoiceClass::OptedBackIn => later.then(|| vec![then(Choice::OptOut), now(Choice::OptIn)]),
        ChoiceClass::OptInExpired => Some(vec![(Timestamp::MIN, Choice::OptIn)]),
    }
}
