//! Regions and areas: named sets of countries, and the places that a rule can name.

use std::fmt;
use std::sync::Arc;

use crate::values::place::{Countries, Country, Place, Subdivision};
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

/// A named set of countries with dated membership, such as the EEA.
///
/// The crate ships `EU`, `EEA` and `EFTA` in the [`Gazetteer`](crate::policy::Gazetteer). A policy
/// may define its own regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    name: Box<str>,
    /// Ascending, without duplicates.
    members: Vec<(Country, Span)>,
    /// Every country that was a member at any time: a quick first check.
    ever: Countries,
}

impl Region {
    pub(crate) fn new(name: &str, members: impl IntoIterator<Item = (Country, Span)>) -> Self {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_unstable();
        members.dedup();
        let ever = members.iter().map(|(country, _)| *country).collect();
        Self { name: name.into(), members, ever }
    }

    /// Returns the name by which rules refer to the region.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Checks whether the country is a member at the instant.
    #[must_use]
    pub fn contains(&self, country: Country, instant: Timestamp) -> bool {
        if !self.ever.contains(country) {
            return false;
        }
        let first = self.members.partition_point(|(member, _)| *member < country);
        let from_first = self.members.iter().skip(first);
        let mut spans = from_first.take_while(|(member, _)| *member == country);
        spans.any(|(_, span)| span.contains(instant))
    }

    /// Returns every membership as a country and a span, sorted by country. A country may have
    /// several.
    pub fn members(&self) -> impl Iterator<Item = (Country, Span)> {
        self.members.iter().copied()
    }
}

words! {
    /// The closeness with which an area names a place. A later value is closer and takes
    /// precedence.
    pub enum Closeness as "a closeness" {
        /// Through `*`.
        Everywhere = "everywhere",
        /// Through a region that the place is in.
        Region = "region",
        /// By its country.
        Country = "country",
        /// By its subdivision.
        Subdivision = "subdivision",
    }
}

/// An area that a rule lists in `in` or `except`: everywhere, a region, a country or a subdivision.
///
/// An area with a greater [`Closeness`] takes precedence. The cut-off decides who is a member of a
/// region.
///
/// ```
/// use may_train::policy::{Area, Closeness, Gazetteer};
/// use may_train::Timestamp;
///
/// let eea = Area::Region(Gazetteer::region("EEA").unwrap().clone());
/// let as_of: Timestamp = "2024-09-18".parse()?;
/// assert_eq!(eea.names("RE".parse()?, as_of), Some(Closeness::Region)); // Réunion
/// assert_eq!(eea.names("GB".parse()?, as_of), None); // since 2021
///
/// let california = Area::from("US-CA".parse::<may_train::Place>()?);
/// assert_eq!(california.names("US".parse()?, as_of), None); // the state is not known
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// `*`: every known place.
    Everywhere,
    /// The members of a region at the cut-off.
    Region(Arc<Region>),
    /// A country (ISO 3166-1) with all its subdivisions.
    Country(Country),
    /// A subdivision (ISO 3166-2).
    Subdivision(Subdivision),
}

impl Area {
    /// Returns how closely the area names the place at the instant; `None` if the place is outside.
    #[must_use]
    pub fn names(&self, place: Place, instant: Timestamp) -> Option<Closeness> {
        let (inside, closeness) = match self {
            Self::Everywhere => (true, Closeness::Everywhere),
            Self::Region(region) => (region.contains(place.country(), instant), Closeness::Region),
            Self::Country(country) => (*country == place.country(), Closeness::Country),
            Self::Subdivision(part) => (place.subdivision() == Some(*part), Closeness::Subdivision),
        };
        inside.then_some(closeness)
    }

    /// Checks whether the area is a subdivision of a place that is known by its country alone.
    pub(crate) fn is_part_of(&self, place: Place) -> bool {
        match (self, place) {
            (Self::Subdivision(part), Place::Country(country)) => part.country() == country,
            (_, _) => false,
        }
    }

    /// Returns the spans of the memberships if the area is a region, and no spans otherwise.
    pub(crate) fn memberships(&self) -> impl Iterator<Item = Span> {
        let region = match self {
            Self::Region(region) => Some(region),
            Self::Everywhere | Self::Country(_) | Self::Subdivision(_) => None,
        };
        region.into_iter().flat_map(|region| region.members()).map(|(_, span)| span)
    }
}

impl From<Place> for Area {
    fn from(place: Place) -> Self {
        match place {
            Place::Country(country) => Self::Country(country),
            Place::Subdivision(part) => Self::Subdivision(part),
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.pad("*"),
            Self::Region(region) => f.pad(region.name()),
            Self::Country(country) => fmt::Display::fmt(country, f),
            Self::Subdivision(part) => fmt::Display::fmt(part, f),
        }
    }
}

impl serde::Serialize for Area {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
