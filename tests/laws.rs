//! The laws: theorems of the specification, each a property test under its own name.
//!
//! Each law counts how often its premises were met, and fails where one hardly ever was: a law that
//! cannot fail proves nothing. The worlds are the same in every run; the environment variable
//! `PROPTEST_RNG_SEED` draws others.

use std::cell::RefCell;
use std::collections::BTreeMap;

use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Area, Audience, Birth, Choice, ChoiceMade, ChosenBy, Closeness, Country, Decision, Entry,
    Evidence, Ground, Grounds, Log, OptOutReach, Place, Policy, Purpose, Record, Regime, Registry,
    ResidenceAt, Restriction, Revision, Rule, Span, Subject, SubjectId, Timestamp, Verdict,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

// ---- How a law is tried ----

/// A premise that was met less often proves too little.
const OFTEN_ENOUGH: u32 = 20;

/// How often each premise of a law was met.
struct Premises(RefCell<BTreeMap<&'static str, u32>>);

impl Premises {
    /// Counts the premise where it is met.
    fn count(&self, premise: &'static str, met: bool) {
        let mut counts = self.0.borrow_mut();
        *counts.get_mut(premise).expect("a premise of the law") += u32::from(met);
    }
}

/// Tries a theorem on so many values, and its premises with it.
fn law<S: Strategy>(
    premises: &[&'static str],
    values: u32,
    strategy: S,
    theorem: impl Fn(S::Value, &Premises) -> TestCaseResult,
) {
    let rng_seed = match Config::default().rng_seed {
        RngSeed::Random => RngSeed::Fixed(0),
        fixed @ RngSeed::Fixed(_) => fixed,
    };
    let config = Config { cases: values, rng_seed, failure_persistence: None, ..Config::default() };
    let premises = Premises(RefCell::new(premises.iter().map(|name| (*name, 0)).collect()));
    let tried = TestRunner::new(config).run(&strategy, |value| theorem(value, &premises));
    if let Err(failure) = tried {
        panic!("{failure}");
    }
    for (premise, count) in premises.0.into_inner() {
        eprintln!("{count} of {values}: {premise}");
        assert!(count >= OFTEN_ENOUGH, "only {count} times of {values}: {premise}");
    }
}

// ---- Worlds ----

/// All that a decision depends on.
#[derive(Debug, Clone)]
struct World {
    policy: Policy,
    registry: Registry,
    record: Record,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
}

fn worlds() -> impl Strategy<Value = World> {
    let words = Vocabulary::small();
    let known_at = proptest::option::weighted(0.3, words.instants());
    (policies(), words.registries(), words.records(), words.cut_offs(), known_at).prop_map(
        |(policy, registry, record, as_of, known_at)| World {
            policy,
            registry,
            record,
            as_of,
            known_at,
        },
    )
}

/// A subject whose facts are given to others.
fn donors() -> impl Strategy<Value = Subject> {
    Vocabulary::small().subjects(id("donor"))
}

impl World {
    fn decision(&self) -> Decision<'_> {
        let view = self.registry.view(&self.policy, self.as_of);
        self.known_at.map_or(view, |known_at| view.known_at(known_at)).decide(&self.record)
    }

    fn grounds(&self) -> Grounds {
        self.decision().grounds()
    }

    fn is_eligible(&self) -> bool {
        self.decision().verdict() == Verdict::Eligible
    }

    fn revision(&self) -> Option<&Revision> {
        self.decision().revision()
    }

    /// The instant at which the record counts as created.
    fn created(&self) -> Timestamp {
        self.record.created_at().min(self.as_of)
    }

    /// The subjects of the record that the registry knows.
    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.record.subjects().iter().filter_map(|id| self.registry.get(id))
    }

    /// The world with every subject of the record changed.
    fn with_subjects(&self, change: impl Fn(Subject) -> Subject) -> Self {
        let mut world = self.clone();
        for subject in self.subjects() {
            world.registry.replace(change(subject.clone()));
        }
        world
    }

    /// The world with the donor's facts added to those of every subject of the record.
    fn with_facts(&self, donor: &Subject, date: impl Fn(Clocks) -> Clocks) -> Self {
        self.with_subjects(|subject| with_facts(subject, donor, &date))
    }

    /// The world with another record.
    fn with_record(&self, record: Record) -> Self {
        Self { record, ..self.clone() }
    }

    /// The world with the revision in force edited in its document.
    fn with_revision(&self, edit: impl FnOnce(&mut Value)) -> Self {
        let in_force = self.revision().map(|revision| json!(revision.id()));
        let policy = edited(&self.policy, |policy| {
            let revision = elements(&mut policy["revisions"]);
            if let Some(revision) =
                revision.iter_mut().find(|r| Some(&r["id"]) == in_force.as_ref())
            {
                edit(revision);
            }
        });
        Self { policy, ..self.clone() }
    }
}

