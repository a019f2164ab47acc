//! Bitemporal logs: facts, each with the instant at which it became true and the instant at which
//! the platform learned it.

use crate::people::sorted::Sorted;
use crate::people::timeline::Timeline;
use crate::values::steps::{between, up_to};
use crate::values::time::Timestamp;

/// A bitemporal fact: a value with its valid time and its transaction time.
///
/// Valid time ([`Entry::at`]) is the instant at which the fact became true. Transaction time
/// ([`Entry::recorded`]) is the instant at which the platform learned it. Unless stated otherwise,
/// the two are the same.
///
/// ```
/// use may_train::{Entry, Ground, Place, Policy, Record, Registry, Subject};
///
/// // The platform learns in December that the subject moved to France in November.
/// let france: Place = "FR".parse()?;
/// let moved = Entry::new("2024-11-01".parse()?, france).with_recorded("2024-12-15".parse()?);
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?)
///     .with_residence("US".parse()?, "2019-01-01".parse()?)
///     .with_residence_entry(moved))?;
/// let policy = Policy::shipped("linkedin")?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?);
/// let record = record.with_subject("u1".parse()?);
///
/// let view = registry.view(&policy, "2024-12-01".parse()?);
/// assert!(view.decide(&record).grounds().contains(Ground::RegionExcluded));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Entry<T> {
    // The order of the fields is the order of a log.
    at: Timestamp,
    recorded: Timestamp,
    value: T,
}

impl<T> Entry<T> {
    /// Returns a fact that the platform learned when it became true.
    pub const fn new(at: Timestamp, value: T) -> Self {
        Self { at, recorded: at, value }
    }

    /// Returns the fact with another transaction time.
    #[must_use]
    pub fn with_recorded(mut self, recorded: Timestamp) -> Self {
        self.recorded = recorded;
        self
    }

    /// Returns an entry with the same two instants and another value.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Entry<U> {
        Entry { at: self.at, recorded: self.recorded, value: change(self.value) }
    }

    /// Returns when the fact became true (valid time).
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns when the platform learned the fact (transaction time).
    pub const fn recorded(&self) -> Timestamp {
        self.recorded
    }

    /// Returns the value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Checks whether the platform knew the entry at an instant; always true for `None`.
    pub(crate) fn is_known_at(&self, known_at: Option<Timestamp>) -> bool {
        known_at.is_none_or(|instant| self.recorded <= instant)
    }
}

