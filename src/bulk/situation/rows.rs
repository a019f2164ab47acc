//! Rows of grounds, one ground set a kind of data: what each situation comes to.

use std::hash::{Hash, Hasher};

use hashbrown::HashMap;

use crate::bulk::ids::{index, pair};
use crate::bulk::situation::codes::{Distinctions, Epoch};
use crate::bulk::situation::resolved::{History, UNKNOWN, Words};
use crate::decision::facts::Instants;
use crate::decision::registry::Registry;
use crate::people::choice::Preference;
use crate::people::record::Record;
use crate::policy::policy::Policy;
use crate::values::ground::{Ground, Grounds};
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::{Birth, Span, Timestamp};

/// All that a decision can see of one subject, sampled for a record and a cut-off, in small numbers.
/// Whoever is in the same situation meets the same grounds, whichever kind of data it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Situation {
    epoch: u32,
    is_restricted: bool,
    is_erased: bool,
    /// The classes of the sampled places, ascending, without duplicates.
    places: Vec<u32>,
    /// The sampled choices: nothing, or what [`Distinctions::choice`] numbers.
    choices: [u32; 2],
    audience: u32,
    /// How many of the minimum ages were reached; nothing where the birth is unknown.
    ages: Option<usize>,
    /// How many of the windows' ends had passed.
    window: u32,
}

/// In few words, as most fields are smaller than one.
impl Hash for Situation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [then, now] = self.choices;
        state.write_u64(pair(self.epoch, self.window));
        state.write_u64(pair(then, now));
        state.write_u64(pair(self.audience, self.is_restricted.into()));
        state.write_usize(self.ages.map_or(0, |reached| reached.wrapping_add(1)));
        self.places.iter().for_each(|place| state.write_u32(*place));
    }
}

/// The rows that the decision gives, each asked for once: about the first subject who is in a
/// situation that no one was in before.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub policy: Policy,
    pub words: Words,
    pub distinctions: Distinctions,
    pub table: Table,
    known: HashMap<Situation, u32>,
    /// Of the birth that was asked for last.
    birthdays: (Option<Birth>, Vec<Timestamp>),
    situation: Situation,
}

impl Rows {
    pub(crate) fn new(policy: &Policy, distinctions: Distinctions) -> Self {
        Self {
            policy: policy.clone(),
            words: Words::default(),
            table: Table::new(distinctions.kinds.len()),
            distinctions,
            known: HashMap::new(),
            birthdays: (None, Vec::new()),
            situation: Situation::default(),
        }
    }

    /// What the rows take, in bytes, without the names of places and audiences.
    pub(crate) fn bytes(&self) -> usize {
        let situations = self.known.capacity().saturating_mul(size_of::<(Situation, u32)>());
        situations.saturating_add(self.table.cells.capacity().saturating_mul(size_of::<Grounds>()))
    }

    /// The birthdays on which the subject reached the minimum ages, ascending.
    pub(crate) fn birthdays(&mut self, birth: Option<Birth>) -> &[Timestamp] {
        let (last, birthdays) = &mut self.birthdays;
        if *last != birth {
            *last = birth;
            birthdays.clear();
            let ages = self.distinctions.ages.iter();
            birthdays.extend(ages.filter_map(|years| birth?.birthday(*years)));
        }
        birthdays
    }

    /// The row of a subject for what was created at an instant, which is no later than the cut-off.
    pub(crate) fn row(
        &mut self,
        history: &History,
        created: Timestamp,
        as_of: Timestamp,
        epoch: usize,
    ) -> u32 {
        let mut situation = std::mem::take(&mut self.situation);
        self.sample(history, created, as_of, epoch, &mut situation);
        let known = self.known.get(&situation).copied();
        let row = known.unwrap_or_else(|| {
            let row = self.ask(Some(history), created, as_of);
            self.known.insert(situation.clone(), row);
            row
        });
        self.situation = situation;
        row
    }

    /// The row of a subject who is not known.
    pub(crate) fn row_of_nobody(&mut self, as_of: Timestamp) -> u32 {
        self.ask(None, as_of, as_of)
    }

