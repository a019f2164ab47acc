//! Choices: opt-ins and opt-outs, who made them, and which of them are in force at an instant.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use crate::people::log::{Entry, Log};
use crate::values::kind::Purpose;
use crate::values::regime::{ChoiceState, OptIns};
use crate::values::text::words;
use crate::values::time::{Birth, Timestamp};

words! {
    /// A choice of a subject for a purpose: to opt in (DPV: consent) or to opt out.
    ///
    /// There is no toggle that flips the choice before: each choice says what it means.
    pub enum Choice as "a choice" {
        /// The data may be used for exactly the purpose.
        OptIn = "opt-in",
        /// The data may not be used for the purpose, or for any narrower one.
        OptOut = "opt-out",
    }
}

words! {
    /// The person or system that made a choice.
    ///
    /// Anyone can opt a subject out. Only the subject can opt in, or a guardian if the subject is
    /// known to be under 18 then. See [`ChoiceMade::counts`](crate::people::ChoiceMade::counts).
    #[derive(Default)]
    pub enum ChosenBy as "a maker of choices" {
        /// The data subject.
        #[default]
        Subject = "subject",
        /// The holder of parental responsibility (GDPR, article 8).
        Guardian = "guardian",
        /// A signal of a browser or a file, such as GPC or AIPREF `train-ai=n`.
        Signal = "signal",
        /// An administrator of the platform or of a workspace.
        Admin = "admin",
        /// Another system, from which the choice was migrated.
        Migrated = "migrated",
    }
}

/// A choice, together with the person or system that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ChoiceMade {
    choice: Choice,
    by: ChosenBy,
}

impl ChoiceMade {
    /// Returns the choice as made by that person or system.
    #[must_use]
    pub const fn new(choice: Choice, by: ChosenBy) -> Self {
        Self { choice, by }
    }

    /// Returns the choice.
    #[must_use]
    pub const fn choice(self) -> Choice {
        self.choice
    }

    /// Returns who made the choice.
    #[must_use]
    pub const fn by(self) -> ChosenBy {
        self.by
    }

    /// Checks whether the choice counts if it was made at `at`. `birth` is `None` if it is unknown.
    ///
    /// Every opt-out counts. An opt-in counts if the subject made it. It also counts if a guardian
    /// made it and the subject is known to be under 18 at `at`. Any other opt-in is kept as
    /// evidence, and otherwise ignored.
    ///
    /// ```
    /// use may_train::{Birth, Choice, ChosenBy};
    /// use may_train::people::ChoiceMade;
    ///
    /// let (then, birth): (_, Birth) = ("2024-01-01".parse()?, "2010-05-01".parse()?);
    /// assert!(ChoiceMade::new(Choice::OptOut, ChosenBy::Admin).counts(then, None));
    /// assert!(!ChoiceMade::new(Choice::OptIn, ChosenBy::Admin).counts(then, None));
    ///
    /// let guardians = ChoiceMade::new(Choice::OptIn, ChosenBy::Guardian);
    /// assert!(guardians.counts(then, Some(birth)));
    /// assert!(!guardians.counts(then, Some("1990".parse()?))); // an adult's
    /// assert!(!guardians.counts(then, None)); // perhaps an adult's
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn counts(self, at: Timestamp, birth: Option<Birth>) -> bool {
        match self.weight() {
            Weight::Always => true,
            Weight::OfMinors => is_minor(birth, at),
            Weight::Never => false,
        }
    }

    /// Returns for which subjects such a choice counts.
    const fn weight(self) -> Weight {
        match (self.choice, self.by) {
            (Choice::OptOut, _) | (Choice::OptIn, ChosenBy::Subject) => Weight::Always,
            (Choice::OptIn, ChosenBy::Guardian) => Weight::OfMinors,
            (Choice::OptIn, ChosenBy::Signal | ChosenBy::Admin | ChosenBy::Migrated) => {
                Weight::Never
            }
        }
    }
}

/// The age, in years, from which a guardian cannot opt a subject in.
const OF_AGE: u8 = 18;

/// Checks whether the birth is known and its age at an instant is under 18.
pub(crate) fn is_minor(birth: Option<Birth>, instant: Timestamp) -> bool {
    birth.is_some_and(|birth| !birth.has_age(OF_AGE, instant))
}

