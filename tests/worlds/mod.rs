//! Worlds to try laws on: all that a decision depends on, and ways to change it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Decision, Entry, Grounds, Policy, Record, Registry, Restriction, Revision, Span, Subject,
    Timestamp, Verdict,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner, contextualize_config};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A premise that was met less often proves too little.
const OFTEN_ENOUGH: u32 = 20;

/// How many questions are asked of each policy and its registry.
const QUESTIONS: usize = 4;

/// How often each premise of a law was met.
pub(crate) struct Premises(RefCell<BTreeMap<&'static str, u32>>);

impl Premises {
    /// Counts the premise where it is met.
    pub(crate) fn count(&self, premise: &'static str, met: bool) {
        let mut counts = self.0.borrow_mut();
        *counts.get_mut(premise).expect("a premise of the law") += u32::from(met);
    }
}

/// Tries a theorem on so many values; fails as well where one of its premises was hardly ever met.
pub(crate) fn property<S: Strategy>(
    premises: &[&'static str],
    values: u32,
    strategy: S,
    theorem: impl Fn(S::Value, &Premises) -> TestCaseResult,
) {
    let config = Config {
        cases: values,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    };
    // The environment may ask for another seed and for more values, but not for fewer.
    let asked = contextualize_config(config.clone());
    let config = Config { cases: asked.cases.max(values), ..asked };
    let premises = Premises(RefCell::new(premises.iter().map(|name| (*name, 0)).collect()));
    let tried = TestRunner::new(config).run(&strategy, |value| theorem(value, &premises));
    if let Err(failure) = tried {
        panic!("{failure}");
    }
    for (premise, count) in premises.0.into_inner() {
        assert!(count >= OFTEN_ENOUGH, "met only {count} times: {premise}");
    }
}

/// Tries a theorem on the worlds of so many policies, each with a value of a further strategy.
pub(crate) fn law<S: Strategy>(
    premises: &[&'static str],
    policies_tried: u32,
    further: S,
    theorem: impl Fn(World, S::Value, &Premises) -> TestCaseResult,
) where
    S::Value: Clone,
{
    let words = Vocabulary::small();
    let known_at = proptest::option::weighted(0.3, words.instants());
    let question = (words.records(), words.cut_offs(), known_at);
    let questions = proptest::collection::vec(question, QUESTIONS);
    let strategy = (policies(), words.registries(), questions, further);
    property(premises, policies_tried, strategy, |value, premises| {
        let (policy, registry, questions, further) = value;
        for (record, as_of, known_at) in questions {
            let (policy, registry) = (policy.clone(), registry.clone());
            let world = World { policy, registry, record, as_of, known_at };
            theorem(world, further.clone(), premises)?;
        }
        Ok(())
    });
}

/// All that a decision depends on.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) registry: Registry,
    pub(crate) record: Record,
    pub(crate) as_of: Timestamp,
    pub(crate) known_at: Option<Timestamp>,
}

impl World {
    pub(crate) fn decision(&self) -> Decision<'_> {
        let view = self.registry.view(&self.policy, self.as_of);
        self.known_at.map_or(view, |known_at| view.with_known_at(known_at)).decide(&self.record)
    }

    pub(crate) fn grounds(&self) -> Grounds {
        self.decision().grounds()
    }

    pub(crate) fn is_eligible(&self) -> bool {
        self.decision().verdict() == Verdict::Eligible
    }

    pub(crate) fn revision(&self) -> Option<&Revision> {
        self.decision().revision()
    }

    /// The instant at which the record counts as created.
    pub(crate) fn created(&self) -> Timestamp {
        self.record.created_at().min(self.as_of)
    }

    /// The subjects of the record that the registry knows.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.record.subjects().iter().filter_map(|id| self.registry.get(id))
    }

    /// The world with every subject of the record changed.
    pub(crate) fn with_subjects(&self, change: impl Fn(Subject) -> Subject) -> Self {
        let mut world = self.clone();
        for subject in self.subjects() {
            world.registry.replace(change(subject.clone()));
        }
        world
    }

    /// The world with the donor's facts added to those of every subject of the record.
    pub(crate) fn with_facts(&self, donor: &Subject, date: impl Fn(Clocks) -> Clocks) -> Self {
        self.with_subjects(|subject| with_facts(subject, donor, &date))
    }

    /// The world with another record.
    pub(crate) fn with_record(&self, record: Record) -> Self {
        Self { record, ..self.clone() }
    }

    /// The world with the revision in force edited in its document.
    pub(crate) fn with_revision(&self, edit: impl FnOnce(&mut Value)) -> Self {
        let Some(in_force) = self.revision().map(|revision| json!(revision.id())) else {
            return self.clone();
        };
        let policy = edited(&self.policy, |policy| {
            let mut revisions = policy["revisions"].as_array_mut().into_iter().flatten();
            edit(revisions.find(|revision| revision["id"] == in_force).expect("the revision"));
        });
        Self { policy, ..self.clone() }
    }
}

