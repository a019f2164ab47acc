//! Generated histories: policies, registries, records, and facts that arrive later.

use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Record, RecordId, Registry, Subject, SubjectId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

pub const SUBJECTS: [&str; 3] = ["u1", "u2", "u3"];

/// A platform at some moment.
#[derive(Debug, Clone)]
pub struct World {
    pub policy: Policy,
    pub registry: Registry,
    pub records: Vec<Record>,
}

pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an identifier")
}

/// A policy of the small vocabulary, everybody's facts, and a few records of distinct ids.
pub fn worlds() -> impl Strategy<Value = World> {
    let words = Vocabulary::small();
    (policies(), histories(6), vec(words.records(), 1..12)).prop_map(
        |(policy, fragments, records)| {
            let mut registry = Registry::new();
            for fragment in &fragments {
                learn(&mut registry, fragment);
            }
            World { policy, registry, records: renumbered(records) }
        },
    )
}

/// A policy that admits many: most worlds of [`worlds`] refuse nearly everything.
pub fn lenient_worlds() -> impl Strategy<Value = World> {
    let second = |reach: &str, sampled: &str| {
        format!(
            r#"
            [[revisions]]
            id = "second"
            effective = "2024-01-20"
            opt_out_reaches = "{reach}"
            residence_at = "{sampled}"
            covers = ["post", "comment"]
            rules = [
                {{ in = ["*"], regime = "no-choice" }},
                {{ in = ["EEA"], regime = "opt-in" }},
            ]
            "#
        )
    };
    let text = move |reach: &str, sampled: &str, lifetime: &str, revised: bool| {
        let second = if revised { second(reach, sampled) } else { String::new() };
        format!(
            r#"
            platform = "acme"
            purpose = "ai-training.generative"
            [[revisions]]
            id = "first"
            effective = "2019-01-01"
            opt_out_reaches = "{reach}"
            residence_at = "{sampled}"
            covers = ["post", "comment", "private-message"]
            {lifetime}
            rules = [
                {{ in = ["*"], regime = "opt-out" }},
                {{ in = ["CH"], regime = "excluded" }},
                {{ in = ["FR"], regime = "opt-in" }},
                {{ in = ["US-NY"], audience = "business", regime = "excluded" }},
                {{ in = ["GB"], regime = "opt-out", minimum_age = 18 }},
            ]
            {second}
            "#
        )
    };
    let reach = prop_oneof![Just("future-runs"), Just("future-data"), Just("both")];
    let sampled = prop_oneof![Just("as-of"), Just("created"), Just("both"), Just("throughout")];
    let lifetime =
        prop_oneof![Just(""), Just("opt_in_lifetime_days = 1"), Just("opt_in_lifetime_days = 9")];
    let policy = (reach, sampled, lifetime, any::<bool>())
        .prop_map(move |(r, s, l, two)| Policy::from_toml(&text(r, s, l, two)).expect("a policy"));
    let words = Vocabulary::small();
    let place = || prop::sample::select(vec!["GB", "FR", "US", "US-CA", "US-NY", "RE"]);
    let everybody = [place(), place(), place()];
    (policy, everybody, histories(2), prop::bool::ANY, vec(words.records(), 8..40)).prop_map(
        |(policy, places, fragments, calm, records)| {
            let mut registry = Registry::new();
            for (name, place) in SUBJECTS.iter().zip(places) {
                let subject = Subject::new(id(name)).with_birth(id("1990"));
                learn(&mut registry, &subject.with_residence(id(place), id("2019-01-01")));
            }
            for fragment in fragments.iter().skip(if calm { SUBJECTS.len() - 1 } else { 1 }) {
                learn(&mut registry, fragment);
            }
            World { policy, registry, records: renumbered(records) }
        },
    )
}

pub fn any_worlds() -> impl Strategy<Value = World> {
    prop_oneof![1 => worlds(), 3 => lenient_worlds()]
}

/// Everything that is ever learned of everybody, in fragments that arrive one by one.
pub fn histories(most: usize) -> impl Strategy<Value = Vec<Subject>> {
    let words = Vocabulary::small();
    let fragment = prop::sample::select(SUBJECTS.to_vec())
        .prop_flat_map(move |name| Vocabulary::small().subjects(id(name)));
    let first: Vec<_> = SUBJECTS.iter().map(|name| words.subjects(id(name))).collect();
    (first, vec(fragment, 0..most))
        .prop_map(|(first, rest)| first.into_iter().chain(rest).collect())
}

fn renumbered(records: Vec<Record>) -> Vec<Record> {
    let numbered = records.into_iter().enumerate();
    numbered.map(|(n, record)| with_id(&record, &id(&format!("r{n}")))).collect()
}

/// The same record under another id.
pub fn with_id(record: &Record, id: &RecordId) -> Record {
    let new = Record::new(id.clone(), record.kind().clone(), record.created_at());
    let new = record.subjects().iter().cloned().fold(new, Record::with_subject);
    let new = record.restrictions().iter().cloned().fold(new, Record::with_restriction);
    record.deleted_at().into_iter().fold(new, Record::with_deletion)
}

/// Takes a fragment of a subject into the registry; the birth that came first stays.
pub fn learn(registry: &mut Registry, fragment: &Subject) {
    let known = registry.get(fragment.id()).cloned();
    let subject = match known {
        None => fragment.clone(),
        Some(known) => absorbed(known, fragment, |_| true),
    };
    registry.replace(subject);
}

/// The subject with the other's dated facts as far as they are wanted, by when they became true and
/// were recorded.
pub fn absorbed(
    mut subject: Subject,
    other: &Subject,
    wanted: impl Fn((Timestamp, Timestamp)) -> bool,
) -> Subject {
    for e in other.residences().iter().filter(|e| wanted((e.at(), e.recorded()))) {
        subject = subject.with_residence_entry(*e);
    }
    for e in other.audiences().iter().filter(|e| wanted((e.at(), e.recorded()))) {
        subject = subject.with_audience_entry(e.clone());
    }
    for (purpose, e) in other.choices().iter().filter(|(_, e)| wanted((e.at(), e.recorded()))) {
        subject = subject.with_choice_entry(purpose.clone(), *e);
    }
    for r in other.restrictions().iter().filter(|r| wanted((r.span().start(), r.recorded()))) {
        if !subject.restrictions().contains(r) {
            subject = subject.with_restriction(r.clone());
        }
    }
    let erasures = other.erasures().iter().filter(|e| wanted((e.at(), e.recorded())));
    erasures.copied().fold(subject, Subject::with_erasure_entry)
}

pub fn everybody(registry: &Registry) -> Vec<Subject> {
    let ids = SUBJECTS.iter().map(|name| id::<SubjectId>(name));
    ids.filter_map(|id| registry.get(&id).cloned()).collect()
}

pub fn instants() -> impl Strategy<Value = Timestamp> {
    Vocabulary::small().instants()
}

pub fn cut_offs() -> impl Strategy<Value = Timestamp> {
    Vocabulary::small().cut_offs()
}

/// The instant, and those just before and after.
pub fn around(instant: Timestamp) -> impl Iterator<Item = Timestamp> {
    let micros = instant.as_micros();
    [micros - 1, micros, micros + 1].into_iter().filter_map(|m| Timestamp::from_micros(m).ok())
}
