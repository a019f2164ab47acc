//! The guide is complete: every error of the policy reader is shown, and every kind of data.

use std::collections::BTreeSet;

use may_train::review::{Lint, LintCode, lint};
use may_train::{Policy, Revision};

const GUIDE: &str = include_str!("../src/guide/writing_a_policy.md");
const ERRORS: &str = include_str!("../src/guide/policy_errors.md");

/// Where the texts of the reader's errors are written.
const SOURCES: &[(&str, &str)] = &[
    ("policy/document.rs", include_str!("../src/policy/document.rs")),
    ("policy/areas.rs", include_str!("../src/policy/areas.rs")),
    ("policy/locate.rs", include_str!("../src/policy/locate.rs")),
    ("policy/shipped.rs", include_str!("../src/policy/shipped.rs")),
    ("place.rs", include_str!("../src/values/place.rs")),
    ("kind.rs", include_str!("../src/values/kind.rs")),
    ("text.rs", include_str!("../src/values/text.rs")),
];

/// Texts that are no errors, or that no policy brings about.
const NOT_SHOWN: &[&str] = &[
    "missing field `",                              // what serde says; shown in full
    "invalid type: map, expected a timestamp",      // is replaced
    "an ISO 3166-1 code of two upper-case letters", // what a deserialiser of places expects
    "a place: a country as in `FR`, or a subdivision as in `US-CA`",
    "a country of isocountry", // a conversion, which no policy makes
    "ISO 3166-1 leaves the code to its users",
    "`, a country of its own", // a subdivision alone; as a place it is that country
];

/// The texts of a source that are whole sentences, without comments and attributes; each cut at its
/// placeholders.
fn texts(source: &str) -> BTreeSet<String> {
    let is_code = |line: &&str| !["//", "#["].iter().any(|mark| line.trim().starts_with(mark));
    let code: Vec<&str> = source.lines().filter(is_code).collect();
    let code = code.join("\n").replace("\\\"", "\u{1}");
    let literals = code.split('"').skip(1).step_by(2);
    let mut texts = BTreeSet::new();
    for literal in literals {
        let whole = literal.replace('\u{1}', "\"").replace("\\\n", "");
        for part in whole.split(['{', '}']).step_by(2) {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            if part.contains(' ') && part.len() >= 12 {
                texts.insert(part);
            }
        }
    }
    texts
}

#[test]
fn every_error_is_shown() {
    let shown = ERRORS.replace("\\\"", "\"").replace("\\\n", "");
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut checked = 0;
    for (file, source) in SOURCES {
        for text in texts(source) {
            if NOT_SHOWN.iter().any(|other| text.starts_with(other)) {
                continue;
            }
            assert!(shown.contains(&text), "{file}: `{text}` is not in src/guide/policy_errors.md");
            checked += 1;
        }
    }
    assert!(checked >= 30, "{checked} texts");
}

#[test]
fn every_kind_of_the_shipped_policies_is_listed() {
    for id in Policy::shipped_ids() {
        let policy = Policy::shipped(id).expect(id);
        for rule in policy.revisions().iter().flat_map(Revision::rules) {
            for kind in rule.terms().covers().iter().chain(rule.kinds().unwrap_or_default()) {
                assert!(GUIDE.contains(&format!("`{kind}`")), "{id}: `{kind}` is not in the guide");
            }
        }
    }
}

#[test]
fn the_policy_of_the_guide_has_one_note() {
    let text = include_str!("../examples/policy/birdhouse.toml");
    let findings = lint(&Policy::from_toml(text).expect("a policy"));
    // A rule for a subdivision always has this note.
    let codes: Vec<LintCode> = findings.iter().map(Lint::code).collect();
    assert_eq!(codes, [LintCode::PartOfACountry]);
}
