//! Regimes, the states of a choice, and the decision table: `Regime` × `ChoiceState` → grounds.

use crate::values::ground::{Ground, Grounds};
use crate::values::text::words;
use crate::values::time::Timestamp;

/// The version of the meaning of a decision.
///
/// It grows whenever a release decides anything differently. Every sealed run carries the version
/// that it was decided under.
pub const SEMANTICS_VERSION: u32 = 2;

words! {
    /// A regime: the setting that a policy offers to the people of a place, and what their silence
    /// means.
    ///
    /// The strictest regime comes first. If several rules apply, the grounds of each count. An
    /// opt-out keeps data out under every regime.
    ///
    /// ```
    /// use may_train::{ChoiceState, Ground, Grounds, Regime};
    ///
    /// let silence = |regime: Regime| regime.grounds(ChoiceState::Silent);
    /// assert_eq!(silence(Regime::Excluded), Ground::RegionExcluded.alone());
    /// assert_eq!(silence(Regime::OptIn), Ground::NotOptedIn.alone());
    /// assert_eq!(silence(Regime::OptOut), Grounds::NONE);
    /// for regime in Regime::ALL {
    ///     assert!(regime.grounds(ChoiceState::OptedOut).contains(Ground::OptedOut));
    /// }
    /// ```
    #[cfg_attr(
        feature = "schema",
        schemars(description = "What the policy offers to people there; the strictest comes first.")
    )]
    pub enum Regime as "a regime" {
        /// The platform uses nobody's data and offers no setting, "until further notice".
        Excluded = "excluded",
        /// A setting is off until the subject turns it on (DPV: consent).
        OptIn = "opt-in",
        /// A setting is on until the subject turns it off. Silence is not consent; DPV calls it
        /// `LegitimateInterestNotObjected`.
        OptOut = "opt-out",
        /// The platform uses data and offers no setting. It still honours an opt-out.
        NoChoice = "no-choice",
    }
}

words! {
    /// The state in which the platform hands a setting to the subject.
    ///
    /// ```
    /// use may_train::{DefaultSetting, Regime};
    ///
    /// assert_eq!(Regime::OptOut.default_setting(), DefaultSetting::On);
    /// assert_eq!(Regime::Excluded.default_setting(), DefaultSetting::NotOffered);
    /// ```
    pub enum DefaultSetting as "a default setting" {
        /// There is no setting.
        NotOffered = "none",
        /// Off: silence means no.
        Off = "off",
        /// On: silence means yes.
        On = "on",
    }
}

words! {
    /// The state of a subject's choice for a purpose at an instant (DPV: consent status).
    ///
    /// An opt-out takes precedence over an opt-in.
    pub enum ChoiceState as "a state of a choice" {
        /// The last counted choice for the purpose, or for a wider purpose, is an opt-out.
        OptedOut = "opted-out",
        /// The last counted choice for exactly the purpose is an opt-in (DPV: `ConsentGiven`).
        OptedIn = "opted-in",
        /// That choice is an opt-in which no longer counts: it has reached its lifetime, or it was
        /// given before the first instant that counts.
        OptInExpired = "opt-in-expired",
        /// There is no such opt-out and no such opt-in (DPV: `ConsentUnknown`).
        Silent = "silent",
    }
}

/// The conditions under which an opt-in counts: its lifetime and the earliest instant.
///
/// Without conditions, every opt-in counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OptIns {
    /// Opt-ins count if they are younger than this many days of 24 hours.
    pub lifetime_days: Option<u32>,
    /// Opt-ins count if they were given at this instant or later. An earlier one answered another
    /// notice.
    pub from: Option<Timestamp>,
}

impl OptIns {
    /// Checks whether an opt-in that was given at `since` no longer counts at `instant`.
    pub(crate) fn is_expired(self, since: Timestamp, instant: Timestamp) -> bool {
        let end = self.lifetime_days.and_then(|days| since.plus_days(days));
        end.is_some_and(|end| end <= instant) || self.from.is_some_and(|from| since < from)
    }
}

impl Regime {
    /// Returns the default of the setting that the regime offers.
    #[must_use]
    pub const fn default_setting(self) -> DefaultSetting {
        match self {
            Self::Excluded | Self::NoChoice => DefaultSetting::NotOffered,
            Self::OptIn => DefaultSetting::Off,
            Self::OptOut => DefaultSetting::On,
        }
    }

    /// Returns the grounds against a record whose subject has this state of choice, under this
    /// regime.
    ///
    /// This is the decision table: no other code combines regimes and choices.
    ///
    /// ```
    /// use may_train::{ChoiceState, Ground, Grounds, Regime};
    ///
    /// assert_eq!(Regime::OptOut.grounds(ChoiceState::Silent), Grounds::NONE);
    /// assert_eq!(Regime::OptIn.grounds(ChoiceState::Silent), Ground::NotOptedIn.alone());
    /// ```
    #[must_use]
    pub const fn grounds(self, choice: ChoiceState) -> Grounds {
        const EXCLUDED: Grounds = Ground::RegionExcluded.alone();
        const OPTED_OUT: Grounds = Ground::OptedOut.alone();
        match (self, choice) {
            (Self::Excluded, ChoiceState::OptedOut) => EXCLUDED.union(OPTED_OUT),
            (
                Self::Excluded,
                ChoiceState::OptedIn | ChoiceState::OptInExpired | ChoiceState::Silent,
            ) => EXCLUDED,
            (Self::OptIn | Self::OptOut | Self::NoChoice, ChoiceState::OptedOut) => OPTED_OUT,
            (Self::OptIn, ChoiceState::OptInExpired) => Ground::OptInExpired.alone(),
            (Self::OptIn, ChoiceState::Silent) => Ground::NotOptedIn.alone(),
            (Self::OptIn | Self::OptOut | Self::NoChoice, ChoiceState::OptedIn)
            | (Self::OptOut | Self::NoChoice, ChoiceState::OptInExpired | ChoiceState::Silent) => {
                Grounds::NONE
            }
        }
    }
}
