//! Regions: named sets of countries with dated membership, and the areas that rules speak of.

use std::fmt;
use std::sync::Arc;

use crate::values::place::{Countries, Country, Place, Subdivision};
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

/// A named set of countries whose membership is dated.
///
/// `EU`, `EEA` and `EFTA` come with the crate, see [`Gazetteer`](crate::policy::Gazetteer); a policy may
/// define its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    name: Box<str>,
    /// Ascending, without duplicates.
    members: Vec<(Country, Span)>,
    /// Those that ever were one.
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

    /// The name by which rules call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the country is a member at the instant.
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

    /// Every country that ever was a member, with a span of its membership; by country.
    pub fn members(&self) -> impl Iterator<Item = (Country, Span)> {
        self.members.iter().copied()
    }
}

words! {
    /// How closely an area names a place: the later, the closer.
    pub enum Closeness as "a closeness" {
        /// As everywhere.
        Everywhere = "everywhere",
        /// As a member of a region.
        Region = "region",
        /// As that country.
        Country = "country",
        /// As that subdivision.
        Subdivision = "subdivision",
    }
}

/// What a rule's `in` and `except` list: everywhere, a region, a country or a subdivision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Area {
    /// `*`: everywhere that is known.
    Everywhere,
    /// The members of a region, as they are at the cut-off.
    Region(Arc<Region>),
    /// A country with all its subdivisions.
    Country(Country),
    /// A subdivision.
    Subdivision(Subdivision),
}

impl Area {
    /// How closely the area names the place at the instant; nothing if the place is outside.
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

    /// Whether the area is a subdivision of the country that is all that is known of a place.
    pub(crate) fn is_part_of(&self, place: Place) -> bool {
        match (self, place) {
            (Self::Subdivision(part), Place::Country(country)) => part.country() == country,
            (_, _) => false,
        }
    }

    /// The spans of the memberships that the area rests on.
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
