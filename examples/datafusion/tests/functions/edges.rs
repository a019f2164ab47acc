//! What is missing or wrong never admits a record, and questions do not mix.

use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use may_train::bulk::{Ids, Snapshot};
use may_train::{Policy, Registry, Subject, SubjectId};

use crate::lake::Lake;

/// Ada lives in the United States, and Ben in France, which LinkedIn's policy of 2024 excludes.
fn snapshot(as_of: &str) -> (Snapshot, Ids<SubjectId>) {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let mut registry = Registry::new();
    for (id, place) in [("ada", "US"), ("ben", "FR")] {
        let subject = Subject::new(id.parse().expect("an id"));
        let (place, at) = (place.parse().expect("a place"), "2019-01-01".parse().expect("a time"));
        let subject = subject.with_birth("1980".parse().expect("a year"));
        registry.insert(subject.with_residence(place, at)).expect("a subject");
    }
    registry.view(&policy, as_of.parse().expect("a time")).freeze().expect("numbers")
}

/// A session with records, and the digest of the question that its functions answer.
fn lake(lines: &str) -> (Lake, String) {
    let mut lake = Lake::new();
    lake.fill(lines, &[]);
    let (snapshot, ids) = snapshot("2024-12-01");
    let question = snapshot.question_digest().to_string();
    may_train::datafusion::register(&mut lake.context, snapshot, ids).expect("functions");
    (lake, question)
}

const ADA: &str =
    r#"{"id":"r1","subjects":["ada"],"kind":"post","created_at":"2023-02-01T00:00:00Z"}"#;

