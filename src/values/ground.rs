//! Grounds against a record, sets of them, and the verdict that a set gives.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{BitOr, BitOrAssign};

use crate::values::text::words;

words! {
    /// A reason why a record may not enter a training set.
    ///
    /// Declared in the order of their bits, which never changes, and in which explanations tell them; [`Grounds`] serialise by code.
    pub enum Ground as "a ground" {
        /// No revision of the policy is in force at the cut-off.
        NoPolicyInForce = "no-policy-in-force",
        /// An applying rule excludes the place; no setting is offered, whatever was chosen.
        RegionExcluded = "region-excluded",
        /// At a sampled instant the choice is an opt-out (DPV: `ConsentRefused`, `ConsentWithdrawn`).
        OptedOut = "opted-out",
        /// An applying rule asks for an opt-in, and at a sampled instant there is no choice.
        NotOptedIn = "not-opted-in",
        /// An applying rule asks for an opt-in, and at a sampled instant it is as old as its
        /// lifetime, or older (DPV: `ConsentExpired`), or was given before those that count.
        OptInExpired = "opt-in-expired",
        /// An applying rule does not cover the kind of data.
        KindNotCovered = "kind-not-covered",
        /// An applying rule has a minimum age, which the subject had not reached when the record was
        /// created.
        UnderAge = "under-age",
        /// The record is older than an applying rule takes records from.
        CreatedOutsideWindow = "created-outside-window",
        /// A restriction of the record or of a subject is in force at the cut-off (GDPR 18).
        Restricted = "restricted",
        /// A subject is erased at the cut-off (GDPR 17).
        SubjectErased = "subject-erased",
        /// The record is deleted at the cut-off.
        RecordDeleted = "record-deleted",
        /// The record was created after the cut-off.
        NotYetCreated = "not-yet-created",
        /// The registry does not know a subject, or the record names none.
        SubjectUnknown = "subject-unknown",
        /// At a sampled instant a subject's residence is unknown.
        ResidenceUnknown = "residence-unknown",
        /// A rule that would apply selects by audience, and the subject's is unknown at the cut-off.
        AudienceUnknown = "audience-unknown",
        /// An applying rule has a minimum age, and the subject's birth is unknown.
        AgeUnknown = "age-unknown",
        /// Of a sampled residence only the country is known, and a rule names a subdivision of it.
        SubdivisionUnknown = "subdivision-unknown",
    }
}

words! {
    /// Whether a ground is known to stand against the record, or only cannot be ruled out.
    pub enum GroundClass as "a class of grounds" {
        /// Known to stand: the record is ineligible.
        Refusal = "refusal",
        /// A fact is missing: with gaps alone the record is indeterminate.
        Gap = "gap",
    }
}

impl Ground {
    /// Whether the ground is a refusal or a gap.
    ///
    /// ```
    /// use may_train::{Ground, GroundClass};
    ///
    /// assert_eq!(Ground::OptedOut.class(), GroundClass::Refusal);
    /// assert_eq!(Ground::ResidenceUnknown.class(), GroundClass::Gap);
    /// ```
    #[must_use]
    pub const fn class(self) -> GroundClass {
        match self {
            Self::NoPolicyInForce
            | Self::RegionExcluded
            | Self::OptedOut
            | Self::NotOptedIn
            | Self::OptInExpired
            | Self::KindNotCovered
            | Self::UnderAge
            | Self::CreatedOutsideWindow
            | Self::Restricted
            | Self::SubjectErased
            | Self::RecordDeleted
            | Self::NotYetCreated => GroundClass::Refusal,
            Self::SubjectUnknown
            | Self::ResidenceUnknown
            | Self::AudienceUnknown
            | Self::AgeUnknown
            | Self::SubdivisionUnknown => GroundClass::Gap,
        }
    }

    /// The set that holds this ground alone.
    #[must_use]
    pub const fn alone(self) -> Grounds {
        #[allow(clippy::as_conversions, reason = "the place in an enum of seventeen")]
        Grounds(1 << self as u32)
    }
}

