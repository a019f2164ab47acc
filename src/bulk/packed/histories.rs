//! Packed histories: every fact about many subjects, in a fixed header each and one list of further
//! changes. Bound to a purpose, and to no policy or cut-off.

use hashbrown::HashMap;

use crate::bulk::ids::{CapacityError, Ids, index};
use crate::bulk::packed::header::{HAS_VETOES, Header};
use crate::bulk::situation::preference_code::PreferenceCode;
use crate::bulk::situation::resolved::{History, UNKNOWN, Words};
use crate::people::choice::Preference;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::values::kind::Purpose;
use crate::values::steps::up_to;
use crate::values::time::{Birth, Span, Timestamp};

/// The packed histories of many subjects for one purpose, as known at one instant: about 40 bytes
/// for each subject.
///
/// Unlike a [`Snapshot`](crate::bulk::Snapshot), histories are bound to no policy and no cut-off.
/// [`Histories::freeze`] makes a snapshot of them, and [`Replay`](crate::bulk::Replay) decides
/// records with a cut-off each.
///
/// ```
/// use may_train::bulk::Histories;
/// use may_train::{Policy, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut histories = Histories::new(policy.purpose(), None);
/// let subject = Subject::new("u0".parse()?).with_residence("US".parse()?, "2019-01-01".parse()?);
/// assert_eq!(histories.push(&subject)?, 0);
/// let snapshot = histories.freeze(&policy, "2024-12-01".parse()?)?;
/// assert_eq!(snapshot.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Histories {
    purpose: Purpose,
    known_at: Option<Timestamp>,
    pub(crate) words: Words,
    pub(crate) births: Ids<Birth>,
    pub(crate) headers: Vec<Header>,
    /// The changes of each subject with a tail: first an item with the counts, then the changes.
    changes: Vec<Item>,
    /// The instants since when an opt-in counts, for opt-ins that came back later than they were
    /// made. The change that brought such an opt-in back lifted an opt-out.
    since: Vec<Timestamp>,
    vetoes: HashMap<u32, Vetoes>,
    scratch: History,
}

/// The histories were packed for one purpose, and the policy is for another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the histories are for `{histories}`, the policy is for `{policy}`; pack them for that")]
pub struct PurposeError {
    histories: Purpose,
    policy: Purpose,
}

/// An item of the list of changes, in 16 bytes. The items of a subject are contiguous, so that few
/// cache lines are fetched for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Item {
    /// The number of changes that follow: of residence, then of preference, then of audience.
    Counts { residences: u32, preferences: u32, audiences: u32 },
    /// A value that is in force from an instant on, in microseconds.
    Change { at: i64, value: u32 },
}

/// The restrictions and the erasure of a subject. Few subjects have any.
#[derive(Debug, Clone, Default)]
struct Vetoes {
    restrictions: Box<[Span]>,
    erased_at: Option<Timestamp>,
    learned_at: Option<Timestamp>,
}

impl Histories {
    /// Creates empty histories for a policy's purpose, as known at an instant; `None` means that
    /// all facts count.
    #[must_use]
    pub fn new(purpose: &Purpose, known_at: Option<Timestamp>) -> Self {
        Self {
            purpose: purpose.clone(),
            known_at,
            words: Words::default(),
            births: Ids::new(),
            headers: Vec::new(),
            changes: Vec::new(),
            since: Vec::new(),
            vetoes: HashMap::new(),
            scratch: History::default(),
        }
    }

    /// Packs a subject, and returns its number: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if there is no number left for the subject or for one of its
    /// changes.
    pub fn push(&mut self, subject: &Subject) -> Result<u32, CapacityError> {
        let mut history = std::mem::take(&mut self.scratch);
        history.read(subject, &self.purpose, self.known_at, &mut self.words);
        let number = self.pack(&history);
        self.scratch = history;
        number
    }

    /// Returns the number of subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Returns whether there are no subjects.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// Returns the purpose.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Returns the instant up to which facts count as known; `None` means that all facts count.
    #[must_use]
    pub const fn known_at(&self) -> Option<Timestamp> {
        self.known_at
    }

