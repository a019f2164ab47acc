//! The members of a snapshot: the profile of each subject, by number.
//!
//! A profile is a few words: a head, which says the course, and then the instants of its changes. The
//! number of a subject is the place of these words. Subjects whose profiles are equal share the words
//! as a rule; a subject with instants of its own has its own.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::bulk::ids::{CapacityError, Ids, index};
use crate::bulk::snapshot::numbers::Numbers;
use crate::bulk::snapshot::profile::{CHANGES, Course, NEVER, Profile, Steps, in_order, instant};
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// The place of the profile of nobody.
pub(crate) const NOBODY: u32 = 0;

/// How many courses are found without the dictionary: a power of two.
const RECENT: usize = 64;

/// The profiles of all subjects.
#[derive(Debug, Clone)]
pub(crate) struct Members {
    numbers: Numbers,
    words: Words,
    courses: Ids<Course>,
    /// The places of the profiles that several subjects share.
    common: HashTable<u32>,
    seen: Seen,
    /// The courses that were met last, each with the index of its first row.
    recent: [Option<(Course, u32)>; RECENT],
    /// How many words belong to no subject any more.
    unused: usize,
    /// The words of the profile that is stored next.
    entry: Vec<u64>,
}

/// The words of profiles, and the rows of courses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    words: Vec<u64>,
    rows: Vec<u16>,
}

/// The first word of a profile. The lower half says where the rows of its course begin.
///
/// A profile with more changes than a course has no course; its rows stand after its instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head(u64);

impl Head {
    /// Flag of a profile that several subjects share.
    const COMMON: u64 = 1 << 63;
    /// What stands in for a course.
    const LONG: u32 = u32::MAX;

    fn new(rows: u32, changes: usize) -> Option<Self> {
        let changes = u32::try_from(changes).ok().filter(|changes| *changes < 1 << 31)?;
        Some(Self(u64::from(rows) | u64::from(changes) << 32))
    }

    /// Returns the index of the first row of the course.
    #[inline]
    fn rows(self) -> u32 {
        let [a, b, c, d, ..] = self.0.to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    fn changes(self) -> usize {
        let [.., a, b, c, d] = (self.0 & !Self::COMMON).to_le_bytes();
        index(u32::from_le_bytes([a, b, c, d]))
    }

    const fn is_common(self) -> bool {
        self.0 & Self::COMMON != 0
    }

    /// Returns how many words the profile has.
    fn len(self) -> usize {
        let instants = self.changes().saturating_add(1);
        if self.rows() == Self::LONG { instants.saturating_mul(2) } else { instants }
    }
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

/// Some words, hashed one by one.
struct Entry<'a>(&'a [u64]);

impl Hash for Entry<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some((head, rest)) = self.0.split_first() {
            state.write_u64(head & !Head::COMMON);
            rest.iter().for_each(|word| state.write_u64(*word));
        }
    }
}

/// Shared words equal those that are not shared yet.
impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.split_first(), other.0.split_first()) {
            (Some((head, rest)), Some((other, others))) => {
                (head ^ other) & !Head::COMMON == 0 && rest == others
            }
            (None, None) => true,
            _ => false,
        }
    }
}

impl Words {
    /// Returns the row in force for a creation time, given the place of a profile; `None` for no
    /// profile.
    #[inline]
    pub(crate) fn row(&self, place: u32, created: u64) -> Option<u32> {
        let words = self.words.get(index(place)..)?;
        let [head, instants @ ..] = words.first_chunk().copied().unwrap_or_else(|| padded(words));
        let [first, second, third] = instants.map(|at| usize::from(created >= at));
        let reached = first | second << 1 | third << 2;
        match self.rows.get(index(Head(head).rows()) | reached) {
            Some(row) => Some(u32::from(*row)),
            None => self.long_row(place, created),
        }
    }

    /// Reads the first word of each profile, so that the cache lines of all are fetched together. The
    /// result has no meaning.
    pub(crate) fn touch(&self, places: &[u32]) -> u64 {
        let head = |place: &u32| self.words.get(index(*place)).copied().unwrap_or_default();
        places.iter().fold(0, |any, place| any | head(place))
    }

