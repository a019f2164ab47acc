use may_train::bulk::{AppendError, Decisions, Histories, Replay, Snapshot};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Subject};
use proptest::prelude::*;

use crate::worlds::{Question, batch, config, frozen, packed, questions, subjects, worlds};

proptest! {
    #![proptest_config(config(500))]

    /// Freezing in parts, and in parallel, is freezing the whole.
    #[test]
    fn parts_come_to_the_whole((policy, registry, records, questions) in worlds()) {
        for question in questions {
            let whole = frozen(&policy, &registry, question);
            let (as_of, known_at) = question;
            let mut parts = Snapshot::new(&policy, as_of, known_at);
            for subject in subjects(&registry) {
                let mut part = Snapshot::new(&policy, as_of, known_at);
                part.push(subject).unwrap();
                parts.append(&part).unwrap();
            }
            prop_assert!(parts == whole);
            let (histories, ids) = packed(&policy, &registry, known_at);
            prop_assert!(histories.freeze_parallel(&policy, as_of).unwrap() == whole);
            let batch = batch(&records, &ids);
            let mut decided = Decisions::new();
            whole.decide_into_parallel(&batch.columns(), &mut decided).unwrap();
            prop_assert_eq!(decided, parts.decide(&batch.columns()).unwrap());
            // What is due is taken in, too: time goes on alike.
            let (mut one, mut other) = (whole, parts);
            for later in ["2024-02-01", "2024-03-01"] {
                let later = later.parse().unwrap();
                let all = subjects(&registry);
                let told = one.refresh(later, known_at, [], |n| all.get(n as usize).copied()).unwrap();
                let same = other.refresh(later, known_at, [], |n| all.get(n as usize).copied()).unwrap();
                prop_assert_eq!(told, same);
                prop_assert!(one == other);
            }
        }
    }
}

/// Many people of few facts, so that most differ from another in one thing alone.
fn crowds() -> impl Strategy<Value = (Policy, Vec<Subject>, Question)> {
    let subjects = Vocabulary::small().subjects("u".parse().expect("an id"));
    (policies(), proptest::collection::vec(subjects, 60..120), questions())
}

proptest! {
    #![proptest_config(config(500))]

    /// Packed histories freeze to what people freeze to one by one, whoever is like whom.
    #[test]
    fn a_crowd_freezes_as_each_of_it((policy, crowd, (as_of, known_at)) in crowds()) {
        let mut expected = Snapshot::new(&policy, as_of, known_at);
        let mut histories = Histories::new(policy.purpose(), known_at);
        for subject in &crowd {
            prop_assert_eq!(expected.push(subject), histories.push(subject));
        }
        prop_assert!(histories.freeze(&policy, as_of).unwrap() == expected);
        prop_assert!(histories.freeze_parallel(&policy, as_of).unwrap() == expected);
    }
}

#[test]
fn snapshots_of_different_questions_are_not_put_together() {
    let (linkedin, zoom) = (Policy::shipped("linkedin").unwrap(), Policy::shipped("zoom").unwrap());
    let day = |day: &str| day.parse().unwrap();
    let mut snapshot = Snapshot::new(&linkedin, day("2024-12-01"), None);
    for other in [
        Snapshot::new(&zoom, day("2024-12-01"), None),
        Snapshot::new(&linkedin, day("2024-12-02"), None),
        Snapshot::new(&linkedin, day("2024-12-01"), Some(day("2024-12-01"))),
    ] {
        assert_eq!(snapshot.append(&other), Err(AppendError::AnotherQuestion));
        assert!(snapshot != other);
    }
}

#[test]
fn histories_of_another_purpose_are_refused() {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut histories = Histories::new(&"advertising".parse().unwrap(), None);
    histories.push(&Subject::new("u".parse().unwrap())).unwrap();
    let refused = Replay::new(&histories, &policy).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the histories are for `advertising`, the policy is for `ai-training.generative`; \
         pack them for that"
    );
    assert!(histories.freeze(&policy, "2024-12-01".parse().unwrap()).is_err());
}