    /// Returns the memory that the histories take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sizes = [
            self.headers.capacity().saturating_mul(size_of::<Header>()),
            self.changes.capacity().saturating_mul(size_of::<Item>()),
            self.since.capacity().saturating_mul(size_of::<Timestamp>()),
            self.vetoes.capacity().saturating_mul(size_of::<(u32, Vetoes)>()),
            self.births.bytes(),
        ];
        sizes.into_iter().fold(0, usize::saturating_add)
    }

    /// Removes unused capacity.
    pub fn shrink_to_fit(&mut self) {
        self.headers.shrink_to_fit();
        self.changes.shrink_to_fit();
        self.since.shrink_to_fit();
        self.vetoes.shrink_to_fit();
    }

    /// Refuses a policy for another purpose, because its choices are not in these histories.
    pub(crate) fn are_for(&self, policy: &Policy) -> Result<(), PurposeError> {
        if self.purpose == *policy.purpose() {
            return Ok(());
        }
        let (histories, policy) = (self.purpose.clone(), policy.purpose().clone());
        Err(PurposeError { histories, policy })
    }

    /// Packs a resolved history, and returns the number of its subject.
    pub(crate) fn pack(&mut self, history: &History) -> Result<u32, CapacityError> {
        let subject = u32::try_from(self.headers.len()).map_err(|_| CapacityError)?;
        if subject == u32::MAX {
            return Err(CapacityError);
        }
        let birth = match history.birth {
            Some(birth) => self.births.insert(birth).ok_or(CapacityError)?.saturating_add(1),
            None => 0,
        };
        let preferences = self.encoded(&history.preferences)?;
        let last = |changes: &[(Timestamp, u32)]| {
            changes.last().map_or((i64::MAX, 0), |(at, value)| (at.as_micros(), *value))
        };
        let (residence_at, residence) = last(&history.residences);
        let (preference_at, preference) = last(&preferences);
        let vetoes = Vetoes {
            restrictions: history.restrictions.as_slice().into(),
            erased_at: history.erased_at,
            learned_at: history.learned_at,
        };
        let has_vetoes = !vetoes.restrictions.is_empty()
            || vetoes.erased_at.is_some()
            || vetoes.learned_at.is_some();
        let has_tail = history.residences.len() > 1
            || preferences.len() > 1
            || !history.audiences.is_empty()
            || has_vetoes;
        let mut tail = if has_tail { self.push_tail(history, &preferences)? } else { 0 };
        if has_vetoes {
            tail |= HAS_VETOES;
            self.vetoes.insert(subject, vetoes);
        }
        self.headers.push(Header {
            residence_at,
            preference_at,
            residence,
            preference: preference.into(),
            birth,
            tail,
        });
        Ok(subject)
    }

    /// Adds every change of a subject to the list, and returns the tail to put into its header.
    fn push_tail(
        &mut self,
        history: &History,
        preferences: &[(Timestamp, u32)],
    ) -> Result<u32, CapacityError> {
        let length = |changes: &[_]| u32::try_from(changes.len()).map_err(|_| CapacityError);
        let start = u32::try_from(self.changes.len()).map_err(|_| CapacityError)?;
        let tail = start.checked_add(1).filter(|tail| tail & HAS_VETOES == 0);
        let tail = tail.ok_or(CapacityError)?;
        self.changes.push(Item::Counts {
            residences: length(&history.residences)?,
            preferences: length(preferences)?,
            audiences: length(&history.audiences)?,
        });
        let all = history.residences.iter().chain(preferences).chain(&history.audiences);
        let change = |(at, value): &(Timestamp, u32)| (at.as_micros(), *value);
        self.changes.extend(all.map(change).map(|(at, value)| Item::Change { at, value }));
        Ok(tail)
    }

    /// Returns preferences, encoded as [`Header::preference`] is.
    fn encoded(
        &mut self,
        preferences: &[(Timestamp, Preference)],
    ) -> Result<Vec<(Timestamp, u32)>, CapacityError> {
        let mut encode = |(at, preference): &(Timestamp, Preference)| {
            let code = match preference {
                Preference::OptIn { since } if since != at => {
                    self.since.push(*since);
                    let offset = u32::try_from(self.since.len()).map_err(|_| CapacityError)?;
                    PreferenceCode::opted_in(offset).ok_or(CapacityError)?
                }
                Preference::OptIn { .. } | Preference::OptOut | Preference::Silent => {
                    (*preference).into()
                }
            };
            Ok((*at, code.into()))
        };
        preferences.iter().map(&mut encode).collect()
    }

    /// Returns the preference that a code stands for, which is in force since an instant.
    #[expect(clippy::expect_used, reason = "another instant would be a wrong answer")]
    #[inline]
    pub(crate) fn preference(&self, code: PreferenceCode, at: i64) -> Preference {
        match code.offset() {
            None if code == PreferenceCode::SILENT => Preference::Silent,
            None => Preference::OptOut,
            Some(offset) => {
                let since = offset.checked_sub(1).map(|since| {
                    *self.since.get(index(since)).expect("`encoded` has kept each instant")
                });
                Preference::OptIn { since: since.unwrap_or_else(|| Timestamp::nearest(at)) }
            }
        }
    }

    /// Returns the header of a subject, or [`Header::UNKNOWN`] if there is no such subject.
    #[inline]
    pub(crate) fn header(&self, subject: u32) -> Header {
        #[cold]
        fn unknown() -> Header {
            Header::UNKNOWN
        }
        self.headers.get(index(subject)).copied().unwrap_or_else(unknown)
    }

    /// Returns the numbers of changes in a tail, and the items from the first change on; `None` without a tail.
    #[inline]
    fn counts(&self, header: &Header) -> Option<(&Item, &[Item])> {
        let start = (header.tail & !HAS_VETOES).checked_sub(1)?;
        self.changes.get(index(start)..)?.split_first()
    }

    /// Returns a word of the tail. The word has no meaning: reading it fetches the tail into the
    /// cache.
    #[inline]
    pub(crate) fn word_of_tail(&self, header: &Header) -> u32 {
        match self.counts(header) {
            Some((Item::Counts { residences, .. }, _)) => *residences,
            Some((Item::Change { value, .. }, _)) => *value,
            None => 0,
        }
    }

    /// Returns every change of a subject.
    pub(crate) fn changes(&self, header: &Header) -> AllChanges<'_> {
        let none = AllChanges { header: *header, ..AllChanges::default() };
        let Some((Item::Counts { residences, preferences, audiences }, changes)) =
            self.counts(header)
        else {
            return none;
        };
        let (residences, rest) = Changes(changes).split(*residences);
        let (preferences, rest) = rest.split(*preferences);
        let (audiences, _) = rest.split(*audiences);
        AllChanges { residences, preferences, audiences, ..none }
    }

    /// Reads the history of a subject into `into`. A number that is not here gives an empty
    /// history.
    pub(crate) fn unpack(&self, subject: u32, into: &mut History) {
        into.clear();
        let Some(header) = self.headers.get(index(subject)) else { return };
        into.birth =
            header.birth.checked_sub(1).and_then(|birth| self.births.value(birth)).copied();
        if !header.has_tail() {
            // A change that does not exist lies after the last instant.
            let first = |at: i64| (at < i64::MAX).then(|| Timestamp::nearest(at));
            into.residences.extend(first(header.residence_at).map(|at| (at, header.residence)));
            let preference = self.preference(header.preference, header.preference_at);
            into.preferences.extend(first(header.preference_at).map(|at| (at, preference)));
            return;
        }
        let changes = self.changes(header);
        let instant = Timestamp::nearest;
        into.residences.extend(changes.residences.iter().map(|(at, place)| (instant(at), place)));
        into.audiences.extend(changes.audiences.iter().map(|(at, value)| (instant(at), value)));
        let preferences = changes.preferences.iter();
        let preferences =
            preferences.map(|(at, code)| (instant(at), self.preference(code.into(), at)));
        into.preferences.extend(preferences);
        if let Some(vetoes) = self.vetoes.get(&subject) {
            into.restrictions.extend_from_slice(&vetoes.restrictions);
            (into.erased_at, into.learned_at) = (vetoes.erased_at, vetoes.learned_at);
        }
    }
}

