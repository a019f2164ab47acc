//! The freezer: makes the profile of a subject, from its resolved history. Every snapshot's answers
//! come from here, in memory and on disk.
//!
//! Which answers follow one another depends on the order of what happened, and on no instant. The
//! freezer looks the rows up by that order, and asks for the rows of one that it has not met.

use hashbrown::HashMap;

use crate::bulk::ids::{code, pair};
use crate::bulk::situation::codes::Codes;
use crate::bulk::situation::resolved::{History, UNKNOWN};
use crate::bulk::situation::rows::Rows;
use crate::bulk::snapshot::profile::Steps;
use crate::decision::transitions::FirstAfter;
use crate::people::choice::{Preference, SampledChoice};
use crate::policy::policy::Policy;
use crate::values::time::{Birth, Timestamp};

/// Makes profiles for one policy and one cut-off.
#[derive(Debug, Clone)]
pub(crate) struct Freezer {
    pub rows: Rows,
    as_of: Timestamp,
    /// Whether the residence, and the choice, at creation count.
    by_residence: bool,
    by_choice: bool,
    birthdays: HashMap<Birth, Box<[Timestamp]>>,
    /// The rows that follow one another, by what was so at each instant.
    met: HashMap<Box<[u64]>, Box<[u32]>>,
    // Memory that is reused.
    instants: Vec<Timestamp>,
    key: Vec<u64>,
    steps: Vec<(Timestamp, u32)>,
}

/// How many orders of events are remembered, and of how many words each is at most.
const MET: usize = 1 << 16;
const WORDS: usize = 64;

/// How many births are remembered.
const BIRTHS: usize = 1 << 16;