    fn sample(
        &mut self,
        history: &History,
        created: Timestamp,
        as_of: Timestamp,
        epoch: usize,
        into: &mut Situation,
    ) {
        into.places.clear();
        let places = std::mem::take(&mut into.places);
        *into = Situation {
            epoch: u32::try_from(epoch).unwrap_or(u32::MAX),
            is_restricted: history.restrictions.iter().any(|span: &Span| span.contains(as_of)),
            is_erased: history.erased_at.is_some_and(|erased| erased <= as_of),
            places,
            ..Situation::default()
        };
        let Some(Epoch { sampling: Some((residence_at, reach)), .. }) =
            self.distinctions.epochs.get(epoch)
        else {
            return;
        };
        let instants = Instants { created, as_of, known_at: None };
        let (residence_at, reach) = (*residence_at, *reach);
        for (from, until) in instants.of_residences(residence_at) {
            for number in held(&history.residences, from, until) {
                into.places.push(self.distinctions.class_of_place(number, &self.words));
            }
        }
        into.places.sort_unstable();
        into.places.dedup();
        let sampled = instants.of_choices(reach).into_iter().flatten();
        for (choice, instant) in into.choices.iter_mut().zip(sampled) {
            let preference = value_at(&history.preferences, instant);
            *choice = self.distinctions.choice(preference.unwrap_or(Preference::Silent), instant);
        }
        let audience = value_at(&history.audiences, as_of).unwrap_or(UNKNOWN);
        into.audience = self.distinctions.class_of_audience(audience, &self.words);
        let reached = |birthdays: &[Timestamp]| birthdays.partition_point(|b| *b <= created);
        into.ages = history.birth.map(|birth| reached(self.birthdays(Some(birth))));
        into.window = self.distinctions.window(created.as_micros());
    }

    /// Asks the decision, kind by kind.
    fn ask(&mut self, history: Option<&History>, created: Timestamp, as_of: Timestamp) -> u32 {
        let mut registry = Registry::new();
        let id: Option<SubjectId> = "subject".parse().ok();
        if let (Some(history), Some(id)) = (history, &id) {
            registry.replace(history.subject(id.clone(), self.policy.purpose(), &self.words));
        }
        let view = registry.view(&self.policy, as_of);
        let row: Vec<Grounds> = (self.distinctions.kinds.iter())
            .filter_map(|kind| {
                let record_id: RecordId = "record".parse().ok()?;
                let record =
                    Record::new(record_id, kind.clone(), created).with_subject(id.clone()?);
                Some(view.decide(&record).grounds())
            })
            .collect();
        self.table.insert(&row)
    }
}

/// What stood at an instant; nothing before the first change.
fn value_at<T: Copy>(changes: &[(Timestamp, T)], instant: Timestamp) -> Option<T> {
    let next = changes.partition_point(|(at, _)| *at <= instant);
    changes.get(..next).and_then(|past| past.last()).map(|(_, value)| *value)
}

/// What stood at each moment from `from` to `until`, both included.
fn held(
    changes: &[(Timestamp, u32)],
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = u32> {
    let later = changes.iter().filter(move |(at, _)| from < *at && *at <= until);
    std::iter::once(value_at(changes, from).unwrap_or(UNKNOWN))
        .chain(later.map(|(_, value)| *value))
}

/// Every row that there is, once.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    numbers: HashMap<Box<[Grounds]>, u32>,
    pub cells: Vec<Grounds>,
    /// How far apart the rows are.
    pub stride: u32,
}

/// What stands in a cell that no row has. Nobody looks there; if somebody did, it would not admit.
pub(crate) const NO_CELL: Grounds = Ground::SubjectUnknown.alone();

impl Table {
    fn new(kinds: usize) -> Self {
        Self {
            numbers: HashMap::new(),
            cells: Vec::new(),
            stride: u32::try_from(kinds).unwrap_or(u32::MAX),
        }
    }

    /// The number of the row.
    pub(crate) fn insert(&mut self, row: &[Grounds]) -> u32 {
        if let Some(number) = self.numbers.get(row) {
            return *number;
        }
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(row.into(), number);
        let end = self.cells.len().saturating_add(index(self.stride));
        self.cells.extend_from_slice(row);
        self.cells.resize(end, NO_CELL);
        number
    }

    /// Takes in the rows of another, and gives the numbers that they have here, by those that they had.
    pub(crate) fn take_in(&mut self, other: &Self) -> Vec<u32> {
        let numbers = 0..u32::try_from(other.numbers.len()).unwrap_or(u32::MAX);
        numbers.map(|number| self.insert(other.row(number))).collect()
    }

    /// The row of that number, by kind.
    pub(crate) fn row(&self, number: u32) -> &[Grounds] {
        let length = index(self.stride);
        let start = index(number).saturating_mul(length);
        self.cells.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    }

    /// The grounds in a row, for the kind of that code.
    #[inline]
    pub(crate) fn grounds(&self, row: u32, kind: u32) -> Grounds {
        let cell = row.wrapping_mul(self.stride).wrapping_add(kind);
        self.cells.get(index(cell)).copied().unwrap_or(NO_CELL)
    }
}
