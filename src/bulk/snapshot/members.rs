//! The members of a snapshot: the profile of each subject, by number.
//!
//! A profile that several subjects share is stored once, and each of them takes two bytes. Where the
//! instants are a subject's own, the number says the course, and the instants stand beside it.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::bulk::ids::{CapacityError, Ids, index};
use crate::bulk::snapshot::profile::{CHANGES, Course, Profile, Steps};
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// Flag in a number: the instants are the subject's own, and the rest of the number says the course.
/// Without it, the number is that of a common profile.
pub(crate) const OWN: u16 = 1 << 15;

/// The number of a subject whose profile is too long for a course.
const LONG: u16 = u16::MAX;

/// The number of the profile of nobody, which is the first of the common ones.
pub(crate) const NOBODY: u16 = 0;

/// How many subjects a block has.
const BLOCK: u32 = 32;

/// The profiles of all subjects.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    numbers: Vec<u16>,
    blocks: Vec<Block>,
    /// The instants of the subjects who have their own, block by block, with gaps.
    instants: Vec<i64>,
    /// How many of the instants are in no block.
    unused: usize,
    common: Ids<Profile>,
    courses: Ids<Course>,
    long: HashMap<u32, Box<Steps>>,
    seen: Seen,
}

/// The instants of consecutive subjects.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// How many instants each subject has: two bits for each, the first subject in the lowest.
    counts: u64,
    /// The index of the first instant.
    start: usize,
}

impl Block {
    /// Returns how many instants the first subjects have, up to the one in a place.
    #[inline]
    fn before(self, place: u32) -> usize {
        let below = 1_u64.wrapping_shl(place.wrapping_mul(2)).wrapping_sub(1);
        sum(self.counts & below)
    }

    /// Returns how many instants the subject in a place has.
    #[inline]
    fn of(self, place: u32) -> usize {
        let [low, ..] = self.counts.wrapping_shr(place.wrapping_mul(2)).to_le_bytes();
        usize::from(low) & CHANGES
    }

    fn len(self) -> usize {
        sum(self.counts)
    }

    fn end(self) -> usize {
        self.start.saturating_add(self.len())
    }

    fn with(self, place: u32, instants: usize) -> Self {
        let at = place.wrapping_mul(2);
        let count = u64::try_from(instants & CHANGES).unwrap_or_default().wrapping_shl(at);
        Self { counts: self.counts & !3_u64.wrapping_shl(at) | count, ..self }
    }
}

/// Returns the sum of 32 numbers of two bits.
#[inline]
fn sum(counts: u64) -> usize {
    const TWO: u64 = 0x3333_3333_3333_3333;
    const FOUR: u64 = 0x0f0f_0f0f_0f0f_0f0f;
    let of_two = (counts & TWO).wrapping_add(counts.wrapping_shr(2) & TWO);
    let of_four = of_two.wrapping_add(of_two.wrapping_shr(4)) & FOUR;
    let [.., all] = of_four.wrapping_mul(0x0101_0101_0101_0101).to_le_bytes();
    usize::from(all)
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

    fn again(&mut self, profile: &Profile) -> bool {
        self.hashes.resize(Self::SLOTS, 0);
        let hash = self.hasher.hash_one(profile);
        let [low, high, ..] = hash.to_le_bytes();
        let slot = usize::from(u16::from_le_bytes([low, high])) & Self::SLOTS.wrapping_sub(1);
        self.hashes.get_mut(slot).is_some_and(|last| std::mem::replace(last, hash) == hash)
    }
}

/// How the profile of a subject is stored: its number, and the instants beside it.
#[derive(Debug, Clone, Copy)]
enum Stored {
    Common(u16),
    Own(u16, Profile),
    Long,
}

impl Stored {
    const fn number(self) -> u16 {
        match self {
            Self::Common(number) | Self::Own(number, _) => number,
            Self::Long => LONG,
        }
    }

    fn instants(&self) -> &[i64] {
        match self {
            Self::Own(_, profile) => profile.own_instants(),
            Self::Common(_) | Self::Long => &[],
        }
    }
}

