//! The finite space over which rules are compared: everything that they can tell apart.

use std::collections::BTreeMap;

use crate::policy::region::{Area, Closeness};
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::place::{Country, Place};
use crate::values::regime::Regime;
use crate::values::time::Timestamp;

/// Places that all rules name equally closely at an instant.
pub(super) struct PlaceClass {
    pub(super) places: Vec<Place>,
    /// For each rule: how closely it names the places.
    named: Vec<Option<Closeness>>,
}

/// What selectors can tell apart of a record, and of its subject besides the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    /// Nothing stands for every kind that no rule speaks of.
    pub(super) kind: Option<&'a Kind>,
    /// Nothing stands for every audience that no rule speaks of.
    pub(super) audience: Option<&'a Audience>,
    pub(super) created: Timestamp,
}

/// How closely a rule names a place, with its exceptions but without its selectors.
pub(super) fn closeness(rule: &Rule, place: Place, as_of: Timestamp) -> Option<Closeness> {
    let closest = |areas: &[Area]| areas.iter().filter_map(|area| area.names(place, as_of)).max();
    closest(rule.places()).filter(|_| closest(rule.except()).is_none())
}

/// Every place that the rules can tell apart: all countries, and the subdivisions that they name.
pub(super) fn places(rules: &[&Rule]) -> Vec<Place> {
    let areas = rules.iter().flat_map(|rule| rule.named_areas());
    let parts = areas.filter_map(|area| match area {
        Area::Subdivision(part) => Some(Place::from(*part)),
        Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
    });
    let mut places: Vec<Place> = Country::all().map(Place::from).chain(parts).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// The places at an instant, by what the rules make of them.
pub(super) fn classes(rules: &[&Rule], as_of: Timestamp) -> Vec<PlaceClass> {
    let mut classes: BTreeMap<Vec<Option<Closeness>>, Vec<Place>> = BTreeMap::new();
    for place in places(rules) {
        let named = rules.iter().map(|rule| closeness(rule, place, as_of)).collect();
        classes.entry(named).or_default().push(place);
    }
    classes.into_iter().map(|(named, places)| PlaceClass { places, named }).collect()
}

/// What the selectors of rules can tell apart: kinds, audiences, and spans of creation.
pub(super) struct Cases<'a> {
    kinds: Vec<Option<&'a Kind>>,
    audiences: Vec<Option<&'a Audience>>,
    /// An instant of each span.
    created: Vec<Timestamp>,
}

impl<'a> Cases<'a> {
    pub(super) fn of(rules: &[&'a Rule]) -> Self {
        let selected = rules.iter().flat_map(|rule| rule.kinds().unwrap_or_default());
        let covered = rules.iter().flat_map(|rule| rule.terms().covers());
        let audiences = rules.iter().flat_map(|rule| rule.audiences().unwrap_or_default());
        let mut created = vec![Timestamp::MIN];
        for span in rules.iter().filter_map(|rule| rule.created()) {
            created.extend([Some(span.start()), span.end()].into_iter().flatten());
        }
        created.sort_unstable();
        created.dedup();
        Self {
            kinds: classes_of(selected.chain(covered)),
            audiences: classes_of(audiences),
            created,
        }
    }

    /// Every combination.
    pub(super) fn iter(&self) -> impl Iterator<Item = Case<'a>> {
        self.kinds.iter().flat_map(move |&kind| {
            self.audiences.iter().flat_map(move |&audience| {
                self.created.iter().map(move |&created| Case { kind, audience, created })
            })
        })
    }
}

/// The words, each once, and one more that stands for all others.
fn classes_of<'a, T: Ord>(words: impl Iterator<Item = &'a T>) -> Vec<Option<&'a T>> {
    let mut words: Vec<Option<&T>> = words.map(Some).chain([None]).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether the selectors of a rule match.
fn matches(rule: &Rule, case: Case<'_>) -> bool {
    let selects_kind =
        rule.kinds().is_none_or(|kinds| case.kind.is_some_and(|kind| kinds.contains(kind)));
    let selects_audience = rule
        .audiences()
        .is_none_or(|all| case.audience.is_some_and(|audience| all.contains(audience)));
    selects_kind
        && selects_audience
        && rule.created().is_none_or(|span| span.contains(case.created))
}

/// The rules that apply in a cell.
pub(super) struct Applying<'a> {
    /// Those that exclude: all of them.
    pub(super) excluding: Vec<&'a Rule>,
    /// Of the others, those that name the place most closely.
    pub(super) others: Vec<&'a Rule>,
}

impl PlaceClass {
    /// Which of the rules apply here; they must be those of the class.
    pub(super) fn applying<'a>(&self, rules: &[&'a Rule], case: Case<'_>) -> Applying<'a> {
        self.applying_from(0, rules, case)
    }

    /// The same for a part of the rules of the class, which begins at an index.
    pub(super) fn applying_from<'a>(
        &self,
        start: usize,
        rules: &[&'a Rule],
        case: Case<'_>,
    ) -> Applying<'a> {
        let named = self.named.get(start..).unwrap_or_default();
        let matching: Vec<(&Rule, Closeness)> = rules
            .iter()
            .zip(named)
            .filter_map(|(rule, named)| named.map(|closeness| (*rule, closeness)))
            .filter(|(rule, _)| matches(rule, case))
            .collect();
        let excludes = |rule: &Rule| rule.regime() == Regime::Excluded;
        let others = || matching.iter().filter(|(rule, _)| !excludes(rule));
        let closest = others().map(|(_, closeness)| *closeness).max();
        Applying {
            excluding: matching.iter().map(|(rule, _)| *rule).filter(|r| excludes(r)).collect(),
            others: others()
                .filter(|(_, closeness)| Some(*closeness) == closest)
                .map(|(rule, _)| *rule)
                .collect(),
        }
    }
}
