//! The declarative vectors: each case's verdict, grounds and revision, by the crate and by the
//! oracle. `tests/vectors/` holds one file a source; each lists what does not map, and why.

mod oracle;

use std::collections::BTreeSet;
use std::fs;

use may_train::{Policy, Record, Registry, Subject, Timestamp};
use serde_json::Value;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorFile {
    #[allow(dead_code, reason = "for readers")]
    about: String,
    #[allow(dead_code, reason = "for readers")]
    source: String,
    policies: std::collections::BTreeMap<String, Value>,
    cases: Vec<Case>,
    #[allow(dead_code, reason = "for readers")]
    not_mapped: Vec<NotMapped>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "for readers")]
struct NotMapped {
    cases: String,
    why: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    why: String,
    policy: String,
    subjects: Vec<Value>,
    record: Value,
    as_of: String,
    known_at: Option<String>,
    verdict: String,
    grounds: Vec<String>,
    revision: Option<String>,
}

impl Case {
    /// Decides with the crate, and with the oracle.
    fn check(&self, policy: &Value) {
        let parsed: Policy = serde_json::from_value(policy.clone()).expect(&self.name);
        let mut registry = Registry::new();
        for subject in &self.subjects {
            let subject: Subject = serde_json::from_value(subject.clone()).expect(&self.name);
            registry.insert(subject).expect(&self.name);
        }
        let record: Record = serde_json::from_value(self.record.clone()).expect(&self.name);
        let time = |text: &str| text.parse::<Timestamp>().expect(&self.name);
        let view = registry.view(&parsed, time(&self.as_of));
        let view = match &self.known_at {
            Some(known) => view.with_known_at(time(known)),
            None => view,
        };
        let found = serde_json::to_value(view.decide(&record)).expect("a decision is written");
        let expected = serde_json::json!({
            "record": record.id(),
            "verdict": self.verdict,
            "grounds": self.grounds,
            "revision": self.revision,
        });
        assert_eq!(found, expected, "{}: {}", self.name, self.why);

        let world = oracle::World::new(policy, &self.subjects);
        let outcome = world.decide(&self.record, &self.as_of, self.known_at.as_deref());
        assert_eq!(outcome.grounds, self.grounds, "{}, by the oracle: {}", self.name, self.why);
        assert_eq!(outcome.verdict, self.verdict, "{}, by the oracle", self.name);
    }
}

fn check_file(name: &str) -> Vec<String> {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).expect(&path);
    let file: VectorFile = serde_json::from_str(&text).expect(&path);
    assert!(!file.cases.is_empty(), "{path} has no case");
    for case in &file.cases {
        let policy = file.policies.get(&case.policy).expect(&case.name);
        case.check(policy);
    }
    file.cases.into_iter().map(|case| case.name).collect()
}

macro_rules! vectors {
    ($($name:ident),+ $(,)?) => {
        $(#[test] fn $name() { check_file(stringify!($name)); })+

        const FILES: &[&str] = &[$(stringify!($name)),+];
    };
}

vectors! {
    aipref, bluesky, c15t, cookieconsent, demarchage, duo, fides, known_bugs, ours, ours_rules,
    ours_version_2, torch, truenth,
}

#[test]
fn every_file_is_run_and_no_two_cases_share_a_name() {
    let folder = format!("{}/tests/vectors", env!("CARGO_MANIFEST_DIR"));
    let files: BTreeSet<String> = fs::read_dir(folder)
        .expect("the folder of vectors")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    let run: BTreeSet<String> = FILES.iter().map(|name| format!("{name}.json")).collect();
    assert_eq!(files, run);
    let names: Vec<String> = FILES.iter().flat_map(|name| check_file(name)).collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(names.len(), distinct.len());
}
