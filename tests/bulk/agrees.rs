use may_train::bulk::{Batch, Decisions, Histories, Ids, RecordColumns, Replay};
use may_train::{
    Choice, ChosenBy, Grounds, Policy, Purpose, Record, Registry, Subject, SubjectId, Timestamp,
};
use proptest::prelude::*;

use crate::worlds::{Question, batch, config, frozen, packed, view, worlds};

/// Each record at each cut-off, with the cut-off of each row, and what the scalar decision gives.
fn each_at_each(
    policy: &Policy,
    registry: &Registry,
    ids: &Ids<SubjectId>,
    records: &[Record],
    questions: &[Question],
) -> (Batch, Vec<i64>, Vec<Grounds>) {
    let asked = || questions.iter().flat_map(|question| records.iter().map(|r| (*question, r)));
    let grounds = |(question, r)| view(registry, policy, question).decide(r).grounds();
    let as_of = asked().map(|((as_of, _), _)| as_of.as_micros()).collect();
    (batch(asked().map(|(_, record)| record), ids), as_of, asked().map(grounds).collect())
}

proptest! {
    #![proptest_config(config(1_000))]

    /// Law 10: every engine agrees. One training set: one cut-off for all.
    #[test]
    fn a_snapshot_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for question in questions {
            let view = view(&registry, &policy, question);
            let (snapshot, ids) = view.freeze().unwrap();
            let decided = snapshot.decide(&batch(&records, &ids).columns()).unwrap();
            for (record, grounds) in records.iter().zip(decided.grounds()) {
                let expected = view.decide(record);
                prop_assert_eq!(expected.grounds(), *grounds, "{:?} {}", record, expected.explanation());
                // One record at a time: a subject without a number may be left out or numbered so.
                let numbers = record.subjects().iter().map(|id| ids.get(id));
                let known: Vec<u32> = numbers.clone().flatten().collect();
                let all: Vec<u32> =
                    numbers.map(|number| number.unwrap_or(RecordColumns::UNKNOWN_SUBJECT)).collect();
                prop_assert_eq!(snapshot.grounds(record, &known), expected.grounds());
                prop_assert_eq!(snapshot.grounds(record, &all), expected.grounds());
            }
            // Many on end of one subject.
            let mut runs: Vec<_> = records.iter().flat_map(|record| std::iter::repeat_n(record, 12)).collect();
            runs.sort_by_key(|record| record.subjects().first());
            let decided = snapshot.decide(&batch(runs.iter().copied(), &ids).columns()).unwrap();
            let expected: Vec<_> = runs.iter().map(|record| view.decide(record).grounds()).collect();
            prop_assert_eq!(decided.grounds(), &expected);
            prop_assert!(snapshot == frozen(&policy, &registry, question));
            let (histories, _) = packed(&policy, &registry, question.1);
            prop_assert!(snapshot == histories.freeze(&policy, question.0).unwrap());
        }
    }

    /// Law 10: every engine agrees. Past runs: every record at a cut-off of its own.
    #[test]
    fn a_replay_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for known_at in questions.iter().map(|(_, known_at)| *known_at) {
            let (histories, ids) = packed(&policy, &registry, known_at);
            let asked: Vec<Question> = questions.iter().map(|(as_of, _)| (*as_of, known_at)).collect();
            let (batch, as_of, expected) = each_at_each(&policy, &registry, &ids, &records, &asked);
            let mut replay = Replay::new(&histories, &policy).unwrap();
            let mut decided = Decisions::new();
            replay.decide_into_parallel(&batch.columns(), &as_of, &mut decided).unwrap();
            prop_assert_eq!(decided.grounds(), &expected);
            prop_assert_eq!(&replay.decide(&batch.columns(), &as_of).unwrap(), &decided);
            // Every situation was met now, so that few rows are asked about.
            prop_assert_eq!(&replay.decide(&batch.columns(), &as_of).unwrap(), &decided);
        }
    }
}

