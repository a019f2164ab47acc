//! Choices: opting in and out, who did it, and what stands at an instant.

use std::collections::BTreeMap;
use std::fmt;

use crate::people::log::{Entry, Log};
use crate::values::kind::Purpose;
use crate::values::regime::ChoiceState;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// What was chosen. There is no toggle that flips: each says what it means.
    pub enum Choice as "a choice" {
        /// The data may be used for the purpose.
        OptIn = "opt-in",
        /// The data may not be used for the purpose, nor for any narrower one.
        OptOut = "opt-out",
    }
}

words! {
    /// Who made a choice. Anyone can opt a subject out; only the subject or the guardian can opt in.
    #[derive(Default)]
    pub enum ChosenBy as "a maker of choices" {
        /// The data subject.
        #[default]
        Subject = "subject",
        /// Who holds parental responsibility (GDPR 8).
        Guardian = "guardian",
        /// A signal of a browser or a file, such as GPC or AIPREF `train-ai=n`.
        Signal = "signal",
        /// An administrator of the platform or of a workspace.
        Admin = "admin",
        /// Carried over from another system.
        Migrated = "migrated",
    }
}

/// A choice and who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ChoiceMade {
    choice: Choice,
    by: ChosenBy,
}

impl ChoiceMade {
    /// The choice, made by that person or thing.
    #[must_use]
    pub const fn new(choice: Choice, by: ChosenBy) -> Self {
        Self { choice, by }
    }

    /// What was chosen.
    #[must_use]
    pub const fn choice(self) -> Choice {
        self.choice
    }

    /// Who chose.
    #[must_use]
    pub const fn by(self) -> ChosenBy {
        self.by
    }

    /// Whether the choice counts: every opt-out does; an opt-in only from the subject or the
    /// guardian. Any other opt-in is kept as evidence and otherwise ignored.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy};
    /// use may_train::people::ChoiceMade;
    ///
    /// assert!(ChoiceMade::new(Choice::OptOut, ChosenBy::Admin).counts());
    /// assert!(!ChoiceMade::new(Choice::OptIn, ChosenBy::Admin).counts());
    /// ```
    #[must_use]
    pub const fn counts(self) -> bool {
        match (self.choice, self.by) {
            (Choice::OptOut, _) | (Choice::OptIn, ChosenBy::Subject | ChosenBy::Guardian) => true,
            (Choice::OptIn, ChosenBy::Signal | ChosenBy::Admin | ChosenBy::Migrated) => false,
        }
    }
}

/// The choices of one purpose: those that count, and those that are only kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct PurposeLog {
    counted: Log<ChoiceMade>,
    ignored: Log<ChoiceMade>,
}

/// Every choice of a subject, for every purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    by_purpose: BTreeMap<Purpose, PurposeLog>,
}

/// What the counted choices for a purpose say at an instant, before any lifetime of opt-ins counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    OptOut,
    OptIn { since: Timestamp },
    Silent,
}

