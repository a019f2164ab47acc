//! The finite space of classes that one or more policies distinguish, with a representative of each
//! cell.
//!
//! This module decides nothing. It builds the classes from the places, kinds, instants and ages
//! that rules name. Only a decision about the representative of a cell says what holds there.

mod stand_in;

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::distinctions::{Distinctions, classes, with_other};
use crate::policy::region::Area;
use crate::policy::revision::{OptOutReach, Revision};
use crate::policy::rule::Rule;
use crate::review::class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Places, PolicyAt, Scope,
};
use crate::values::kind::{Audience, Kind};
use crate::values::place::{Country, Place};
use crate::values::time::{Span, Timestamp};

pub(crate) use stand_in::{Cell, Journey};

/// Whether an unknown audience is a class of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    With,
    Without,
}

/// A set of values that rules cannot distinguish, with one representative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class<T, R = T> {
    pub representative: R,
    pub members: Vec<T>,
}

/// The classes, in every dimension, that the rules of one or more revisions in force distinguish.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub places: Vec<Class<Place>>,
    pub kinds: Vec<Class<KindClass, Kind>>,
    pub audiences: Vec<Class<AudienceClass, Option<Audience>>>,
    pub ages: Vec<AgeClass>,
    pub created: Vec<CreatedClass>,
    pub choices: Vec<ChoiceClass>,
    /// The countries of the regions that rules name, used for wording only.
    pub regions: BTreeMap<String, Vec<Place>>,
}

impl Space {
    pub(crate) fn of(sides: &[PolicyAt<'_>], gaps: Gaps) -> Self {
        let revisions: Vec<&Revision> = sides.iter().filter_map(|side| side.revision()).collect();
        let rules = told_apart(sides);
        // The cut-offs of the sides on which a revision is in force.
        let cut_offs: BTreeSet<Timestamp> = rules.areas().map(|(_, as_of)| as_of).collect();
        Self {
            places: places(&rules),
            kinds: kinds(&rules),
            audiences: audiences(&rules, gaps),
            ages: ages(&rules),
            created: created(&revisions, &rules, &cut_offs),
            choices: choices(&revisions, &rules),
            regions: regions(&rules, &cut_offs),
        }
    }
}

/// Returns what the rules in force on some sides distinguish.
pub(crate) fn told_apart<'p>(sides: &[PolicyAt<'p>]) -> Distinctions<'p> {
    Distinctions::of(sides.iter().flat_map(|side| {
        let rules = side.revision().into_iter().flat_map(Revision::rules);
        rules.map(|rule| (rule, side.as_of()))
    }))
}

/// Returns the classes of places. If a rule names a subdivision of a country, the rest of the
/// country is a place of its own. The country itself then means an unknown subdivision.
fn places(rules: &Distinctions<'_>) -> Vec<Class<Place>> {
    let class = |members: Vec<Place>| Some(Class { representative: *members.first()?, members });
    let mut places = rules.places();
    places.extend(rules.rests());
    places.sort_by_cached_key(Place::to_string);
    places.dedup();
    rules.classes_of(places).into_iter().filter_map(class).collect()
}

/// Returns the countries of each region that rules name. Regions that change between the cut-offs
/// are left out, and so are different regions with one name.
fn regions(
    rules: &Distinctions<'_>,
    cut_offs: &BTreeSet<Timestamp>,
) -> BTreeMap<String, Vec<Place>> {
    let mut regions: BTreeMap<String, BTreeSet<Vec<Place>>> = BTreeMap::new();
    for (area, _) in rules.areas() {
        let Area::Region(region) = area else { continue };
        for as_of in cut_offs {
            let members = region.members().filter(|(_, span)| span.contains(*as_of));
            let members: BTreeSet<Country> = members.map(|(country, _)| country).collect();
            let members = members.into_iter().map(Place::Country).collect();
            regions.entry(region.name().to_owned()).or_default().insert(members);
        }
    }
    let the_same = |(name, mut versions): (String, BTreeSet<Vec<Place>>)| {
        let members = versions.pop_first()?;
        versions.is_empty().then_some((name, members))
    };
    regions.into_iter().filter_map(the_same).collect()
}

