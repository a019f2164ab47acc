use may_train::bulk::{Column, ColumnError, Decisions, Histories, RecordColumns, Replay, Snapshot};
use may_train::{Kind, Policy, Restriction, Span, Subject, Timestamp};

struct Platform {
    policy: Policy,
    snapshot: Snapshot,
    histories: Histories,
    kinds: Vec<Kind>,
}

/// Three subjects in the US.
fn platform() -> Platform {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse().unwrap(), None);
    let mut histories = Histories::new(policy.purpose(), None);
    for id in ["u0", "u1", "u2"] {
        let subject = Subject::new(id.parse().unwrap());
        let subject = subject.with_residence("US".parse().unwrap(), "2019-01-01".parse().unwrap());
        snapshot.push(&subject).unwrap();
        histories.push(&subject).unwrap();
    }
    let kinds = ["post", "article"].map(|kind| kind.parse().unwrap()).to_vec();
    Platform { policy, snapshot, histories, kinds }
}

/// The message of both engines, for columns that each of them reads.
fn message(platform: &Platform, columns: &RecordColumns<'_>) -> String {
    let mut decided = Decisions::new();
    let row = [0; 3];
    let good = RecordColumns::new(&[0, 1, 2], &row, &[0, 0, 0], &platform.kinds).unwrap();
    platform.snapshot.decide_into(&good, &mut decided).unwrap();
    let refused = platform.snapshot.decide_into(columns, &mut decided).unwrap_err();
    assert!(decided.grounds().is_empty(), "no decision is left");
    assert_eq!(platform.snapshot.decide_into_parallel(columns, &mut decided).unwrap_err(), refused);
    let mut replay = Replay::new(&platform.histories, &platform.policy).unwrap();
    let as_of = vec![1_733_011_200_000_000; columns.len()];
    assert_eq!(replay.decide(columns, &as_of).unwrap_err(), refused);
    refused.to_string()
}

fn made(columns: Result<RecordColumns<'_>, ColumnError>) -> String {
    columns.unwrap_err().to_string()
}

#[test]
fn every_bad_value_is_named_with_its_column_and_row() {
    let platform = platform();
    let kinds = &platform.kinds;
    let columns = RecordColumns::new(&[0, 3, 1], &[0; 3], &[0; 3], kinds).unwrap();
    assert_eq!(
        message(&platform, &columns),
        "`subject`, row 1: there is no subject 3; give its number, or UNKNOWN_SUBJECT"
    );
    for micros in
        [i64::MIN, Timestamp::MIN.as_micros() - 1, Timestamp::MAX.as_micros() + 1, i64::MAX]
    {
        let created_at = [0, 0, micros];
        let columns = RecordColumns::new(&[0; 3], &created_at, &[0; 3], kinds).unwrap();
        let expected = format!(
            "`created_at`, row 2: {micros} µs lie outside the years 0001 to 9999; \
             give microseconds since 1970"
        );
        assert_eq!(message(&platform, &columns), expected);
        let columns = RecordColumns::new(&[0; 3], &[0; 3], &[0; 3], kinds).unwrap();
        let columns = columns.deleted_at(&created_at).unwrap();
        assert_eq!(message(&platform, &columns), expected.replace("created_at", "deleted_at"));
    }
    for first_and_last in [Timestamp::MIN, Timestamp::MAX] {
        let created_at = [first_and_last.as_micros(); 3];
        let columns = RecordColumns::new(&[0; 3], &created_at, &[0; 3], kinds).unwrap();
        assert!(platform.snapshot.decide(&columns).is_ok());
    }
    let columns = RecordColumns::new(&[0; 3], &[0; 3], &[2, 0, 0], kinds).unwrap();
    assert_eq!(
        message(&platform, &columns),
        "`kind`, row 0: there is no kind 2; give one of the 2 that are named"
    );
    let columns = RecordColumns::new(&[0; 3], &[0; 3], &[0; 3], kinds).unwrap();
    let columns = columns.further_subjects(&[0, 0, 2, 2], &[1, 9]).unwrap();
    assert_eq!(
        message(&platform, &columns),
        "`further_subjects`, row 1: there is no subject 9; give its number, or UNKNOWN_SUBJECT"
    );
}

