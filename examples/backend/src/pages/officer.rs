//! The page of a privacy officer: what the policy says where, how it changes, and what it does.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use may_train::policy::Status;
use may_train::review::{Coverage, DataLint, DataLintCode, Diff, PolicyAt, Treatment};
use may_train::{Country, Ground, Policy, Record, Regime, Revision, Timestamp, Verdict};
use serde::Deserialize;

use super::language::{Language, Reads};
use super::layout::page;
use super::ledger;
use crate::app::Service;
use crate::auth::{Role, Visitor};
use crate::clock;
use crate::live::StoredPolicy;
use crate::problem::Answer;
use crate::say;

/// How many records are counted and checked on the page. For more, ask `POST /v1/decisions/stream`.
const COUNTED: i64 = 20_000;

/// The countries on a map of tiles, near where they are: made from the centres of Natural Earth's
/// countries (public domain), each moved to a tile of its own by the shortest way on the whole.
const TILES: &str = include_str!("tiles.txt");

/// What the forms of the page ask. An empty text asks for the default.
#[derive(Deserialize, Default)]
pub struct Asked {
    #[serde(default)]
    at: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    from_at: String,
    #[serde(default)]
    to_at: String,
}

/// What was counted and found in the records.
struct Counted {
    records: usize,
    is_all: bool,
    verdicts: BTreeMap<Verdict, usize>,
    grounds: BTreeMap<Ground, usize>,
    /// How often each mistake was found.
    findings: BTreeMap<DataLintCode, u64>,
}

/// Shows the page.
///
/// # Errors
///
/// Fails if a date or a number of a form cannot be read, and if the store does not answer.
pub async fn show(
    State(service): State<Arc<Service>>,
    Visitor(caller): Visitor,
    reads: Reads,
    Query(asked): Query<Asked>,
) -> Answer<Response> {
    caller.only(&[Role::Officer])?;
    let now = clock::now();
    let instant = |text: &str, default: Timestamp| match text {
        "" => Ok(default),
        text => text.parse(),
    };
    let policies = service.live.policies();
    let policy = service.policy()?;
    let numbered = |text: &str| match text {
        "" => Ok(Arc::clone(&policy)),
        text => service.policy_of(text.parse().ok().or(Some(0))),
    };
    let at = instant(&asked.at, now)?;
    let before = (numbered(&asked.from)?, instant(&asked.from_at, last_change(&policy, now))?);
    let after = (numbered(&asked.to)?, instant(&asked.to_at, now)?);
    let records = service.store.records_after("", COUNTED + 1).await?;

    let _permit = service.begin_heavy()?;
    let language = reads.language;
    let of_page = Arc::clone(&service);
    let made = tokio::task::spawn_blocking(move || {
        let counted = count(&of_page, &policy, records, now);
        let diff =
            Diff::between(PolicyAt::new(&before.0, before.1), PolicyAt::new(&after.0, after.1));
        let coverage = Coverage::at(&policy, at);
        html! {
            p.faint { (say!(language, "officer-about", platform = language.platform(policy.platform()),
                purpose = policy.purpose().as_str())) }
            (map(language, &policy, &coverage, at))
            (difference(language, &policies, &diff, &asked, before.1, after.1))
            (counts(language, &counted))
            (ledger::runs(language, &of_page.live.ledger()))
            (lint(language, &counted))
        }
    });
    let content = made.await?;
    Ok(page(reads, "/officer", &say!(language, "officer-title"), &content))
}

/// Returns the moment before the last revision took effect, so that the first diff shows it.
fn last_change(policy: &Policy, now: Timestamp) -> Timestamp {
    let in_force = |revision: &&Revision| revision.status() == Status::InForce;
    let effective = policy.revisions().iter().filter(in_force).map(Revision::effective);
    let last = effective.filter(|at| *at <= now).max().unwrap_or(now);
    Timestamp::from_micros(last.as_micros() - 1).unwrap_or(last)
}

/// Decides on the records, and looks for mistakes in them.
fn count(service: &Service, policy: &Policy, mut records: Vec<Record>, now: Timestamp) -> Counted {
    let most = usize::try_from(COUNTED).unwrap_or_default();
    let is_all = records.len() <= most;
    records.truncate(most);
    let mut counted = Counted {
        records: records.len(),
        is_all,
        verdicts: BTreeMap::new(),
        grounds: BTreeMap::new(),
        findings: BTreeMap::new(),
    };
    let registry = service.live.copy();
    let view = registry.view(policy, now);
    let mut lint = DataLint::new(policy, now);
    for (number, subject) in registry.iter().enumerate() {
        lint.subject(subject, number + 1);
    }
    for (number, record) in records.iter().enumerate() {
        let grounds = view.decide(record).grounds();
        *counted.verdicts.entry(grounds.verdict()).or_default() += 1;
        for ground in grounds.iter() {
            *counted.grounds.entry(ground).or_default() += 1;
        }
        lint.record(record, number + 1);
    }
    for finding in lint.findings() {
        *counted.findings.entry(finding.code()).or_default() += finding.count();
    }
    counted
}

