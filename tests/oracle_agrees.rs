//! The crate agrees with an independent oracle, ground by ground, over random worlds; and the
//! worlds reach what they should: a generator that never makes a tie proves nothing about ties.

mod oracle;

use std::collections::BTreeMap;

use may_train::decision::Evidence;
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Choice, ChoiceState, ChosenBy, Decision, Entry, Ground, Grounds, OptIns, Place, Policy, Record,
    Regime, Registry, Timestamp, Verdict,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

const WORLDS: u32 = 2_500;
const QUESTIONS: usize = 48;

/// One question to a registry: which record, at which cut-off, as known when.
type Question = (Record, Timestamp, Option<Timestamp>);

fn worlds() -> impl Strategy<Value = (Policy, Registry, Vec<Question>)> {
    let words = Vocabulary::small();
    let known_at = proptest::option::weighted(0.4, words.instants());
    let question = (words.records(), words.cut_offs(), known_at);
    (policies(), words.registries(), proptest::collection::vec(question, QUESTIONS))
}

fn decide<'a>(policy: &'a Policy, registry: &'a Registry, question: &'a Question) -> Decision<'a> {
    let (record, as_of, known_at) = question;
    let view = registry.view(policy, *as_of);
    known_at.map_or(view, |known| view.with_known_at(known)).decide(record)
}

/// What the decisions came upon.
#[derive(Default)]
struct Reached {
    decisions: usize,
    grounds: BTreeMap<Ground, usize>,
    grounds_alone: BTreeMap<Ground, usize>,
    verdicts: BTreeMap<Verdict, usize>,
    regimes: BTreeMap<Regime, usize>,
    ties: BTreeMap<&'static str, usize>,
}

impl Reached {
    fn note(&mut self, decision: &Decision<'_>, (record, as_of, known_at): &Question) {
        self.decisions += 1;
        *self.verdicts.entry(decision.verdict()).or_default() += 1;
        for ground in decision.grounds().iter() {
            *self.grounds.entry(ground).or_default() += 1;
            if decision.grounds() == ground.alone() {
                *self.grounds_alone.entry(ground).or_default() += 1;
            }
        }
        let mut tie = |name, holds: bool| *self.ties.entry(name).or_default() += usize::from(holds);
        tie("record created at the cut-off", record.created_at() == *as_of);
        tie(
            "revision effective at the cut-off",
            decision.revision().is_some_and(|r| r.effective() == *as_of),
        );
        for finding in decision.explanation().findings() {
            match finding.evidence() {
                Evidence::Setting { residence, rule, choice } => {
                    *self.regimes.entry(rule.rule.regime()).or_default() += 1;
                    tie(
                        "residence changed at the sampled instant",
                        residence.entry.at() == residence.instant,
                    );
                    tie(
                        "entry recorded at known-at",
                        Some(residence.entry.recorded()) == *known_at,
                    );
                    for (_, entry) in choice.in_force() {
                        tie("choice made at the sampled instant", entry.at() == choice.instant());
                        tie(
                            "opt-in by a guardian that counts",
                            entry.value().by() == ChosenBy::Guardian
                                && entry.value().choice() == Choice::OptIn,
                        );
                    }
                    let ignored = residence.subject.choices().iter().any(|(_, entry)| {
                        let birth = residence.subject.birth();
                        entry.value().by() == ChosenBy::Guardian
                            && !entry.value().counts(entry.at(), birth)
                    });
                    tie("opt-in by a guardian that does not count", ignored);
                    let from = rule.rule.terms().opt_in_from();
                    let early = OptIns { lifetime_days: None, from };
                    tie(
                        "opt-in before those that count",
                        choice.state(early) == ChoiceState::OptInExpired,
                    );
                    tie("choices stand for several purposes", choice.in_force().count() > 1);
                }
                Evidence::ResidenceUnknown { entries, .. } => {
                    tie("residences contradict each other", entries.len() > 1);
                    let unknown = |entry: &Entry<Option<Place>>| entry.value().is_none();
                    let said = matches!(entries, [entry] if unknown(entry));
                    tie("residence written as unknown", said);
                    tie(
                        "a residence against one written as unknown",
                        entries.len() > 1 && entries.iter().any(unknown),
                    );
                }
                Evidence::Erasure { subject, erasure } => {
                    tie("erased at the cut-off", erasure.at() == *as_of);
                    tie(
                        "erased, and earlier as known later",
                        subject.erasure(None) != Some(erasure),
                    );
                }
                Evidence::Restriction { restriction, .. } => {
                    tie("restricted from the cut-off on", restriction.span().start() == *as_of);
                }
                Evidence::Audience { entries, .. } => {
                    tie(
                        "audience changed at the cut-off",
                        entries.iter().any(|e| e.at() == *as_of),
                    );
                    let unknown = matches!(entries, [entry] if entry.value().is_none());
                    tie("audience written as unknown", unknown);
                }
                Evidence::Subdivision { audiences, rule, .. } => {
                    let by_audience = rule.rule.audiences().is_some();
                    let stands = !finding.grounds().is_empty();
                    tie("a subdivision named for another audience", by_audience && !stands);
                    let unknown = !matches!(audiences, [entry] if entry.value().is_some());
                    tie("a subdivision named for an unknown audience", by_audience && unknown);
                }
                Evidence::Terms { residence, record, rule } => {
                    let noon = residence.subject.birth().zip(rule.rule.terms().minimum_age());
                    let created = record.created_at().min(*as_of);
                    let just_reached = noon.is_some_and(|(birth, age)| {
                        let before = Timestamp::from_micros(created.as_micros() - 1);
                        birth.has_age(age, created) && !birth.has_age(age, before.expect("one"))
                    });
                    tie("an age reached when the record was created", just_reached);
                }
                _ => {}
            }
        }
    }

