//! The law checker holds for policies, and fails for each kind of broken decider.

use may_train::review::law::{Counterexample, Law, Proof, check, check_decider};
use may_train::strategies::policies;
use may_train::{
    Choice, ChosenBy, Ground, Grounds, Policy, Record, Regime, Registry, Subject, Timestamp,
};
use proptest::prelude::*;

fn linkedin() -> Policy {
    Policy::shipped("linkedin").expect("it is shipped")
}

/// Everything that a policy can speak of, once.
const EVERYTHING: &str = r#"
platform = "acme"
purpose = "ai-training.generative"
[[revisions]]
id = "first"
effective = "2024-01-01"
opt_out_reaches = "both"
residence_at = "both"
covers = ["post", "comment"]
minimum_age = 16
opt_in_lifetime_days = 365
rules = [
    { in = ["EEA"], except = ["FR"], regime = "opt-in" },
    { in = ["US-CA", "HK"], regime = "excluded" },
    { in = ["*"], regime = "opt-out" },
]
[[revisions]]
id = "second"
effective = "2024-06-01"
opt_out_reaches = "future-runs"
residence_at = "throughout"
covers = ["post"]
rules = [
    { in = ["*"], audience = "business", regime = "excluded" },
    { in = ["EEA"], created = { from = "2024-02-01" }, regime = "opt-in", minimum_age = 18 },
    { in = ["*"], regime = "no-choice", created_from = "2023-01-01" },
    { in = ["*"], kinds = ["comment"], regime = "excluded" },
]
"#;

fn everything() -> Policy {
    Policy::from_toml(EVERYTHING).expect("it reads")
}

fn honest(
    policy: &Policy,
    registry: &Registry,
    record: &Record,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
) -> Grounds {
    let view = registry.view(policy, as_of);
    known_at.map_or(view, |known_at| view.with_known_at(known_at)).decide(record).grounds()
}

fn assert_every_law_has_cases(proof: &Proof) {
    for law in Law::ALL {
        assert!(proof.cases_of(*law) > 50, "law {}: {}", law.number(), proof.cases_of(*law));
    }
    assert_eq!(proof.cases(), Law::ALL.iter().map(|law| proof.cases_of(*law)).sum::<u64>());
}

#[test]
fn the_laws_hold_for_linkedin() {
    let proof = check(&linkedin()).expect("the laws hold");
    assert_every_law_has_cases(&proof);
    assert!(proof.to_string().starts_with("the laws hold (law 1: "), "{proof}");
}

#[test]
fn the_laws_hold_for_a_policy_that_speaks_of_everything() {
    let proof = check(&everything()).unwrap_or_else(|example| panic!("{example}"));
    assert_every_law_has_cases(&proof);
}

/// A decider that is honest, except that it admits where `wrong` says so.
fn admits_where(
    policy: &Policy,
    wrong: impl Fn(&Policy, &Registry, &Record, Timestamp, Grounds) -> bool,
) -> Box<Counterexample> {
    let decide = |policy: &Policy, registry: &Registry, record: &Record, as_of, known_at| {
        let grounds = honest(policy, registry, record, as_of, known_at);
        if wrong(policy, registry, record, as_of, grounds) { Grounds::NONE } else { grounds }
    };
    check_decider(policy, decide).expect_err("the decider is broken")
}

fn subjects<'a>(registry: &'a Registry, record: &Record) -> Vec<&'a Subject> {
    record.subjects().iter().filter_map(|id| registry.get(id)).collect()
}

fn choices(subject: &Subject) -> Vec<(Choice, ChosenBy)> {
    let made = subject.choices().iter().map(|(_, entry)| entry.value());
    made.map(|made| (made.choice(), made.by())).collect()
}

