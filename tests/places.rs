//! One place has one spelling: a territory with an ISO 3166-1 code of its own is that country under
//! whatever code it is written, in data and in policies.

use std::collections::BTreeMap;
use std::path::Path;

use may_train::strategies::{Vocabulary, policies};
use may_train::{Country, Place, Policy, Subdivision, Subject};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

/// The countries that have other spellings, and those.
const SPELLINGS: &[(&str, &str)] = &[
    ("AS", "US-AS"),
    ("AW", "NL-AW"),
    ("AX", "FI-01"),
    ("BL", "FR-BL"),
    ("BQ", "NL-BQ1 NL-BQ2 NL-BQ3"),
    ("CW", "NL-CW"),
    ("GF", "FR-973 FR-GF"),
    ("GP", "FR-971 FR-GP"),
    ("GU", "US-GU"),
    ("HK", "CN-91 CN-HK"),
    ("MF", "FR-MF"),
    ("MO", "CN-92 CN-MO"),
    ("MP", "US-MP"),
    ("MQ", "FR-972 FR-MQ"),
    ("NC", "FR-NC"),
    ("PF", "FR-PF"),
    ("PM", "FR-PM"),
    ("PR", "US-PR"),
    ("RE", "FR-974 FR-RE"),
    ("SJ", "NO-21 NO-22"),
    ("SX", "NL-SX"),
    ("TF", "FR-TF"),
    ("TW", "CN-71 CN-TW"),
    ("UM", "US-UM"),
    ("VI", "US-VI"),
    ("WF", "FR-WF"),
    ("YT", "FR-976 FR-YT"),
];

fn spellings() -> impl Iterator<Item = (&'static str, &'static str)> {
    SPELLINGS.iter().flat_map(|(country, others)| others.split(' ').map(|other| (*country, other)))
}

#[test]
fn a_territory_with_a_code_of_its_own_is_read_and_written_as_that_country() {
    for (code, other) in spellings() {
        let country: Country = code.parse().expect(code);
        let place: Place = other.parse().expect(other);
        assert_eq!(place, Place::Country(country), "{other}");
        assert_eq!(place.to_string(), code);
        assert_eq!(place.subdivision(), None);
        let error = other.parse::<Subdivision>().expect_err(other).to_string();
        assert_eq!(
            error,
            format!("`{other}` is not a subdivision: use `{code}`, a country of its own")
        );
        let line = json!({"id": "u1", "residence": [{"at": "2024-01-01", "place": other}]});
        let subject: Subject = serde_json::from_value(line).expect(other);
        let written = serde_json::to_value(subject).expect(other);
        assert_eq!(written["residence"][0]["place"], code);
    }
    // Neither the whole country nor its other parts.
    for plain in ["CN", "CN-BJ", "FR-IDF", "FR-75", "US-CA", "NL-NH", "NO-03", "FI-18", "RS-KM"] {
        assert_eq!(plain.parse::<Place>().expect(plain).to_string(), plain);
    }
}

#[test]
fn a_policy_names_a_territory_under_any_code() {
    for (code, other) in spellings() {
        let policy = |place: &str| {
            Policy::from_toml(&format!(
                r#"
platform = "acme"
purpose = "ai-training"
regions.near = ["{place}"]
[[revisions]]
id = "first"
effective = "2020-01-01"
opt_out_reaches = "both"
residence_at = "both"
covers = ["post"]
[[revisions.rules]]
in = ["{place}"]
regime = "excluded"
[[revisions.rules]]
in = ["*"]
except = ["near", "{place}"]
regime = "opt-in"
[[revisions.rules]]
in = ["*"]
regime = "opt-out"
"#
            ))
            .expect(place)
        };
        assert_eq!(policy(other), policy(code), "{other}");
        assert_eq!(policy(other).digest(), policy(code).digest(), "{other}");
    }
}

