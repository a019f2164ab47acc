//! Lint of lists of places: duplicates, missing territories, and regions that no rule uses.

use std::collections::BTreeSet;

use super::{Lint, LintCode, LintPlace, quoted};
use crate::policy::gazetteer::{Gazetteer, Membership};
use crate::policy::policy::Policy;
use crate::policy::region::{Area, Region};
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::values::place::Country;
use crate::values::time::Timestamp;

/// Returns the findings in the policy's own regions.
pub(super) fn in_regions(policy: &Policy) -> Vec<Lint> {
    let mut lints = Vec::new();
    // A region that is used only by another region is used only if that one is.
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let rules = policy.revisions().iter().flat_map(Revision::rules);
    for area in rules.flat_map(Rule::named_areas) {
        mark_used(policy, area, &mut used);
    }
    for (region, takes_in) in policy.own_regions() {
        let name = region.name();
        if !used.contains(name) {
            lints.push(Lint::new(
                LintCode::UnusedRegion,
                LintPlace::of_policy(format!("regions.{name}")),
                format!("no rule uses the region `{name}`"),
                "remove it, or name it in a rule",
            ));
        }
        let at = |i| LintPlace::of_policy(format!("regions.{name}[{i}]"));
        let named = |territory| policy.revisions().iter().any(|r| names(r, territory));
        check_doubles(takes_in, at, &mut lints);
        check_territories(takes_in, at, |t| !named(t), Timestamp::MAX, &mut lints);
    }
    lints
}

/// Returns whether a rule of the revision names the country by its own code.
fn names(revision: &Revision, country: Country) -> bool {
    let areas = revision.rules().iter().flat_map(Rule::named_areas);
    areas.into_iter().any(|area| *area == Area::Country(country))
}

fn mark_used<'a>(policy: &'a Policy, area: &'a Area, used: &mut BTreeSet<&'a str>) {
    if let Area::Region(region) = area
        && used.insert(region.name())
        && let Some((_, takes_in)) = policy.own_regions().find(|(own, _)| *own == region.as_ref())
    {
        for area in takes_in {
            mark_used(policy, area, used);
        }
    }
}

/// Adds the findings in the lists of a rule.
pub(super) fn in_rule(revision: &Revision, rule: &Rule, lints: &mut Vec<Lint>) {
    let instant = revision.effective();
    let at = |key: &str, i| LintPlace::of_rule(revision, rule, format!("{key}[{i}]"));
    let unnamed = |territory| !names(revision, territory);
    // The exceptions need not name what the places do not include.
    let left_in = |territory: Country| {
        let named = |area: &Area| area.names(territory.into(), instant).is_some();
        unnamed(territory) && rule.places().iter().any(named)
    };
    check_doubles(rule.places(), |i| at("in", i), lints);
    check_territories(rule.places(), |i| at("in", i), unnamed, instant, lints);
    check_doubles(rule.except(), |i| at("except", i), lints);
    check_parts(rule.places(), |i| at("in", i), lints);
    check_parts(rule.except(), |i| at("except", i), lints);
    check_territories(rule.except(), |i| at("except", i), left_in, instant, lints);
}

/// Adds a finding for the first subdivision of each country in a list.
fn check_parts(areas: &[Area], at: impl Fn(usize) -> LintPlace, lints: &mut Vec<Lint>) {
    let mut countries = BTreeSet::new();
    for (i, area) in areas.iter().enumerate() {
        let Area::Subdivision(part) = area else { continue };
        let country = part.country();
        if countries.insert(country) {
            lints.push(Lint::new(
                LintCode::PartOfACountry,
                at(i),
                format!(
                    "`{part}` leaves residents undecided if only their country, `{country}`, is known"
                ),
                format!(
                    "record in which part of `{country}` people reside, or name the whole country"
                ),
            ));
        }
    }
}

fn check_doubles(areas: &[Area], at: impl Fn(usize) -> LintPlace, lints: &mut Vec<Lint>) {
    for (i, area) in areas.iter().enumerate() {
        if areas.iter().take(i).any(|other| other == area) {
            lints.push(Lint::new(
                LintCode::PlaceListedTwice,
                at(i),
                format!("`{area}` is listed before"),
                "leave out one of the two",
            ));
        }
    }
}

/// Adds a finding for each listed state whose territories matter and are not listed.
fn check_territories(
    areas: &[Area],
    at: impl Fn(usize) -> LintPlace,
    matters: impl Fn(Country) -> bool,
    instant: Timestamp,
    lints: &mut Vec<Lint>,
) {
    let listed =
        |country: Country| areas.iter().any(|area| area.names(country.into(), instant).is_some());
    for (i, area) in areas.iter().enumerate() {
        let Area::Country(state) = area else { continue };
        let missing: Vec<Country> = territories(*state, instant)
            .into_iter()
            .filter(|territory| !listed(*territory) && matters(*territory))
            .collect();
        if !missing.is_empty() {
            lints.push(Lint::new(
                LintCode::MissingTerritories,
                at(i),
                format!(
                    "`{state}` does not take in its territories with a code of their own, {}",
                    quoted(&missing)
                ),
                "list them here, or name them in another rule to show that they are meant to differ",
            ));
        }
    }
}

/// States outside the shipped regions, or with territories outside them, with their inhabited
/// territories that have a code of their own.
///
/// Taiwan is left out: only ISO 3166-2 lists it under `CN`, and nobody who writes `CN` means it.
const BEYOND_REGIONS: [(&str, &[&str]); 5] = [
    ("CN", &["HK", "MO"]),
    ("DK", &["FO", "GL"]),
    ("NL", &["AW", "BQ", "CW", "SX"]),
    ("NO", &["SJ"]),
    ("US", &["AS", "GU", "MP", "PR", "VI"]),
];

/// Returns the territories with a code of their own: those that are in a shipped region through the
/// state, and those in [`BEYOND_REGIONS`].
fn territories(state: Country, instant: Timestamp) -> BTreeSet<Country> {
    let in_regions = Gazetteer::regions()
        .map(Region::name)
        .flat_map(Gazetteer::memberships)
        .filter(|member| member.via() == Some(state) && member.span().contains(instant))
        .map(Membership::country);
    let beyond = BEYOND_REGIONS.iter().filter(|(of, _)| *of == state.as_str());
    let beyond = beyond.flat_map(|(_, codes)| codes.iter().filter_map(|code| code.parse().ok()));
    in_regions.chain(beyond).collect()
}