impl Members {
    /// Returns the members of a snapshot without subjects, given the row of nobody.
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn new(nobody: u32) -> Self {
        let mut common = Ids::new();
        let nobody = Profile::of(&[(Timestamp::MIN, nobody)]);
        common.insert(nobody.expect("the first row has the code 0"));
        Self {
            numbers: Vec::new(),
            blocks: Vec::new(),
            instants: Vec::new(),
            unused: 0,
            common,
            courses: Ids::new(),
            long: HashMap::new(),
            seen: Seen::default(),
        }
    }

    /// Returns how many subjects there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns how many profiles are stored: the common ones, and those of single subjects.
    pub(crate) fn profiles(&self) -> usize {
        let own = self.numbers.iter().filter(|number| **number >= OWN).count();
        self.common.len().saturating_add(own)
    }

    /// Returns the memory that the profiles take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let long = self.long.values().map(|steps| size_of_val::<Steps>(steps));
        let parts = [
            self.numbers.capacity().saturating_mul(size_of::<u16>()),
            self.blocks.capacity().saturating_mul(size_of::<Block>()),
            self.instants.capacity().saturating_mul(size_of::<i64>()),
            self.common.bytes(),
            self.courses.bytes(),
            self.long.capacity().saturating_mul(size_of::<(u32, Box<Steps>)>()),
            self.seen.hashes.capacity().saturating_mul(size_of::<u64>()),
        ];
        parts.into_iter().chain(long).fold(0, usize::saturating_add)
    }

    /// Reserves memory for that many more subjects.
    pub(crate) fn reserve(&mut self, subjects: usize) {
        self.numbers.reserve_exact(subjects);
        self.blocks.reserve_exact(subjects.div_ceil(index(BLOCK)));
    }

    /// Returns the numbers of the profiles, by subject.
    pub(crate) fn numbers(&self) -> &[u16] {
        &self.numbers
    }

    /// Returns the common profiles, by number.
    pub(crate) fn common(&self) -> &[Profile] {
        self.common.values()
    }

    /// Returns the row of nobody, which is the same at every instant.
    pub(crate) fn row_of_nobody(&self) -> u32 {
        self.common.value(NOBODY.into()).map_or(0, |nobody| nobody.row(i64::MIN))
    }

    /// Returns the steps of a subject, or those of nobody.
    pub(crate) fn steps(&self, subject: u32) -> Vec<(Timestamp, u32)> {
        let short = |profile: Profile| profile.steps().collect();
        match self.profile(subject) {
            Some(profile) => short(profile),
            None => self.long.get(&subject).map_or_else(Vec::new, |steps| steps.to_vec()),
        }
    }

    /// Returns the row in force for what a subject created at an instant; `None` if the subject has
    /// no profile.
    #[inline]
    pub(crate) fn row(&self, subject: u32, created: i64) -> Option<u32> {
        let number = self.numbers.get(index(subject)).copied().unwrap_or(NOBODY);
        if number < OWN {
            return self.common().get(usize::from(number)).map(|profile| profile.row(created));
        }
        self.row_of_own(subject, number, created)
    }

    /// Returns the row in force of a subject with instants of its own.
    #[inline]
    pub(crate) fn row_of_own(&self, subject: u32, number: u16, created: i64) -> Option<u32> {
        let Some(course) = self.course(number) else {
            let steps = self.long.get(&subject)?;
            return up_to(steps, created, |(at, _)| at.as_micros()).last().map(|(_, row)| *row);
        };
        let own = self.instants.get(self.start(subject)..)?;
        // Few subjects are the last ones.
        let instants = own.first_chunk().copied().unwrap_or_else(|| padded(own));
        Some(course.row(instants, created))
    }

    /// Returns the profile of a subject, or that of nobody; `None` if it is long.
    #[inline]
    pub(crate) fn profile(&self, subject: u32) -> Option<Profile> {
        let number = self.numbers.get(index(subject)).copied().unwrap_or(NOBODY);
        if number < OWN {
            return self.common().get(usize::from(number)).copied();
        }
        Some(Profile::on(self.course(number)?, self.own(subject)))
    }

    fn course(&self, number: u16) -> Option<&Course> {
        self.courses.value(u32::from(number & !OWN))
    }

    /// Returns the instants of a subject's own.
    fn own(&self, subject: u32) -> &[i64] {
        let (block, place) = split(subject);
        let count = self.blocks.get(block).map_or(0, |block| block.of(place));
        let own = self.instants.get(self.start(subject)..).unwrap_or_default();
        own.get(..count).unwrap_or_default()
    }

    /// Returns the index of the first instant of a subject's own.
    #[inline]
    fn start(&self, subject: u32) -> usize {
        let (block, place) = split(subject);
        let block = self.blocks.get(block).copied().unwrap_or_default();
        block.start.wrapping_add(block.before(place))
    }

    /// Finds or makes the number of a profile.
    fn store(&mut self, steps: &Steps) -> Stored {
        Profile::of(steps).map_or(Stored::Long, |profile| self.store_short(profile))
    }

    fn store_short(&mut self, profile: Profile) -> Stored {
        let common = |number: u32| u16::try_from(number).ok().filter(|number| *number < OWN);
        if let Some(number) = self.common.get(&profile).and_then(common) {
            return Stored::Common(number);
        }
        let has_room = self.common.len() < usize::from(OWN);
        let is_shared = profile.changes() == 0 || self.seen.again(&profile);
        if has_room
            && is_shared
            && let Some(number) = self.common.insert(profile).and_then(common)
        {
            return Stored::Common(number);
        }
        let course = profile.course();
        let has_room = self.courses.len() < usize::from(LONG & !OWN);
        let known = self.courses.get(&course);
        let number = known.or_else(|| if has_room { self.courses.insert(course) } else { None });
        // A profile without changes has no instants to keep beside it.
        let number = number.filter(|_| profile.changes() > 0);
        match number.and_then(|number| u16::try_from(number).ok()) {
            Some(number) => Stored::Own(number | OWN, profile),
            None => Stored::Long,
        }
    }

    /// Adds the next subject.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every number is taken.
    pub(crate) fn push(&mut self, steps: &Steps) -> Result<(), CapacityError> {
        let subject = self.next()?;
        let stored = self.store(steps);
        if let Stored::Long = stored {
            self.long.insert(subject, steps.into());
        }
        self.push_stored(subject, stored);
        Ok(())
    }

    /// Returns the number of the next subject. The last number of all stands for a subject who is not
    /// known, and is never given.
    pub(crate) fn next(&self) -> Result<u32, CapacityError> {
        u32::try_from(self.len()).ok().filter(|next| *next < u32::MAX).ok_or(CapacityError)
    }

    fn push_stored(&mut self, subject: u32, stored: Stored) {
        self.numbers.push(stored.number());
        let (block, place) = split(subject);
        if place == 0 {
            self.blocks.push(Block { counts: 0, start: self.instants.len() });
        }
        let instants = stored.instants();
        if instants.is_empty() {
            return;
        }
        match self.blocks.get_mut(block) {
            Some(last) if last.end() == self.instants.len() => {
                *last = last.with(place, instants.len());
                self.instants.extend_from_slice(instants);
            }
            // A refresh moved another block to the end.
            _ => self.move_block(subject, instants),
        }
    }

    /// Freezes a subject again, and returns whether its profile changed. The subject must be there.
    pub(crate) fn set(&mut self, subject: u32, steps: &Steps) -> bool {
        if self.is(subject, steps) {
            return false;
        }
        let stored = self.store(steps);
        self.long.remove(&subject);
        if let Stored::Long = stored {
            self.long.insert(subject, steps.into());
        }
        if let Some(number) = self.numbers.get_mut(index(subject)) {
            *number = stored.number();
        }
        let (start, before) = (self.start(subject), self.own(subject).len());
        let instants = stored.instants();
        if before != instants.len() {
            self.move_block(subject, instants);
        } else if let Some(own) =
            self.instants.get_mut(start..).and_then(|own| own.get_mut(..before))
        {
            own.copy_from_slice(instants);
        }
        true
    }

    /// Returns whether a subject has these steps.
    fn is(&self, subject: u32, steps: &Steps) -> bool {
        match self.profile(subject) {
            Some(profile) => Some(profile) == Profile::of(steps),
            None => self.long.get(&subject).is_some_and(|long| **long == *steps),
        }
    }

    /// Moves the instants of a block to the end, with others for one subject.
    fn move_block(&mut self, subject: u32, instants: &[i64]) {
        let (number, place) = split(subject);
        let Some(block) = self.blocks.get(number).copied() else { return };
        let start = self.instants.len();
        let of_subject = self.start(subject)..self.start(subject).saturating_add(block.of(place));
        self.instants.extend_from_within(block.start..of_subject.start);
        self.instants.extend_from_slice(instants);
        self.instants.extend_from_within(of_subject.end..block.end());
        self.unused = self.unused.saturating_add(block.len());
        if let Some(moved) = self.blocks.get_mut(number) {
            *moved = Block { start, ..block.with(place, instants.len()) };
        }
        // Then each instant is moved once for each that was left behind.
        if self.unused > self.instants.len() / 2 {
            self.close_gaps();
        }
    }

    fn close_gaps(&mut self) {
        let used = self.instants.len().saturating_sub(self.unused);
        let before = std::mem::replace(&mut self.instants, Vec::with_capacity(used));
        for block in &mut self.blocks {
            let start = self.instants.len();
            self.instants
                .extend_from_slice(before.get(block.start..block.end()).unwrap_or_default());
            block.start = start;
        }
        self.unused = 0;
    }

    /// Adds the subjects of others, given the code that each of their rows has here.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if there are too many subjects; nothing is added then.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    pub(crate) fn take_in(&mut self, others: &Self, rows: &[u32]) -> Result<(), CapacityError> {
        let first = self.next()?;
        let all = self.len().saturating_add(others.len());
        u32::try_from(all).ok().filter(|all| *all < u32::MAX).ok_or(CapacityError)?;
        let row = |before: u32| {
            *rows.get(index(before)).expect("a profile has rows of the table it was made with")
        };
        let renumbered = |profile: &Profile| profile.renumbered(row);
        // What many of the others share is shared here, too.
        let common: Vec<Option<Stored>> =
            others.common().iter().map(|c| Some(self.store_common(renumbered(c)?))).collect();
        self.reserve(others.len());
        for (subject, number) in (0..).zip(&others.numbers) {
            let next = first.saturating_add(subject);
            let stored = match common.get(usize::from(*number)) {
                Some(stored) => *stored,
                None => others
                    .profile(subject)
                    .as_ref()
                    .and_then(renumbered)
                    .map(|p| self.store_short(p)),
            };
            match stored {
                Some(stored @ (Stored::Common(_) | Stored::Own(..))) => {
                    self.push_stored(next, stored)
                }
                Some(Stored::Long) | None => {
                    let steps =
                        others.steps(subject).into_iter().map(|(at, before)| (at, row(before)));
                    let steps: Vec<_> = steps.collect();
                    let stored = self.store(&steps);
                    if let Stored::Long = stored {
                        self.long.insert(next, steps.into());
                    }
                    self.push_stored(next, stored);
                }
            }
        }
        Ok(())
    }

    /// Finds or makes the number of a profile that several subjects share.
    fn store_common(&mut self, profile: Profile) -> Stored {
        self.seen.again(&profile);
        self.store_short(profile)
    }
}

/// Returns the block of a subject, and the place in it.
#[inline]
fn split(subject: u32) -> (usize, u32) {
    (index(subject / BLOCK), subject % BLOCK)
}

/// Returns the last instants, and then instants that never come.
#[cold]
fn padded(last: &[i64]) -> [i64; CHANGES] {
    let mut all = [i64::MAX; CHANGES];
    all.iter_mut().zip(last).for_each(|(into, at)| *into = *at);
    all
}
