//! Sets of identifiers, which are small if the identifiers end in numbers.

use std::collections::BTreeMap;

use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};

use crate::decision::digest::{Digester, count};
use crate::values::error::ReadError;
use crate::values::text::printable;

/// A set of identifiers. Those with the same prefix and the same number of digits form a group.
///
/// A group of at least 16 is a bitmap of numbers, a few bits each if the numbers are dense. All
/// other identifiers are kept as text.
///
/// The groups depend on the members alone, so that equal sets have equal bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct IdSet {
    numbered: BTreeMap<(Box<str>, u8), RoaringTreemap>,
    /// Ascending and without duplicates.
    named: Vec<Box<str>>,
}

/// The least number of identifiers for which a bitmap is worth its header.
const ENOUGH: usize = 16;

/// The greatest number of digits of which every number fits.
const DIGITS: u8 = 18;

/// The layout of a set's bytes: its parts, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    numbered: Vec<Numbered>,
    named: u64,
    named_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    prefix: String,
    digits: u8,
    ids: u64,
    bytes: u64,
}

impl Layout {
    /// Adds the layout to a digest.
    pub(crate) fn digest_into(&self, digester: &mut Digester) {
        digester.number(count(self.numbered.len()));
        for Numbered { prefix, digits, ids, bytes } in &self.numbered {
            digester.text(prefix);
            for number in [u64::from(*digits), *ids, *bytes] {
                digester.number(number);
            }
        }
        digester.number(self.named);
        digester.number(self.named_bytes);
    }
}

/// Returns the text before the final digits, how many digits there are, and their number. Returns
/// `None` if the identifier does not end in a digit.
fn split(id: &str) -> Option<(&str, u8, u64)> {
    let digits = id.bytes().rev().take(DIGITS.into()).take_while(u8::is_ascii_digit).count();
    let (prefix, number) = id.split_at_checked(id.len().checked_sub(digits)?)?;
    Some((prefix, u8::try_from(digits).ok()?, number.parse().ok()?))
}

impl IdSet {
    /// Collects identifiers into a set.
    pub(crate) fn new<'a>(ids: impl Iterator<Item = &'a str>) -> Self {
        let mut set = Self::default();
        let mut groups: BTreeMap<(&str, u8), Vec<(u64, &str)>> = BTreeMap::new();
        for id in ids {
            match split(id) {
                Some((prefix, digits, number)) => {
                    groups.entry((prefix, digits)).or_default().push((number, id));
                }
                None => set.named.push(id.into()),
            }
        }
        for ((prefix, digits), mut members) in groups {
            members.sort_unstable();
            members.dedup();
            if members.len() < ENOUGH {
                set.named.extend(members.into_iter().map(|(_, id)| Box::from(id)));
            } else {
                let numbers = members.into_iter().map(|(number, _)| number).collect();
                set.numbered.insert((prefix.into(), digits), numbers);
            }
        }
        set.named.sort_unstable();
        set.named.dedup();
        set
    }

    /// Returns whether the set holds an identifier.
    pub(crate) fn contains(&self, id: &str) -> bool {
        let numbered = split(id).is_some_and(|(prefix, digits, number)| {
            let group = self.numbered.get(&(Box::from(prefix), digits));
            group.is_some_and(|numbers| numbers.contains(number))
        });
        numbered || self.named.binary_search_by(|named| named.as_ref().cmp(id)).is_ok()
    }

    /// Returns the number of identifiers.
    pub(crate) fn len(&self) -> u64 {
        let numbered: u64 = self.numbered.values().map(RoaringTreemap::len).sum();
        numbered.saturating_add(count(self.named.len()))
    }

    /// Returns every identifier: first those in bitmaps, by prefix and number, then the others.
    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        let numbered = self.numbered.iter().flat_map(|((prefix, digits), numbers)| {
            let width = usize::from(*digits);
            numbers.iter().map(move |number| format!("{prefix}{number:0width$}"))
        });
        numbered.chain(self.named.iter().map(ToString::to_string))
    }

    /// Writes the set to the end of `bytes`, and returns its layout.
    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) -> Layout {
        let mut numbered = Vec::with_capacity(self.numbered.len());
        for ((prefix, digits), numbers) in &self.numbered {
            let before = bytes.len();
            // Writing to memory cannot fail.
            let _: std::io::Result<()> = numbers.serialize_into(&mut *bytes);
            numbered.push(Numbered {
                prefix: prefix.to_string(),
                digits: *digits,
                ids: numbers.len(),
                bytes: count(bytes.len().saturating_sub(before)),
            });
        }
        let before = bytes.len();
        for id in &self.named {
            bytes.extend_from_slice(id.as_bytes());
            // No identifier holds a control character, so that a line end separates two.
            bytes.push(b'\n');
        }
        let named_bytes = count(bytes.len().saturating_sub(before));
        Layout { numbered, named: count(self.named.len()), named_bytes }
    }

    /// Reads a set from the front of `bytes`, and moves `bytes` behind it.
    ///
    /// # Errors
    ///
    /// Fails if the bytes do not match the layout.
    pub(crate) fn read_from(layout: &Layout, bytes: &mut &[u8]) -> Result<Self, ReadError> {
        let mut set = Self::default();
        for group in &layout.numbered {
            let mut part = take(bytes, group.bytes)?;
            let numbers = RoaringTreemap::deserialize_from(&mut part)
                .map_err(|error| damaged(&format!("a bitmap cannot be read: {error}")))?;
            let fits = |number: u64| number.checked_ilog10().unwrap_or(0) < u32::from(group.digits);
            let whole = part.is_empty()
                && numbers.len() == group.ids
                && (1..=DIGITS).contains(&group.digits)
                && numbers.max().is_some_and(fits)
                && printable(&format!("{}0", group.prefix)).is_ok();
            if !whole {
                return Err(damaged("a bitmap is not what its head says"));
            }
            set.numbered.insert((group.prefix.as_str().into(), group.digits), numbers);
        }
        let named = std::str::from_utf8(take(bytes, layout.named_bytes)?)
            .map_err(|_| damaged("an identifier is not UTF-8"))?;
        set.named = named.lines().map(Box::from).collect();
        let whole = count(set.named.len()) == layout.named
            && set.named.is_sorted_by(|a, b| a < b)
            && set.named.iter().all(|id| printable(id).is_ok());
        if whole { Ok(set) } else { Err(damaged("the identifiers are not what their head says")) }
    }
}

