use may_train::bulk::{Decided, Replay};
use proptest::prelude::*;

use crate::worlds::{batch, config, frozen, packed, view, worlds};

proptest! {
    #![proptest_config(config(1_500))]

    /// Law 10: every engine agrees. One training set: one cut-off for all.
    #[test]
    fn a_standing_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for question in questions {
            let view = view(&registry, &policy, question);
            let (standing, ids) = view.freeze().unwrap();
            let decided = standing.decide(&batch(&records, &ids).columns().unwrap()).unwrap();
            for (record, grounds) in records.iter().zip(decided.grounds()) {
                let expected = view.decide(record);
                prop_assert_eq!(expected.grounds(), *grounds, "{:?} {}", record, expected.explanation());
            }
            prop_assert!(standing == frozen(&policy, &registry, question));
            let (histories, _) = packed(&policy, &registry, question.1);
            prop_assert!(standing == histories.freeze(&policy, question.0).unwrap());
        }
    }

    /// Law 10: every engine agrees. Past runs: every record at a cut-off of its own.
    #[test]
    fn a_replay_decides_as_the_scalar_decision_does((policy, registry, records, questions) in worlds()) {
        for known_at in questions.iter().map(|(_, known_at)| *known_at) {
            let (histories, ids) = packed(&policy, &registry, known_at);
            let asked = || questions.iter().flat_map(|(as_of, _)| records.iter().map(|r| (*as_of, r)));
            let as_of: Vec<i64> = asked().map(|(as_of, _)| as_of.as_micros()).collect();
            let expected: Vec<_> = asked()
                .map(|(as_of, record)| view(&registry, &policy, (as_of, known_at)).decide(record).grounds())
                .collect();
            let batch = batch(asked().map(|(_, record)| record), &ids);
            let mut replay = Replay::new(&histories, &policy).unwrap();
            let mut decided = Decided::new();
            replay.decide_into_parallel(&batch.columns().unwrap(), &as_of, &mut decided).unwrap();
            prop_assert_eq!(decided.grounds(), &expected);
            prop_assert_eq!(&replay.decide(&batch.columns().unwrap(), &as_of).unwrap(), &decided);
        }
    }
}
