//! The example `audit`, as a user runs it: what it says, and what it leaves with.

use std::fs;

use tempfile::TempDir;

use crate::common::{run, text};

/// What it printed, and how it ended.
fn audit(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = run("audit", arguments);
    (text(&output.stdout).into(), text(&output.stderr).into(), output.status.code())
}

#[test]
fn a_run_of_the_sample_is_sound() {
    let (said, _, code) = audit(&["--subject", "u013", "--subject", "nobody"]);
    assert_eq!(code, Some(0));
    assert!(
        said.starts_with("sample: 511 sound, 0 overtaken by later knowledge, 0 unsound"),
        "{said}"
    );
    assert!(said.ends_with("\nnobody: used by 0 runs\n"), "{said}");
}

#[test]
fn a_ledger_is_audited_run_by_run_and_a_manifest_that_was_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ledger = path("ledger.ndjson");
    let manifests = path("manifests");
    fs::create_dir(&manifests).unwrap();
    let made = ["--ledger", &ledger, "--manifests", &manifests, "--quiet"];
    assert!(run("train_run", &made).status.success());

    let (said, error, code) = audit(&["--ledger", &ledger]);
    assert_eq!(said.lines().filter(|line| line.contains(" sound, ")).count(), 2, "{said}");
    assert_eq!(code, Some(0), "{error}");

    // Had everybody always been known to reside in France, nothing could have been admitted.
    let subjects = path("subjects.ndjson");
    let sample = fs::read_to_string("examples/sample/subjects.ndjson").unwrap();
    let moved = sample.lines().map(|line| {
        let subject: serde_json::Value = serde_json::from_str(line).unwrap();
        let residence = r#"[{"at":"2000-01-01","place":"FR"}]"#;
        format!("{{\"id\":{},\"born\":1980,\"residence\":{residence}}}\n", subject["id"])
    });
    fs::write(&subjects, moved.collect::<String>()).unwrap();
    let people = ["--subjects", &subjects, "--records", "examples/sample/records.ndjson"];
    let (said, error, code) = audit(&[&["--ledger", &ledger], &people[..]].concat());
    assert!(said.contains("run-1: 0 sound, 0 overtaken by later knowledge, 499 unsound"), "{said}");
    assert_eq!(code, Some(1), "{error}");

    let manifest = fs::read_dir(&manifests).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&manifest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&manifest, bytes).unwrap();
    let (said, error, code) = audit(&["--manifest", manifest.to_str().unwrap()]);
    assert_eq!((said.as_str(), code), ("", Some(2)), "{error}");
    assert!(error.contains(manifest.to_str().unwrap()), "{error}");
}

#[test]
fn where_nothing_could_be_audited_it_says_so() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("file.ndjson");
    for (content, option, message) in [
        ("", "--ledger", "it holds no run; name a ledger that runs were appended to"),
        // A run that was never acknowledged is none.
        ("{\"torn", "--ledger", "it holds no run; name a ledger that runs were appended to"),
        ("{bad\n", "--ledger", "1: not an entry of a ledger: key must be a string"),
        ("", "--manifest", "not a manifest: its first line has no end"),
        ("{bad\n", "--manifest", "1: not a manifest: key must be a string"),
    ] {
        fs::write(&file, content).unwrap();
        let (said, error, code) = audit(&[option, &file]);
        assert_eq!((said.as_str(), code), ("", Some(2)), "{option} {content:?}");
        assert!(error.contains(&file) && error.contains(message), "{error}");
    }
    let (_, error, code) = audit(&["--ledger", &path("none")]);
    assert_eq!(code, Some(2));
    assert!(error.contains("cannot be read"), "{error}");
}
