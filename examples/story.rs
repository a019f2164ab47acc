//! The autumn of 2024, day by day: six members of LinkedIn, five training runs, one opt-out.
//!
//! Every member wrote one post in 2023. Each run takes the posts that are eligible at noon of its
//! day. On 11 October at 09:00 everybody opts out. No later run takes their posts, and the earlier
//! runs stay as they were.

#[path = "shared/text_table.rs"]
mod text_table;

use std::error::Error;

use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Verdict};

use text_table::Table;

const MEMBERS: [(&str, &str); 6] = [
    ("Dublin", "IE"),
    ("London", "GB"),
    ("Zürich", "CH"),
    ("Réunion", "RE"),
    ("San Francisco", "US-CA"),
    ("Toronto", "CA-ON"),
];
const RUNS: [&str; 5] = ["2024-09-17", "2024-09-18", "2024-09-20", "2024-10-11", "2024-11-20"];
const OPT_OUT: &str = "2024-10-11T09:00:00Z";

fn main() -> Result<(), Box<dyn Error>> {
    let policy = Policy::shipped("linkedin")?;
    for everybody_opts_out in [false, true] {
        let registry = registry(&policy, everybody_opts_out)?;
        println!(
            "\n{}\n",
            if everybody_opts_out {
                "Everybody opts out on 11 October at 09:00"
            } else {
                "Nobody opts out"
            }
        );
        println!("{}", table(&policy, &registry)?);
    }
    let registry = registry(&policy, true)?;
    println!("\nWhy, after opting out\n");
    for day in RUNS {
        for (city, _) in MEMBERS {
            let post = post(city)?;
            let view = registry.view(&policy, noon(day)?);
            println!("{day}, {city}: {}", view.explain(&post));
        }
    }
    for revision in policy.revisions() {
        for rule in revision.rules() {
            if let Some(note) = rule.note() {
                println!("\nRule {} of {}: {note}", rule.number(), revision.id());
            }
        }
    }
    Ok(())
}

fn registry(policy: &Policy, everybody_opts_out: bool) -> Result<Registry, Box<dyn Error>> {
    let mut registry = Registry::new();
    for (city, place) in MEMBERS {
        let mut member =
            Subject::new(city.parse()?).with_residence(place.parse()?, "2015-01-01".parse()?);
        if everybody_opts_out {
            let purpose = policy.purpose().clone();
            member =
                member.with_choice(Choice::OptOut, ChosenBy::Subject, purpose, OPT_OUT.parse()?);
        }
        registry.insert(member)?;
    }
    Ok(registry)
}

fn post(city: &str) -> Result<Record, Box<dyn Error>> {
    let id = format!("post from {city}").parse()?;
    Ok(Record::new(id, "post".parse()?, "2023-02-01".parse()?).with_subject(city.parse()?))
}

fn noon(day: &str) -> Result<may_train::Timestamp, may_train::ValueError> {
    format!("{day}T12:00:00Z").parse()
}

/// Builds a table with a row for each member and a column for each run.
fn table(policy: &Policy, registry: &Registry) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new(1 + RUNS.len());
    table.push([""].into_iter().chain(RUNS));
    for (city, _) in MEMBERS {
        let mut row = vec![city.to_owned()];
        for day in RUNS {
            let post = post(city)?;
            let view = registry.view(policy, noon(day)?);
            let decision = view.decide(&post);
            row.push(match decision.verdict() {
                Verdict::Eligible => "eligible".into(),
                Verdict::Ineligible | Verdict::Indeterminate => decision.grounds().to_string(),
            });
        }
        table.push(row);
    }
    Ok(table)
}