/// Returns a class for every kind that a rule names, and for one that no rule names.
fn kinds(rules: &Distinctions<'_>) -> Vec<Class<KindClass, Kind>> {
    let named = rules.kinds();
    let name = |kind: &Kind| {
        if named.contains(kind) { KindClass::Named(kind.clone()) } else { KindClass::Other }
    };
    let signature = |kind: &Kind| -> Vec<(bool, Option<bool>)> {
        let speaks = |rule: &Rule| {
            (rule.terms().covers().contains(kind), rule.kinds().map(|kinds| kinds.contains(kind)))
        };
        rules.rules().map(speaks).collect()
    };
    classes(with_other(&named), signature)
        .into_iter()
        .filter_map(|kinds| {
            let representative = kinds.first()?.clone();
            Some(Class { representative, members: kinds.iter().map(name).collect() })
        })
        .collect()
}

/// Returns a class for every audience that a rule selects by, and for one that no rule selects by.
fn audiences(rules: &Distinctions<'_>, gaps: Gaps) -> Vec<Class<AudienceClass, Option<Audience>>> {
    let named = rules.audiences();
    let class = |name, representative| Class { representative, members: vec![name] };
    if named.is_empty() {
        // No rule reads audiences, so they need not be known.
        return vec![class(AudienceClass::Other, None)];
    }
    let name = |audience: &Audience| {
        let is_named = named.contains(audience);
        if is_named { AudienceClass::Named(audience.clone()) } else { AudienceClass::Other }
    };
    let unknown = match gaps {
        Gaps::With => Some(class(AudienceClass::Unknown, None)),
        Gaps::Without => None,
    };
    let known =
        with_other(&named).into_iter().map(|audience| class(name(&audience), Some(audience)));
    known.chain(unknown).collect()
}

/// Returns the classes between the minimum ages, and the class of the unknown age.
fn ages(rules: &Distinctions<'_>) -> Vec<AgeClass> {
    let limits = rules.ages();
    if limits.is_empty() {
        return vec![AgeClass::Any];
    }
    let limits: Vec<u8> = limits.into_iter().filter(|age| *age > 0).collect();
    let from = [0].into_iter().chain(limits.iter().copied());
    let until = limits.iter().copied().map(Some).chain([None]);
    let between = from.zip(until).map(|(from, until)| AgeClass::Between { from, until });
    between.chain([AgeClass::Unknown]).collect()
}

/// Returns the spans between the creation times that rules name, up to the last cut-off. If choices
/// are sampled at the creation, the instants from which opt-ins count are boundaries, too.
fn created(
    revisions: &[&Revision],
    rules: &Distinctions<'_>,
    cut_offs: &BTreeSet<Timestamp>,
) -> Vec<CreatedClass> {
    let last = cut_offs.last().copied().unwrap_or(Timestamp::MIN);
    let inside = |at: &Timestamp| Timestamp::MIN < *at && *at <= last;
    let mut boundaries = rules.creations();
    if samples_choices_at_the_creation(revisions) {
        boundaries.append(&mut rules.opt_ins_from());
    }
    let boundaries: Vec<Timestamp> = boundaries.into_iter().filter(inside).collect();
    let from = [Timestamp::MIN].into_iter().chain(boundaries.iter().copied());
    let until = boundaries.iter().copied().map(Some).chain([None]);
    let span = |(from, until): (Timestamp, Option<Timestamp>)| {
        let span = Span::new(from);
        CreatedClass(until.map_or(span, |until| span.until(until)))
    };
    from.zip(until).map(span).collect()
}

