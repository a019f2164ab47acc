//! What the tests have in common: worlds, and their people in bulk.

use may_train::bulk::{Batch, Histories, Ids, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Record, Registry, Subject, SubjectId, Timestamp, View};
use proptest::prelude::*;

/// Whom the registries of worlds may know.
pub const SUBJECTS: [&str; 3] = ["u1", "u2", "u3"];

/// A cut-off, and perhaps what is known when.
pub type Question = (Timestamp, Option<Timestamp>);

/// A policy, people, records, and questions.
pub type World = (Policy, Registry, Vec<Record>, Vec<Question>);

pub fn worlds() -> impl Strategy<Value = World> {
    let words = Vocabulary::small();
    let records = proptest::collection::vec(words.records(), 1..40);
    (policies(), words.registries(), records, proptest::collection::vec(questions(), 1..6))
}

pub fn questions() -> impl Strategy<Value = Question> {
    let words = Vocabulary::small();
    (words.cut_offs(), proptest::option::weighted(0.4, words.instants()))
}

pub fn view<'a>(registry: &'a Registry, policy: &'a Policy, question: Question) -> View<'a> {
    let (as_of, known_at) = question;
    let view = registry.view(policy, as_of);
    known_at.map_or(view, |known_at| view.with_known_at(known_at))
}

/// The subjects that a registry knows, in the order of their ids.
pub fn subjects(registry: &Registry) -> Vec<&Subject> {
    let ids = SUBJECTS.iter().map(|id| id.parse().expect("an id"));
    ids.filter_map(|id: SubjectId| registry.get(&id)).collect()
}

/// The same subjects, packed, with the numbers that they have.
pub fn packed(
    policy: &Policy,
    registry: &Registry,
    known_at: Option<Timestamp>,
) -> (Histories, Ids<SubjectId>) {
    let (mut histories, mut ids) = (Histories::new(policy.purpose(), known_at), Ids::new());
    for subject in subjects(registry) {
        assert_eq!(histories.push(subject).ok(), ids.insert(subject.id().clone()));
    }
    (histories, ids)
}

pub fn frozen(policy: &Policy, registry: &Registry, (as_of, known_at): Question) -> Snapshot {
    let mut snapshot = Snapshot::new(policy, as_of, known_at);
    for subject in subjects(registry) {
        snapshot.push(subject).expect("a number");
    }
    snapshot
}

pub fn batch<'a>(records: impl IntoIterator<Item = &'a Record>, ids: &Ids<SubjectId>) -> Batch {
    let mut batch = Batch::new();
    for record in records {
        batch.push(record, ids).expect("few kinds");
    }
    batch
}

pub fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