/// The class and the mark of a country on the map, and the message that tells it.
fn tile(coverage: &Coverage, country: Country) -> (&'static str, &'static str) {
    let mut regimes: Vec<Regime> =
        coverage.treatments(country.into()).filter_map(Treatment::regime).collect();
    regimes.sort_unstable();
    regimes.dedup();
    match regimes.as_slice() {
        [] => ("unknown", "?"),
        [Regime::Excluded] => ("excluded", "✗"),
        [Regime::OptIn] => ("opt-in", "○"),
        [Regime::OptOut] => ("opt-out", "●"),
        [Regime::NoChoice] => ("no-choice", "!"),
        _ => ("mixed", "±"),
    }
}

/// The map of tiles at a date, and the same as a list.
fn map(language: &Language, policy: &Policy, coverage: &Coverage, at: Timestamp) -> Markup {
    let mut places: BTreeMap<&'static str, (&'static str, Vec<String>)> = BTreeMap::new();
    for country in Country::all() {
        let (class, mark) = tile(coverage, country);
        places.entry(class).or_insert((mark, Vec::new())).1.push(language.country(country));
    }
    let rows: Vec<Vec<Option<Country>>> =
        TILES.lines().map(|line| line.split(' ').map(|code| code.parse().ok()).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let revision = coverage.revision().map(ToString::to_string).unwrap_or_default();
    html! {
        section aria-labelledby="coverage" {
            h2 #coverage { (say!(language, "coverage-heading")) }
            form.row method="get" action="/officer#coverage" {
                label for="at" { (say!(language, "coverage-date")) }
                input #at type="date" name="at" value=(day(at));
                button type="submit" { (say!(language, "show")) }
            }
            p {
                @if revision.is_empty() {
                    (say!(language, "coverage-none", date = language.date(at)))
                } @else {
                    (say!(language, "coverage-revision", date = language.date(at), revision = revision))
                }
            }
            div.scroll role="region" tabindex="0" aria-labelledby="map-title" {
                svg.tiles role="img" aria-labelledby="map-title" viewBox={ "0 0 " (columns * 30) " " (rows.len() * 30) } {
                    title #map-title { (say!(language, "map-title", date = language.date(at))) }
                    @for (y, row) in rows.iter().enumerate() {
                        @for (x, country) in row.iter().enumerate() {
                            @if let Some(country) = country {
                                @let (class, mark) = tile(coverage, *country);
                                g transform={ "translate(" (x * 30) " " (y * 30) ")" } {
                                    title { (language.country(*country)) ": " (say!(language, "regime-of-tile", regime = class)) }
                                    rect class={ "bar " (class) } width="28" height="28" rx="2" {}
                                    text x="14" y="13" { (country) }
                                    text x="14" y="25" { (mark) }
                                }
                            }
                        }
                    }
                }
            }
            ul {
                @for (class, (mark, names)) in &places {
                    li {
                        svg width="18" height="18" aria-hidden="true" { rect class={ "bar " (class) } width="18" height="18" {} }
                        " " (mark) " "
                        @if names.len() > 40 {
                            (say!(language, "regime-of-many", regime = *class, count = names.len()))
                        } @else {
                            (say!(language, "regime-of-places", regime = *class, places = names.join(", ")))
                        }
                    }
                }
            }
            (revisions(language, policy))
        }
    }
}

/// The revisions, with their days and sources.
fn revisions(language: &Language, policy: &Policy) -> Markup {
    html! {
        details {
            summary { (say!(language, "revisions")) }
            ul {
                @for revision in policy.revisions() {
                    li {
                        strong { (revision.id()) } " "
                        (say!(language, "revision-since", date = language.date(revision.effective()),
                            withdrawn = if revision.status() == Status::Withdrawn { "yes" } else { "no" },
                            sources = revision.sources().len()))
                    }
                }
            }
        }
    }
}

