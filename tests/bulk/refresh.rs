use may_train::bulk::{CannotRefresh, Standing};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Registry, Subject, Timestamp};
use proptest::prelude::*;

use crate::worlds::{Question, config, frozen, questions, subjects};

/// People as they are known at one question, and later, when another is asked: some have changed,
/// some are new, of some nothing is known any more.
fn histories() -> impl Strategy<Value = (Policy, Vec<(Registry, Question)>)> {
    let people = (Vocabulary::small().registries(), questions());
    (policies(), proptest::collection::vec(people, 2..5))
}

/// As many subjects as there are numbers, in order.
fn everybody(registry: &Registry, count: usize) -> Vec<Option<Subject>> {
    let mut all: Vec<_> = subjects(registry).into_iter().cloned().map(Some).collect();
    all.resize(count.max(all.len()), None);
    all
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap()
}

proptest! {
    #![proptest_config(config(3_000))]

    /// A refresh is freezing everybody anew, and tells exactly whom it changed.
    #[test]
    fn a_refresh_equals_freezing_anew((policy, steps) in histories(), keeps in any::<u8>()) {
        let mut steps = steps.into_iter();
        let (first, question) = steps.next().unwrap();
        let mut standing = frozen(&policy, &first, question);
        let mut people = everybody(&first, 0);
        for (registry, (as_of, known_at)) in steps {
            // Now and then nothing is recorded, so that only time goes on.
            let after = if keeps & 1 == 0 { everybody(&registry, people.len()) } else { people.clone() };
            let changed: Vec<u32> = (0..after.len())
                .filter(|place| people.get(*place) != after.get(*place))
                .map(number)
                .collect();
            let before = standing.clone();
            let told = standing.refresh(as_of, known_at, changed, |n| after[n as usize].as_ref()).unwrap();
            let mut anew = Standing::new(&policy, as_of, known_at);
            let nobody = Standing::new(&policy, as_of, known_at);
            for (place, subject) in after.iter().enumerate() {
                match subject {
                    Some(subject) => prop_assert_eq!(anew.push(subject), Ok(number(place))),
                    None => {
                        // A number that nobody has is like one of whom nothing is known.
                        prop_assert_eq!(standing.spans(number(place)).len(), 1);
                        let empty = Subject::new("nobody".parse().unwrap());
                        anew.push(&empty).unwrap();
                        prop_assert!(nobody.is_empty());
                    }
                }
            }
            for place in (0..after.len()).map(number) {
                if after[place as usize].is_some() {
                    prop_assert_eq!(standing.spans(place), anew.spans(place));
                }
                let is_changed =
                    place as usize >= before.len() || before.spans(place) != standing.spans(place);
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
    let mut standing = Standing::new(&policy, as_of, None);
    let subject = Subject::new("u".parse().unwrap());
    let gap = standing.refresh(as_of, None, [0, 2], |_| Some(&subject)).unwrap_err();
    assert_eq!(gap, CannotRefresh::Gap { given: 2, next: 1 });
    assert_eq!(
        gap.to_string(),
        "subject 2 is new, but the next number is 1; give new subjects in order"
    );
    assert!(standing.is_empty());
    assert_eq!(standing.refresh(as_of, None, [1, 0], |_| Some(&subject)), Ok(vec![0, 1]));
    assert_eq!(standing.refresh(as_of, None, [1, 0], |_| Some(&subject)), Ok(vec![]));
}

#[test]
fn profiles_that_nobody_has_any_more_are_forgotten() {
    let policy = Policy::shipped("linkedin").unwrap();
    let as_of: Timestamp = "2024-12-01".parse().unwrap();
    let mut standing = Standing::new(&policy, as_of, None);
    let subject = |day: u32| {
        let since = format!("2023-{:02}-{:02}", 1 + day / 28 % 12, 1 + day % 28);
        let id = "u".parse().unwrap();
        Subject::new(id).resides("US".parse().unwrap(), since.parse().unwrap())
    };
    standing.push(&subject(0)).unwrap();
    for day in 1..300 {
        standing.refresh(as_of, None, [0], |_| Some(subject(day))).unwrap();
    }
    assert!(standing.profiles() < 10, "{}", standing.profiles());
    let mut anew = Standing::new(&policy, as_of, None);
    anew.push(&subject(299)).unwrap();
    assert!(standing == anew);
}
