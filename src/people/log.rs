//! Facts with two clocks: when each became true, and when the platform learned it.

use crate::people::timeline::Timeline;
use crate::values::steps::{between, up_to};
use crate::values::time::Timestamp;

/// A fact that became true at an instant, and the instant at which the platform learned it.
///
/// Temporal databases call the two *valid time* and *transaction time*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Entry<T> {
    // The order of the fields is the order of a log.
    at: Timestamp,
    recorded: Timestamp,
    value: T,
}

impl<T> Entry<T> {
    /// A fact that was learned when it became true.
    pub const fn new(at: Timestamp, value: T) -> Self {
        Self { at, recorded: at, value }
    }

    /// The same fact, learned at another instant.
    #[must_use]
    pub fn with_recorded(mut self, recorded: Timestamp) -> Self {
        self.recorded = recorded;
        self
    }

    /// The same clocks, of another value.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Entry<U> {
        Entry { at: self.at, recorded: self.recorded, value: change(self.value) }
    }

    /// When it became true.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// When the platform learned it.
    pub const fn recorded(&self) -> Timestamp {
        self.recorded
    }

    /// What became true.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Whether the entry was known; without an instant, every entry is.
    pub(crate) fn is_known_at(&self, known_at: Option<Timestamp>) -> bool {
        known_at.is_none_or(|instant| self.recorded <= instant)
    }
}

/// All that was ever learned about one thing, in the order in which it became true.
///
/// A set of entries: neither the order of arrival nor duplicates matter. Of two entries for the
/// same instant the one recorded later wins. Where these are equal too, several entries *stand*
/// beside each other, and whoever reads the log says what that means: between choices the opt-out
/// wins, between residences or audiences the value is unknown. It is also where an entry of these
/// says so, with `None` for its value.
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
    /// Ascending and without duplicates.
    entries: Vec<Entry<T>>,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T: Ord> Log<T> {
    /// A log without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; one that is already there changes nothing.
    pub fn insert(&mut self, entry: Entry<T>) {
        if let Err(place) = self.entries.binary_search(&entry) {
            self.entries.insert(place, entry);
        }
    }

    /// Adds every entry of another log: commutative, associative and idempotent.
    pub fn merge(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.entries.sort_unstable();
        self.entries.dedup();
    }
}

impl<T> Log<T> {
    /// Every entry, ascending by instant, then by when it was recorded.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<T>> {
        self.entries.iter()
    }

    /// Whether nothing was ever learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries that stand at an instant, as far as known at another (all, if none is given).
    ///
    /// None before the first entry; one, as a rule; more where entries of the same instant, recorded
    /// at the same instant, differ.
    #[must_use]
    #[inline]
    pub fn in_force(&self, instant: Timestamp, known_at: Option<Timestamp>) -> &[Entry<T>] {
        // Of most things one entry is known, or none.
        match self.entries.as_slice() {
            [only] if only.at <= instant && only.is_known_at(known_at) => &self.entries,
            [] | [_] => &[],
            _ => self.in_force_of_many(instant, known_at),
        }
    }

    fn in_force_of_many(&self, instant: Timestamp, known_at: Option<Timestamp>) -> &[Entry<T>] {
        groups(up_to(&self.entries, instant, Entry::at))
            .rev()
            .map(|group| last_recorded(group, known_at))
            .find(|standing| !standing.is_empty())
            .unwrap_or_default()
    }

    /// What stood at each moment from `from` to `until`, both included: first what stood at `from`,
    /// then every change after it.
    pub(crate) fn held(
        &self,
        from: Timestamp,
        until: Timestamp,
        known_at: Option<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, &[Entry<T>])> {
        let later = if from < until { self.entries.as_slice() } else { &[] };
        let later = between(later, from, until, Entry::at);
        std::iter::once((from, self.in_force(from, known_at))).chain(changes(later, known_at))
    }

    /// The log as it was known at an instant (all of it, if none is given), as a step function of
    /// the entries that stand.
    #[must_use]
    pub fn known_at(&self, known_at: Option<Timestamp>) -> Timeline<&[Entry<T>]> {
        Timeline::from_ascending(self.known(known_at))
    }

    /// The changes of that step function.
    pub(crate) fn known(
        &self,
        known_at: Option<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, &[Entry<T>])> {
        changes(&self.entries, known_at)
    }
}

/// Returns what is known: the value of the entry that stands alone, with that entry.
///
/// `None` if none is in force, if several contradict each other, and if the one that is in force says
/// that it is not known.
pub(crate) fn unambiguous<T>(entries: &[Entry<Option<T>>]) -> Option<(&T, &Entry<Option<T>>)> {
    match entries {
        [entry] => entry.value().as_ref().map(|value| (value, entry)),
        _ => None,
    }
}

/// The entries of each instant.
fn groups<T>(entries: &[Entry<T>]) -> impl DoubleEndedIterator<Item = &[Entry<T>]> {
    entries.chunk_by(|a, b| a.at == b.at)
}

/// The instants at which something became known to be true, with what stands from then on.
fn changes<T>(
    entries: &[Entry<T>],
    known_at: Option<Timestamp>,
) -> impl Iterator<Item = (Timestamp, &[Entry<T>])> {
    groups(entries).filter_map(move |group| {
        let standing = last_recorded(group, known_at);
        standing.first().map(|entry| (entry.at, standing))
    })
}

/// Of the entries of one instant, those recorded last among the known.
fn last_recorded<T>(group: &[Entry<T>], known_at: Option<Timestamp>) -> &[Entry<T>] {
    let known = group.partition_point(|entry| entry.is_known_at(known_at));
    let known = group.get(..known).unwrap_or_default();
    let Some(last) = known.last() else { return &[] };
    let first = known.partition_point(|entry| entry.recorded < last.recorded);
    known.get(first..).unwrap_or_default()
}

impl<T: Ord> FromIterator<Entry<T>> for Log<T> {
    fn from_iter<I: IntoIterator<Item = Entry<T>>>(entries: I) -> Self {
        let mut log = Self { entries: entries.into_iter().collect() };
        log.entries.sort_unstable();
        log.entries.dedup();
        log
    }
}

impl<T: Ord> Extend<Entry<T>> for Log<T> {
    fn extend<I: IntoIterator<Item = Entry<T>>>(&mut self, entries: I) {
        self.merge(entries.into_iter().collect());
    }
}

impl<'a, T> IntoIterator for &'a Log<T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
