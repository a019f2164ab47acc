//! Whole histories of many subjects, packed in columns.

use hashbrown::HashMap;

use crate::bulk::history::{History, UNKNOWN, Words};
use crate::bulk::ids::{Ids, index};
use crate::bulk::standing::TooMany;
use crate::choice::Preference;
use crate::kind::Purpose;
use crate::policy::Policy;
use crate::subject::Subject;
use crate::time::{Birth, Span, Timestamp};

/// What is known of many subjects for one purpose, as far as known at one instant: packed, about 40
/// bytes each.
///
/// Unlike a [`Standing`](crate::bulk::Standing) it is bound to no policy and no cut-off. It freezes
/// into one ([`Histories::freeze`]), and decides records each at a cut-off of its own
/// ([`Replay`](crate::bulk::Replay)).
///
/// ```
/// use may_train::bulk::Histories;
/// use may_train::{Policy, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut histories = Histories::new(policy.purpose(), None);
/// let subject = Subject::new("u0".parse()?).resides("US".parse()?, "2019-01-01".parse()?);
/// assert_eq!(histories.push(&subject)?, 0);
/// let standing = histories.freeze(&policy, "2024-12-01".parse()?)?;
/// assert_eq!(standing.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Histories {
    purpose: Purpose,
    known_at: Option<Timestamp>,
    pub(super) words: Words,
    pub(super) births: Ids<Birth>,
    pub(super) headers: Vec<Header>,
    longer: Vec<Longer>,
    changes_at: Vec<i64>,
    changes: Vec<u32>,
    /// Since when an opt-in counts that stands again after an opt-out was lifted.
    since: Vec<Timestamp>,
    vetoes: HashMap<u32, Vetoes>,
    scratch: History,
}

/// Histories were packed for one purpose, and a policy is for another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the histories are for `{histories}`, the policy is for `{policy}`; pack them for that")]
pub struct WrongPurpose {
    histories: Purpose,
    policy: Purpose,
}

/// The last residence and the last preference of a subject, and where the rest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Header {
    pub residence_at: i64,
    pub preference_at: i64,
    residence: u32,
    preference: u32,
    /// One more than the number of the birth; nothing where it is unknown.
    birth: u32,
    /// One more than the place in `longer`; nothing where there is no more to know.
    longer: u32,
}

/// A subject of whom there is more to know than the header has.
#[derive(Debug, Clone, Copy)]
struct Longer {
    /// Where the changes begin: of residence, then of preference, then of audience.
    start: u32,
    residences: u32,
    preferences: u32,
    audiences: u32,
}

/// Restrictions and an erasure, which few have.
#[derive(Debug, Clone, Default)]
struct Vetoes {
    restrictions: Box<[Span]>,
    erased_at: Option<Timestamp>,
    learned_at: Option<Timestamp>,
}

/// How preferences are written: one more number for each opt-in that counts since another instant
/// than that of the change.
const SILENT: u32 = 0;
const OPTED_OUT: u32 = 1;
const OPTED_IN: u32 = 2;
const OPTED_IN_BEFORE: u32 = 3;

/// In the place of what is longer: the bit of a header of whom vetoes are known, or nothing at all.
const RARE: u32 = 1 << 31;

impl Header {
    /// That of whoever is not known.
    pub(super) const UNKNOWN: Self = Self {
        residence_at: i64::MAX,
        preference_at: i64::MAX,
        residence: UNKNOWN,
        preference: SILENT,
        birth: 0,
        longer: RARE,
    };

    /// Whether what is known of the subject cannot be told from changes alone.
    #[inline]
    pub(super) const fn is_rare(&self) -> bool {
        self.longer & RARE != 0
    }

    /// Whether there is more to know than the header has.
    #[inline]
    pub(super) const fn is_longer(&self) -> bool {
        self.longer != 0
    }