    fn assert_everything(&self) {
        for ground in Ground::ALL {
            assert!(self.grounds.contains_key(ground), "no world reaches {ground}");
            assert!(self.grounds_alone.contains_key(ground), "no world reaches {ground} alone");
        }
        for verdict in Verdict::ALL {
            let share = self.verdicts.get(verdict).copied().unwrap_or(0) * 100 / self.decisions;
            assert!(share >= 3, "only {share} % are {verdict}");
        }
        for regime in Regime::ALL {
            assert!(self.regimes.contains_key(regime), "no world reaches {regime}");
        }
        for (name, count) in &self.ties {
            assert!(*count > 0, "no world reaches a tie: {name}");
        }
        assert_eq!(self.ties.len(), 20, "a tie was never looked for: {:?}", self.ties);
    }
}

#[test]
fn the_oracle_agrees_and_every_ground_regime_and_tie_is_reached() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let mut reached = Reached::default();
    for _ in 0..WORLDS {
        let tree = worlds().new_tree(&mut runner).expect("a world");
        let (policy, registry, questions) = tree.current();
        check_world(&policy, &registry, &questions, &mut reached);
    }
    assert_eq!(reached.decisions, WORLDS as usize * QUESTIONS);
    reached.assert_everything();
}

fn check_world(
    policy: &Policy,
    registry: &Registry,
    questions: &[Question],
    reached: &mut Reached,
) {
    let written = serde_json::to_value(policy).expect("a policy is written");
    let subjects: Vec<_> = ["u1", "u2", "u3"]
        .iter()
        .filter_map(|id| registry.get(*id))
        .map(|subject| serde_json::to_value(subject).expect("a subject is written"))
        .collect();
    let world = oracle::World::new(&written, &subjects);
    for question in questions {
        let (record, as_of, known_at) = question;
        let record_json = serde_json::to_value(record).expect("a record is written");
        let known = known_at.map(|known| known.to_string());
        let expected = world.decide(&record_json, &as_of.to_string(), known.as_deref());
        let decision = decide(policy, registry, question);
        let found: Vec<String> = codes(decision.grounds());
        let case = || {
            format!(
                "policy {written:#}\nsubjects {subjects:#?}\nrecord {record_json}\nas of {as_of}, known at {known_at:?}"
            )
        };
        assert_eq!(found, expected.grounds, "{}", case());
        assert_eq!(decision.verdict().as_str(), expected.verdict, "{}", case());
        let revision = decision.revision().map(|revision| revision.id().to_string());
        assert_eq!(revision, expected.revision, "{}", case());
        reached.note(&decision, question);
    }
}

fn codes(grounds: Grounds) -> Vec<String> {
    let written = serde_json::to_value(grounds).expect("grounds are written");
    serde_json::from_value(written).expect("a list of codes")
}
