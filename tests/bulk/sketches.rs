//! Law 10 over people whom a replay sketches, and those whom no sketch holds: instants that share a
//! step of nineteen hours, many changes, instants before 1990 and after 2061.

use std::cell::Cell;

use may_train::bulk::{Decisions, Histories, Ids, Replay};
use may_train::strategies::policies;
use may_train::{
    Choice, ChosenBy, Entry, Kind, Place, Record, Registry, Subject, SubjectId, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::worlds::{batch, config};

const DAY: i64 = 86_400_000_000;

/// The width of a step.
const STEP: i64 = 1 << 36;

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("an instant").as_micros()
}

/// Instants of all sorts: spread over the years of the policies, within hours of their changes, and
/// outside the steps.
fn instants() -> impl Strategy<Value = Timestamp> {
    let between = |from: &str, until: &str| micros(from)..micros(until);
    let near = select(vec!["2020-02-01", "2021-01-01", "2024-01-10", "2024-01-12", "2024-03-01"]);
    let near = (near, -DAY..DAY, any::<bool>())
        .prop_map(|(day, by, is_at)| micros(day) + if is_at { 0 } else { by });
    let instants = prop_oneof![
        6 => between("2019-06-01", "2024-06-01"),
        6 => between("2023-11-01", "2024-05-01"),
        8 => near,
        1 => between("1970-01-01", "1990-01-03"),
        1 => between("2061-01-01", "2070-01-01"),
    ];
    instants.prop_map(|micros| Timestamp::from_micros(micros).expect("an instant"))
}

fn places() -> impl Strategy<Value = Option<Place>> {
    let codes = vec!["GB", "FR", "RE", "CH", "US", "US-CA", "US-NY", ""];
    select(codes).prop_map(|code| (!code.is_empty()).then(|| code.parse().expect("a place")))
}

/// A subject with up to so many residences, and as many choices.
fn subjects(most: usize) -> impl Strategy<Value = Subject> {
    let births = select(vec!["", "1990-05-01", "2006-01-11", "2005", "2052-07-01"]);
    let residences = vec((instants(), places()), 0..=most);
    let audience = proptest::option::weighted(0.3, instants());
    let maker = select(vec![ChosenBy::Subject, ChosenBy::Guardian, ChosenBy::Admin]);
    let chosen = select(vec![Choice::OptIn, Choice::OptOut]);
    let purpose = select(vec!["ai-training", "ai-training.generative"]);
    let choices = vec((instants(), chosen, maker, purpose), 0..=most);
    (births, residences, audience, choices).prop_map(|(born, residences, audience, choices)| {
        let mut subject = Subject::new("u".parse().expect("an id"));
        if !born.is_empty() {
            subject = subject.with_birth(born.parse().expect("a birth"));
        }
        if let Some(since) = audience {
            subject = subject.with_audience("business".parse().expect("an audience"), since);
        }
        for (since, place) in residences {
            subject = subject.with_residence_entry(Entry::new(since, place));
        }
        choices.into_iter().fold(subject, |subject, (at, choice, by, purpose)| {
            subject.with_choice(choice, by, purpose.parse().expect("a purpose"), at)
        })
    })
}

/// How often the worlds reached what is asked of them.
#[derive(Default)]
struct Reached {
    ties: Cell<u32>,
    many: Cell<u32>,
    early: Cell<u32>,
    late: Cell<u32>,
    settled: Cell<u32>,
}

impl Reached {
    fn count(&self, subject: &Subject, as_of: Timestamp) {
        let add = |count: &Cell<u32>, is_met: bool| count.set(count.get() + u32::from(is_met));
        let at = as_of.as_micros();
        let moves = subject.residences().iter().map(Entry::at);
        let choices = subject.choices().iter().map(|(_, entry)| entry.at());
        let changes: Vec<i64> = moves.chain(choices).map(Timestamp::as_micros).collect();
        let gap = changes.iter().map(|changed| (changed - at).abs()).min();
        add(&self.ties, gap.is_some_and(|gap| (1..STEP / 4).contains(&gap)));
        add(&self.settled, gap.is_some_and(|gap| gap > STEP) && changes.len() < 4);
        add(&self.many, changes.len() > 7);
        add(&self.early, at < micros("1990-01-01"));
        add(&self.late, at > micros("2062-01-01"));
    }
}

#[test]
fn a_replay_by_sketches_decides_as_the_scalar_decision_does() {
    let kinds = ["post", "comment"].map(|kind| kind.parse::<Kind>().expect("a kind"));
    let kind = select(kinds.to_vec());
    // Few changes for most, so that most can be sketched; or many for most.
    let people = prop_oneof![3 => vec(subjects(2), 1..12), 1 => vec(subjects(5), 1..12)];
    let rows = vec((any::<prop::sample::Index>(), instants(), instants(), kind), 1..200);
    let reached = Reached::default();
    let world = (policies(), people, rows);
    let tried = TestRunner::new(config(400)).run(&world, |(policy, people, rows)| {
        let mut histories = Histories::new(policy.purpose(), None);
        let (mut registry, mut ids) = (Registry::new(), Ids::new());
        for (number, subject) in people.into_iter().enumerate() {
            let subject = subject.with_id(SubjectId::from(number as u64));
            ids.insert(subject.id().clone());
            histories.push(&subject).expect("a number");
            registry.replace(subject);
        }
        let mut expected = Vec::new();
        let (mut records, mut as_of) = (Vec::new(), Vec::new());
        for (who, created, cut_off, kind) in rows {
            let id = SubjectId::from(who.index(registry.len()) as u64);
            reached.count(registry.get(&id).expect("a subject"), cut_off);
            let record = Record::new("r".parse().expect("an id"), kind, created).with_subject(id);
            expected.push(registry.view(&policy, cut_off).decide(&record).grounds());
            records.push(record);
            as_of.push(cut_off.as_micros());
        }
        let batch = batch(&records, &ids);
        let mut replay = Replay::new(&histories, &policy).expect("one purpose");
        let mut decided = Decisions::new();
        for _ in ["nothing was met before", "everything was"] {
            replay.decide_into(&batch.columns(), &as_of, &mut decided).expect("good columns");
            prop_assert_eq!(decided.grounds(), &expected);
        }
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
    let Reached { ties, many, early, late, settled } = reached;
    for (what, count) in [
        ("ties", ties),
        ("many changes", many),
        ("before 1990", early),
        ("after 2061", late),
        ("settled", settled),
    ] {
        assert!(count.get() > 200, "{what}: {} times", count.get());
    }
}
