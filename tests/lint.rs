//! Lint: every code is found in the faulty policy that is named after it, and nothing else is; the
//! shipped policies are silent, or each finding has its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use may_train::Policy;
use may_train::review::{Lint, LintCode, Severity, lint};

/// What lint finds in the shipped policies, and why it stays: policy, revision (none for what is said
/// of the whole policy), rule, code.
const EXPLAINED: &[(&str, &str, Option<usize>, LintCode, &str)] = &[
    (
        "github",
        "2026-04-27",
        Some(1),
        LintCode::WordOfOneRule,
        "the free plan came under the setting later than the plans beside it",
    ),
    (
        "google-gemini",
        "2025-09-02",
        None,
        LintCode::LooseningWithoutNotice,
        "uploads and silent members come in, twenty days after the announcement",
    ),
    (
        "linkedin",
        "2024-10-11",
        None,
        LintCode::EffectiveBeforeAnnounced,
        "the pause for Hong Kong was announced by the PCPD four days after it began",
    ),
    (
        "meta",
        "2024-09-13",
        None,
        LintCode::LooseningWithoutNotice,
        "the resumption in the UK was announced on this day; when training began is not known",
    ),
    (
        "microsoft-copilot",
        "",
        None,
        LintCode::MissingTerritories,
        "the list says: China (excluding Hong Kong)",
    ),
    (
        "microsoft-copilot",
        "2026-10-02",
        None,
        LintCode::LooseningWithoutNotice,
        "the first day of the FAQ is not known; it counts from the day on which others checked it",
    ),
    (
        "mistral",
        "2024-02-26",
        Some(1),
        LintCode::ObjectionNotOffered,
        "legitimate interests are claimed, and free plans had no opt-out, of which a member complained to the CNIL",
    ),
    (
        "mistral",
        "2025-02-06",
        Some(1),
        LintCode::ObjectionNotOffered,
        "legitimate interests are claimed, and free plans had no opt-out, of which a member complained to the CNIL",
    ),
    (
        "mistral",
        "2025-02-06",
        Some(2),
        LintCode::ObjectionNotOffered,
        "as for Le Chat: the free API had no opt-out either",
    ),
    (
        "mistral",
        "2025-02-06",
        None,
        LintCode::LooseningWithoutNotice,
        "feedback and the free API are new in the text, whose announcement is not known",
    ),
    (
        "mistral",
        "2025-05-27",
        None,
        LintCode::LooseningWithoutNotice,
        "the student plan is new in the text, whose announcement is not known",
    ),
    (
        "mistral",
        "2026-05-28",
        None,
        LintCode::LooseningWithoutNotice,
        "the EEA comes after the EU, and the plans have new names; the announcement is not known",
    ),
    (
        "mistral",
        "2026-08-07",
        Some(2),
        LintCode::WordOfOneRule,
        "a consumer's plan of any other name; the revisions before named every plan",
    ),
    (
        "mistral",
        "2026-08-07",
        None,
        LintCode::LooseningWithoutNotice,
        "the list of plans is gone; the terms were first captured two days before",
    ),
    (
        "x",
        "2024-07",
        None,
        LintCode::LooseningWithoutNotice,
        "the setting appeared, on by default, without any announcement",
    ),
    (
        "xai-grok",
        "2024-09-16",
        Some(2),
        LintCode::WordOfOneRule,
        "the preview was offered to free accounts once, and the word says which",
    ),
    (
        "xai-grok",
        "2025-02-14",
        None,
        LintCode::LooseningWithoutNotice,
        "the age falls from 18 to 13 with terms whose announcement is not known",
    ),
    (
        "zoom",
        "2023-08-07",
        None,
        LintCode::LooseningWithoutNotice,
        "customer content is covered for the first time, if with consent, from one day to the next",
    ),
];

/// A policy with one rule for everybody after some rules.
fn with_rules(rules: &str) -> Policy {
    let text = include_str!("lint/missing-territories.toml");
    let (head, _) = text.split_once("[[revisions.rules]]").expect("rules");
    let everybody = "[[revisions.rules]]\nin = [\"*\"]\nregime = \"opt-out\"\n";
    Policy::from_toml(&format!("{head}{rules}\n{everybody}")).expect("a policy")
}

fn excluding(places: &str) -> Policy {
    with_rules(&format!("[[revisions.rules]]\nin = [{places}]\nregime = \"excluded\"\n"))
}

