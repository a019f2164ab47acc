use may_train::bulk::{Batch, Histories, Ids, Replay};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Record, Registry, SubjectId, Timestamp};
use proptest::prelude::*;

/// A policy, people, records, and cut-offs with what is known at each.
type World = (Policy, Registry, Vec<Record>, Vec<(Timestamp, Option<Timestamp>)>);

pub fn worlds() -> impl Strategy<Value = World> {
    let words = Vocabulary::small();
    let known_at = proptest::option::weighted(0.4, words.instants());
    let records = proptest::collection::vec(words.records(), 1..40);
    let questions = proptest::collection::vec((words.cut_offs(), known_at), 1..6);
    (policies(), words.registries(), records, questions)
}

/// The subjects that a registry may have, with numbers for those that it has.
fn packed(
    policy: &Policy,
    registry: &Registry,
    known_at: Option<Timestamp>,
) -> (Histories, Ids<SubjectId>) {
    let mut histories = Histories::new(policy.purpose(), known_at);
    let mut ids = Ids::new();
    for id in ["u1", "u2", "u3"] {
        let id: SubjectId = id.parse().unwrap();
        if let Some(subject) = registry.get(&id) {
            histories.push(subject).unwrap();
            ids.insert(id).unwrap();
        }
    }
    (histories, ids)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 10: every engine agrees. One training set: one cut-off for all.
    #[test]
    fn a_standing_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for (as_of, known_at) in questions {
            let view = registry.view(&policy, as_of);
            let view = known_at.map_or(view, |known_at| view.known_at(known_at));
            let (standing, ids) = view.freeze().unwrap();
            let mut batch = Batch::new();
            for record in &records {
                batch.push(record, &ids).unwrap();
            }
            let decided = standing.decide(&batch.columns().unwrap()).unwrap();
            for (record, grounds) in records.iter().zip(decided.grounds()) {
                let expected = view.decide(record);
                prop_assert_eq!(expected.grounds(), *grounds, "{:?} {}", record, expected.explanation());
            }
            let (histories, _) = packed(&policy, &registry, known_at);
            prop_assert!(histories.freeze(&policy, as_of).unwrap() == standing);
        }
    }

    /// Law 10: every engine agrees. Past runs: every record at a cut-off of its own.
    #[test]
    fn a_replay_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for known_at in questions.iter().map(|(_, known_at)| *known_at) {
            let (histories, ids) = packed(&policy, &registry, known_at);
            let (mut batch, mut as_of, mut expected) = (Batch::new(), Vec::new(), Vec::new());
            for (cut_off, _) in &questions {
                let view = registry.view(&policy, *cut_off);
                let view = known_at.map_or(view, |known_at| view.known_at(known_at));
                for record in &records {
                    batch.push(record, &ids).unwrap();
                    as_of.push(cut_off.as_micros());
                    expected.push(view.decide(record).grounds());
                }
            }
            let mut replay = Replay::new(&histories, &policy).unwrap();
            let decided = replay.decide(&batch.columns().unwrap(), &as_of).unwrap();
            prop_assert_eq!(decided.grounds(), expected);
        }
    }
}
