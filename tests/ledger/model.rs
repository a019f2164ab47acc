//! Random sequences of what happens to a platform, against a model that is plain lists.

use std::collections::{BTreeMap, BTreeSet};

use may_train::ledger::{Audit, Ledger, TrainingSet};
use may_train::people::ChoiceMade;
use may_train::{
    Choice, ChosenBy, Entry, Grounds, Place, Policy, Record, RecordId, Registry, Subject,
    SubjectId, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::laws::{build, ids};
use crate::worlds::{SUBJECTS, id, lenient_worlds};

#[derive(Debug, Clone)]
enum Fact {
    Chooses(Choice, ChosenBy),
    Moves(Place),
    Erased,
}

/// One thing that happens; all but the first two take place now.
#[derive(Debug, Clone)]
enum Step {
    /// A fact that became true so many hours ago, delivered so many times.
    Learns(usize, Fact, i64, usize),
    /// Time passes, in hours.
    Waits(i64),
    Builds,
    Rechecks,
    Seals,
    Audits,
}

fn steps() -> impl Strategy<Value = Step> {
    let by = prop::sample::select(vec![ChosenBy::Subject, ChosenBy::Subject, ChosenBy::Admin]);
    let place = prop::sample::select(vec!["GB", "FR", "US", "US-NY", "CH", "US-CA"]);
    let fact = prop_oneof![
        4 => (prop::sample::select(Choice::ALL.to_vec()), by).prop_map(|(c, by)| Fact::Chooses(c, by)),
        3 => place.prop_map(|place| Fact::Moves(id(place))),
        1 => Just(Fact::Erased),
    ];
    let ago = prop_oneof![2 => Just(0), 1 => 0..400_i64];
    prop_oneof![
        6 => (0..SUBJECTS.len(), fact, ago, 1..3_usize)
            .prop_map(|(who, fact, ago, times)| Step::Learns(who, fact, ago, times)),
        3 => (0..200_i64).prop_map(Step::Waits),
        3 => Just(Step::Builds),
        2 => Just(Step::Rechecks),
        3 => Just(Step::Seals),
        1 => Just(Step::Audits),
    ]
}

/// The platform, twice: as the crate keeps it, and as lists.
struct Platform {
    policy: Policy,
    records: Vec<Record>,
    now: Timestamp,
    // The crate's.
    registry: Registry,
    open: Option<TrainingSet>,
    ledger: Ledger,
    // The model's.
    at_first: Vec<Subject>,
    facts: Vec<(SubjectId, Timestamp, Timestamp, Fact)>,
    model_open: BTreeSet<RecordId>,
    model_runs: BTreeMap<String, (Timestamp, BTreeSet<RecordId>)>,
    sealed: usize,
}

fn take_in(subject: Subject, at: Timestamp, recorded: Timestamp, fact: &Fact) -> Subject {
    match fact {
        Fact::Chooses(choice, by) => {
            let made = Entry::new(at, ChoiceMade::new(*choice, *by)).with_recorded(recorded);
            subject.with_choice_entry(id("ai-training.generative"), made)
        }
        Fact::Moves(place) => {
            subject.with_residence_entry(Entry::new(at, *place).with_recorded(recorded))
        }
        Fact::Erased => subject.with_erasure_entry(Entry::new(at, ()).with_recorded(recorded)),
    }
}

impl Platform {
    /// What was known at an instant, gathered anew: there is nothing else in it.
    fn gathered(&self, known_at: Timestamp) -> Registry {
        let mut registry = Registry::new();
        for first in &self.at_first {
            let theirs = self.facts.iter().filter(|(whose, ..)| whose == first.id());
            let known = theirs.filter(|(_, _, recorded, _)| *recorded <= known_at);
            let subject = known
                .fold(first.clone(), |s, (_, at, recorded, fact)| take_in(s, *at, *recorded, fact));
            registry.replace(subject);
        }
        registry
    }

    fn grounds(&self, as_of: Timestamp, known_at: Timestamp) -> BTreeMap<RecordId, Grounds> {
        let registry = self.gathered(known_at);
        let view = registry.view(&self.policy, as_of);
        let as_known = |record: &Record| {
            let bare = Record::new(record.id().clone(), record.kind().clone(), record.created_at());
            let bare = record.subjects().iter().cloned().fold(bare, Record::with_subject);
            let bare = record.deleted_at().into_iter().fold(bare, Record::with_deletion);
            let known = record.restrictions().iter().filter(|r| r.recorded() <= known_at);
            known.cloned().fold(bare, Record::with_restriction)
        };
        let records: Vec<Record> = self.records.iter().map(as_known).collect();
        records.iter().map(|r| (r.id().clone(), view.decide(r).grounds())).collect()
    }

    fn eligible(&self, as_of: Timestamp, known_at: Timestamp) -> BTreeSet<RecordId> {
        let grounds = self.grounds(as_of, known_at).into_iter();
        grounds.filter(|(_, grounds)| grounds.is_empty()).map(|(id, _)| id).collect()
    }

    fn later(&self, hours: i64) -> Timestamp {
        Timestamp::from_micros(self.now.as_micros() + hours * 3_600_000_000).expect("in range")
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Learns(who, fact, ago, times) => {
                let whose: SubjectId = id(SUBJECTS[who]);
                let at = self.later(-ago);
                for _ in 0..times {
                    let subject = self.registry.get(&whose).expect("everybody is known").clone();
                    self.registry.replace(take_in(subject, at, self.now, &fact));
                }
                self.facts.push((whose, at, self.now, fact));
            }
            // Never none, so that no fact is recorded after a set was built in the same instant.
            Step::Waits(hours) => self.now = self.later(hours.max(1)),
            Step::Builds => {
                let gate = self.registry.gate(&self.policy, self.now, self.now);
                let set = build(&format!("run-{}", self.sealed), &gate, &self.records);
                self.model_open = self.eligible(self.now, self.now);
                self.open = Some(set);
            }
            Step::Rechecks | Step::Seals => {
                let Some(mut set) = self.open.take() else { return };
                let gate = self.registry.gate(&self.policy, self.now, self.now);
                let recheck = set.recheck(&gate).expect("it is the same policy");
                let before = self.model_open.len();
                let eligible = self.eligible(self.now, self.now);
                self.model_open.retain(|id| eligible.contains(id));
                assert_eq!(recheck.dropped().len(), before - self.model_open.len());
                assert_eq!(ids(set.records()), self.model_open);
                if matches!(step, Step::Rechecks) {
                    self.open = Some(set);
                    return;
                }
                let run = set.seal();
                let records = std::mem::take(&mut self.model_open);
                self.model_runs.insert(run.id().to_string(), (self.now, records));
                self.ledger.append(run).expect("each has an id of its own");
                self.sealed += 1;
                // Nothing more is recorded at the instant of the run.
                self.now = self.later(1);
            }
            Step::Audits => self.check_audits(),
        }
        self.check();
    }

    fn check(&self) {
        if let Some(set) = &self.open {
            assert_eq!(ids(set.records()), self.model_open);
        }
        assert_eq!(self.ledger.entries().len(), self.model_runs.len());
        for run in self.ledger.runs() {
            let (as_of, records) = &self.model_runs[run.id().as_str()];
            assert_eq!(run.as_of(), *as_of);
            assert_eq!(&run.records().collect::<BTreeSet<_>>(), records);
        }
        for record in &self.records {
            let used: BTreeSet<_> =
                self.ledger.uses_of(record.id()).map(|run| run.id().to_string()).collect();
            let model = self.model_runs.iter().filter(|(_, (_, r))| r.contains(record.id()));
            assert_eq!(used, model.map(|(run, _)| run.clone()).collect());
        }
    }

    fn check_audits(&self) {
        for run in self.ledger.runs() {
            let records = self.records.iter().cloned();
            let audit = Audit::of(run, &self.policy, &self.registry, records).expect("the policy");
            let (as_of, used) = &self.model_runs[run.id().as_str()];
            // As known then everything stood: that is what the recheck before the seal is for.
            assert!(audit.unsound().is_empty(), "{audit}");
            let now = self.grounds(*as_of, Timestamp::MAX);
            let model: BTreeMap<_, _> =
                used.iter().map(|id| (id, now[id])).filter(|(_, g)| !g.is_empty()).collect();
            let found: BTreeMap<_, _> =
                audit.overtaken().iter().map(|o| (o.record(), o.grounds())).collect();
            assert_eq!(found, model);
            assert_eq!(audit.sound(), (used.len() - model.len()) as u64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happens_the_model_agrees(world in lenient_worlds(), steps in vec(steps(), 1..80)) {
        // What is known at first is known from the first instant, so that only later facts are late.
        let mut at_first = Vec::new();
        for name in SUBJECTS {
            let known = world.registry.get(name).expect("everybody is known");
            let mut subject = Subject::new(id(name)).with_birth(id("1990"));
            if let Some(first) = known.residences().iter().next() {
                subject = subject.with_residence_entry(Entry::new(Timestamp::MIN, *first.value()));
            }
            at_first.push(subject);
        }
        let mut registry = Registry::new();
        for subject in &at_first {
            registry.replace(subject.clone());
        }
        let mut platform = Platform {
            policy: world.policy,
            records: world.records,
            now: id("2024-01-12"),
            registry,
            open: None,
            ledger: Ledger::new(),
            at_first,
            facts: Vec::new(),
            model_open: BTreeSet::new(),
            model_runs: BTreeMap::new(),
            sealed: 0,
        };
        for step in steps {
            platform.take(step);
        }
        platform.check_audits();
    }
}
