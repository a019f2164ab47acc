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
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::values::time::{Birth, Timestamp};

/// Makes profiles for one policy and one cut-off.
#[derive(Debug, Clone)]
pub(crate) struct Freezer {
    pub rows: Rows,
    asked: Asked,
    birthdays: HashMap<Birth, Box<[Timestamp]>>,
    /// The rows that follow one another, by what was so at each instant.
    met: HashMap<Box<[u64]>, Box<[u32]>>,
    // Memory that is reused.
    instants: Vec<Timestamp>,
    key: Vec<u64>,
    steps: Vec<(Timestamp, u32)>,
}

/// The cut-off, and which facts a decision samples at creation.
#[derive(Debug, Clone, Copy)]
struct Asked {
    as_of: Timestamp,
    by_residence: bool,
    by_choice: bool,
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
            asked: Asked {
                as_of,
                by_residence: sampling.is_some_and(|(residence, _)| residence.looks_at_creation()),
                by_choice: sampling.is_some_and(|(_, reach)| reach.looks_at_creation()),
            },
            birthdays: HashMap::new(),
            met: HashMap::new(),
            instants: Vec::new(),
            key: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Moves the cut-off. The policy must be the same at both.
    pub(crate) fn move_to(&mut self, as_of: Timestamp) {
        self.asked.as_of = as_of;
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

    /// Reads what is known of a subject at an instant into a history, in the words of the rows.
    pub(crate) fn read(
        &mut self,
        subject: &Subject,
        known_at: Option<Timestamp>,
        into: &mut History,
    ) {
        let Rows { policy, words, .. } = &mut self.rows;
        into.read(subject, policy.purpose(), known_at, words);
    }

    /// Returns the steps of a history, and the next cut-off at which they can change.
    pub(crate) fn freeze(&mut self, history: &History) -> (&Steps, Option<Timestamp>) {
        let Self { rows, asked, birthdays, met, instants, key, steps } = self;
        let birthdays = reached(birthdays, history.birth, &rows.codes.ages);
        let turn = asked.find_instants(history, birthdays, &rows.codes, instants);
        asked.describe(history, birthdays, rows, instants, key);
        steps.clear();
        if let Some(known) = met.get(key.as_slice()) {
            steps.extend(instants.iter().copied().zip(known.iter().copied()));
        } else {
            steps.extend(instants.iter().map(|at| (*at, rows.row(history, *at, asked.as_of, 0))));
            if key.len() <= WORDS && met.len() < MET {
                let found = steps.iter().map(|(_, row)| *row).collect();
                met.insert(key.as_slice().into(), found);
            }
        }
        steps.dedup_by_key(|(_, row)| *row);
        (steps, turn)
    }
}

impl Asked {
    /// Collects the creation times, up to the cut-off, at which the row can change, with the first
    /// instant of all. Returns the next cut-off at which the row can change.
    ///
    /// These instants are those of `Transitions::of_subject`, read from a history. Ties, purposes
    /// and what is known are settled there, so an entry that changes nothing in it changes no
    /// decision.
    fn find_instants(
        self,
        history: &History,
        birthdays: &[Timestamp],
        codes: &Codes,
        into: &mut Vec<Timestamp>,
    ) -> Option<Timestamp> {
        let mut turn = FirstAfter::after(self.as_of);
        into.clear();
        into.push(Timestamp::MIN);
        let mut note = |instant: Timestamp, counts: bool| {
            if instant > self.as_of {
                turn.note(instant);
            } else if counts {
                into.push(instant);
            }
        };
        history.residences.iter().for_each(|(at, _)| note(*at, self.by_residence));
        for (at, preference) in &history.preferences {
            note(*at, self.by_choice);
            if let Preference::OptIn { since } = preference {
                let ends = codes.lifetimes.iter().filter_map(|days| since.plus_days(*days));
                ends.for_each(|end| note(end, self.by_choice));
            }
        }
        history.audiences.iter().for_each(|(at, _)| note(*at, false));
        for span in &history.restrictions {
            note(span.start(), false);
            span.end().into_iter().for_each(|end| note(end, false));
        }
        history.erased_at.into_iter().for_each(|at| note(at, false));
        codes.windows.iter().chain(birthdays).for_each(|at| note(*at, true));
        if into.len() > 2 {
            into.sort_unstable();
        }
        into.dedup();
        turn.found
    }

    /// Writes the key: what is so at the cut-off, and at each instant of creation, as far as a
    /// decision can distinguish it. Equal keys have equal rows.
    fn describe(
        self,
        history: &History,
        birthdays: &[Timestamp],
        Rows { words, codes, .. }: &mut Rows,
        instants: &[Timestamp],
        key: &mut Vec<u64>,
    ) {
        let mut residences = Walk::along(&history.residences, UNKNOWN);
        let mut preferences = Walk::along(&history.preferences, Preference::Silent);
        let choice = |codes: &Codes, instant, preference| {
            u32::from(codes.choice(SampledChoice { instant, preference }))
        };
        key.clear();
        for instant in instants {
            let (mut place, mut chosen) = (UNKNOWN, 0);
            if self.by_residence {
                place = codes.class_of_place(residences.at(*instant), words);
            }
            if self.by_choice {
                chosen = choice(codes, *instant, preferences.at(*instant));
            }
            let reached = birthdays.iter().take_while(|at| *at <= instant).count();
            let is_cut_off = u32::from(*instant == self.as_of);
            let window = codes.window(instant.as_micros());
            key.extend([pair(place, chosen), pair(code(reached) << 1 | is_cut_off, window)]);
        }
        let place = codes.class_of_place(residences.at(self.as_of), words);
        let chosen = choice(codes, self.as_of, preferences.at(self.as_of));
        let is_restricted = history.restrictions.iter().any(|span| span.contains(self.as_of));
        let is_erased = history.erased_at.is_some_and(|erased| erased <= self.as_of);
        let [is_restricted, is_erased, is_born] =
            [is_restricted, is_erased, history.birth.is_some()].map(u32::from);
        let audience = Walk::along(&history.audiences, UNKNOWN).at(self.as_of);
        let audience = codes.class_of_audience(words.audience(audience));
        let flags = is_restricted | is_erased << 1 | is_born << 2;
        key.extend([pair(place, chosen), pair(audience, flags)]);
    }
}

/// Returns the birthdays on which a subject reaches each minimum age, ascending.
fn reached<'b>(
    known: &'b mut HashMap<Birth, Box<[Timestamp]>>,
    birth: Option<Birth>,
    ages: &[u8],
) -> &'b [Timestamp] {
    let Some(birth) = birth.filter(|_| !ages.is_empty()) else { return &[] };
    if known.len() >= BIRTHS {
        known.clear();
    }
    let all = || ages.iter().filter_map(|years| birth.birthday(*years)).collect();
    known.entry(birth).or_insert_with(all)
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
