//! Grounds (reasons to refuse a record), sets of grounds, and the verdict of a set.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{BitOr, BitOrAssign};

use crate::values::text::words;

words! {
    /// A reason why a record may not enter a training set.
    ///
    /// A ground is either a refusal or a gap: see [`Ground::class`]. The order of the variants is
    /// the order of their bits, which never changes. Explanations list grounds in the same order.
    ///
    /// ```
    /// use may_train::{Ground, Policy, Record, Registry, Subject, Verdict};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// let subject = Subject::new("u1".parse()?);
    /// registry.insert(subject.with_residence("FR".parse()?, "2019-01-01".parse()?))?;
    /// let post = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
    /// let post = post.with_subject("u1".parse()?);
    ///
    /// let view = registry.view(&policy, "2024-10-01".parse()?);
    /// let decision = view.decide(&post);
    /// assert_eq!(decision.verdict(), Verdict::Ineligible);
    /// assert!(decision.grounds().contains(Ground::RegionExcluded));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub enum Ground as "a ground" {
        /// No revision of the policy is in force at the cut-off.
        NoPolicyInForce = "no-policy-in-force",
        /// An applying rule excludes the place. No choice of the subject changes that.
        RegionExcluded = "region-excluded",
        /// The choice at a sampled instant is an opt-out (DPV: `ConsentRefused`,
        /// `ConsentWithdrawn`).
        OptedOut = "opted-out",
        /// An applying rule requires an opt-in, and there is no choice at a sampled instant.
        NotOptedIn = "not-opted-in",
        /// An applying rule requires an opt-in, and the opt-in at a sampled instant no longer
        /// counts.
        ///
        /// It has reached its lifetime (DPV: `ConsentExpired`), or it was given before the first
        /// instant that counts.
        OptInExpired = "opt-in-expired",
        /// An applying rule does not cover the kind of data.
        KindNotCovered = "kind-not-covered",
        /// The subject had not reached the minimum age of an applying rule when the record was
        /// created.
        UnderAge = "under-age",
        /// The record was created before the earliest instant that an applying rule accepts.
        CreatedOutsideWindow = "created-outside-window",
        /// A restriction of the record or of a subject is in force at the cut-off (GDPR, article
        /// 18).
        Restricted = "restricted",
        /// A subject is erased at the cut-off (GDPR, article 17).
        SubjectErased = "subject-erased",
        /// The record is deleted at the cut-off.
        RecordDeleted = "record-deleted",
        /// The record was created after the cut-off.
        NotYetCreated = "not-yet-created",
        /// The registry does not know a subject, or the record names none.
        SubjectUnknown = "subject-unknown",
        /// The residence of a subject is unknown at a sampled instant.
        ResidenceUnknown = "residence-unknown",
        /// A rule selects by audience and otherwise matches, but the audience of the subject is
        /// unknown at the cut-off.
        AudienceUnknown = "audience-unknown",
        /// An applying rule has a minimum age, and the birth of the subject is unknown.
        AgeUnknown = "age-unknown",
        /// A rule names a subdivision of a country, and only the country of a residence is known.
        SubdivisionUnknown = "subdivision-unknown",
    }
}

words! {
    /// The class of a ground: a known reason to refuse, or a fact that is missing.
    pub enum GroundClass as "a class of grounds" {
        /// The facts refuse the record: it is ineligible.
        Refusal = "refusal",
        /// A fact is missing. A record with gaps and no refusal is indeterminate.
        Gap = "gap",
    }
}

impl Ground {
    /// Returns whether the ground is a refusal or a gap.
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

    /// Returns the set that holds this ground alone.
    #[must_use]
    pub const fn alone(self) -> Grounds {
        #[allow(clippy::as_conversions, reason = "the place in an enum of seventeen")]
        Grounds(1 << self as u32)
    }
}

words! {
    /// The answer for a record: eligible, ineligible or indeterminate.
    ///
    /// Only an eligible record may enter a training set. A refusal outweighs a missing fact: a
    /// record with both is ineligible.
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
        /// There is no ground against the record. It may enter.
        Eligible = "eligible",
        /// There is a refusal.
        Ineligible = "ineligible",
        /// A fact is missing, and there is no refusal (XACML: *Indeterminate*).
        Indeterminate = "indeterminate",
    }
}

/// A set of grounds. The empty set means that the record is eligible.
///
/// A decision is the union of the sets that subjects, places and rules give. The order of these,
/// and duplicates among them, can therefore not matter. The set serialises as a list of codes.
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
    /// The empty set: the record is eligible.
    pub const NONE: Self = Self(0);

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

    /// Returns the grounds of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Checks whether the ground is in the set.
    #[must_use]
    pub const fn contains(self, ground: Ground) -> bool {
        self.0 & ground.alone().0 != 0
    }

    /// Checks whether every ground of this set is in the other.
    #[must_use]
    pub const fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Checks whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the verdict: eligible if the set is empty, ineligible if it has a refusal, and
    /// otherwise indeterminate.
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

    /// Returns the set as a number, with one bit for each ground. The first variant of [`Ground`]
    /// has the lowest bit. The bit of a ground never changes, because stored tables hold such numbers.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Returns the set for a number from [`Grounds::bits`]. Bits that no ground has are ignored.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Returns the grounds, in the order of the variants of [`Ground`].
    #[must_use]
    pub fn iter(self) -> impl FusedIterator<Item = Ground> {
        Ground::ALL.iter().copied().filter(move |ground| self.contains(*ground))
    }

    /// Returns the codes, sorted.
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
    /// Writes the codes, sorted and joined by commas.
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
    /// Writes the list of the codes, sorted.
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
