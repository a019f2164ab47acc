//! When a decision can turn: because the cut-off moves, or because more becomes known.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::ops::Bound::{Excluded, Included};

use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::distinctions::{Distinctions, turning_instants};
use crate::policy::policy::Policy;
use crate::values::time::Timestamp;

/// The instants at which a decision can turn merely because the cut-off moves: between two of them
/// that follow each other it cannot. There may be more of them than turns; never fewer.
#[derive(Debug, Clone)]
pub(crate) struct Transitions {
    /// Those of the policy, whoever is asked about.
    pub(crate) fixed: BTreeSet<Timestamp>,
    /// How long opt-ins live under one rule or another, in days.
    pub(crate) lifetimes: BTreeSet<u32>,
    /// The minimum ages of one rule or another.
    pub(crate) ages: BTreeSet<u8>,
}

impl Transitions {
    pub(crate) fn of(policy: &Policy) -> Self {
        Self { fixed: turning_instants(policy), ..Self::of_creation(&Distinctions::ever(policy)) }
    }

    /// The instants of creation at which a decision under some rules can turn.
    pub(crate) fn of_creation(rules: &Distinctions<'_>) -> Self {
        Self { fixed: rules.creations(), lifetimes: rules.lifetimes(), ages: rules.ages() }
    }

    /// Whether the policy itself turns when a cut-off moves from one instant to a later one.
    pub(crate) fn is_any_between(&self, before: Timestamp, after: Timestamp) -> bool {
        // A range that ends before it starts would be none.
        before < after && self.fixed.range((Excluded(before), Included(after))).next().is_some()
    }

    /// Hands over the instants that are the record's own.
    pub(crate) fn of_record(record: &Record, add: &mut impl FnMut(Timestamp)) {
        add(record.created_at());
        record.deleted_at().into_iter().for_each(&mut *add);
        of_restrictions(record.restrictions(), add);
    }

    /// Hands over the instants that are the subject's own, as far as anything is ever learned.
    pub(crate) fn of_subject(&self, subject: &Subject, add: &mut impl FnMut(Timestamp)) {
        subject.residences().iter().map(Entry::at).for_each(&mut *add);
        subject.audiences().iter().map(Entry::at).for_each(&mut *add);
        for (_, choice) in subject.choices().iter() {
            add(choice.at());
            self.lifetimes
                .iter()
                .filter_map(|days| choice.at().plus_days(*days))
                .for_each(&mut *add);
        }
        of_restrictions(subject.restrictions(), add);
        subject.erasures().iter().map(Entry::at).for_each(&mut *add);
        if let Some(birth) = subject.birth() {
            self.ages.iter().filter_map(|years| birth.birthday(*years)).for_each(add);
        }
    }
}

/// Hands over the instants at which restrictions begin and end.
pub(crate) fn of_restrictions(restrictions: &[Restriction], add: &mut impl FnMut(Timestamp)) {
    for restriction in restrictions {
        add(restriction.span().start());
        restriction.span().end().into_iter().for_each(&mut *add);
    }
}

/// The first instant after another of those that were noted.
pub(crate) struct FirstAfter {
    after: Timestamp,
    pub(crate) found: Option<Timestamp>,
}

impl FirstAfter {
    pub(crate) const fn after(after: Timestamp) -> Self {
        Self { after, found: None }
    }

    pub(crate) fn note(&mut self, instant: Timestamp) {
        if instant > self.after && self.found.is_none_or(|found| instant < found) {
            self.found = Some(instant);
        }
    }
}

/// Hands over the instants at which something about the subject was learned.
pub(crate) fn of_learning(subject: &Subject, add: &mut impl FnMut(Timestamp)) {
    subject.residences().iter().map(Entry::recorded).for_each(&mut *add);
    subject.audiences().iter().map(Entry::recorded).for_each(&mut *add);
    subject.choices().iter().map(|(_, choice)| choice.recorded()).for_each(&mut *add);
    subject.restrictions().iter().map(Restriction::recorded).for_each(&mut *add);
    subject.erasures().iter().map(Entry::recorded).for_each(add);
}

/// What has to be looked at again, and when: as soon as a cut-off reaches an instant, or as more is
/// known.
#[derive(Debug, Clone)]
pub(crate) struct Agenda<T: Ord> {
    turning: Due<T>,
    learning: Due<T>,
}

/// What is due, the next first.
type Due<T> = BinaryHeap<Reverse<(Timestamp, T)>>;

impl<T: Ord> Default for Agenda<T> {
    fn default() -> Self {
        Self { turning: BinaryHeap::new(), learning: BinaryHeap::new() }
    }
}

impl<T: Ord + Copy> Agenda<T> {
    /// Enters the next turn, and the next instant at which more is known, where there are such.
    pub(crate) fn enter(
        &mut self,
        what: T,
        turns_at: Option<Timestamp>,
        learned_at: Option<Timestamp>,
    ) {
        for (due, instant) in [(&mut self.turning, turns_at), (&mut self.learning, learned_at)] {
            if let Some(instant) = instant {
                due.push(Reverse((instant, what)));
            }
        }
    }

    /// Takes in what another has entered, under other names.
    pub(crate) fn take_in(&mut self, other: &Self, name: impl Fn(T) -> T) {
        let renamed =
            |Reverse((instant, what)): &Reverse<(Timestamp, T)>| Reverse((*instant, name(*what)));
        self.turning.extend(other.turning.iter().map(renamed));
        self.learning.extend(other.learning.iter().map(renamed));
    }

    /// Takes out what is due by a cut-off and what is known by another instant (all, if none is
    /// given).
    pub(crate) fn take(&mut self, as_of: Timestamp, known_at: Option<Timestamp>) -> Vec<T> {
        let mut taken = Vec::new();
        for (due, by) in [(&mut self.turning, Some(as_of)), (&mut self.learning, known_at)] {
            while let Some(Reverse((instant, what))) = due.peek().copied()
                && by.is_none_or(|by| instant <= by)
            {
                due.pop();
                taken.push(what);
            }
        }
        taken
    }

    /// Returns the next turn and the next instant of learning of each of the first `subjects`, by number.
    #[cfg(feature = "arrow")]
    pub(crate) fn next(&self, subjects: usize) -> Vec<[Option<Timestamp>; 2]>
    where
        usize: TryFrom<T>,
    {
        let mut next = vec![[None; 2]; subjects];
        for (place, due) in [&self.turning, &self.learning].into_iter().enumerate() {
            for Reverse((instant, what)) in due {
                let of_subject = usize::try_from(*what).ok().and_then(|what| next.get_mut(what));
                if let Some(slot) = of_subject.and_then(|slots| slots.get_mut(place)) {
                    *slot =
                        slot.map_or(Some(*instant), |known: Timestamp| Some(known.min(*instant)));
                }
            }
        }
        next
    }

    /// What it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let entries = self.turning.capacity().saturating_add(self.learning.capacity());
        entries.saturating_mul(size_of::<Reverse<(Timestamp, T)>>())
    }
}