impl Freezer {
    pub(crate) fn new(policy: &Policy, as_of: Timestamp) -> Self {
        let rows = Rows::new(policy, Codes::at(policy, as_of));
        let sampling = rows.codes.epochs.first().and_then(|epoch| epoch.sampling);
        Self {
            rows,
            as_of,
            by_residence: sampling.is_some_and(|(residence, _)| residence.looks_at_creation()),
            by_choice: sampling.is_some_and(|(_, reach)| reach.looks_at_creation()),
            birthdays: HashMap::new(),
            met: HashMap::new(),
            instants: Vec::new(),
            key: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Moves the cut-off. The policy must be the same at both.
    pub(crate) fn move_to(&mut self, as_of: Timestamp) {
        self.as_of = as_of;
    }

    /// Returns the memory of the rows and of what is remembered, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let met = self
            .met
            .iter()
            .map(|(key, rows)| size_of_val::<[_]>(key).saturating_add(size_of_val::<[_]>(rows)));
        let births = self.birthdays.values().map(|days| size_of_val::<[_]>(days));
        met.chain(births).fold(self.rows.bytes(), usize::saturating_add)
    }

    /// Returns the steps of a history, and the next cut-off at which they can change.
    pub(crate) fn freeze(&mut self, history: &History) -> (&Steps, Option<Timestamp>) {
        let turn = self.find_instants(history);
        self.describe(history);
        let Self { rows, as_of, met, instants, key, steps, .. } = self;
        steps.clear();
        let mut step = |at: Timestamp, row: u32| {
            if steps.last().is_none_or(|(_, before)| *before != row) {
                steps.push((at, row));
            }
        };
        if let Some(known) = met.get(key.as_slice()) {
            instants.iter().zip(known).for_each(|(at, row)| step(*at, *row));
        } else {
            let asked = instants.iter().map(|at| rows.row(history, *at, *as_of, 0));
            let asked: Box<[u32]> = asked.collect();
            instants.iter().zip(&asked).for_each(|(at, row)| step(*at, *row));
            if key.len() <= WORDS && met.len() < MET {
                met.insert(key.as_slice().into(), asked);
            }
        }
        (steps, turn)
    }

    /// Collects the creation times, up to the cut-off, at which the row can change, with the first
    /// instant of all. Returns the next cut-off at which the row can change.
    ///
    /// These instants are those of `Transitions::of_subject`, read from a history. Ties, purposes
    /// and what is known are settled there, so an entry that changes nothing in it changes no
    /// decision.
    fn find_instants(&mut self, history: &History) -> Option<Timestamp> {
        let Self { rows, as_of, by_residence, by_choice, instants, .. } = self;
        let mut turn = FirstAfter::after(*as_of);
        instants.clear();
        instants.push(Timestamp::MIN);
        let mut note = |instant: Timestamp, counts: bool| {
            if instant > *as_of {
                turn.note(instant);
            } else if counts {
                instants.push(instant);
            }
        };
        history.residences.iter().for_each(|(at, _)| note(*at, *by_residence));
        for (at, preference) in &history.preferences {
            note(*at, *by_choice);
            if let Preference::OptIn { since } = preference {
                let ends = rows.codes.lifetimes.iter().filter_map(|days| since.plus_days(*days));
                ends.for_each(|end| note(end, *by_choice));
            }
        }
        history.audiences.iter().for_each(|(at, _)| note(*at, false));
        for span in &history.restrictions {
            note(span.start(), false);
            span.end().into_iter().for_each(|end| note(end, false));
        }
        history.erased_at.into_iter().for_each(|at| note(at, false));
        rows.codes.windows.iter().for_each(|end| note(*end, true));
        birthdays(&mut self.birthdays, history.birth, &rows.codes.ages)
            .iter()
            .for_each(|at| note(*at, true));
        instants.sort_unstable();
        instants.dedup();
        turn.found
    }

    /// Writes the key: what is so at the cut-off, and at each instant of creation, as far as a
    /// decision can distinguish it. Equal keys have equal rows.
    fn describe(&mut self, history: &History) {
        let Self { rows, as_of, by_residence, by_choice, birthdays: known, instants, key, .. } =
            self;
        let Rows { words, codes, .. } = rows;
        let birthdays = birthdays(known, history.birth, &codes.ages);
        let choice = |codes: &Codes, preference, instant| {
            u32::from(codes.choice(SampledChoice { instant, preference }))
        };
        let mut residences = Walk::along(&history.residences, UNKNOWN);
        let mut preferences = Walk::along(&history.preferences, Preference::Silent);
        key.clear();
        for instant in instants.iter() {
            let place = if *by_residence { residences.at(*instant) } else { UNKNOWN };
            let preference = if *by_choice { preferences.at(*instant) } else { Preference::Silent };
            let reached = birthdays.iter().take_while(|at| *at <= instant).count();
            let is_last = u32::from(instant == as_of);
            key.push(pair(codes.class_of_place(place, words), choice(codes, preference, *instant)));
            key.push(pair(code(reached) << 1 | is_last, codes.window(instant.as_micros())));
        }
        let is_restricted = history.restrictions.iter().any(|span| span.contains(*as_of));
        let is_erased = history.erased_at.is_some_and(|erased| erased <= *as_of);
        let flags = u32::from(is_restricted)
            | u32::from(is_erased) << 1
            | u32::from(history.birth.is_some()) << 2;
        let audience = Walk::along(&history.audiences, UNKNOWN).at(*as_of);
        key.push(pair(
            codes.class_of_place(residences.at(*as_of), words),
            choice(codes, preferences.at(*as_of), *as_of),
        ));
        key.push(pair(codes.class_of_audience(words.audience(audience)), flags));
    }
}

/// Returns the birthdays on which a subject reaches each minimum age, ascending.
fn birthdays<'b>(
    known: &'b mut HashMap<Birth, Box<[Timestamp]>>,
    birth: Option<Birth>,
    ages: &[u8],
) -> &'b [Timestamp] {
    let Some(birth) = birth.filter(|_| !ages.is_empty()) else { return &[] };
    if known.len() >= BIRTHS {
        known.clear();
    }
    let reached = || ages.iter().filter_map(|years| birth.birthday(*years)).collect();
    known.entry(birth).or_insert_with(reached)
}

/// Reads the values in force at ascending instants.
struct Walk<'a, T> {
    changes: &'a [(Timestamp, T)],
    value: T,
}

impl<'a, T: Copy> Walk<'a, T> {
    const fn along(changes: &'a [(Timestamp, T)], before: T) -> Self {
        Self { changes, value: before }
    }

    fn at(&mut self, instant: Timestamp) -> T {
        while let Some(((at, value), later)) = self.changes.split_first()
            && *at <= instant
        {
            (self.changes, self.value) = (later, *value);
        }
        self.value
    }
}
