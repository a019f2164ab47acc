//! Distinctions: the places, kinds, audiences, ages and instants that the rules of a policy
//! mention.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::policy::applying::membership_changes;
use crate::policy::policy::Policy;
use crate::policy::region::{Area, Closeness};
use crate::policy::revision::{Revision, Status};
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::place::{Country, Place, Subdivision};
use crate::values::time::Timestamp;

/// The values that a set of rules distinguishes, each rule read at a cut-off.
///
/// Two values that every rule names alike get the same decision. Under a single rule
/// `in = ["EEA"]`, France and Norway are alike; so are Brazil and Japan.
#[derive(Debug, Clone)]
pub(crate) struct Distinctions<'p> {
    rules: Vec<(&'p Rule, Timestamp)>,
}

impl<'p> Distinctions<'p> {
    /// Collects rules, each with the cut-off at which its regions are read.
    pub(crate) fn of(rules: impl IntoIterator<Item = (&'p Rule, Timestamp)>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }

    /// Collects the rules in force at some cut-offs.
    pub(crate) fn at(policy: &'p Policy, cut_offs: impl IntoIterator<Item = Timestamp>) -> Self {
        Self::of(cut_offs.into_iter().flat_map(|as_of| {
            let rules = policy.in_force(as_of).into_iter().flat_map(Revision::rules);
            rules.map(move |rule| (rule, as_of))
        }))
    }

    /// Collects the rules of every revision that is not withdrawn, each read at the start of its
    /// revision.
    pub(crate) fn ever(policy: &'p Policy) -> Self {
        Self::of(
            ever_in_force(policy)
                .flat_map(|revision| revision.rules().iter().map(|r| (r, revision.effective()))),
        )
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &'p Rule> {
        self.rules.iter().map(|(rule, _)| *rule)
    }

    /// Returns the kinds that a rule selects or covers.
    pub(crate) fn kinds(&self) -> BTreeSet<&'p Kind> {
        self.rules().flat_map(Rule::named_kinds).collect()
    }

    /// Returns the audiences that a rule selects.
    pub(crate) fn audiences(&self) -> BTreeSet<&'p Audience> {
        self.rules().filter_map(Rule::audiences).flatten().collect()
    }

    /// Returns the minimum ages, in whole years.
    pub(crate) fn ages(&self) -> BTreeSet<u8> {
        self.rules().filter_map(|rule| rule.terms().minimum_age()).collect()
    }

    /// Returns the lifetimes of opt-ins, in days.
    pub(crate) fn lifetimes(&self) -> BTreeSet<u32> {
        self.rules().filter_map(|rule| rule.terms().opt_in_lifetime_days()).collect()
    }

    /// Returns the instants from which opt-ins count.
    pub(crate) fn opt_ins_from(&self) -> BTreeSet<Timestamp> {
        self.rules().filter_map(|rule| rule.terms().opt_in_from()).collect()
    }

    /// Returns the creation instants at which a rule begins or ceases to select or to admit
    /// records.
    pub(crate) fn creations(&self) -> BTreeSet<Timestamp> {
        self.rules().flat_map(Rule::creation_instants).collect()
    }

    /// Returns the cut-offs at which a country enters or leaves a region that a rule names.
    pub(crate) fn memberships(&self) -> BTreeSet<Timestamp> {
        membership_changes(self.rules())
    }

    /// Returns the areas that a rule names, each with the cut-off at which it is read.
    pub(crate) fn areas(&self) -> impl Iterator<Item = (&'p Area, Timestamp)> {
        let areas = |(rule, as_of): &(&'p Rule, Timestamp)| {
            let as_of = *as_of;
            rule.named_areas().map(move |area| (area, as_of))
        };
        self.rules.iter().flat_map(areas)
    }

