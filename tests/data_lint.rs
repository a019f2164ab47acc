//! Data lint: each code is found alone in a small world made for it, on its first line; what is right
//! is silent; and no decision ever changes.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{run, text};
use may_train::review::{DataFile, DataFinding, DataLint, DataLintCode};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Policy, Record, Subject};
use proptest::prelude::*;
use serde_json::Value;

const POLICY: &str = r#"
platform = "acme"
purpose = "ai-training.generative"
[[revisions]]
id = "only"
effective = "2020-01-01"
opt_out_reaches = "future-runs"
residence_at = "both"
covers = ["post", "private-message"]
rules = [
    { in = ["US-CA"], regime = "excluded" },
    { in = ["*"], audience = "business", regime = "excluded" },
    { in = ["*"], regime = "opt-out" },
]
"#;

const SUBJECT: &str = r#"{"id":"u1","born":"1990-05-01","residence":[{"at":"2019-01-01","place":"GB"}],
    "audience":[{"at":"2019-01-01","value":"business"}],
    "choices":[{"at":"2023-01-01","purpose":"ai-training","choice":"opt-out","by":"signal"}]}"#;
const RECORD: &str = r#"{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01"}"#;

fn lint(subjects: &[&str], records: &[&str]) -> DataLint {
    let policy = Policy::from_toml(POLICY).expect("a policy");
    feed(DataLint::new(&policy, "2024-12-01".parse().expect("a day")), subjects, records)
}

/// Hands in every line after one that is right, so that what is found stands on line 2.
fn feed(mut lint: DataLint, subjects: &[&str], records: &[&str]) -> DataLint {
    for (line, subject) in (1..).zip([SUBJECT].iter().chain(subjects)) {
        let subject: Subject = serde_json::from_str(subject).expect(subject);
        lint.subject(&subject, line);
    }
    for (line, text) in (1..).zip([RECORD].iter().chain(records)) {
        let record: Record = serde_json::from_str(text).expect(text);
        lint.record(&record, line);
        let keys: Value = serde_json::from_str(text).expect(text);
        for key in keys.as_object().expect("an object").keys() {
            lint.record_key(key, line);
        }
    }
    lint
}

