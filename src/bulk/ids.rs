//! Dense numbers for ids (*interning*): each different value gets the next number, from 0 on.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, Equivalent, HashTable};

/// A dense number for each of many values, in the order in which they come: of the platform's ids
/// for subjects, whether texts, integers or UUIDs, or of whatever else a column is encoded by.
///
/// A value takes its own size and about five bytes. There are at most 4,294,967,295 numbers, from 0
/// on: the last that `u32` has is [`RecordColumns::UNKNOWN_SUBJECT`](crate::bulk::RecordColumns::UNKNOWN_SUBJECT).
///
/// ```
/// use may_train::bulk::Ids;
///
/// let mut ids = Ids::new();
/// assert_eq!(ids.insert(0x9af2_u64), Some(0));
/// assert_eq!(ids.insert(0x0017), Some(1));
/// assert_eq!(ids.insert(0x9af2), Some(0)); // as before
/// assert_eq!(ids.get(&0x0017), Some(1));
/// assert_eq!(ids.get(&0xdead), None);
/// assert_eq!(ids.value(1), Some(&0x0017));
/// ```
#[derive(Debug, Clone)]
pub struct Ids<T> {
    values: Vec<T>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T> Default for Ids<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<T: Hash + Eq> Ids<T> {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of the value: the one it has already, or else the next one. Nothing where every
    /// number is taken.
    pub fn insert(&mut self, value: T) -> Option<u32> {
        let hash = self.hasher.hash_one(&value);
        if let Some(number) = find(&self.values, &self.numbers, hash, &value) {
            return Some(number);
        }
        let next = u32::try_from(self.values.len()).ok().filter(|next| *next < u32::MAX)?;
        if self.numbers.len() == self.numbers.capacity() {
            self.grow();
        }
        let Self { values, numbers, hasher } = self;
        values.push(value);
        numbers.insert_unique(hash, next, |number| hash_of(values, hasher, *number));
        Some(next)
    }

    /// Makes room for as many numbers again: reading the values in their order, and not in that of
    /// their hashes, in which each would have to be waited for.
    fn grow(&mut self) {
        let Self { values, numbers, hasher } = self;
        let mut grown = HashTable::with_capacity(values.len().saturating_mul(2).max(4));
        for (number, value) in (0..).zip(values.iter()) {
            let hash = hasher.hash_one(value);
            grown.insert_unique(hash, number, |number| hash_of(values, hasher, *number));
        }
        *numbers = grown;
    }

    /// The number of the value, if it has one.
    #[must_use]
    pub fn get<Q: Hash + Equivalent<T> + ?Sized>(&self, value: &Q) -> Option<u32> {
        find(&self.values, &self.numbers, self.hasher.hash_one(value), value)
    }

    /// The value of that number.
    #[must_use]
    pub fn value(&self, number: u32) -> Option<&T> {
        self.values.get(index(number))
    }

    /// The values, by their numbers.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// How many values have a number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// What the numbers and the values take, in bytes, without what a value holds elsewhere.
    pub(crate) fn bytes(&self) -> usize {
        let values = self.values.capacity().saturating_mul(size_of::<T>());
        // A byte of control a slot, and the number in it.
        values.saturating_add(self.numbers.capacity().saturating_mul(5))
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

fn hash_of<T: Hash>(values: &[T], hasher: &DefaultHashBuilder, number: u32) -> u64 {
    values.get(index(number)).map_or(0, |value| hasher.hash_one(value))
}

fn find<T, Q: Equivalent<T> + ?Sized>(
    values: &[T],
    numbers: &HashTable<u32>,
    hash: u64,
    value: &Q,
) -> Option<u32> {
    let is_value = |number: &u32| values.get(index(*number)).is_some_and(|v| value.equivalent(v));
    numbers.find(hash, is_value).copied()
}

/// A number as the index of a slice.
#[inline]
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Returns an index as a 32-bit code.
#[expect(clippy::expect_used, reason = "a code that is cut would be a wrong answer")]
pub(crate) fn code(index: usize) -> u32 {
    u32::try_from(index)
        .expect("what gets a code is stored in memory first, which ends before 32 bits do")
}

/// Two numbers in one word, to be hashed together.
#[inline]
pub(crate) fn pair(one: u32, other: u32) -> u64 {
    u64::from(one) | u64::from(other) << 32
}

/// There are more subjects than numbers for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than 4,294,967,294 subjects; freeze the others apart")]
pub struct CapacityError;