/// The changes of a subject: the last ones from the header, or all of them if there is a tail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllChanges<'a> {
    header: Header,
    residences: Changes<'a>,
    preferences: Changes<'a>,
    audiences: Changes<'a>,
}

impl Default for AllChanges<'_> {
    fn default() -> Self {
        let none = Changes(&[]);
        Self { header: Header::UNKNOWN, residences: none, preferences: none, audiences: none }
    }
}

impl AllChanges<'_> {
    /// Returns the code of the place where the subject resided at an instant.
    pub(crate) fn residence(&self, instant: i64) -> u32 {
        if instant >= self.header.residence_at {
            return self.header.residence;
        }
        self.residences.at(instant).map_or(UNKNOWN, |(_, place)| place)
    }

    /// Returns what the subject preferred at an instant, and since when.
    pub(crate) fn preference(&self, instant: i64) -> (i64, PreferenceCode) {
        if instant >= self.header.preference_at {
            return (self.header.preference_at, self.header.preference);
        }
        let last = self.preferences.at(instant).map(|(at, code)| (at, code.into()));
        last.unwrap_or((instant, PreferenceCode::SILENT))
    }

    /// Returns the code of the audience that the subject belonged to at an instant.
    pub(crate) fn audience(&self, instant: i64) -> u32 {
        self.audiences.at(instant).map_or(UNKNOWN, |(_, audience)| audience)
    }
}

/// A list of changes, ascending.
#[derive(Debug, Clone, Copy, Default)]
struct Changes<'a>(&'a [Item]);

impl<'a> Changes<'a> {
    fn split(self, first: u32) -> (Self, Self) {
        let (first, rest) = self.0.split_at_checked(index(first)).unwrap_or_default();
        (Self(first), Self(rest))
    }

    /// Returns the last change up to an instant; `None` before the first one.
    fn at(self, instant: i64) -> Option<(i64, u32)> {
        // Counts come before the changes, which this slice begins with.
        let at = |item: &Item| item.change().map_or(i64::MAX, |(at, _)| at);
        up_to(self.0, instant, at).last()?.change()
    }

    fn iter(self) -> impl Iterator<Item = (i64, u32)> + 'a {
        self.0.iter().filter_map(Item::change)
    }
}

impl Item {
    #[inline]
    const fn change(&self) -> Option<(i64, u32)> {
        match *self {
            Self::Change { at, value } => Some((at, value)),
            Self::Counts { .. } => None,
        }
    }
}