/// The subjects for whom a choice counts.
#[derive(Debug, Clone, Copy)]
enum Weight {
    Always,
    /// Only for subjects who are known to be under 18.
    OfMinors,
    Never,
}

/// The choices for one purpose, grouped by whether they count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct PurposeLog {
    counted: Log<ChoiceMade>,
    /// Opt-ins by a guardian, which count while the subject is known to be under 18. They are kept
    /// apart because the platform may learn the birth later.
    guardians: Log<ChoiceMade>,
    ignored: Log<ChoiceMade>,
}

impl PurposeLog {
    /// Returns all logs.
    fn all(&self) -> [&Log<ChoiceMade>; 3] {
        [&self.counted, &self.guardians, &self.ignored]
    }

    /// Returns the counted choices in force at an instant: the later of the subject's own choices
    /// and the guardian's.
    ///
    /// Returns both if they have the same valid time and the same transaction time.
    fn in_force(
        &self,
        instant: Timestamp,
        known_at: Option<Timestamp>,
        birth: Option<Birth>,
    ) -> [&[Entry<ChoiceMade>]; 2] {
        let counted = self.counted.in_force(instant, known_at);
        if self.guardians.is_empty() {
            return [counted, &[]];
        }
        let guardians = match birth {
            Some(birth) => {
                // The last instant at which the subject is under 18.
                let minor = birth.birthday(OF_AGE).map_or(instant, Timestamp::just_before);
                self.guardians.in_force(instant.min(minor), known_at)
            }
            None => &[],
        };
        let clocks = |standing: &[Entry<_>]| standing.first().map(|e| (e.at(), e.recorded()));
        match clocks(counted).cmp(&clocks(guardians)) {
            Ordering::Less => [&[], guardians],
            Ordering::Equal => [counted, guardians],
            Ordering::Greater => [counted, &[]],
        }
    }
}

/// The choices of a subject: one log for each purpose.
///
/// A later choice replaces an earlier one for the same purpose. If two choices have the same valid
/// time and the same transaction time, the opt-out takes precedence. An opt-out also holds for
/// every narrower purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    by_purpose: Option<ByPurpose>,
}

/// The log of each purpose. Nearly every subject with choices made them for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ByPurpose {
    One(Box<(Purpose, PurposeLog)>),
    /// At least two.
    #[expect(clippy::box_collection, reason = "a subject without choices is then smaller")]
    Many(Box<BTreeMap<Purpose, PurposeLog>>),
}

impl ByPurpose {
    /// Returns the preference for a purpose at an instant. See [`Choices::sample`].
    fn sample(
        &self,
        purpose: &Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
        birth: Option<Birth>,
    ) -> Preference {
        let mut preference = Preference::Silent;
        let mut weigh = |(chosen_for, log): (&Purpose, &PurposeLog)| {
            if !chosen_for.includes(purpose) {
                return;
            }
            let is_exact = chosen_for == purpose;
            for entry in log.in_force(instant, known_at, birth).into_iter().flatten() {
                preference = match (entry.value().choice(), preference) {
                    (Choice::OptOut, _) | (Choice::OptIn, Preference::OptOut) => Preference::OptOut,
                    (Choice::OptIn, _) if is_exact => Preference::OptIn { since: entry.at() },
                    // An opt-in for a wider purpose decides nothing for a narrower one.
                    (Choice::OptIn, Preference::OptIn { .. } | Preference::Silent) => preference,
                };
            }
        };
        match self {
            Self::One(only) => weigh((&only.0, &only.1)),
            Self::Many(all) => all.iter().for_each(weigh),
        }
        preference
    }
}

/// The result of the counted choices for a purpose at an instant, without the lifetime of opt-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    OptOut,
    OptIn { since: Timestamp },
    Silent,
}

impl Preference {
    /// Returns the state of the choice at an instant. `opt_ins` says which opt-ins count.
    pub(crate) fn state(self, instant: Timestamp, opt_ins: OptIns) -> ChoiceState {
        match self {
            Self::OptOut => ChoiceState::OptedOut,
            Self::OptIn { since } if opt_ins.is_expired(since, instant) => {
                ChoiceState::OptInExpired
            }
            Self::OptIn { .. } => ChoiceState::OptedIn,
            Self::Silent => ChoiceState::Silent,
        }
    }
}

