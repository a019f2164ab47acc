//! The finite space over which rules are compared: everything that they can tell apart.

use std::collections::BTreeMap;

use crate::policy::applying::applying;
use crate::policy::region::{Area, Closeness};
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::place::{Country, Place};
use crate::values::text::unnamed;
use crate::values::time::Timestamp;

/// Places that all rules name equally closely at an instant.
pub(super) struct PlaceClass {
    pub(super) representative: Place,
    pub(super) places: Vec<Place>,
}

/// What selectors can tell apart of a record, and of its subject besides the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) kind: &'a Kind,
    pub(super) audience: &'a Audience,
    pub(super) created: Timestamp,
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
    let mut classes: BTreeMap<Vec<Option<Closeness>>, PlaceClass> = BTreeMap::new();
    for place in places(rules) {
        let named = rules.iter().map(|rule| rule.names(place, as_of)).collect();
        let class = PlaceClass { representative: place, places: Vec::new() };
        classes.entry(named).or_insert(class).places.push(place);
    }
    classes.into_values().collect()
}

/// What the selectors of rules can tell apart: kinds, audiences, and spans of creation.
pub(super) struct Cases {
    kinds: Vec<Kind>,
    audiences: Vec<Audience>,
    /// An instant of each span.
    created: Vec<Timestamp>,
}

impl Cases {
    pub(super) fn of(rules: &[&Rule]) -> Self {
        let audiences = rules.iter().flat_map(|rule| rule.audiences().unwrap_or_default());
        let mut created = vec![Timestamp::MIN];
        for span in rules.iter().filter_map(|rule| rule.created()) {
            created.extend([Some(span.start()), span.end()].into_iter().flatten());
        }
        created.sort_unstable();
        created.dedup();
        Self {
            kinds: with_other(rules.iter().flat_map(|rule| rule.named_kinds())),
            audiences: with_other(audiences),
            created,
        }
    }

    /// Every combination.
    pub(super) fn iter(&self) -> impl Iterator<Item = Case<'_>> {
        self.kinds.iter().flat_map(move |kind| {
            self.audiences.iter().flat_map(move |audience| {
                self.created.iter().map(move |&created| Case { kind, audience, created })
            })
        })
    }
}

/// The words, each once, and one more that stands for all others.
fn with_other<'a, T>(words: impl Iterator<Item = &'a T>) -> Vec<T>
where
    T: Ord + Clone + std::str::FromStr + std::borrow::Borrow<str> + 'a,
{
    let mut words: Vec<T> = words.cloned().collect();
    words.sort_unstable();
    words.dedup();
    words.extend(unnamed("other", |text| words.iter().any(|word| word.borrow() == text)));
    words
}

/// The rules that apply in a cell.
pub(super) struct Applying<'a> {
    /// Those that exclude: all of them.
    pub(super) excluding: Vec<&'a Rule>,
    /// Of the others, those that name the place most closely.
    pub(super) others: Vec<&'a Rule>,
}

impl Case<'_> {
    /// Which rules apply, of those that name a place.
    pub(super) fn applying<'r>(&self, named: &[(&'r Rule, Closeness)]) -> Applying<'r> {
        let selects = |rule: &Rule| {
            rule.selects(self.kind, self.created) && rule.selects_audience(Some(self.audience))
        };
        let matching = named.iter().copied().filter(|(rule, _)| selects(rule));
        let (excluding, others) = applying(matching).partition(|rule| rule.is_exclusion());
        Applying { excluding, others }
    }
}