/// A bitemporal history of one fact: the set of all its entries, ordered by valid time.
///
/// An entry is in force from its valid time until the next entry. The order of insertion does not
/// matter, and duplicates change nothing. If two entries have the same valid time, the one that was
/// recorded later takes precedence. If they were also recorded at the same time, both are in force.
/// The kind of fact then decides: an opt-out takes precedence over an opt-in, and a residence or an
/// audience is unknown. A residence or an audience is also unknown if its entry has the value
/// `None`.
///
/// ```
/// use may_train::{Country, Entry, Log, Timestamp};
///
/// let moved: Timestamp = "2024-03-01".parse()?;
/// let learned: Timestamp = "2024-04-01".parse()?;
/// let mut residences = Log::new();
/// residences.insert(Entry::new("2019-01-01".parse()?, "GB".parse::<Country>()?));
/// residences.insert(Entry::new(moved, "US".parse()?).with_recorded(learned));
///
/// let place = |known_at| residences.in_force(moved, known_at)[0].value().to_string();
/// assert_eq!(place(None), "US");
/// assert_eq!(place(Some(moved)), "GB"); // the move was not known yet
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Log<T> {
    entries: Sorted<Entry<T>>,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> Log<T> {
    pub(crate) const EMPTY: Self = Self { entries: Sorted::None };
}

impl<T: Ord> Log<T> {
    /// Returns an empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry. A duplicate changes nothing.
    pub fn insert(&mut self, entry: Entry<T>) {
        self.entries.insert(entry);
    }

    /// Adds every entry of another log. This is commutative, associative and idempotent.
    pub fn merge(&mut self, other: Self) {
        self.entries.extend(other.entries.into_vec());
    }
}

impl<T> Log<T> {
    /// Returns every entry, ordered by valid time and then by transaction time.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<T>> {
        self.entries.as_slice().iter()
    }

    /// Checks whether the log has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self.entries, Sorted::None)
    }

    /// Returns the entries in force at an instant.
    ///
    /// Only entries recorded up to `known_at` count. If `known_at` is `None`, all entries count.
    /// The slice is empty before the first entry, and usually has one entry. It has several if
    /// different entries have the same valid time and the same transaction time.
    #[must_use]
    #[inline]
    pub fn in_force(&self, instant: Timestamp, known_at: Option<Timestamp>) -> &[Entry<T>] {
        // Most logs have at most one entry.
        match &self.entries {
            Sorted::One(only) if only.at <= instant && only.is_known_at(known_at) => {
                std::slice::from_ref(only)
            }
            Sorted::None | Sorted::One(_) => &[],
            Sorted::Many(_) | Sorted::Loose(_) => self.in_force_of_many(instant, known_at),
        }
    }

    fn in_force_of_many(&self, instant: Timestamp, known_at: Option<Timestamp>) -> &[Entry<T>] {
        groups(up_to(self.entries.as_slice(), instant, Entry::at))
            .rev()
            .map(|group| last_recorded(group, known_at))
            .find(|standing| !standing.is_empty())
            .unwrap_or_default()
    }

    /// Calls `each` with the entries in force from `from` to `until`, both included.
    ///
    /// The first call has the entries in force at `from`. Each change after `from` adds a call.
    #[inline]
    pub(crate) fn each_held<'s>(
        &'s self,
        from: Timestamp,
        until: Timestamp,
        known_at: Option<Timestamp>,
        each: &mut impl FnMut((Timestamp, &'s [Entry<T>])),
    ) {
        each((from, self.in_force(from, known_at)));
        if from < until {
            changes(between(self.entries.as_slice(), from, until, Entry::at), known_at)
                .for_each(each);
        }
    }

    /// Returns the entries in force as a step function over valid time.
    ///
    /// Only entries recorded up to `known_at` count. If `known_at` is `None`, all entries count.
    #[must_use]
    pub fn known_at(&self, known_at: Option<Timestamp>) -> Timeline<&[Entry<T>]> {
        Timeline::from_ascending(self.known(known_at))
    }

    /// Returns the changes of [`Log::known_at`].
    pub(crate) fn known(
        &self,
        known_at: Option<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, &[Entry<T>])> {
        changes(self.entries.as_slice(), known_at)
    }
}

/// Returns the known value of the entries in force, with its entry.
///
/// Returns `None` if there is no entry, if several contradict each other, or if the only entry has
/// the value `None`.
pub(crate) fn unambiguous<T>(entries: &[Entry<Option<T>>]) -> Option<(&T, &Entry<Option<T>>)> {
    match entries {
        [entry] => entry.value().as_ref().map(|value| (value, entry)),
        _ => None,
    }
}

/// Returns the entries, grouped by valid time.
fn groups<T>(entries: &[Entry<T>]) -> impl DoubleEndedIterator<Item = &[Entry<T>]> {
    entries.chunk_by(|a, b| a.at == b.at)
}

/// Returns the instants at which the entries in force change, each with the entries in force from
/// then on.
fn changes<T>(
    entries: &[Entry<T>],
    known_at: Option<Timestamp>,
) -> impl Iterator<Item = (Timestamp, &[Entry<T>])> {
    groups(entries).filter_map(move |group| {
        let standing = last_recorded(group, known_at);
        standing.first().map(|entry| (entry.at, standing))
    })
}

/// Returns the known entries with the latest transaction time, from the entries of one valid time.
fn last_recorded<T>(group: &[Entry<T>], known_at: Option<Timestamp>) -> &[Entry<T>] {
    let known = group.partition_point(|entry| entry.is_known_at(known_at));
    let known = group.get(..known).unwrap_or_default();
    let Some(last) = known.last() else { return &[] };
    let first = known.partition_point(|entry| entry.recorded < last.recorded);
    known.get(first..).unwrap_or_default()
}

impl<T: Ord> FromIterator<Entry<T>> for Log<T> {
    fn from_iter<I: IntoIterator<Item = Entry<T>>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

impl<T: Ord> Extend<Entry<T>> for Log<T> {
    fn extend<I: IntoIterator<Item = Entry<T>>>(&mut self, entries: I) {
        self.entries.extend(entries);
    }
}

impl<'a, T> IntoIterator for &'a Log<T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