impl Preference {
    /// The state of the choice at an instant, where an opt-in counts for so many days (for ever, if
    /// none are given).
    pub(crate) fn state(
        self,
        instant: Timestamp,
        opt_in_lifetime_days: Option<u32>,
    ) -> ChoiceState {
        match (self, opt_in_lifetime_days) {
            (Self::OptOut, _) => ChoiceState::OptedOut,
            (Self::OptIn { since }, Some(days))
                if since.plus_days(days).is_some_and(|end| end <= instant) =>
            {
                ChoiceState::OptInExpired
            }
            (Self::OptIn { .. }, _) => ChoiceState::OptedIn,
            (Self::Silent, _) => ChoiceState::Silent,
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
    /// Returns the state of the choice, where an opt-in counts for so many days (for ever, if none
    /// are given).
    pub(crate) fn state(self, opt_in_lifetime_days: Option<u32>) -> ChoiceState {
        self.preference.state(self.instant, opt_in_lifetime_days)
    }
}

impl Choices {
    /// Adds a choice for a purpose; one that is already there changes nothing.
    pub fn insert(&mut self, purpose: Purpose, entry: Entry<ChoiceMade>) {
        let log = self.by_purpose.entry(purpose).or_default();
        if entry.value().counts() {
            log.counted.insert(entry);
        } else {
            log.ignored.insert(entry);
        }
    }

    /// Adds every choice of another collection: commutative, associative and idempotent.
    pub fn merge(&mut self, other: Self) {
        for (purpose, theirs) in other.by_purpose {
            let ours = self.by_purpose.entry(purpose).or_default();
            ours.counted.merge(theirs.counted);
            ours.ignored.merge(theirs.ignored);
        }
    }

    /// Every choice, ignored ones included, by purpose and then by instant.
    pub fn iter(&self) -> impl Iterator<Item = (&Purpose, &Entry<ChoiceMade>)> {
        self.by_purpose.iter().flat_map(|(purpose, log)| {
            let mut entries: Vec<_> = log.counted.iter().chain(&log.ignored).collect();
            entries.sort_unstable();
            entries.into_iter().map(move |entry| (purpose, entry))
        })
    }

    /// The counted choices that stand at the instant for the purpose and for each wider one.
    pub(crate) fn in_force<'a, 'p>(
        &'a self,
        purpose: &'p Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
    ) -> impl Iterator<Item = (&'a Purpose, &'a [Entry<ChoiceMade>])> + use<'a, 'p> {
        self.by_purpose
            .iter()
            .filter(|(chosen_for, _)| chosen_for.includes(purpose))
            .map(move |(chosen_for, log)| (chosen_for, log.counted.in_force(instant, known_at)))
    }

    /// Samples the choices for a purpose at an instant, as far as known at another (all, if none is
    /// given).
    pub(crate) fn sample(
        &self,
        purpose: &Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
    ) -> SampledChoice {
        let mut preference = Preference::Silent;
        for (chosen_for, entries) in self.in_force(purpose, instant, known_at) {
            for entry in entries {
                preference = match (entry.value().choice(), preference) {
                    (Choice::OptOut, _) | (Choice::OptIn, Preference::OptOut) => Preference::OptOut,
                    (Choice::OptIn, _) if chosen_for == purpose => {
                        Preference::OptIn { since: entry.at() }
                    }
                    // An opt-in for a wider purpose decides nothing for a narrower one.
                    (Choice::OptIn, Preference::OptIn { .. } | Preference::Silent) => preference,
                };
            }
        }
        SampledChoice { instant, preference }
    }

    /// What the choices for a purpose come to, change by change: at every instant what a sample of
    /// that instant finds.
    pub(crate) fn preferences(
        &self,
        purpose: &Purpose,
        known_at: Option<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, Preference)> {
        let logs = self.by_purpose.iter().filter(|(chosen_for, _)| chosen_for.includes(purpose));
        let counted = logs.flat_map(|(_, log)| log.counted.iter());
        let known = counted.filter(|entry| entry.is_known_at(known_at));
        let mut instants: Vec<Timestamp> = known.map(Entry::at).collect();
        instants.sort_unstable();
        instants.dedup();
        let mut before = Preference::Silent;
        instants.into_iter().filter_map(move |instant| {
            let preference = self.sample(purpose, instant, known_at).preference;
            let changed = preference != std::mem::replace(&mut before, preference);
            changed.then_some((instant, preference))
        })
    }
}

/// What the choices for a purpose are at one sampled instant.
#[derive(Clone, Copy)]
pub struct ChoiceSample<'a> {
    choices: &'a Choices,
    purpose: &'a Purpose,
    known_at: Option<Timestamp>,
    sampled: SampledChoice,
}

impl fmt::Debug for ChoiceSample<'_> {
    /// Prints what was asked for, and no choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChoiceSample")
            .field("purpose", &self.purpose.as_str())
            .field("instant", &self.instant())
            .finish_non_exhaustive()
    }
}

impl<'a> ChoiceSample<'a> {
    /// Returns what was sampled of choices, with the choices to cite for it.
    pub(crate) const fn new(
        choices: &'a Choices,
        purpose: &'a Purpose,
        known_at: Option<Timestamp>,
        sampled: SampledChoice,
    ) -> Self {
        Self { choices, purpose, known_at, sampled }
    }

    /// The instant that was looked at.
    #[must_use]
    pub const fn instant(self) -> Timestamp {
        self.sampled.instant
    }

    /// The purpose that was asked for.
    #[must_use]
    pub const fn purpose(self) -> &'a Purpose {
        self.purpose
    }

    /// The state of the choice, under a lifetime of opt-ins in days where a policy sets one.
    ///
    /// An opt-in counts only while it is younger than its lifetime.
    #[must_use]
    pub fn state(self, opt_in_lifetime_days: Option<u32>) -> ChoiceState {
        self.sampled.state(opt_in_lifetime_days)
    }

    /// The counted choices that stand, for the purpose and for wider ones: what the state rests on.
    pub fn in_force(self) -> impl Iterator<Item = (&'a Purpose, &'a Entry<ChoiceMade>)> {
        self.choices
            .in_force(self.purpose, self.sampled.instant, self.known_at)
            .flat_map(|(purpose, entries)| entries.iter().map(move |entry| (purpose, entry)))
    }
}
