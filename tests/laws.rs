//! The laws: theorems of the specification, each a property test under its own name.
//!
//! Each law counts how often its premises were met, and fails where one hardly ever was: a law that
//! cannot fail proves nothing. The worlds are the same in every run; the environment variable
//! `PROPTEST_RNG_SEED` draws others.

#[path = "common/policy.rs"]
mod policy;
mod worlds;

use may_train::decision::Evidence;
use may_train::people::ChoiceMade;
use may_train::policy::{Area, Closeness, OptOutReach, ResidenceAt};
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Audience, Birth, Choice, ChosenBy, Country, Entry, Ground, Grounds, Log, Place, Policy,
    Purpose, Record, Regime, Registry, Restriction, Revision, Rule, Span, Subject, SubjectId,
    Timestamp, Verdict,
};
use policy::policy;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};
use worlds::{Clocks, World, donors, edited, later, law, parsed, property, survives_json, without};

/// How much later than an instant a later fact is.
fn delays() -> impl Strategy<Value = i64> {
    select(vec![1, 1_000_000, 86_400_000_000])
}

// ---- 1: an exclusion always wins ----

/// How closely the rule names the place, if it selects it, the audience and the record. Said here
/// again on purpose: a law that asked the crate would agree with every mistake of it.
fn closeness(
    world: &World,
    rule: &Rule,
    place: Place,
    audience: Option<&Audience>,
) -> Option<Closeness> {
    let names = |areas: &[Area]| areas.iter().filter_map(|a| a.names(place, world.as_of)).max();
    let selects = names(rule.except()).is_none()
        && rule.kinds().is_none_or(|kinds| kinds.contains(world.record.kind()))
        && rule.created().is_none_or(|span| span.contains(world.created()))
        && rule.audiences().is_none_or(|all| audience.is_some_and(|a| all.contains(a)));
    names(rule.places()).filter(|_| selects)
}

/// The places of the subject at the instants that the revision samples, as far as they are known.
fn sampled_places(world: &World, subject: &Subject, revision: &Revision) -> Vec<Place> {
    let (created, as_of) = (world.created(), world.as_of);
    let between = |at: &Timestamp| created < *at && *at <= as_of;
    let instants = match revision.residence_at() {
        ResidenceAt::AsOf => vec![as_of],
        ResidenceAt::Created => vec![created],
        ResidenceAt::Both => vec![created, as_of],
        ResidenceAt::Throughout => {
            let moves = subject.residences().iter().map(Entry::at).filter(between);
            [created].into_iter().chain(moves).collect()
        }
    };
    let standing = |instant| subject.residences().in_force(instant, world.known_at);
    let known = |instant| if let [one] = standing(instant) { *one.value() } else { None };
    instants.into_iter().filter_map(known).collect()
}

#[test]
fn an_exclusion_always_wins() {
    let premises = ["an exclusion applies", "another rule names the place more closely"];
    law(&premises, 600, Just(()), |world, (), premises| {
        let Some(revision) = world.revision() else { return Ok(()) };
        let is_exclusion = |rule: &&Rule| rule.regime() == Regime::Excluded;
        let (mut applies, mut closer) = (false, false);
        for subject in world.subjects() {
            let audience = match subject.audiences().in_force(world.as_of, world.known_at) {
                [one] => one.value().as_ref(),
                _ => None,
            };
            for place in sampled_places(&world, subject, revision) {
                let closeness = |rule| closeness(&world, rule, place, audience);
                let (excluding, others): (Vec<_>, Vec<_>) =
                    revision.rules().iter().partition(is_exclusion);
                let excluding = excluding.into_iter().filter_map(closeness).min();
                applies |= excluding.is_some();
                closer |= excluding.is_some()
                    && others.into_iter().filter_map(closeness).max() > excluding;
            }
        }
        premises.count("an exclusion applies", applies);
        premises.count("another rule names the place more closely", closer);
        if applies {
            let opt_in = |subject: Subject| {
                let purpose = world.policy.purpose().clone();
                subject.with_choice(Choice::OptIn, ChosenBy::Subject, purpose, Timestamp::MIN)
            };
            let silent = world.with_subjects(|subject| without(&subject, "choices"));
            for world in [&world, &silent, &silent.with_subjects(opt_in)] {
                prop_assert!(world.grounds().contains(Ground::RegionExcluded));
                prop_assert_eq!(world.decision().verdict(), Verdict::Ineligible);
            }
        }
        Ok(())
    });
}

#[test]
fn no_rule_loosens_an_exclusion() {
    let areas = select(vec!["*", "EU", "EEA", "near", "far", "GB", "FR", "RE", "CH", "US"]);
    let exclusions = (areas, any::<Index>());
    let premises = ["it is admitted without the exclusion"];
    law(&premises, 250, exclusions, |world, (area, at), premises| {
        // The catch-all is loose, and so is a rule that names every place more closely.
        let loose = world.with_revision(|revision| {
            revision["rules"] = json!([
                {"in": ["*"], "regime": "no-choice"},
                {"in": ["GB", "FR", "RE", "CH", "US-CA", "US-NY"], "regime": "no-choice"},
            ]);
        });
        let excluded = loose.with_revision(|revision| {
            let rules = revision["rules"].as_array_mut().expect("a list");
            rules.insert(at.index(3), json!({"in": [area], "regime": "excluded"}));
        });
        let Some(revision) = excluded.revision() else { return Ok(()) };
        let is_named = |place: Place| {
            let rule = revision.rules().iter().find(|rule| rule.regime() == Regime::Excluded);
            rule.is_some_and(|rule| closeness(&excluded, rule, place, None).is_some())
        };
        if excluded
            .subjects()
            .any(|s| sampled_places(&world, s, revision).into_iter().any(is_named))
        {
            premises.count("it is admitted without the exclusion", loose.is_eligible());
            prop_assert!(excluded.grounds().contains(Ground::RegionExcluded));
        }
        Ok(())
    });
}