/// Returns the first `length` bytes, and moves `bytes` behind them.
///
/// # Errors
///
/// Fails if there are fewer.
fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], ReadError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let (part, rest) = bytes
        .split_at_checked(length)
        .ok_or_else(|| damaged("it ends before its identifiers do"))?;
    *bytes = rest;
    Ok(part)
}

/// Returns the error for bytes that are damaged.
fn damaged(problem: &str) -> ReadError {
    ReadError::new(format!("{problem}; take the file from where it was sealed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(ids: &[&str]) -> (IdSet, usize) {
        let set = IdSet::new(ids.iter().copied());
        let mut bytes = Vec::new();
        let layout = set.write_to(&mut bytes);
        let mut rest = bytes.as_slice();
        let read = IdSet::read_from(&layout, &mut rest).expect("it was just written");
        assert_eq!(read, set);
        assert!(rest.is_empty());
        (set, bytes.len())
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let numbered: Vec<String> = (0..100).map(|n| format!("r{n}")).collect();
        let padded: Vec<String> = (0..100).map(|n| format!("r{n:04}")).collect();
        let others = ["", "é", "7", "007", "12345678901234567890", "a-b", "r", "r99999"];
        let ids: Vec<&str> =
            numbered.iter().chain(&padded).map(String::as_str).chain(others).skip(1).collect();
        let ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
        let (set, _) = round_trip(&ids);
        assert_eq!(set.len(), count(ids.len()));
        let mut found: Vec<String> = set.iter().collect();
        let mut expected: Vec<String> = ids.iter().map(ToString::to_string).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert!(ids.iter().all(|id| set.contains(id)));
        for absent in ["r100", "r0100", "r00", "r000001", "07", "x", "r99998"] {
            assert!(!set.contains(absent), "{absent}");
        }
    }

    #[test]
    fn bytes_that_were_tampered_with_are_refused_or_read_but_never_panic() {
        let ids: Vec<String> = (0..40).map(|n| format!("r{:05}", n * n * 50)).collect();
        let named = ["b", "a", "é"];
        let set = IdSet::new(ids.iter().map(String::as_str).chain(named));
        let mut bytes = Vec::new();
        let layout = set.write_to(&mut bytes);
        for at in 0..bytes.len() {
            for value in [0, 1, 2, 0x3a, 0x7f, 0x80, 0xfe, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = IdSet::read_from(&layout, &mut changed.as_slice());
            }
            assert!(IdSet::read_from(&layout, &mut &bytes[..at]).is_err());
        }
        let far = Layout { named: u64::MAX, named_bytes: u64::MAX, ..layout };
        assert!(IdSet::read_from(&far, &mut bytes.as_slice()).is_err());
    }

    #[test]
    fn dense_identifiers_take_less_than_two_bytes_each() {
        let ids: Vec<String> = (0..200_000).step_by(2).map(|n| format!("r{n:07}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (_, bytes) = round_trip(&ids);
        assert!(bytes < 2 * ids.len(), "{bytes} bytes");
    }
}