/// A state is missed with its inhabited territories, inside the shipped regions and outside.
#[test]
fn territories_are_missed_of_every_state_that_has_some() {
    for (state, territories) in [
        ("FR", "`GF`, `GP`, `MF`, `MQ`, `RE`, `YT`"),
        ("FI", "`AX`"),
        ("US", "`AS`, `GU`, `MP`, `PR`, `VI`"),
        ("NL", "`AW`, `BQ`, `CW`, `SX`"),
        ("CN", "`HK`, `MO`"),
        ("DK", "`FO`, `GL`"),
        ("NO", "`SJ`"),
    ] {
        let [finding] = &lint(&excluding(&format!("\"{state}\"")))[..] else { panic!("{state}") };
        assert_eq!(finding.code(), LintCode::MissingTerritories, "{state}");
        assert!(finding.message().ends_with(territories), "{}", finding.message());
    }
    assert_eq!(lint(&excluding("\"CN\", \"HK\", \"MO\"")), []);
    assert_eq!(lint(&excluding("\"BR\", \"JP\"")), []);
}

/// Kinds and audiences are compared across all of the document; words that differ by a number are two.
#[test]
fn words_that_are_nearly_alike_are_found_and_others_are_not() {
    let codes = |rules: &str| lint(&with_rules(rules)).iter().map(Lint::code).collect::<Vec<_>>();
    let kinds = |kinds: &str| {
        format!("[[revisions.rules]]\nin = [\"*\"]\nkinds = [{kinds}]\nregime = \"excluded\"\n")
    };
    let near = [LintCode::NearlyAnotherWord];
    assert_eq!(codes(&kinds("\"posts\"")), near);
    assert_eq!(codes(&kinds("\"private-message\", \"private-mesage\"")), near);
    assert_eq!(codes(&kinds("\"plan-2024\", \"plan-2025\"")), []);
    assert_eq!(codes(&kinds("\"poll\"")), []);
}

/// Nobody is 130; somebody might be 129.
#[test]
fn an_age_is_of_nobody_from_130_years_on() {
    let codes = |age: u8| {
        let text =
            include_str!("lint/age-of-nobody.toml").replace("180\n\n", &format!("{age}\n\n"));
        lint(&Policy::from_toml(&text).expect("a policy")).len()
    };
    assert_eq!((codes(129), codes(130)), (0, 1));
}

fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint");
    let files = fs::read_dir(folder).expect("the vectors are in the repository");
    let mut paths: Vec<PathBuf> = files.map(|file| file.expect("readable").path()).collect();
    paths.sort();
    paths
}

/// The finding that a vector promises, in its comments.
fn promised(text: &str) -> &str {
    let finding = text.lines().find_map(|line| line.strip_prefix("# finding: "));
    finding.expect("a line `# finding: …`")
}

