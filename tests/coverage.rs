//! Coverage: against lists written by hand, and against plain subjects decided one by one.

use std::collections::BTreeSet;

use may_train::review::{
    AudienceClass, Coverage, KindClass, Line, Scope, Treatment, regime_changes,
};
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Audience, Choice, ChosenBy, Country, DefaultSetting, Entry, Ground, Grounds, Kind, Place,
    Policy, Record, Regime, Registry, Subject, Timestamp,
};
use proptest::prelude::*;

/// The EEA of 2024 and its territories with codes of their own, Switzerland, the United Kingdom; and
/// the places of which no source says whether LinkedIn counts them with these.
const DESIGNATED_AND_GB: &str = "AT AX BE BG CH CY CZ DE DK EE ES FI FR GB GF GP GR HR HU IE IS IT \
                                 LI LT LU LV MF MQ MT NL NO PL PT RE RO SE SI SK YT \
                                 AD AW BL BQ CW FO GG GI GL IM JE MC NC PF PM SJ SM SX TF VA WF";

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn place(text: &str) -> Place {
    text.parse().expect(text)
}

fn linkedin() -> Policy {
    Policy::shipped("linkedin").expect("it is shipped")
}

fn excluded(coverage: &Coverage) -> BTreeSet<String> {
    let whole = |lines: &[Line]| lines.iter().all(Line::is_excluded);
    let rows = coverage.rows().iter().filter(|row| whole(row.lines()));
    rows.map(|row| row.place().to_string()).collect()
}

