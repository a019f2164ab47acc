//! Classes: groups of people or data that a policy treats as equal.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::values::id::RevisionId;
use crate::values::kind::{Audience, Kind};
use crate::values::place::{Place, Subdivision};
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

/// A policy at a cut-off: the input of coverage and of comparisons.
///
/// ```
/// use may_train::review::PolicyAt;
/// use may_train::Policy;
///
/// let policy = Policy::shipped("linkedin")?;
/// let at = PolicyAt::new(&policy, "2024-12-01".parse()?);
/// assert_eq!(at.to_string(), "linkedin/2024-10-11 at 2024-12-01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PolicyAt<'a> {
    policy: &'a Policy,
    as_of: Timestamp,
}

impl<'a> PolicyAt<'a> {
    /// Returns the policy at the given cut-off.
    #[must_use]
    pub const fn new(policy: &'a Policy, as_of: Timestamp) -> Self {
        Self { policy, as_of }
    }

    /// Returns the policy.
    #[must_use]
    pub const fn policy(self) -> &'a Policy {
        self.policy
    }

    /// Returns the cut-off.
    #[must_use]
    pub const fn as_of(self) -> Timestamp {
        self.as_of
    }

    /// Returns the revision in force at the cut-off; `None` if no revision is in force.
    #[must_use]
    pub fn revision(self) -> Option<&'a Revision> {
        self.policy.in_force(self.as_of)
    }
}

impl fmt::Display for PolicyAt<'_> {
    /// Writes platform, revision and cut-off, as in `linkedin/2024-10-11 at 2024-12-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.revision().map_or("no revision", |r| Revision::id(r).as_str());
        write!(f, "{}/{revision} at {}", self.policy.platform(), self.as_of)
    }
}

/// The policy, revision and cut-off from which a result was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Origin {
    platform: crate::values::id::Platform,
    purpose: crate::values::kind::Purpose,
    revision: Option<RevisionId>,
    as_of: Timestamp,
}

impl Origin {
    pub(crate) fn of(side: PolicyAt<'_>) -> Self {
        Self {
            platform: side.policy.platform().clone(),
            purpose: side.policy.purpose().clone(),
            revision: side.revision().map(|revision| revision.id().clone()),
            as_of: side.as_of,
        }
    }

    pub(crate) const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    pub(crate) const fn revision(&self) -> Option<&RevisionId> {
        self.revision.as_ref()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { platform, purpose, as_of, .. } = self;
        let revision = self.revision().map_or("no revision", RevisionId::as_str);
        write!(f, "{platform}/{revision} ({purpose}) at {as_of}")
    }
}

/// A class of kinds of data, as the policy distinguishes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KindClass {
    /// A kind that the policy names.
    Named(Kind),
    /// Every kind that the policy does not name.
    Other,
}

impl fmt::Display for KindClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(kind) => fmt::Display::fmt(kind, f),
            Self::Other => f.pad("any other"),
        }
    }
}

/// A class of audiences, as the policy distinguishes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AudienceClass {
    /// An audience that the policy names.
    Named(Audience),
    /// Every audience that the policy does not name.
    Other,
    /// The audience of the subject is unknown.
    Unknown,
}

impl fmt::Display for AudienceClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(audience) => fmt::Display::fmt(audience, f),
            Self::Other => f.pad("any other"),
            Self::Unknown => f.pad("unknown"),
        }
    }
}

/// A class of ages, in whole years, when the record was created, bounded by the policy's minimum
/// ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeClass {
    /// The policy sets no minimum age: this class holds every age, and unknown ages.
    Any,
    /// Ages from one age up to, but not including, another.
    Between {
        /// The youngest age, in whole years.
        from: u8,
        /// The first age above the class, in whole years; `None` if the class has no upper bound.
        until: Option<u8>,
    },
    /// The birth of the subject is unknown.
    Unknown,
}

impl fmt::Display for AgeClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Any => f.pad("any"),
            Self::Between { from: 0, until: None } => f.pad("known"),
            Self::Between { from: 0, until: Some(until) } => f.pad(&format!("under {until}")),
            Self::Between { from, until: None } => f.pad(&format!("{from} and over")),
            Self::Between { from, until: Some(until) } if until == from.saturating_add(1) => {
                f.pad(&from.to_string())
            }
            Self::Between { from, until: Some(until) } => {
                f.pad(&format!("{from} to {}", until.saturating_sub(1)))
            }
            Self::Unknown => f.pad("unknown"),
        }
    }
}

/// A span of creation times that the policy treats as equal.
///
/// An open span begins at [`Timestamp::MIN`], or has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreatedClass(pub(crate) Span);

impl CreatedClass {
    /// Returns the span.
    #[must_use]
    pub const fn span(self) -> Span {
        self.0
    }
}

impl fmt::Display for CreatedClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.start(), self.0.end()) {
            (Timestamp::MIN, None) => f.pad("any"),
            (Timestamp::MIN, Some(until)) => f.pad(&format!("before {until}")),
            (from, None) => f.pad(&format!("from {from}")),
            (from, Some(until)) => f.pad(&format!("from {from} until {until}")),
        }
    }
}