    #[cold]
    fn long_row(&self, place: u32, created: u64) -> Option<u32> {
        let (head, entry) = self.entry(place)?;
        let (instants, rows) = entry.get(1..)?.split_at_checked(head.changes())?;
        let reached = up_to(instants, created, |at| *at).len();
        rows.get(reached).and_then(|row| u32::try_from(*row).ok())
    }

    /// Returns the profile at a place; `None` if it has more changes than a course.
    #[inline]
    pub(crate) fn profile(&self, place: u32) -> Option<Profile> {
        let words = self.words.get(index(place)..)?;
        let [head, instants @ ..] = words.first_chunk().copied().unwrap_or_else(|| padded(words));
        let rows = self.rows.get(index(Head(head).rows())..)?;
        let [before, first, _, second, .., third] = *rows.first_chunk::<{ Course::WIDTH }>()?;
        Some(Profile {
            changes: Head(head).changes(),
            instants,
            rows: [before, first, second, third],
        })
    }

    /// Returns the words at a place.
    fn entry(&self, place: u32) -> Option<(Head, &[u64])> {
        let words = self.words.get(index(place)..)?;
        let head = Head(*words.first()?);
        Some((head, words.get(..head.len())?))
    }

    /// Returns the steps of some words.
    fn steps(&self, entry: &[u64]) -> Vec<(Timestamp, u32)> {
        let Some((head, rest)) = entry.split_first() else { return Vec::new() };
        let head = Head(*head);
        let (instants, long) = rest.split_at_checked(head.changes()).unwrap_or_default();
        let at = [Timestamp::MIN].into_iter().chain(instants.iter().map(|at| instant(*at)));
        if head.rows() == Head::LONG {
            return at.zip(long.iter().filter_map(|row| u32::try_from(*row).ok())).collect();
        }
        let rows = self.rows.get(index(head.rows())..).unwrap_or_default();
        // Where the first changes are reached, and no later one.
        let rows = [0, 1, 3, 7].into_iter().filter_map(|reached| rows.get(reached));
        at.zip(rows.map(|row| u32::from(*row))).collect()
    }
}

impl Members {
    /// Returns the members of a snapshot without subjects, given the row of nobody.
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn new(nobody: u32) -> Self {
        let mut members = Self {
            numbers: Numbers::default(),
            words: Words::default(),
            courses: Ids::new(),
            common: HashTable::new(),
            seen: Seen::default(),
            recent: [None; RECENT],
            unused: 0,
            entry: Vec::new(),
        };
        members.store(&[(Timestamp::MIN, nobody)]).expect("there is room for one");
        members
    }

    /// Returns how many subjects there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns how many profiles are stored: the common ones, and those of single subjects.
    pub(crate) fn profiles(&self) -> usize {
        let is_own = |place| self.words.entry(place).is_some_and(|(head, _)| !head.is_common());
        let own = self.numbers.iter().filter(|place| is_own(*place)).count();
        self.common.len().saturating_add(own)
    }

