//! The example `filter`, run as a user would: its outputs, its summary, and what it does with bad
//! input.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use common::{run, text};
use may_train::{Ground, Policy, Record, ndjson};
use serde_json::Value;
use tempfile::TempDir;

const SUBJECT: &str = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"}]}"#;
const RECORD: &str = r#"{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01T00:00:00Z","text":"Grüße","n":1.50}"#;

/// A folder with the two inputs, and the paths that a run may write to.
struct World {
    folder: TempDir,
}

impl World {
    fn new(subjects: impl AsRef<[u8]>, records: impl AsRef<[u8]>) -> Self {
        let world = Self { folder: TempDir::new().expect("a folder") };
        fs::write(world.path("subjects.ndjson"), subjects).expect("written");
        fs::write(world.path("records.ndjson"), records).expect("written");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Every file of the folder, hidden ones included.
    fn files(&self) -> BTreeSet<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder");
        names.map(|f| f.expect("a file").file_name().into_string().expect("a name")).collect()
    }

    /// Runs the filter over the inputs, with every output.
    fn filter(&self, more: &[&str]) -> std::process::Output {
        let path = |name: &str| self.path(name).to_str().expect("a path").to_owned();
        let named = [
            ("--subjects", "subjects.ndjson"),
            ("--records", "records.ndjson"),
            ("--decisions", "decisions.ndjson"),
            ("--admitted", "admitted.ndjson"),
            ("--summary", "summary.json"),
        ];
        let mut arguments: Vec<String> = Vec::new();
        for (option, file) in named {
            arguments.extend([option.to_owned(), path(file)]);
        }
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        run("filter", &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Asserts that a run fails with exit code 2 and this message, and leaves nothing behind.
    fn refuses(&self, more: &[&str], message: &str) {
        let output = self.filter(more);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        let folder = self.folder.path().to_str().expect("a path");
        let found = text(&output.stderr).replace(&format!("{folder}/"), "");
        assert_eq!(found.trim_end(), format!("filter: {message}"));
        let inputs = ["records.ndjson", "subjects.ndjson"].map(str::to_owned);
        assert_eq!(self.files(), inputs.into(), "an output was left");
    }
}

/// What the library says, record by record, in two files: the decisions, and the admitted records.
fn by_the_library(subjects: &str, records: &str, known_at: Option<&str>) -> (String, String) {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let registry = ndjson::read_registry(subjects.as_bytes()).expect("a registry");
    let mut view = registry.view(&policy, "2024-12-01".parse().expect("a time"));
    if let Some(known_at) = known_at {
        view = view.with_known_at(known_at.parse().expect("a time"));
    }
    let mut decisions = String::new();
    let mut admitted = String::new();
    for line in records.lines() {
        let record: Record = serde_json::from_str(line).expect("a record");
        let decision = view.decide(&record);
        decisions += &(serde_json::to_string(&decision).expect("written") + "\n");
        if decision.grounds().is_empty() {
            admitted += line;
            admitted += "\n";
        }
    }
    (decisions, admitted)
}

const LINKEDIN: &[&str] = &["--policy", "linkedin", "--as-of", "2024-12-01"];

#[test]
fn without_arguments_it_filters_the_sample_under_the_linkedin_policy() {
    let output = run("filter", &["--summary", "-"]);
    assert!(output.status.success());
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    assert_eq!(summary["records"], 3000);
    let table = text(&output.stderr);
    assert!(table.starts_with("linkedin, 2024-10-11, as of 2024-12-01, 300 subjects\n"), "{table}");
    for verdict in ["eligible", "ineligible", "indeterminate"] {
        assert!(table.contains(&format!(" {verdict} ")), "{table}");
    }
    let aligned = "
                      records    share
 all records            3,000  100.0 %
 eligible                 511   17.0 %
";
    assert!(table.contains(aligned), "{table}");
}

#[test]
fn the_sample_shows_every_ground() {
    let runs: [&[&str]; 2] = [
        &["--policy", "examples/sample/acme.toml", "--summary", "-"],
        &["--as-of", "2024-09-17", "--summary", "-"],
    ];
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for arguments in runs {
        let output = run("filter", arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
        let grounds: BTreeMap<String, u64> =
            serde_json::from_value(summary["grounds"].clone()).expect("counts");
        shown.extend(grounds.into_keys());
    }
    let all: BTreeSet<String> = Ground::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(shown, all);
}

#[test]
fn the_sample_is_what_make_sample_makes() {
    let folder = TempDir::new().expect("a folder");
    assert!(run("make_sample", &[folder.path().to_str().expect("a path")]).status.success());
    for file in ["subjects.ndjson", "records.ndjson"] {
        let kept = fs::read(Path::new("examples/sample").join(file)).expect(file);
        let made = fs::read(folder.path().join(file)).expect(file);
        assert!(kept == made, "{file} is not what the example `make_sample` makes");
    }
}

#[test]
fn decisions_stand_in_the_order_of_the_records_and_are_those_of_the_library() {
    let sample =
        |file: &str| fs::read_to_string(Path::new("examples/sample").join(file)).expect(file);
    let (subjects, records) = (sample("subjects.ndjson"), sample("records.ndjson"));
    let world = World::new(&subjects, &records);
    let known_at = "2024-11-15T00:00:00Z";
    let output = world.filter(&[LINKEDIN, &["--known-at", known_at]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));

    let (decisions, admitted) = by_the_library(&subjects, &records, Some(known_at));
    assert!(world.read("decisions.ndjson") == decisions);
    assert!(world.read("admitted.ndjson") == admitted);
    assert!(!admitted.is_empty());
}

#[test]
fn records_of_more_kinds_than_a_batch_can_name_are_decided_all_the_same() {
    let records: Vec<String> = (0..10_000)
        .map(|i| {
            let kind = if i % 3 == 0 { "post".into() } else { format!("kind-{}", i % 700) };
            RECORD.replace("\"r1\"", &format!("\"r{i}\"")).replace("post", &kind)
        })
        .collect();
    let records = records.join("\n");
    let world = World::new(SUBJECT, &records);
    assert!(world.filter(LINKEDIN).status.success());
    let (decisions, admitted) = by_the_library(SUBJECT, &records, None);
    assert!(world.read("decisions.ndjson") == decisions);
    assert!(world.read("admitted.ndjson") == admitted);
    assert!(decisions.contains("kind-not-covered") && !admitted.is_empty());
}

#[test]
fn an_admitted_record_is_written_as_it_came() {
    let world = World::new(SUBJECT, format!("{RECORD}\n"));
    let output = world.filter(&[LINKEDIN, &["--explain"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(world.read("admitted.ndjson"), format!("{RECORD}\n"));
    assert_eq!(
        world.read("decisions.ndjson"),
        "{\"record\":\"r1\",\"verdict\":\"eligible\",\"grounds\":[],\"revision\":\"2024-10-11\",\
         \"explanation\":\"eligible: the subject resided in US on 2024-12-01 (since 2019-01-01), \
         where rule 2 of linkedin/2024-10-11 has the setting on by default, and the subject had not \
         opted out by 2024-12-01\"}\n"
    );
    assert_eq!(
        world.read("summary.json"),
        "{\"records\":1,\"eligible\":1,\"ineligible\":0,\"indeterminate\":0,\"grounds\":{}}\n"
    );
}

#[test]
fn what_the_platform_learned_later_can_be_left_out() {
    let moved = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"},{"at":"2024-03-01","place":"FR","recorded":"2025-01-01"}]}"#;
    let world = World::new(moved, RECORD);
    assert!(world.filter(LINKEDIN).status.success());
    assert!(world.read("decisions.ndjson").contains("region-excluded"));
    assert!(world.filter(&[LINKEDIN, &["--known-at", "2024-12-01"]].concat()).status.success());
    assert!(world.read("decisions.ndjson").contains("\"eligible\""));
}

#[test]
fn a_bad_line_ends_the_run_with_one_message_and_no_output() {
    let good = format!("{RECORD}\n").repeat(1000);
    let bad: &[(&str, &str)] = &[
        (
            "{\"id\":\"r2\",\"subject\":\"u1\",\"kind\":\"post\"}",
            "created_at: missing field `created_at`",
        ),
        (
            "{\"id\":\"r2\",\"subject\":\"u1\",",
            "the line ends too early, at column 26: EOF while parsing a value",
        ),
        (
            "[\"r2\",\"u1\",null,\"post\",\"2023-02-01\"]",
            "invalid type: sequence, expected an object with keys",
        ),
    ];
    for (line, problem) in bad {
        World::new(SUBJECT, format!("{good}{line}"))
            .refuses(LINKEDIN, &format!("records.ndjson:1001: {problem}"));
    }
}

#[test]
fn bad_subjects_end_the_run() {
    let world = World::new(SUBJECT.replace("US", "UK"), RECORD);
    world.refuses(
        LINKEDIN,
        "subjects.ndjson:1: residence[0].place: `UK` is not a country: use `GB`, its ISO 3166-1 code",
    );
    let world = World::new(format!("{SUBJECT}\n{SUBJECT}\n"), RECORD);
    world.refuses(
        LINKEDIN,
        "subjects.ndjson:2: id: a second subject `u1`; give each subject once, with all its entries",
    );
    World::new("", RECORD)
        .refuses(LINKEDIN, "subjects.ndjson: the file is empty; give one JSON object a line");
    World::new(SUBJECT, b"{\"id\":\"r\xff\"}")
        .refuses(LINKEDIN, "records.ndjson:1: not UTF-8, at byte 9; write UTF-8");
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused_and_not_held_in_memory() {
    let mut line = b"{\"id\":\"".to_vec();
    line.resize(100 << 20, b'a');
    World::new(SUBJECT, line)
        .refuses(LINKEDIN, "records.ndjson:1: longer than 16 MiB; give one JSON object a line");
}

#[test]
fn bad_policies_and_times_end_the_run() {
    let world = World::new(SUBJECT, RECORD);
    world.refuses(
        &["--policy", "linkedout", "--as-of", "2024-12-01"],
        &format!(
            "`linkedout` is neither a file nor a shipped policy: use one of {}, or a path",
            Policy::shipped_ids().collect::<Vec<_>>().join(", ")
        ),
    );
    let policy = TempDir::new().expect("a folder");
    let file = policy.path().join("p.toml");
    fs::write(&file, "platform = \"acme\"\npurpose = \"ai-training\"\nrevisions = []\n")
        .expect("written");
    let name = file.to_str().expect("a path");
    world.refuses(
        &["--policy", name, "--as-of", "2024-12-01"],
        &format!(
            "{name}:3: revisions: a policy without revisions; give at least one `[[revisions]]`"
        ),
    );
    let output = world.filter(&["--policy", "linkedin", "--as-of", "2024-12-01T00:00:00"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("it has no offset"), "{}", text(&output.stderr));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_that_is_not_built_in_is_refused() {
    let world = World::new(SUBJECT, RECORD);
    let (records, as_of) = ("records.parquet", "2024-12-01");
    let subjects = world.path("subjects.ndjson");
    let subjects = subjects.to_str().expect("a path");
    let output = run("filter", &["--subjects", subjects, "--records", records, "--as-of", as_of]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "filter: records.parquet: Parquet is not built in; build with `--features parquet`, or use \
         NDJSON\n"
    );
}

#[test]
fn subjects_without_records_are_refused_where_records_are_asked_about() {
    let folder = TempDir::new().expect("a folder");
    let decisions = folder.path().join("decisions.ndjson");
    let decisions = decisions.to_str().expect("a path");
    let subjects = ["--subjects", "examples/sample/subjects.ndjson", "--as-of", "2024-12-01"];
    for asked in [
        &[][..],
        &["--decisions", decisions],
        &["--snapshot", "s", "--explain"],
        &["--snapshot", "s", "--summary", "-"],
        &["--snapshot", "s", "--admitted", decisions],
    ] {
        let output = run("filter", &[&subjects[..], asked].concat());
        assert_eq!(output.status.code(), Some(2), "{asked:?}");
        assert_eq!(
            text(&output.stderr),
            "filter: --records is missing: name the file of the records to decide; or ask for \
             --snapshot alone, which needs none\n"
        );
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}

#[test]
fn outputs_are_never_written_over_inputs_or_each_other() {
    let world = World::new(SUBJECT, RECORD);
    let records = world.path("records.ndjson");
    let path = |name: &str| world.path(name).to_str().expect("a path").to_owned();
    let output = run(
        "filter",
        &[
            "--subjects",
            &path("subjects.ndjson"),
            "--records",
            &path("records.ndjson"),
            "--as-of",
            "2024-12-01",
            "--admitted",
            &path("records.ndjson"),
        ],
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("would be written over"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(records).expect("kept"), RECORD);
}

#[test]
fn an_earlier_output_stays_when_a_run_fails() {
    let world = World::new(SUBJECT, format!("{RECORD}\nbroken"));
    fs::write(world.path("decisions.ndjson"), "earlier").expect("written");
    assert_eq!(world.filter(LINKEDIN).status.code(), Some(2));
    assert_eq!(world.read("decisions.ndjson"), "earlier");
    let files = ["decisions.ndjson", "records.ndjson", "subjects.ndjson"].map(str::to_owned);
    assert_eq!(world.files(), files.into());
}

#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    let output = run("filter", &["--decisions", "/dev/null", "--admitted", "/dev/null"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!fs::metadata("/dev/null").expect("a device").is_file());
}
