//! The files of `tests/hostile`, each with the exit code and the message that `cases.tsv` has.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::world::World;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");

#[test]
fn every_hostile_file_has_its_exit_code_and_message() {
    let cases = fs::read_to_string(Path::new(FOLDER).join("cases.tsv")).expect("the cases");
    let mut named = BTreeSet::from(["cases.tsv".to_owned()]);
    for case in cases.lines().skip(1) {
        let [kind, file, code, message] =
            case.splitn(4, '\t').collect::<Vec<_>>().try_into().expect("four columns");
        named.insert(file.to_owned());
        let world = World::new();
        let of = |option: &str, usual: &str| {
            let hostile = option == kind;
            format!(
                "--{option} {}",
                if hostile { format!("$hostile/{file}") } else { usual.into() }
            )
        };
        let asked = [
            of("policy", "linkedin"),
            of("subjects", "subjects.ndjson"),
            of("records", "records.ndjson"),
        ];
        let line = format!(
            "hostile={FOLDER}; $filter --as-of 2024-12-01 {} --decisions d",
            asked.join(" ")
        );
        let ended = world.run(&["filter"], &line);
        assert_eq!(
            ended.code.map(|code| code.to_string()).as_deref(),
            Some(code),
            "{case}: {ended:?}"
        );
        assert!(!ended.err.contains('\u{1b}') && !ended.err.contains('\0'), "{case}: {ended:?}");
        if code == "0" {
            assert_eq!(world.others(), ["d".to_owned()].into(), "{case}");
        } else {
            let said = ended.err.replace(&format!("{FOLDER}/"), "");
            assert!(said.starts_with(&format!("filter: {message}")), "{case}: {said}");
            assert_eq!(
                said.lines().count(),
                if kind == "policy" { said.lines().count() } else { 1 }
            );
            assert!(world.others().is_empty(), "{case}: {:?}", world.others());
        }
    }
    let files = fs::read_dir(FOLDER).expect("the folder");
    // Those in a folder are of `tests/parquet_edges.rs`.
    let files = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
    let files = files.map(|p| p.file_name().expect("a name").to_string_lossy().into_owned());
    assert_eq!(
        files.collect::<BTreeSet<_>>(),
        named,
        "a file without a case, or a case without one"
    );
}
