//! Policies of many rules, and the people whom the rules are about.

use std::fmt::Write;

use may_train::{Place, Policy, Subject};

use crate::workload::{self, PLACES, People};

/// How many parts each country has.
const PARTS: usize = 46;

/// A policy with so many rules: two for everybody, each other one for a part of a country.
pub fn policy(rules: usize) -> Policy {
    let mut text = r#"
        platform = "benchmark"
        purpose = "ai-training.generative"
        title = "A policy of many rules"

        [[revisions]]
        id = "2024-09-18"
        effective = "2024-09-18"
        opt_out_reaches = "future-runs"
        residence_at = "both"
        covers = ["post", "article", "comment", "profile"]
        minimum_age = 18

        [[revisions.rules]]
        in = ["EEA", "CH", "GB"]
        regime = "excluded"

        [[revisions.rules]]
        in = ["*"]
        regime = "opt-out"
    "#
    .to_owned();
    for rule in 0..rules.saturating_sub(2) {
        // The countries take turns, so that few rules are about several.
        let (country, number) = (PLACES[rule % PLACES.len()], rule / PLACES.len());
        assert!(number < PARTS, "there are enough parts of countries");
        let regime = ["excluded", "opt-in", "opt-out"][rule % 3];
        let rule =
            format!("[[revisions.rules]]\nin = [\"{country}-{number}\"]\nregime = \"{regime}\"\n");
        text.write_str(&rule).expect("a string takes all");
    }
    Policy::from_toml(&text).expect("a policy")
}

/// The subject of that number, in a part of each country.
pub fn subject(people: &People, policy: &Policy, number: usize) -> Subject {
    workload::subject_in(people, policy, number, |country| -> Place {
        format!("{country}-{}", number % PARTS).parse().expect("a place")
    })
}