#[test]
fn each_faulty_policy_has_exactly_its_finding() {
    for path in vectors() {
        let text = fs::read_to_string(&path).expect("readable");
        let name = path.display().to_string();
        let policy = Policy::from_toml(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found: Vec<String> = lint(&policy).iter().map(Lint::to_string).collect();
        assert_eq!(found, [promised(&text)], "{name}");
        let code = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
        assert!(found[0].contains(&format!("[{code}]")), "{name}");
    }
}

#[test]
fn every_code_has_a_faulty_policy() {
    let files: BTreeSet<String> =
        vectors().iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    let codes: BTreeSet<String> = LintCode::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(files, codes);
}

/// The page of the findings has a row for each code, with its severity.
#[test]
fn every_code_has_its_row_in_the_guide() {
    let page = include_str!("../src/guide/findings.md");
    for code in LintCode::ALL {
        let row = format!("| `{code}` | {} |", code.severity());
        assert_eq!(page.matches(&row).count(), 1, "{row}");
    }
}

#[test]
fn shipped_policies_are_silent_or_explained() {
    let mut explained = Vec::new();
    for id in Policy::shipped_ids() {
        for finding in lint(&Policy::shipped(id).expect(id)) {
            let place = finding.place();
            let revision = place.revision().map(ToString::to_string);
            let reason = EXPLAINED.iter().position(|(policy, of, rule, code, _)| {
                (*policy, *of, *rule, *code)
                    == (id, revision.as_deref().unwrap_or(""), place.rule(), finding.code())
            });
            explained.push(reason.unwrap_or_else(|| panic!("{id}: {finding}")));
        }
    }
    let is_shipped = |policy: &str| Policy::shipped_ids().any(|id| id == policy);
    let stale: Vec<_> = EXPLAINED
        .iter()
        .enumerate()
        .filter(|(i, (policy, ..))| is_shipped(policy) && !explained.contains(i))
        .collect();
    assert!(stale.is_empty(), "no longer found: {stale:?}");
}

#[test]
fn no_shipped_policy_contradicts_itself() {
    for id in Policy::shipped_ids() {
        let findings = lint(&Policy::shipped(id).expect(id));
        assert!(findings.iter().all(|finding| finding.severity() != Severity::Error), "{id}");
    }
}

/// The house style of errors.
#[test]
fn findings_read_like_the_errors() {
    for path in vectors() {
        let policy = Policy::from_toml(&fs::read_to_string(path).expect("readable")).expect("read");
        for finding in lint(&policy) {
            for text in [finding.message(), finding.remedy()] {
                assert!(!text.ends_with('.'), "{text}");
                assert!(!text.starts_with(char::is_uppercase), "{text}");
                assert!(!text.contains("  "), "{text}");
            }
        }
    }
}

/// The order in which a document lists its revisions changes neither findings nor places.
#[test]
fn the_order_of_revisions_does_not_matter() {
    let text = include_str!("lint/loosening-without-notice.toml");
    let mut value: toml::Table = toml::from_str(text).expect("TOML");
    let revisions = value.get_mut("revisions").and_then(|v| v.as_array_mut()).expect("revisions");
    revisions.reverse();
    let turned = Policy::from_toml(&toml::to_string(&value).expect("TOML")).expect("a policy");
    assert_eq!(lint(&turned), lint(&Policy::from_toml(text).expect("a policy")));
}

/// A policy that excludes the EU but for Croatia, from a day on, until it excludes everybody.
fn but_for_croatia(from: &str, until: &str) -> Policy {
    let head = "platform = \"acme\"\npurpose = \"ai-training\"\n";
    let revision = |id: &str, effective: &str, rules: &str| {
        format!(
            "[[revisions]]\nid = \"{id}\"\neffective = \"{effective}\"\nsources = [\"…\"]\n\
             opt_out_reaches = \"both\"\nresidence_at = \"both\"\ncovers = [\"post\"]\n\
             legal_basis = \"none-stated\"\n{rules}"
        )
    };
    let rules = "[[revisions.rules]]\nin = [\"EU\"]\nexcept = [\"HR\"]\nregime = \"excluded\"\n\
                 [[revisions.rules]]\nin = [\"*\"]\nregime = \"opt-out\"\n";
    let nobody = "[[revisions.rules]]\nin = [\"*\"]\nregime = \"excluded\"\n";
    let text = [head, &revision("a", from, rules), &revision("b", until, nobody)].concat();
    Policy::from_toml(&text).expect("a policy")
}

/// Croatia joined the EU on 2013-07-01: whether it can be excepted depends on when the rule is in
/// force.
#[test]
fn regions_are_looked_at_for_as_long_as_the_revision_is_in_force() {
    let codes = |from, until| {
        lint(&but_for_croatia(from, until)).iter().map(Lint::code).collect::<Vec<_>>()
    };
    let found = [LintCode::ExceptionWithoutEffect];
    assert_eq!(codes("2013-01-01", "2013-06-30"), found);
    assert_eq!(codes("2013-01-01", "2013-07-01"), found);
    assert_eq!(codes("2013-01-01", "2013-07-01T00:00:00.000001Z"), []);
    assert_eq!(codes("2013-07-01", "2014-01-01"), []);
}

/// Thirty days of notice are enough, and a microsecond less is not.
#[test]
fn notice_is_counted_to_the_microsecond() {
    let text = include_str!("lint/loosening-without-notice.toml");
    let announced_at = |announced: &str| {
        let text = text.replace("2025-09-06", announced);
        lint(&Policy::from_toml(&text).expect("a policy")).len()
    };
    assert_eq!(announced_at("2025-08-19"), 0);
    assert_eq!(announced_at("2025-08-19T00:00:00.000001Z"), 1);
}

/// What is stricter, or as strict, needs no notice: a rule made stricter, an age raised, a kind
/// dropped; each the other way round is found.
#[test]
fn only_what_is_looser_needs_notice() {
    let text = include_str!("lint/loosening-without-notice.toml");
    let (first, second) = text.split_at(text.rfind("[[revisions]]").expect("two"));
    let strict = second.replace("in = [\"EEA\"]", "in = [\"EEA\", \"GB\"]");
    let codes = |first: &str, second: &str| {
        let policy = Policy::from_toml(&format!("{first}{second}")).expect("a policy");
        lint(&policy).iter().map(Lint::code).collect::<Vec<_>>()
    };
    assert_eq!(codes(first, &strict), []);
    let covers = "covers = [\"post\", \"comment\"]\n";
    for (stricter, looser) in [
        (format!("{covers}minimum_age = 18\n"), format!("{covers}minimum_age = 16\n")),
        (format!("{covers}minimum_age = 16\n"), covers.to_owned()),
        (format!("{covers}created_from = \"2020-01-01\"\n"), covers.to_owned()),
        ("covers = [\"post\"]\n".to_owned(), covers.to_owned()),
    ] {
        let [first_is_stricter, first_is_looser] =
            [&stricter, &looser].map(|terms| first.replace(covers, terms));
        let [second_is_stricter, second_is_looser] =
            [&stricter, &looser].map(|terms| strict.replace(covers, terms));
        assert_eq!(codes(&first_is_looser, &second_is_stricter), [], "{stricter}");
        assert_eq!(
            codes(&first_is_stricter, &second_is_looser),
            [LintCode::LooseningWithoutNotice],
            "{looser}"
        );
    }
}
