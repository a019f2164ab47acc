//! The vectors that the scalar decision and the oracle are held to, by the engines of bulk.

use std::collections::BTreeMap;
use std::fs;

use may_train::bulk::Replay;
use may_train::{Policy, Record, Registry, Subject, Timestamp};
use serde_json::Value;

use crate::worlds::{batch, view};

#[derive(serde::Deserialize)]
struct VectorFile {
    policies: BTreeMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    policy: String,
    subjects: Vec<Subject>,
    record: Record,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
    grounds: Value,
}

#[test]
fn the_engines_of_bulk_run_every_vector() {
    let folder = format!("{}/tests/vectors", env!("CARGO_MANIFEST_DIR"));
    let mut run = 0;
    for file in fs::read_dir(folder).expect("the folder of vectors") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("a text");
        let file: VectorFile = serde_json::from_str(&text).expect("vectors");
        for case in &file.cases {
            let policy = file.policies.get(&case.policy).expect("a policy").clone();
            case.check(&serde_json::from_value(policy).expect("a policy"));
            run += 1;
        }
    }
    assert!(run > 800, "only {run} vectors were found");
}

impl Case {
    fn check(&self, policy: &Policy) {
        let mut registry = Registry::new();
        let mut histories = may_train::bulk::Histories::new(policy.purpose(), self.known_at);
        let mut ids = may_train::bulk::Ids::new();
        for subject in &self.subjects {
            registry.insert(subject.clone()).expect(&self.name);
            histories.push(subject).expect(&self.name);
            ids.insert(subject.id().clone());
        }
        let view = view(&registry, policy, (self.as_of, self.known_at));
        let (snapshot, numbers) = view.freeze().expect(&self.name);
        let frozen = batch([&self.record], &numbers);
        let decided = snapshot.decide(&frozen.columns()).expect(&self.name);
        let grounds = |grounds: &[_]| serde_json::to_value(grounds[0]).expect("written");
        assert_eq!(grounds(decided.grounds()), self.grounds, "{}", self.name);

        let packed = batch([&self.record], &ids);
        let mut replay = Replay::new(&histories, policy).expect(&self.name);
        let as_of = [self.as_of.as_micros()];
        let decided = replay.decide(&packed.columns(), &as_of).expect(&self.name);
        assert_eq!(grounds(decided.grounds()), self.grounds, "{}, replayed", self.name);
    }
}
