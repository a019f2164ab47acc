//! The regions that the crate ships: EU, EEA and EFTA, dated and sourced.

mod memberships;

use std::sync::{Arc, LazyLock};

use crate::policy::region::Region;
use crate::values::place::Country;
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

words! {
    /// How sure the sources make a fact: the dates of a membership, a revision or a rule of a policy.
    pub enum Confidence as "a confidence" {
        /// Common knowledge without a source, sources that disagree, or an inference.
        Low = "low",
        /// A secondary source, or a source for the status and not for the day.
        Medium = "medium",
        /// A primary source, or a regulator.
        High = "high",
    }
}

/// Where a fact of the gazetteer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The name by which memberships refer to it.
    pub id: &'static str,
    /// Where it can be read; nothing where no source was found.
    pub url: Option<&'static str>,
}

/// A country's membership of a shipped region, with its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    country: Country,
    via: Option<Country>,
    from: Timestamp,
    until: Option<Timestamp>,
    confidence: Confidence,
    sources: &'static [&'static str],
}

impl Membership {
    /// The member: a country, or a territory with a code of its own.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// The state through which a territory is in the region: `FR` for `RE`.
    #[must_use]
    pub const fn via(&self) -> Option<Country> {
        self.via
    }

    /// From the first day in the region up to the end of the last.
    #[must_use]
    pub fn span(&self) -> Span {
        let span = Span::new(self.from);
        self.until.map_or(span, |until| span.until(until))
    }

    /// How well the dates are sourced.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// The ids of the sources; see [`Gazetteer::sources`].
    #[must_use]
    pub const fn sources(&self) -> &'static [&'static str] {
        self.sources
    }
}

/// The regions that the crate ships, `EU`, `EEA` and `EFTA`, with dated membership.
///
/// Territories with a code of their own count by that code: `RE`, `GP`, `MQ`, `GF`, `YT`, `MF` and
/// `AX` are in the EU and the EEA; `GG`, `JE` and `IM` are in neither, and `SJ` is not in the EEA.
/// Days are days of UTC, so the EU's membership of `GB`, which ended on 2020-01-31 at 23:00Z, lasts
/// here until the end of that day; in the EEA `GB` counts until the end of 2020.
///
/// ```
/// use may_train::policy::Gazetteer;
///
/// let eea = Gazetteer::region("EEA").unwrap();
/// assert!(eea.contains("GB".parse()?, "2020-12-31T23:59:59Z".parse()?));
/// assert!(!eea.contains("GB".parse()?, "2021-01-01".parse()?));
/// assert!(eea.contains("RE".parse()?, "2024-09-18".parse()?));
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug)]
pub struct Gazetteer;

/// The shipped regions: a name and the table of its members.
const SHIPPED: [(&str, &[Membership]); 3] =
    [("EEA", memberships::EEA), ("EFTA", memberships::EFTA), ("EU", memberships::EU)];

static REGIONS: LazyLock<[Arc<Region>; 3]> = LazyLock::new(|| {
    SHIPPED.map(|(name, members)| {
        Arc::new(Region::new(name, members.iter().map(|m| (m.country, m.span()))))
    })
});

impl Gazetteer {
    /// The version of the data: the day it was compiled. An update of it is a release of the crate.
    pub const VERSION: &str = memberships::VERSION;

    /// The shipped region of that name.
    #[must_use]
    pub fn region(name: &str) -> Option<&'static Arc<Region>> {
        REGIONS.iter().find(|region| region.name() == name)
    }

    /// The shipped regions, by name.
    pub fn regions() -> impl Iterator<Item = &'static Region> {
        REGIONS.iter().map(AsRef::as_ref)
    }

    /// The members of a shipped region, with the evidence for each; none for an unknown name.
    #[must_use]
    pub fn memberships(region: &str) -> &'static [Membership] {
        SHIPPED.iter().find(|(name, _)| *name == region).map_or(&[], |(_, members)| members)
    }

    /// The sources that the memberships name.
    #[must_use]
    pub const fn sources() -> &'static [Source] {
        memberships::SOURCES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_a_country_and_every_source_is_listed() {
        for (region, members) in SHIPPED {
            for member in members {
                for country in [Some(member.country), member.via].into_iter().flatten() {
                    assert!(country.as_str().parse::<Country>().is_ok(), "{region}: {country}");
                }
                assert!(!member.sources.is_empty(), "{region}: {}", member.country);
                for source in member.sources {
                    assert!(memberships::SOURCES.iter().any(|s| s.id == *source), "{source}");
                }
            }
        }
    }

    #[test]
    fn no_member_is_listed_twice() {
        for (region, members) in SHIPPED {
            let mut countries: Vec<_> = members.iter().map(|m| m.country).collect();
            countries.sort_unstable();
            countries.dedup();
            assert_eq!(countries.len(), members.len(), "{region}");
        }
    }
}
