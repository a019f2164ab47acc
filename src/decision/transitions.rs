//! Transitions: the instants at which a decision can change, by a later cut-off or by new
//! knowledge.

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

/// The instants at which a decision can change only because the cut-off moves.
///
/// Between two consecutive instants the decision is constant. Not every instant is a change, but
/// every change is at one of the instants.
#[derive(Debug, Clone)]
pub(crate) struct Transitions {
    /// The instants of the policy, which are the same for all subjects.
    pub(crate) fixed: BTreeSet<Timestamp>,
    /// The lifetimes of opt-ins of all rules, in days of 24 hours.
    pub(crate) lifetimes: BTreeSet<u32>,
    /// The minimum ages of all rules, in years.
    pub(crate) ages: BTreeSet<u8>,
}

impl Transitions {
    /// Returns the instants at which a decision under a policy can change.
    pub(crate) fn of(policy: &Policy) -> Self {
        Self { fixed: turning_instants(policy), ..Self::of_creation(&Distinctions::ever(policy)) }
    }

    /// Returns the instants of creation at which a decision under some rules can change.
    pub(crate) fn of_creation(rules: &Distinctions<'_>) -> Self {
        Self { fixed: rules.creations(), lifetimes: rules.lifetimes(), ages: rules.ages() }
    }

    /// Checks whether the policy changes when the cut-off moves from one instant to a later one.
    pub(crate) fn is_any_between(&self, before: Timestamp, after: Timestamp) -> bool {
        // `BTreeSet::range` panics if a range ends before it starts.
        before < after && self.fixed.range((Excluded(before), Included(after))).next().is_some()
    }

    /// Passes the instants of the record to `add`.
    pub(crate) fn of_record(record: &Record, add: &mut impl FnMut(Timestamp)) {
        add(record.created_at());
        record.deleted_at().into_iter().for_each(&mut *add);
        of_restrictions(record.restrictions(), add);
    }

    /// Passes the instants of the subject to `add`, of all entries, whenever they were recorded.
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

/// Passes the instants at which restrictions begin and end to `add`.
pub(crate) fn of_restrictions(restrictions: &[Restriction], add: &mut impl FnMut(Timestamp)) {
    for restriction in restrictions {
        add(restriction.span().start());
        restriction.span().end().into_iter().for_each(&mut *add);
    }
}

/// The earliest noted instant after a given one.
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

/// Passes the transaction times of all entries of the subject to `add`.
pub(crate) fn of_learning(subject: &Subject, add: &mut impl FnMut(Timestamp)) {
    subject.residences().iter().map(Entry::recorded).for_each(&mut *add);
    subject.audiences().iter().map(Entry::recorded).for_each(&mut *add);
    subject.choices().iter().map(|(_, choice)| choice.recorded()).for_each(&mut *add);
    subject.restrictions().iter().map(Restriction::recorded).for_each(&mut *add);
    subject.erasures().iter().map(Entry::recorded).for_each(add);
}

/// A priority queue of the items to decide again, when a cut-off or the knowledge reaches an
/// instant.
#[derive(Debug, Clone)]
pub(crate) struct Agenda<T: Ord> {
    turning: Due<T>,
    learning: Due<T>,
}

/// Items by the instant at which they are due, the earliest first.
type Due<T> = BinaryHeap<Reverse<(Timestamp, T)>>;

impl<T: Ord> Default for Agenda<T> {
    fn default() -> Self {
        Self { turning: BinaryHeap::new(), learning: BinaryHeap::new() }
    }
}

impl<T: Ord + Copy> Agenda<T> {
    /// Adds an item, with the next instant at which its decision can change and the next instant of
    /// new knowledge. `None`: there is no such instant.
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

    /// Adds the items of another agenda, with their names changed by `name`.
    pub(crate) fn take_in(&mut self, other: &Self, name: impl Fn(T) -> T) {
        let renamed =
            |Reverse((instant, what)): &Reverse<(Timestamp, T)>| Reverse((*instant, name(*what)));
        self.turning.extend(other.turning.iter().map(renamed));
        self.learning.extend(other.learning.iter().map(renamed));
    }

    /// Removes and returns the items that are due by a cut-off or by an instant of knowledge. If
    /// `known_at` is `None`, all items that wait for knowledge are due.
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

    /// Returns the memory that the agenda uses, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let entries = self.turning.capacity().saturating_add(self.learning.capacity());
        entries.saturating_mul(size_of::<Reverse<(Timestamp, T)>>())
    }
}
