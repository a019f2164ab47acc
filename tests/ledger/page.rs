//! The page "What opting out does and does not do" cites properties that there are.

use std::fs;

#[test]
fn every_sentence_of_the_page_names_a_test_that_there_is() {
    let root = env!("CARGO_MANIFEST_DIR");
    let page = fs::read_to_string(format!("{root}/src/guide/opting_out.rs")).expect("the page");
    let mut tests = String::new();
    for file in fs::read_dir(format!("{root}/tests/ledger")).expect("the tests") {
        tests += &fs::read_to_string(file.expect("a file").path()).expect("text");
    }
    let text: String = page
        .lines()
        .map(|line| line.trim_start_matches("//!").trim())
        .collect::<Vec<_>>()
        .join(" ");
    let sentences: Vec<&str> = text.split(" - ").skip(1).collect();
    assert!(sentences.len() >= 15, "{} sentences", sentences.len());
    for sentence in sentences {
        let (_, proof) =
            sentence.split_once("(`").unwrap_or_else(|| panic!("no proof: {sentence}"));
        let (proof, _) = proof.split_once("`)").unwrap_or_else(|| panic!("no proof: {sentence}"));
        for name in proof.split("`, `") {
            assert!(tests.contains(&format!("fn {name}(")), "no test `{name}`");
        }
    }
}