fn codes(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn linkedin_excludes_the_designated_countries_and_those_that_objected() {
    let first = Coverage::at(&linkedin(), at("2024-09-19"));
    assert_eq!(first.revision().expect("one is in force").as_str(), "2024-09-18");
    assert_eq!(excluded(&first), codes(DESIGNATED_AND_GB));
    let december = Coverage::at(&linkedin(), at("2024-12-01"));
    assert_eq!(excluded(&december), codes(&format!("{DESIGNATED_AND_GB} HK")));
    let canada = Coverage::at(&linkedin(), at("2024-12-10"));
    assert_eq!(excluded(&canada), codes(&format!("{DESIGNATED_AND_GB} HK CA")));
    let before = Coverage::at(&linkedin(), at("2024-09-17T23:59:59Z"));
    assert_eq!(before.revision(), None);
    for row in before.rows() {
        let [line] = row.lines() else { panic!("{row:?}") };
        assert_eq!(line.treatment().not_used(), Some(Ground::NoPolicyInForce));
        assert_eq!(line.treatment().default_setting(), DefaultSetting::NotOffered);
    }
}

#[test]
fn every_country_has_a_row_in_the_order_of_its_code() {
    let coverage = Coverage::at(&linkedin(), at("2024-12-01"));
    let rows: Vec<Place> = coverage.rows().iter().map(may_train::review::Row::place).collect();
    let countries: Vec<Place> = Country::all().map(Place::from).collect();
    assert_eq!(rows, countries);
    assert_eq!(coverage.lines(place("US-CA")), coverage.lines(place("US")));
}

fn regimes_over_time(policy: &Policy, code: &str) -> Vec<(String, Regime)> {
    let changes = regime_changes(policy, place(code));
    let regime = |lines: &[Line]| lines[0].treatment().regime().expect("a policy is in force");
    let mut regimes: Vec<(String, Regime)> = Vec::new();
    for (at, lines) in changes.changes() {
        // A revision that names other kinds has other lines; the regime may stay.
        if regimes.last().is_none_or(|(_, before)| *before != regime(lines)) {
            regimes.push((at.to_string(), regime(lines)));
        }
    }
    regimes
}

#[test]
fn linkedin_changes_for_hong_kong_and_canada_and_not_for_britain_or_reunion() {
    let on = |date: &str, regime| (date.to_owned(), regime);
    let policy = linkedin();
    let (start, end) = ("2024-09-18", on("2025-11-03", Regime::OptOut));
    assert_eq!(
        regimes_over_time(&policy, "HK"),
        [on(start, Regime::OptOut), on("2024-10-11", Regime::Excluded), end.clone()]
    );
    assert_eq!(
        regimes_over_time(&policy, "CA"),
        [on(start, Regime::OptOut), on("2024-12-10", Regime::Excluded), end.clone()]
    );
    // Another rule of another revision excludes Britain from 20 September on: no change.
    assert_eq!(regimes_over_time(&policy, "GB"), [on(start, Regime::Excluded), end.clone()]);
    assert_eq!(regimes_over_time(&policy, "RE"), [on(start, Regime::Excluded), end]);
    assert_eq!(regimes_over_time(&policy, "US"), [on(start, Regime::OptOut)]);
}

/// A policy as old as the web, by which the regions alone move.
const OLD: &str = r#"
platform = "acme"
purpose = "ai-training"
[[revisions]]
id = "only"
effective = "2000-01-01"
opt_out_reaches = "future-runs"
residence_at = "as-of"
covers = ["post"]
rules = [
    { in = ["EU"], regime = "excluded" },
    { in = ["US-CA"], regime = "opt-in", minimum_age = 16 },
    { in = ["*"], regime = "opt-out" },
    { in = ["JP"], kinds = ["post"], audience = "business", regime = "no-choice" },
    { in = ["BR"], regime = "opt-out", created_from = "2024-07-02" },
]
"#;

#[test]
fn a_country_that_enters_or_leaves_a_region_changes_by_itself() {
    let policy = Policy::from_toml(OLD).expect("it reads");
    let on = |date: &str, regime| (date.to_owned(), regime);
    assert_eq!(
        regimes_over_time(&policy, "GB"),
        [on("2000-01-01", Regime::Excluded), on("2020-02-01", Regime::OptOut)]
    );
    assert_eq!(
        regimes_over_time(&policy, "HR"),
        [on("2000-01-01", Regime::OptOut), on("2013-07-01", Regime::Excluded)]
    );
    let timeline = regime_changes(&policy, place("HR"));
    assert!(timeline.at(at("1999-12-31")).is_none());
    let lines = timeline.at(at("2013-06-30T23:59:59.999999Z")).expect("it is covered");
    assert_eq!(lines[0].treatment().regime(), Some(Regime::OptOut));
}

#[test]
fn subdivisions_kinds_audiences_and_windows_have_lines_of_their_own() {
    let policy = Policy::from_toml(OLD).expect("it reads");
    let coverage = Coverage::at(&policy, at("2024-08-01"));
    assert_eq!(coverage.rows().len(), 252);
    let used = |code: &str| -> Vec<Line> {
        let lines = coverage.lines(place(code)).iter();
        lines.filter(|line| line.treatment().is_used()).cloned().collect()
    };
    let told = |lines: &[Line]| -> Vec<String> {
        let told = |line: &Line| {
            let regime = line.treatment().regime().expect("one rules");
            format!("{}/{}/{}: {regime}", line.kinds(), line.audiences(), line.created())
        };
        lines.iter().map(told).collect()
    };
    assert_eq!(told(&used("JP")), ["post/business/any: no-choice", "post/any other/any: opt-out"]);
    assert_eq!(told(&used("BR")), ["post/any/from 2024-07-02: opt-out"]);
    assert_eq!(told(&used("US-CA")), ["post/any/any: opt-in"]);
    assert_eq!(used("US-CA")[0].treatment().minimum_age(), Some(16));
    assert_eq!(used("US-CA")[0].treatment().default_setting(), DefaultSetting::Off);
    assert_eq!(told(&used("US-NY")), ["post/any/any: opt-out"]);
    // Of whom only the country is known may reside in California, which a rule names.
    assert_eq!(used("US"), []);
    let unknown = coverage.lines(place("US")).iter().map(|line| line.treatment().not_used());
    assert!(unknown.clone().any(|ground| ground == Some(Ground::SubdivisionUnknown)));
    assert!(unknown.clone().all(|ground| ground.is_some()));
    assert_eq!(used("DE"), []);
    let windows = regime_changes(&policy, place("BR"));
    let instants: Vec<String> = windows.changes().map(|(at, _)| at.to_string()).collect();
    assert_eq!(instants, ["2000-01-01", "2024-07-02"]);
}

#[test]
fn the_table_the_csv_and_the_json_say_the_same() {
    let policy = Policy::from_toml(OLD).expect("it reads");
    let coverage = Coverage::at(&policy, at("2024-08-01"));
    let table = coverage.to_string();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("acme/only (ai-training) at 2024-08-01"));
    assert_eq!(lines.next(), Some("covered kinds: post"));
    let header = lines.next().expect("a header");
    for row in table.lines().filter(|row| row.starts_with("US")) {
        assert_eq!(row.find("opt-"), header.find("regime"), "columns are aligned: {row}");
    }
    assert!(table.contains("\nFR "), "{table}");
    let csv = coverage.to_csv();
    let header = csv.lines().next().expect("a header");
    let columns = header.split(',').count();
    let count = coverage.rows().iter().map(|row| row.lines().len()).sum::<usize>();
    assert_eq!(csv.lines().count(), count + 1);
    let bolivia = "BO,Bolivia (Plurinational State of),post,any,any,opt-out,on,no,,";
    assert!(csv.lines().any(|line| line == bolivia));
    assert_eq!(bolivia.split(',').count(), columns);
    // A name with a comma is quoted.
    let taiwan = "TW,\"Taiwan, Province of China\",post,any,any,opt-out,on,no,,";
    assert!(csv.lines().any(|line| line == taiwan));
    let json = serde_json::to_value(&coverage).expect("it is written");
    assert_eq!(json["revision"], "only");
    assert_eq!(json["rows"].as_array().expect("rows").len(), 252);
    assert_eq!(json["rows"][1]["lines"][0]["regime"], "opt-out");
    assert_eq!(json["rows"][1]["lines"][0]["audiences"], "any");
}

