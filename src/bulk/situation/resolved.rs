//! The resolved history of one subject: its facts as step functions of time, places and audiences as
//! codes. Ties, purposes and the second clock are settled; no policy is applied yet.

use crate::bulk::ids::Ids;
use crate::decision::facts::{Instants, Sampled};
use crate::decision::transitions::{FirstAfter, of_learning};
use crate::people::choice::{Preference, SampledChoice};
use crate::people::log::{Entry, Log, unambiguous};
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::revision::{OptOutReach, ResidenceAt};
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::steps::{between, up_to};
use crate::values::time::{Birth, Span, Timestamp};

/// The code of an unknown place or audience. There is no entry, the entries contradict each other,
/// or an entry states that it is unknown.
pub(crate) const UNKNOWN: u32 = 0;

/// The places and audiences that occurred so far, numbered from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    places: Ids<Place>,
    audiences: Ids<Audience>,
}

impl Words {
    pub(crate) fn of_place(&mut self, place: Place) -> u32 {
        numbered(self.places.insert(place))
    }

    fn of_audience(&mut self, audience: &Audience) -> u32 {
        let known = self.audiences.get(audience);
        numbered(known.or_else(|| self.audiences.insert(audience.clone())))
    }

    /// Returns how many places occurred.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, number: u32) -> Option<Place> {
        self.places.value(number.checked_sub(1)?).copied()
    }

    pub(crate) fn audience(&self, number: u32) -> Option<&Audience> {
        self.audiences.value(number.checked_sub(1)?)
    }
}

/// Returns the code of a place or an audience. One without a number counts as unknown, but there
/// are fewer of them than numbers.
fn numbered(number: Option<u32>) -> u32 {
    number.map_or(UNKNOWN, |number| number.saturating_add(1))
}

/// The facts of one subject for a purpose, as known at an instant. Ties, purposes, and who may opt
/// in for whom are settled; no policy is applied.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub birth: Option<Birth>,
    /// The changes, ascending, as in the other lists.
    pub residences: Vec<(Timestamp, u32)>,
    pub audiences: Vec<(Timestamp, u32)>,
    pub preferences: Vec<(Timestamp, Preference)>,
    pub restrictions: Vec<Span>,
    /// When the first of the known erasures took effect; `None` if there is none.
    pub erased_at: Option<Timestamp>,
    /// The first instant after `known_at` at which more is known; `None` if there is none.
    pub learned_at: Option<Timestamp>,
}

impl History {
    /// Reads the facts of a subject into this history. It replaces the previous content and reuses
    /// the memory.
    pub(crate) fn read(
        &mut self,
        subject: &Subject,
        purpose: &Purpose,
        known_at: Option<Timestamp>,
        words: &mut Words,
    ) {
        self.birth = subject.birth();
        changes(subject.residences(), known_at, |p| words.of_place(*p), &mut self.residences);
        changes(subject.audiences(), known_at, |a| words.of_audience(a), &mut self.audiences);
        self.preferences.clear();
        if !subject.choices().is_empty() {
            let preferences = subject.choices().preferences(purpose, known_at, self.birth);
            self.preferences.extend(preferences);
        }
        let known = |r: &&Restriction| r.is_known_at(known_at);
        self.restrictions.clear();
        self.restrictions
            .extend(subject.restrictions().iter().filter(known).map(Restriction::span));
        self.erased_at = subject.erasure(known_at).map(Entry::at);
        self.learned_at = known_at.and_then(|known_at| {
            let mut next = FirstAfter::after(known_at);
            of_learning(subject, &mut |instant| next.note(instant));
            next.found
        });
    }

    /// Removes every fact, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.residences.clear();
        self.audiences.clear();
        self.preferences.clear();
        self.restrictions.clear();
        (self.birth, self.erased_at, self.learned_at) = (None, None, None);
    }

    /// Samples the facts except residences. Choices are sampled when `reach` says so.
    pub(crate) fn sampled<'w>(
        &self,
        instants: Instants,
        reach: Option<OptOutReach>,
        words: &'w Words,
    ) -> Sampled<'w> {
        let as_of = instants.as_of;
        let sample = |instant| {
            let preference = value_at(&self.preferences, instant).unwrap_or(Preference::Silent);
            SampledChoice { instant, preference }
        };
        let reached = reach.map_or([None, None], |reach| instants.of_choices(reach));
        Sampled {
            is_restricted: self.restrictions.iter().any(|span| span.contains(as_of)),
            is_erased: self.erased_at.is_some_and(|erased| erased <= as_of),
            birth: self.birth,
            audience: value_at(&self.audiences, as_of).and_then(|code| words.audience(code)),
            choices: reached.map(|instant| instant.map(sample)),
        }
    }

    /// Samples the residences: calls `each` with the code of each place that was in force at a
    /// sampled instant.
    pub(crate) fn each_residence(
        &self,
        instants: Instants,
        residence_at: ResidenceAt,
        mut each: impl FnMut(u32),
    ) {
        instants.each_span(residence_at, |from, until| {
            held(&self.residences, from, until).for_each(&mut each);
        });
    }
}

/// Returns the changes of a log, with the code of what is known from each on.
pub(crate) fn changes<T>(
    log: &Log<Option<T>>,
    known_at: Option<Timestamp>,
    mut number: impl FnMut(&T) -> u32,
    into: &mut Vec<(Timestamp, u32)>,
) {
    into.clear();
    let mut code = |entries| unambiguous(entries).map_or(UNKNOWN, |(value, _)| number(value));
    match log.iter().as_slice() {
        [] => {}
        // Most logs have one entry, which has no ties.
        [only] if only.is_known_at(known_at) => {
            into.push((only.at(), code(std::slice::from_ref(only))));
        }
        _ => into.extend(log.known(known_at).map(|(at, entries)| (at, code(entries)))),
    }
}

/// Returns what was in force at an instant; `None` before the first change.
fn value_at<T: Copy>(changes: &[(Timestamp, T)], instant: Timestamp) -> Option<T> {
    up_to(changes, instant, |(at, _)| *at).last().map(|(_, value)| *value)
}

/// Returns what was in force at each moment from `from` to `until`, both included.
fn held(
    changes: &[(Timestamp, u32)],
    from: Timestamp,
    until: Timestamp,
) -> impl Iterator<Item = u32> {
    let later = between(changes, from, until, |(at, _)| *at);
    let first = value_at(changes, from).unwrap_or(UNKNOWN);
    std::iter::once(first).chain(later.iter().map(|(_, value)| *value))
}