words! {
    /// A class of choice histories for the purpose, as the reach of an opt-out distinguishes them.
    pub enum ChoiceClass as "a history of choices" {
        /// The subject never chose.
        Silent = "silent",
        /// The subject opted in before the record was created, and again at the cut-off, so that
        /// the opt-in has not expired.
        OptedIn = "opted-in",
        /// The subject had opted out when the record was created, and never opted in again.
        OptedOut = "opted-out",
        /// The subject had not chosen when the record was created, and opted in later.
        OptedInLater = "opted-in-later",
        /// The subject had not chosen when the record was created, and opted out later.
        OptedOutLater = "opted-out-later",
        /// The subject had opted in when the record was created, and opted out later.
        OptInWithdrawn = "opt-in-withdrawn",
        /// The subject had opted out when the record was created, and opted in later.
        OptedBackIn = "opted-back-in",
        /// The subject opted in so long ago that the opt-in has expired under every lifetime.
        OptInExpired = "opt-in-expired",
    }
}

/// Serialises the value as the text that `Display` prints.
macro_rules! serialize_as_text {
    ($($type:ty),+) => { $(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+ };
}

serialize_as_text!(KindClass, AudienceClass, AgeClass, CreatedClass);

/// Some or all of the classes that a policy distinguishes.
///
/// Serialises as `"any"` or as a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope<T> {
    /// All classes.
    Any,
    /// These classes, ascending; the list is never empty.
    Only(Vec<T>),
}

impl<T> Scope<T> {
    /// Returns whether the scope includes the class.
    pub fn contains(&self, class: &T) -> bool
    where
        T: PartialEq,
    {
        match self {
            Self::Any => true,
            Self::Only(classes) => classes.contains(class),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Scope<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("any"),
            Self::Only(classes) => f.pad(&list(classes)),
        }
    }
}

impl<T: Serialize> Serialize for Scope<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("any"),
            Self::Only(classes) => serializer.collect_seq(classes),
        }
    }
}

/// A set of places: countries, and the subdivisions that the policy names.
///
/// Serialises as a list of codes. Prints the regions that lie wholly in the set by name, and the
/// other places by code, as in `EEA, CH`. If fewer places are missing than included, it prints
/// `everywhere but` and the missing ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Places {
    /// The places in the set and the other places, each by code.
    members: Vec<Place>,
    others: Vec<Place>,
    words: String,
    names: Vec<String>,
}

impl Places {
    /// Returns the set, given its members, all other places, and the regions that it may print by
    /// name.
    pub(crate) fn new(
        members: Vec<Place>,
        others: Vec<Place>,
        regions: &BTreeMap<String, Vec<Place>>,
    ) -> Self {
        let (words, names) = if others.is_empty() {
            ("everywhere".to_owned(), vec!["everywhere".to_owned()])
        } else if others.len() < members.len() {
            let others = in_regions(&others, &members, regions);
            let name = format!("everywhere-but-{}", others.join("+"));
            (format!("everywhere but {}", others.join(", ")), vec![name])
        } else {
            let names = in_regions(&members, &others, regions);
            (names.join(", "), names)
        };
        Self { members, others, words, names }
    }

    /// Returns the set as words without spaces: its regions and places, or a single
    /// `everywhere-but-…`.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the places, by code.
    ///
    /// If the policy names a subdivision of a country, the code `0`, as in `US-0`, means the rest
    /// of the country. The country itself then means residents whose subdivision is unknown.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        self.members.iter().copied()
    }

    /// Returns whether the place is in the set. A subdivision that the policy does not name counts
    /// as the rest of its country.
    #[must_use]
    pub fn contains(&self, place: Place) -> bool {
        let rest = Subdivision::rest_of(place.country()).into();
        let mut known = [place, rest, place.country().into()].into_iter();
        let stands_in = known.find(|p| self.members.contains(p) || self.others.contains(p));
        stands_in.is_some_and(|place| self.members.contains(&place))
    }
}

/// Returns the places as words: first the regions that lie wholly among them, largest first, and
/// then the remaining places by code.
fn in_regions(
    places: &[Place],
    others: &[Place],
    regions: &BTreeMap<String, Vec<Place>>,
) -> Vec<String> {
    let mut rest = places.to_vec();
    let mut words = Vec::new();
    let mut regions: Vec<_> = regions.iter().collect();
    regions.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    for (name, members) in regions {
        // The region's name would be wrong if one of its subdivisions were among the other places.
        let split = others.iter().any(|other| members.contains(&other.country().into()));
        if members.len() > 2 && !split && members.iter().all(|place| rest.contains(place)) {
            rest.retain(|place| !members.contains(place));
            words.push(name.clone());
        }
    }
    words.extend(rest.iter().map(Place::to_string));
    words
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.words)
    }
}

impl Serialize for Places {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.members)
    }
}

/// Returns the values separated by commas.
pub(crate) fn list<T: fmt::Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
