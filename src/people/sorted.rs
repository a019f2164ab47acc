//! Sorted sets of facts: the one fact that most subjects have lies in the set itself.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A set of values in ascending order, without duplicates.
///
/// One value needs no allocation. Values may be added in any order, in n log n time for n values: a
/// large set to which a value is added out of order is sorted when it is next read.
#[derive(Default)]
pub(crate) enum Sorted<T> {
    #[default]
    None,
    One(T),
    /// At least two values.
    #[expect(clippy::box_collection, reason = "a set is then no larger than its only value")]
    Many(Box<Vec<T>>),
    Loose(Box<Loose<T>>),
}

/// A large set to which values were added out of order.
pub(crate) struct Loose<T> {
    /// With duplicates. Empty once `sorted` is made of it.
    unsorted: Mutex<Vec<T>>,
    /// Duplicates are removed when there are this many values.
    limit: usize,
    sorted: OnceLock<Vec<T>>,
    // A field, so that reading does not require an order of `T`.
    sort: fn(&mut Vec<T>),
}

/// The largest set that is kept in order at each insertion.
const KEPT_IN_ORDER: usize = 1024;

fn sort<T: Ord>(values: &mut Vec<T>) {
    // The stable sort takes linear time for a value after a long sorted run.
    values.sort();
    values.dedup();
}

impl<T> Sorted<T> {
    /// Returns the values in ascending order.
    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
            Self::Loose(loose) => loose.sorted(),
        }
    }

    /// Returns the only value; `None` if there is none, or if there are several.
    pub(crate) const fn only(&self) -> Option<&T> {
        match self {
            Self::One(value) => Some(value),
            // A loose set is a large one.
            Self::None | Self::Many(_) | Self::Loose(_) => None,
        }
    }

    /// Returns the values in ascending order.
    pub(crate) fn into_vec(self) -> Vec<T> {
        match self {
            Self::None => Vec::new(),
            Self::One(value) => vec![value],
            Self::Many(values) => *values,
            Self::Loose(loose) => loose.into_sorted(),
        }
    }

    /// Returns the set of values that are in ascending order, without duplicates.
    fn from_sorted(mut values: Vec<T>) -> Self {
        match values.len() {
            0 => Self::None,
            1 => values.pop().map_or(Self::None, Self::One),
            _ => Self::Many(Box::new(values)),
        }
    }
}

impl<T: Ord> Sorted<T> {
    /// Adds a value. A duplicate changes nothing.
    pub(crate) fn insert(&mut self, value: T) {
        *self = match std::mem::replace(self, Self::None) {
            Self::None => Self::One(value),
            Self::One(only) => match only.cmp(&value) {
                Ordering::Less => Self::Many(Box::new(vec![only, value])),
                Ordering::Equal => Self::One(only),
                Ordering::Greater => Self::Many(Box::new(vec![value, only])),
            },
            Self::Many(mut values) => match values.binary_search(&value) {
                Ok(_) => Self::Many(values),
                Err(place) if place < values.len() && values.len() > KEPT_IN_ORDER => {
                    values.push(value);
                    Self::Loose(Box::new(Loose::new(*values)))
                }
                Err(place) => {
                    values.insert(place, value);
                    Self::Many(values)
                }
            },
            Self::Loose(loose) if loose.sorted.get().is_some() => {
                let mut sorted = Self::Many(Box::new(loose.into_sorted()));
                sorted.insert(value);
                sorted
            }
            Self::Loose(mut loose) => {
                loose.push(value);
                Self::Loose(loose)
            }
        };
    }

    /// Adds every value of another set.
    pub(crate) fn extend(&mut self, others: impl IntoIterator<Item = T>) {
        let mut values = std::mem::replace(self, Self::None).into_vec();
        values.extend(others);
        sort(&mut values);
        *self = Self::from_sorted(values);
    }
}

impl<T> Loose<T> {
    fn sorted(&self) -> &[T] {
        self.sorted.get_or_init(|| {
            let mut values =
                std::mem::take(&mut *self.unsorted.lock().unwrap_or_else(PoisonError::into_inner));
            (self.sort)(&mut values);
            values
        })
    }

    fn into_sorted(self) -> Vec<T> {
        self.sorted.into_inner().unwrap_or_else(|| {
            let mut values = self.unsorted.into_inner().unwrap_or_else(PoisonError::into_inner);
            (self.sort)(&mut values);
            values
        })
    }
}

impl<T: Ord> Loose<T> {
    fn new(unsorted: Vec<T>) -> Self {
        let limit = unsorted.len().saturating_mul(2);
        Self { unsorted: Mutex::new(unsorted), limit, sorted: OnceLock::new(), sort: sort::<T> }
    }

    fn push(&mut self, value: T) {
        let values = self.unsorted.get_mut().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.limit {
            sort(values);
            self.limit = values.len().saturating_mul(2);
        }
        values.push(value);
    }
}

impl<T: Ord> FromIterator<T> for Sorted<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut all = Self::None;
        all.extend(values);
        all
    }
}

impl<T: Clone> Clone for Sorted<T> {
    fn clone(&self) -> Self {
        match self {
            Self::None => Self::None,
            Self::One(value) => Self::One(value.clone()),
            Self::Many(_) | Self::Loose(_) => Self::Many(Box::new(self.as_slice().to_vec())),
        }
    }
}

impl<T: PartialEq> PartialEq for Sorted<T> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for Sorted<T> {}

impl<T: Hash> Hash for Sorted<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Sorted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KEPT_IN_ORDER, Sorted};

    #[test]
    fn a_set_of_any_size_holds_what_was_added_in_any_order() {
        for size in [0, 1, 2, 3, KEPT_IN_ORDER, KEPT_IN_ORDER + 2, 5 * KEPT_IN_ORDER] {
            for step in [1, 7, size.max(1) - 1] {
                let added = || (0..2 * size).map(|n| (n * step) % size.max(1));
                let expected: Vec<usize> = added().collect::<BTreeSet<_>>().into_iter().collect();
                let (mut set, mut read) = (Sorted::default(), Sorted::default());
                for (count, value) in added().enumerate() {
                    set.insert(value);
                    read.insert(value);
                    if count % 1000 == 0 {
                        assert!(read.as_slice().is_sorted_by(|one, other| one < other));
                    }
                }
                assert_eq!(set.clone().into_vec(), expected);
                assert_eq!(set.as_slice(), expected);
                assert_eq!(set, read);
                assert_eq!(set.only(), (expected.len() == 1).then_some(&0));
                assert_eq!(added().collect::<Sorted<_>>(), set);
            }
        }
    }

    #[test]
    fn duplicates_do_not_pile_up_while_nothing_is_read() {
        let mut set: Sorted<usize> = (0..=KEPT_IN_ORDER).map(|n| 2 * n).collect();
        (0..100_000).for_each(|n| set.insert(2 * (n % 5) + 1));
        let Sorted::Loose(loose) = &set else { panic!("a large set, out of order") };
        assert!(loose.unsorted.lock().unwrap().len() < 4 * KEPT_IN_ORDER);
        assert_eq!(set.as_slice().len(), KEPT_IN_ORDER + 1 + 5);
    }
}