/// A world for each code: the second subject, the second record, and what is said.
const WORLDS: &[(DataLintCode, &str, &str, &str)] = &[
    (
        DataLintCode::NearlyKnownKey,
        "",
        r#"{"id":"r2","subject":"u1","kind":"post","created_at":"2023-02-01","deletd_at":"2023-03-01"}"#,
        "warning[nearly-known-key] records, line 2: `deletd_at` is nearly the key `deleted_at`, and is \
         not read; write `deleted_at`, or rename the key if it means something else",
    ),
    (
        DataLintCode::PurposeOfNoPolicy,
        r#"{"id":"u2","choices":[{"at":"2023-01-01","purpose":"ai.training","choice":"opt-out"}]}"#,
        "",
        "warning[purpose-of-no-policy] subjects, line 2: the purpose `ai.training` is neither a policy's, \
         nor wider or narrower than one; write `ai-training.generative`, or a wider one, if it is meant",
    ),
    (
        DataLintCode::KindOfNoRule,
        "",
        r#"{"id":"r2","subject":"u1","kind":"private-mesage","created_at":"2023-02-01"}"#,
        "note[kind-of-no-rule] records, line 2: no rule names the kind `private-mesage`; \
         write `private-message` if that is meant",
    ),
    (
        DataLintCode::AudienceOfNoRule,
        r#"{"id":"u2","audience":[{"at":"2019-01-01","value":"Business"}]}"#,
        "",
        "note[audience-of-no-rule] subjects, line 2: no rule names the audience `Business`; \
         write `business` if that is meant",
    ),
    (
        DataLintCode::RecordedBeforeTrue,
        r#"{"id":"u2","residence":[{"at":"2024-02-01","place":"GB","recorded":"2024-01-01"}]}"#,
        "",
        "warning[recorded-before-true] subjects, line 2: recorded more than a day before it was true: \
         `residence`; check `at`, and leave `recorded` out if the two are the same",
    ),
    (
        DataLintCode::OptOutAfterCutOff,
        r#"{"id":"u2","choices":[{"at":"2034-01-01","purpose":"ai-training","choice":"opt-out"}]}"#,
        "",
        "note[opt-out-after-cut-off] subjects, line 2: an opt-out of `u2` comes into force only after \
         2024-12-01; check the year of `at`; an opt-out that was really made later needs nothing",
    ),
    (
        DataLintCode::BornAfterCutOff,
        r#"{"id":"u2","born":"2990-01-01"}"#,
        "",
        "warning[born-after-cut-off] subjects, line 2: `u2` is born after 2024-12-01; \
         correct `born`, or leave it out if it is not known",
    ),
    (
        DataLintCode::OlderThanAnybody,
        r#"{"id":"u2","born":"1894-05-01"}"#,
        "",
        "warning[older-than-anybody] subjects, line 2: `u2` is 130 years old or more at 2024-12-01; \
         correct `born`, or leave it out if it is not known",
    ),
    (
        DataLintCode::RecordBeforeResidence,
        r#"{"id":"u2","residence":[{"at":"2023-02-01","place":"GB"}]}"#,
        r#"{"id":"r2","subject":"u2","kind":"post","created_at":"2023-01-31T23:59:59Z"}"#,
        "note[record-before-residence] records, line 2: the record is older than the first residence of \
         `u2` that is known; give the residence held when the record was created, if it is known",
    ),
    (
        DataLintCode::ChoiceNotCounted,
        r#"{"id":"u2","choices":[{"at":"2023-01-01","purpose":"ai-training.generative","choice":"opt-in","by":"admin"}]}"#,
        "",
        "note[choice-not-counted] subjects, line 2: an opt-in by `admin` does not count; \
         correct `by` if somebody else opted in; else ask the subject",
    ),
    (
        DataLintCode::SubdivisionMissing,
        r#"{"id":"u2","residence":[{"at":"2019-01-01","place":"US"}]}"#,
        "",
        "note[subdivision-missing] subjects, line 2: of `US` a rule names a subdivision, and the \
         residence names none; give the subdivision, as in `US-CA`, if it is known",
    ),
    (
        DataLintCode::IdsAlike,
        r#"{"id":"Ｕ1"}"#,
        "",
        "warning[ids-alike] subjects, line 2: `Ｕ1` differs from the id of another subject only by case \
         or width; write the id of one person in one way",
    ),
    (
        DataLintCode::RecordOfNobody,
        "",
        r#"{"id":"r2","kind":"post","created_at":"2023-02-01"}"#,
        "warning[record-of-nobody] records, line 2: the record `r2` names no subject; \
         name all whose data it is in `subjects`",
    ),
    (
        DataLintCode::SubjectNotKnown,
        "",
        r#"{"id":"r2","subject":"u9","kind":"post","created_at":"2023-02-01"}"#,
        "warning[subject-not-known] records, line 2: the subject `u9` is not among the subjects; \
         add the subject, or correct the id in the record",
    ),
];

fn lines(line: &str) -> Vec<&str> {
    [line].into_iter().filter(|line| !line.is_empty()).collect()
}

fn codes(lint: &DataLint) -> Vec<DataLintCode> {
    lint.findings().iter().map(DataFinding::code).collect()
}

#[test]
fn each_code_is_found_alone_in_its_world() {
    for (code, subject, record, said) in WORLDS {
        let found = lint(&lines(subject), &lines(record)).findings();
        assert_eq!(found.iter().map(DataFinding::code).collect::<Vec<_>>(), [*code], "{found:?}");
        assert_eq!((found[0].first_line(), found[0].count()), (2, 1), "{code}");
        assert_eq!(found[0].to_string(), *said);
    }
}

#[test]
fn every_code_has_a_world() {
    let worlds: BTreeSet<DataLintCode> = WORLDS.iter().map(|(code, ..)| *code).collect();
    assert_eq!(worlds, DataLintCode::ALL.iter().copied().collect());
}

/// The page of the findings has a row for each code, with its severity.
#[test]
fn every_code_has_its_row_in_the_guide() {
    let page = include_str!("../src/guide/findings.md");
    for code in DataLintCode::ALL {
        let rows = page.lines().filter(|line| {
            let end = format!("| {} |", code.severity());
            line.starts_with(&format!("| `{code}` ")) && line.contains(&end)
        });
        assert_eq!(rows.count(), 1, "{code}");
    }
}

/// The house style of errors.
#[test]
fn findings_read_like_the_errors() {
    for (_, subject, record, _) in WORLDS {
        for finding in lint(&lines(subject), &lines(record)).findings() {
            for text in [finding.message(), finding.remedy()] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains("  "), "{text}");
                assert!(!text.starts_with(char::is_uppercase), "{text}");
            }
        }
    }
}