    /// Returns the memory that the profiles take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let parts = [
            self.numbers.bytes(),
            self.words.words.capacity().saturating_mul(size_of::<u64>()),
            self.words.rows.capacity().saturating_mul(size_of::<u16>()),
            self.courses.bytes(),
            // Each slot takes a control byte and the place.
            self.common.capacity().saturating_mul(5),
            self.seen.hashes.capacity().saturating_mul(size_of::<u64>()),
        ];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// Reserves memory for that many more subjects.
    pub(crate) fn reserve(&mut self, subjects: usize) {
        self.numbers.reserve(subjects);
    }

    /// Returns the places of the profiles, by subject.
    pub(crate) fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    /// Returns the profiles, by place.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// Returns the place of the profile of a subject, or of nobody.
    #[inline]
    pub(crate) fn place(&self, subject: u32) -> u32 {
        self.numbers.get(subject).unwrap_or(NOBODY)
    }

    /// Returns the row of nobody, which is the same at every instant.
    pub(crate) fn row_of_nobody(&self) -> u32 {
        self.words.row(NOBODY, 0).unwrap_or_default()
    }

    /// Returns the steps of a subject, or those of nobody.
    pub(crate) fn steps(&self, subject: u32) -> Vec<(Timestamp, u32)> {
        let entry = self.words.entry(self.place(subject));
        entry.map_or_else(Vec::new, |(_, entry)| self.words.steps(entry))
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
    /// Returns [`CapacityError`] if every number or every place is taken.
    pub(crate) fn push(&mut self, steps: &Steps) -> Result<(), CapacityError> {
        self.next()?;
        let place = self.store(steps)?;
        self.numbers.push(place);
        Ok(())
    }

    /// Stores the profile of a subject who is there already, and returns whether it is another one.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every place is taken.
    pub(crate) fn set(&mut self, subject: u32, steps: &Steps) -> Result<bool, CapacityError> {
        self.encode(steps)?;
        let before = self.place(subject);
        let Some((head, entry)) = self.words.entry(before) else { return Ok(false) };
        if Entry(entry) == Entry(&self.entry) {
            return Ok(false);
        }
        let place =
            if head.is_common() { self.store_entry(false)? } else { self.replace(before, head)? };
        self.numbers.set(subject, place);
        // Then each word is moved once for each that was left behind.
        if self.unused > self.words.words.len() / 2 {
            self.close_gaps();
        }
        Ok(true)
    }

    /// Stores the entry instead of the one of a single subject.
    fn replace(&mut self, before: u32, head: Head) -> Result<u32, CapacityError> {
        let known = self.find(self.seen.hasher.hash_one(Entry(&self.entry)));
        if known.is_none() && head.len() == self.entry.len() {
            let words = self.words.words.get_mut(index(before)..);
            if let Some(words) = words.and_then(|words| words.get_mut(..head.len())) {
                words.copy_from_slice(&self.entry);
                return Ok(before);
            }
        }
        self.unused = self.unused.saturating_add(head.len());
        self.store_entry(false)
    }

    /// Finds or makes the place of a profile.
    fn store(&mut self, steps: &Steps) -> Result<u32, CapacityError> {
        self.encode(steps)?;
        self.store_entry(false)
    }

    /// Writes the words of a profile into `entry`.
    fn encode(&mut self, steps: &Steps) -> Result<(), CapacityError> {
        let later = steps.get(1..).unwrap_or_default();
        let rows = match Course::of(steps) {
            Some(course) => self.rows_of(course)?,
            None => Head::LONG,
        };
        let head = Head::new(rows, later.len()).ok_or(CapacityError)?;
        self.entry.clear();
        self.entry.push(head.0);
        self.entry.extend(later.iter().map(|(at, _)| in_order(at.as_micros())));
        if rows == Head::LONG {
            self.entry.extend(steps.iter().map(|(_, row)| u64::from(*row)));
        }
        Ok(())
    }

    /// Finds or makes the rows of a course, and returns the index of the first.
    fn rows_of(&mut self, course: Course) -> Result<u32, CapacityError> {
        let slot = course
            .rows
            .iter()
            .fold(0, |slot: usize, row| slot.wrapping_mul(5).wrapping_add(usize::from(*row)));
        let slot = slot % RECENT;
        match self.recent.get(slot).copied().flatten() {
            Some((known, first)) if known == course => Ok(first),
            _ => {
                let first = self.rows_of_new(course)?;
                self.recent
                    .get_mut(slot)
                    .into_iter()
                    .for_each(|slot| *slot = Some((course, first)));
                Ok(first)
            }
        }
    }

    fn rows_of_new(&mut self, course: Course) -> Result<u32, CapacityError> {
        let number = self.courses.insert(course).ok_or(CapacityError)?;
        let first = index(number).saturating_mul(Course::WIDTH);
        if first == self.words.rows.len() {
            self.words.rows.extend(course.rows);
        }
        u32::try_from(first).ok().filter(|first| *first != Head::LONG).ok_or(CapacityError)
    }

    fn find(&self, hash: u64) -> Option<u32> {
        let is_entry = |place: &u32| {
            self.words.entry(*place).is_some_and(|(_, entry)| Entry(entry) == Entry(&self.entry))
        };
        self.common.find(hash, is_entry).copied()
    }

    /// Finds or makes the place of the entry. It is shared if it has no instants, or is met again.
    fn store_entry(&mut self, is_shared: bool) -> Result<u32, CapacityError> {
        let hash = self.seen.hasher.hash_one(Entry(&self.entry));
        if let Some(place) = self.find(hash) {
            return Ok(place);
        }
        let place = self.append()?;
        if is_shared || self.entry.len() == 1 || self.seen.again(hash) {
            let Self { common, words, seen, .. } = self;
            if let Some(head) = words.words.get_mut(index(place)) {
                *head |= Head::COMMON;
            }
            let hash_of = |place: &u32| {
                words.entry(*place).map_or(0, |(_, entry)| seen.hasher.hash_one(Entry(entry)))
            };
            common.insert_unique(hash, place, hash_of);
        }
        Ok(place)
    }

    /// Appends the entry, and returns its place.
    fn append(&mut self) -> Result<u32, CapacityError> {
        let place = u32::try_from(self.words.words.len()).map_err(|_| CapacityError)?;
        self.words.words.extend_from_slice(&self.entry);
        Ok(place)
    }

    /// Moves all words together.
    fn close_gaps(&mut self) {
        let used = self.words.words.len().saturating_sub(self.unused);
        let before = std::mem::replace(&mut self.words.words, Vec::with_capacity(used));
        let before = Words { words: before, rows: std::mem::take(&mut self.words.rows) };
        let numbers = std::mem::take(&mut self.numbers);
        self.numbers.reserve(numbers.len());
        // Nobody stays the first.
        let mut moved: HashMap<u32, u32> = HashMap::new();
        moved.insert(NOBODY, NOBODY);
        self.words.words.extend(before.entry(NOBODY).into_iter().flat_map(|(_, entry)| entry));
        for place in numbers.iter() {
            let Some((head, entry)) = before.entry(place) else { continue };
            // There are no more words than before.
            let to = u32::try_from(self.words.words.len()).unwrap_or(NOBODY);
            let to = if head.is_common() { *moved.entry(place).or_insert(to) } else { to };
            if index(to) == self.words.words.len() {
                self.words.words.extend_from_slice(entry);
            }
            self.numbers.push(to);
        }
        // What nobody shares any more is forgotten.
        self.words.rows = before.rows;
        let Self { words, common, seen, .. } = self;
        let hash_of = |place: &u32| {
            words.entry(*place).map_or(0, |(_, entry)| seen.hasher.hash_one(Entry(entry)))
        };
        common.clear();
        for place in moved.into_values() {
            common.insert_unique(hash_of(&place), place, hash_of);
        }
        self.unused = 0;
    }

    /// Adds the subjects of others, given the code that each of their rows has here.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if there are too many subjects or words.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    pub(crate) fn take_in(&mut self, others: &Self, rows: &[u32]) -> Result<(), CapacityError> {
        let all = self.len().saturating_add(others.len());
        u32::try_from(all).ok().filter(|all| *all < u32::MAX).ok_or(CapacityError)?;
        let row = |before: u32| {
            *rows.get(index(before)).expect("a profile has rows of the table it was made with")
        };
        let mut courses = Vec::with_capacity(others.courses.len());
        for course in others.courses.values() {
            let here = course.renumbered(row).map(|course| self.rows_of(course)).transpose()?;
            courses.push(here);
        }
        self.reserve(others.len());
        let mut moved: HashMap<u32, u32> = HashMap::new();
        for before in others.numbers.iter() {
            if let Some(place) = moved.get(&before) {
                self.numbers.push(*place);
                continue;
            }
            let (head, entry) = others.words.entry(before).expect("each subject has a profile");
            let course = courses.get(index(head.rows()) / Course::WIDTH).copied().flatten();
            if let Some((rows, (_, instants))) = course.zip(entry.split_first()) {
                self.entry.clear();
                self.entry.push(Head::new(rows, head.changes()).ok_or(CapacityError)?.0);
                self.entry.extend_from_slice(instants);
            } else {
                let steps = others.words.steps(entry).into_iter();
                let steps: Vec<_> = steps.map(|(at, before)| (at, row(before))).collect();
                self.encode(&steps)?;
            }
            let place = if head.is_common() { self.store_entry(true)? } else { self.append()? };
            if head.is_common() {
                moved.insert(before, place);
            }
            self.numbers.push(place);
        }
        Ok(())
    }
}

/// Returns the last words, and then instants that never come.
#[cold]
fn padded(last: &[u64]) -> [u64; CHANGES + 1] {
    let mut all = [NEVER; CHANGES + 1];
    all.iter_mut().zip(last).for_each(|(into, word)| *into = *word);
    all
}