    /// Returns every country, and every subdivision that a rule names, sorted by code.
    ///
    /// A country stands for those of its subdivisions that no rule names.
    pub(crate) fn places(&self) -> Vec<Place> {
        let parts = self.areas().filter_map(|(area, _)| match area {
            Area::Subdivision(part) => Some(Place::Subdivision(*part)),
            Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
        });
        let places: BTreeSet<Place> = Country::all().map(Place::Country).chain(parts).collect();
        let mut places: Vec<Place> = places.into_iter().collect();
        places.sort_by_cached_key(Place::to_string);
        places
    }

    /// Returns a place for the rest of each country with a subdivision that a rule names.
    pub(crate) fn rests(&self) -> BTreeSet<Place> {
        let rests = self.areas().filter_map(|(area, _)| match area {
            Area::Subdivision(part) => Some(Subdivision::rest_of(part.country()).into()),
            Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
        });
        rests.collect()
    }

    /// Returns the classes of places that every rule names alike.
    ///
    /// Places are sorted by code within a class, and classes by their first place.
    pub(crate) fn place_classes(&self) -> Vec<Vec<Place>> {
        self.classes_of(self.places())
    }

    /// Groups places that every rule names alike, in the order of each group's first place.
    pub(crate) fn classes_of(&self, places: Vec<Place>) -> Vec<Vec<Place>> {
        let areas: Vec<(&Area, Timestamp)> = self.areas().collect();
        classes(places, |place| signature(areas.iter().copied(), *place))
    }
}

/// The signature of a place under a list of areas. No rule distinguishes two places with equal
/// signatures.
///
/// For each area it holds the closeness of the place. The second value tells whether the place is
/// known by its country alone and the area is a subdivision of it.
pub(crate) type Signature = Vec<(Option<Closeness>, bool)>;

/// Returns the signature of a place under areas, each with the cut-off at which it is read.
pub(crate) fn signature<'p>(
    areas: impl Iterator<Item = (&'p Area, Timestamp)>,
    place: Place,
) -> Signature {
    areas.map(|(area, as_of)| (area.names(place, as_of), area.is_part_of(place))).collect()
}

/// Groups values by signature, in the order of each group's first value. No group is empty.
pub(crate) fn classes<T, S: Ord>(
    values: impl IntoIterator<Item = T>,
    signature: impl Fn(&T) -> S,
) -> Vec<Vec<T>> {
    let mut numbers: BTreeMap<S, usize> = BTreeMap::new();
    let mut classes: Vec<Vec<T>> = Vec::new();
    for value in values {
        let number = *numbers.entry(signature(&value)).or_insert(classes.len());
        match classes.get_mut(number) {
            Some(class) => class.push(value),
            None => classes.push(vec![value]),
        }
    }
    classes
}

/// Returns the named words, ascending, and one more word that stands for all the others.
pub(crate) fn with_other<T>(named: &BTreeSet<&T>) -> Vec<T>
where
    T: Ord + Clone + FromStr + Borrow<str>,
{
    let mut other = "other".to_owned();
    while named.iter().any(|word| Borrow::<str>::borrow(*word) == other) {
        other.push_str("-other");
    }
    named.iter().copied().cloned().chain(other.parse()).collect()
}

/// Returns the cut-offs at which the policy itself may begin to treat a subject differently.
///
/// At such a cut-off a revision takes effect, a span of creation begins or ends, opt-ins begin to
/// count, or a country enters or leaves a named region. Withdrawn revisions contribute none.
pub(crate) fn turning_instants(policy: &Policy) -> BTreeSet<Timestamp> {
    let distinctions = Distinctions::ever(policy);
    let mut instants: BTreeSet<Timestamp> =
        ever_in_force(policy).map(Revision::effective).collect();
    instants.append(&mut distinctions.creations());
    instants.append(&mut distinctions.opt_ins_from());
    instants.append(&mut distinctions.memberships());
    instants
}

/// Returns the revisions that are not withdrawn.
fn ever_in_force(policy: &Policy) -> impl Iterator<Item = &Revision> {
    policy.revisions().iter().filter(|revision| match revision.status() {
        Status::InForce => true,
        Status::Withdrawn => false,
    })
}