/// When a fact became true, and when it was recorded.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    at: Timestamp,
    recorded: Timestamp,
}

/// The subject with the facts of another one too, dated anew.
fn with_facts(subject: Subject, donor: &Subject, date: impl Fn(Clocks) -> Clocks) -> Subject {
    fn dated<T: Clone>(entry: &Entry<T>, date: impl Fn(Clocks) -> Clocks) -> Entry<T> {
        let Clocks { at, recorded } = date(Clocks { at: entry.at(), recorded: entry.recorded() });
        Entry::new(at, entry.value().clone()).recorded_at(recorded)
    }
    let residences = donor.residences().iter().map(|entry| dated(entry, &date));
    let audiences = donor.audiences().iter().map(|entry| dated(entry, &date));
    let choices = donor.choices().iter().map(|(purpose, entry)| (purpose, dated(entry, &date)));
    let subject = residences.fold(subject, Subject::with_residence);
    let subject = audiences.fold(subject, Subject::with_audience);
    let subject = choices.fold(subject, |s, (purpose, c)| s.with_choice(purpose.clone(), c));
    let subject = donor.restrictions().iter().fold(subject, |subject, restriction| {
        let clocks = Clocks { at: restriction.span().start(), recorded: restriction.recorded() };
        let Clocks { at, recorded } = date(clocks);
        let again = Restriction::new(restriction.id().clone(), Span::new(at));
        subject.with_restriction(again.recorded_at(recorded))
    });
    // A second erasure would take the place of the first.
    match (subject.erasure(), donor.erasure()) {
        (None, Some(erasure)) => subject.erased(dated(erasure, &date)),
        (Some(_), _) | (None, None) => subject,
    }
}

fn id(text: &str) -> SubjectId {
    text.parse().expect("an id")
}

fn later(instant: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(instant.as_micros() + micros).expect("within the years")
}

/// How much later than the cut-off a later fact may be.
fn delays() -> impl Strategy<Value = i64> {
    select(vec![1, 1_000_000, 86_400_000_000])
}

/// The value with its document edited.
fn edited<T: Serialize + DeserializeOwned>(value: &T, edit: impl FnOnce(&mut Value)) -> T {
    let mut document = serde_json::to_value(value).expect("it is written");
    edit(&mut document);
    serde_json::from_value(document).expect("it is still accepted")
}

/// The elements of a list in a document; none, if the key is missing.
fn elements(list: &mut Value) -> &mut [Value] {
    list.as_array_mut().map_or(&mut [], Vec::as_mut_slice)
}

fn without(subject: &Subject, key: &str) -> Subject {
    edited(subject, |document| {
        document.as_object_mut().expect("an object").remove(key);
    })
}

/// A policy of one revision that samples everything at the cut-off, with rules in TOML.
fn policy(rules: &str) -> Policy {
    let text = format!(
        r#"
platform = "acme"
purpose = "ai-training"
[[revisions]]
id = "first"
effective = "2020-01-01"
opt_out_reaches = "future-runs"
residence_at = "as-of"
covers = ["post"]
rules = [{rules}]
"#
    );
    Policy::from_toml(&text).expect("a policy")
}

// ---- 1: an exclusion always wins ----

/// How closely the rule names the place, if it selects it, the audience and the record.
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

