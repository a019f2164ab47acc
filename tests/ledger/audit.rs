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
    let (said, _, code) = audit(&["--subject", "u016"]);
    assert_eq!(code, Some(0));
    assert!(
        said.starts_with("sample: 511 sound, 0 overtaken by later knowledge, 0 unsound"),
        "{said}"
    );
    assert!(said.contains("\nu016: used by 1 runs: sample\n"), "{said}");

    // An id that nobody has is misspelt.
    let (said, error, code) = audit(&["--subject", "u013", "--subject", "nobody"]);
    assert_eq!((said.as_str(), code), ("", Some(2)));
    assert!(error.contains("--subject `nobody`: no subject, record or run has that id"), "{error}");
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
        (
            "{\"number\":1,\"prev",
            "--ledger",
            "it holds no run; name a ledger that runs were appended to",
        ),
        ("{\"torn", "--ledger", "1: not an entry of a ledger: EOF"),
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

/// The ledger of two runs over the sample, and what was printed when they were acknowledged.
fn trained(folder: &TempDir, more: &[&str]) -> (String, String) {
    let ledger = folder.path().join("ledger.ndjson").to_str().unwrap().to_owned();
    let output = run("train_run", &[&["--quiet", "--ledger", &ledger], more].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    (ledger, text(&output.stdout).into())
}

/// The digest that a line ends with.
fn digests(said: &str) -> Vec<String> {
    let anchored = said.lines().filter(|line| line.contains("the ledger's digest is "));
    anchored.map(|line| line.rsplit_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn a_digest_kept_elsewhere_tells_that_acknowledged_runs_were_cut_off() {
    let folder = TempDir::new().unwrap();
    let (ledger, said) = trained(&folder, &[]);
    let kept = digests(&said);
    assert_eq!(kept.len(), 2, "{said}");
    let expect = |digest: &str| audit(&["--ledger", &ledger, "--expect", digest]);

    let (said, error, code) = expect(&kept[1]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(digests(&said), [kept[1].clone()], "the audit prints it, too");
    assert_eq!(expect(&kept[0]).2, Some(0), "the ledger has grown since, and holds it");

    let whole = fs::read_to_string(&ledger).unwrap();
    let first = whole.split_inclusive('\n').next().unwrap();
    for (rest, held) in [(first, 1), ("", 0)] {
        fs::write(&ledger, rest).unwrap();
        for (place, digest) in kept.iter().enumerate() {
            let (said, error, code) = expect(digest);
            assert_eq!(code, Some(i32::from(place >= held)), "{error}");
            let told = said.contains(&format!("the ledger does not hold {digest}"));
            assert_eq!(told, place >= held, "{said}");
        }
    }
}

#[test]
fn an_audit_that_finds_none_of_a_runs_records_ends_with_2() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = trained(&folder, &[]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (records, subjects) = (path("records.ndjson"), path("subjects.ndjson"));
    let other = r#"{"id":"other","kind":"post","created_at":"2023-02-01"}"#;
    fs::write(&records, other).unwrap();
    fs::write(&subjects, r#"{"id":"other"}"#).unwrap();
    let sample = ["examples/sample/subjects.ndjson", "examples/sample/records.ndjson"];
    for (subjects, records, lack) in [
        (sample[0], records.as_str(), "for lack of the record, 0 for lack"),
        (subjects.as_str(), sample[1], "499 for lack of the subject"),
    ] {
        let given = ["--ledger", &ledger, "--subjects", subjects, "--records", records];
        let (said, error, code) = audit(&given);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("run-1: 0 sound") && said.contains(lack), "{said}");
        let message = "none of the admissions could be audited of run-1, run-2; give the subjects";
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn a_file_that_is_no_ledger_and_a_manifest_that_is_there_stay_as_they_are() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (notes, ledger) = (path("notes.txt"), path("ledger.ndjson"));
    let train = |more: &[&str]| {
        let output = run("train_run", &[&["--quiet"], more].concat());
        (text(&output.stdout).to_owned(), text(&output.stderr).to_owned(), output.status.code())
    };
    for text in ["my notes", "my notes\n", "{\"number\":7", "[]", "{\"number\":1,\"previous\":0"] {
        fs::write(&notes, text).unwrap();
        let (said, error, code) = train(&["--ledger", &notes]);
        assert_eq!((said.as_str(), code), ("", Some(2)), "{error}");
        assert!(error.contains("1: not an entry of a ledger"), "{error}");
        assert_eq!(fs::read_to_string(&notes).unwrap(), text);
    }

    // A run without its line end is a run; the next one stands behind it.
    let (_, said) = trained(&folder, &[]);
    let mut whole = fs::read(&ledger).unwrap();
    whole.pop();
    fs::write(&ledger, &whole).unwrap();
    assert_eq!(train(&["--ledger", &ledger, "--runs", "1"]).2, Some(0));
    assert!(fs::read(&ledger).unwrap().starts_with(&whole));
    assert_eq!(audit(&["--ledger", &ledger, "--expect", &digests(&said)[1]]).2, Some(0));

    // Manifests of another ledger are in the folder.
    let manifests = path("manifests");
    let other = path("other.ndjson");
    let into = |ledger: &str, opt_out: &str| {
        train(&["--ledger", ledger, "--manifests", &manifests, "--opt-out", opt_out])
    };
    assert_eq!(into(&other, "u013").2, Some(0));
    let read = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let files = fs::read_dir(&manifests).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.map(|f| (f.clone(), fs::read(&f).unwrap())).collect();
        files.sort();
        files
    };
    let before = read();
    assert_eq!(before.len(), 2);
    let (said, error, code) = into(&ledger, "u013");
    assert_eq!((said.as_str(), code), ("", Some(2)));
    assert!(error.contains("name another folder"), "{error}");
    assert_eq!(into(&path("third.ndjson"), "u013").2, Some(0));
    assert_eq!(read()[..1], before[..1]);
    assert!(before.iter().all(|manifest| read().contains(manifest)));

    // A manifest that its writer did not come to is written when the ledger is next opened.
    fs::remove_file(&before[0].0).unwrap();
    assert_eq!(into(&other, "u013").2, Some(0));
    assert!(before.iter().all(|manifest| read().contains(manifest)));
}

#[test]
fn an_opt_out_of_nobody_is_an_error() {
    let output = run("train_run", &["--opt-out", "u013", "--opt-out", "nobody"]);
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(2)));
    let error = text(&output.stderr);
    assert!(error.contains("--opt-out `nobody`: no subject, record or run has"), "{error}");
}

/// Which of two records of one id is the record, nobody can tell: whether the first was admitted or
/// refused, no run is made of them.
#[test]
fn a_second_record_of_an_id_ends_the_run() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (subjects, records) = (path("subjects.ndjson"), path("records.ndjson"));
    let subject = r#"{"id":"u1","born":1990,"residence":[{"at":"2019-01-01","place":"US"}]}"#;
    fs::write(&subjects, subject).unwrap();
    let post = |more: &str| {
        format!(
            "{{\"id\":\"r1\",\"subject\":\"u1\",\"kind\":\"post\",\"created_at\":\"2023-01-01\"{more}}}\n"
        )
    };
    let (eligible, deleted) = (post(""), post(",\"deleted_at\":\"2024-01-01\""));
    for (first, second) in [(&eligible, &deleted), (&deleted, &eligible), (&deleted, &deleted)] {
        fs::write(&records, format!("{first}{second}")).unwrap();
        let ledger = path("ledger.ndjson");
        let arguments = ["--subjects", &subjects, "--records", &records, "--ledger", &ledger];
        let output = run("train_run", &arguments);
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(2)));
        let error = text(&output.stderr);
        let expected = "record `r1`: a record of that id was given already; give each record once";
        assert!(error.contains(expected), "{error}");
        assert_eq!(fs::read_to_string(&ledger).unwrap(), "");
    }
}

