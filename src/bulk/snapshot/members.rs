//! The members of a snapshot: the profile of each subject, by number.
//!
//! A profile that several subjects share is stored once, as a rule. A profile with instants of a
//! subject's own belongs to that subject, so that no dictionary holds it.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::bulk::ids::{CapacityError, index};
use crate::bulk::snapshot::numbers::Numbers;
use crate::bulk::snapshot::profile::{Profile, Steps, in_order};
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// The number of the profile of nobody.
pub(crate) const NOBODY: u32 = 0;

/// The profiles of all subjects.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    numbers: Numbers,
    profiles: Vec<Profile>,
    /// Whether each profile is in the dictionary of those that several subjects may share.
    is_common: Vec<bool>,
    common: HashTable<u32>,
    /// The steps of the profiles with more changes, by number.
    long: HashMap<u32, Box<Steps>>,
    seen: Seen,
    /// How many profiles belong to no subject any more.
    unused: usize,
}

/// Tells, mostly rightly, whether a profile was met before. A wrong answer costs memory alone.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// The hash of the profile that was last met in each slot.
    hashes: Vec<u64>,
    hasher: DefaultHashBuilder,
}

impl Seen {
    /// How many slots there are: a power of two, at most 65,536.
    const SLOTS: usize = 1 << 12;

    fn again(&mut self, hash: u64) -> bool {
        if self.hashes.is_empty() {
            self.hashes.resize(Self::SLOTS, 0);
        }
        let [low, high, ..] = hash.to_le_bytes();
        let slot = usize::from(u16::from_le_bytes([low, high])) & Self::SLOTS.wrapping_sub(1);
        self.hashes.get_mut(slot).is_some_and(|last| std::mem::replace(last, hash) == hash)
    }
}

impl Members {
    /// Returns the members of a snapshot without subjects, given the row of nobody.
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn new(nobody: u32) -> Self {
        let mut members = Self {
            numbers: Numbers::default(),
            profiles: Vec::new(),
            is_common: Vec::new(),
            common: HashTable::new(),
            long: HashMap::new(),
            seen: Seen::default(),
            unused: 0,
        };
        members.store(&[(Timestamp::MIN, nobody)]).expect("there is room for one");
        members
    }

    /// Returns how many subjects there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns how many profiles are stored.
    pub(crate) fn profiles(&self) -> usize {
        self.profiles.len().saturating_sub(self.unused)
    }