    /// Whether that matters from two instants on, one for residences, one for preferences.
    #[inline]
    pub(super) const fn is_longer_before(&self, residence: i64, preference: i64) -> bool {
        let is_before = residence < self.residence_at || preference < self.preference_at;
        self.is_rare() || (self.is_longer() && is_before)
    }

    /// The header alike for all whose last changes, up to two instants, came to the same; nothing where
    /// there is more to know.
    #[inline]
    pub(super) fn settled(mut self, residence_by: i64, preference_by: i64) -> Option<Self> {
        if self.residence_at <= residence_by {
            self.residence_at = i64::MIN;
        }
        if self.preference_at <= preference_by {
            self.preference_at = i64::MIN;
        }
        Some(self).filter(|header| !header.is_longer())
    }

    /// 1 where the birth is known.
    #[inline]
    pub(super) fn has_birth(&self) -> u32 {
        u32::from(self.birth != 0)
    }

    /// 1 where the birthday was reached, of those by births.
    #[inline]
    pub(super) fn has_birthday(&self, birthdays: &[i64], instant: i64) -> u32 {
        u32::from(birthdays.get(index(self.birth)).is_some_and(|birthday| *birthday <= instant))
    }

    /// The last residence, once it had begun.
    #[inline]
    pub(super) fn residence(&self, instant: i64) -> u32 {
        // Without a branch, as nobody can foretell it: nothing is unknown.
        self.residence.wrapping_mul(u32::from(instant >= self.residence_at))
    }

    /// The number of the last preference, once it had begun.
    #[inline]
    pub(super) fn preference(&self, instant: i64) -> u32 {
        // Likewise: nothing is silence.
        self.preference.wrapping_mul(u32::from(instant >= self.preference_at))
    }

    /// Whether there may be residences after an instant besides the last one.
    #[inline]
    pub(super) const fn is_moved_since(&self, instant: i64) -> bool {
        self.longer != 0 && instant < self.residence_at
    }
}

impl Histories {
    /// Nobody's history yet, for a policy's purpose, as far as known at an instant (all, if none is
    /// given).
    #[must_use]
    pub fn new(purpose: &Purpose, known_at: Option<Timestamp>) -> Self {
        Self {
            purpose: purpose.clone(),
            known_at,
            words: Words::default(),
            births: Ids::new(),
            headers: Vec::new(),
            longer: Vec::new(),
            changes_at: Vec::new(),
            changes: Vec::new(),
            since: Vec::new(),
            vetoes: HashMap::new(),
            scratch: History::default(),
        }
    }

    /// Packs a subject, and gives the number that it has from now on: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// If there is no number left, for it or for one of its changes.
    pub fn push(&mut self, subject: &Subject) -> Result<u32, TooMany> {
        let mut history = std::mem::take(&mut self.scratch);
        history.read(subject, &self.purpose, self.known_at, &mut self.words);
        let number = self.pack(&history);
        self.scratch = history;
        number
    }

    /// The number of subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// The purpose.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Up to when facts count as known; all do, if nothing is given.
    #[must_use]
    pub const fn known_at(&self) -> Option<Timestamp> {
        self.known_at
    }