#[test]
fn which_models_go_with_a_run_and_learned_from_a_subject_is_told() {
    let folder = TempDir::new().unwrap();
    let (ledger, _) = trained(&folder, &[]);
    let records = folder.path().join("few.ndjson");
    let sample = fs::read_to_string("examples/sample/records.ndjson").unwrap();
    let others = sample.lines().filter(|line| !line.contains("\"u016\""));
    fs::write(&records, others.take(50).collect::<Vec<_>>().join("\n")).unwrap();
    let few =
        ["--subjects", "examples/sample/subjects.ndjson", "--records", records.to_str().unwrap()];
    trained(&folder, &[&["--builds-on", "run-1", "--runs", "1"], &few[..]].concat());
    trained(&folder, &[&["--builds-on", "run-3", "--runs", "1"], &few[..]].concat());

    let (said, error, code) =
        audit(&["--ledger", &ledger, "--descendants", "run-1", "--subject", "u016"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(said.contains("\nrun-1: 2 models build on it: run-3, run-4\n"), "{said}");
    assert!(said.contains("\nu016: used by 2 runs: run-1, run-2\n"), "{said}");
    assert!(said.contains("\n  through these by 2 more: run-3, run-4\n"), "{said}");

    let output = run("train_run", &["--ledger", &ledger, "--builds-on", "run-9"]);
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.contains("--builds-on `run-9`: name a run that is in the ledger"), "{error}");
}
