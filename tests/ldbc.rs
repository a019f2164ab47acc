//! The crate agrees with the oracle, row by row, on a social network of 408,000 messages.
//!
//! Needs the network as `subjects.ndjson` and `records.ndjson` in the folder `LDBC`, so it is run
//! by name: `LDBC=folder cargo test --release --test ldbc -- --ignored`.

mod oracle;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use may_train::bulk::{Batch, Histories, Replay};
use may_train::{Policy, Record, Timestamp, ndjson};
use serde_json::Value;

#[test]
#[ignore = "needs the folder LDBC"]
fn the_oracle_agrees_on_every_message() {
    let folder = std::env::var("LDBC").expect("the folder of subjects.ndjson and records.ndjson");
    let read = |file: &str| fs::read_to_string(Path::new(&folder).join(file)).expect(file);
    let (subjects, records) = (read("subjects.ndjson"), read("records.ndjson"));
    let registry = ndjson::read_registry(subjects.as_bytes()).expect("a registry");
    let json = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let subjects: Vec<Value> = subjects.lines().map(json).collect();

    let linkedin = Policy::shipped("linkedin").expect("a policy");
    let acme = Policy::from_toml(include_str!("../examples/sample/acme.toml")).expect("a policy");
    for policy in [&linkedin, &acme] {
        let world = oracle::World::new(&serde_json::to_value(policy).expect("written"), &subjects);
        let cut_off: Timestamp = "2024-12-01".parse().expect("a time");
        let view = registry.view(policy, cut_off);
        let mut scalar = Vec::new();
        let (snapshot, ids) = view.freeze().expect("a number for everybody");
        let mut batch = Batch::new();
        let mut reached = BTreeSet::new();
        for line in records.lines() {
            let record: Record = serde_json::from_str(line).expect("a record");
            let expected = world.decide(&json(line), "2024-12-01", None);
            let decision = view.decide(&record);
            let found = serde_json::to_value(decision.grounds()).expect("written");
            assert_eq!(found, Value::from(expected.grounds), "{line}");
            reached.insert(decision.grounds());
            batch.push(&record, &ids).expect("few kinds");
            scalar.push(decision.grounds());
        }
        let bulk = snapshot.decide(&batch.columns()).expect("a decision");
        assert_eq!(bulk.grounds(), scalar, "bulk, {}", policy.platform());
        let mut histories = Histories::new(policy.purpose(), None);
        for id in ids.values() {
            histories.push(registry.get(id).expect("a subject")).expect("a number");
        }
        let as_of = vec![cut_off.as_micros(); batch.len()];
        let mut replay = Replay::new(&histories, policy).expect("one purpose");
        let replayed = replay.decide(&batch.columns(), &as_of);
        assert_eq!(replayed.expect("a decision").grounds(), scalar, "replayed");
        assert!(reached.len() > 20, "{} says little: {reached:?}", policy.platform());
    }
}
