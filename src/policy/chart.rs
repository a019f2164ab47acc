//! Charts: which rules of a revision name a place, and how closely, found once for all who live there.
//!
//! [`Rule::names`] says it. A chart keeps the answer, place by place, from the first time that a place
//! is asked for. It holds between two instants at which a country enters or leaves a region.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::policy::applying::{applying, membership_changes, naming};
use crate::policy::region::{Area, Closeness};
use crate::policy::rule::Rule;
use crate::values::place::{Country, Place, Subdivision};
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// The rules of a revision, as the chart has them for one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlaceRules<'p> {
    rules: &'p [Rule],
    naming: Option<&'p Naming>,
    is_country: bool,
}

/// The charts of a revision's rules, by the cut-off from which each holds.
///
/// They are no part of what a revision says: a copy makes its own, and any two are equal.
#[derive(Debug, Default)]
pub(crate) struct Charts(OnceLock<Vec<(Timestamp, OnceLock<Chart>)>>);

/// Which rules name which place, for cut-offs between two changes of membership.
#[derive(Debug)]
pub(crate) struct Chart {
    /// The first cut-off for which it holds.
    since: Timestamp,
    /// By the letters of the code.
    countries: Vec<OnceLock<Box<Naming>>>,
    /// The subdivisions that a rule names, ascending. Any other is named as its country is.
    parts: Vec<(Subdivision, OnceLock<Box<Naming>>)>,
}

/// The rules that name a place, by index.
#[derive(Debug)]
struct Naming {
    closely: Vec<(usize, Closeness)>,
    /// Those that apply to every record and audience; `None` if any of them has a selector.
    applying: Option<Vec<usize>>,
    /// Those that name a subdivision of the place, where it is a country.
    in_part: Vec<usize>,
}

impl<'p> PlaceRules<'p> {
    /// Returns the rules that name the place, in their order, each with how closely it does.
    pub(crate) fn naming(self) -> impl Iterator<Item = (&'p Rule, Closeness)> + Clone + use<'p> {
        let closely = self.naming.map_or(&[][..], |naming| &naming.closely);
        closely
            .iter()
            .filter_map(move |(index, closeness)| Some((self.rules.get(*index)?, *closeness)))
    }

    /// Returns the rules that name a subdivision, where the place is a country of which no more is
    /// known.
    pub(crate) fn naming_part(self) -> impl Iterator<Item = &'p Rule> + use<'p> {
        let naming = self.naming.filter(|_| self.is_country);
        self.indexed(naming.map_or(&[][..], |naming| &naming.in_part))
    }

    /// Returns the rules that apply to every record of whatever audience; `None` if a rule that names
    /// the place has a selector, so that it depends.
    pub(crate) fn applying_to_all(self) -> Option<impl Iterator<Item = &'p Rule> + use<'p>> {
        self.naming?.applying.as_ref().map(|indices| self.indexed(indices))
    }

    fn indexed(self, indices: &'p [usize]) -> impl Iterator<Item = &'p Rule> + use<'p> {
        indices.iter().filter_map(move |index| self.rules.get(*index))
    }
}

impl Clone for Charts {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Charts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Charts {}

impl Charts {
    /// Returns the chart of the rules at a cut-off. There is one for every cut-off.
    pub(crate) fn at(&self, rules: &[Rule], as_of: Timestamp) -> Option<&Chart> {
        let charts = self.0.get_or_init(|| {
            let mut starts = membership_changes(rules.iter());
            starts.insert(Timestamp::MIN);
            starts.into_iter().map(|since| (since, OnceLock::new())).collect()
        });
        let (since, chart) = up_to(charts, as_of, |(since, _)| *since).last()?;
        Some(chart.get_or_init(|| Chart::new(rules, *since)))
    }
}

impl Chart {
    fn new(rules: &[Rule], since: Timestamp) -> Self {
        let named = rules.iter().flat_map(Rule::named_areas).filter_map(|area| match area {
            Area::Subdivision(part) => Some(*part),
            Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
        });
        let parts: BTreeSet<Subdivision> = named.collect();
        Self {
            since,
            countries: (0..Country::NUMBERS).map(|_| OnceLock::new()).collect(),
            parts: parts.into_iter().map(|part| (part, OnceLock::new())).collect(),
        }
    }

    /// Returns what the chart says of a place, of the rules that it was made of.
    pub(crate) fn at_place<'p>(&'p self, rules: &'p [Rule], place: Place) -> PlaceRules<'p> {
        let country = place.country();
        let part = place.subdivision().and_then(|part| {
            let found = self.parts.binary_search_by_key(&part, |(named, _)| *named).ok()?;
            self.parts.get(found).map(|(_, naming)| naming)
        });
        let naming = part.or_else(|| self.countries.get(country.number())).map(|naming| {
            let place = if part.is_some() { place } else { Place::Country(country) };
            &**naming.get_or_init(|| Box::new(Naming::of(rules, place, self.since)))
        });
        PlaceRules { rules, naming, is_country: place == Place::Country(country) }
    }
}

impl Naming {
    fn of(rules: &[Rule], place: Place, as_of: Timestamp) -> Self {
        let index = |rule: &Rule| rule.number().saturating_sub(1);
        let named = || naming(rules.iter(), place, as_of);
        let has_selectors = named().any(|(rule, _)| rule.has_selectors());
        Self {
            closely: named().map(|(rule, closeness)| (index(rule), closeness)).collect(),
            applying: (!has_selectors).then(|| applying(named()).map(index).collect()),
            in_part: rules.iter().filter(|rule| rule.names_part_of(place)).map(index).collect(),
        }
    }
}
