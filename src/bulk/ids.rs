//! Dense ids (*interning*): each distinct value gets the next number, from 0 on.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, Equivalent, HashTable};

/// A dictionary that gives each distinct value a dense number, in order of arrival.
///
/// Use it for the platform's subject ids, whether texts, integers or UUIDs, or for any other column
/// that you encode.
///
/// A value takes its own size and about five bytes. There are at most 4,294,967,295 numbers. The
/// last `u32` is not among them: it is
/// [`RecordColumns::UNKNOWN_SUBJECT`](crate::bulk::RecordColumns::UNKNOWN_SUBJECT).
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
    /// Creates an empty dictionary.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of the value: the one that it already has, or else the next one. Returns
    /// `None` if every number is taken.
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

    /// Reserves room for twice as many numbers. It reads the values in their own order: in the
    /// order of their hashes, each read would miss the cache.
    fn grow(&mut self) {
        let Self { values, numbers, hasher } = self;
        let mut grown = HashTable::with_capacity(values.len().saturating_mul(2).max(4));
        for (number, value) in (0..).zip(values.iter()) {
            let hash = hasher.hash_one(value);
            grown.insert_unique(hash, number, |number| hash_of(values, hasher, *number));
        }
        *numbers = grown;
    }

    /// Returns the number of the value; `None` if it has none.
    #[must_use]
    pub fn get<Q: Hash + Equivalent<T> + ?Sized>(&self, value: &Q) -> Option<u32> {
        find(&self.values, &self.numbers, self.hasher.hash_one(value), value)
    }

    /// Returns the value with that number; `None` if there is none.
    #[must_use]
    pub fn value(&self, number: u32) -> Option<&T> {
        self.values.get(index(number))
    }

    /// Returns the values, by their numbers.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Returns how many values have a number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the memory of the numbers and the values, in bytes. It does not count what a value
    /// stores elsewhere.
    pub(crate) fn bytes(&self) -> usize {
        let values = self.values.capacity().saturating_mul(size_of::<T>());
        // Each slot takes a control byte and the number.
        values.saturating_add(self.numbers.capacity().saturating_mul(5))
    }

    /// Returns whether no value has a number.
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

/// Returns a number as the index of a slice.
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

/// Returns two numbers in one word, so that they are hashed together.
#[inline]
pub(crate) fn pair(one: u32, other: u32) -> u64 {
    u64::from(one) | u64::from(other) << 32
}

/// Every number for subjects is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than 4,294,967,294 subjects; freeze the others apart")]
pub struct CapacityError;