#[test]
fn the_spellings_are_those_of_the_list() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder");
    let Ok(text) = std::fs::read_to_string(beside.join("shared/facts/places.json")) else {
        eprintln!("not compared: places.json is not beside the repository");
        return;
    };
    let list: Value = serde_json::from_str(&text).expect("JSON");
    let ours: BTreeMap<&str, &str> = spellings().map(|(code, other)| (other, code)).collect();
    assert_eq!(list["same_place"], json!(ours));
    // What is withdrawn is refused, and the message names every successor.
    for (code, successors) in list["withdrawn"].as_object().expect("an object") {
        let error = code.parse::<Country>().expect_err(code).to_string();
        for successor in successors.as_array().expect("a list") {
            let successor = successor.as_str().expect("a text");
            assert!(error.contains(successor), "{error}, without {successor}");
        }
    }
    for (code, hint) in list["hints"].as_object().expect("an object") {
        let error = code.parse::<Country>().expect_err(code).to_string();
        for word in hint.as_str().expect("a text").split(" or ") {
            assert!(error.contains(word), "{error}, without {word}");
        }
    }
    for code in list["user_assigned"].as_object().expect("an object").keys() {
        assert!(Country::all().any(|country| country.as_str() == code), "{code}");
    }
}

#[test]
fn kosovo_is_a_country() {
    let kosovo: Country = "XK".parse().expect("XK");
    assert_eq!(kosovo.name(), "Kosovo");
    assert_eq!("XK-01".parse::<Subdivision>().expect("XK-01").country(), kosovo);
    assert_eq!(Country::all().filter(|country| *country == kosovo).count(), 1);
}

/// Writes every place of a document otherwise, wherever it can be.
fn respell(document: &mut Value, spelling: usize) {
    match document {
        Value::String(text) => {
            let other = SPELLINGS.iter().find(|(code, _)| code == text);
            let other = other.and_then(|(_, others)| others.split(' ').cycle().nth(spelling));
            if let Some(other) = other {
                other.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| respell(item, spelling)),
        Value::Object(keys) => keys.values_mut().for_each(|value| respell(value, spelling)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn no_two_spellings_of_one_place_get_different_answers() {
    let words = Vocabulary::small();
    let (mut respelled, mut config) = (0, ProptestConfig::with_cases(400));
    config.failure_persistence = None;
    let strategy = (policies(), words.subjects("u1".parse().expect("an id")), 0..3_usize);
    let question = (words.records(), words.cut_offs());
    let strategy = (strategy, proptest::collection::vec(question, 8));
    let mut runner = proptest::test_runner::TestRunner::new(config);
    for _ in 0..1_000 {
        let tree = strategy.new_tree(&mut runner).expect("a world");
        let ((policy, subject, spelling), questions) = tree.current();
        let mut policy_document = serde_json::to_value(&policy).expect("a policy");
        let mut subject_document = serde_json::to_value(&subject).expect("a subject");
        let before = (policy_document.clone(), subject_document.clone());
        respell(&mut policy_document, spelling);
        respell(&mut subject_document, spelling);
        respelled += usize::from(policy_document != before.0 && subject_document != before.1);
        let other_policy: Policy = serde_json::from_value(policy_document).expect("a policy");
        let other_subject: Subject = serde_json::from_value(subject_document).expect("a subject");
        assert_eq!(other_policy, policy);
        assert_eq!(other_subject, subject);
        for (record, as_of) in questions {
            let decide = |policy: &Policy, subject: &Subject| {
                let mut registry = may_train::Registry::new();
                registry.replace(subject.clone());
                registry.view(policy, as_of).decide(&record).grounds()
            };
            assert_eq!(decide(&policy, &subject), decide(&other_policy, &other_subject));
            assert_eq!(decide(&policy, &subject), decide(&policy, &other_subject));
        }
    }
    assert!(respelled > 40, "only {respelled} worlds could be written otherwise");
}