    /// What the histories take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sizes = [
            self.headers.capacity().saturating_mul(size_of::<Header>()),
            self.longer.capacity().saturating_mul(size_of::<Longer>()),
            self.changes_at.capacity().saturating_mul(size_of::<Timestamp>()),
            self.changes.capacity().saturating_mul(size_of::<u32>()),
            self.since.capacity().saturating_mul(size_of::<Timestamp>()),
            self.vetoes.capacity().saturating_mul(size_of::<(u32, Vetoes)>()),
            self.births.bytes(),
        ];
        sizes.into_iter().fold(0, usize::saturating_add)
    }

    /// Gives back the room that is not used.
    pub fn shrink_to_fit(&mut self) {
        self.headers.shrink_to_fit();
        self.longer.shrink_to_fit();
        self.changes_at.shrink_to_fit();
        self.changes.shrink_to_fit();
        self.since.shrink_to_fit();
        self.vetoes.shrink_to_fit();
    }

    /// Refuses a policy for another purpose: what was chosen for it is not here.
    pub(super) fn are_for(&self, policy: &Policy) -> Result<(), WrongPurpose> {
        if self.purpose == *policy.purpose() {
            return Ok(());
        }
        let (histories, policy) = (self.purpose.clone(), policy.purpose().clone());
        Err(WrongPurpose { histories, policy })
    }

    /// Packs a resolved history.
    pub(super) fn pack(&mut self, history: &History) -> Result<u32, TooMany> {
        let number = u32::try_from(self.headers.len()).map_err(|_| TooMany)?;
        if number == u32::MAX {
            return Err(TooMany);
        }
        let birth = history.birth.and_then(|birth| self.births.insert(birth));
        let preferences = self.numbered(&history.preferences)?;
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
        let is_longer = history.residences.len() > 1
            || preferences.len() > 1
            || !history.audiences.is_empty()
            || has_vetoes;
        let mut longer = if is_longer { self.lengthen(history, &preferences)? } else { 0 };
        if has_vetoes {
            longer |= RARE;
            self.vetoes.insert(number, vetoes);
        }
        self.headers.push(Header {
            residence_at,
            preference_at,
            residence,
            preference,
            birth: birth.map_or(0, |birth| birth.saturating_add(1)),
            longer,
        });
        Ok(number)
    }

    /// Keeps every change of a subject.
    fn lengthen(
        &mut self,
        history: &History,
        preferences: &[(Timestamp, u32)],
    ) -> Result<u32, TooMany> {
        let length = |changes: &[_]| u32::try_from(changes.len()).map_err(|_| TooMany);
        let all = [history.residences.as_slice(), preferences, history.audiences.as_slice()];
        let start = u32::try_from(self.changes.len()).map_err(|_| TooMany)?;
        let count = all.iter().fold(self.changes.len(), |sum, c| sum.saturating_add(c.len()));
        let place = u32::try_from(self.longer.len()).map_err(|_| TooMany)?;
        let place = place.checked_add(1).filter(|place| place & RARE == 0).ok_or(TooMany)?;
        u32::try_from(count).map_err(|_| TooMany)?;
        let [residences, preferences, audiences] = all;
        self.longer.push(Longer {
            start,
            residences: length(residences)?,
            preferences: length(preferences)?,
            audiences: length(audiences)?,
        });
        for (at, value) in residences.iter().chain(preferences).chain(audiences) {
            self.changes_at.push(at.as_micros());
            self.changes.push(*value);
        }
        Ok(place)
    }

    fn numbered(
        &mut self,
        preferences: &[(Timestamp, Preference)],
    ) -> Result<Vec<(Timestamp, u32)>, TooMany> {
        let mut number = |(at, preference): &(Timestamp, Preference)| {
            let number = match preference {
                Preference::Silent => SILENT,
                Preference::OptOut => OPTED_OUT,
                Preference::OptIn { since } if since == at => OPTED_IN,
                Preference::OptIn { since } => {
                    let place = u32::try_from(self.since.len()).map_err(|_| TooMany)?;
                    self.since.push(*since);
                    place.checked_add(OPTED_IN_BEFORE).ok_or(TooMany)?
                }
            };
            Ok((*at, number))
        };
        preferences.iter().map(&mut number).collect()
    }

    /// The preference that a number stands for, in force since an instant.
    #[inline]
    pub(super) fn preference(&self, number: u32, at: i64) -> Preference {
        match number {
            SILENT => Preference::Silent,
            OPTED_OUT => Preference::OptOut,
            OPTED_IN => Preference::OptIn { since: Timestamp::nearest(at) },
            before => {
                let since = self.since.get(index(before.saturating_sub(OPTED_IN_BEFORE)));
                // Each such number has its instant; the first one would be the strictest.
                Preference::OptIn { since: since.copied().unwrap_or(Timestamp::MIN) }
            }
        }
    }

    /// Every change of a subject.
    pub(super) fn changes(&self, header: &Header) -> AllChanges<'_> {
        let header = *header;
        let longer = (header.longer & !RARE).checked_sub(1).and_then(|n| self.longer.get(index(n)));
        let none = AllChanges { header, ..AllChanges::default() };
        longer.map_or(none, |longer| {
            let all = Changes { at: &self.changes_at, values: &self.changes };
            let (_, rest) = all.split(longer.start);
            let (residences, rest) = rest.split(longer.residences);
            let (preferences, rest) = rest.split(longer.preferences);
            let (audiences, _) = rest.split(longer.audiences);
            AllChanges { header, residences, preferences, audiences }
        })
    }

    /// Unpacks the history of a subject; of a number that nobody has, nothing is known.
    pub(super) fn unpack(&self, number: u32, into: &mut History) {
        into.clear();
        let Some(header) = self.headers.get(index(number)) else { return };
        into.birth =
            header.birth.checked_sub(1).and_then(|birth| self.births.value(birth)).copied();
        if header.longer == 0 {
            let first = |at: i64| Timestamp::from_micros(at).ok();
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
        let preferences = preferences.map(|(at, n)| (instant(at), self.preference(n, at)));
        into.preferences.extend(preferences);
        if let Some(vetoes) = self.vetoes.get(&number) {
            into.restrictions.extend_from_slice(&vetoes.restrictions);
            (into.erased_at, into.learned_at) = (vetoes.erased_at, vetoes.learned_at);
        }
    }
}

