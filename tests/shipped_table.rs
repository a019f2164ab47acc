//! The page of the shipped policies, `src/guide/shipped_policies.md`, is made from their documents.
//!
//! With `UPDATE_SHIPPED_POLICIES=1` the test writes the page anew; without, it fails on a difference.

use std::fmt::{Display, Write};
use std::fs;
use std::path::Path;

use may_train::policy::{Confidence, Status};
use may_train::{Policy, Regime, Revision, Rule, Timestamp};

const PAGE: &str = "src/guide/shipped_policies.md";

const HEAD: &str = "
What the crate ships, as the documents say it. The regimes are written as `regime`: places, and in
brackets what the rule selects. Confidence is how sure the sources make a revision: *high* for a
primary source or a regulator, *medium* for a secondary one or an inferred day, *low* for sources that
disagree or an inference; rules of another confidence stand behind it, by their number. Notes and
sources are in the documents themselves, `src/policy/shipped` in the repository.

The list is a best reading of public texts, and no legal advice. Where sources disagree or are silent,
it takes the stricter reading.
";

#[test]
fn the_page_of_the_shipped_policies_is_up_to_date() {
    let page = page();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    if std::env::var_os("UPDATE_SHIPPED_POLICIES").is_some() {
        fs::write(&path, &page).expect("the page is written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(page == kept, "{differs:?}: run the test with UPDATE_SHIPPED_POLICIES=1 and review it");
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let policies: Vec<Policy> =
        Policy::shipped_ids().map(|id| Policy::shipped(id).expect(id)).collect();
    page += "\n| policy | purpose | revisions | since | sources | lowest confidence |\n";
    page += "| --- | --- | --- | --- | --- | --- |\n";
    for policy in &policies {
        page += &overview(policy);
    }
    for policy in &policies {
        page += &section(policy);
    }
    page
}

fn overview(policy: &Policy) -> String {
    let revisions = policy.revisions();
    let first = revisions.iter().find(|revision| revision.status() == Status::InForce);
    let sources: usize = revisions.iter().map(|revision| revision.sources().len()).sum();
    let rules = revisions.iter().flat_map(Revision::rules).filter_map(Rule::confidence);
    let lowest = revisions.iter().filter_map(Revision::confidence).chain(rules).min();
    format!(
        "| [`{0}`](#{0}) | `{1}` | {2} | {3} | {sources} | {4} |\n",
        policy.platform(),
        policy.purpose(),
        revisions.len(),
        day(first.map(Revision::effective)),
        word(lowest),
    )
}

fn section(policy: &Policy) -> String {
    let mut section = format!("\n## {}\n", policy.platform());
    if let Some(title) = policy.title() {
        writeln!(section, "\n{title}.").expect("a string");
    }
    section += "\n| revision | announced | in force from | regimes | sources | confidence |\n";
    section += "| --- | --- | --- | --- | --- | --- |\n";
    for revision in policy.revisions() {
        writeln!(
            section,
            "| {} | {} | {} | {} | {} | {} |",
            revision.id(),
            day(revision.announced()),
            match revision.status() {
                Status::InForce => day(Some(revision.effective())),
                Status::Withdrawn =>
                    format!("never (withdrawn; {})", day(Some(revision.effective()))),
            },
            revision.rules().iter().map(rule).collect::<Vec<_>>().join("; "),
            revision.sources().len(),
            confidence(revision),
        )
        .expect("a string");
    }
    section += "\nNot modelled:\n\n";
    for said in policy.not_modelled() {
        writeln!(section, "- {said}").expect("a string");
    }
    section
}

/// A rule in short: its regime, its places, its selectors and its age.
fn rule(rule: &Rule) -> String {
    let mut text = format!("`{}`: {}", rule.regime(), list(rule.places()));
    if !rule.except().is_empty() {
        write!(text, " but {}", list(rule.except())).expect("a string");
    }
    let created = rule.created().map(|span| match span.end() {
        Some(end) if span.start() == Timestamp::MIN => format!("created before {end}"),
        Some(end) => format!("created from {} until {end}", span.start()),
        None => format!("created from {}", span.start()),
    });
    // An exclusion asks for no age.
    let age = rule.terms().minimum_age().filter(|_| rule.regime() != Regime::Excluded);
    let age = age.map(|years| format!("from the age of {years}"));
    let selected = [rule.kinds().map(list), rule.audiences().map(list), created, age];
    let selected: Vec<String> = selected.into_iter().flatten().collect();
    if !selected.is_empty() {
        write!(text, " ({})", selected.join("; ")).expect("a string");
    }
    text
}

/// The confidence of a revision, and of the rules that have another.
fn confidence(revision: &Revision) -> String {
    let rules: Vec<String> = revision
        .rules()
        .iter()
        .filter_map(|rule| Some(format!("{}: {}", rule.number(), rule.confidence()?)))
        .collect();
    let revision = word(revision.confidence());
    if rules.is_empty() { revision } else { format!("{revision} ({})", rules.join(", ")) }
}

fn word(confidence: Option<Confidence>) -> String {
    confidence.map_or_else(|| "not said".to_owned(), |confidence| confidence.to_string())
}

fn day(instant: Option<Timestamp>) -> String {
    instant.map_or_else(|| "not known".to_owned(), |instant| instant.to_string())
}

/// `*` would be an emphasis in Markdown.
fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item.to_string() {
            all if all == "*" => "everywhere".to_owned(),
            other => other,
        })
        .collect();
    items.join(", ")
}