#[test]
fn an_opt_in_that_beats_an_exclusion_breaks_law_1() {
    let example = admits_where(&linkedin(), |_, registry, record, _, grounds| {
        let asked = |s: &&Subject| choices(s).contains(&(Choice::OptIn, ChosenBy::Subject));
        let people = subjects(registry, record);
        grounds == Ground::RegionExcluded.alone() && people.len() == 1 && people.iter().all(asked)
    });
    assert_eq!(example.law(), Law::ExclusionAlwaysWins);
    assert_eq!(example.size(), 2, "{example}");
    assert_eq!(example.grounds(), Grounds::NONE);
    assert_eq!(example.change(), None);
    let text = example.to_string();
    assert!(
        text.starts_with(
            "law 1 (an-exclusion-always-wins) does not hold for linkedin/2024-09-18 at 2024-09-18\n\
             subject `somebody`:\n  resides in "
        ),
        "{text}"
    );
    assert!(text.ends_with("\ngrounds: none"), "{text}");
    let json = serde_json::to_value(&example).expect("it is written");
    assert_eq!(json["law"], "an-exclusion-always-wins");
    assert_eq!(json["subjects"][0]["choices"][0]["choice"], "opt-in");
}

#[test]
fn facts_that_count_before_they_are_learned_break_law_2() {
    let hindsight = |policy: &Policy, registry: &Registry, record: &Record, as_of, _| {
        honest(policy, registry, record, as_of, None)
    };
    let example = check_decider(&linkedin(), hindsight).expect_err("the decider is broken");
    assert_eq!(example.law(), Law::LaterFactsChangeNothing);
    let change = example.change().expect("a fact is learned");
    assert!(change.ends_with(", learned after the cut-off and left out"), "{example}");
    // Opt-outs alone: everything else is left out as it should be.
    let opt_outs = |policy: &Policy, registry: &Registry, record: &Record, as_of, known_at| {
        let known = honest(policy, registry, record, as_of, known_at);
        let opted_out = honest(policy, registry, record, as_of, None).contains(Ground::OptedOut);
        if opted_out { known.union(Ground::OptedOut.alone()) } else { known }
    };
    let example = check_decider(&linkedin(), opt_outs).expect_err("the decider is broken");
    assert_eq!(example.change(), Some("an opt-out, learned after the cut-off and left out"));
    assert!(example.to_string().starts_with("law 2 ("), "{example}");
}

#[test]
fn facts_that_count_before_they_are_true_break_law_2() {
    let hasty = |policy: &Policy, registry: &Registry, record: &Record, as_of, known_at| {
        let grounds = honest(policy, registry, record, as_of, known_at);
        let gone = |s: &&Subject| s.erasure(known_at).is_some();
        let is_any_gone = subjects(registry, record).iter().any(gone);
        if is_any_gone { grounds.union(Ground::SubjectErased.alone()) } else { grounds }
    };
    let example = check_decider(&linkedin(), hasty).expect_err("the decider is broken");
    assert_eq!(example.law(), Law::LaterFactsChangeNothing);
    assert_eq!(example.change(), Some("an erasure from after the cut-off on"));
}

#[test]
fn an_opt_in_of_an_administrator_that_lifts_an_opt_out_breaks_law_3() {
    let example = admits_where(&linkedin(), |_, registry, record, _, grounds| {
        let people = subjects(registry, record);
        grounds == Ground::OptedOut.alone()
            && people.iter().all(|s| choices(s).contains(&(Choice::OptIn, ChosenBy::Admin)))
    });
    assert_eq!(example.law(), Law::OptOutBindsLaterRuns);
    let made: Vec<_> = choices(&example.subjects()[0]);
    assert!(made.contains(&(Choice::OptIn, ChosenBy::Admin)), "{example}");
    assert!(made.iter().any(|(choice, _)| *choice == Choice::OptOut), "{example}");
}

#[test]
fn an_opt_out_for_a_wider_purpose_that_is_overlooked_breaks_law_3() {
    let example = admits_where(&linkedin(), |policy, registry, record, _, grounds| {
        let people = subjects(registry, record);
        let narrow = |s: &&Subject| {
            let mut made = s.choices().iter();
            made.any(|(p, e)| p == policy.purpose() && e.value().choice() == Choice::OptOut)
        };
        grounds == Ground::OptedOut.alone() && !people.iter().any(narrow)
    });
    assert_eq!(example.law(), Law::OptOutBindsLaterRuns);
}