/// The changes of a subject: the last ones as the header has them, and all where there are more.
#[derive(Debug, Clone, Copy)]
pub(super) struct AllChanges<'a> {
    header: Header,
    residences: Changes<'a>,
    preferences: Changes<'a>,
    audiences: Changes<'a>,
}

impl Default for AllChanges<'_> {
    fn default() -> Self {
        let none = Changes { at: &[], values: &[] };
        Self { header: Header::UNKNOWN, residences: none, preferences: none, audiences: none }
    }
}

impl AllChanges<'_> {
    /// Where the subject resided at an instant.
    pub(super) fn residence(&self, instant: i64) -> u32 {
        if instant >= self.header.residence_at {
            return self.header.residence;
        }
        self.residences.at(instant).map_or(UNKNOWN, |(_, place)| place)
    }

    /// What the subject preferred at an instant, by number, and since when.
    pub(super) fn preference(&self, instant: i64) -> (i64, u32) {
        if instant >= self.header.preference_at {
            return (self.header.preference_at, self.header.preference);
        }
        self.preferences.at(instant).unwrap_or((instant, SILENT))
    }

    /// Which audience the subject belonged to at an instant.
    pub(super) fn audience(&self, instant: i64) -> u32 {
        self.audiences.at(instant).map_or(UNKNOWN, |(_, audience)| audience)
    }
}

/// Ascending changes, and what is from each on.
#[derive(Debug, Clone, Copy, Default)]
struct Changes<'a> {
    at: &'a [i64],
    values: &'a [u32],
}

impl<'a> Changes<'a> {
    fn split(self, first: u32) -> (Self, Self) {
        let at = self.at.split_at_checked(index(first)).unwrap_or_default();
        let values = self.values.split_at_checked(index(first)).unwrap_or_default();
        (Self { at: at.0, values: values.0 }, Self { at: at.1, values: values.1 })
    }

    /// The last change up to an instant.
    fn at(self, instant: i64) -> Option<(i64, u32)> {
        let last = self.at.partition_point(|at| *at <= instant).checked_sub(1)?;
        self.at.get(last).copied().zip(self.values.get(last).copied())
    }

    fn iter(self) -> impl Iterator<Item = (i64, u32)> + 'a {
        self.at.iter().copied().zip(self.values.iter().copied())
    }
}