/// Returns the classes of choice histories. The finer ones are needed only if choices are sampled
/// at the creation.
fn choices(revisions: &[&Revision], rules: &Distinctions<'_>) -> Vec<ChoiceClass> {
    let at_the_creation = samples_choices_at_the_creation(revisions);
    let expires = !rules.lifetimes().is_empty() || !rules.opt_ins_from().is_empty();
    let told_apart = |choice: &ChoiceClass| match choice {
        ChoiceClass::Silent | ChoiceClass::OptedIn | ChoiceClass::OptedOut => true,
        ChoiceClass::OptedInLater
        | ChoiceClass::OptedOutLater
        | ChoiceClass::OptInWithdrawn
        | ChoiceClass::OptedBackIn => at_the_creation,
        ChoiceClass::OptInExpired => expires,
    };
    ChoiceClass::ALL.iter().copied().filter(told_apart).collect()
}

/// Returns whether one of the revisions samples a choice when the record is created.
fn samples_choices_at_the_creation(revisions: &[&Revision]) -> bool {
    revisions.iter().any(|revision| match revision.opt_out_reaches() {
        OptOutReach::FutureRuns => false,
        OptOutReach::FutureData | OptOutReach::Both => true,
    })
}

/// Returns the scope of the selected classes, described by their members.
pub(crate) fn scope<T: Ord + Clone>(
    selected: &[usize],
    count: usize,
    members: impl Fn(usize) -> Vec<T>,
) -> Scope<T> {
    if selected.len() == count {
        return Scope::Any;
    }
    let mut all: Vec<T> = selected.iter().flat_map(|number| members(*number)).collect();
    all.sort();
    Scope::Only(all)
}

impl Space {
    pub(crate) fn kind_scope(&self, selected: &[usize]) -> Scope<KindClass> {
        scope(selected, self.kinds.len(), |n| members(&self.kinds, n))
    }

    pub(crate) fn audience_scope(&self, selected: &[usize]) -> Scope<AudienceClass> {
        scope(selected, self.audiences.len(), |n| members(&self.audiences, n))
    }

    pub(crate) fn age_scope(&self, selected: &[usize]) -> Scope<AgeClass> {
        scope(selected, self.ages.len(), |n| self.ages.get(n).copied().into_iter().collect())
    }

    pub(crate) fn choice_scope(&self, selected: &[usize]) -> Scope<ChoiceClass> {
        scope(selected, self.choices.len(), |n| self.choices.get(n).copied().into_iter().collect())
    }

    /// Returns the selected spans of creation times, with adjacent spans joined.
    pub(crate) fn created_scope(&self, selected: &[usize]) -> Scope<CreatedClass> {
        let one = |n: usize| self.created.get(n).copied().into_iter().collect();
        match scope(selected, self.created.len(), one) {
            Scope::Any => Scope::Any,
            Scope::Only(spans) => Scope::Only(joined(spans)),
        }
    }

    /// Returns the places of the selected classes, by code.
    pub(crate) fn members_of(&self, selected: &[usize]) -> Places {
        let among = |wanted: bool| {
            let numbers = (0..self.places.len()).filter(|n| selected.contains(n) == wanted);
            let mut places: Vec<Place> = numbers.flat_map(|n| members(&self.places, n)).collect();
            places.sort_by_cached_key(Place::to_string);
            places
        };
        Places::new(among(true), among(false), &self.regions)
    }
}

fn members<T: Clone, R>(classes: &[Class<T, R>], number: usize) -> Vec<T> {
    classes.get(number).map(|class| class.members.clone()).unwrap_or_default()
}

/// Returns ascending spans, with adjacent spans joined.
fn joined(spans: Vec<CreatedClass>) -> Vec<CreatedClass> {
    let mut joined: Vec<CreatedClass> = Vec::with_capacity(spans.len());
    for CreatedClass(span) in spans {
        match joined.last_mut() {
            Some(CreatedClass(last)) if last.end() == Some(span.start()) => {
                let whole = Span::new(last.start());
                *last = span.end().map_or(whole, |end| whole.until(end));
            }
            _ => joined.push(CreatedClass(span)),
        }
    }
    joined
}