/// An opt-in that stands again after an opt-out of the wider purpose was lifted is as old as it is.
#[test]
fn a_lifted_opt_out_makes_no_opt_in_younger() {
    let policy = Policy::from_toml(
        r#"
        platform = "acme"
        purpose = "ai-training.generative"

        [[revisions]]
        id = "first"
        effective = "2024-01-01"
        opt_out_reaches = "future-runs"
        residence_at = "as-of"
        covers = ["post"]
        opt_in_lifetime_days = 40

        [[revisions.rules]]
        in = ["*"]
        regime = "opt-in"
        "#,
    )
    .unwrap();
    let (narrow, wide) = (policy.purpose().clone(), "ai-training".parse::<Purpose>().unwrap());
    let choose = |subject: Subject, choice, purpose: &Purpose, day: &str| {
        subject.with_choice(choice, ChosenBy::Subject, purpose.clone(), day.parse().unwrap())
    };
    let mut subject = Subject::new("u1".parse().unwrap())
        .with_residence("US".parse().unwrap(), "2019-01-01".parse().unwrap());
    subject = choose(subject, Choice::OptIn, &narrow, "2024-01-10");
    subject = choose(subject, Choice::OptOut, &wide, "2024-01-11");
    subject = choose(subject, Choice::OptIn, &wide, "2024-02-29");
    let mut histories = Histories::new(policy.purpose(), None);
    histories.push(&subject).unwrap();
    let mut registry = Registry::new();
    registry.replace(subject);

    let (created_at, kinds) =
        ("2024-01-02".parse::<Timestamp>().unwrap(), ["post".parse().unwrap()]);
    let created = [created_at.as_micros()];
    let columns = RecordColumns::new(&[0], &created, &[0], &kinds).unwrap();
    // The same replay for all: it has met the opt-in that counts when it meets the expired one.
    let mut replay = Replay::new(&histories, &policy).unwrap();
    for (day, expected) in
        [("2024-01-10", ""), ("2024-01-11", "opted-out"), ("2024-03-01", "opt-in-expired")]
    {
        let as_of: Timestamp = day.parse().unwrap();
        let (snapshot, _) = registry.view(&policy, as_of).freeze().unwrap();
        assert_eq!(
            snapshot.subject_grounds(0, created_at, &kinds[0]).to_string(),
            expected,
            "{day}"
        );
        let replayed = replay.decide(&columns, &[as_of.as_micros()]).unwrap();
        assert_eq!(replayed.grounds()[0].to_string(), expected, "{day}, replayed");
    }
}

/// What takes effect at an instant does so at it, not after it: a move, a choice, an age, a window.
#[test]
fn instants_of_effect_are_met_to_the_microsecond() {
    let policy = Policy::from_toml(
        r#"
        platform = "acme"
        purpose = "ai-training"

        [[revisions]]
        id = "first"
        effective = "2024-01-01"
        opt_out_reaches = "both"
        residence_at = "both"
        covers = ["post"]
        minimum_age = 18

        [[revisions.rules]]
        in = ["FR"]
        created = { from = "2024-05-04" }
        regime = "excluded"

        [[revisions.rules]]
        in = ["*"]
        regime = "opt-out"
        "#,
    )
    .unwrap();
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    let subject = Subject::new("u1".parse().unwrap())
        .with_birth("2006-05-02".parse().unwrap())
        .with_residence("FR".parse().unwrap(), instant("2024-05-01"))
        .with_choice(
            Choice::OptOut,
            ChosenBy::Subject,
            policy.purpose().clone(),
            instant("2024-05-03"),
        );
    let mut registry = Registry::new();
    registry.replace(subject);

    let days = ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"].map(instant);
    let around = days.into_iter().flat_map(|day| {
        [-1, 0, 1].map(|micros| Timestamp::from_micros(day.as_micros() + micros).unwrap())
    });
    let instants: Vec<Timestamp> = around.collect();
    let records: Vec<Record> = instants
        .iter()
        .map(|at| Record::new("r".parse().unwrap(), "post".parse().unwrap(), *at))
        .map(|record| record.with_subject("u1".parse().unwrap()))
        .collect();
    let asked: Vec<Question> = instants.iter().map(|as_of| (*as_of, None)).collect();
    let (histories, ids) = packed(&policy, &registry, None);
    let (all, as_of, expected) = each_at_each(&policy, &registry, &ids, &records, &asked);
    let mut replay = Replay::new(&histories, &policy).unwrap();
    for met in ["nothing", "everything"] {
        let decided = replay.decide(&all.columns(), &as_of).unwrap();
        assert_eq!(decided.grounds(), expected, "{met} was met before");
    }
    for (as_of, expected) in instants.iter().zip(expected.chunks(records.len())) {
        let snapshot = histories.freeze(&policy, *as_of).unwrap();
        let decided = snapshot.decide(&batch(&records, &ids).columns()).unwrap();
        assert_eq!(decided.grounds(), expected, "{as_of}");
    }
}