// ---- 2: later facts never change earlier decisions ----

#[test]
fn later_facts_never_change_earlier_decisions() {
    let premises = ["the facts would matter at the cut-off"];
    law(&premises, 400, (donors(), delays()), |world, (donor, delay), premises| {
        let next = later(world.as_of, delay);
        let after = |clocks: Clocks| Clocks { at: clocks.at.max(next), ..clocks };
        let at_once = world.with_facts(&donor, |clocks| Clocks { at: world.as_of, ..clocks });
        let matters = at_once.grounds() != world.grounds();
        premises.count("the facts would matter at the cut-off", matters);

        prop_assert_eq!(world.with_facts(&donor, after).grounds(), world.grounds());
        if world.record.deleted_at().is_none() {
            let deleted = world.with_record(world.record.clone().with_deletion(next));
            prop_assert_eq!(deleted.grounds(), world.grounds());
        }
        Ok(())
    });
}

#[test]
fn later_knowledge_never_changes_what_was_known() {
    let learned = (donors(), Vocabulary::small().cut_offs(), delays());
    let premises = ["the facts would have mattered", "an erasure is known that is not the first"];
    law(&premises, 400, learned, |world, (donor, known_at, delay), premises| {
        let world = World { known_at: Some(known_at), ..world };
        let learned =
            |recorded| world.with_facts(&donor, |clocks| Clocks { recorded, ..clocks }).grounds();
        premises.count("the facts would have mattered", learned(known_at) != world.grounds());
        prop_assert_eq!(learned(later(known_at, delay)), world.grounds());

        let restriction =
            Restriction::new(parsed("baa"), Span::new(Timestamp::MIN)).expect("it is open");
        let restriction = restriction.with_recorded(later(known_at, delay));
        let restricted = world.with_record(world.record.clone().with_restriction(restriction));
        prop_assert_eq!(restricted.grounds(), world.grounds());

        let erasure = Entry::new(Timestamp::MIN, ()).with_recorded(later(known_at, delay));
        let erased = world.with_subjects(|subject| subject.with_erasure_entry(erasure));
        let is_known = world.grounds().contains(Ground::SubjectErased);
        premises.count("an erasure is known that is not the first", is_known);
        prop_assert_eq!(erased.grounds(), world.grounds());
        Ok(())
    });
}

