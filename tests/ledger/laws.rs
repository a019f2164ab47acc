//! Laws 2, 9 and 12, and those of rechecks and of the ledger.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use may_train::bulk::Batch;
use may_train::decision::{ChangedBy, Obstacle};
use may_train::ledger::{
    Admit, Audit, AuditError, Digest, Gate, Ledger, MismatchError, SealedRun, Tail, Torn,
    TrainingSet,
};
use may_train::{
    Choice, ChosenBy, Entry, Ground, GroundClass, Grounds, Policy, Record, RecordId, Registry,
    Restriction, Span, Subject, SubjectId, Timestamp, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::policy::policy;
use crate::worlds::{
    World, absorbed, any_worlds, around, cut_offs, everybody, histories, id, instants, learn,
    lenient_worlds, with_id, worlds,
};

const CHOSEN: [Ground; 3] = [Ground::OptedOut, Ground::NotOptedIn, Ground::OptInExpired];

/// Every record that the gate admits, in a set.
pub fn build(run: &str, gate: &Gate<'_>, records: &[Record]) -> TrainingSet {
    let mut set = TrainingSet::new(id(run), gate);
    for record in records {
        match gate.admit(record) {
            Admit::Yes(admission) => set.enter(admission).expect("it is the same gate"),
            Admit::No(decision) => set.count_refused(&decision).expect("it is the first"),
        }
    }
    set
}

/// The same set, whose records enter as columns, and the last of them one by one in bulk.
fn build_in_bulk(run: &str, gate: &Gate<'_>, records: &[Record]) -> TrainingSet {
    let frozen = gate.freeze().unwrap();
    let mut set = TrainingSet::new(id(run), gate);
    let (columns, plain) = records.split_at(records.len() * 3 / 4);
    for some in columns.chunks(columns.len().div_ceil(2).max(1)) {
        let mut batch = Batch::new();
        for record in some {
            batch.push(record, frozen.subjects()).unwrap();
        }
        let ids = some.iter().map(Record::id);
        set.enter_all(frozen.admit_all(&batch.columns(), ids).unwrap()).unwrap();
    }
    set.enter_all(gate.admit_all(plain.iter().cloned())).unwrap();
    set
}

pub fn ids(records: impl Iterator<Item: Borrow<Record>>) -> BTreeSet<RecordId> {
    records.map(|record| record.borrow().id().clone()).collect()
}

/// The registry with whatever was wanted of the fragments.
fn with_facts(
    registry: &Registry,
    fragments: &[Subject],
    wanted: impl Fn((Timestamp, Timestamp)) -> bool,
) -> Registry {
    let mut registry = registry.clone();
    for fragment in fragments {
        if let Some(subject) = registry.get(fragment.id()).cloned() {
            registry.replace(absorbed(subject, fragment, &wanted));
        }
    }
    registry
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn law_2_later_facts_never_change_earlier_decisions(
        world in any_worlds(), later in histories(12), as_of in cut_offs(), known_at in instants(),
    ) {
        let World { policy, registry, records } = &world;
        let truer = with_facts(registry, &later, |(at, _)| at > as_of);
        let wiser = with_facts(registry, &later, |(_, recorded)| recorded > known_at);
        for record in records {
            let before = registry.view(policy, as_of);
            let after = truer.view(policy, as_of);
            prop_assert_eq!(before.decide(record).grounds(), after.decide(record).grounds());
            let then = before.with_known_at(known_at);
            let after = wiser.view(policy, as_of).with_known_at(known_at);
            prop_assert_eq!(then.decide(record).grounds(), after.decide(record).grounds());
        }
    }

    #[test]
    fn law_9_the_eligibility_timeline_is_the_pointwise_decision(
        world in any_worlds(), more in histories(20), known_at in prop::option::of(instants()),
        asked in vec(instants(), 20),
    ) {
        let World { policy, registry, records } = world;
        let registry = with_facts(&registry, &more, |_| true);
        let view = registry.view(&policy, Timestamp::MIN);
        let view = known_at.map_or(view, |known_at| view.with_known_at(known_at));
        for record in &records {
            let timeline = view.eligibility(record);
            let turns: Vec<Timestamp> = timeline.changes().map(|(at, _)| at).collect();
            for t in asked.iter().chain(&turns).copied().flat_map(around) {
                let anew = registry.view(&policy, t);
                let anew = known_at.map_or(anew, |known_at| anew.with_known_at(known_at)).decide(record);
                let found = timeline.at(t).expect("it starts at the first instant");
                prop_assert_eq!(found.grounds(), anew.grounds(), "at {}", t);
                prop_assert_eq!(found.revision(), anew.revision(), "at {}", t);
                let next = timeline.next_after(t).map(|(at, _)| at);
                prop_assert_eq!(next, turns.iter().copied().find(|turn| *turn > t));
            }
        }
    }

    #[test]
    fn law_12_a_sealed_run_never_changes_and_its_admissions_were_eligible(
        world in any_worlds(), later in histories(12), as_of in cut_offs(), known_at in instants(),
    ) {
        let World { policy, registry, records } = &world;
        let gate = registry.gate(policy, as_of, known_at);
        let run = build("run", &gate, records).seal();
        let view = registry.view(policy, as_of).with_known_at(known_at);
        let eligible = |record: &&Record| view.decide(record).verdict() == Verdict::Eligible;
        let expected: BTreeSet<RecordId> = ids(records.iter().filter(eligible));
        prop_assert_eq!(run.records().collect::<BTreeSet<_>>(), expected.clone());
        prop_assert_eq!(run.admitted() + run.refused(), records.len() as u64);
        for record in records {
            prop_assert_eq!(run.uses(record.id()), expected.contains(record.id()));
        }

        let mut manifest = Vec::new();
        run.write_manifest(&mut manifest).unwrap();
        prop_assert_eq!(&SealedRun::read_manifest(manifest.as_slice()).unwrap(), &run);

        // Whatever is learned later, nothing becomes unsound; whatever happens later, nothing does
        // at all.
        let wiser = with_facts(registry, &later, |(_, recorded)| recorded > known_at);
        let audit = Audit::of(&run, policy, &wiser, records.clone()).unwrap();
        prop_assert!(audit.unsound().is_empty() && audit.missing().is_empty());
        let after = with_facts(registry, &later, |(at, recorded)| at > as_of && recorded > known_at);
        let again = Audit::of(&run, policy, &after, records.clone()).unwrap();
        let unchanged = Audit::of(&run, policy, registry, records.clone()).unwrap();
        prop_assert_eq!(again, unchanged);
    }

    #[test]
    fn an_audit_decides_anew_as_known_then_and_as_known_now(
        world in any_worlds(), later in histories(12), as_of in cut_offs(), known_at in instants(),
    ) {
        let World { policy, registry, records } = &world;
        let run = build("run", &registry.gate(policy, as_of, known_at), records).seal();
        let registry = with_facts(registry, &later, |_| true);
        let audit = Audit::of(&run, policy, &registry, records.clone()).unwrap();
        let grounds = |record: &RecordId, known_at: Option<Timestamp>| -> Grounds {
            let record = records.iter().find(|r| r.id() == record).unwrap();
            let view = registry.view(policy, as_of);
            known_at.map_or(view, |k| view.with_known_at(k)).decide(record).grounds()
        };
        let mut sound = run.admitted();
        for unsound in audit.unsound() {
            prop_assert_eq!(unsound.grounds(), grounds(unsound.record(), Some(known_at)));
            prop_assert_ne!(unsound.grounds(), Grounds::NONE);
            sound -= 1;
        }
        for overtaken in audit.overtaken() {
            prop_assert_eq!(overtaken.grounds(), grounds(overtaken.record(), None));
            prop_assert_eq!(grounds(overtaken.record(), Some(known_at)), Grounds::NONE);
            prop_assert!(!overtaken.late().is_empty(), "{}", overtaken);
            sound -= 1;
        }
        for lacking in audit.lacking() {
            // A subject that was erased since, and gaps alone or a choice that is missing.
            let grounds = grounds(lacking.record(), Some(known_at));
            prop_assert_ne!(grounds, Grounds::NONE);
            let is_of_absence =
                |g: Ground| g.class() == GroundClass::Gap || g == Ground::NotOptedIn;
            prop_assert!(grounds.iter().all(is_of_absence));
            sound -= 1;
        }
        prop_assert_eq!(audit.sound(), sound);
    }

    #[test]
    fn a_recheck_equals_deciding_anew(
        world in any_worlds(), other in worlds(), later in histories(8),
        clocks in [cut_offs(), cut_offs()], known in [instants(), instants()],
        same_policy in prop::bool::weighted(0.9), nothing_happens in any::<bool>(),
        in_bulk in any::<bool>(),
    ) {
        let World { policy, registry, records } = &world;
        let build = if in_bulk { build_in_bulk } else { build };
        let mut set = build("run", &registry.gate(policy, clocks[0], known[0]), records);
        let entered = ids(set.records());
        let registry = with_facts(registry, &later, |_| !nothing_happens);
        let same = same_policy || policy.purpose() != other.policy.purpose();
        let policy = if same { policy } else { &other.policy };

        // Twice, so that what a recheck leaves behind is put to the test, too.
        for (as_of, known_at) in [(clocks[1], known[1]), (clocks[0].max(clocks[1]), known[0])] {
            let before = ids(set.records());
            let gate = registry.gate(policy, as_of, known_at);
            let recheck = set.recheck(&gate).unwrap();
            let admits = |record: &&Record| {
                before.contains(record.id()) && gate.view().decide(record).grounds().is_empty()
            };
            let anew = ids(records.iter().filter(admits));
            prop_assert_eq!(&ids(set.records()), &anew);
            let dropped: BTreeSet<_> = recheck.dropped().iter().map(|d| d.record().clone()).collect();
            prop_assert_eq!(&before - &anew, dropped);
            for dropped in recheck.dropped() {
                let record = records.iter().find(|r| r.id() == dropped.record()).unwrap();
                prop_assert_eq!(gate.view().decide(record).grounds(), dropped.grounds());
                prop_assert!(entered.contains(dropped.record()));
            }
            // Nothing happens between a recheck and the same one.
            let again = set.recheck(&gate).unwrap();
            prop_assert_eq!((again.redecided(), again.dropped().len()), (0, 0));
        }
        let run = set.seal();
        prop_assert!(Audit::of(&run, policy, &registry, records.clone()).unwrap().unsound().is_empty());
    }

    #[test]
    fn a_recheck_notices_what_time_and_knowledge_alone_do(
        world in lenient_worlds(), ends in vec(prop::option::weighted(0.2, instants()), 1..8),
        mut clocks in [cut_offs(), cut_offs()], mut known in [instants(), instants()],
        all_is_known in any::<bool>(),
    ) {
        // More records are deleted at some time, so that time has something to do.
        let World { policy, registry, records } = world;
        let ends = ends.iter().copied().cycle();
        let end = |(record, end): (Record, Option<Timestamp>)| match end {
            Some(end) => record.with_deletion(end),
            None => record,
        };
        let records: Vec<Record> = records.into_iter().zip(ends).map(end).collect();
        clocks.sort_unstable();
        known.sort_unstable();
        if all_is_known {
            known = [Timestamp::MAX; 2];
        }
        let mut set = build("run", &registry.gate(&policy, clocks[0], known[0]), &records);
        let before = ids(set.records());
        let gate = registry.gate(&policy, clocks[1], known[1]);
        let _ = set.recheck(&gate).unwrap();
        let admits = |record: &&Record| {
            before.contains(record.id()) && gate.view().decide(record).grounds().is_empty()
        };
        prop_assert_eq!(ids(set.records()), ids(records.iter().filter(admits)));
    }

    #[test]
    fn a_recheck_decides_on_the_changed_subjects_alone(
        world in lenient_worlds(), later in histories(2), as_of in cut_offs(),
    ) {
        let World { policy, registry, records } = &world;
        let mut set = build("run", &registry.gate(policy, as_of, Timestamp::MAX), records);
        let mut changed = registry.clone();
        for fragment in later.iter().take(1) {
            learn(&mut changed, fragment);
        }
        let of_changed = |record: &Record| {
            let touched = |id: &SubjectId| registry.get(id) != changed.get(id);
            record.subjects().iter().any(touched)
        };
        let expected = set.records().filter(of_changed).count();
        let recheck = set.recheck(&changed.gate(policy, as_of, Timestamp::MAX)).unwrap();
        prop_assert_eq!(recheck.redecided(), expected);
    }

    #[test]
    fn a_record_that_is_another_since_it_entered_is_decided_anew(
        world in lenient_worlds(), as_of in cut_offs(), start in cut_offs(),
        others in lenient_worlds(),
    ) {
        let World { policy, registry, records } = &world;
        let gate = registry.gate(policy, as_of, as_of);
        let mut set = build("run", &gate, records);
        let before = ids(set.records());
        // Records of the same ids, of whatever else, some of them deleted, some not in the set.
        let mut now = records.clone();
        let renewed = others.records.iter().enumerate().filter(|(n, _)| n % 3 > 0);
        for (n, record) in renewed.map(|(n, r)| (n, with_id(r, &id(&format!("r{n}"))))) {
            let record = if n % 2 == 0 { record.with_deletion(as_of) } else { record };
            let was_in = set.record(record.id()).is_some();
            let dropped = set.replace(&record, &gate).unwrap();
            let grounds = gate.view().decide(&record).grounds();
            let expected = (was_in && !grounds.is_empty()).then_some(grounds);
            prop_assert_eq!(dropped.map(|d| d.grounds()), expected);
            match now.get_mut(n) {
                Some(place) => *place = record,
                None => now.push(record),
            }
        }
        let stands = |gate: &Gate<'_>| {
            let admits = |record: &&Record| {
                before.contains(record.id()) && gate.view().decide(record).grounds().is_empty()
            };
            now.iter().filter(admits).cloned().collect::<Vec<_>>()
        };
        let sorted = |set: &TrainingSet| {
            let mut records: Vec<Record> = set.records().collect();
            records.sort_by_key(|record| now.iter().position(|other| other == record));
            records
        };
        prop_assert_eq!(sorted(&set), stands(&gate));
        // Nor does a later recheck know of what was there before.
        let start = start.max(as_of);
        let later = registry.gate(policy, start, start);
        if start != as_of {
            prop_assert_eq!(set.replace(&now[0], &later).unwrap_err(), MismatchError::CutOff);
        }
        let standing = stands(&gate);
        let _ = set.recheck(&later).unwrap();
        let both = |record: &Record| later.view().decide(record).grounds().is_empty();
        let left: Vec<Record> = standing.into_iter().filter(both).collect();
        prop_assert_eq!(sorted(&set), left.clone());
        let whose: BTreeSet<SubjectId> = left.iter().flat_map(Record::subjects).cloned().collect();
        prop_assert_eq!(set.seal().subjects().collect::<BTreeSet<_>>(), whose);
    }

    #[test]
    fn only_an_admission_for_this_very_set_enters(
        world in lenient_worlds(), later in histories(4),
        clocks in [cut_offs(), cut_offs()], known in [instants(), instants()],
    ) {
        let World { policy, registry, records } = &world;
        let changed = with_facts(registry, &later, |_| true);
        let gate = registry.gate(policy, clocks[0], known[0]);
        let other = changed.gate(policy, clocks[1], known[1]);
        let expected = if clocks[0] != clocks[1] {
            Some(MismatchError::CutOff)
        } else if known[0] != known[1] {
            Some(MismatchError::KnownAt)
        } else if registry.digest() != changed.digest() {
            Some(MismatchError::Registry)
        } else {
            None
        };
        let mut set = TrainingSet::new(id("run"), &gate);
        for record in records {
            let Admit::Yes(admission) = other.admit(record) else { continue };
            match set.enter(admission) {
                Ok(()) => prop_assert_eq!(expected, None),
                Err(error) => {
                    prop_assert_eq!(Some(error.mismatch()), expected);
                    let admission = error.into_admission();
                    prop_assert_eq!(admission.record(), record.id());
                }
            }
        }
        let all = other.admit_all(records.clone());
        let admits = all.len();
        match set.enter_all(all) {
            Ok(()) => prop_assert_eq!((expected, set.len()), (None, admits)),
            Err(error) => {
                prop_assert_eq!((Some(error.mismatch()), set.len()), (expected, 0));
                prop_assert_eq!(error.into_admission().len(), admits);
            }
        }
    }

    #[test]
    fn many_admissions_are_the_same_as_one_by_one(world in any_worlds(), as_of in cut_offs()) {
        let World { policy, registry, records } = &world;
        let gate = registry.gate(policy, as_of, as_of);
        let mut bulk = TrainingSet::new(id("run"), &gate);
        bulk.enter_all(gate.admit_all(records.clone())).unwrap();
        let one_by_one = build("run", &gate, records);
        let columns = build_in_bulk("run", &gate, records);
        prop_assert!(columns.records().eq(one_by_one.records()));
        for record in records {
            prop_assert_eq!(columns.record(record.id()), one_by_one.record(record.id()));
            prop_assert!(columns.record(record.id()).is_none_or(|found| found == *record));
        }
        let run = one_by_one.seal();
        prop_assert_eq!(bulk.seal(), run.clone());
        prop_assert_eq!(columns.seal(), run.clone());
        let audit = Audit::of(&run, policy, registry, records).unwrap();
        prop_assert!(audit.unsound().is_empty());
        prop_assert_eq!(audit.audited(), run.admitted());
    }

    #[test]
    fn digests_do_not_depend_on_order_or_duplicates_and_tell_whatever_decides(
        mut fragments in histories(40), moved in any::<prop::sample::Index>(),
    ) {
        let gather = |fragments: &[Subject]| {
            let mut registry = Registry::new();
            for fragment in fragments {
                learn(&mut registry, fragment);
            }
            registry
        };
        let registry = gather(&fragments);
        // A birth is no log: that of the first fragment stays. The others may come in whatever order,
        // and twice.
        let mut later = fragments.split_off(3);
        later.reverse();
        later.extend(later.clone());
        let at = moved.index(later.len().max(1)).min(later.len());
        later.rotate_left(at);
        let again = gather(&[fragments.clone(), later].concat());
        prop_assert_eq!(registry.digest(), again.digest());
        let mut seen: Vec<Digest> = Vec::new();
        for subject in everybody(&registry) {
            let mut changed = registry.clone();
            changed.replace(subject.clone().with_choice(
                Choice::OptOut, ChosenBy::Admin, id("ai-training.nothing-else"), Timestamp::MAX,
            ));
            seen.push(changed.digest());
        }
        seen.push(registry.digest());
        let distinct: BTreeSet<_> = seen.iter().copied().collect();
        prop_assert_eq!(distinct.len(), seen.len());
    }

    #[test]
    fn why_not_tells_every_ground_and_the_subject_can_change_what_is_the_subjects(
        world in any_worlds(), as_of in cut_offs(),
    ) {
        let World { policy, registry, records } = &world;
        for record in records {
            let decision = registry.view(policy, as_of).decide(record);
            let why_not = decision.why_not();
            let told: Grounds = why_not.iter().map(Obstacle::ground).collect();
            prop_assert_eq!(told, decision.grounds());

            // Everybody opts in at the cut-off, for the purpose and for every wider one: what was
            // theirs to change is changed, and what was sampled before stays.
            let mut asked = registry.clone();
            for mut subject in everybody(registry) {
                for purpose in ["ai-training", "ai-training.generative"] {
                    let by = ChosenBy::Subject;
                    let made = may_train::people::ChoiceMade::new(Choice::OptIn, by);
                    let entry = may_train::Entry::new(as_of, made).with_recorded(Timestamp::MAX);
                    subject = subject.with_choice_entry(id(purpose), entry);
                }
                asked.replace(subject);
            }
            let grounds = asked.view(policy, as_of).decide(record).grounds();
            let by = |who| move |o: &&Obstacle<'_>| CHOSEN.contains(&o.ground()) && o.by() == who;
            let past = why_not.iter().filter(by(ChangedBy::Nobody)).map(Obstacle::ground);
            // A rule that counts opt-ins only from a later instant on takes these for expired.
            let early = why_not.iter().filter(by(ChangedBy::Platform));
            let stays: Grounds = past.chain(early.map(|_| Ground::OptInExpired)).collect();
            let chosen: Grounds = grounds.iter().filter(|g| CHOSEN.contains(g)).collect();
            prop_assert_eq!(chosen, stays);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_manifest_that_was_changed_by_one_byte_is_refused(
        world in lenient_worlds(), as_of in cut_offs(), change in 1..=255_u8,
    ) {
        let World { policy, registry, records } = &world;
        let run = build("run", &registry.gate(policy, as_of, as_of), records).seal();
        let mut manifest = Vec::new();
        run.write_manifest(&mut manifest).unwrap();
        for at in 0..manifest.len() {
            manifest[at] = manifest[at].wrapping_add(change);
            prop_assert!(SealedRun::read_manifest(manifest.as_slice()).is_err(), "byte {}", at);
            manifest[at] = manifest[at].wrapping_sub(change);
        }
        // Nor does it become another manifest of the same run by what JSON makes nothing of.
        let head = manifest.iter().position(|byte| *byte == b'\n').unwrap();
        for at in 0..head {
            manifest.insert(at, b' ');
            prop_assert!(SealedRun::read_manifest(manifest.as_slice()).is_err(), "space {}", at);
            manifest.remove(at);
        }
        for length in 0..manifest.len() {
            prop_assert!(SealedRun::read_manifest(&manifest[..length]).is_err(), "cut to {}", length);
        }
        manifest.push(0);
        prop_assert!(SealedRun::read_manifest(manifest.as_slice()).is_err());
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_ledger_never_forgets(
        world in lenient_worlds(), cut_offs in vec(cut_offs(), 1..6),
        span in [instants(), instants()], cut in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let World { policy, registry, records } = &world;
        let mut ledger = Ledger::new();
        let (mut file, mut ends, mut digests) = (Vec::new(), vec![0], vec![None]);
        let mut naive = Vec::new();
        for (n, as_of) in cut_offs.iter().enumerate() {
            let run = build(&format!("run-{n}"), &registry.gate(policy, *as_of, *as_of), records).seal();
            naive.push((*as_of, run.clone()));
            ledger.append(run.clone()).unwrap();
            prop_assert_eq!(ledger.append(run.clone()).unwrap_err().into_run(), run);
            ledger.last().unwrap().write_line(&mut file).unwrap();
            ends.push(file.len());
            digests.push(ledger.digest());
        }
        let read = Ledger::read(file.as_slice()).unwrap();
        prop_assert_eq!(read.tail, Tail::Whole);
        for digest in &digests {
            prop_assert!(read.ledger.holds(*digest));
        }
        let same = |runs: Vec<&SealedRun>, wanted: &dyn Fn(&(Timestamp, SealedRun)) -> bool| {
            let expected: Vec<&SealedRun> =
                naive.iter().filter(|run| wanted(run)).map(|(_, run)| run).collect();
            runs == expected
        };
        for record in records {
            let used = |(_, run): &(Timestamp, SealedRun)| run.records().any(|r| &r == record.id());
            prop_assert!(same(read.ledger.uses_of(record.id()).collect(), &used));
            for subject in record.subjects() {
                let used = |(_, run): &(Timestamp, SealedRun)| {
                    let of_subject = |r: &&Record| r.subjects().contains(subject);
                    records.iter().filter(of_subject).any(|r| run.uses(r.id()))
                };
                prop_assert!(same(read.ledger.uses_of_subject(subject).collect(), &used));
            }
        }
        let between = Span::new(span[0]).until(span[1]);
        let inside = |(at, _): &(Timestamp, SealedRun)| between.contains(*at);
        prop_assert!(same(read.ledger.runs_between(between).collect(), &inside));

        // Cut anywhere, it has every run whose line is whole, and tells the rest.
        for length in [cut.index(file.len() + 1), file.len() - 1] {
            let read = Ledger::read(&file[..length]).unwrap();
            // A line without its end is a run, too.
            let whole = ends.iter().rposition(|end| *end <= length + 1 && (*end == 0 || length > 0));
            let whole = whole.unwrap();
            prop_assert_eq!(read.ledger.entries().len(), whole);
            let rest = length.saturating_sub(ends[whole]) as u64;
            let tail = match rest {
                _ if length + 1 == ends[whole] => Tail::Unended,
                0 => Tail::Whole,
                torn => Tail::Torn(Torn { whole: ends[whole] as u64, torn }),
            };
            prop_assert_eq!(read.tail, tail);
            prop_assert!(read.ledger.holds(digests[whole]));
        }
        // What is no beginning of the next line is no torn run: it is somebody's, and refused.
        for other in ["notes", "{\"number\":", "{}", "[", "\0\0", "{\"number\":1,\"previous\":null,\"run\":7"] {
            let with = [file.as_slice(), other.as_bytes()].concat();
            let begins = format!("{{\"number\":{}", ends.len()).starts_with(other);
            prop_assert_eq!(Ledger::read(with.as_slice()).is_ok(), begins, "{}", other);
        }

        // A line that is missing, or that stands elsewhere, shows.
        for n in 1..ends.len() - 1 {
            let without = [&file[..ends[n - 1]], &file[ends[n]..]].concat();
            prop_assert!(Ledger::read(without.as_slice()).is_err());
            let swapped = [
                &file[..ends[n - 1]], &file[ends[n]..ends[n + 1]], &file[ends[n - 1]..ends[n]],
            ].concat();
            prop_assert!(Ledger::read(swapped.as_slice()).is_err());
        }
        // A byte that is altered shows, too.
        for at in [cut.index(file.len()), file.len() - 1] {
            let mut altered = file.clone();
            altered[at] = altered[at].wrapping_add(change);
            prop_assert!(Ledger::read(altered.as_slice()).is_err(), "byte {}", at);
        }
    }
}

#[test]
fn the_generated_sets_are_not_empty() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut full, mut dropped, mut overtaken, mut unsound) = (0, 0, 0, 0);
    for _ in 0..200 {
        let strategy = (any_worlds(), histories(8), cut_offs(), instants(), cut_offs());
        let (world, later, as_of, known_at, start) =
            strategy.new_tree(&mut runner).unwrap().current();
        let World { policy, registry, records } = &world;
        let mut set = build("run", &registry.gate(policy, as_of, known_at), records);
        full += usize::from(set.len() > 1);
        let run = build("run", &registry.gate(policy, as_of, known_at), records).seal();
        let wiser = with_facts(registry, &later, |(_, recorded)| recorded > known_at);
        let audit = Audit::of(&run, policy, &wiser, records.clone()).unwrap();
        overtaken += audit.overtaken().len();
        let registry = with_facts(registry, &later, |_| true);
        dropped += set.recheck(&registry.gate(policy, start, known_at)).unwrap().dropped().len();
        let audit = Audit::of(&run, policy, &registry, records.clone()).unwrap();
        unsound += audit.unsound().len();
    }
    assert!(
        full > 60 && dropped > 100 && overtaken > 50 && unsound > 50,
        "{full} sets of several records, {dropped} dropped, {overtaken} overtaken, {unsound} unsound"
    );
}

/// Subjects, each of whom differs from the first in one fact.
fn variants_of_a_subject() -> Vec<Subject> {
    let first = || Subject::new(id("u1")).with_residence(id("GB"), id("2019-01-01"));
    let choice = |choice, by| first().with_choice(choice, by, id("ai-training"), id("2024-01-01"));
    let veto = |name: &str, until: &str, recorded: &str| {
        let span = Span::new(id("2024-01-01")).until(id(until));
        let restriction = Restriction::new(id(name), span).unwrap().with_recorded(id(recorded));
        first().with_restriction(restriction)
    };
    let moved = |at: &str, recorded: &str, place: &str| {
        first().with_residence_entry(
            Entry::new(id(at), id::<may_train::Place>(place)).with_recorded(id(recorded)),
        )
    };
    let audience = |name: &str| {
        first().with_audience_entry(Entry::new(id("2024-01-01"), id::<may_train::Audience>(name)))
    };
    let wide = |purpose: &str| {
        first().with_choice(Choice::OptOut, ChosenBy::Subject, id(purpose), id("2024-01-02"))
    };
    vec![
        first(),
        Subject::new(id("u1")),
        first().with_id(id("u2")),
        first().with_birth(id("1990")),
        first().with_birth(id("1990-12-31")),
        choice(Choice::OptOut, ChosenBy::Subject),
        choice(Choice::OptIn, ChosenBy::Subject),
        choice(Choice::OptIn, ChosenBy::Guardian),
        choice(Choice::OptIn, ChosenBy::Admin),
        wide("ai-training"),
        wide("ai-training.generative"),
        moved("2024-01-01", "2024-01-01", "US"),
        moved("2024-01-01", "2024-01-02", "US"),
        moved("2024-01-02", "2024-01-02", "US"),
        moved("2024-01-01", "2024-01-01", "US-CA"),
        audience("business"),
        audience("consumer"),
        veto("baa", "2025-01-01", "2024-01-01"),
        veto("legal-hold", "2025-01-01", "2024-01-01"),
        veto("baa", "2025-01-02", "2024-01-01"),
        veto("baa", "2025-01-01", "2024-01-02"),
        first().with_erasure_entry(Entry::new(id("2024-01-01"), ())),
        first()
            .with_erasure_entry(Entry::new(id("2024-01-01"), ()).with_recorded(id("2024-01-02"))),
        first()
            .with_erasure_entry(Entry::new(id("2024-01-01"), ()))
            .with_erasure_entry(Entry::new(id("2024-01-01"), ()).with_recorded(id("2024-01-02"))),
        first()
            .with_erasure_entry(Entry::new(id("2024-01-01"), ()))
            .with_erasure_entry(Entry::new(id("2024-01-02"), ())),
    ]
}

fn all_differ(digests: &[Digest]) {
    for (n, digest) in digests.iter().enumerate() {
        let same = digests.iter().position(|other| other == digest);
        assert_eq!(same, Some(n), "variants {n} and {same:?} have the same digest");
    }
}

/// Of two erasures, the one that takes effect later is learned before the other: its instant turns a
/// decision, and so does its becoming known.
#[test]
fn an_erasure_that_is_not_the_first_is_noticed_by_whoever_waits() {
    let policy = policy(r#"[{ in = ["*"], regime = "no-choice" }]"#);
    let late = Entry::new(id("2024-01-01"), ()).with_recorded(id("2025-01-01"));
    let subject = Subject::new(id("u1"))
        .with_residence(id("US"), id("2019-01-01"))
        .with_erasure_entry(Entry::new(id("2024-03-01"), ()))
        .with_erasure_entry(late);
    let record = Record::new(id("r1"), id("post"), id("2021-01-01")).with_subject(id("u1"));
    let mut registry = Registry::new();
    registry.replace(subject);

    for known_at in ["2024-02-01", "2024-06-01", "2025-01-01"].map(id) {
        let view = registry.view(&policy, id("2024-06-01")).with_known_at(known_at);
        let timeline = view.eligibility(&record);
        for as_of in ["2024-01-01", "2024-03-01", "2025-01-01"].map(id).into_iter().flat_map(around)
        {
            let decision = registry.view(&policy, as_of).with_known_at(known_at).decide(&record);
            let found = timeline.at(as_of).map(may_train::Decision::grounds);
            assert_eq!(found, Some(decision.grounds()), "{as_of}, as known at {known_at}");
        }
    }
    let dropped = |before: [&str; 2], after: [&str; 2]| {
        let gate = |[as_of, known_at]: [&str; 2]| registry.gate(&policy, id(as_of), id(known_at));
        let mut set = build("run", &gate(before), std::slice::from_ref(&record));
        assert_eq!(set.len(), 1);
        set.recheck(&gate(after)).unwrap().dropped().len()
    };
    assert_eq!(dropped(["2024-06-01", "2024-02-01"], ["2024-06-01", "2024-06-01"]), 1, "learned");
    assert_eq!(dropped(["2024-02-01", "2024-06-01"], ["2024-03-01", "2024-06-01"]), 1, "in force");
    assert_eq!(dropped(["2024-02-01", "2024-06-01"], ["2024-02-01", "2025-01-01"]), 1, "earlier");
}

/// Digests are kept in ledgers: those of a subject with one erasure, or none, stay as they were.
#[test]
fn the_digest_of_a_subject_with_one_erasure_stays() {
    let erased = |recorded: &str| {
        let erasure = Entry::new(id("2024-01-01"), ()).with_recorded(id(recorded));
        Subject::new(id("u1"))
            .with_residence(id("US"), id("2019-01-01"))
            .with_erasure_entry(erasure)
    };
    for (subject, digest) in [
        (
            Subject::new(id("u1")),
            "e4536c94970752f0c15a507a251dc28fa1236f1f158b731d782772ff56351cbd",
        ),
        (erased("2024-01-01"), "7cfbc0acf823e3bb8d095fcaef887a01a80f61fcf41d10767d4b0ca7eb5b9833"),
        (erased("2024-01-02"), "a0fe170163d42949d61ebb7b2258b81e271d94a648b9ee9efa55f8043e971c7c"),
    ] {
        assert_eq!(subject.digest().to_string(), digest);
        // Told twice, it is still one.
        let again =
            subject.erasures().iter().copied().fold(subject.clone(), Subject::with_erasure_entry);
        assert_eq!(again.digest(), subject.digest());
    }
}

#[test]
fn every_fact_of_a_subject_and_of_a_record_is_in_the_digest() {
    let subjects = variants_of_a_subject();
    all_differ(&subjects.iter().map(Subject::digest).collect::<Vec<_>>());
    let alone = |subject: &Subject| {
        let mut registry = Registry::new();
        registry.replace(subject.clone());
        registry.digest()
    };
    let mut registries: Vec<_> = subjects.iter().map(alone).collect();
    registries.push(Registry::new().digest());
    all_differ(&registries);

    let post = |at: &str| Record::new(id("r1"), id("post"), id(at));
    let hold = Restriction::new(id("hold"), Span::new(id("2024-01-01"))).unwrap();
    all_differ(&[
        post("2024-01-01").digest(),
        post("2024-01-02").digest(),
        with_id(&post("2024-01-01"), &id("r2")).digest(),
        Record::new(id("r1"), id("comment"), id("2024-01-01")).digest(),
        post("2024-01-01").with_subject(id("u1")).digest(),
        post("2024-01-01").with_subject(id("u1")).with_subject(id("u2")).digest(),
        post("2024-01-01").with_deletion(id("2024-02-01")).digest(),
        post("2024-01-01").with_restriction(hold).digest(),
    ]);
}

#[test]
fn whatever_of_a_policy_decides_is_in_its_digest_and_nothing_else() {
    let text = r#"
        platform = "acme"
        purpose = "ai-training"
        [regions]
        near = ["FR", "CH"]
        [[revisions]]
        id = "first"
        effective = "2020-01-01"
        opt_out_reaches = "future-data"
        residence_at = "as-of"
        covers = ["post", "comment"]
        minimum_age = 18
        created_from = "2019-01-01"
        opt_in_lifetime_days = 9
        rules = [
            { in = ["*"], regime = "opt-out" },
            { in = ["near", "US"], except = ["US-CA"], kinds = ["post"], audience = "business", created = { from = "2020-01-01" }, regime = "excluded" },
        ]
    "#;
    let digest = |text: &str| Policy::from_toml(text).unwrap().digest();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        digest(&text.replace(from, to))
    };
    let decisive = [
        ("\"acme\"", "\"other\""),
        ("\"ai-training\"", "\"ai-training.generative\""),
        ("[\"FR\", \"CH\"]", "[\"FR\"]"),
        ("id = \"first\"", "id = \"second\""),
        ("2020-01-01\"\n", "2020-01-02\"\n"),
        ("future-data", "future-runs"),
        ("as-of", "created"),
        ("covers = [\"post\", \"comment\"]", "covers = [\"post\"]"),
        ("minimum_age = 18", "minimum_age = 19"),
        ("minimum_age = 18", ""),
        ("2019-01-01", "2019-01-02"),
        ("_days = 9", "_days = 8"),
        ("\"opt-out\"", "\"opt-in\""),
        ("\"near\", \"US\"", "\"near\""),
        ("\"US-CA\"", "\"US-NY\""),
        ("kinds = [\"post\"]", "kinds = [\"comment\"]"),
        ("\"business\"", "\"consumer\""),
        ("{ from =", "{ until ="),
    ];
    let mut digests: Vec<Digest> = decisive.iter().map(|(from, to)| changed(from, to)).collect();
    digests.push(digest(text));
    all_differ(&digests);

    for (from, to) in [
        ("[regions]", "title = \"Acme\"\n[regions]"),
        ("[\"FR\", \"CH\"]", "[\"CH\", \"FR\", \"CH\"]"),
        ("[\"post\", \"comment\"]", "[\"comment\", \"post\"]"),
        ("\"near\", \"US\"", "\"US\", \"near\""),
        ("regime = \"opt-out\"", "regime = \"opt-out\", note = \"for now\""),
    ] {
        assert_eq!(changed(from, to), digest(text), "{from} for {to}");
    }

    // A later revision changes the whole, and nothing of what decided before it.
    let (_, revision) = text.split_once("[[revisions]]").unwrap();
    let later = revision.replace("first", "later").replacen("2020-01-01", "2024-01-01", 1);
    let longer = format!("{text}\n[[revisions]]{later}");
    let (before, after) = (Policy::from_toml(text).unwrap(), Policy::from_toml(&longer).unwrap());
    assert_ne!(before.digest(), after.digest());
    let just_before: Timestamp = id("2023-12-31T23:59:59Z");
    assert_eq!(before.digest_at(just_before), after.digest_at(just_before));
    assert_ne!(before.digest_at(id("2024-01-01")), after.digest_at(id("2024-01-01")));
}

#[test]
fn a_second_record_of_the_same_id_is_handed_back() {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut registry = Registry::new();
    let subject = Subject::new(id("u1")).with_birth(id("1990"));
    registry.replace(subject.with_residence(id("US"), id("2019-01-01")));
    let now: Timestamp = id("2024-12-01");
    let gate = registry.gate(&policy, now, now);
    let post = |at: &str| Record::new(id("r1"), id("post"), id(at)).with_subject(id("u1"));
    let (one, other) = (post("2023-01-01"), post("2023-01-02"));
    let mut set = build("run", &gate, std::slice::from_ref(&one));
    let admission = |record| gate.admit(record).admission().expect("an eligible record");
    let error = set.enter(admission(&one)).unwrap_err();
    assert_eq!(error.mismatch(), MismatchError::Record);
    assert_eq!(error.into_admission().record(), one.id());
    let twice = gate.admit_all([with_id(&one, &id("r2")), with_id(&one, &id("r2"))]);
    assert_eq!(set.enter_all(twice).unwrap_err().mismatch(), MismatchError::Record);
    let error = set.enter(admission(&other)).unwrap_err();
    assert_eq!(error.mismatch(), MismatchError::Record);
    assert_eq!(error.into_admission().record(), other.id());
    assert_eq!(set.len(), 1);
    let both = gate.admit_all([with_id(&one, &id("r2")), with_id(&other, &id("r2"))]);
    assert_eq!(set.enter_all(both).unwrap_err().mismatch(), MismatchError::Record);
    assert_eq!(set.len(), 1);
    // Nor does one enter whose first was refused, before or after.
    let refused = with_id(&one, &id("r4")).with_deletion(now);
    let again = with_id(&one, &id("r4"));
    let decision = gate.view().decide(&refused);
    assert_eq!(set.count_refused(&decision), Ok(()));
    assert_eq!(set.count_refused(&decision), Err(MismatchError::Record));
    assert_eq!(set.enter(admission(&again)).unwrap_err().mismatch(), MismatchError::Record);
    let in_bulk = |records: &[&Record]| gate.admit_all(records.iter().copied().cloned());
    for records in [&[&again][..], &[&refused], &[&with_id(&refused, one.id())]] {
        assert_eq!(set.enter_all(in_bulk(records)).unwrap_err().mismatch(), MismatchError::Record);
    }
    let (five, gone) = (with_id(&one, &id("r5")), with_id(&refused, &id("r5")));
    for records in [[&five, &gone], [&gone, &five], [&gone, &gone]] {
        assert_eq!(set.enter_all(in_bulk(&records)).unwrap_err().mismatch(), MismatchError::Record);
    }
    assert_eq!(set.enter_all(in_bulk(&[&gone])).map_err(MismatchError::from), Ok(()));
    assert_eq!(set.enter(admission(&five)).unwrap_err().mismatch(), MismatchError::Record);
    let of_r1 = gate.view().decide(&one);
    assert_eq!(set.count_refused(&of_r1), Ok(())); // eligible: counts for nothing
    assert_eq!(set.len(), 1);
    // Nor may the audit choose between two.
    let run = set.seal();
    assert_eq!((run.admitted(), run.refused()), (1, 2));
    let audit = Audit::of(&run, &policy, &registry, [&one, &other]);
    assert_eq!(audit, Err(AuditError::SecondRecord(id("r1"))));
    let unused = with_id(&one, &id("r3"));
    assert!(Audit::of(&run, &policy, &registry, [&one, &unused, &unused]).is_ok());
}