#[test]
fn an_opt_out_that_binds_only_if_made_before_the_creation_breaks_law_3() {
    let example = admits_where(&linkedin(), |_, registry, record, _, grounds| {
        let people = subjects(registry, record);
        let late = |s: &&Subject| {
            let mut outs = s.choices().iter().filter(|(_, e)| e.value().choice() == Choice::OptOut);
            outs.all(|(_, e)| e.at() > record.created_at())
        };
        grounds == Ground::OptedOut.alone() && people.iter().all(late)
    });
    assert_eq!(example.law(), Law::OptOutBindsLaterRuns);
}

#[test]
fn unknown_people_that_are_let_in_break_law_4() {
    for gap in [
        Ground::SubjectUnknown,
        Ground::ResidenceUnknown,
        Ground::AudienceUnknown,
        Ground::AgeUnknown,
    ] {
        let example = admits_where(&everything(), |_, registry, record, _, grounds| {
            // A second subject is another law's matter.
            grounds == gap.alone() && record.subjects().len() == 1 && registry.len() <= 1
        });
        // To add a choice to somebody who is refused and let in for being unknown is law 5's.
        assert_eq!(example.law(), Law::UnknownNeverAdmits, "{gap}: {example}");
        let forgotten = example.change().expect("something is forgotten");
        assert!(forgotten.ends_with("forgotten"), "{gap}: {example}");
        assert!(example.to_string().contains(&format!("grounds with {forgotten}: none")));
    }
}

#[test]
fn an_expired_opt_in_that_reads_as_none_where_it_is_forgotten_breaks_law_4() {
    // Refuses those whose opt-in has run out, and admits those who never made any.
    let example = admits_where(&everything(), |_, registry, record, _, grounds| {
        grounds == Ground::NotOptedIn.alone()
            && subjects(registry, record).iter().all(|s| choices(s).is_empty())
            && record.subjects().len() == 1
    });
    assert_eq!(example.law(), Law::UnknownNeverAdmits);
    assert_eq!(example.change(), Some("an opt-in forgotten"));
}

#[test]
fn facts_that_admit_where_they_should_refuse_break_law_5() {
    // An opt-out that works as a toggle; a restriction, an erasure that hides the rest; a second
    // subject who speaks for the first.
    type Wrong = fn(&Registry, &Record) -> bool;
    let wrongs: [(&str, Wrong); 5] = [
        ("an opt-out for", |registry, record| {
            let signal = (Choice::OptOut, ChosenBy::Signal);
            subjects(registry, record).iter().any(|s| choices(s).contains(&signal))
        }),
        ("a restriction", |registry, record| {
            subjects(registry, record).iter().any(|s| !s.restrictions().is_empty())
        }),
        ("a restriction of the record", |_, record| !record.restrictions().is_empty()),
        ("an erasure", |registry, record| {
            subjects(registry, record).iter().any(|s| !s.erasures().is_empty())
        }),
        ("a second subject, residing in", |_, record| record.subjects().len() == 2),
    ];
    // Law 3 says nothing of opt-outs that reach future data alone.
    let future_data = LINKEDIN_LIKE.replace("future-runs", "future-data");
    let policy = Policy::from_toml(&future_data).expect("it reads");
    for (change, wrong) in wrongs {
        let example = admits_where(&policy, |_, registry, record, _, grounds| {
            grounds.contains(Ground::KindNotCovered)
                && !grounds.contains(Ground::RegionExcluded)
                && wrong(registry, record)
        });
        assert_eq!(example.law(), Law::RestrictionNeverWidens, "{change}: {example}");
        assert!(example.change().is_some_and(|c| c.starts_with(change)), "{change}: {example}");
    }
}

