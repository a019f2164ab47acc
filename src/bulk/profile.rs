//! Profiles: what a subject comes to, as a function of when a record was created.

use crate::bulk::ids::Ids;
use crate::time::Timestamp;

/// How many steps a profile has in itself.
const STEPS: usize = 3;

/// The row of a profile whose steps are kept elsewhere.
const ELSEWHERE: u16 = u16::MAX;

/// A step function from the instant of creation, in microseconds, to a row of grounds.
///
/// A step at `b` is in force *at* `b`. Unused steps lie where no instant is, and repeat the last row.
/// Where there are more steps, or the row's number is a large one, every row is `ELSEWHERE`, and the
/// first step is the number of a [`Long`] profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Profile {
    steps: [i64; STEPS],
    rows: [u16; STEPS + 1],
}

/// A profile of any length: the steps, the first of them at the first instant, and their rows.
type Long = Box<[(Timestamp, u32)]>;

/// The profiles that there are, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Profiles {
    short: Ids<Profile>,
    long: Ids<Long>,
}

impl Profile {
    /// The row in force; nothing where it is kept elsewhere.
    #[inline]
    fn row(&self, created: i64) -> Option<u32> {
        let [first, second, third] = self.steps.map(|step| usize::from(created >= step));
        let passed = first.wrapping_add(second).wrapping_add(third);
        self.rows.get(passed).copied().filter(|row| *row != ELSEWHERE).map(u32::from)
    }
}

impl Profiles {
    /// The number of the profile with these steps, the first of which is at the first instant.
    /// Nothing where every number is taken.
    pub(super) fn insert(&mut self, steps: &[(Timestamp, u32)]) -> Option<u32> {
        let profile = match short(steps) {
            Some(profile) => profile,
            None => {
                let known = self.long.get(steps);
                let number = known.or_else(|| self.long.insert(steps.into()))?;
                Profile { steps: [i64::from(number); STEPS], rows: [ELSEWHERE; STEPS + 1] }
            }
        };
        self.short.insert(profile)
    }

    /// The row of a profile for what was created at an instant.
    #[inline]
    pub(super) fn row(&self, number: u32, created: i64) -> Option<u32> {
        let profile = self.short.value(number)?;
        profile.row(created).or_else(|| self.row_elsewhere(profile, created))
    }

    #[cold]
    fn row_elsewhere(&self, profile: &Profile, created: i64) -> Option<u32> {
        let steps = self.long_of(profile)?;
        let next = steps.partition_point(|(at, _)| at.as_micros() <= created);
        steps.get(..next)?.last().map(|(_, row)| *row)
    }

    fn long_of(&self, profile: &Profile) -> Option<&[(Timestamp, u32)]> {
        let [number, ..] = profile.steps;
        self.long.value(u32::try_from(number).ok()?).map(AsRef::as_ref)
    }

    /// The steps of a profile.
    pub(super) fn steps(&self, number: u32) -> Vec<(Timestamp, u32)> {
        let Some(profile) = self.short.value(number) else { return Vec::new() };
        if profile.rows.contains(&ELSEWHERE) {
            return self.long_of(profile).unwrap_or_default().to_vec();
        }
        let [first, rest @ ..] = profile.rows;
        let at = profile.steps.iter().map_while(|step| Timestamp::from_micros(*step).ok());
        let later = at.zip(rest).map(|(at, row)| (at, u32::from(row)));
        [(Timestamp::MIN, u32::from(first))].into_iter().chain(later).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.short.len()
    }

    /// What the profiles take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let steps = |long: &Long| size_of::<Long>().saturating_add(size_of_val::<[_]>(long));
        self.long.values().iter().map(steps).fold(self.short.bytes(), usize::saturating_add)
    }
}

/// The steps in a profile, where they fit into it.
fn short(steps: &[(Timestamp, u32)]) -> Option<Profile> {
    let (first, later) = steps.split_first()?;
    let row = |row: u32| u16::try_from(row).ok().filter(|row| *row != ELSEWHERE);
    let mut profile = Profile { steps: [i64::MAX; STEPS], rows: [row(first.1)?; STEPS + 1] };
    if later.len() > STEPS {
        return None;
    }
    for (place, (at, number)) in later.iter().enumerate() {
        *profile.steps.get_mut(place)? = at.as_micros();
        let number = row(*number)?;
        profile.rows.iter_mut().skip(place.saturating_add(1)).for_each(|row| *row = number);
    }
    Some(profile)
}
