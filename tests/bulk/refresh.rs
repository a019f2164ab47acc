use may_train::bulk::{RefreshError, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Entry, Ground, Policy, Registry, Subject, Timestamp};
use proptest::prelude::*;

use crate::worlds::{Question, config, frozen, questions, subjects};

/// People as they are known at one question, and later, when another is asked: some have changed,
/// some are new, of some nothing is known any more.
fn histories() -> impl Strategy<Value = (Policy, Vec<(Registry, Question)>)> {
    let people = (Vocabulary::small().registries(), questions());
    (policies(), proptest::collection::vec(people, 2..5))
}

/// Some instants of the vocabulary of worlds, between which nothing happens in them.
const INSTANTS: [&str; 6] =
    ["2020-02-01", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-20", "2024-03-01"];

/// As many subjects as there are numbers, in order.
fn everybody(registry: &Registry, count: usize) -> Vec<Option<Subject>> {
    let mut all: Vec<_> = subjects(registry).into_iter().cloned().map(Some).collect();
    all.resize(count.max(all.len()), None);
    all
}

fn instants() -> impl Iterator<Item = Timestamp> {
    INSTANTS.iter().map(|instant| instant.parse().unwrap())
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap()
}

proptest! {
    #![proptest_config(config(2_000))]

    /// A refresh is freezing everybody anew, and tells exactly whom it changed.
    #[test]
    fn a_refresh_equals_freezing_anew((policy, steps) in histories(), keeps in any::<u8>()) {
        let mut steps = steps.into_iter();
        let (first, question) = steps.next().unwrap();
        let mut snapshot = frozen(&policy, &first, question);
        let mut people = everybody(&first, 0);
        for (registry, (as_of, known_at)) in steps {
            // Now and then nothing is recorded, so that only time goes on.
            let after = if keeps & 1 == 0 { everybody(&registry, people.len()) } else { people.clone() };
            let changed: Vec<u32> = (0..after.len())
                .filter(|place| people.get(*place) != after.get(*place))
                .map(number)
                .collect();
            let before = snapshot.clone();
            let told = snapshot.refresh(as_of, known_at, changed, |n| after[n as usize].as_ref()).unwrap();
            for (place, subject) in after.iter().enumerate() {
                // Whoever has a number and no facts is as one who has no number.
                let mut alone = Snapshot::new(&policy, as_of, known_at);
                let known = subject.as_ref().map(|subject| alone.push(subject).unwrap());
                for kind in alone.kinds() {
                    for created_at in [Timestamp::MIN, as_of].into_iter().chain(instants()) {
                        let expected = alone.subject_grounds(known.unwrap_or(7), created_at, kind);
                        prop_assert_eq!(snapshot.subject_grounds(number(place), created_at, kind), expected);
                    }
                }
            }
            for place in (0..after.len()).map(number) {
                let is_changed =
                    place as usize >= before.len() || before.spans(place) != snapshot.spans(place);
                prop_assert_eq!(told.contains(&place), is_changed, "{}", place);
            }
            people = after;
        }
    }
}

#[test]
fn a_new_subject_has_the_next_number() {
    let policy = Policy::shipped("linkedin").unwrap();
    let as_of: Timestamp = "2024-12-01".parse().unwrap();
    let mut snapshot = Snapshot::new(&policy, as_of, None);
    let subject = Subject::new("u".parse().unwrap());
    let gap = snapshot.refresh(as_of, None, [0, 2], |_| Some(&subject)).unwrap_err();
    assert_eq!(gap, RefreshError::Gap { given: 2, next: 1 });
    assert_eq!(
        gap.to_string(),
        "subject 2 is new, but the next number is 1; give new subjects in order"
    );
    assert!(snapshot.is_empty());
    assert_eq!(snapshot.refresh(as_of, None, [1, 0], |_| Some(&subject)), Ok(vec![0, 1]));
    assert_eq!(snapshot.refresh(as_of, None, [1, 0], |_| Some(&subject)), Ok(vec![]));
}

/// Of two erasures, the one that takes effect later is learned before the other.
#[test]
fn an_erasure_that_is_not_the_first_is_noticed_when_it_is_learned_and_when_it_takes_effect() {
    let policy = Policy::shipped("linkedin").unwrap();
    let instant = |day: &str| day.parse::<Timestamp>().unwrap();
    let late = Entry::new(instant("2024-10-01"), ()).with_recorded(instant("2025-06-01"));
    let subject = Subject::new("u".parse().unwrap())
        .with_birth("1990".parse().unwrap())
        .with_residence("US".parse().unwrap(), instant("2019-01-01"))
        .with_erasure_entry(Entry::new(instant("2024-12-01"), ()))
        .with_erasure_entry(late);
    for (before, after) in [
        (["2025-01-01", "2024-11-01"], ["2025-01-01", "2024-12-01"]),
        (["2024-11-01", "2025-01-01"], ["2024-12-01", "2025-01-01"]),
        (["2024-11-01", "2025-01-01"], ["2024-11-01", "2025-06-01"]),
    ] {
        let [[as_of, known_at], after] = [before, after].map(|clocks| clocks.map(instant));
        let mut snapshot = Snapshot::new(&policy, as_of, Some(known_at));
        snapshot.push(&subject).unwrap();
        let told = snapshot.refresh(after[0], Some(after[1]), [], |_| Some(&subject)).unwrap();
        let grounds = snapshot.subject_grounds(0, instant("2023-01-01"), &"post".parse().unwrap());
        assert_eq!((told, grounds), (vec![0], Ground::SubjectErased.alone()), "{before:?}");
    }
}

#[test]
fn profiles_that_nobody_has_any_more_are_forgotten() {
    let policy = Policy::shipped("linkedin").unwrap();
    let as_of: Timestamp = "2024-12-01".parse().unwrap();
    let mut snapshot = Snapshot::new(&policy, as_of, None);
    let subject = |day: u32| {
        let since = format!("2023-{:02}-{:02}", 1 + day / 28 % 12, 1 + day % 28);
        let id = "u".parse().unwrap();
        Subject::new(id).with_residence("US".parse().unwrap(), since.parse().unwrap())
    };
    snapshot.push(&subject(0)).unwrap();
    for day in 1..300 {
        snapshot.refresh(as_of, None, [0], |_| Some(subject(day))).unwrap();
    }
    assert!(snapshot.profiles() < 10, "{}", snapshot.profiles());
    let mut anew = Snapshot::new(&policy, as_of, None);
    anew.push(&subject(299)).unwrap();
    assert!(snapshot == anew);
}
