//! Runs that build on others, and admissions whose subjects are gone.

use std::collections::{BTreeMap, BTreeSet};

use may_train::ledger::{AppendError, Audit, Lack, Ledger, RunId, SealedRun, TrainingSet};
use may_train::{
    Choice, ChosenBy, Entry, Event, Policy, Record, Registry, Subject, SubjectId, Timestamp,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::laws::build;
use crate::worlds::{World, cut_offs, id, lenient_worlds};

/// A ledger whose runs build on earlier ones at random: the places of their parents.
fn grown(
    world: &World,
    runs: &[(Timestamp, Vec<prop::sample::Index>)],
) -> (Ledger, Vec<BTreeSet<usize>>) {
    let World { policy, registry, records } = world;
    let (mut ledger, mut parents) = (Ledger::new(), Vec::new());
    for (n, (as_of, wanted)) in runs.iter().enumerate() {
        let gate = registry.gate(policy, *as_of, *as_of);
        // Each uses some records alone, so that not everybody is in every run.
        let some: Vec<Record> = records.iter().skip(n % 3).step_by(3).cloned().collect();
        let mut set = build(&format!("run-{n}"), &gate, &some);
        let theirs: BTreeSet<usize> =
            wanted.iter().filter(|_| n > 0).map(|index| index.index(n)).collect();
        for parent in &theirs {
            set = set.with_parent(ledger.entries()[*parent].run());
        }
        ledger.append(set.seal()).unwrap();
        parents.push(theirs);
    }
    (ledger, parents)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn descendants_are_whatever_can_be_reached_from_a_run_and_survive_the_file(
        world in lenient_worlds(),
        runs in vec((cut_offs(), vec(any::<prop::sample::Index>(), 0..3)), 1..9),
    ) {
        let (ledger, parents) = grown(&world, &runs);
        let mut file = Vec::new();
        ledger.entries().iter().for_each(|entry| entry.write_line(&mut file).unwrap());
        let read = Ledger::read(file.as_slice()).unwrap().ledger;
        prop_assert_eq!(read.digest(), ledger.digest());

        // The naive closure: whether a run reaches another one by any way up.
        let reaches = |from: usize, to: usize| {
            let mut open = vec![from];
            let mut seen = BTreeSet::new();
            while let Some(run) = open.pop() {
                for parent in &parents[run] {
                    if seen.insert(*parent) {
                        open.push(*parent);
                    }
                }
            }
            seen.contains(&to)
        };
        let name = |n: usize| -> RunId { id(&format!("run-{n}")) };
        for to in 0..runs.len() {
            let expected: Vec<RunId> =
                (0..runs.len()).filter(|from| reaches(*from, to)).map(name).collect();
            let found: Vec<RunId> =
                read.descendants(&name(to)).iter().map(|run| run.id().clone()).collect();
            prop_assert_eq!(found, expected);
        }
        let everybody: BTreeSet<SubjectId> =
            world.records.iter().flat_map(Record::subjects).cloned().collect();
        for subject in &everybody {
            let models = read.models_of(subject);
            let uses: Vec<usize> = (0..runs.len())
                .filter(|n| read.run(&name(*n)).unwrap().uses_subject(subject))
                .collect();
            let inherits = |n: &usize| {
                !uses.contains(n) && uses.iter().any(|used| reaches(*n, *used))
            };
            let ids = |runs: &[&SealedRun]| -> Vec<RunId> {
                runs.iter().map(|run| run.id().clone()).collect()
            };
            let direct: Vec<RunId> = uses.iter().copied().map(name).collect();
            let inherited: Vec<RunId> = (0..runs.len()).filter(inherits).map(name).collect();
            prop_assert_eq!(ids(models.direct()), direct.clone());
            prop_assert_eq!(ids(models.inherited()), inherited.clone());

            // A statement to them and the proof of their erasure name the same.
            let World { policy, registry, records } = &world;
            let event = Event::opt_out(subject.clone(), policy.purpose().clone(), id("2024-06-01"));
            let statement = event.effect(registry, policy, &read, records);
            let named: BTreeSet<&RunId> =
                statement.unaffected().iter().chain(statement.too_late_for()).collect();
            prop_assert_eq!(named, direct.iter().collect::<BTreeSet<_>>());
            prop_assert_eq!(statement.inherited(), inherited.as_slice());
            let proof = read.deletion_proof(subject, id("2024-06-01"));
            prop_assert_eq!(proof.inherited(), inherited.as_slice());
            prop_assert_eq!(inherited.is_empty(), !proof.to_string().contains("on a run that did"));
        }
    }
}

/// A subject in the US, whose record every gate admits.
fn admitted() -> (Policy, Registry, Record) {
    let mut registry = Registry::new();
    let subject = Subject::new(id("u1")).with_birth(id("1990"));
    registry.replace(subject.with_residence(id("US"), id("2019-01-01")));
    let record = Record::new(id("r1"), id("post"), id("2023-02-01")).with_subject(id("u1"));
    (Policy::shipped("linkedin").unwrap(), registry, record)
}

#[test]
fn a_parent_that_is_not_in_the_ledger_and_a_circle_are_refused() {
    let (policy, registry, record) = admitted();
    let now: Timestamp = id("2024-12-01");
    let gate = registry.gate(&policy, now, now);
    let base = build("base", &gate, &[record]).seal();
    let set = |name: &str| TrainingSet::new(id(name), &gate);
    let mut ledger = Ledger::new();

    let orphan = ledger.append(set("tuned").with_parent(&base).seal()).unwrap_err();
    assert!(matches!(orphan, AppendError::UnknownParent(..)), "{orphan}");
    let tuned = orphan.into_run();
    // Another run of the parent's id is not the parent.
    ledger.append(set("base").seal()).unwrap();
    let error = ledger.append(tuned).unwrap_err();
    assert!(error.to_string().starts_with("`tuned` builds on `base` with the digest "), "{error}");
    let circle = ledger.append(set("loop").with_parent(&set("loop").seal()).seal()).unwrap_err();
    assert!(matches!(circle, AppendError::Circle(_)), "{circle}");
    assert_eq!(ledger.entries().len(), 1);
}

#[test]
fn a_run_without_parents_is_written_as_before_and_one_with_parents_says_so_in_its_digest() {
    let (policy, registry, record) = admitted();
    let now: Timestamp = id("2024-12-01");
    let gate = registry.gate(&policy, now, now);
    let base = build("base", &gate, &[record]).seal();
    let text = |run: &SealedRun| {
        let mut manifest = Vec::new();
        run.write_manifest(&mut manifest).unwrap();
        String::from_utf8(manifest).unwrap()
    };
    assert!(text(&base).starts_with(r#"{"head":{"format":"may-train-run/1","semantics":"#));
    assert!(!text(&base).contains("builds_on"));

    let alone = TrainingSet::new(id("tuned"), &gate).seal();
    let tuned = TrainingSet::new(id("tuned"), &gate).with_parent(&base).seal();
    assert_ne!(alone.digest(), tuned.digest());
    let written = text(&tuned);
    let parent = format!(r#""builds_on":[{{"run":"base","digest":"{}"}}]"#, base.digest());
    assert!(written.contains(r#""format":"may-train-run/2""#) && written.contains(&parent));
    let read = SealedRun::read_manifest(written.as_bytes()).unwrap();
    assert_eq!((&read, read.builds_on().len()), (&tuned, 1));
    let without = written.replace(&format!("{parent},"), "");
    assert!(SealedRun::read_manifest(without.as_bytes()).is_err());
}

#[test]
fn an_effect_names_a_set_that_is_being_built_on_a_run_with_their_data() {
    let (policy, registry, record) = admitted();
    let now: Timestamp = id("2024-12-01");
    let gate = registry.gate(&policy, now, now);
    let mut ledger = Ledger::new();
    ledger.append(build("base", &gate, std::slice::from_ref(&record)).seal()).unwrap();
    let set = TrainingSet::new(id("tuned"), &gate).with_parent(ledger.last().unwrap().run());
    let event = Event::opt_out(id("u1"), policy.purpose().clone(), id("2025-01-15"));
    let statement = event.effect(&registry, &policy, &ledger, [&record]).on_set(&set);
    assert_eq!(statement.inherited(), [id::<RunId>("tuned")]);
    let sentence = "`tuned` builds on a run with your data, which this does not change.";
    assert!(statement.to_string().contains(sentence), "{statement}");
}

/// Of each loss of a subject's facts: whether the admission is unsound, or lacks the subject.
#[test]
fn an_admission_whose_subject_is_gone_is_not_audited_and_not_unsound() {
    let (policy, registry, record) = admitted();
    let now: Timestamp = id("2024-12-01");
    let run = build("run", &registry.gate(&policy, now, now), std::slice::from_ref(&record)).seal();
    let (before, after): (Timestamp, Timestamp) = (id("2024-11-01"), id("2025-03-01"));
    let bare = || Subject::new(id("u1"));
    let erased = |at: Timestamp| bare().with_erasure_entry(Entry::new(at, ()));
    let opted_out = |subject: Subject| {
        subject.with_choice(Choice::OptOut, ChosenBy::Subject, policy.purpose().clone(), before)
    };
    let moved = |place: &str| erased(after).with_residence(id(place), id("2019-01-01"));
    let contradictory = moved("US").with_residence(id("FR"), id("2019-01-01"));
    let lack = |lack: Lack| Some(lack);
    let later = Entry::new(after, ());
    let cases: Vec<(&str, Option<Subject>, Option<Lack>)> = vec![
        ("not in the registry", None, lack(Lack::Missing)),
        ("erased since, and nothing else kept", Some(erased(after)), lack(Lack::Erased(later))),
        ("not erased, and no facts", Some(bare()), None),
        ("erased before the run, as was known", Some(erased(before)), None),
        ("erased since, and had opted out", Some(opted_out(moved("US"))), None),
        ("erased since, and resided elsewhere", Some(moved("FR")), None),
        ("erased since, and the residences contradict each other", Some(contradictory), None),
    ];
    for (name, subject, lack) in cases {
        let mut registry = Registry::new();
        if let Some(subject) = subject {
            registry.replace(subject);
        }
        let audit = Audit::of(&run, &policy, &registry, [&record]).unwrap();
        let expected: BTreeMap<SubjectId, Lack> = lack.map(|l| (id("u1"), l)).into_iter().collect();
        let found = audit.lacking().iter().flat_map(|lacking| lacking.subjects().to_vec());
        assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{name}");
        assert_eq!(audit.unsound().len(), usize::from(lack.is_none()), "{name}");
        assert_eq!(audit.audited(), u64::from(lack.is_none()), "{name}");
    }

    // All facts kept: sound, whatever was erased since. Another record of a lost subject is none of
    // the run's subjects, and no excuse.
    let mut kept = registry.clone();
    let subject = registry.get("u1").unwrap().clone();
    kept.replace(subject.with_erasure_entry(later));
    assert_eq!(Audit::of(&run, &policy, &kept, [&record]).unwrap().sound(), 1);
    let swapped = Record::new(id("r1"), id("post"), id("2023-02-01")).with_subject(id("u9"));
    let audit = Audit::of(&run, &policy, &kept, [&swapped]).unwrap();
    assert_eq!((audit.unsound().len(), audit.lacking().len()), (1, 0));
}

#[test]
fn one_subject_gone_hides_nothing_of_another() {
    let (policy, mut registry, record) = admitted();
    let other = registry.get("u1").unwrap().clone().with_id(id("u2"));
    registry.replace(other.clone());
    let record = record.with_subject(id("u2"));
    let now: Timestamp = id("2024-12-01");
    let run = build("run", &registry.gate(&policy, now, now), std::slice::from_ref(&record)).seal();
    let audit = |other: Subject| {
        let mut registry = Registry::new();
        registry.replace(other);
        Audit::of(&run, &policy, &registry, [&record]).unwrap()
    };
    assert_eq!(audit(other.clone()).lacking().len(), 1);
    assert_eq!(
        audit(other.clone()).lacking()[0].to_string(),
        "r1: not audited: `u1` is not in the registry"
    );
    let opted_out = other.with_choice(
        Choice::OptOut,
        ChosenBy::Subject,
        policy.purpose().clone(),
        id("2024-11-01"),
    );
    assert_eq!(audit(opted_out).unsound().len(), 1);
}
