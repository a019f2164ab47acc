//! Ids as whole numbers and UUIDs mean what their texts mean.

use std::sync::Arc;

use arrow_array::builder::{Int8Builder, ListBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, Float64Array, Int8Array, Int32Array,
    Int64Array, LargeStringArray, ListArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow_schema::Field;
use may_train::arrow::{Records, Subjects, record_ids, whole_records};
use may_train::bulk::{Ids, Snapshot};
use may_train::{Policy, Record, SubjectId};

const UUIDS: [[u8; 16]; 3] = [[0; 16], *b"0123456789abcdef", [255; 16]];
const UUID_TEXTS: [&str; 3] = [
    "00000000-0000-0000-0000-000000000000",
    "30313233-3435-3637-3839-616263646566",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

/// Columns of three ids, with the texts that they mean.
fn columns() -> Vec<([String; 3], ArrayRef)> {
    let texts = |texts: [&str; 3]| texts.map(str::to_owned);
    let uuids = FixedSizeBinaryArray::try_from_iter(UUIDS.iter()).expect("16 bytes each");
    let numbers = Int64Array::from(vec![i64::MIN, 10, i64::MAX]);
    let keys = || Int8Array::from(vec![2, 0, 1]);
    let word = ["a-user", "b", "Ünï"];
    let keyed: DictionaryArray<Int8Type> = word.into_iter().collect();
    vec![
        (
            texts(["-2147483648", "0", "2147483647"]),
            Arc::new(Int32Array::from(vec![i32::MIN, 0, i32::MAX])),
        ),
        (texts(["-9223372036854775808", "10", "9223372036854775807"]), Arc::new(numbers.clone())),
        (texts(["0", "100", "4294967295"]), Arc::new(UInt32Array::from(vec![0, 100, u32::MAX]))),
        (
            texts(["0", "7", "18446744073709551615"]),
            Arc::new(UInt64Array::from(vec![0, 7, u64::MAX])),
        ),
        (texts(UUID_TEXTS), Arc::new(uuids.clone())),
        (
            texts(["9223372036854775807", "-9223372036854775808", "10"]),
            Arc::new(DictionaryArray::<Int8Type>::new(keys(), Arc::new(numbers))),
        ),
        (
            texts([UUID_TEXTS[2], UUID_TEXTS[0], UUID_TEXTS[1]]),
            Arc::new(DictionaryArray::<Int8Type>::new(keys(), Arc::new(uuids))),
        ),
        (texts(word), Arc::new(StringArray::from(word.to_vec()))),
        (texts(word), Arc::new(LargeStringArray::from(word.to_vec()))),
        (texts(word), Arc::new(StringViewArray::from(word.to_vec()))),
        (texts(word), Arc::new(keyed)),
    ]
}

/// Records with a column of their ids and one of their subjects.
fn records(ids: &ArrayRef, name: &str, subjects: ArrayRef) -> RecordBatch {
    let created = TimestampMicrosecondArray::from(vec![0; ids.len()]).with_timezone("UTC");
    RecordBatch::try_from_iter([
        ("id", ids.clone()),
        (name, subjects),
        ("kind", Arc::new(StringArray::from(vec!["post"; ids.len()]))),
        ("created_at", Arc::new(created)),
    ])
    .expect("columns")
}

#[test]
fn an_id_is_spelled_as_its_type_spells_it() {
    let [of_numbers, of_uuids] = [-7, i64::MAX].map(|_| columns());
    assert_eq!(SubjectId::from(i64::MIN).as_str(), of_numbers[1].0[0]);
    let uuid = |bytes: [u8; 16]| SubjectId::from(uuid::Uuid::from_bytes(bytes));
    assert_eq!(UUIDS.map(uuid).map(|id| id.as_str().to_owned()), of_uuids[4].0);
}

#[test]
fn ids_of_subjects_and_records_are_those_of_their_texts() {
    for (texts, column) in columns() {
        let kind = column.data_type().to_string();
        let batch = RecordBatch::try_from_iter([("id", column.clone())]).expect("a column");
        let subjects = Subjects::read(&batch).expect(&kind);
        let read: Vec<&str> = subjects.as_slice().iter().map(|s| s.id().as_str()).collect();
        assert_eq!(read, texts, "{kind}");

        let batch = records(&column, "subject", column.clone());
        let ids = record_ids(&batch).expect(&kind);
        assert!(ids.iter().flatten().eq(texts.iter()), "{kind}: {ids:?}");
        let whole = whole_records(&batch).expect(&kind);
        assert!(whole.iter().map(Record::id).map(AsRef::<str>::as_ref).eq(texts.iter()), "{kind}");
        // A slice starts within its buffers.
        let rest = record_ids(&batch.slice(1, 2)).expect(&kind);
        assert!(rest.iter().flatten().eq(texts[1..].iter()), "{kind}: {rest:?}");
    }
}

#[test]
fn subjects_of_records_are_found_by_their_texts() {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let as_of = "2024-12-01".parse().expect("a time");
    for (texts, column) in columns() {
        let kind = column.data_type().to_string();
        let mut ids = Ids::new();
        let mut snapshot = Snapshot::new(&policy, as_of, None);
        for text in &texts[..2] {
            let id: SubjectId = text.parse().expect("an id");
            snapshot.push(&may_train::Subject::new(id.clone())).expect("room");
            ids.insert(id);
        }
        let lists = lists_of_one(column.clone());
        let one = records(&column, "subject", column.clone());
        let several = records(&column, "subjects", Arc::new(lists));
        for batch in [one, several] {
            let read = Records::read(&batch, &ids).expect(&kind);
            let unknown: Vec<bool> = (snapshot.decide(&read.columns()).expect("columns").grounds())
                .iter()
                .map(|grounds| grounds.to_string().contains("subject-unknown"))
                .collect();
            assert_eq!(unknown, [false, false, true], "{kind}");
            let whole = whole_records(&batch).expect(&kind);
            let subjects = whole.iter().map(|record| record.subjects()[0].as_str());
            assert!(subjects.eq(texts.iter()), "{kind}");
        }
    }
}

/// Lists of one id each.
fn lists_of_one(ids: ArrayRef) -> ListArray {
    let mut lists = ListBuilder::new(Int8Builder::new());
    for _ in 0..ids.len() {
        lists.values().append_value(0);
        lists.append(true);
    }
    let (_, offsets, _, _) = lists.finish().into_parts();
    ListArray::new(Field::new("item", ids.data_type().clone(), true).into(), offsets, ids, None)
}

#[test]
fn what_is_no_id_is_refused() {
    let good: ArrayRef = Arc::new(StringArray::from(vec!["r1", "r2"]));
    let holes: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let narrow = FixedSizeBinaryArray::try_from_iter([[0_u8; 15]; 2].iter()).expect("bytes");
    let needed = "give texts, such as Utf8, whole numbers of 32 or 64 bits, or UUIDs, \
                  FixedSizeBinary(16)";
    let cases: [(ArrayRef, String); 5] = [
        (Arc::new(Float64Array::from(vec![1.0, 2.0])), format!(" is of type Float64; {needed}")),
        (Arc::new(narrow), format!(" is of type FixedSizeBinary(15); {needed}")),
        (holes, ", row 1: is null; a value is needed in each row".into()),
        (
            Arc::new(StringArray::from(vec!["r1", ""])),
            ", row 1: `` is not a ID: it is empty".into(),
        ),
        (
            Arc::new(StringArray::from(vec!["r1", "r\u{200b}2"])),
            ", row 1: `r\\u{200b}2` is not a ID: leave out control and invisible characters, and \
             the space around it"
                .into(),
        ),
    ];
    for (column, problem) in cases {
        let of_records = records(&column, "subject", good.clone());
        let error = record_ids(&of_records).expect_err("no ids").to_string();
        assert_eq!(error, format!("`id`{}", problem.replace("a ID", "a record id")));
        let of_subjects = records(&good, "subject", column.clone());
        let error = Records::read(&of_subjects, &Ids::new()).expect_err("no ids").to_string();
        assert_eq!(error, format!("`subject`{}", problem.replace("a ID", "a subject id")));
    }
}