/// What is just right: on the last day, a wider and a narrower purpose, keys of the platform's own.
#[test]
fn what_is_right_is_silent() {
    let subjects = [
        // 130 years old only on 31 December, as far as is known.
        r#"{"id":"u2","born":"1894","residence":[{"at":"2023-02-02","place":"US-NY","recorded":"2023-02-01"}]}"#,
        r#"{"id":"u3","born":"2024-12-01"}"#,
        r#"{"id":"u4","born":"2024"}"#,
        r#"{"id":"u5","choices":[{"at":"2024-12-01","purpose":"ai-training.generative.affiliates","choice":"opt-out"}]}"#,
        r#"{"id":"u7","residence":[{"at":"2023-02-02","place":null}],"audience":[{"at":"2023-02-02","value":null}]}"#,
        r#"{"id":"u6","erased_at":"2030-01-01","erased_recorded":"2024-01-01"}"#,
    ];
    let records = [
        r#"{"id":"r2","subject":"u2","kind":"post","created_at":"2023-02-02","text":"","language":"en","updated_at":"","length":1}"#,
        r#"{"id":"R1","subjects":["u1","u3"],"kind":"private-message","created_at":"2023-02-01","deleted_at":null,"restrictions":[]}"#,
    ];
    assert_eq!(codes(&lint(&subjects, &records)), []);
    // A microsecond more than a day.
    let early = subjects[0].replace("\"2023-02-01\"", "\"2023-01-31T23:59:59.999999Z\"");
    assert_eq!(codes(&lint(&[&early], &[])), [DataLintCode::RecordedBeforeTrue]);
}

#[test]
fn keys_are_nearly_known_by_case_by_letter_by_number_and_without_their_end() {
    for key in ["deletedAt", "Deleted_At", "deletd_at", "deleted", "restriction", "subjectId", "ID"]
    {
        let record = RECORD.replacen('{', &format!("{{\"{key}\":1,"), 1);
        assert_eq!(codes(&lint(&[], &[&record])), [DataLintCode::NearlyKnownKey], "{key}");
    }
    for key in ["text", "kindness", "author", "updated_at", "created_by", "identifier"] {
        let record = RECORD.replacen('{', &format!("{{\"{key}\":1,"), 1);
        assert_eq!(codes(&lint(&[], &[&record])), [], "{key}");
    }
}