#[test]
fn how_sure_the_sources_are_and_what_is_not_modelled_stand_above_the_rows() {
    let coverage = Coverage::at(&linkedin(), at("2025-12-01"));
    let table = coverage.to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[1], "confidence: high (rule 1: low, rule 2: medium, rule 3: medium)");
    let said: Vec<&str> =
        lines.iter().filter_map(|line| line.strip_prefix("not modelled: ")).collect();
    assert_eq!(said, linkedin().not_modelled());
    assert!(said.len() > 1, "{table}");
    let json = serde_json::to_value(&coverage).expect("it is written");
    assert_eq!(json["confidence"], "high");
    assert_eq!(json["rules_of_other_confidence"][0]["rule"], 1);
    assert_eq!(json["rules_of_other_confidence"][0]["confidence"], "low");
    assert_eq!(json["not_modelled"], serde_json::json!(linkedin().not_modelled()));
    // Where no revision is in force, none is more or less sure.
    let before = Coverage::at(&linkedin(), at("2024-01-01"));
    assert_eq!((before.confidence(), before.rules_of_other_confidence()), (None, &[][..]));
    assert!(before.to_string().lines().nth(1).expect("a line").starts_with("not modelled: "));
    // A rule may say it where its revision does not.
    let text = OLD.replacen("regime =", "confidence = \"low\", regime =", 1);
    let rule_alone = Coverage::at(&Policy::from_toml(&text).expect("it reads"), at("2024-08-01"));
    assert!(rule_alone.to_string().contains("\nconfidence: not said (rule 1: low)\n"));
}

/// A plain adult of a place, who never chose or has always opted in.
fn grounds(
    policy: &Policy,
    cut_off: Timestamp,
    (place, kind, audience, created): (Place, &Kind, &str, Timestamp),
    chose: Option<Choice>,
) -> Grounds {
    let mut subject = Subject::new("u1".parse().expect("an id"))
        .with_residence(place, Timestamp::MIN)
        .with_birth("1900".parse().expect("a year"))
        .with_audience_entry(Entry::new(
            Timestamp::MIN,
            audience.parse::<Audience>().expect("a word"),
        ));
    for when in [created, cut_off] {
        if let Some(choice) = chose {
            let purpose = policy.purpose().clone();
            subject = subject.with_choice(choice, ChosenBy::Subject, purpose, when);
        }
    }
    let mut registry = Registry::new();
    registry.insert(subject).expect("it is the first");
    let record = Record::new("r1".parse().expect("an id"), kind.clone(), created)
        .with_subject("u1".parse().expect("an id"));
    registry.view(policy, cut_off).decide(&record).grounds()
}

