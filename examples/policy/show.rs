//! `policy show`: the revisions of a policy and their rules, as tables.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use may_train::{Revision, Rule, Span, Timestamp};

use super::outputs::Printer;
use super::source;
use super::text_table::Table;

/// Prints the revisions of a policy and their rules, as tables.
#[derive(clap::Args)]
pub struct Args {
    /// A shipped policy's id, or a policy's TOML file.
    policy: String,
}

pub fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let policy = source::read(&args.policy)?;
    let mut out = Printer;
    let title = policy.title().map(|title| format!(": {title}")).unwrap_or_default();
    writeln!(out, "{}, {}{title}", policy.platform(), policy.purpose())?;
    for region in policy.regions() {
        // A country has several spans if it is a member through several overlapping regions.
        let countries: BTreeSet<_> = region.members().map(|(country, _)| country).collect();
        let members = list(countries);
        writeln!(out, "{}: {members}", region.name())?;
    }
    for revision in policy.revisions() {
        writeln!(out, "\n{}\n{}", heading(revision), rules(revision))?;
        if let Some(note) = revision.note() {
            writeln!(out, "  note: {note}")?;
        }
    }
    if !policy.not_modelled().is_empty() {
        writeln!(out)?;
    }
    for said in policy.not_modelled() {
        writeln!(out, "not modelled: {said}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn heading(revision: &Revision) -> String {
    let announced = match revision.announced() {
        Some(announced) => format!("announced {announced}"),
        None => "announcement unknown".into(),
    };
    let confidence = revision.confidence().map(|of| format!("; confidence {of}"));
    format!(
        "revision {}: {} from {}, {announced}; an opt-out reaches {}, residence at {}{}",
        revision.id(),
        revision.status(),
        revision.effective(),
        revision.opt_out_reaches(),
        revision.residence_at(),
        confidence.unwrap_or_default(),
    )
}

fn rules(revision: &Revision) -> Table {
    let heading = ["", "in", "for", "regime", "covers", "terms"];
    let mut table = Table::new(heading.len());
    table.push(heading);
    for rule in revision.rules() {
        table.push([
            rule.number().to_string(),
            places(rule),
            selectors(rule),
            rule.regime().to_string(),
            list(rule.terms().covers()),
            terms(rule),
        ]);
    }
    table
}

fn places(rule: &Rule) -> String {
    let places = list(rule.places());
    if rule.except().is_empty() {
        return places;
    }
    format!("{places} except {}", list(rule.except()))
}

fn selectors(rule: &Rule) -> String {
    let selectors = [
        rule.kinds().map(list),
        rule.audiences().map(list),
        rule.created().map(|span| format!("created {}", words(span))),
    ];
    selectors.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn words(span: Span) -> String {
    let from = (span.start() > Timestamp::MIN).then(|| format!("from {}", span.start()));
    let until = span.end().map(|end| format!("until {end}"));
    [from, until].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn terms(rule: &Rule) -> String {
    let terms = rule.terms();
    let terms = [
        terms.minimum_age().map(|age| format!("from age {age}")),
        terms.created_from().map(|from| format!("created from {from}")),
        terms.opt_in_lifetime_days().map(|days| format!("an opt-in lasts {days} days")),
        terms.opt_in_from().map(|from| format!("opt-ins from {from}")),
        terms.legal_basis().map(|basis| format!("basis {basis}")),
        rule.confidence().map(|confidence| format!("confidence {confidence}")),
    ];
    terms.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn list(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