/// Returns the day, as an input of the type `date` writes it.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// What differs between two policies or two dates, and what the widening guard says.
fn difference(
    language: &Language,
    policies: &[StoredPolicy],
    diff: &Diff,
    asked: &Asked,
    from_at: Timestamp,
    to_at: Timestamp,
) -> Markup {
    let choose = |name: &str, id: &str, chosen: &str, label: String| {
        html! {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @for stored in policies.iter().rev() {
                    option value=(stored.seq) selected[stored.seq.to_string() == chosen] {
                        (say!(language, "policy-number", number = stored.seq.to_string()))
                    }
                }
            }
        }
    };
    let regime = |regime: Option<Regime>| {
        let word = regime.map_or("none", Regime::as_str);
        say!(language, "regime-in-words", regime = word)
    };
    html! {
        section aria-labelledby="diff" {
            h2 #diff { (say!(language, "diff-heading")) }
            form method="get" action="/officer#diff" {
                fieldset.row {
                    legend { (say!(language, "diff-before")) }
                    (choose("from", "from", &asked.from, say!(language, "diff-policy")))
                    label for="from_at" { (say!(language, "diff-date")) }
                    input #from_at type="date" name="from_at" value=(day(from_at));
                }
                fieldset.row {
                    legend { (say!(language, "diff-after")) }
                    (choose("to", "to", &asked.to, say!(language, "diff-policy")))
                    label for="to_at" { (say!(language, "diff-date")) }
                    input #to_at type="date" name="to_at" value=(day(to_at));
                }
                p { button type="submit" { (say!(language, "diff-compare")) } }
            }
            @if diff.widenings().is_empty() {
                p.notice #guard { (say!(language, "guard-passes")) }
            } @else {
                div.notice #guard {
                    p { strong { (say!(language, "guard-stops", count = diff.widenings().len())) } }
                    ul {
                        @for widened in diff.widenings() {
                            li {
                                (say!(language, "guard-widened", people = widened.people().to_string(),
                                    ground = ground(language, widened.lost())))
                                " " code { (widened) }
                            }
                        }
                    }
                }
            }
            @if diff.moves().is_empty() {
                p { (say!(language, "diff-no-move")) }
            } @else {
                div.scroll role="region" tabindex="0" aria-label=(say!(language, "diff-table")) {
                    table {
                        caption { (say!(language, "diff-table")) }
                        thead { tr {
                            th scope="col" { (say!(language, "diff-people")) }
                            th scope="col" { (say!(language, "diff-before")) }
                            th scope="col" { (say!(language, "diff-after")) }
                        } }
                        tbody {
                            @for one in diff.moves() {
                                tr {
                                    th scope="row" { (one.people()) }
                                    td { (regime(one.before())) }
                                    td { (regime(one.after())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ground(language: &Language, ground: Ground) -> String {
    language.say(&format!("ground-{ground}"), &fluent_bundle::FluentArgs::new())
}

/// How many records may be used now, and how many stand under each ground.
fn counts(language: &Language, counted: &Counted) -> Markup {
    let mut grounds: Vec<(&Ground, &usize)> = counted.grounds.iter().collect();
    grounds.sort_by_key(|(ground, count)| (std::cmp::Reverse(**count), **ground));
    let verdict = |verdict: Verdict| counted.verdicts.get(&verdict).copied().unwrap_or_default();
    html! {
        section aria-labelledby="counts" {
            h2 #counts { (say!(language, "counts-heading")) }
            p {
                (say!(language, "counts-about", count = counted.records, all = if counted.is_all { "yes" } else { "no" },
                    eligible = verdict(Verdict::Eligible), ineligible = verdict(Verdict::Ineligible),
                    indeterminate = verdict(Verdict::Indeterminate)))
            }
            table {
                caption { (say!(language, "counts-table")) }
                thead { tr {
                    th scope="col" { (say!(language, "counts-ground")) }
                    th.number scope="col" { (say!(language, "counts-records")) }
                } }
                tbody {
                    @for (each, count) in grounds {
                        tr { th scope="row" { (ground(language, *each)) } td.number { (count) } }
                    }
                }
            }
        }
    }
}

/// What the people and records say that was probably not meant.
fn lint(language: &Language, counted: &Counted) -> Markup {
    html! {
        section aria-labelledby="lint" {
            h2 #lint { (say!(language, "lint-heading")) }
            @if counted.findings.is_empty() {
                p { (say!(language, "lint-none")) }
            } @else {
                p { (say!(language, "lint-about")) }
                ul {
                    @for (code, count) in &counted.findings {
                        li { (say!(language, &format!("lint-{code}"), count = *count)) " " code { (code) } }
                    }
                }
            }
        }
    }
}
