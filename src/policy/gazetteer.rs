//! The gazetteer: the shipped regions EU, EEA and EFTA, with dated and sourced membership.

mod memberships;

use std::sync::{Arc, LazyLock};

use crate::policy::region::Region;
use crate::values::place::Country;
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

words! {
    /// The confidence that the sources give a fact: a date of membership, a revision or a rule.
    ///
    /// Confidence is documentation. No decision depends on it.
    pub enum Confidence as "a confidence" {
        /// No source, sources that disagree, or an inference.
        Low = "low",
        /// A secondary source, or a source for the membership that does not state the day.
        Medium = "medium",
        /// A primary source, or a regulator.
        High = "high",
    }
}

/// The source of a fact in the gazetteer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The identifier that [`Membership::sources`] uses.
    pub id: &'static str,
    /// The address of the source; `None` for the entry `unsourced`.
    pub url: Option<&'static str>,
}

/// One country's membership of a shipped region, with its dates and evidence.
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
    /// Returns the member: a country, or a territory with its own ISO 3166-1 code.
    #[must_use]
    pub const fn country(&self) -> Country {
        self.country
    }

    /// Returns the state that a territory belongs to, such as `FR` for `RE`; `None` for a state.
    #[must_use]
    pub const fn via(&self) -> Option<Country> {
        self.via
    }

    /// Returns the span of the membership: from the first day up to the end of the last day.
    #[must_use]
    pub fn span(&self) -> Span {
        let span = Span::new(self.from);
        self.until.map_or(span, |until| span.until(until))
    }

    /// Returns how well the dates are sourced.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Returns the identifiers of the sources, which [`Gazetteer::sources`] lists.
    #[must_use]
    pub const fn sources(&self) -> &'static [&'static str] {
        self.sources
    }
}

/// A gazetteer of the shipped regions `EU`, `EEA` and `EFTA`, with dated membership.
///
/// A territory with its own ISO 3166-1 code counts by that code. `RE`, `GP`, `MQ`, `GF`, `YT`, `MF`
/// and `AX` are in the EU and the EEA. `GG`, `JE` and `IM` are in neither, and `SJ` is not in the
/// EEA.
///
/// Days are UTC days. The United Kingdom left the EU on 2020-01-31 at 23:00Z; here the membership
/// of `GB` lasts until the end of that day. In the EEA `GB` counts until the end of 2020.
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

/// The shipped regions, each with its name and members.
const SHIPPED: [(&str, &[Membership]); 3] =
    [("EEA", memberships::EEA), ("EFTA", memberships::EFTA), ("EU", memberships::EU)];

static REGIONS: LazyLock<[Arc<Region>; 3]> = LazyLock::new(|| {
    SHIPPED.map(|(name, members)| {
        Arc::new(Region::new(name, members.iter().map(|m| (m.country, m.span()))))
    })
});

impl Gazetteer {
    /// The version of the data: the day on which it was compiled. New data means a new release of
    /// the crate.
    pub const VERSION: &str = memberships::VERSION;

    /// Returns the shipped region with this name; `None` if the crate ships no such region.
    #[must_use]
    pub fn region(name: &str) -> Option<&'static Arc<Region>> {
        REGIONS.iter().find(|region| region.name() == name)
    }

    /// Returns the shipped regions, sorted by name.
    pub fn regions() -> impl Iterator<Item = &'static Region> {
        REGIONS.iter().map(AsRef::as_ref)
    }

    /// Returns the members of a shipped region, with the evidence for each; an empty slice for an
    /// unknown name.
    #[must_use]
    pub fn memberships(region: &str) -> &'static [Membership] {
        SHIPPED.iter().find(|(name, _)| *name == region).map_or(&[], |(_, members)| members)
    }

    /// Returns the sources that the memberships name.
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