#[test]
fn a_null_is_never_no_objection() {
    let platform = platform();
    let kinds = &platform.kinds;
    let is_there = [true, false, true];
    let there = |name| format!("`{name}`, row 1: is null; a value is needed in each row");
    let subjects = Column::nullable(&[0, 0, 0], &is_there).unwrap();
    assert_eq!(made(RecordColumns::new(subjects, &[0; 3], &[0; 3], kinds)), there("subject"));
    let created_at = Column::nullable(&[0, 0, 0], &is_there).unwrap();
    assert_eq!(made(RecordColumns::new(&[0; 3], created_at, &[0; 3], kinds)), there("created_at"));
    let codes = Column::nullable(&[0, 0, 0], &is_there).unwrap();
    assert_eq!(made(RecordColumns::new(&[0; 3], &[0; 3], codes, kinds)), there("kind"));
    let columns = RecordColumns::new(&[0; 3], &[0; 3], &[0; 3], kinds).unwrap();
    let mut replay = Replay::new(&platform.histories, &platform.policy).unwrap();
    assert_eq!(replay.decide(&columns, created_at).unwrap_err().to_string(), there("as_of"));
    let outside = [0, i64::MAX, 0];
    let refused = replay.decide(&columns, &outside).unwrap_err();
    assert_eq!((refused.column(), refused.row()), ("as_of", Some(1)));

    // A missing deletion is none; whatever stands there is not looked at.
    let created_at = [1_675_209_600_000_000; 3];
    let columns = RecordColumns::new(&[0; 3], &created_at, &[0; 3], kinds).unwrap();
    let deleted_at = Column::nullable(&[0, i64::MIN, 0], &is_there).unwrap();
    let decided = platform.snapshot.decide(&columns.deleted_at(deleted_at).unwrap()).unwrap();
    assert_eq!(decided.mask(), [false, true, false]);

    // Somebody unknown is unknown, not free.
    let columns =
        RecordColumns::new(&[RecordColumns::UNKNOWN_SUBJECT; 3], &[0; 3], &[0; 3], kinds).unwrap();
    let decided = platform.snapshot.decide(&columns).unwrap();
    assert_eq!(
        decided.counts().grounds().map(|(g, n)| (g.as_str(), n)).collect::<Vec<_>>(),
        [("subject-unknown", 3)]
    );
}

#[test]
fn columns_have_one_length_and_lists_have_sorted_offsets() {
    let platform = platform();
    let kinds = &platform.kinds;
    assert_eq!(
        made(RecordColumns::new(&[0; 2], &[0; 3], &[0; 2], kinds)),
        "`created_at` has 3 rows, but 2 are needed"
    );
    assert_eq!(
        made(RecordColumns::new(&[0; 2], &[0; 2], &[0; 3], kinds)),
        "`kind` has 3 rows, but 2 are needed"
    );
    let many: Vec<Kind> = (0..257).map(|n| format!("kind-{n}").parse().unwrap()).collect();
    assert_eq!(
        made(RecordColumns::new(&[0; 2], &[0; 2], &[0; 2], &many)),
        "`kind` has more than 256 names; give one name to kinds that the policy does not"
    );
    assert!(RecordColumns::new(&[0; 2], &[0; 2], &[0; 2], &many[1..]).is_ok());
    let columns = RecordColumns::new(&[0; 2], &[0; 2], &[0; 2], kinds).unwrap();
    assert_eq!(made(columns.deleted_at(&[0; 3])), "`deleted_at` has 3 rows, but 2 are needed");
    assert_eq!(
        Column::nullable(&[0; 2], &[true]).map(|_| ()).unwrap_err().to_string(),
        "`validity` has 1 rows, but 2 are needed"
    );
    for (offsets, problem) in [
        (&[0, 1][..], "`further_subjects` has 2 offsets, but 3 are needed"),
        (&[0, 2, 1], "`further_subjects`, row 1: ends before it starts; sort the offsets"),
        (&[0, 1, 1], "`further_subjects` has offsets that do not go from 0 to the last value"),
        (&[1, 1, 2], "`further_subjects` has offsets that do not go from 0 to the last value"),
    ] {
        assert_eq!(made(columns.further_subjects(offsets, &[0, 1])), problem);
    }
    let restriction = Restriction::new("baa".parse().unwrap(), Span::new(Timestamp::MIN)).unwrap();
    let restrictions = [restriction.clone(), restriction];
    assert_eq!(
        made(columns.restrictions(&[0, 1], &restrictions)),
        "`restrictions` has 2 offsets, but 3 are needed"
    );
    let as_of = [0; 3];
    let mut replay = Replay::new(&platform.histories, &platform.policy).unwrap();
    assert_eq!(
        replay.decide(&columns, &as_of).unwrap_err().to_string(),
        "`as_of` has 3 rows, but 2 are needed"
    );
}
