//! The JSON Schema of the policy document: up to date, satisfied by every policy, and as strict as
//! the reader wherever a schema can be.

#![cfg(test)]

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use may_train::Policy;
use may_train::strategies::policies;
use proptest::prelude::*;
use serde_json::{Value, json};

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&Policy::json_schema()).expect("JSON");
    jsonschema::meta::validate(&schema).expect("draft 07");
    jsonschema::draft7::new(&schema).expect("a schema")
}

#[test]
fn the_shipped_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/policy/policy.schema.json");
    let shipped = fs::read_to_string(&path).unwrap_or_default();
    // Read, because the order of keys depends on the features of serde_json in the build.
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    assert!(
        read(&shipped) == read(&Policy::json_schema()),
        "run `cargo run --example policy -- schema --output examples/policy/policy.schema.json`"
    );
}

#[test]
fn shipped_policies_satisfy_the_schema() {
    let validator = validator();
    for id in Policy::shipped_ids() {
        let policy = serde_json::to_value(Policy::shipped(id).expect(id)).expect(id);
        let errors: Vec<_> = validator.iter_errors(&policy).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{id}: {errors:?}");
    }
}

#[test]
fn every_policy_satisfies_the_schema() {
    let validator = validator();
    proptest!(|(policy in policies())| {
        let document = serde_json::to_value(&policy).expect("JSON");
        prop_assert!(validator.is_valid(&document), "{document}");
    });
}

/// A policy that is right, and has every key.
fn complete() -> Value {
    json!({
        "platform": "acme",
        "purpose": "ai-training.generative",
        "title": "Acme",
        "not_modelled": ["Photos."],
        "regions": { "near": ["CH", "EEA"] },
        "revisions": [{
            "id": "first",
            "effective": "2024-09-18",
            "announced": "2024-09-01T12:00:00+02:00",
            "status": "in-force",
            "opt_out_reaches": "future-runs",
            "residence_at": "both",
            "covers": ["post"],
            "minimum_age": 18,
            "created_from": "2010-01-01",
            "opt_in_lifetime_days": 365,
            "legal_basis": "consent",
            "confidence": "high",
            "sources": ["https://acme.example"],
            "note": "…",
            "rules": [
                {
                    "in": ["near", "GB", "US-CA"],
                    "except": ["FR"],
                    "kinds": ["post"],
                    "audience": "business",
                    "created": { "from": "2024-01-01", "until": "2024-09-18T00:00:00Z" },
                    "regime": "opt-in",
                    "covers": ["post"],
                    "minimum_age": 16,
                    "created_from": "2012-01-01",
                    "opt_in_lifetime_days": 30,
                    "legal_basis": "none-stated",
                    "confidence": "low",
                    "note": "…"
                },
                { "in": ["*"], "audience": ["business", "consumer"], "regime": "excluded" },
                { "in": ["*"], "regime": "no-choice" }
            ]
        }]
    })
}

/// A change to the complete policy: where, and what stands there instead; `null` removes the key.
fn changed(pointer: &str, value: Value) -> Value {
    let mut document = complete();
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    let parent = document.pointer_mut(parent).expect(pointer);
    match (parent, value) {
        (Value::Object(table), Value::Null) => {
            table.remove(key).expect(pointer);
        }
        (Value::Object(table), value) => {
            table.insert(key.to_owned(), value);
        }
        (Value::Array(list), value) => list[key.parse::<usize>().expect(pointer)] = value,
        (other, _) => panic!("{pointer}: {other}"),
    }
    document
}

#[test]
fn the_schema_knows_every_key_and_only_those() {
    let validator = validator();
    assert!(serde_json::from_value::<Policy>(complete()).is_ok());
    assert!(validator.is_valid(&complete()));
    for table in ["", "/revisions/0", "/revisions/0/rules/0", "/revisions/0/rules/0/created"] {
        refused_by_both(&validator, &format!("{table}/unheard_of"), json!("…"));
    }
}

fn refused_by_both(validator: &Validator, pointer: &str, value: Value) {
    let document = changed(pointer, value);
    assert!(serde_json::from_value::<Policy>(document.clone()).is_err(), "reader: {document}");
    assert!(!validator.is_valid(&document), "schema: {document}");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = validator();
    for (pointer, value) in [
        ("/platform", Value::Null),
        ("/platform", json!("")),
        ("/platform", json!(" acme")),
        ("/purpose", Value::Null),
        ("/purpose", json!("AI training")),
        ("/not_modelled", json!("Photos.")),
        ("/not_modelled/0", json!(" ")),
        ("/revisions", Value::Null),
        ("/revisions", json!([])),
        ("/revisions/0/id", Value::Null),
        ("/revisions/0/effective", Value::Null),
        ("/revisions/0/effective", json!("2024-09-18T12:00:00")),
        ("/revisions/0/effective", json!("18.09.2024")),
        ("/revisions/0/status", json!("planned")),
        ("/revisions/0/opt_out_reaches", Value::Null),
        ("/revisions/0/opt_out_reaches", json!("everything")),
        ("/revisions/0/residence_at", Value::Null),
        ("/revisions/0/covers/0", json!("Private Message")),
        ("/revisions/0/minimum_age", json!(-1)),
        ("/revisions/0/minimum_age", json!(256)),
        ("/revisions/0/opt_in_lifetime_days", json!(4_294_967_296_u64)),
        ("/revisions/0/legal_basis", json!("vital-interests")),
        ("/revisions/0/confidence", json!("certain")),
        ("/revisions/0/rules/0/confidence", json!("High")),
        ("/revisions/0/rules", json!([])),
        ("/revisions/0/rules/0/in", Value::Null),
        ("/revisions/0/rules/0/in", json!([])),
        ("/revisions/0/rules/0/in/0", json!("UK")),
        ("/revisions/0/rules/0/in/0", json!("XX")),
        ("/revisions/0/rules/0/in/0", json!("US-california")),
        ("/revisions/0/rules/0/except/0", json!("EL")),
        ("/revisions/0/rules/0/kinds", json!([])),
        ("/revisions/0/rules/0/audience", json!([])),
        ("/revisions/0/rules/0/regime", Value::Null),
        ("/revisions/0/rules/0/regime", json!("opt-maybe")),
        ("/revisions/0/rules/0/created/from", json!("2024-09-18 12:00:00Z")),
        ("/regions/near/0", json!("UK")),
        ("/regions/EEA", json!(["FR"])),
        ("/regions/UK", json!(["GB"])),
        ("/regions/near by", json!(["GB"])),
    ] {
        refused_by_both(&validator, pointer, value);
    }
}

/// What needs the rest of the document, or a calendar, only the reader finds.
#[test]
fn some_errors_only_the_reader_finds() {
    let validator = validator();
    for (pointer, value) in [
        ("/revisions/0/effective", json!("2023-02-29")),
        ("/revisions/0/rules/2/in/0", json!("EU")),
        ("/revisions/0/rules/0/in/0", json!("nowhere")),
        ("/revisions/0/rules/0/in/0", json!("DEU")),
        ("/revisions/0/rules/0/in/0", json!("XX-CA")),
        ("/revisions/0/covers", Value::Null),
        ("/regions/near", json!([])),
        ("/regions/near/0", json!("*")),
        ("/regions/near/0", json!("near")),
    ] {
        let document = changed(pointer, value);
        let found = serde_json::from_value::<Policy>(document.clone());
        // The rules of the complete policy have their own kinds, or those of the revision.
        assert!(found.is_err(), "reader: {document}");
        assert!(validator.is_valid(&document), "schema: {document}");
    }
}
