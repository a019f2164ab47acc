//! The truth table: what reach, regimes and choices come to, as a file under review.
//!
//! With `UPDATE_TRUTH_TABLE=1` the test writes the file anew; a change of it is a change of the
//! meaning.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use may_train::policy::OptOutReach;
use may_train::{
    Choice, ChosenBy, Ground, Grounds, Policy, Purpose, Record, Regime, Registry, Subject,
    Timestamp,
};

const LEGEND: &str = "\
What a record of one subject comes to, who resided under one regime when it was created and under
another at the cut-off; residence_at = \"both\".

  .  eligible            E  region-excluded     O  opted-out
                         N  not-opted-in        X  opt-in-expired

The choices, on a line of time from left to right: c is the creation, T the cut-off. `never` is no
choice at all; `expired` an opt-in before the creation that had expired by then; `early` one before
the creation and before opt_in_from. A guardian opted in before the creation for somebody under 18
(`minor in`) and for an adult (`adult in`); and after the creation for somebody who had opted out before
it (`lifts minor`, `lifts adult`).
";

const CREATED: &str = "2024-02-01";
const AS_OF: &str = "2024-03-01";

/// Before the creation, and younger than the lifetime of opt-ins at the cut-off.
const BEFORE: &str = "2024-01-20";
const BETWEEN: &str = "2024-02-15";

/// Older than the lifetime of opt-ins when the record was created.
const LONG_BEFORE: &str = "2023-06-01";

/// A history of choices: how it is written, and what it is.
struct History {
    name: &'static str,
    choices: &'static [(Choice, ChosenBy, &'static str)],
    born: Option<&'static str>,
    /// Which opt-ins the policy counts.
    terms: &'static str,
}

/// Opt-ins live for sixty days.
const LIVES: &str = "opt_in_lifetime_days = 60";

/// Opt-ins count from the instant that is just after `BEFORE`, and live for ever.
const COUNTS_FROM: &str = "opt_in_from = \"2024-01-21\"";

const ADULT: Option<&str> = Some("1990-01-01");
const MINOR: Option<&str> = Some("2010-01-01");

const fn of_subject(
    name: &'static str,
    choices: &'static [(Choice, ChosenBy, &'static str)],
) -> History {
    History { name, choices, born: None, terms: LIVES }
}

const fn with_guardian(
    name: &'static str,
    choices: &'static [(Choice, ChosenBy, &'static str)],
    born: Option<&'static str>,
) -> History {
    History { name, choices, born, terms: LIVES }
}

const HISTORIES: [History; 13] = [
    of_subject("never", &[]),
    of_subject("out c T", &[OUT_BEFORE]),
    of_subject("c out T", &[(Choice::OptOut, ChosenBy::Subject, BETWEEN)]),
    of_subject("in c T", &[IN_BEFORE]),
    of_subject("c in T", &[(Choice::OptIn, ChosenBy::Subject, BETWEEN)]),
    of_subject("out c in T", &[OUT_BEFORE, (Choice::OptIn, ChosenBy::Subject, BETWEEN)]),
    of_subject("in c out T", &[IN_BEFORE, (Choice::OptOut, ChosenBy::Subject, BETWEEN)]),
    of_subject("expired", &[(Choice::OptIn, ChosenBy::Subject, LONG_BEFORE)]),
    History { name: "early", choices: &[IN_BEFORE], born: None, terms: COUNTS_FROM },
    with_guardian("minor in", &[(Choice::OptIn, ChosenBy::Guardian, BEFORE)], MINOR),
    with_guardian("adult in", &[(Choice::OptIn, ChosenBy::Guardian, BEFORE)], ADULT),
    with_guardian("lifts minor", &[OUT_BEFORE, LIFTED], MINOR),
    with_guardian("lifts adult", &[OUT_BEFORE, LIFTED], ADULT),
];

const IN_BEFORE: (Choice, ChosenBy, &str) = (Choice::OptIn, ChosenBy::Subject, BEFORE);
const OUT_BEFORE: (Choice, ChosenBy, &str) = (Choice::OptOut, ChosenBy::Subject, BEFORE);
const LIFTED: (Choice, ChosenBy, &str) = (Choice::OptIn, ChosenBy::Guardian, BETWEEN);

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("it is right")
}

/// A country under each regime.
const fn country(regime: Regime) -> &'static str {
    match regime {
        Regime::Excluded => "DE",
        Regime::OptIn => "KR",
        Regime::OptOut => "US",
        Regime::NoChoice => "JP",
    }
}

fn policy(reach: OptOutReach, terms: &str) -> Policy {
    let rules: Vec<String> = Regime::ALL
        .iter()
        .map(|regime| format!("{{in = [\"{}\"], regime = \"{regime}\"}}", country(*regime)))
        .collect();
    let text = format!(
        r#"
platform = "acme"
purpose = "ai-training"
[[revisions]]
id = "first"
effective = "2020-01-01"
opt_out_reaches = "{reach}"
residence_at = "both"
covers = ["post"]
{terms}
rules = [{}, {{in = ["*"], regime = "no-choice"}}]
"#,
        rules.join(", ")
    );
    Policy::from_toml(&text).expect("a policy")
}

