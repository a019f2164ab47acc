//! The example `policy`, run as a user would.

mod common;

use common::{run, text};
use may_train::Policy;

#[test]
fn lint_has_one_note_on_the_policy_of_the_guide() {
    let output = run("policy", &["lint", "examples/policy/birdhouse.toml"]);
    assert_eq!(output.status.code(), Some(0));
    let found = text(&output.stdout);
    assert!(found.starts_with("note[part-of-a-country] revision `2025-06-01`, rule 5"), "{found}");
    assert_eq!(found.matches('[').count(), 2, "{found}");
}

#[test]
fn lint_fails_from_the_severity_that_is_asked_for() {
    // A note: silent by default, a failure where notes are.
    let note = "tests/lint/sources-missing.toml";
    assert_eq!(run("policy", &["lint", note]).status.code(), Some(0));
    assert_eq!(run("policy", &["lint", note, "--fail-on", "note"]).status.code(), Some(1));
    let warning = "tests/lint/missing-territories.toml";
    assert_eq!(run("policy", &["lint", warning]).status.code(), Some(1));
    assert_eq!(run("policy", &["lint", warning, "--fail-on", "error"]).status.code(), Some(0));
}

#[test]
fn lint_says_what_where_and_what_to_do() {
    let output = run("policy", &["lint", "tests/lint/place-listed-twice.toml"]);
    assert_eq!(
        text(&output.stdout),
        "note[place-listed-twice] revision `first`, rule 1, in[2]\n  \
           `CH` is listed before\n  \
           leave out one of the two\n"
    );
    let output = run("policy", &["lint", "--json", "tests/lint/place-listed-twice.toml"]);
    let finding: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        finding,
        serde_json::json!({
            "code": "place-listed-twice",
            "severity": "note",
            "revision": "first",
            "rule": 1,
            "key": "in[2]",
            "message": "`CH` is listed before",
            "remedy": "leave out one of the two",
        })
    );
}

#[test]
fn schema_prints_the_schema() {
    let output = run("policy", &["schema"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), Policy::json_schema());
}

#[test]
fn show_names_every_revision_and_rule_of_a_shipped_policy() {
    let output = run("policy", &["show", "linkedin"]);
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    for revision in Policy::shipped("linkedin").expect("shipped").revisions() {
        assert!(shown.contains(&format!("revision {}: ", revision.id())), "{}", revision.id());
    }
}

/// A long cell goes on in its column.
#[test]
fn show_aligns_the_rules_of_a_revision() {
    let output = run("policy", &["show", "linkedin"]);
    let table = "
    in                           for  regime    covers                          terms
 1  designated, GB, territories       excluded  post, article, genai-input,     basis none-stated
                                                genai-output, usage-frequency,
                                                language-preference, feedback
 2  *                                 opt-out   post, article, genai-input,     basis none-stated
                                                genai-output, usage-frequency,
                                                language-preference, feedback
  note: ";
    assert!(text(&output.stdout).contains(table), "{}", text(&output.stdout));
}

#[test]
fn what_cannot_be_read_ends_with_one_message() {
    let output = run("policy", &["show", "no-such-policy"]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.starts_with("policy: `no-such-policy` is neither a file nor"), "{message}");
    assert_eq!(message.lines().count(), 1);

    let output = run("policy", &["lint", "rustfmt.toml"]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.starts_with("policy: rustfmt.toml:1: edition: unknown field"), "{message}");
}
