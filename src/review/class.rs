//! Classes: the people and the data that a policy cannot tell apart share one.

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

/// A policy at a cut-off: what coverage and comparisons look at.
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
    /// The policy at that cut-off.
    #[must_use]
    pub const fn new(policy: &'a Policy, as_of: Timestamp) -> Self {
        Self { policy, as_of }
    }

    /// The policy.
    #[must_use]
    pub const fn policy(self) -> &'a Policy {
        self.policy
    }

    /// The cut-off.
    #[must_use]
    pub const fn as_of(self) -> Timestamp {
        self.as_of
    }

    /// The revision in force then, if there is one.
    #[must_use]
    pub fn revision(self) -> Option<&'a Revision> {
        self.policy.in_force(self.as_of)
    }
}

impl fmt::Display for PolicyAt<'_> {
    /// As in `linkedin/2024-10-11 at 2024-12-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.revision().map_or("no revision", |r| Revision::id(r).as_str());
        write!(f, "{}/{revision} at {}", self.policy.platform(), self.as_of)
    }
}

/// Which policy, revision and cut-off something was computed from.
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

/// A kind of data, as a policy tells kinds apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KindClass {
    /// A kind that the policy names.
    Named(Kind),
    /// Every kind that it does not name.
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

/// An audience, as a policy tells audiences apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AudienceClass {
    /// An audience that the policy names.
    Named(Audience),
    /// Every audience that it does not name.
    Other,
    /// Nothing is known about the audience.
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

/// An age when the record was created, in whole years, as a policy's minimum ages tell ages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeClass {
    /// No minimum age is set: any age, also an unknown one.
    Any,
    /// From an age on, up to but not including another.
    Between {
        /// The youngest, in whole years.
        from: u8,
        /// The first age that is too old for the class, where there is one.
        until: Option<u8>,
    },
    /// The birth is unknown.
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

/// A span of creation instants, within which a policy tells no two apart; from the first instant
/// of time, or without end, where it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreatedClass(pub(crate) Span);

impl CreatedClass {
    /// The span.
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
    /// A subject's history of choices for the purpose, as the reaches of opt-outs tell them apart.
    pub enum ChoiceClass as "a history of choices" {
        /// No choice was ever made.
        Silent = "silent",
        /// Opted in when the record was created, and again at the cut-off: the opt-in is fresh.
        OptedIn = "opted-in",
        /// Opted out when the record was created, and ever since.
        OptedOut = "opted-out",
        /// Silent when the record was created, opted in since.
        OptedInLater = "opted-in-later",
        /// Silent when the record was created, opted out since.
        OptedOutLater = "opted-out-later",
        /// Opted in when the record was created, opted out since.
        OptInWithdrawn = "opt-in-withdrawn",
        /// Opted out when the record was created, opted in since.
        OptedBackIn = "opted-back-in",
        /// Opted in once, so long ago that every lifetime has run out.
        OptInExpired = "opt-in-expired",
    }
}

/// Serialises as `Display` prints.
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

/// Some of the classes that a policy tells apart, or all of them.
///
/// Serialises as `"any"` or as a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope<T> {
    /// All of them.
    Any,
    /// These, ascending; never none.
    Only(Vec<T>),
}

impl<T> Scope<T> {
    /// Whether the scope takes the class in.
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

/// Places of those that a policy tells apart: every country, and the subdivisions it names.
///
/// Serialises as the list of codes. Prints by the regions that the rules name, as in `EEA, CH`, where
/// the whole of one is among them, and as `everywhere but` the others where these are few.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Places {
    /// Both by code.
    members: Vec<Place>,
    others: Vec<Place>,
    words: String,
    names: Vec<String>,
}

impl Places {
    /// The places, of all those that there are; with the regions to tell them by.
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

    /// The places as words without a space: regions and places, or one word for everywhere but some.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The places, by code. Of a country of which the policy names a subdivision, the country is only
    /// that of which no more is known, and the code `0`, as in `US-0`, stands for the rest of it.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        self.members.iter().copied()
    }

    /// Whether the place is among them; a subdivision that the policy does not name, as the rest of
    /// its country.
    #[must_use]
    pub fn contains(&self, place: Place) -> bool {
        let rest = Subdivision::rest_of(place.country()).into();
        let mut known = [place, rest, place.country().into()].into_iter();
        let stands_in = known.find(|p| self.members.contains(p) || self.others.contains(p));
        stands_in.is_some_and(|place| self.members.contains(&place))
    }
}

/// Places by the regions that lie wholly among them, the largest first, and the rest by code.
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
        // A subdivision elsewhere would make the region's name a lie.
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

/// Values in a row, for people.
pub(crate) fn list<T: fmt::Display>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