#[test]
fn what_is_missing_is_never_eligible() {
    let restricted =
        |restriction: &str| ADA.replace('}', &format!(r#","restrictions":[{restriction}]}}"#));
    // The line of a record, and its verdict and grounds; without them, it is not decided.
    let cases = [
        (ADA.to_owned(), Some(("eligible", ""))),
        (ADA.replace("ada", "ben"), Some(("ineligible", "region-excluded"))),
        (ADA.replace(r#""ada""#, r#""ada","ben""#), Some(("ineligible", "region-excluded"))),
        (ADA.replace(r#""ada""#, r#""ada",null"#), Some(("indeterminate", "subject-unknown"))),
        (ADA.replace(r#""ada""#, ""), Some(("indeterminate", "subject-unknown"))),
        (ADA.replace(r#"["ada"]"#, "null"), Some(("indeterminate", "subject-unknown"))),
        (ADA.replace("ada", "nobody"), Some(("indeterminate", "subject-unknown"))),
        (ADA.replace("ada", ""), Some(("indeterminate", "subject-unknown"))),
        (ADA.replace("post", "no-such-kind"), Some(("ineligible", "kind-not-covered"))),
        (ADA.replace("post", "No Kind!"), Some(("ineligible", "kind-not-covered"))),
        (ADA.replace(r#""post""#, "null"), None),
        (ADA.replace(r#""2023-02-01T00:00:00Z""#, "null"), None),
        // Years that are not those of the crate.
        (ADA.replace(r#""2023-02-01T00:00:00Z""#, "9000000000000000000"), None),
        (ADA.replace(r#""2023-02-01T00:00:00Z""#, "-9000000000000000000"), None),
        (
            ADA.replace('}', r#","deleted_at":"2024-01-01T00:00:00Z"}"#),
            Some(("ineligible", "record-deleted")),
        ),
        (
            ADA.replace('}', r#","deleted_at":-9000000000000000000}"#),
            Some(("ineligible", "record-deleted")),
        ),
        (ADA.replace('}', r#","deleted_at":9000000000000000000}"#), Some(("eligible", ""))),
        (ADA.replace('}', r#","restrictions":null}"#), Some(("eligible", ""))),
        (restricted(r#"{"id":"a","from":"2025-01-01T00:00:00Z"}"#), Some(("eligible", ""))),
        (
            restricted(r#"{"id":"a","from":"2024-01-01T00:00:00Z"}"#),
            Some(("ineligible", "restricted")),
        ),
        // Restrictions that cannot be read: without a start, ending before it, null, without an id.
        (
            restricted(r#"{"id":"a","until":"2022-01-01T00:00:00Z"}"#),
            Some(("ineligible", "restricted")),
        ),
        (
            restricted(
                r#"{"id":"a","from":"2025-01-01T00:00:00Z","until":"2024-01-01T00:00:00Z"}"#,
            ),
            Some(("ineligible", "restricted")),
        ),
        (restricted("null"), Some(("ineligible", "restricted"))),
        (restricted(r#"{"from":"2025-01-01T00:00:00Z"}"#), Some(("ineligible", "restricted"))),
    ];
    let (lake, question) = lake(ADA);
    let arguments = format!("'{question}', subjects, kind, created_at, deleted_at, restrictions");
    for (line, expected) in cases {
        lake.fill(&line, &[]);
        let found = lake.sql(&format!(
            "SELECT may_train_verdict({arguments}), may_train_grounds({arguments}), may_train_eligible({arguments})
            FROM lake"
        ));
        let (verdict, grounds) = expected.unzip();
        let eligible = (verdict == Some("eligible")).to_string();
        let row = [verdict, grounds, Some(&eligible)].map(|text| text.map(str::to_owned));
        assert_eq!(found.expect("decided"), [row], "{line}");
    }
}

#[test]
fn a_null_that_has_no_type_is_a_missing_value() {
    let (lake, question) = lake(ADA);
    for (arguments, eligible) in [
        ("subjects, kind, created_at", "true"),
        ("subjects, kind, created_at, NULL", "true"),
        ("subjects, kind, created_at, NULL, NULL", "true"),
        ("'ada', 'post', created_at", "true"),
        ("NULL, kind, created_at", "false"),
        ("7, kind, created_at", "false"),
        ("subjects, NULL, created_at", "false"),
        ("subjects, kind, NULL", "false"),
    ] {
        let found =
            lake.sql(&format!("SELECT may_train_eligible('{question}', {arguments}) FROM lake"));
        assert_eq!(found.expect("decided"), [[Some(eligible.to_owned())]], "{arguments}");
    }
}

#[test]
fn another_question_is_an_error_that_names_both() {
    let (lake, question) = lake("");
    let (other, _) = snapshot("2024-12-02");
    let other = other.question_digest().to_string();
    let ask = |digest: &str| {
        format!("SELECT may_train_eligible({digest}, subjects, kind, created_at) FROM lake")
    };
    // There is no record, and it is an error all the same.
    let error = lake.error(&ask(&format!("'{other}'")));
    assert!(error.contains(&other) && error.contains(&question), "{error}");
    assert!(error.contains("linkedin") && error.contains("as of 2024-12-01,"), "{error}");
    assert!(lake.error(&ask("NULL")).contains("asked the question `null`"));
    assert!(lake.error(&ask("''")).contains(&question));
    assert!(lake.error(&ask(&format!("'{}'", question.to_uppercase()))).contains(&question));
    assert_eq!(lake.sql(&ask(&format!("'{question}'"))).expect("no record"), Vec::<Vec<_>>::new());
}

/// A plan that was made elsewhere meets the function of another snapshot by its name.
fn call(function: &ScalarUDF, digest: ColumnarValue) -> Result<ColumnarValue, String> {
    let text = |text: &str| ColumnarValue::Scalar(ScalarValue::from(text));
    let created = ScalarValue::TimestampMicrosecond(Some(0), Some("UTC".into()));
    let args = vec![digest, text("ada"), text("post"), ColumnarValue::Scalar(created)];
    let arg_fields = args.iter().map(|arg| Field::new("", arg.data_type(), true).into()).collect();
    let return_field = Field::new("", DataType::Boolean, false).into();
    let config_options = std::sync::Arc::default();
    let call =
        ScalarFunctionArgs { args, arg_fields, number_rows: 1, return_field, config_options };
    function.invoke_with_args(call).map_err(|error| error.strip_backtrace())
}

#[test]
fn a_call_without_planning_is_checked_as_well() {
    let (snapshot, ids) = snapshot("2024-12-01");
    let question = snapshot.question_digest().to_string();
    let [eligible, ..] = may_train::datafusion::functions(snapshot, ids).expect("functions");
    let text = |text: &str| ColumnarValue::Scalar(ScalarValue::from(text));
    assert!(call(&eligible, text(&question)).is_ok());
    let error = call(&eligible, text("another")).expect_err("another question");
    assert!(error.contains("`another`") && error.contains(&question), "{error}");
    let column = StringArray::from(vec![question]);
    let error =
        call(&eligible, ColumnarValue::Array(std::sync::Arc::new(column))).expect_err("a column");
    assert!(error.contains("as a text literal"), "{error}");
}

#[test]
fn arguments_of_another_type_are_refused() {
    let (lake, question) = lake(ADA);
    let ask =
        |arguments: &str| format!("SELECT may_train_grounds('{question}'{arguments}) FROM lake");
    for (arguments, problem) in [
        ("", "1 were given; give the digest of the question, `subject`, `kind`"),
        (", subjects, kind, created_at, NULL, NULL, NULL", "7 were given"),
        (", true, kind, created_at", "`subject` is of type Boolean; give texts"),
        (", [true], kind, created_at", "`subject` is of type Boolean; give texts"),
        (", subjects, 7, created_at", "`kind` is of type Int64; give texts"),
        (
            ", subjects, kind, created_at::timestamp",
            "`created_at` is of type Timestamp(ns); give timestamps with a zone",
        ),
        (
            ", subjects, kind, created_at::bigint",
            "`created_at` is of type Int64; give timestamps with a zone",
        ),
        (
            ", subjects, kind, created_at, created_at::timestamp",
            "`deleted_at` is of type Timestamp(ns)",
        ),
        (", subjects, kind, created_at, NULL, subjects", "`restrictions` is of type List(Utf8)"),
    ] {
        let error = lake.error(&ask(arguments));
        assert!(error.contains(problem), "{arguments}: {error}");
    }
    // A column without a zone is no instant, whatever the zone of the session.
    lake.fill(ADA, &[("created_at", DataType::Timestamp(TimeUnit::Microsecond, None))]);
    let error = lake.error(&ask(", subjects, kind, created_at"));
    assert!(error.contains("give timestamps with a zone"), "{error}");
}

#[test]
fn ids_of_another_snapshot_are_refused() {
    let (snapshot, _) = snapshot("2024-12-01");
    let error = may_train::datafusion::functions(snapshot, Ids::new()).expect_err("no ids");
    assert_eq!(
        error.to_string(),
        "`subject` has 0 ids, but 2 subjects are frozen; give the ids that number them"
    );
}