    /// Returns the memory that the profiles take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let long = self.long.values().map(|steps| size_of_val::<Steps>(steps));
        let parts = [
            self.numbers.bytes(),
            self.profiles.capacity().saturating_mul(size_of::<Profile>()),
            self.is_common.capacity(),
            // Each slot takes a control byte and the number.
            self.common.capacity().saturating_mul(5),
            self.long.capacity().saturating_mul(size_of::<(u32, Box<Steps>)>()),
            self.seen.hashes.capacity().saturating_mul(size_of::<u64>()),
        ];
        parts.into_iter().chain(long).fold(0, usize::saturating_add)
    }

    /// Reserves memory for that many more subjects.
    pub(crate) fn reserve(&mut self, subjects: usize) {
        self.numbers.reserve(subjects);
    }

    /// Returns the numbers of the profiles, by subject.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Returns the profiles by number. Those with more changes are not among them.
    pub(crate) fn short(&self) -> &[Profile] {
        &self.profiles
    }

    /// Returns whether any profile has more changes than a short one holds.
    pub(crate) fn are_any_long(&self) -> bool {
        !self.long.is_empty()
    }

    /// Returns the number of the profile of a subject, or of nobody.
    #[inline]
    pub(crate) fn number(&self, subject: u32) -> u32 {
        self.numbers.get(subject).unwrap_or(NOBODY)
    }

    /// Returns the row of a profile for a creation time, in microseconds; `None` for no profile.
    #[inline]
    pub(crate) fn row(&self, number: u32, created: i64) -> Option<u32> {
        match self.profiles.get(index(number))? {
            profile if profile.is_long() => self.long_row(number, created),
            profile => Some(profile.row(in_order(created))),
        }
    }

    #[cold]
    fn long_row(&self, number: u32, created: i64) -> Option<u32> {
        let steps = self.long.get(&number)?;
        up_to(steps, created, |(at, _)| at.as_micros()).last().map(|(_, row)| *row)
    }

    /// Returns the row of nobody, which is the same at every instant.
    pub(crate) fn row_of_nobody(&self) -> u32 {
        self.row(NOBODY, 0).unwrap_or_default()
    }

    /// Returns the steps of a subject, or those of nobody.
    pub(crate) fn steps(&self, subject: u32) -> Vec<(Timestamp, u32)> {
        let number = self.number(subject);
        match self.profiles.get(index(number)) {
            Some(profile) if !profile.is_long() => profile.steps().collect(),
            _ => self.long.get(&number).map_or_else(Vec::new, |steps| steps.to_vec()),
        }
    }

    /// Returns the number of the next subject. The last number of all stands for a subject who is not
    /// known, and is never given.
    pub(crate) fn next(&self) -> Result<u32, CapacityError> {
        u32::try_from(self.len()).ok().filter(|next| *next < u32::MAX).ok_or(CapacityError)
    }

    /// Adds the next subject.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every number is taken.
    pub(crate) fn push(&mut self, steps: &Steps) -> Result<(), CapacityError> {
        self.next()?;
        let number = self.store(steps)?;
        self.numbers.push(number);
        Ok(())
    }

    /// Stores the profile of a subject who is there already, and returns whether it is another one.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every number is taken.
    pub(crate) fn set(&mut self, subject: u32, steps: &Steps) -> Result<bool, CapacityError> {
        let before = self.number(subject);
        if self.is(before, steps) {
            return Ok(false);
        }
        if self.is_common.get(index(before)) == Some(&false) {
            self.unused = self.unused.saturating_add(1);
            self.long.remove(&before);
        }
        let number = self.store(steps)?;
        self.numbers.set(subject, number);
        // Then each profile is moved once for each that was left behind.
        if self.unused > self.profiles.len() / 2 {
            self.close_gaps()?;
        }
        Ok(true)
    }

    /// Returns whether a profile has these steps.
    fn is(&self, number: u32, steps: &Steps) -> bool {
        match self.profiles.get(index(number)) {
            Some(profile) if !profile.is_long() => Profile::of(steps) == Some(*profile),
            _ => self.long.get(&number).is_some_and(|long| **long == *steps),
        }
    }

    /// Finds or makes the number of a profile.
    fn store(&mut self, steps: &Steps) -> Result<u32, CapacityError> {
        if let Some(profile) = Profile::of(steps) {
            return self.store_short(profile, false);
        }
        let number = self.append(Profile::LONG, false)?;
        self.long.insert(number, steps.into());
        Ok(number)
    }

    /// Finds or makes the number of a profile. It is shared if it is constant, or is met again.
    fn store_short(&mut self, profile: Profile, is_shared: bool) -> Result<u32, CapacityError> {
        let hash = self.seen.hasher.hash_one(profile);
        let is_it = |number: &u32| self.profiles.get(index(*number)) == Some(&profile);
        if let Some(number) = self.common.find(hash, is_it) {
            return Ok(*number);
        }
        let is_shared = is_shared || profile.is_constant() || self.seen.again(hash);
        let number = self.append(profile, is_shared)?;
        if is_shared {
            let Self { common, profiles, seen, .. } = self;
            let hash_of = |number: &u32| {
                profiles.get(index(*number)).map_or(0, |profile| seen.hasher.hash_one(profile))
            };
            common.insert_unique(hash, number, hash_of);
        }
        Ok(number)
    }

    fn append(&mut self, profile: Profile, is_common: bool) -> Result<u32, CapacityError> {
        let number = u32::try_from(self.profiles.len()).map_err(|_| CapacityError)?;
        self.profiles.push(profile);
        self.is_common.push(is_common);
        Ok(number)
    }

    /// Stores the profiles anew, without those that no subject has.
    fn close_gaps(&mut self) -> Result<(), CapacityError> {
        let mut anew = Self::new(self.row_of_nobody());
        anew.add(self, &|row| row)?;
        *self = anew;
        Ok(())
    }

    /// Adds the subjects of others, given the code that each of their rows has here.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if there are too many subjects.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    pub(crate) fn take_in(&mut self, others: &Self, rows: &[u32]) -> Result<(), CapacityError> {
        let all = self.len().saturating_add(others.len());
        u32::try_from(all).ok().filter(|all| *all < u32::MAX).ok_or(CapacityError)?;
        self.add(others, &|before| {
            *rows.get(index(before)).expect("a profile has rows of the table it was made with")
        })
    }

    fn add(&mut self, others: &Self, row: &impl Fn(u32) -> u32) -> Result<(), CapacityError> {
        self.reserve(others.len());
        // A common profile is looked up once.
        let mut moved: HashMap<u32, u32> = HashMap::new();
        for (subject, before) in (0..).zip(others.numbers.iter()) {
            if let Some(number) = moved.get(&before) {
                self.numbers.push(*number);
                continue;
            }
            let is_common = others.is_common.get(index(before)) == Some(&true);
            let profile = others.profiles.get(index(before)).filter(|profile| !profile.is_long());
            let number = match profile.and_then(|profile| profile.renumbered(row)) {
                Some(profile) if is_common => self.store_short(profile, true)?,
                Some(profile) => self.append(profile, false)?,
                None => {
                    let steps = others.steps(subject).into_iter();
                    self.store(&steps.map(|(at, before)| (at, row(before))).collect::<Vec<_>>())?
                }
            };
            if is_common {
                moved.insert(before, number);
            }
            self.numbers.push(number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Members, NOBODY};
    use crate::values::time::Timestamp;

    type Steps = Vec<(Timestamp, u32)>;

    const ROW_OF_NOBODY: u32 = 7;

    /// Returns steps with that many changes, at instants of the subject's own or of everybody's.
    fn steps(subject: u32, changes: u32, is_own: bool) -> Steps {
        let first = if is_own { i64::from(subject) } else { 0 };
        let change = |n: u32| {
            let at = i64::from(n).saturating_mul(1_000_000).saturating_add(first);
            (Timestamp::from_micros(at).unwrap(), n % 5)
        };
        std::iter::once((Timestamp::MIN, 1)).chain((1..=changes).map(change)).collect()
    }

    fn check(members: &Members, expected: &[Steps]) {
        assert_eq!(members.len(), expected.len());
        for (subject, steps) in (0..).zip(expected) {
            assert_eq!(&members.steps(subject), steps, "{subject}");
            for (at, row) in steps.iter().skip(1) {
                let number = members.number(subject);
                assert_eq!(members.row(number, at.as_micros()), Some(*row), "{subject}");
            }
        }
        assert_eq!(members.steps(u32::MAX), [(Timestamp::MIN, ROW_OF_NOBODY)]);
        assert_eq!(members.row(NOBODY, 0), Some(ROW_OF_NOBODY));
    }

    #[test]
    fn members_hold_what_was_stored_last_beyond_the_numbers_of_two_bytes() {
        let mut members = Members::new(ROW_OF_NOBODY);
        let mut expected: Vec<Steps> = Vec::new();
        for subject in 0..100_000 {
            let own = steps(subject, subject % 6, subject % 7 != 0);
            members.push(&own).unwrap();
            expected.push(own);
        }
        assert!(members.profiles() > usize::from(u16::MAX));
        check(&members, &expected);

        // Each changes twice, so that gaps are closed on the way.
        for round in 1..3 {
            for (subject, expected) in (0_u32..).zip(&mut expected) {
                let other = steps(subject.saturating_add(round), subject % 5, true);
                assert_eq!(members.set(subject, &other).unwrap(), *expected != other);
                *expected = other;
            }
            check(&members, &expected);
        }
        assert!(members.profiles() <= members.len());

        // Two parts in one, with the rows renumbered to themselves.
        let rows: Vec<u32> = (0..10).collect();
        let mut whole = members.clone();
        whole.take_in(&members, &rows).unwrap();
        let twice: Vec<Steps> = expected.iter().chain(&expected).cloned().collect();
        check(&whole, &twice);
    }
}