/// When a fact became true, and when it was recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    pub(crate) at: Timestamp,
    pub(crate) recorded: Timestamp,
}

/// A subject whose facts are given to others.
pub(crate) fn donors() -> impl Strategy<Value = Subject> {
    Vocabulary::small().subjects(parsed("donor"))
}

/// The subject with the facts of another one too, dated anew.
fn with_facts(subject: Subject, donor: &Subject, date: impl Fn(Clocks) -> Clocks) -> Subject {
    fn dated<T: Clone>(entry: &Entry<T>, date: impl Fn(Clocks) -> Clocks) -> Entry<T> {
        let Clocks { at, recorded } = date(Clocks { at: entry.at(), recorded: entry.recorded() });
        Entry::new(at, entry.value().clone()).with_recorded(recorded)
    }
    let residences = donor.residences().iter().map(|entry| dated(entry, &date));
    let audiences = donor.audiences().iter().map(|entry| dated(entry, &date));
    let choices = donor.choices().iter().map(|(purpose, entry)| (purpose, dated(entry, &date)));
    let subject = residences.fold(subject, Subject::with_residence_entry);
    let subject = audiences.fold(subject, Subject::with_audience_entry);
    let subject = choices.fold(subject, |s, (purpose, c)| s.with_choice_entry(purpose.clone(), c));
    let subject = donor.restrictions().iter().fold(subject, |subject, restriction| {
        let clocks = Clocks { at: restriction.span().start(), recorded: restriction.recorded() };
        let Clocks { at, recorded } = date(clocks);
        let again = Restriction::new(restriction.id().clone(), Span::new(at)).expect("it is open");
        subject.with_restriction(again.with_recorded(recorded))
    });
    donor
        .erasures()
        .iter()
        .map(|entry| dated(entry, &date))
        .fold(subject, Subject::with_erasure_entry)
}

/// The value of a text that is known to be right.
pub(crate) fn parsed<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("it is right")
}

/// The instant so many microseconds later.
pub(crate) fn later(instant: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(instant.as_micros() + micros).expect("within the years")
}

/// The value with its document edited.
pub(crate) fn edited<T: Serialize + DeserializeOwned>(
    value: &T,
    edit: impl FnOnce(&mut Value),
) -> T {
    let mut document = serde_json::to_value(value).expect("it is written");
    edit(&mut document);
    serde_json::from_value(document).expect("it is still accepted")
}

/// The subject without all that stands under a key of its document.
pub(crate) fn without(subject: &Subject, key: &str) -> Subject {
    edited(subject, |document| {
        document.as_object_mut().expect("an object").remove(key);
    })
}

/// Written as JSON and read back, the value is the same.
pub(crate) fn survives_json<T>(value: &T) -> TestCaseResult
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let text = serde_json::to_string(value).expect("it is written");
    let again: T = serde_json::from_str(&text).expect("it reads back");
    prop_assert_eq!(value, &again);
    Ok(())
}