const LINKEDIN_LIKE: &str = r#"
platform = "acme"
purpose = "ai-training.generative"
[[revisions]]
id = "only"
effective = "2024-01-01"
opt_out_reaches = "future-runs"
residence_at = "both"
covers = ["post"]
rules = [{ in = ["GB"], regime = "excluded" }, { in = ["*"], regime = "opt-out" }]
"#;

fn rules_of(policy: &Policy, as_of: Timestamp) -> &[may_train::Rule] {
    policy.in_force(as_of).map_or(&[], may_train::Revision::rules)
}

#[test]
fn an_exclusion_added_that_admits_breaks_law_5() {
    let count = rules_of(&linkedin(), "2024-10-01".parse().expect("a day")).len();
    let example = admits_where(&linkedin(), move |policy, _, record, as_of, grounds| {
        // More exclusions than the policy has: the last one wins, as in a list that is read wrongly.
        let rules = rules_of(policy, as_of);
        let added = rules.len() > count && as_of > "2024-09-19".parse().expect("a day");
        added && grounds.contains(Ground::RegionExcluded) && record.subjects().len() == 1
    });
    assert_eq!(example.law(), Law::RestrictionNeverWidens);
    assert!(example.change().is_some_and(|c| c.starts_with("a rule more, which excludes ")));
}

#[test]
fn rules_that_admit_more_for_being_stricter_break_law_8() {
    let regimes = |policy: &Policy, as_of| -> Vec<Regime> {
        rules_of(policy, as_of).iter().map(may_train::Rule::regime).collect()
    };
    let original = linkedin();
    let stricter = admits_where(&linkedin(), |policy, _, _, as_of, grounds| {
        // Opt-in is taken for "the subject opted in".
        regimes(policy, as_of).contains(&Regime::OptIn) && grounds.contains(Ground::OptedOut)
    });
    assert_eq!(stricter.law(), Law::StrictnessIsMonotone);
    assert!(stricter.change().is_some_and(|c| c.ends_with("made stricter: opt-in")), "{stricter}");
    let older = admits_where(&linkedin(), |policy, _, _, as_of, grounds| {
        // The policy has no minimum age before its revision of November 2025.
        let aged = as_of < "2025-11-03".parse().expect("a day")
            && rules_of(policy, as_of).iter().any(|r| r.terms().minimum_age().is_some());
        aged && grounds.contains(Ground::OptedOut)
    });
    assert_eq!(older.law(), Law::StrictnessIsMonotone);
    assert!(older.change().is_some_and(|c| c.ends_with("from the age of 18")), "{older}");
    let fewer = admits_where(&linkedin(), |policy, _, _, as_of, grounds| {
        let kinds = |policy: &Policy| -> usize {
            rules_of(policy, as_of).iter().map(|rule| rule.terms().covers().len()).sum()
        };
        // An empty list would stand for all kinds.
        kinds(policy) < kinds(&original) && grounds.contains(Ground::KindNotCovered)
    });
    assert_eq!(fewer.law(), Law::StrictnessIsMonotone);
    assert!(fewer.change().is_some_and(|c| c.contains("made stricter: without ")), "{fewer}");
}

#[test]
fn a_law_without_a_case_says_so() {
    let policy = Policy::from_toml(
        "platform = \"acme\"\npurpose = \"ai-training\"\n[[revisions]]\nid = \"only\"\n\
         effective = \"2024-01-01\"\nopt_out_reaches = \"future-data\"\nresidence_at = \
         \"as-of\"\ncovers = []\nrules = [{ in = [\"*\"], regime = \"opt-out\" }]\n",
    )
    .expect("it reads");
    let proof = check(&policy).expect("the laws hold");
    assert_eq!(proof.cases_of(Law::ExclusionAlwaysWins), 0);
    assert_eq!(proof.cases_of(Law::OptOutBindsLaterRuns), 0);
    assert!(proof.cases_of(Law::UnknownNeverAdmits) > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn the_laws_hold_for_any_policy(policy in policies()) {
        if let Err(example) = check(&policy) {
            prop_assert!(false, "{}", example);
        }
    }
}