/// Of several erasures none takes the place of another: one that is learned later, of an earlier
/// instant, does not hide the one that was known.
#[test]
fn an_erasure_learned_later_hides_none_that_was_known() {
    let known = Entry::new(parsed("2024-03-01"), ());
    let late = Entry::new(parsed("2024-01-01"), ()).with_recorded(parsed("2025-01-01"));
    let american = Subject::new(parsed("u1")).with_residence(parsed("US"), parsed("2020-01-01"));
    let is_erased = |erasures: &[Entry<()>], as_of: &str, known_at: Option<&str>| {
        let subject = erasures.iter().copied().fold(american.clone(), Subject::with_erasure_entry);
        let world = world_of(r#"{in = ["*"], regime = "no-choice"}"#, subject);
        let (as_of, known_at) = (parsed(as_of), known_at.map(parsed));
        let grounds = World { as_of, known_at, ..world }.grounds();
        assert!(grounds == Grounds::NONE || grounds == Ground::SubjectErased.alone());
        !grounds.is_empty()
    };
    for erasures in [[known, late], [late, known]] {
        for (as_of, known_at, expected) in [
            ("2024-06-01", Some("2024-06-01"), true),
            ("2024-03-01", Some("2024-03-01"), true),
            // As known then, it was the only one.
            ("2024-02-01", Some("2024-06-01"), false),
            ("2024-06-01", Some("2024-02-01"), false),
            // As known now, the other took effect first.
            ("2024-02-01", Some("2025-01-01"), true),
            ("2024-02-01", None, true),
            ("2023-12-31", None, false),
        ] {
            let found = is_erased(&erasures, as_of, known_at);
            assert_eq!(found, expected, "{as_of}, as known at {known_at:?}");
        }
    }
}

#[test]
fn later_revisions_never_change_earlier_decisions() {
    let premises = ["the revision would matter at the cut-off"];
    law(&premises, 150, (policies(), delays()), |world, (donor, delay), premises| {
        let with_revision = |effective: Timestamp| {
            let mut revision =
                serde_json::to_value(&donor).expect("a policy")["revisions"][0].take();
            revision["id"] = json!("later");
            revision["effective"] = json!(effective);
            revision["status"] = json!("in-force");
            let policy = edited(&world.policy, |policy| {
                let revisions = policy["revisions"].as_array_mut().expect("a list");
                // Two cannot be in force from the same instant.
                revisions.retain(|other| other["effective"] != revision["effective"]);
                revisions.push(revision);
            });
            World { policy, ..world.clone() }.grounds()
        };
        let matters = with_revision(world.as_of) != world.grounds();
        premises.count("the revision would matter at the cut-off", matters);
        prop_assert_eq!(with_revision(later(world.as_of, delay)), world.grounds());
        Ok(())
    });
}

// ---- 3: an opt-out binds every later run ----

/// The purpose of the policy, or one that is wider.
fn purpose_or_wider(policy: &Policy, wider: bool) -> Purpose {
    let purpose = policy.purpose().as_str();
    let wide = purpose.split('.').next().unwrap_or(purpose);
    parsed(if wider { wide } else { purpose })
}

#[test]
fn an_opt_out_binds_every_later_run() {
    let words = Vocabulary::small();
    let opt_outs = (words.instants(), words.instants(), select(ChosenBy::ALL), any::<bool>());
    let premises = [
        "the run is at the instant of the opt-out",
        "the opt-out is for a wider purpose",
        "somebody else opts in later",
        "the subject opts in later for another purpose",
        "it was recorded at another instant",
        "without the opt-out there is none",
    ];
    law(&premises, 1200, opt_outs, |world, (at, recorded, by, wider), premises| {
        let reaches =
            world.revision().is_some_and(|r| r.opt_out_reaches() != OptOutReach::FutureData);
        if !reaches || world.subjects().next().is_none() {
            return Ok(());
        }
        let at = at.min(world.as_of);
        let recorded = world.known_at.map_or(recorded, |known_at| recorded.min(known_at));
        let purpose = purpose_or_wider(&world.policy, wider);
        // What would lift it: the subject or the guardian, for the same purpose, later.
        let lifts = |chosen_for: &Purpose, entry: &Entry<ChoiceMade>| {
            *chosen_for == purpose
                && entry.value().choice() == Choice::OptIn
                && matches!(entry.value().by(), ChosenBy::Subject | ChosenBy::Guardian)
                && (entry.at(), entry.recorded()) > (at, recorded)
        };
        let unlifted = world.with_subjects(|subject| {
            let choices = subject.choices().clone();
            let kept = choices.iter().filter(|(chosen_for, entry)| !lifts(chosen_for, entry));
            kept.fold(without(&subject, "choices"), |s, (p, e)| s.with_choice_entry(p.clone(), *e))
        });
        let opted_out = unlifted.with_subjects(|subject| {
            let entry = Entry::new(at, ChoiceMade::new(Choice::OptOut, by)).with_recorded(recorded);
            subject.with_choice_entry(purpose.clone(), entry)
        });
        let opted_in_later = |is: &dyn Fn(&Purpose, ChosenBy) -> bool| {
            unlifted.subjects().any(|subject| {
                subject.choices().iter().any(|(chosen_for, entry)| {
                    entry.value().choice() == Choice::OptIn
                        && (at..=world.as_of).contains(&entry.at())
                        && is(chosen_for, entry.value().by())
                })
            })
        };
        let before = unlifted.grounds();
        premises.count("the run is at the instant of the opt-out", at == world.as_of);
        premises.count("the opt-out is for a wider purpose", purpose != *world.policy.purpose());
        premises.count(
            "somebody else opts in later",
            opted_in_later(&|p, by| {
                *p == purpose && !matches!(by, ChosenBy::Subject | ChosenBy::Guardian)
            }),
        );
        premises.count(
            "the subject opts in later for another purpose",
            opted_in_later(&|p, by| *p != purpose && by == ChosenBy::Subject),
        );
        premises.count("it was recorded at another instant", recorded != at);
        premises.count("without the opt-out there is none", !before.contains(Ground::OptedOut));
        prop_assert!(opted_out.grounds().contains(Ground::OptedOut));
        Ok(())
    });
}

#[test]
fn only_an_opt_in_for_the_same_purpose_lifts_an_opt_out() {
    let words = Vocabulary::small();
    let wider = proptest::bool::weighted(0.7);
    let choices = (words.instants(), delays(), select(ChosenBy::ALL), wider);
    let premises = ["it is lifted", "it binds, for it is wider", "it binds, for another opted in"];
    law(&premises, 900, choices, |world, (at, delay, by, wider), premises| {
        let future_runs =
            world.revision().map(Revision::opt_out_reaches) == Some(OptOutReach::FutureRuns);
        let lifted_at = later(at, delay);
        if !future_runs || world.subjects().next().is_none() || lifted_at > world.as_of {
            return Ok(());
        }
        let world = World { known_at: None, ..world };
        let wide = purpose_or_wider(&world.policy, wider);
        let own = world.policy.purpose();
        let chosen = world.with_subjects(|subject| {
            without(&subject, "choices")
                .with_choice(Choice::OptOut, ChosenBy::Subject, wide.clone(), at)
                .with_choice(Choice::OptIn, by, own.clone(), lifted_at)
        });
        let counts = world
            .subjects()
            .all(|subject| ChoiceMade::new(Choice::OptIn, by).counts(lifted_at, subject.birth()));
        let lifted = counts && wide == *own;
        premises.count("it is lifted", lifted);
        premises.count("it binds, for it is wider", counts && wide != *own);
        premises.count("it binds, for another opted in", !counts && wide == *own);
        prop_assert_eq!(chosen.grounds().contains(Ground::OptedOut), !lifted);
        Ok(())
    });
}

#[test]
fn only_the_subject_opts_in_and_only_for_the_purpose_named() {
    let words = Vocabulary::small();
    let opt_ins = (donors(), words.instants());
    let premises = [
        "an opt-in for a wider purpose",
        "an opt-in for a narrower purpose",
        "an opt-in by somebody else",
        "it would be admitted with an opt-in of its own",
    ];
    law(&premises, 500, opt_ins, |world, (donor, instant), premises| {
        let own = world.policy.purpose();
        let consenting = consenting(&world, instant);
        let silent = consenting.with_subjects(|subject| without(&subject, "choices"));
        let opt_ins = || {
            donor.choices().iter().filter_map(|(purpose, entry)| {
                let made = ChoiceMade::new(Choice::OptIn, entry.value().by());
                let counts = world.subjects().any(|s| made.counts(entry.at(), s.birth()));
                let other = purpose != own || !counts;
                other.then(|| (purpose, Entry::new(entry.at(), made)))
            })
        };
        let opted_in = silent.with_subjects(|s| {
            opt_ins().fold(s, |s, (p, entry)| s.with_choice_entry(p.clone(), entry))
        });
        let is_wider = |p: &Purpose| p != own && p.includes(own);
        let is_narrower = |p: &Purpose| p != own && own.includes(p);
        let any = |is: &dyn Fn(&Purpose) -> bool| opt_ins().any(|(purpose, _)| is(purpose));
        premises.count("an opt-in for a wider purpose", any(&is_wider));
        premises.count("an opt-in for a narrower purpose", any(&is_narrower));
        premises.count("an opt-in by somebody else", any(&|p| p == own));
        let alone = silent.grounds() == Ground::NotOptedIn.alone();
        premises.count("it would be admitted with an opt-in of its own", alone);
        prop_assert_eq!(opted_in.grounds(), silent.grounds());
        Ok(())
    });
}

// ---- 4: unknown never admits ----

/// The world with rules that all ask for an opt-in, and subjects who opt in at an instant.
fn consenting(world: &World, instant: Timestamp) -> World {
    let asking = world.with_revision(|revision| {
        for rule in revision["rules"].as_array_mut().into_iter().flatten() {
            rule["regime"] = json!("opt-in");
        }
    });
    let purpose = world.policy.purpose();
    asking.with_subjects(|s| {
        s.with_choice(Choice::OptIn, ChosenBy::Subject, purpose.clone(), instant)
    })
}

/// The subject without one of the opt-ins, if there is any.
fn without_an_opt_in(subject: &Subject, which: Index) -> Subject {
    edited(subject, |document| {
        let Some(Value::Array(choices)) = document.get_mut("choices") else { return };
        let is_opt_in = |i: &usize| choices[*i]["choice"] == "opt-in";
        let opt_ins: Vec<usize> = (0..choices.len()).filter(is_opt_in).collect();
        if !opt_ins.is_empty() {
            choices.remove(*which.get(&opt_ins));
        }
    })
}

/// The world whose registry does not know one of the subjects of the record.
fn without_a_subject(world: &World, which: Index) -> World {
    let mut registry = Registry::new();
    let forgotten = which.index(world.subjects().count().max(1));
    for (i, subject) in world.subjects().enumerate() {
        if i != forgotten {
            registry.replace(subject.clone());
        }
    }
    World { registry, ..world.clone() }
}

#[test]
fn unknown_never_admits() {
    let premises = [
        "residences",
        "audiences",
        "birth",
        "an opt-in",
        "a subject",
        "a residence is written as unknown",
        "an audience is written as unknown",
        "a subdivision",
    ];
    let words = Vocabulary::small();
    let forgotten = (any::<Index>(), words.instants(), words.instants());
    law(&premises, 700, forgotten, |world, (which, instant, recorded), premises| {
        let unknown = Entry::new(instant, None).with_recorded(recorded);
        let elsewhere = |s: Subject| s.with_residence_entry(unknown);
        let anybody = |s: Subject| s.with_audience_entry(Entry::new(instant, None));
        let forgetting = |key| world.with_subjects(|subject| without(&subject, key));
        let consenting = consenting(&world, instant);
        let cases = [
            ("residences", &world, forgetting("residence")),
            ("audiences", &world, forgetting("audience")),
            ("birth", &world, forgetting("born")),
            ("an opt-in", &consenting, consenting.with_subjects(|s| without_an_opt_in(&s, which))),
            ("a subject", &world, without_a_subject(&world, which)),
            ("a residence is written as unknown", &world, world.with_subjects(elsewhere)),
            ("an audience is written as unknown", &world, world.with_subjects(anybody)),
        ];
        for (forgotten, knowing, forgetful) in cases {
            let matters = forgetful.grounds() != knowing.grounds();
            premises.count(forgotten, matters && !knowing.is_eligible());
            prop_assert!(knowing.is_eligible() || !forgetful.is_eligible(), "{}", forgotten);
        }
        // Of two residences that contradict each other, one may be the whole country: without the
        // subdivision they agree, so that a gap can close. No refusal can.
        let whole = world.with_subjects(|subject| without_a_subdivision(&subject, which));
        let refused = world.decision().verdict() == Verdict::Ineligible;
        premises.count("a subdivision", refused && whole.grounds() != world.grounds());
        prop_assert!(!refused || !whole.is_eligible(), "a subdivision");
        Ok(())
    });
}

/// The subject with the whole country for one of its residences.
fn without_a_subdivision(subject: &Subject, which: Index) -> Subject {
    edited(subject, |document| {
        let residences = document.get_mut("residence").and_then(Value::as_array_mut);
        if let Some(residences) = residences.filter(|residences| !residences.is_empty()) {
            let which = which.index(residences.len());
            let place = &mut residences[which]["place"];
            let country = place.as_str().map(|place| json!(place[..2]));
            *place = country.unwrap_or(Value::Null);
        }
    })
}

/// A world of one record that `u1` created in 2021, under rules of TOML that sample the cut-off.
fn world_of(rules: &str, subject: Subject) -> World {
    let mut registry = Registry::new();
    registry.replace(subject);
    World {
        policy: policy(&format!("[{rules}]")),
        registry,
        record: Record::new(parsed("r1"), parsed("post"), parsed("2021-01-01"))
            .with_subject(parsed("u1")),
        as_of: parsed("2024-01-01"),
        known_at: None,
    }
}

/// What is no law: the residence before the forgotten one stands again.
#[test]
fn forgetting_a_single_residence_can_admit() {
    let rules = r#"{in = ["FR"], regime = "excluded"}, {in = ["*"], regime = "no-choice"}"#;
    let american = Subject::new(parsed("u1")).with_residence(parsed("US"), parsed("2020-01-01"));
    let moved = american.clone().with_residence(parsed("FR"), parsed("2023-01-01"));
    assert_eq!(world_of(rules, moved).grounds(), Ground::RegionExcluded.alone());
    assert_eq!(world_of(rules, american).grounds(), Grounds::NONE);
}

// ---- 5: a restriction never widens ----

/// The world with a rule of another policy added, which excludes.
fn with_exclusion(world: &World, other: &Policy, which: Index, at: Index) -> World {
    let other = serde_json::to_value(other).expect("it is written");
    let rules = other["revisions"][0]["rules"].as_array().expect("a list");
    let mut rule = which.get(rules).clone();
    rule["regime"] = json!("excluded");
    world.with_revision(|revision| {
        let rules = revision["rules"].as_array_mut().expect("a list");
        rules.insert(at.index(rules.len() + 1), rule);
    })
}

#[test]
fn a_restriction_never_widens() {
    let premises = [
        "an opt-out",
        "a restriction of a subject",
        "a restriction of the record",
        "an erasure",
        "a deletion",
        "an excluded rule",
        "a further subject",
    ];
    let opt_outs = (select(ChosenBy::ALL), any::<bool>());
    let exclusions = (policies(), any::<Index>(), any::<Index>());
    let restrictions = (opt_outs, exclusions, donors(), Vocabulary::small().instants());
    law(&premises, 500, restrictions, |world, restrictions, premises| {
        let ((by, wider), (other, which, at), stranger, instant) = restrictions;
        let purpose = purpose_or_wider(&world.policy, wider);
        let restriction = Restriction::new(parsed("baa"), Span::new(instant)).expect("it is open");
        let record = || world.record.clone();
        let opted_out =
            world.with_subjects(|s| s.with_choice(Choice::OptOut, by, purpose.clone(), instant));
        let restricted = world.with_subjects(|s| s.with_restriction(restriction.clone()));
        let erased = world.with_subjects(|s| s.with_erasure_entry(Entry::new(instant, ())));
        // A second deletion would take the place of the first.
        let deleted = match record().deleted_at() {
            Some(_) => world.clone(),
            None => world.with_record(record().with_deletion(instant)),
        };
        // A record that names nobody is nobody's: naming its first subject may admit it.
        let mut joined = world.clone();
        if !world.record.subjects().is_empty() {
            joined.record = record().with_subject(stranger.id().clone());
            joined.registry.replace(stranger);
        }
        let cases = [
            ("an opt-out", opted_out),
            ("a restriction of a subject", restricted),
            (
                "a restriction of the record",
                world.with_record(record().with_restriction(restriction)),
            ),
            ("an erasure", erased),
            ("a deletion", deleted),
            ("an excluded rule", with_exclusion(&world, &other, which, at)),
            ("a further subject", joined),
        ];
        for (restriction, restricted) in cases {
            premises.count(restriction, world.is_eligible() && !restricted.is_eligible());
            prop_assert!(world.is_eligible() || !restricted.is_eligible(), "{}", restriction);
        }
        Ok(())
    });
}

/// What is no law: a further rule that names the place more closely.
#[test]
fn a_further_rule_that_is_closer_can_admit() {
    let american = Subject::new(parsed("u1")).with_residence(parsed("US"), parsed("2020-01-01"));
    let strict = r#"{in = ["*"], regime = "opt-in"}"#;
    let closer = r#"{in = ["*"], regime = "opt-in"}, {in = ["US"], regime = "opt-out"}"#;
    assert_eq!(world_of(strict, american.clone()).grounds(), Ground::NotOptedIn.alone());
    assert_eq!(world_of(closer, american).grounds(), Grounds::NONE);
}

// ---- 6: order and duplicates do not matter ----

#[test]
fn order_and_duplicates_do_not_matter_to_logs() {
    fn merged<T: Ord + Clone>(a: &Log<T>, b: &Log<T>) -> Log<T> {
        let mut all = a.clone();
        all.merge(b.clone());
        all
    }
    fn check<T: Ord + Clone + std::fmt::Debug>(
        a: &Log<T>,
        b: &Log<T>,
        c: &Log<T>,
    ) -> TestCaseResult {
        prop_assert_eq!(merged(a, b), merged(b, a));
        prop_assert_eq!(merged(&merged(a, b), c), merged(a, &merged(b, c)));
        prop_assert_eq!(&merged(a, a), a);
        prop_assert_eq!(&merged(a, &Log::new()), a);
        // One by one, from the last to the first and twice over, comes to the same.
        let mut one_by_one = Log::new();
        for entry in a.iter().chain(b).rev().chain(a) {
            one_by_one.insert(entry.clone());
        }
        prop_assert_eq!(&one_by_one, &merged(a, b));
        let mut extended = a.clone();
        extended.extend(b.iter().rev().cloned());
        prop_assert_eq!(extended, one_by_one);
        Ok(())
    }
    let premises = ["the logs share an instant", "the merged log is longer than each"];
    property(&premises, 1000, [donors(), donors(), donors()], |[a, b, c], premises| {
        let (ours, theirs) = (a.residences(), b.residences());
        let at_once = |x: &Entry<Option<Place>>| theirs.iter().any(|y| x.at() == y.at() && x != y);
        premises.count("the logs share an instant", ours.iter().any(at_once));
        let (all, some) = (merged(ours, theirs).iter().count(), |log: &Log<_>| log.iter().count());
        let longer = all > some(ours) && all > some(theirs);
        premises.count("the merged log is longer than each", longer);
        check(ours, theirs, c.residences())?;
        check(a.audiences(), b.audiences(), c.audiences())
    });
}

#[test]
fn order_and_duplicates_do_not_matter_to_choices() {
    let merged = |a: &Subject, b: &Subject| {
        let mut all = a.choices().clone();
        all.merge(b.choices().clone());
        all
    };
    let premises = ["both chose for one purpose", "an opt-in does not count"];
    property(&premises, 500, [donors(), donors(), donors()], |[a, b, c], premises| {
        let chosen_by_a = |p: &Purpose| a.choices().iter().any(|(purpose, _)| purpose == p);
        let shared = b.choices().iter().any(|(purpose, _)| chosen_by_a(purpose));
        premises.count("both chose for one purpose", shared);
        let ignored = b.choices().iter().any(|(_, e)| !e.value().counts(e.at(), b.birth()));
        premises.count("an opt-in does not count", ignored);

        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(&merged(&a, &a), a.choices());
        let (mut left, mut right) = (merged(&a, &b), b.choices().clone());
        left.merge(c.choices().clone());
        right.merge(c.choices().clone());
        right.merge(a.choices().clone());
        prop_assert_eq!(&left, &right);
        let mut one_by_one = c.choices().clone();
        let entries: Vec<_> = a.choices().iter().chain(b.choices().iter()).collect();
        for (purpose, entry) in entries.iter().rev().chain(&entries) {
            one_by_one.insert((*purpose).clone(), **entry);
        }
        prop_assert_eq!(one_by_one, left);
        Ok(())
    });
}

/// Brings the lists of a document into another order: from the last to the first, then so many to the
/// end, with some of them twice.
fn shuffle(document: &mut Value, keys: &[&str], by: usize) {
    for key in keys {
        if let Some(Value::Array(list)) = document.get_mut(key).filter(|list| **list != json!([])) {
            let again = list.clone();
            list.reverse();
            list.rotate_left(by % again.len());
            list.extend(again.into_iter().step_by(1 + by % 3));
        }
    }
}

#[test]
fn order_and_duplicates_do_not_matter_to_decisions() {
    let premises = [
        "several residences",
        "several choices",
        "several erasures",
        "several subjects",
        "several rules",
    ];
    law(&premises, 250, 0..6_usize, |world, by, premises| {
        let subjects = || world.subjects();
        premises.count(
            "several residences",
            subjects().any(|s| s.residences().iter().nth(1).is_some()),
        );
        premises.count("several choices", subjects().any(|s| s.choices().iter().nth(1).is_some()));
        premises
            .count("several erasures", subjects().any(|s| s.erasures().iter().nth(1).is_some()));
        premises.count("several subjects", world.record.subjects().len() > 1);
        premises.count("several rules", world.revision().is_some_and(|r| r.rules().len() > 1));

        let mut other = world.with_subjects(|subject| {
            let keys = ["residence", "audience", "choices", "restrictions", "erasures"];
            edited(&subject, |document| shuffle(document, &keys, by))
        });
        for subject in world.subjects() {
            let again = other.registry.get(subject.id()).expect("a subject");
            prop_assert_eq!(again.residences(), subject.residences());
            prop_assert_eq!(again.audiences(), subject.audiences());
            prop_assert_eq!(again.choices(), subject.choices());
            prop_assert_eq!(again.erasures(), subject.erasures());
        }
        other.record =
            edited(&other.record, |document| shuffle(document, &["subjects", "restrictions"], by));
        prop_assert_eq!(other.record.subjects().len(), world.record.subjects().len());
        other.policy = edited(&other.policy, |document| {
            let revisions = document["revisions"].as_array_mut().expect("a list");
            revisions.reverse();
            for revision in revisions {
                shuffle(revision, &["rules"], by);
            }
        });
        prop_assert_eq!(other.grounds(), world.grounds());
        Ok(())
    });
}

// ---- 7: all subjects must pass ----

#[test]
fn all_subjects_must_pass() {
    let premises = ["the subjects differ in their grounds", "one passes and another does not"];
    law(&premises, 500, Just(()), |world, (), premises| {
        if world.record.subjects().is_empty() {
            return Ok(());
        }
        let alone = |id: &SubjectId| {
            let record = edited(&world.record, |record| record["subjects"] = json!([id]));
            world.with_record(record).grounds()
        };
        let each: Vec<Grounds> = world.record.subjects().iter().map(alone).collect();
        premises.count("the subjects differ in their grounds", each.iter().any(|g| *g != each[0]));
        let passes = each.iter().filter(|grounds| grounds.is_empty()).count();
        premises.count("one passes and another does not", (1..each.len()).contains(&passes));
        let all = each.into_iter().fold(Grounds::NONE, Grounds::union);
        prop_assert_eq!(world.grounds(), all);
        Ok(())
    });
}

// ---- 8: strictness is monotone ----

/// The world with one key of the revision in force, or of one of its rules, set anew.
fn with_key(world: &World, rule: usize, key: &str, value: Value) -> World {
    world.with_revision(|revision| match revision["rules"].get_mut(rule) {
        Some(rule) => rule[key] = value,
        None => revision[key] = value,
    })
}

#[test]
fn strictness_is_monotone() {
    let premises = [
        "a stricter regime",
        "a raised age",
        "a dropped kind",
        "a shorter lifetime",
        "a later start",
        "a later opt-in",
    ];
    let stricter = (any::<Index>(), Vocabulary::small().instants());
    law(&premises, 600, stricter, |world, (which, instant), premises| {
        let Some(revision) = world.revision() else { return Ok(()) };
        // One of the rules, or the revision itself, which speaks for those that say nothing.
        let which = which.index(revision.rules().len() + 1);
        let terms = revision.rules().get(which).map_or(revision.terms(), Rule::terms);
        let age = json!(terms.minimum_age().map_or(16, |age| age + 2));
        let days = json!(terms.opt_in_lifetime_days().map_or(9, |days| days / 2));
        let from = json!(terms.created_from().map_or(instant, |from| from.max(instant)));
        let since = later(instant, 1);
        let since = json!(terms.opt_in_from().map_or(since, |from| from.max(since)));
        let kinds = json!(terms.covers().iter().skip(1).collect::<Vec<_>>());
        let consenting = consenting(&world, instant);
        let with_key = |key, value| (&world, with_key(&world, which, key, value));
        let mut cases = vec![
            ("a raised age", with_key("minimum_age", age)),
            ("a dropped kind", with_key("covers", kinds)),
            ("a later start", with_key("created_from", from)),
            (
                "a shorter lifetime",
                (&consenting, self::with_key(&consenting, which, "opt_in_lifetime_days", days)),
            ),
            (
                "a later opt-in",
                (&consenting, self::with_key(&consenting, which, "opt_in_from", since)),
            ),
        ];
        if let Some(rule) = revision.rules().get(which) {
            for stricter in Regime::ALL.iter().filter(|regime| **regime < rule.regime()) {
                cases.push(("a stricter regime", with_key("regime", json!(stricter))));
            }
        }
        for (change, (loose, strict)) in cases {
            premises.count(change, loose.is_eligible() && !strict.is_eligible());
            prop_assert!(loose.is_eligible() || !strict.is_eligible(), "{}", change);
        }
        Ok(())
    });
}

// ---- 11: an explanation suffices ----

/// The policy reduced to the cited revision, and that to the cited rules and its catch-all.
fn cited_policy(world: &World) -> Policy {
    let decision = world.decision();
    let explanation = decision.explanation();
    let cited: Vec<usize> = explanation
        .findings()
        .iter()
        .filter_map(|finding| match finding.evidence() {
            Evidence::Setting { rule, .. }
            | Evidence::Terms { rule, .. }
            | Evidence::Subdivision { rule, .. }
            | Evidence::Audience { rule, .. } => Some(rule.rule.number()),
            _ => None,
        })
        .collect();
    // Where none is in force, the first is not in force either.
    let first = world.policy.revisions().first().expect("a revision");
    let revision = decision.revision().unwrap_or(first);
    let is_kept = |rule: &&Rule| rule.is_catch_all() || cited.contains(&rule.number());
    let kept: Vec<bool> = revision.rules().iter().map(|rule| is_kept(&rule)).collect();
    edited(&world.policy, |policy| {
        let revisions = policy["revisions"].as_array_mut().expect("a list");
        revisions.retain(|other| other["id"] == json!(revision.id()));
        let rules = revisions[0]["rules"].as_array_mut().expect("a list");
        let mut kept = kept.into_iter();
        rules.retain(|_| kept.next().expect("a rule"));
    })
}

/// The record with the restrictions that are cited, and no other.
fn cited_record(world: &World) -> Record {
    let decision = world.decision();
    let explanation = decision.explanation();
    let cited: Vec<&Restriction> = explanation
        .findings()
        .iter()
        .filter_map(|finding| match finding.evidence() {
            Evidence::Restriction { subject: None, restriction } => Some(restriction),
            _ => None,
        })
        .collect();
    edited(&world.record, |record| record["restrictions"] = json!(cited))
}

#[test]
fn an_explanation_suffices() {
    let premises = [
        "a fact is not cited",
        "a rule is not cited",
        "a revision is not cited",
        "a restriction of the record is not cited",
        "no revision is in force",
        "it is admitted",
        "it is refused",
        "it is not known",
    ];
    law(&premises, 700, Just(()), |world, (), premises| {
        let facts = |world: &World| {
            let count = |s: &Subject| {
                s.residences().iter().count()
                    + s.audiences().iter().count()
                    + s.choices().iter().count()
            };
            world.subjects().map(count).sum::<usize>()
        };
        let registry = world.decision().explanation().cited_facts();
        let by_facts = World { registry, ..world.clone() };
        let by_policy = World { policy: cited_policy(&world), ..world.clone() };
        let by_record = world.with_record(cited_record(&world));
        let by_all = World {
            registry: by_facts.registry.clone(),
            policy: by_policy.policy.clone(),
            ..by_record.clone()
        };
        let rules = |world: &World| world.revision().map_or(0, |revision| revision.rules().len());
        premises.count("a fact is not cited", facts(&by_facts) < facts(&world));
        premises.count("a rule is not cited", rules(&by_policy) < rules(&world));
        let revisions = |world: &World| world.policy.revisions().len();
        premises.count("a revision is not cited", revisions(&by_policy) < revisions(&world));
        let restrictions = |world: &World| world.record.restrictions().len();
        premises.count(
            "a restriction of the record is not cited",
            restrictions(&by_record) < restrictions(&world),
        );
        premises.count("no revision is in force", world.revision().is_none());
        let verdict = world.decision().verdict();
        premises.count("it is admitted", verdict == Verdict::Eligible);
        premises.count("it is refused", verdict == Verdict::Ineligible);
        premises.count("it is not known", verdict == Verdict::Indeterminate);

        let grounds = world.grounds();
        prop_assert_eq!(world.decision().explanation().grounds(), grounds);
        prop_assert_eq!(by_facts.grounds(), grounds);
        prop_assert_eq!(by_policy.grounds(), grounds);
        prop_assert_eq!(by_record.grounds(), grounds);
        prop_assert_eq!(by_all.grounds(), grounds);
        // What suffices needs nothing that it does not cite.
        let again = by_facts.decision().explanation().cited_facts();
        for id in world.record.subjects() {
            prop_assert_eq!(again.get(id), by_facts.registry.get(id));
        }
        Ok(())
    });
}

// ---- Logs, and what is written ----

#[test]
fn a_timeline_is_what_stands_in_the_log() {
    let words = Vocabulary::small();
    let strategy = (donors(), proptest::option::of(words.instants()), words.instants());
    let premises =
        ["a change is at the instant", "nothing stands", "several stand", "not all is known"];
    property(&premises, 3000, strategy, |(subject, known_at, instant), premises| {
        let log = subject.residences();
        let timeline = log.known_at(known_at);
        let standing = log.in_force(instant, known_at);
        let changes = timeline.changes().any(|(at, _)| at == instant);
        premises.count("a change is at the instant", changes);
        premises.count("nothing stands", standing.is_empty());
        premises.count("several stand", standing.len() > 1);
        let unknown = |entry: &Entry<Option<Place>>| known_at.is_some_and(|k| k < entry.recorded());
        premises.count("not all is known", log.iter().any(unknown));

        prop_assert_eq!(timeline.at(instant).copied().unwrap_or_default(), standing);
        let within: Vec<_> = timeline
            .spans()
            .filter(|(span, _)| span.contains(instant))
            .map(|(_, held)| *held)
            .collect();
        prop_assert_eq!(within, Vec::from_iter(timeline.at(instant).copied()));
        // By the definition: the last by `at`, then by `recorded`, of what is known and not later.
        let of_then = |entry: &&Entry<Option<Place>>| entry.at() <= instant && !unknown(entry);
        let clocks = |entry: &Entry<Option<Place>>| (entry.at(), entry.recorded());
        let last = log.iter().filter(of_then).map(clocks).max();
        let expected: Vec<_> =
            log.iter().filter(of_then).filter(|e| Some(clocks(e)) == last).copied().collect();
        prop_assert_eq!(standing, expected);
        Ok(())
    });
}

#[test]
fn what_is_written_reads_back() {
    let premises = [
        "a rule selects by audience",
        "somebody is erased once",
        "somebody is erased several times",
        "a record is restricted",
    ];
    law(&premises, 300, Just(()), |world, (), premises| {
        let rules = || world.policy.revisions().iter().flat_map(Revision::rules);
        premises.count("a rule selects by audience", rules().any(|r| r.audiences().is_some()));
        let erased = |times: &dyn Fn(usize) -> bool| {
            world.subjects().any(|s| times(s.erasures().iter().count()))
        };
        premises.count("somebody is erased once", erased(&|times| times == 1));
        premises.count("somebody is erased several times", erased(&|times| times > 1));
        premises.count("a record is restricted", !world.record.restrictions().is_empty());
        survives_json(&world.policy)?;
        survives_json(&world.record)?;
        for subject in world.subjects() {
            survives_json(subject)?;
        }
        let toml = world.policy.to_toml().expect("it is written");
        prop_assert_eq!(&Policy::from_toml(&toml).expect("it reads back"), &world.policy);
        survives_json(&world.grounds())
    });
}

#[test]
fn one_erasure_is_written_as_such_and_several_as_a_list() {
    let once = Entry::new(parsed("2024-03-01"), ());
    let late = Entry::new(parsed("2024-01-01"), ()).with_recorded(parsed("2025-01-01"));
    for (erasures, written) in [
        (vec![], r#"{"id":"u1"}"#),
        (vec![once, once], r#"{"id":"u1","erased_at":"2024-03-01T00:00:00Z"}"#),
        (
            vec![late],
            concat!(
                r#"{"id":"u1","erased_at":"2024-01-01T00:00:00Z","#,
                r#""erased_recorded":"2025-01-01T00:00:00Z"}"#
            ),
        ),
        (
            vec![once, late, once],
            concat!(
                r#"{"id":"u1","erasures":[{"at":"2024-01-01T00:00:00Z","#,
                r#""recorded":"2025-01-01T00:00:00Z"},{"at":"2024-03-01T00:00:00Z"}]}"#
            ),
        ),
    ] {
        let subject =
            erasures.into_iter().fold(Subject::new(parsed("u1")), Subject::with_erasure_entry);
        assert_eq!(serde_json::to_string(&subject).expect("it is written"), written);
        assert_eq!(serde_json::from_str::<Subject>(written).expect("it reads back"), subject);
    }
}

#[test]
fn the_text_of_an_instant_reads_back() {
    const DAY: i64 = 86_400_000_000;
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
    // Whole days are written as dates, whole seconds without a fraction.
    let units = select(vec![1, 1_000, 1_000_000, DAY]);
    property(
        &["it is a midnight", "it has a fraction"],
        2000,
        (range, units),
        |(micros, unit), premises| {
            let instant =
                Timestamp::from_micros(micros - micros.rem_euclid(unit)).expect("in range");
            let text = instant.to_string();
            premises.count("it is a midnight", text.len() == 10);
            premises.count("it has a fraction", text.contains('.'));
            prop_assert_eq!(text.parse(), Ok(instant));
            prop_assert_eq!(text.len() == 10, instant.as_micros().rem_euclid(DAY) == 0);
            survives_json(&instant)
        },
    );
    for instant in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(instant.to_string().parse(), Ok(instant));
    }
}

#[test]
fn the_text_of_a_place_reads_back() {
    let countries: Vec<Country> = Country::all().collect();
    let strategy = (select(countries), "(-[A-Z0-9]{1,3})?");
    property(
        &["it is a subdivision", "it is a country"],
        1000,
        strategy,
        |(country, part), premises| {
            let text = format!("{country}{part}");
            let place: Place = text.parse().expect("a place");
            premises.count("it is a subdivision", place.subdivision().is_some());
            premises.count("it is a country", place.subdivision().is_none());
            prop_assert_eq!(place.to_string(), text);
            prop_assert_eq!(place.country(), country);
            survives_json(&place)
        },
    );
}

#[test]
fn the_text_of_a_birth_reads_back() {
    let strategy = (1..=9999_i64, 1..=12_u32, 1..=28_u32, any::<bool>());
    property(&["only the year is known", "the day is known"], 500, strategy, |value, premises| {
        let (year, month, day, is_known) = value;
        premises.count("only the year is known", !is_known);
        premises.count("the day is known", is_known);
        let text =
            if is_known { format!("{year:04}-{month:02}-{day:02}") } else { format!("{year:04}") };
        let birth: Birth = text.parse().expect("a birth");
        prop_assert_eq!(birth.to_string(), text);
        prop_assert_eq!(Birth::in_year(year) == Ok(birth), !is_known && year >= 1000);
        survives_json(&birth)
    });
}
