//! Which places share a history, and what to call them together.

use std::collections::{BTreeMap, BTreeSet};

use may_train::policy::{Area, Gazetteer, Region};
use may_train::{Country, Place, Policy, Subdivision, Timestamp};

use crate::asked::{self, Ruling, Steps};
use crate::words::country_name;

/// So many countries are named, where more have a history of their own.
const NAMED: usize = 8;

/// Places that were under the same regimes at the same times.
pub struct Row {
    pub name: String,
    /// How many they are, where it is not one.
    pub size: Option<String>,
    pub history: Steps<Vec<Ruling>>,
}

type Failure = Box<dyn std::error::Error>;

/// Every country, and every subdivision that the policy names, by their history; strictest first,
/// and everywhere else last.
pub fn rows(policy: &Policy, end: Timestamp) -> Result<Vec<Row>, Failure> {
    let first = asked::in_force(policy).next().ok_or("no revision was ever in force")?.effective();
    let instants: BTreeSet<_> = asked::instants(policy).range(first..end).copied().collect();
    let history = |place: Place| -> Result<Steps<Vec<Ruling>>, Failure> {
        let asked = instants.iter().map(|at| Ok((*at, asked::rulings(policy, place, *at)?)));
        let mut steps = asked.collect::<Result<Steps<_>, Failure>>()?;
        steps.dedup_by(|(_, next), (_, before)| next == before);
        Ok(steps)
    };
    let mut groups: BTreeMap<Steps<Vec<Ruling>>, Group> = BTreeMap::new();
    for country in Country::all() {
        groups.entry(history(country.into())?).or_default().countries.insert(country);
    }
    for part in subdivisions(policy) {
        let own = history(part.into())?;
        if own != history(part.country().into())? {
            groups.entry(own).or_default().parts.insert(part);
        }
    }
    let largest = groups.values().map(|group| group.countries.len()).max();
    let is_rest = |group: &Group| Some(group.countries.len()) == largest;
    let (rest, mut rows): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(_, group)| is_rest(group));
    let named = rows.len();
    rows.extend(rest);
    let name = |group: &Group| match (is_rest(group), named) {
        (true, 0) => "Everywhere".into(),
        (true, _) => "Everywhere else".into(),
        (false, _) => group.name(policy, end),
    };
    Ok(rows
        .into_iter()
        .map(|(history, group)| Row { name: name(&group), size: group.size(), history })
        .collect())
}

fn subdivisions(policy: &Policy) -> BTreeSet<Subdivision> {
    let rules = policy.revisions().iter().flat_map(may_train::Revision::rules);
    rules
        .flat_map(asked::areas)
        .filter_map(|area| match area {
            Area::Subdivision(part) => Some(*part),
            Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
        })
        .collect()
}

/// Places of one history.
#[derive(Default)]
struct Group {
    countries: BTreeSet<Country>,
    parts: BTreeSet<Subdivision>,
}

impl Group {
    fn size(&self) -> Option<String> {
        if self.countries.len() + self.parts.len() == 1 {
            return None;
        }
        let of = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {many}")),
        };
        let countries = of(self.countries.len(), "country code", "country codes");
        let parts = of(self.parts.len(), "subdivision", "subdivisions");
        Some(countries.into_iter().chain(parts).collect::<Vec<_>>().join(", "))
    }

    /// Regions that are in it, the shipped ones first, then the subdivisions, then the countries that
    /// are left. Of a region that is in it for the most part the others are in rows of their own.
    fn name(&self, policy: &Policy, instant: Timestamp) -> String {
        let mut left = self.countries.clone();
        let mut names = Vec::new();
        let regions: Vec<&Region> = Gazetteer::regions().collect();
        for region in regions.into_iter().chain(policy.regions()) {
            let members: BTreeSet<_> = members(region, instant).collect();
            let within = members.intersection(&left).count();
            if within < 3 || within * 2 < members.len() {
                continue;
            }
            left.retain(|country| !members.contains(country));
            let whole = members.is_subset(&self.countries);
            let part = if whole { "" } else { "rest of " };
            names.push(format!("{part}{}", region.name()));
        }
        names.extend(self.parts.iter().map(ToString::to_string));
        let mut countries: Vec<_> = left.iter().map(|country| country_name(*country)).collect();
        countries.sort_unstable();
        let more = countries.len().saturating_sub(NAMED);
        countries.truncate(NAMED);
        names.extend(countries);
        match more {
            0 => names.join(", "),
            _ => format!("{} and {more} more", names.join(", ")),
        }
    }
}

fn members(region: &Region, instant: Timestamp) -> impl Iterator<Item = Country> {
    let spans = region.members().filter(move |(_, span)| span.contains(instant));
    spans.map(|(country, _)| country)
}
