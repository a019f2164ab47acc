//! The finite space that a policy, or several, distinguishes, and somebody to stand for each cell.
//!
//! Nothing is decided here. Classes come from how rules name places and kinds, and from the instants
//! and ages that rules speak of; what holds in a cell, only a decision about its representative
//! says.

use std::collections::{BTreeMap, BTreeSet};

use crate::choice::{Choice, ChosenBy};
use crate::class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Places, PolicyAt, Scope,
};
use crate::kind::{Audience, Kind};
use crate::log::Entry;
use crate::place::{Country, Place};
use crate::policy::{OptOutReach, Revision, Rule};
use crate::record::Record;
use crate::region::{Area, Closeness};
use crate::registry::Registry;
use crate::subject::Subject;
use crate::time::{Birth, Span, Timestamp};

/// Whether audiences that are unknown are classes of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    With,
    Without,
}

/// Values that rules cannot tell apart, with one to stand for them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class<T, R = T> {
    pub representative: R,
    pub members: Vec<T>,
}

/// The classes that the rules of some revisions in force tell apart, in every dimension.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub places: Vec<Class<Place>>,
    pub kinds: Vec<Class<KindClass, Kind>>,
    pub audiences: Vec<Class<AudienceClass, Option<Audience>>>,
    pub ages: Vec<AgeClass>,
    pub created: Vec<CreatedClass>,
    pub choices: Vec<ChoiceClass>,
}

/// A rule of a revision in force, and the cut-off.
type RuleAt<'a> = (&'a Rule, Timestamp);

