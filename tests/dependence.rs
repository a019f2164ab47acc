//! Default dependence: against a second definition of silence, read off the explanations.

use may_train::decision::Evidence;
use may_train::review::Dependence;
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Choice, ChosenBy, Policy, Record, Regime, Registry, Subject, Timestamp, Verdict, View,
};
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn record(id: &str, of: &[&str]) -> Record {
    let record =
        Record::new(id.parse().expect(id), "post".parse().expect("a kind"), at("2023-02-01"));
    of.iter().fold(record, |record, id| record.with_subject(id.parse().expect(id)))
}

/// Residents of a country, who said yes or nothing.
fn registry(policy: &Policy, people: &[(&str, &str, Option<Choice>)]) -> Registry {
    let mut registry = Registry::new();
    for (id, place, choice) in people {
        let mut subject = Subject::new(id.parse().expect(id))
            .with_residence(place.parse().expect(place), at("2019-01-01"));
        if let Some(choice) = choice {
            let purpose = policy.purpose().clone();
            subject = subject.with_choice(*choice, ChosenBy::Subject, purpose, at("2024-09-25"));
        }
        registry.insert(subject).expect("each once");
    }
    registry
}

#[test]
fn records_count_by_country_and_once_in_the_total() {
    let policy = Policy::shipped("linkedin").expect("it is shipped");
    let registry = registry(
        &policy,
        &[
            ("us-silent", "US", None),
            ("us-in", "US-CA", Some(Choice::OptIn)),
            ("us-out", "US", Some(Choice::OptOut)),
            ("jp-silent", "JP", None),
            ("fr-in", "FR", Some(Choice::OptIn)),
        ],
    );
    let records = [
        record("r1", &["us-silent"]),
        record("r2", &["us-in"]),
        record("r3", &["us-out"]), // not eligible: counts nowhere
        record("r4", &["fr-in"]),  // excluded: counts nowhere
        record("r5", &["us-in", "jp-silent"]), // rests on Japan's silence, and counts in both
        record("r6", &["jp-silent"]),
        record("r7", &["us-silent", "us-in"]), // one country, counted once
    ];
    let dependence = Dependence::of(&policy, at("2024-10-01"), &registry, &records);
    let shares = |share: may_train::review::Share| (share.eligible(), share.opt_in_only());
    assert_eq!(shares(dependence.total()), (5, 1));
    assert_eq!(dependence.total().through_silence(), 4);
    assert_eq!(dependence.total().dependence(), Some(0.8));
    let countries: Vec<_> =
        dependence.countries().map(|(c, share)| (c.to_string(), shares(share))).collect();
    assert_eq!(countries, [("JP".to_owned(), (2, 0)), ("US".to_owned(), (4, 1))]);
    assert_eq!(shares(dependence.country("FR".parse().expect("a country"))), (0, 0));
    assert_eq!(dependence.country("FR".parse().expect("a country")).dependence(), None);
    assert_eq!(shares(dependence.elsewhere()), (0, 0));
    let json = serde_json::to_value(&dependence).expect("it is written");
    assert_eq!(json["countries"]["US"]["opt_in_only"], 1);
    assert_eq!(json["revision"], "2024-09-20");
}

#[test]
fn a_residence_that_nobody_looks_at_may_be_unknown() {
    let policy = Policy::from_toml(
        "platform = \"acme\"\npurpose = \"ai-training\"\n[[revisions]]\nid = \"only\"\n\
         effective = \"2020-01-01\"\nopt_out_reaches = \"future-runs\"\nresidence_at = \
         \"created\"\ncovers = [\"post\"]\nrules = [{ in = [\"*\"], regime = \"no-choice\" }]\n",
    )
    .expect("it reads");
    let subject = Subject::new("u1".parse().expect("an id"))
        .with_residence("US".parse().expect("a place"), at("2019-01-01"))
        .with_residence("JP".parse().expect("a place"), at("2024-01-01"))
        .with_residence("GB".parse().expect("a place"), at("2024-01-01"));
    let mut registry = Registry::new();
    registry.insert(subject).expect("it is the first");
    let dependence = Dependence::of(&policy, at("2024-10-01"), &registry, &[record("r1", &["u1"])]);
    assert_eq!(dependence.countries().count(), 0);
    assert_eq!(dependence.elsewhere().eligible(), 1);
    assert_eq!(
        dependence.to_string().lines().last(),
        Some("?             1            0          100.0 %")
    );
}

/// Whether nothing but silence stands where an opt-in would have to: the same question, asked of
/// the explanation and not of another policy.
fn rests_on_silence(view: &View<'_>, record: &Record) -> bool {
    view.decide(record).explanation().findings().iter().any(|finding| match finding.evidence() {
        Evidence::Setting { rule, choice, .. } => {
            let state = choice.state(rule.rule.terms().opt_ins());
            match rule.rule.regime() {
                Regime::OptOut | Regime::NoChoice => !Regime::OptIn.grounds(state).is_empty(),
                Regime::Excluded | Regime::OptIn => false,
            }
        }
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn dependence_is_what_the_explanations_say_of_silence(
        policy in policies(),
        cut_off in Vocabulary::small().cut_offs(),
        registry in Vocabulary::small().registries(),
        records in proptest::collection::vec(Vocabulary::small().records(), 40),
    ) {
        let dependence = Dependence::of(&policy, cut_off, &registry, &records);
        let view = registry.view(&policy, cut_off);
        let eligible = |r: &&Record| view.decide(r).verdict() == Verdict::Eligible;
        let count = records.iter().filter(eligible).count() as u64;
        let silent = records.iter().filter(eligible).filter(|r| rests_on_silence(&view, r)).count();
        prop_assert_eq!(dependence.total().eligible(), count);
        prop_assert_eq!(dependence.total().through_silence(), silent as u64);
        let by_country: u64 = dependence.countries().map(|(_, s)| s.eligible()).sum();
        prop_assert!(by_country + dependence.elsewhere().eligible() >= count);
    }

    /// Opt-in only leaves no rule under which silence means yes, and changes nothing else.
    #[test]
    fn opt_in_only_asks_everybody(policy in policies()) {
        let asked = policy.opt_in_only();
        prop_assert_eq!(&asked.opt_in_only(), &asked);
        let regimes = asked.revisions().iter().flat_map(may_train::Revision::rules).map(may_train::Rule::regime);
        prop_assert!(regimes.into_iter().all(|r| r <= Regime::OptIn));
        let mut written = serde_json::to_value(&policy).expect("it is written");
        for revision in written["revisions"].as_array_mut().expect("revisions") {
            for rule in revision["rules"].as_array_mut().expect("rules") {
                if rule["regime"] != "excluded" {
                    rule["regime"] = "opt-in".into();
                }
            }
        }
        prop_assert_eq!(serde_json::to_value(&asked).expect("it is written"), written);
    }
}