/// What a treatment promises a silent adult and a willing one.
fn agrees(treatment: Treatment, silent: Grounds, willing: Grounds) -> bool {
    let excluded = treatment.regime() == Some(Regime::Excluded);
    treatment.is_used() == willing.is_empty()
        && excluded == willing.contains(Ground::RegionExcluded)
        && treatment.not_used().is_none_or(|ground| willing.contains(ground))
        && (treatment.default_setting() == DefaultSetting::Off)
            == (silent.contains(Ground::NotOptedIn) && !excluded)
}

fn covering<'a>(
    lines: &'a [Line],
    kind: &Kind,
    audience: &str,
    created: Timestamp,
) -> Vec<&'a Line> {
    // A word that a policy does not name is another; any scope takes in either.
    let has = |line: &Line| {
        let named = KindClass::Named(kind.clone());
        let has_kind = |line: &Line| line.kinds() != &Scope::Any && line.kinds().contains(&named);
        let by_name = lines.iter().any(has_kind);
        let kind = if by_name { named } else { KindClass::Other };
        let named = AudienceClass::Named(audience.parse().expect("a word"));
        let has_audience =
            |line: &Line| line.audiences() != &Scope::Any && line.audiences().contains(&named);
        let audience = if lines.iter().any(has_audience) { named } else { AudienceClass::Other };
        let then = match line.created() {
            Scope::Any => true,
            Scope::Only(spans) => spans.iter().any(|span| span.span().contains(created)),
        };
        line.kinds().contains(&kind) && line.audiences().contains(&audience) && then
    };
    lines.iter().filter(|line| has(line)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Over any policy, at any cut-off, each plain person is in exactly one line of their place, and
    /// what it says is what a decision about them says.
    #[test]
    fn coverage_is_what_plain_people_are_decided(
        policy in policies(),
        cut_off in Vocabulary::small().cut_offs(),
        created in proptest::collection::vec(Vocabulary::small().instants(), 3),
    ) {
        let coverage = Coverage::at(&policy, cut_off);
        for code in ["GB", "FR", "RE", "CH", "US", "US-CA", "US-NY", "JP"] {
            let lines = coverage.lines(place(code));
            for kind in ["post", "comment", "private-message", "unheard-of"] {
                let kind: Kind = kind.parse().expect("a kind");
                for audience in ["consumer", "business", "unheard-of"] {
                    for created in created.iter().map(|created| (*created).min(cut_off)) {
                        let found = covering(lines, &kind, audience, created);
                        prop_assert_eq!(found.len(), 1, "{} {} {:#?}", code, kind, lines);
                        let person = (place(code), &kind, audience, created);
                        let silent = grounds(&policy, cut_off, person, None);
                        let willing = grounds(&policy, cut_off, person, Some(Choice::OptIn));
                        prop_assert!(
                            agrees(found[0].treatment(), silent, willing),
                            "{} {} {}: {:?}; silent {}; willing {}", code, kind, audience,
                            found[0], silent, willing
                        );
                    }
                }
            }
        }
    }

    /// The changes over time are the coverage at every instant.
    #[test]
    fn regime_changes_are_the_pointwise_coverage(policy in policies()) {
        for code in ["GB", "US-CA", "RE"] {
            let changes = regime_changes(&policy, place(code));
            for instant in
                ["2019-12-31T23:59:59.999999Z", "2020-02-01", "2021-01-01", "2024-01-11",
                 "2024-01-11T12:00:00.000001Z", "2024-01-25", "2024-03-02"]
            {
                let coverage = Coverage::at(&policy, at(instant));
                if let Some(lines) = changes.at(at(instant)) {
                    prop_assert_eq!(lines, coverage.lines(place(code)));
                } else {
                    prop_assert_eq!(coverage.revision(), None);
                }
            }
        }
    }
}