/// A guardian opts in for somebody known to be under 18 at that instant, and for nobody else.
#[test]
fn an_opt_in_by_a_guardian_counts_as_the_decision_counts_it() {
    for (born, found) in [
        (r#""born":"2010-05-01","#, &[][..]),
        (r#""born":"1990-05-01","#, &[DataLintCode::ChoiceNotCounted]),
        ("", &[DataLintCode::ChoiceNotCounted]),
    ] {
        let choice = r#"{"at":"2023-01-01","purpose":"ai-training.generative","choice":"opt-in","by":"guardian"}"#;
        let subject = format!(r#"{{"id":"u2",{born}"choices":[{choice}]}}"#);
        assert_eq!(codes(&lint(&[&subject], &[])), found, "{born}");
    }
}

/// An audience means nothing under a policy that selects by none.
#[test]
fn audiences_and_subdivisions_are_missed_only_where_a_rule_asks_for_them() {
    let text =
        POLICY.replace("{ in = [\"*\"], audience = \"business\", regime = \"excluded\" },", "");
    let policy = Policy::from_toml(&text.replace("US-CA", "CA-QC")).expect("a policy");
    let subject = r#"{"id":"u2","audience":[{"at":"2019-01-01","value":"Business"}],"residence":[{"at":"2019-01-01","place":"US"}]}"#;
    let pass = || DataLint::new(&policy, "2024-12-01".parse().expect("a day"));
    assert_eq!(codes(&feed(pass(), &[subject], &[])), []);
    let other = Policy::from_toml(POLICY).expect("a policy");
    assert_eq!(
        codes(&feed(pass().with_policy(&other), &[subject], &[])),
        [DataLintCode::AudienceOfNoRule, DataLintCode::SubdivisionMissing]
    );
}

#[test]
fn a_pass_line_by_line_compares_no_lines() {
    let compares = [
        DataLintCode::IdsAlike,
        DataLintCode::SubjectNotKnown,
        DataLintCode::RecordBeforeResidence,
    ];
    for (code, subject, record, _) in WORLDS {
        let policy = Policy::from_toml(POLICY).expect("a policy");
        let pass = DataLint::line_by_line(&policy, "2024-12-01".parse().expect("a day"));
        let found = codes(&feed(pass, &lines(subject), &lines(record)));
        assert_eq!(found.is_empty(), compares.contains(code), "{code}: {found:?}");
    }
}

/// However many words there are, sixteen are told apart, and every line counts.
#[test]
fn memory_is_bounded_and_every_line_counts() {
    let records: Vec<String> =
        (0..100).map(|n| RECORD.replace("post", &format!("kind-{n}"))).collect();
    let records: Vec<&str> = records.iter().map(String::as_str).collect();
    let found = lint(&[], &records).findings();
    assert_eq!(found.len(), 16);
    assert_eq!(found.iter().map(DataFinding::count).sum::<u64>(), 100);
    assert!(found[0].to_string().contains("line 2: no rule names the kind `kind-0`;"));
    assert!(
        found[15]
            .to_string()
            .contains("and 84 more: no rule names the kind `kind-15`, with others")
    );
}

#[test]
fn a_finding_is_counted_and_stands_on_its_first_line_in_whatever_order_lines_come() {
    let policy = Policy::from_toml(POLICY).expect("a policy");
    let record: Record = serde_json::from_str(&RECORD.replace("post", "poll")).expect("a record");
    let mut pass = DataLint::new(&policy, "2024-12-01".parse().expect("a day"));
    pass.subject(&serde_json::from_str(SUBJECT).expect("a subject"), 1);
    for line in [7, 3, 5] {
        pass.record(&record, line);
    }
    let [finding] = &pass.findings()[..] else { panic!("one finding") };
    assert_eq!((finding.first_line(), finding.count(), finding.file()), (3, 3, DataFile::Records));
}

proptest! {
    /// Whatever is found, every record is decided as it was before.
    #[test]
    fn a_pass_changes_no_decision(
        policy in policies(),
        as_of in Vocabulary::small().cut_offs(),
        registry in Vocabulary::small().registries(),
        records in proptest::collection::vec(Vocabulary::small().records(), 10),
    ) {
        let decide = || {
            let view = registry.view(&policy, as_of);
            records.iter().map(|record| view.decide(record).grounds()).collect::<Vec<_>>()
        };
        let before = decide();
        let mut pass = DataLint::new(&policy, as_of);
        for (line, subject) in (1..).zip(registry.iter()) {
            pass.subject(subject, line);
        }
        for (line, record) in (1..).zip(&records) {
            pass.record(record, line);
        }
        prop_assert!(pass.findings().iter().all(|finding| finding.count() > 0));
        prop_assert_eq!(before, decide());
    }
}

/// The command: the whole report with `--check`, in words and as JSON; in any other run one line, and
/// the same decisions as without findings.
#[test]
fn filter_checks_and_warns_and_decides_as_ever() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let flat = |line: &str| line.replace('\n', " ");
    let hostile = r#"{"id":"r2","subject":"U1","kind":"poll","created_at":"2023-02-01","deletedAt":"2023-03-01"}"#;
    fs::write(path("policy.toml"), POLICY).expect("written");
    fs::write(path("subjects.ndjson"), flat(SUBJECT)).expect("written");
    fs::write(path("records.ndjson"), format!("{}\n{hostile}\n", flat(RECORD))).expect("written");
    let files = [path("policy.toml"), path("subjects.ndjson"), path("records.ndjson")];
    let common = [
        "--policy",
        &files[0],
        "--subjects",
        &files[1],
        "--records",
        &files[2],
        "--as-of",
        "2024-12-01",
    ];

    let checked = run("filter", &[&common[..], &["--check"]].concat());
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    for code in ["nearly-known-key", "kind-of-no-rule", "ids-alike"] {
        assert!(
            text(&checked.stdout).contains(&format!("[{code}] records, first on line 2\n")),
            "{code}"
        );
    }
    let json = run("filter", &[&common[..], &["--check=json"]].concat());
    let found: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(found.as_array().expect("a list").len(), 3);
    assert_eq!(found[0]["code"], "nearly-known-key");

    let decided = run("filter", &[&common[..], &["--decisions", "-"]].concat());
    assert_eq!(decided.status.code(), Some(0));
    let warning = "2 findings in the data: kind-of-no-rule, nearly-known-key; see --check\n";
    assert!(text(&decided.stderr).ends_with(warning), "{}", text(&decided.stderr));
    let grounds: Vec<Value> = text(&decided.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(grounds[0]["grounds"], serde_json::json!(["opted-out", "region-excluded"]));
    assert_eq!(grounds[1]["grounds"], serde_json::json!(["subject-unknown"]));
}