words! {
    /// The verdict on a record: eligible, ineligible or indeterminate. Only `eligible` admits a
    /// record.
    ///
    /// A refusal outweighs a missing fact: a record with both is ineligible.
    ///
    /// ```
    /// use may_train::{Ground, Grounds, Verdict};
    ///
    /// assert_eq!(Grounds::NONE.verdict(), Verdict::Eligible);
    /// let unknown = Ground::ResidenceUnknown.alone();
    /// assert_eq!(unknown.verdict(), Verdict::Indeterminate);
    /// assert_eq!((unknown | Ground::OptedOut.alone()).verdict(), Verdict::Ineligible);
    /// ```
    pub enum Verdict as "a verdict" {
        /// No ground stands against the record. It may enter.
        Eligible = "eligible",
        /// A refusal stands against the record.
        Ineligible = "ineligible",
        /// A fact is missing, and no refusal stands against the record (XACML: *Indeterminate*).
        Indeterminate = "indeterminate",
    }
}

/// A set of grounds: 32 bits, of which 17 are in use. Empty means eligible.
///
/// A decision is a union of such sets, over subjects, places and rules, so neither order nor
/// duplicates nor grouping can matter.
///
/// ```
/// use may_train::{Ground, Grounds, Verdict};
///
/// let grounds = Ground::ResidenceUnknown | Ground::OptedOut;
/// assert_eq!(grounds.verdict(), Verdict::Ineligible);
/// assert_eq!(grounds.to_string(), "opted-out, residence-unknown");
/// assert_eq!(Grounds::NONE.verdict(), Verdict::Eligible);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Grounds(u32);

const _: () = assert!(Ground::ALL.len() <= 32, "a set has a bit for each ground");

impl Grounds {
    /// No ground: eligible.
    pub const NONE: Self = Self(0);

    /// Every ground.
    const ALL: Self = Self((1 << Ground::ALL.len()) - 1);

    const REFUSALS: Self = {
        let mut refusals = Self::NONE;
        let mut rest = Ground::ALL;
        while let [ground, tail @ ..] = rest {
            if matches!(ground.class(), GroundClass::Refusal) {
                refusals = refusals.union(ground.alone());
            }
            rest = tail;
        }
        refusals
    };

    /// The grounds of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the ground stands.
    #[must_use]
    pub const fn contains(self, ground: Ground) -> bool {
        self.0 & ground.alone().0 != 0
    }

    /// Whether every ground of this set is in the other.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether no ground stands.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the verdict: eligible without grounds, ineligible with a refusal, and otherwise
    /// indeterminate.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        if self.is_empty() {
            Verdict::Eligible
        } else if self.0 & Self::REFUSALS.0 != 0 {
            Verdict::Ineligible
        } else {
            Verdict::Indeterminate
        }
    }

    /// Returns the set as a number: a bit a ground, in the order of their declaration. The bit of a ground
    /// never changes, and a new ground has the next one: tables that hold such numbers outlive a version.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set that [`Grounds::bits`] gave as a number; a bit that no ground has is left out.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The grounds, in the order of their declaration.
    #[must_use]
    pub fn iter(self) -> impl FusedIterator<Item = Ground> {
        Ground::ALL.iter().copied().filter(move |ground| self.contains(*ground))
    }

    /// The codes, sorted.
    pub(crate) fn codes(self) -> Vec<&'static str> {
        let mut codes: Vec<_> = self.iter().map(Ground::as_str).collect();
        codes.sort_unstable();
        codes
    }
}

impl From<Ground> for Grounds {
    fn from(ground: Ground) -> Self {
        ground.alone()
    }
}

impl<G: Into<Self>> BitOr<G> for Grounds {
    type Output = Self;
    fn bitor(self, other: G) -> Self {
        self.union(other.into())
    }
}

impl BitOr for Ground {
    type Output = Grounds;
    fn bitor(self, other: Self) -> Grounds {
        self.alone().union(other.alone())
    }
}

impl<G: Into<Self>> BitOrAssign<G> for Grounds {
    fn bitor_assign(&mut self, other: G) {
        *self = self.union(other.into());
    }
}

impl FromIterator<Ground> for Grounds {
    fn from_iter<I: IntoIterator<Item = Ground>>(grounds: I) -> Self {
        grounds.into_iter().fold(Self::NONE, BitOr::bitor)
    }
}

impl fmt::Display for Grounds {
    /// The codes, sorted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.codes().join(", "))
    }
}

impl fmt::Debug for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

impl serde::Serialize for Grounds {
    /// The list of the codes, sorted.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.codes())
    }
}

impl<'de> serde::Deserialize<'de> for Grounds {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let grounds = Vec::<Ground>::deserialize(deserializer)?;
        Ok(grounds.into_iter().collect())
    }
}
