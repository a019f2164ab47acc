//! Profiles: step functions from a record's creation time to a row of grounds. Equal profiles are kept
//! once; those with at most three steps fit into half a cache line.

use std::hash::{Hash, Hasher};

use crate::bulk::ids::{Ids, index};
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// How many steps a profile stores itself.
const STEPS: usize = 3;

/// The first number of long profiles.
pub(crate) const FIRST_LONG: u32 = 1 << 31;

/// A step function from the instant of creation, in microseconds, to a row of grounds.
///
/// A step at `b` is in force *at* `b`. Unused steps lie after every instant, and repeat the last row.
/// Two profiles fill one cache line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct Profile {
    steps: [i64; STEPS],
    rows: [u16; STEPS + 1],
}

/// A profile of any length: the steps, the first of them at the first instant, and their rows.
type Long = Box<[(Timestamp, u32)]>;

/// The distinct profiles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profiles {
    short: Ids<Profile>,
    long: Ids<Long>,
}

/// Hashes four words, because whole arrays would be hashed byte by byte.
impl Hash for Profile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.steps.into_iter().for_each(|step| state.write_i64(step));
        let [before, first, second, third] = self.rows.map(u64::from);
        state.write_u64(before | first << 16 | second << 32 | third << 48);
    }
}

impl Profile {
    /// Returns the row in force: what `steps::up_to` finds, without a branch, as there are always three
    /// steps.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    #[inline]
    pub(crate) fn row(&self, created: i64) -> u32 {
        let [first, second, third] = self.steps.map(|step| usize::from(created >= step));
        let passed = first.wrapping_add(second).wrapping_add(third);
        u32::from(*self.rows.get(passed).expect("there is a row more than steps"))
    }

    /// Returns the steps, the first of which is at the first instant.
    fn steps(&self) -> Vec<(Timestamp, u32)> {
        let [first, rest @ ..] = self.rows;
        let at = self.steps.iter().map_while(|step| Timestamp::from_micros(*step).ok());
        let later = at.zip(rest).map(|(at, row)| (at, u32::from(row)));
        [(Timestamp::MIN, u32::from(first))].into_iter().chain(later).collect()
    }

    /// Returns a function from an instant of creation to what `say` says of the row in force.
    pub(crate) fn picks<T: Copy>(&self, say: impl Fn(u32) -> T) -> impl Fn(i64) -> T {
        let [one, two, three] = self.steps;
        let [before, first, second, third] = self.rows.map(|row| say(u32::from(row)));
        move |created| {
            let said = if created < one { before } else { first };
            let said = if created < two { said } else { second };
            if created < three { said } else { third }
        }
    }
}

impl Profiles {
    /// Returns the number of the profile with these steps, the first of which is at the first instant.
    /// Returns `None` if every number is taken.
    pub(crate) fn insert(&mut self, steps: &[(Timestamp, u32)]) -> Option<u32> {
        if let Some(profile) = short(steps) {
            return self.short.insert(profile).filter(|number| is_short(*number));
        }
        let known = self.long.get(steps);
        let number =
            known.or_else(|| self.long.insert(steps.into())).filter(|number| is_short(*number))?;
        Some(number | FIRST_LONG)
    }

    /// Adds the first profile, which is one row at all instants, and returns its number.
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn insert_first(&mut self, row: u32) -> u32 {
        self.insert(&[(Timestamp::MIN, row)]).expect("the first number is free")
    }

    /// Adds the profiles of others, given the code that each of their rows has here. Returns `None` if
    /// every number is taken.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    pub(crate) fn take_in(&mut self, other: &Self, rows: &[u32]) -> Option<Renumbered> {
        let row = |before: u32| {
            *rows.get(index(before)).expect("a profile has rows of the table it was made with")
        };
        let mut short = Vec::with_capacity(other.short.len());
        for profile in other.short.values() {
            let renumbered = profile.rows.map(|before| u16::try_from(row(before.into())).ok());
            short.push(match renumbered {
                [Some(before), Some(first), Some(second), Some(third)] => {
                    let rows = [before, first, second, third];
                    self.short
                        .insert(Profile { rows, ..*profile })
                        .filter(|number| is_short(*number))?
                }
                _ => self.insert(&renumber(profile.steps(), row))?,
            });
        }
        let long =
            other.long.values().iter().map(|steps| self.insert(&renumber(steps.to_vec(), row)));
        Some(Renumbered { long: long.collect::<Option<_>>()?, short })
    }

    /// Returns the profiles of at most three steps, by their numbers.
    pub(crate) fn short(&self) -> &[Profile] {
        self.short.values()
    }

    /// Returns the row of a profile for what was created at an instant; `None` for no profile.
    pub(crate) fn row(&self, number: u32, created: i64) -> Option<u32> {
        if let Some(profile) = self.short.value(number) {
            return Some(profile.row(created));
        }
        let steps = self.long.value(number ^ FIRST_LONG)?;
        up_to(steps, created, |(at, _)| at.as_micros()).last().map(|(_, row)| *row)
    }

    /// Returns the steps of a profile.
    pub(crate) fn steps(&self, number: u32) -> Vec<(Timestamp, u32)> {
        let long = || self.long.value(number ^ FIRST_LONG).map_or_else(Vec::new, |s| s.to_vec());
        self.short.value(number).map_or_else(long, Profile::steps)
    }

    pub(crate) fn len(&self) -> usize {
        self.short.len().saturating_add(self.long.len())
    }

    /// Returns the memory that the profiles take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let steps = self.long.values().iter().map(|long| size_of_val::<[_]>(long));
        steps.fold(self.short.bytes().saturating_add(self.long.bytes()), usize::saturating_add)
    }
}

/// The numbers of profiles in another collection, by their numbers here.
#[derive(Debug)]
pub(crate) struct Renumbered {
    short: Vec<u32>,
    long: Vec<u32>,
}

impl Renumbered {
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn number(&self, before: u32) -> u32 {
        let is_long = before >= FIRST_LONG;
        let numbers = if is_long { &self.long } else { &self.short };
        *numbers.get(index(before & !FIRST_LONG)).expect("every profile of the others was added")
    }
}

/// Returns whether a number is below the numbers of long profiles.
const fn is_short(number: u32) -> bool {
    number < FIRST_LONG
}

fn renumber(steps: Vec<(Timestamp, u32)>, row: impl Fn(u32) -> u32) -> Vec<(Timestamp, u32)> {
    steps.into_iter().map(|(at, number)| (at, row(number))).collect()
}

/// Returns a short profile with these steps; `None` if they do not fit.
fn short(steps: &[(Timestamp, u32)]) -> Option<Profile> {
    let (first, later) = steps.split_first()?;
    let row = |row: u32| u16::try_from(row).ok();
    let mut profile = Profile { steps: [i64::MAX; STEPS], rows: [row(first.1)?; STEPS + 1] };
    for (place, (at, number)) in later.iter().enumerate() {
        *profile.steps.get_mut(place)? = at.as_micros();
        let number = row(*number)?;
        profile.rows.iter_mut().skip(place.saturating_add(1)).for_each(|row| *row = number);
    }
    Some(profile)
}