/// The preference at one sampled instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SampledChoice {
    pub instant: Timestamp,
    pub preference: Preference,
}

impl SampledChoice {
    /// Returns the state of the choice. `opt_ins` says which opt-ins count.
    pub(crate) fn state(self, opt_ins: OptIns) -> ChoiceState {
        self.preference.state(self.instant, opt_ins)
    }
}

impl Choices {
    /// Adds a choice for a purpose. A duplicate changes nothing.
    pub fn insert(&mut self, purpose: Purpose, entry: Entry<ChoiceMade>) {
        let log = self.log_mut(purpose);
        match entry.value().weight() {
            Weight::Always => log.counted.insert(entry),
            Weight::OfMinors => log.guardians.insert(entry),
            Weight::Never => log.ignored.insert(entry),
        }
    }

    /// Checks whether there are no choices.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_purpose.is_none()
    }

    /// Adds many choices at once, in n log n time. Duplicates change nothing.
    pub(crate) fn extend(&mut self, choices: impl Iterator<Item = (Purpose, Entry<ChoiceMade>)>) {
        let mut made: BTreeMap<Purpose, Vec<Entry<ChoiceMade>>> = BTreeMap::new();
        choices.for_each(|(purpose, entry)| made.entry(purpose).or_default().push(entry));
        for (purpose, made) in made {
            let log = self.log_mut(purpose);
            let (mut counted, mut guardians, mut ignored) = (Vec::new(), Vec::new(), Vec::new());
            for entry in made {
                match entry.value().weight() {
                    Weight::Always => counted.push(entry),
                    Weight::OfMinors => guardians.push(entry),
                    Weight::Never => ignored.push(entry),
                }
            }
            log.counted.extend(counted);
            log.guardians.extend(guardians);
            log.ignored.extend(ignored);
        }
    }

    /// Adds every choice of another collection. This is commutative, associative and idempotent.
    pub fn merge(&mut self, other: Self) {
        let mut merge = |(purpose, theirs): (Purpose, PurposeLog)| {
            let ours = self.log_mut(purpose);
            ours.counted.merge(theirs.counted);
            ours.guardians.merge(theirs.guardians);
            ours.ignored.merge(theirs.ignored);
        };
        match other.by_purpose {
            None => {}
            Some(ByPurpose::One(only)) => merge(*only),
            Some(ByPurpose::Many(all)) => all.into_iter().for_each(merge),
        }
    }

    /// Returns the log of a purpose, and adds it if it is missing.
    fn log_mut(&mut self, purpose: Purpose) -> &mut PurposeLog {
        let new = || ByPurpose::One(Box::new((purpose.clone(), PurposeLog::default())));
        let logs = self.by_purpose.get_or_insert_with(new);
        if matches!(logs, ByPurpose::One(only) if only.0 != purpose)
            && let ByPurpose::One(only) = std::mem::replace(logs, ByPurpose::Many(Box::default()))
            && let ByPurpose::Many(all) = logs
        {
            all.extend([*only]);
        }
        match logs {
            ByPurpose::One(only) => &mut only.1,
            ByPurpose::Many(all) => all.entry(purpose).or_default(),
        }
    }

    /// Returns the log of each purpose, ordered by purpose.
    fn logs(&self) -> impl Iterator<Item = (&Purpose, &PurposeLog)> {
        let (one, many) = match &self.by_purpose {
            None => (None, None),
            Some(ByPurpose::One(only)) => (Some((&only.0, &only.1)), None),
            Some(ByPurpose::Many(all)) => (None, Some(all.iter())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Returns every choice, including ignored ones, ordered by purpose and then by instant.
    pub fn iter(&self) -> impl Iterator<Item = (&Purpose, &Entry<ChoiceMade>)> {
        self.logs().flat_map(|(purpose, log)| {
            let mut entries: Vec<_> = log.all().into_iter().flatten().collect();
            entries.sort_unstable();
            entries.into_iter().map(move |entry| (purpose, entry))
        })
    }

    /// Returns the counted choices in force at an instant, for the purpose and for each wider one.
    pub(crate) fn in_force<'a, 'p>(
        &'a self,
        purpose: &'p Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
        birth: Option<Birth>,
    ) -> impl Iterator<Item = (&'a Purpose, &'a Entry<ChoiceMade>)> + use<'a, 'p> {
        let logs = self.logs().filter(|(chosen_for, _)| chosen_for.includes(purpose));
        logs.flat_map(move |(chosen_for, log)| {
            let standing = log.in_force(instant, known_at, birth).into_iter().flatten();
            standing.map(move |entry| (chosen_for, entry))
        })
    }

    /// Samples the choices of a subject with that birth for a purpose at an instant.
    ///
    /// Only entries recorded up to `known_at` count. If `known_at` is `None`, all entries count.
    #[inline]
    pub(crate) fn sample(
        &self,
        purpose: &Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
        birth: Option<Birth>,
    ) -> SampledChoice {
        // Most subjects made no choice.
        let preference = match &self.by_purpose {
            None => Preference::Silent,
            Some(logs) => logs.sample(purpose, instant, known_at, birth),
        };
        SampledChoice { instant, preference }
    }

    /// Returns the changes of the preference for a purpose. At each instant, the last change up to
    /// then equals the sample at that instant.
    pub(crate) fn preferences(
        &self,
        purpose: &Purpose,
        known_at: Option<Timestamp>,
        birth: Option<Birth>,
    ) -> impl Iterator<Item = (Timestamp, Preference)> {
        let logs = self.logs().filter(|(chosen_for, _)| chosen_for.includes(purpose));
        let counted = logs.flat_map(|(_, log)| log.counted.iter().chain(&log.guardians));
        let known = counted.filter(|entry| entry.is_known_at(known_at));
        let mut instants: Vec<Timestamp> = known.map(Entry::at).collect();
        instants.sort_unstable();
        instants.dedup();
        let mut before = Preference::Silent;
        instants.into_iter().filter_map(move |instant| {
            let preference = self.sample(purpose, instant, known_at, birth).preference;
            let changed = preference != std::mem::replace(&mut before, preference);
            changed.then_some((instant, preference))
        })
    }
}

/// The sampled choices of a subject for a purpose, at one instant.
#[derive(Clone, Copy)]
pub struct ChoiceSample<'a> {
    choices: &'a Choices,
    purpose: &'a Purpose,
    known_at: Option<Timestamp>,
    birth: Option<Birth>,
    sampled: SampledChoice,
}

impl fmt::Debug for ChoiceSample<'_> {
    /// Prints the purpose and the instant, but no choice: it may be printed into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChoiceSample")
            .field("purpose", &self.purpose.as_str())
            .field("instant", &self.instant())
            .finish_non_exhaustive()
    }
}

