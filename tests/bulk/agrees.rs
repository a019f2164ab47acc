use may_train::bulk::Batch;
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Record, Registry, Timestamp};
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 10: every engine agrees.
    #[test]
    fn bulk_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
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
        }
    }
}