fn subject(created: Regime, as_of: Regime, history: &History) -> Subject {
    let purpose: Purpose = parsed("ai-training");
    let subject = Subject::new(parsed("u1"))
        .with_residence(parsed(country(created)), parsed("2020-01-01"))
        .with_residence(parsed(country(as_of)), parsed("2024-02-10"));
    let subject = history.born.map(parsed).into_iter().fold(subject, Subject::with_birth);
    history.choices.iter().fold(subject, |subject, (choice, by, at)| {
        subject.with_choice(*choice, *by, purpose.clone(), parsed(at))
    })
}

fn decide(policy: &Policy, subject: Subject) -> Grounds {
    let mut registry = Registry::new();
    registry.replace(subject);
    let record =
        Record::new(parsed("r1"), parsed("post"), parsed(CREATED)).with_subject(parsed("u1"));
    registry.view(policy, parsed::<Timestamp>(AS_OF)).decide(&record).grounds()
}

/// The grounds as the table writes them.
fn letters(grounds: Grounds) -> String {
    let letter = |ground| match ground {
        Ground::RegionExcluded => 'E',
        Ground::OptedOut => 'O',
        Ground::NotOptedIn => 'N',
        Ground::OptInExpired => 'X',
        other => panic!("the table has no letter for {other}"),
    };
    if grounds.is_empty() { ".".into() } else { grounds.iter().map(letter).collect() }
}

/// The two columns that name the regimes of a line.
fn heading(created: &str, as_of: &str) -> String {
    format!("  {created:<11} {as_of:<11}")
}

fn row(heading: String, cells: impl Iterator<Item = String>) -> String {
    let line = cells.fold(heading, |line, cell| format!("{line}| {cell:<11}"));
    format!("{}\n", line.trim_end())
}

fn table() -> String {
    let mut text = LEGEND.to_owned();
    for reach in OptOutReach::ALL {
        let policies = HISTORIES.map(|history| policy(*reach, history.terms));
        writeln!(text, "\nopt_out_reaches = \"{reach}\"\n").expect("it is written");
        let names = HISTORIES.iter().map(|history| history.name.to_owned());
        text += &row(heading("created", "cut-off"), names);
        for created in Regime::ALL {
            text.push('\n');
            for as_of in Regime::ALL {
                let cells = HISTORIES.iter().zip(&policies).map(|(history, policy)| {
                    letters(decide(policy, subject(*created, *as_of, history)))
                });
                text += &row(heading(created.as_str(), as_of.as_str()), cells);
            }
        }
    }
    text
}

fn path() -> String {
    format!("{}/tests/truth_table.txt", env!("CARGO_MANIFEST_DIR"))
}

/// The lines of two texts that differ, as a reviewer reads them.
fn difference(reviewed: &str, found: &str) -> String {
    let mut text = String::new();
    let (mut reviewed, mut found) = (reviewed.lines(), found.lines());
    for number in 1.. {
        match (reviewed.next(), found.next()) {
            (None, None) => break,
            (before, after) if before == after => {}
            (before, after) => {
                for (sign, line) in [('-', before), ('+', after)] {
                    if let Some(line) = line {
                        writeln!(text, "{number:>3} {sign} {line}").expect("it is written");
                    }
                }
            }
        }
    }
    text
}

#[test]
fn decisions_are_as_the_reviewed_table_says() {
    let found = table();
    if std::env::var_os("UPDATE_TRUTH_TABLE").is_some_and(|value| value == "1") {
        fs::write(path(), &found).expect("the table is written");
    }
    let reviewed = fs::read_to_string(path()).expect("the table");
    let difference = difference(&reviewed, &found);
    assert!(
        difference.is_empty() && reviewed == found,
        "the decisions differ from tests/truth_table.txt; where they should, set \
         UPDATE_TRUTH_TABLE=1 and review the difference\n{difference}"
    );
}

#[test]
fn the_reviewed_table_has_every_cell() {
    let reviewed = fs::read_to_string(path()).expect("the table");
    let mut cells = BTreeSet::new();
    let mut reach = "";
    let mut histories: Vec<&str> = Vec::new();
    for line in reviewed.lines() {
        if let Some(text) = line.strip_prefix("opt_out_reaches = ") {
            reach = text.trim_matches('"');
        }
        let Some((regimes, rest)) = line.split_once('|') else { continue };
        let regimes: Vec<&str> = regimes.split_whitespace().collect();
        let rest: Vec<&str> = rest.split('|').map(str::trim).collect();
        if regimes == ["created", "cut-off"] {
            histories = rest;
            continue;
        }
        let [created, as_of] = regimes[..] else { panic!("not two regimes: {line}") };
        assert_eq!(rest.len(), histories.len(), "{line}");
        for (history, cell) in histories.iter().zip(rest) {
            let is_grounds = !cell.is_empty() && cell.chars().all(|c| "EONX".contains(c));
            assert!(cell == "." || is_grounds, "`{cell}` in {line}");
            assert!(cells.insert((reach, created, as_of, *history)), "twice: {line}");
        }
    }
    for reach in OptOutReach::ALL {
        for created in Regime::ALL {
            for as_of in Regime::ALL {
                for History { name, .. } in HISTORIES {
                    let cell = (reach.as_str(), created.as_str(), as_of.as_str(), name);
                    assert!(cells.remove(&cell), "missing: {cell:?}");
                }
            }
        }
    }
    assert!(cells.is_empty(), "nobody asked for {cells:?}");
}