/// The places of the subject at the creation and at the cut-off, as far as they are sampled.
fn sampled_places(world: &World, subject: &Subject, revision: &Revision) -> Vec<Place> {
    let instants = match revision.residence_at() {
        ResidenceAt::AsOf => vec![world.as_of],
        ResidenceAt::Created => vec![world.created()],
        ResidenceAt::Both | ResidenceAt::Throughout => vec![world.created(), world.as_of],
    };
    let standing = |instant| subject.residences().standing(instant, world.known_at);
    let known = |instant| if let [one] = standing(instant) { Some(*one.value()) } else { None };
    instants.into_iter().filter_map(known).collect()
}

#[test]
fn an_exclusion_always_wins() {
    let premises = ["an exclusion applies", "another rule names the place more closely"];
    law(&premises, 1500, worlds(), |world, premises| {
        let Some(revision) = world.revision() else { return Ok(()) };
        let excludes = |rule: &&Rule| rule.regime() == Regime::Excluded;
        let (mut excluded, mut closer) = (false, false);
        for subject in world.subjects() {
            let audience = match subject.audiences().standing(world.as_of, world.known_at) {
                [one] => Some(one.value()),
                _ => None,
            };
            for place in sampled_places(&world, subject, revision) {
                let closeness = |rule| closeness(&world, rule, place, audience);
                let (excluding, others): (Vec<_>, Vec<_>) =
                    revision.rules().iter().partition(excludes);
                let excluding = excluding.into_iter().filter_map(closeness).min();
                excluded |= excluding.is_some();
                closer |= excluding.is_some()
                    && others.into_iter().filter_map(closeness).max() > excluding;
            }
        }
        premises.count("an exclusion applies", excluded);
        premises.count("another rule names the place more closely", closer);
        if excluded {
            let opt_in = |subject: Subject| {
                let purpose = world.policy.purpose().clone();
                subject.chooses(Choice::OptIn, ChosenBy::Subject, purpose, Timestamp::MIN)
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
    let everywhere = select(vec!["*", "EU", "EEA", "near", "far", "GB", "FR", "RE", "CH", "US"]);
    let places = (everywhere, any::<Index>());
    law(&["it is admitted without the exclusion"], 1000, (worlds(), places), |value, premises| {
        let (world, (area, index)) = value;
        // The catch-all is loose, and so is a rule for each place that is sampled.
        let loose = world.with_revision(|revision| {
            revision["rules"] = json!([
                {"in": ["*"], "regime": "no-choice"},
                {"in": ["GB", "FR", "RE", "CH", "US-CA", "US-NY"], "regime": "no-choice"},
            ]);
        });
        let excluded = loose.with_revision(|revision| {
            let rules = revision["rules"].as_array_mut().expect("a list");
            rules.insert(index.index(3), json!({"in": [area], "regime": "excluded"}));
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
    let premises = ["the facts would matter at the cut-off", "as they are, they are later"];
    law(&premises, 1000, (worlds(), donors(), delays()), |(world, donor, delay), premises| {
        let next = later(world.as_of, delay);
        let after = |clocks: Clocks| Clocks { at: clocks.at.max(next), ..clocks };
        let natural = world.with_facts(&donor, |clocks| clocks);
        premises.count("as they are, they are later", natural.grounds() != world.grounds());
        let at_once = world.with_facts(&donor, |clocks| Clocks { at: world.as_of, ..clocks });
        let matters = at_once.grounds() != world.grounds();
        premises.count("the facts would matter at the cut-off", matters);

        prop_assert_eq!(world.with_facts(&donor, after).grounds(), world.grounds());
        if world.record.deleted_at().is_none() {
            let deleted = world.with_record(world.record.clone().deleted(next));
            prop_assert_eq!(deleted.grounds(), world.grounds());
        }
        Ok(())
    });
}

#[test]
fn later_knowledge_never_changes_what_was_known() {
    let strategy = (worlds(), donors(), Vocabulary::small().cut_offs(), delays());
    let premises = ["the facts would have mattered"];
    law(&premises, 1000, strategy, |(world, donor, known_at, delay), premises| {
        let world = World { known_at: Some(known_at), ..world };
        let learned =
            |recorded| world.with_facts(&donor, |clocks| Clocks { recorded, ..clocks }).grounds();
        premises.count("the facts would have mattered", learned(known_at) != world.grounds());
        prop_assert_eq!(learned(later(known_at, delay)), world.grounds());

        let restriction =
            Restriction::new("baa".parse().expect("an id"), Span::new(Timestamp::MIN))
                .recorded_at(later(known_at, delay));
        let restricted = world.with_record(world.record.clone().with_restriction(restriction));
        prop_assert_eq!(restricted.grounds(), world.grounds());
        Ok(())
    });
}

#[test]
fn later_revisions_never_change_earlier_decisions() {
    let premises = ["the revision would matter at the cut-off"];
    law(&premises, 500, (worlds(), policies(), delays()), |(world, donor, delay), premises| {
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
    if wider { wide } else { purpose }.parse().expect("a purpose")
}

#[test]
fn an_opt_out_binds_every_later_run() {
    let words = Vocabulary::small();
    let opt_out = (words.instants(), words.instants(), select(ChosenBy::ALL), any::<bool>());
    let premises = [
        "the run is at the instant of the opt-out",
        "the opt-out is for a wider purpose",
        "somebody else opts in later",
        "the subject opts in later for another purpose",
        "it was recorded at another instant",
        "without the opt-out there is none",
    ];
    law(&premises, 4000, (worlds(), opt_out), |(world, opt_out), premises| {
        let (at, recorded, by, wider) = opt_out;
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
            kept.fold(without(&subject, "choices"), |s, (p, e)| s.with_choice(p.clone(), *e))
        });
        let opted_out = unlifted.with_subjects(|subject| {
            let entry = Entry::new(at, ChoiceMade::new(Choice::OptOut, by)).recorded_at(recorded);
            subject.with_choice(purpose.clone(), entry)
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
    let choices = (words.instants(), delays(), select(ChosenBy::ALL), any::<bool>());
    let premises = ["it is lifted", "it binds, for it is wider", "it binds, for another opted in"];
    law(&premises, 1500, (worlds(), choices), |(world, choices), premises| {
        let (at, delay, by, wider) = choices;
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
                .chooses(Choice::OptOut, ChosenBy::Subject, wide.clone(), at)
                .chooses(Choice::OptIn, by, own.clone(), lifted_at)
        });
        let counts = matches!(by, ChosenBy::Subject | ChosenBy::Guardian);
        let lifted = counts && wide == *own;
        premises.count("it is lifted", lifted);
        premises.count("it binds, for it is wider", counts && wide != *own);
        premises.count("it binds, for another opted in", !counts && wide == *own);
        prop_assert_eq!(chosen.grounds().contains(Ground::OptedOut), !lifted);
        Ok(())
    });
}

// ---- 4: unknown never admits ----

#[test]
fn unknown_never_admits() {
    let premises = [
        "residences mattered",
        "audiences mattered",
        "birth mattered",
        "an opt-in mattered",
        "a subject mattered",
    ];
    law(&premises, 3000, (worlds(), any::<Index>()), |(world, index), premises| {
        let forgetting = |key| world.with_subjects(|subject| without(&subject, key));
        let unknown = World { registry: Registry::new(), ..world.clone() };
        let without_an_opt_in = world.with_subjects(|subject| {
            edited(&subject, |document| {
                let Some(Value::Array(choices)) = document.get_mut("choices") else { return };
                let is_opt_in = |choice: &Value| choice["choice"] == "opt-in";
                let opt_ins: Vec<usize> =
                    (0..choices.len()).filter(|i| is_opt_in(&choices[*i])).collect();
                if !opt_ins.is_empty() {
                    choices.remove(opt_ins[index.index(opt_ins.len())]);
                }
            })
        });
        let cases = [
            ("residences mattered", forgetting("residence")),
            ("audiences mattered", forgetting("audience")),
            ("birth mattered", forgetting("born")),
            ("an opt-in mattered", without_an_opt_in),
            ("a subject mattered", unknown),
        ];
        for (premise, forgetful) in cases {
            premises.count(premise, forgetful.grounds() != world.grounds());
            prop_assert!(world.is_eligible() || !forgetful.is_eligible(), "{}", premise);
        }
        Ok(())
    });
}

/// What is no law: the residence before the forgotten one stands again.
#[test]
fn forgetting_a_single_residence_can_admit() {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let place = |text: &str| text.parse::<Place>().expect("a place");
    let record = Record::new(
        "r1".parse().expect("an id"),
        "post".parse().expect("a kind"),
        instant("2021-01-01"),
    );
    let american = Subject::new(id("u1")).resides(place("US"), instant("2020-01-01"));
    let mut world = World {
        policy: policy(r#"{in = ["FR"], regime = "excluded"}, {in = ["*"], regime = "no-choice"}"#),
        registry: Registry::new(),
        record: record.of(id("u1")),
        as_of: instant("2024-01-01"),
        known_at: None,
    };
    world.registry.replace(american.clone().resides(place("FR"), instant("2023-01-01")));
    assert_eq!(world.grounds(), Ground::RegionExcluded.alone());
    world.registry.replace(american);
    assert_eq!(world.grounds(), Grounds::NONE);
}

// ---- 5: a restriction never widens ----

#[test]
fn a_restriction_never_widens() {
    let rule = (policies(), any::<Index>(), any::<Index>());
    let strategy = (worlds(), donors(), rule, Vocabulary::small().instants());
    let premises = [
        "an opt-out refuses",
        "a restriction of a subject refuses",
        "a restriction of the record refuses",
        "an erasure refuses",
        "a deletion refuses",
        "an excluded rule refuses",
        "a further subject refuses",
    ];
    law(&premises, 3000, strategy, |(world, donor, rule, instant), premises| {
        let (other, which, place) = rule;
        let opted_out = world.with_subjects(|subject| {
            donor.choices().iter().fold(subject, |subject, (purpose, entry)| {
                let made = ChoiceMade::new(Choice::OptOut, entry.value().by());
                let entry = Entry::new(entry.at(), made).recorded_at(entry.recorded());
                subject.with_choice(purpose.clone(), entry)
            })
        });
        let restriction = Restriction::new("baa".parse().expect("an id"), Span::new(instant));
        let restricted =
            world.with_subjects(|subject| subject.with_restriction(restriction.clone()));
        let erased = world.with_subjects(|subject| {
            // A second erasure would take the place of the first.
            if subject.erasure().is_some() {
                subject
            } else {
                subject.erased(Entry::new(instant, ()))
            }
        });
        let excluded = world.with_revision(|revision| {
            let mut others = serde_json::to_value(&other).expect("a policy");
            let others = elements(&mut others["revisions"][0]["rules"]);
            let mut rule = others[which.index(others.len())].take();
            rule["regime"] = json!("excluded");
            let rules = revision["rules"].as_array_mut().expect("a list");
            rules.insert(place.index(rules.len() + 1), rule);
        });
        let mut cases = vec![
            ("an opt-out refuses", opted_out),
            ("a restriction of a subject refuses", restricted),
            ("an erasure refuses", erased),
            ("an excluded rule refuses", excluded),
            (
                "a restriction of the record refuses",
                world.with_record(world.record.clone().with_restriction(restriction)),
            ),
        ];
        if world.record.deleted_at().is_none() {
            let deleted = world.with_record(world.record.clone().deleted(instant));
            cases.push(("a deletion refuses", deleted));
        }
        // A record that names nobody is nobody's: naming its first subject may admit it.
        if !world.record.subjects().is_empty() {
            let mut joined = world.with_record(world.record.clone().of(donor.id().clone()));
            joined.registry.replace(donor);
            cases.push(("a further subject refuses", joined));
        }
        for (premise, stricter) in cases {
            premises.count(premise, world.is_eligible() && !stricter.is_eligible());
            prop_assert!(world.is_eligible() || !stricter.is_eligible(), "{}", premise);
        }
        Ok(())
    });
}

/// What is no law: a further rule that names the place more closely.
#[test]
fn a_further_rule_that_is_closer_can_admit() {
    let instant = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let mut registry = Registry::new();
    registry.replace(
        Subject::new(id("u1")).resides("US".parse().expect("a place"), instant("2020-01-01")),
    );
    let world = |rules| World {
        policy: policy(rules),
        registry: registry.clone(),
        record: Record::new(
            "r1".parse().expect("an id"),
            "post".parse().expect("a kind"),
            instant("2021-01-01"),
        )
        .of(id("u1")),
        as_of: instant("2024-01-01"),
        known_at: None,
    };
    let strict = world(r#"{in = ["*"], regime = "opt-in"}"#);
    assert_eq!(strict.grounds(), Ground::NotOptedIn.alone());
    let closer = world(r#"{in = ["*"], regime = "opt-in"}, {in = ["US"], regime = "opt-out"}"#);
    assert_eq!(closer.grounds(), Grounds::NONE);
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
    law(&premises, 1000, [donors(), donors(), donors()], |[a, b, c], premises| {
        let (ours, theirs) = (a.residences(), b.residences());
        let at_once = |x: &Entry<Place>| theirs.iter().any(|y| x.at() == y.at() && x != y);
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
    law(&premises, 500, [donors(), donors(), donors()], |[a, b, c], premises| {
        let chosen_by_a = |p: &Purpose| a.choices().iter().any(|(purpose, _)| purpose == p);
        let shared = b.choices().iter().any(|(purpose, _)| chosen_by_a(purpose));
        premises.count("both chose for one purpose", shared);
        let ignored = b.choices().iter().any(|(_, entry)| !entry.value().counts());
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
    let premises = ["several residences", "several choices", "several subjects", "several rules"];
    law(&premises, 1000, (worlds(), 0..6_usize), |(world, by), premises| {
        let subjects = || world.subjects();
        premises.count(
            "several residences",
            subjects().any(|s| s.residences().iter().nth(1).is_some()),
        );
        premises.count("several choices", subjects().any(|s| s.choices().iter().nth(1).is_some()));
        premises.count("several subjects", world.record.subjects().len() > 1);
        premises.count("several rules", world.revision().is_some_and(|r| r.rules().len() > 1));

        let mut other = world.with_subjects(|subject| {
            let keys = ["residence", "audience", "choices", "restrictions"];
            edited(&subject, |document| shuffle(document, &keys, by))
        });
        for subject in world.subjects() {
            let again = other.registry.get(subject.id()).expect("a subject");
            prop_assert_eq!(again.residences(), subject.residences());
            prop_assert_eq!(again.audiences(), subject.audiences());
            prop_assert_eq!(again.choices(), subject.choices());
        }
        other.record =
            edited(&other.record, |document| shuffle(document, &["subjects", "restrictions"], by));
        prop_assert_eq!(other.record.subjects().len(), world.record.subjects().len());
        other.policy = edited(&other.policy, |document| {
            for revision in elements(&mut document["revisions"]) {
                shuffle(revision, &["rules"], by);
            }
            elements(&mut document["revisions"]).reverse();
        });
        prop_assert_eq!(other.grounds(), world.grounds());
        Ok(())
    });
}

// ---- 7: all subjects must pass ----

#[test]
fn all_subjects_must_pass() {
    let premises = ["the subjects differ in their grounds", "one passes and another does not"];
    law(&premises, 3000, worlds(), |world, premises| {
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

#[test]
fn strictness_is_monotone() {
    let premises = [
        "a stricter regime refuses",
        "a raised age refuses",
        "a dropped kind refuses",
        "a shorter lifetime refuses",
        "a later start refuses",
    ];
    let strategy = (worlds(), any::<Index>(), Vocabulary::small().instants());
    law(&premises, 5000, strategy, |(world, index, start), premises| {
        let Some(revision) = world.revision() else { return Ok(()) };
        // A rule, or the revision itself, which speaks for the rules that say nothing.
        let which = index.index(revision.rules().len() + 1);
        let terms = revision.rules().get(which).map_or(revision.terms(), Rule::terms);
        let edit = |key: &str, value: Value| {
            world.with_revision(|revision| match revision["rules"].get_mut(which) {
                Some(rule) => rule[key] = value,
                None => revision[key] = value,
            })
        };
        let age = terms.minimum_age().map_or(16, |age| age + 2);
        let days = terms.opt_in_lifetime_days().map_or(9, |days| days / 2);
        let from = terms.created_from().map_or(start, |from| from.max(start));
        let kinds: Vec<_> = terms.covers().iter().skip(1).collect();
        let mut cases = vec![
            ("a raised age refuses", edit("minimum_age", json!(age))),
            ("a dropped kind refuses", edit("covers", json!(kinds))),
            ("a shorter lifetime refuses", edit("opt_in_lifetime_days", json!(days))),
            ("a later start refuses", edit("created_from", json!(from))),
        ];
        if let Some(rule) = revision.rules().get(which) {
            for stricter in Regime::ALL.iter().filter(|regime| **regime < rule.regime()) {
                cases.push(("a stricter regime refuses", edit("regime", json!(stricter))));
            }
        }
        for (premise, stricter) in cases {
            premises.count(premise, world.is_eligible() && !stricter.is_eligible());
            prop_assert!(world.is_eligible() || !stricter.is_eligible(), "{}", premise);
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
    law(&premises, 8000, worlds(), |world, premises| {
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
    law(&premises, 3000, strategy, |(subject, known_at, instant), premises| {
        let log = subject.residences();
        let timeline = log.known_at(known_at);
        let standing = log.standing(instant, known_at);
        let changes = timeline.changes().any(|(at, _)| at == instant);
        premises.count("a change is at the instant", changes);
        premises.count("nothing stands", standing.is_empty());
        premises.count("several stand", standing.len() > 1);
        let unknown = |entry: &Entry<Place>| known_at.is_some_and(|k| k < entry.recorded());
        premises.count("not all is known", log.iter().any(unknown));

        prop_assert_eq!(timeline.at(instant).copied().unwrap_or_default(), standing);
        let within: Vec<_> = timeline
            .spans()
            .filter(|(span, _)| span.contains(instant))
            .map(|(_, held)| *held)
            .collect();
        prop_assert_eq!(within, Vec::from_iter(timeline.at(instant).copied()));
        // By the definition: the last by `at`, then by `recorded`, of what is known and not later.
        let of_then = |entry: &&Entry<Place>| entry.at() <= instant && !unknown(entry);
        let clocks = |entry: &Entry<Place>| (entry.at(), entry.recorded());
        let last = log.iter().filter(of_then).map(clocks).max();
        let expected: Vec<_> =
            log.iter().filter(of_then).filter(|e| Some(clocks(e)) == last).copied().collect();
        prop_assert_eq!(standing, expected);
        Ok(())
    });
}

fn survives_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    value: &T,
) -> TestCaseResult {
    let text = serde_json::to_string(value).expect("it is written");
    let again: T = serde_json::from_str(&text).expect("it reads back");
    prop_assert_eq!(value, &again);
    Ok(())
}

#[test]
fn what_is_written_reads_back() {
    let premises = ["a rule selects by audience", "somebody is erased", "a record is restricted"];
    law(&premises, 500, worlds(), |world, premises| {
        let rules = || world.policy.revisions().iter().flat_map(Revision::rules);
        premises.count("a rule selects by audience", rules().any(|r| r.audiences().is_some()));
        premises.count("somebody is erased", world.subjects().any(|s| s.erasure().is_some()));
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
fn the_text_of_an_instant_reads_back() {
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros();
    const DAY: i64 = 86_400_000_000;
    // Whole days are written as dates, whole seconds without a fraction.
    let units = select(vec![1, 1_000, 1_000_000, DAY]);
    law(
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
    law(
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
    law(&["only the year is known", "the day is known"], 500, strategy, |value, premises| {
        let (year, month, day, is_known) = value;
        premises.count("only the year is known", !is_known);
        premises.count("the day is known", is_known);
        let text =
            if is_known { format!("{year:04}-{month:02}-{day:02}") } else { format!("{year:04}") };
        let birth: Birth = text.parse().expect("a birth");
        prop_assert_eq!(birth.to_string(), text);
        prop_assert_eq!(Birth::in_year(year) == Ok(birth), !is_known);
        survives_json(&birth)
    });
}