impl Space {
    pub(crate) fn of(sides: &[PolicyAt<'_>], gaps: Gaps) -> Self {
        let revisions: Vec<&Revision> = sides.iter().filter_map(|side| side.revision()).collect();
        let rules: Vec<RuleAt<'_>> = sides
            .iter()
            .filter_map(|side| Some((side.revision()?, side.as_of())))
            .flat_map(|(revision, as_of)| revision.rules().iter().map(move |rule| (rule, as_of)))
            .collect();
        Self {
            places: places(&rules),
            kinds: kinds(&rules),
            audiences: audiences(&rules, gaps),
            ages: ages(&rules),
            created: created(&rules),
            choices: choices(&revisions, &rules),
        }
    }
}

/// Every country, and every subdivision that a rule names; a country stands for the rest of it.
///
/// Two places are of one class where every area of every rule names them alike.
fn places(rules: &[RuleAt<'_>]) -> Vec<Class<Place>> {
    let areas: Vec<(&Area, Timestamp)> = rules
        .iter()
        .flat_map(|(rule, as_of)| {
            rule.places().iter().chain(rule.except()).map(move |area| (area, *as_of))
        })
        .collect();
    let named = areas.iter().filter_map(|(area, _)| match area {
        Area::Subdivision(part) => Some(Place::Subdivision(*part)),
        Area::Everywhere | Area::Region(_) | Area::Country(_) => None,
    });
    let all: BTreeSet<Place> = Country::all().map(Place::Country).chain(named).collect();
    let mut all: Vec<Place> = all.into_iter().collect();
    all.sort_by_cached_key(Place::to_string);
    let signature = |place: &Place| -> Vec<Option<Closeness>> {
        areas.iter().map(|(area, as_of)| area.names(*place, *as_of)).collect()
    };
    classes(all, signature, |place| *place)
}

/// Every kind that a rule names, and one that none does.
fn kinds(rules: &[RuleAt<'_>]) -> Vec<Class<KindClass, Kind>> {
    let named: BTreeSet<&Kind> = rules
        .iter()
        .flat_map(|(rule, _)| rule.terms().covers().iter().chain(rule.kinds().unwrap_or_default()))
        .collect();
    let named: Vec<Kind> = named.into_iter().cloned().collect();
    let mut all: Vec<(KindClass, Kind)> =
        named.iter().map(|kind| (KindClass::Named(kind.clone()), kind.clone())).collect();
    let other = unnamed("other", |text| named.iter().any(|kind| kind.as_str() == text));
    all.extend(other.map(|kind| (KindClass::Other, kind)));
    let signature = |(_, kind): &(KindClass, Kind)| -> Vec<(bool, Option<bool>)> {
        let speaks = |rule: &Rule| {
            (rule.terms().covers().contains(kind), rule.kinds().map(|kinds| kinds.contains(kind)))
        };
        rules.iter().map(|(rule, _)| speaks(rule)).collect()
    };
    classes(all, signature, |(_, kind)| kind.clone())
        .into_iter()
        .map(|class| Class {
            representative: class.representative,
            members: class.members.into_iter().map(|(name, _)| name).collect(),
        })
        .collect()
}

/// Every audience that a rule selects by, and one that none does.
fn audiences(rules: &[RuleAt<'_>], gaps: Gaps) -> Vec<Class<AudienceClass, Option<Audience>>> {
    let named: BTreeSet<&Audience> =
        rules.iter().flat_map(|(rule, _)| rule.audiences().unwrap_or_default()).collect();
    let class = |name, representative| Class { representative, members: vec![name] };
    if named.is_empty() {
        // Nobody looks at audiences: they need not be known.
        return vec![class(AudienceClass::Other, None)];
    }
    let mut all: Vec<_> = named
        .iter()
        .map(|audience| {
            let audience: &Audience = audience;
            class(AudienceClass::Named(audience.clone()), Some(audience.clone()))
        })
        .collect();
    let other = unnamed("other", |text| named.iter().any(|audience| audience.as_str() == text));
    all.push(class(AudienceClass::Other, other));
    match gaps {
        Gaps::With => all.push(class(AudienceClass::Unknown, None)),
        Gaps::Without => {}
    }
    all
}

/// The classes between the minimum ages, and the unknown age.
fn ages(rules: &[RuleAt<'_>]) -> Vec<AgeClass> {
    let limits: BTreeSet<u8> =
        rules.iter().filter_map(|(rule, _)| rule.terms().minimum_age()).collect();
    if limits.is_empty() {
        return vec![AgeClass::Any];
    }
    let limits: Vec<u8> = limits.into_iter().filter(|age| *age > 0).collect();
    let from = [0].into_iter().chain(limits.iter().copied());
    let until = limits.iter().copied().map(Some).chain([None]);
    let between = from.zip(until).map(|(from, until)| AgeClass::Between { from, until });
    between.chain([AgeClass::Unknown]).collect()
}

/// The spans between the instants of creation that rules speak of, up to the last cut-off.
fn created(rules: &[RuleAt<'_>]) -> Vec<CreatedClass> {
    let last = rules.iter().map(|(_, as_of)| *as_of).max().unwrap_or(Timestamp::MIN);
    let boundaries: BTreeSet<Timestamp> = rules
        .iter()
        .flat_map(|(rule, _)| creation_instants(rule))
        .filter(|instant| Timestamp::MIN < *instant && *instant <= last)
        .collect();
    let from = [Timestamp::MIN].into_iter().chain(boundaries.iter().copied());
    let until = boundaries.iter().copied().map(Some).chain([None]);
    let span = |(from, until): (Timestamp, Option<Timestamp>)| {
        let span = Span::new(from);
        CreatedClass(until.map_or(span, |until| span.until(until)))
    };
    from.zip(until).map(span).collect()
}

/// The instants at which the rule starts or stops to speak of records created then.
pub(crate) fn creation_instants(rule: &Rule) -> impl Iterator<Item = Timestamp> {
    let span = rule.created();
    let ends = [span.map(Span::start), span.and_then(Span::end), rule.terms().created_from()];
    ends.into_iter().flatten()
}

/// The histories of choices; the finer ones only where a choice is sampled at the creation.
fn choices(revisions: &[&Revision], rules: &[RuleAt<'_>]) -> Vec<ChoiceClass> {
    let only_at_the_cut_off = revisions.iter().all(|revision| match revision.opt_out_reaches() {
        OptOutReach::FutureRuns => true,
        OptOutReach::FutureData | OptOutReach::Both => false,
    });
    let expires = rules.iter().any(|(rule, _)| rule.terms().opt_in_lifetime_days().is_some());
    let told_apart = |choice: &ChoiceClass| match choice {
        ChoiceClass::Silent | ChoiceClass::OptedIn | ChoiceClass::OptedOut => true,
        ChoiceClass::OptedInLater
        | ChoiceClass::OptedOutLater
        | ChoiceClass::OptInWithdrawn
        | ChoiceClass::OptedBackIn => !only_at_the_cut_off,
        ChoiceClass::OptInExpired => expires,
    };
    ChoiceClass::ALL.iter().copied().filter(told_apart).collect()
}

/// Groups values by signature, in the order of each group's first member.
fn classes<T, R, S: Ord>(
    values: Vec<T>,
    signature: impl Fn(&T) -> S,
    representative: impl Fn(&T) -> R,
) -> Vec<Class<T, R>> {
    let mut numbers: BTreeMap<S, usize> = BTreeMap::new();
    let mut classes: Vec<Class<T, R>> = Vec::new();
    for value in values {
        let number = *numbers.entry(signature(&value)).or_insert(classes.len());
        match classes.get_mut(number) {
            Some(class) => class.members.push(value),
            None => {
                classes
                    .push(Class { representative: representative(&value), members: vec![value] });
            }
        }
    }
    classes
}

/// A word that is not taken.
fn unnamed<T: std::str::FromStr>(word: &str, taken: impl Fn(&str) -> bool) -> Option<T> {
    let mut word = word.to_owned();
    while taken(&word) {
        word.push_str("-other");
    }
    word.parse().ok()
}

/// The scope of the selected classes, in the words of their members.
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

    /// The spans of creation, those that touch put together.
    pub(crate) fn created_scope(&self, selected: &[usize]) -> Scope<CreatedClass> {
        let one = |n: usize| self.created.get(n).copied().into_iter().collect();
        match scope(selected, self.created.len(), one) {
            Scope::Any => Scope::Any,
            Scope::Only(spans) => Scope::Only(joined(spans)),
        }
    }

    /// The places of the selected classes, by code.
    pub(crate) fn members_of(&self, selected: &[usize]) -> Places {
        let among = |wanted: bool| {
            let numbers = (0..self.places.len()).filter(|n| selected.contains(n) == wanted);
            let mut places: Vec<Place> = numbers.flat_map(|n| members(&self.places, n)).collect();
            places.sort_by_cached_key(Place::to_string);
            places
        };
        Places::new(among(true), among(false))
    }
}

fn members<T: Clone, R>(classes: &[Class<T, R>], number: usize) -> Vec<T> {
    classes.get(number).map(|class| class.members.clone()).unwrap_or_default()
}

/// Ascending spans, with those that touch put together.
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

/// Where a representative resided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journey {
    /// In one place all the time.
    Stayed(Place),
    /// In one place when the record was created, in another at the cut-off.
    Moved { from: Place, to: Place },
    /// At home at both, but somewhere else in between.
    Passed { through: Place, home: Place },
}

/// One cell: a class in each dimension, by its representative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub journey: Journey,
    pub kind: &'a Kind,
    pub audience: Option<&'a Audience>,
    pub age: AgeClass,
    pub created: CreatedClass,
    pub choice: ChoiceClass,
}

const DAY: i64 = 86_400_000_000;

/// An instant so many microseconds away; the first or the last one where that lies beyond it.
fn shifted(instant: Timestamp, micros: i64) -> Timestamp {
    let end = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_micros(instant.as_micros().saturating_add(micros)).unwrap_or(end)
}

impl Cell<'_> {
    /// When the record of the cell is created: in its span and, where there is room, a day before
    /// the cut-off. A cut-off before the span stands in for it, as it does in every decision.
    fn created(&self, as_of: Timestamp) -> Timestamp {
        let span = self.created.span();
        let last = span.end().map_or(as_of, |end| shifted(end, -1));
        last.min(shifted(as_of, -DAY)).max(span.start()).min(as_of)
    }

    /// Somebody to stand for the cell, and a record; nothing where the history cannot be, as
    /// when nothing can have happened between the creation and the cut-off.
    pub(crate) fn stand_in(&self, side: PolicyAt<'_>) -> Option<(Subject, Record)> {
        let as_of = side.as_of();
        let created = self.created(as_of);
        let id = "somebody".parse().ok()?;
        let mut subject = Subject::new(id);
        let record = Record::new("something".parse().ok()?, self.kind.clone(), created)
            .of(subject.id().clone());
        for (at, place) in self.journey.residences(created, as_of)? {
            subject = subject.resides(place, at);
        }
        for (at, choice) in history(self.choice, created, as_of)? {
            let purpose = side.policy().purpose().clone();
            subject = subject.chooses(choice, ChosenBy::Subject, purpose, at);
        }
        if let Some(audience) = self.audience {
            subject = subject.with_audience(Entry::new(Timestamp::MIN, audience.clone()));
        }
        match self.age {
            AgeClass::Any | AgeClass::Unknown => {}
            AgeClass::Between { from, until } => {
                let age = until.filter(|_| from == 0).map_or(from, |until| until.saturating_sub(1));
                subject = subject.born(born(age, created)?);
            }
        }
        Some((subject, record))
    }

    /// A registry of the one who stands for the cell, and a record.
    pub(crate) fn realise(&self, side: PolicyAt<'_>) -> Option<(Registry, Record)> {
        let (subject, record) = self.stand_in(side)?;
        let mut registry = Registry::new();
        registry.replace(subject);
        Some((registry, record))
    }
}

/// The birth of somebody who is exactly so old in the year of the instant: on its first day.
fn born(age: u8, instant: Timestamp) -> Option<Birth> {
    let year: i64 = instant.to_string().get(..4)?.parse().ok()?;
    let year = year.checked_sub(i64::from(age)).filter(|year| *year > 0)?;
    format!("{year:04}-01-01").parse().ok()
}

impl Journey {
    fn residences(self, created: Timestamp, as_of: Timestamp) -> Option<Vec<(Timestamp, Place)>> {
        let between = shifted(created, 1);
        match self {
            Self::Stayed(place) => Some(vec![(Timestamp::MIN, place)]),
            Self::Moved { from, to } if created < as_of => {
                Some(vec![(Timestamp::MIN, from), (as_of, to)])
            }
            Self::Passed { through, home } if between < as_of => {
                Some(vec![(Timestamp::MIN, home), (between, through), (as_of, home)])
            }
            Self::Moved { .. } | Self::Passed { .. } => None,
        }
    }
}

/// The choices of a history; nothing where it needs time between the creation and the cut-off.
fn history(
    choice: ChoiceClass,
    created: Timestamp,
    as_of: Timestamp,
) -> Option<Vec<(Timestamp, Choice)>> {
    let then = |choice| (created, choice);
    let now = |choice| (as_of, choice);
    let later = created < as_of;
    match choice {
        ChoiceClass::Silent => Some(Vec::new()),
        ChoiceClass::OptedIn => Some(vec![then(Choice::OptIn), now(Choice::OptIn)]),
        ChoiceClass::OptedOut => Some(vec![then(Choice::OptOut)]),
        ChoiceClass::OptedInLater => later.then(|| vec![now(Choice::OptIn)]),
        ChoiceClass::OptedOutLater => later.then(|| vec![now(Choice::OptOut)]),
        ChoiceClass::OptInWithdrawn => {
            later.then(|| vec![then(Choice::OptIn), now(Choice::OptOut)])
        }
        ChoiceClass::OptedBackIn => later.then(|| vec![then(Choice::OptOut), now(Choice::OptIn)]),
        ChoiceClass::OptInExpired => Some(vec![(Timestamp::MIN, Choice::OptIn)]),
    }
}