impl<'a> ChoiceSample<'a> {
    /// Returns a sample with the choices that it can cite, of a subject with that birth.
    pub(crate) const fn new(
        (choices, birth): (&'a Choices, Option<Birth>),
        purpose: &'a Purpose,
        known_at: Option<Timestamp>,
        sampled: SampledChoice,
    ) -> Self {
        Self { choices, purpose, known_at, birth, sampled }
    }

    /// Returns the sampled instant.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        self.sampled.instant
    }

    /// Returns the purpose that was sampled.
    #[must_use]
    pub const fn purpose(self) -> &'a Purpose {
        self.purpose
    }

    /// Returns the state of the choice. `opt_ins` says which opt-ins count.
    #[must_use]
    pub fn state(self, opt_ins: OptIns) -> ChoiceState {
        self.sampled.state(opt_ins)
    }

    /// Returns the counted choices in force, for the purpose and for wider ones. The state depends
    /// on these.
    pub fn in_force(self) -> impl Iterator<Item = (&'a Purpose, &'a Entry<ChoiceMade>)> {
        self.choices.in_force(self.purpose, self.sampled.instant, self.known_at, self.birth)
    }

    /// Returns the birth if the state depends on it: if an opt-in by a guardian is in force.
    /// Otherwise returns `None`.
    pub(crate) fn birth_behind(self) -> Option<Birth> {
        let mut made = self.in_force().map(|(_, entry)| entry.value().weight());
        self.birth.filter(|_| made.any(|weight| matches!(weight, Weight::OfMinors)))
    }

    /// Checks whether the subject is known to be under 18 at an instant.
    pub(crate) fn is_of_minor(self, instant: Timestamp) -> bool {
        is_minor(self.birth, instant)
    }
}
