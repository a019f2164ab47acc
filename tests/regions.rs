//! The gazetteer and the countries, compared with lists of other people.
//!
//! The lists are in `../shared/data/regions`, beside the repository; without them, only the single
//! facts below are checked. Where a list disagrees, the disagreement and the reason for our choice
//! stand here, and a disagreement that is no longer there fails, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use may_train::policy::{Gazetteer, Membership, Region};
use may_train::{Country, Place, Subdivision, Timestamp};

const MICROS_PER_DAY: i64 = 86_400_000_000;

fn country(code: &str) -> Country {
    code.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn day(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn plus(instant: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(instant.as_micros() + micros).expect("in range")
}

fn region(name: &str) -> &'static Region {
    Gazetteer::region(name).unwrap_or_else(|| panic!("no region {name}"))
}

/// The rows of one of the lists, by the names of their columns; nothing where it is not there.
fn rows(file: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/data/regions");
    let Ok(text) = fs::read_to_string(beside.join(file)) else {
        eprintln!("not compared: {file} is not beside the repository");
        return None;
    };
    let mut lines = text.lines().map(cells);
    let header = lines.next()?;
    Some(lines.map(|line| header.iter().cloned().zip(line).collect()).collect())
}

/// The cells of a line, some of them in quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match (c, cells.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => cells.push(String::new()),
            (c, Some(cell)) => cell.push(c),
            (_, None) => {}
        }
    }
    cells
}

// ---- single facts, which need no list

/// The EU's accessions, by their first day, and the one departure, by its last.
const EU: &[(&str, &str, Option<&str>)] = &[
    ("1958-01-01", "BE DE FR IT LU NL", None),
    ("1973-01-01", "DK IE", None),
    ("1973-01-01", "GB", Some("2020-01-31")),
    ("1981-01-01", "GR", None),
    ("1986-01-01", "ES PT", None),
    ("1995-01-01", "AT FI SE", None),
    ("2004-05-01", "CY CZ EE HU LT LV MT PL SI SK", None),
    ("2007-01-01", "BG RO", None),
    ("2013-07-01", "HR", None),
];

/// The same for the EEA, whose later members came provisionally before their treaties did.
const EEA: &[(&str, &str, Option<&str>)] = &[
    ("1994-01-01", "AT BE DE DK ES FI FR GR IE IS IT LU NL NO PT SE", None),
    ("1994-01-01", "GB", Some("2020-12-31")),
    ("1995-05-01", "LI", None),
    ("2004-05-01", "CY CZ EE HU LT LV MT PL SI SK", None),
    ("2007-08-01", "BG RO", None),
    ("2014-04-12", "HR", None),
];

#[test]
fn states_are_members_from_their_first_day_to_their_last() {
    for (name, table) in [("EU", EU), ("EEA", EEA)] {
        let region = region(name);
        let mut states = BTreeSet::new();
        for (first, codes, last) in table {
            for code in codes.split(' ') {
                let is_member = |at| region.contains(country(code), at);
                let first = day(first);
                assert!(is_member(first), "{code} in the {name} on {first}");
                assert!(!is_member(plus(first, -1)), "{code} in the {name} before {first}");
                let after = last.map(|last| plus(day(last), MICROS_PER_DAY));
                assert_eq!(is_member(day("2026-01-01")), last.is_none(), "{code} in the {name}");
                if let Some(after) = after {
                    assert!(is_member(plus(after, -1)), "{code} in the {name} until {after}");
                    assert!(!is_member(after), "{code} in the {name} on {after}");
                }
                states.insert(country(code));
            }
        }
        // There are no other states; the rest are territories.
        let ours = Gazetteer::memberships(name).iter().filter(|member| member.via().is_none());
        assert_eq!(ours.map(Membership::country).collect::<BTreeSet<_>>(), states);
    }
}

/// Territories and neighbours today: in the EU, in the EEA, in the EFTA.
#[test]
fn territories_count_by_their_own_code() {
    let expected = [
        ("RE GP MQ GF YT MF AX", [true, true, false]),
        ("GB GI GG JE IM", [false, false, false]),
        ("SJ GL FO BL PM NC PF WF TF AW CW SX BQ", [false, false, false]),
        ("CH", [false, false, true]),
        ("NO IS LI", [false, true, true]),
        ("AD MC SM VA", [false, false, false]),
    ];
    for (codes, expected) in expected {
        for code in codes.split(' ') {
            let is_member = |name| region(name).contains(country(code), day("2026-01-01"));
            assert_eq!(["EU", "EEA", "EFTA"].map(is_member), expected, "{code}");
        }
    }
}

/// Territories that came or left at another time than their state.
#[test]
fn territories_have_their_own_dates() {
    for (code, first_without, was_member_before) in [
        ("GL", "1985-02-01", true), // Greenland left
        ("BL", "2012-01-01", true), // Saint Barthélemy became an overseas country
        ("GI", "2020-02-01", true), // Gibraltar left with the United Kingdom
        ("GG", "2020-02-01", false),
        ("FO", "1973-01-01", false),
    ] {
        let is_member = |at| region("EU").contains(country(code), at);
        assert!(!is_member(day(first_without)), "{code}");
        assert_eq!(is_member(plus(day(first_without), -1)), was_member_before, "{code}");
    }
    // With the EU's law, that of the EEA left Saint Barthélemy.
    assert!(region("EEA").contains(country("BL"), day("2011-12-31")));
    assert!(!region("EEA").contains(country("BL"), day("2012-01-01")));
    // Mayotte became an outermost region of the EU in 2014.
    for name in ["EU", "EEA"] {
        assert!(!region(name).contains(country("YT"), day("2013-12-31")), "{name}");
        assert!(region(name).contains(country("YT"), day("2014-01-01")), "{name}");
    }
}

/// Who left the EFTA was in the EU on the next day, and nobody was in both.
#[test]
fn the_efta_is_left_for_the_eu() {
    let (efta, eu) = (region("EFTA"), region("EU"));
    let mut left = BTreeSet::new();
    for (member, span) in efta.members() {
        assert!(!eu.contains(member, span.start()), "{member}");
        if let Some(end) = span.end() {
            assert!(eu.contains(member, end), "{member} at {end}");
            assert!(!eu.contains(member, plus(end, -1)), "{member} before {end}");
            left.insert(member);
        }
    }
    assert_eq!(left, ["AT", "DK", "FI", "GB", "PT", "SE"].map(country).into());
}

#[test]
fn countries_are_the_249_of_iso_3166_and_kosovo() {
    let all: Vec<Country> = Country::all().collect();
    assert_eq!(all.len(), 250);
    assert!(all.is_sorted());
    for code in ["BQ", "CW", "SX", "SS", "RE", "AX", "GG", "TW", "PS", "XK"] {
        assert!(all.contains(&country(code)), "{code}");
    }
    // Former, reserved and made up.
    for code in ["AN", "CS", "YU", "SU", "UK", "EL", "EU", "EZ", "IC", "EA", "XX", "ZZ", "fr", ""] {
        assert!(code.parse::<Country>().is_err(), "{code}");
    }
}

// ---- comparisons with the lists

/// Disagreements over days: list, countries, first day and first day after, reason.
const DAYS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "github jfjelstul/eums",
        "BE DE FR IT LU NL",
        "1952-07-23",
        "1958-01-01",
        "the list begins with the Coal and Steel Community; we begin with the EEC",
    ),
    (
        "github phax/ph-masterdata EEUCountry",
        "BE DE FR IT LU NL",
        "1952-01-01",
        "1958-01-01",
        "as above, and the list has years for days",
    ),
    (
        "github phax/ph-masterdata EEUCountry",
        "CY CZ EE HU LT LV MT PL SI SK",
        "2004-01-01",
        "2004-05-01",
        "the list has years for days; the Treaty of Athens took effect on 1 May",
    ),
    (
        "github phax/ph-masterdata EEUCountry",
        "HR",
        "2013-01-01",
        "2013-07-01",
        "the list has years for days; Croatia acceded on 1 July",
    ),
    (
        "github phax/ph-masterdata EEUCountry",
        "GB",
        "2020-02-01",
        "2021-01-01",
        "the list counts the transition period as membership; in the EEA we do, too, not in the EU",
    ),
];

#[test]
fn membership_of_the_eu_day_by_day() {
    let Some(rows) = rows("eu_membership_dated.csv") else { return };
    let sources: BTreeSet<&str> = rows.iter().map(|row| row["source"].as_str()).collect();
    assert_eq!(sources.len(), 2);
    let mut compared = 0_u32;
    for source in sources {
        let rows: Vec<_> = rows.iter().filter(|row| row["source"] == source).collect();
        assert_eq!(rows.len(), 28, "{source}");
        for row in rows {
            let code = row["alpha2"].as_str();
            let joined = day(&row["joined"]);
            let left = Some(&row["left"]).filter(|left| !left.is_empty()).map(|left| day(left));
            let explained: Vec<_> = DAYS
                .iter()
                .filter(|(list, codes, ..)| *list == source && codes.split(' ').any(|c| c == code))
                .map(|(_, _, from, until, _)| day(from)..day(until))
                .collect();
            let (code, until) = (country(code), day("2027-01-01"));
            let mut instant = day("1950-01-01");
            while instant < until {
                // `left` is the last day as a member, for the one list and for the other.
                let theirs = joined <= instant && left.is_none_or(|left| instant <= left);
                let explained = explained.iter().any(|days| days.contains(&instant));
                for moment in [instant, plus(instant, MICROS_PER_DAY - 1)] {
                    let ours = region("EU").contains(code, moment);
                    assert_eq!(ours != theirs, explained, "{source}: {code} at {moment}");
                }
                compared += 1;
                instant = plus(instant, MICROS_PER_DAY);
            }
        }
    }
    assert_eq!(compared, 2 * 28 * 28_124, "days");
}

const OUTERMOST: &str = "AX GF GP MF MQ RE YT";
const STATES_ONLY: &str =
    "the list has states only, and territories with a code of their own fall through it";

/// Disagreements over sets: list, set, our region, what only we have, what only they have, reason.
const SETS: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("npm cldr-core", "EU", "EU", OUTERMOST, "", STATES_ONLY),
    ("npm is-european", "EU", "EU", OUTERMOST, "", STATES_ONLY),
    ("npm is-european", "EEA", "EEA", OUTERMOST, "", STATES_ONLY),
    ("github c15t/c15t geo.ts", "EU", "EU", OUTERMOST, "", STATES_ONLY),
    ("github c15t/c15t geo.ts", "EEA", "EEA", OUTERMOST, "", STATES_ONLY),
    ("github ethyca/fides locations.yml", "EEA", "EEA", OUTERMOST, "", STATES_ONLY),
    ("github ethyca/fides locations.yml", "regulation_gdpr", "EEA", OUTERMOST, "", STATES_ONLY),
    ("github countries/countries (Ruby)", "EU", "EU", "", "", "they agree"),
    (
        "github countries/countries (Ruby)",
        "EEA",
        "EEA",
        OUTERMOST,
        "",
        "the same list has them in the EU, all of which is in the EEA",
    ),
    (
        "github countries/countries (Ruby)",
        "GDPR",
        "EEA",
        OUTERMOST,
        "GB",
        "the UK has a GDPR of its own and is in no shipped region since 2021; policies name it",
    ),
    (
        "npm is-eu-member",
        "EU",
        "EU",
        "AX GF GP GR MF MQ RE YT",
        "EL",
        "`EL` is what the EU calls Greece; the code is `GR`, and we refuse `EL` with that hint",
    ),
    (
        "npm cookieconsent",
        "cookielaw_hasLaw",
        "EU",
        "AX GF GP MF MQ RE RO SI YT",
        "EL EU GB UK",
        "no list of members: it lacks two, and has three codes that are no countries",
    ),
    (
        "github ampproject/amphtml amp-geo-presets.js",
        "EEA_expanded",
        "EEA",
        "",
        "BL CH EA EZ GB GG GI IC JE NC PF PM SJ TF VA WF",
        "expanded on purpose, with neighbours and overseas countries that are in neither; SJ is \
         left out of the EEA by protocol 40; EA, EZ and IC are no countries",
    ),
];

#[test]
fn membership_by_ten_packages() {
    let Some(rows) = rows("membership_by_source.csv") else { return };
    let mut sets: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        sets.entry((&row["source"], &row["set"])).or_default().insert(&row["code"]);
    }
    // Continents, currencies, consent laws of single countries and the UN are not compared.
    let comparable = |set: &str| {
        ["EU", "EEA", "EEA_expanded", "GDPR", "regulation_gdpr", "cookielaw_hasLaw"].contains(&set)
    };
    let compared: BTreeSet<_> = sets.keys().filter(|(_, set)| comparable(set)).copied().collect();
    assert_eq!(compared, SETS.iter().map(|(source, set, ..)| (*source, *set)).collect());
    let words = |codes: &'static str| codes.split_whitespace().collect::<BTreeSet<_>>();
    for (source, set, name, only_ours, only_theirs, _) in SETS {
        let theirs = &sets[&(*source, *set)];
        // Every list is of these years, and nobody came or left in them.
        for at in ["2021-01-01", "2024-09-18", "2026-11-22"] {
            let members: Vec<Country> =
                Country::all().filter(|c| region(name).contains(*c, day(at))).collect();
            let ours: BTreeSet<&str> = members.iter().map(Country::as_str).collect();
            let difference =
                |a: &BTreeSet<&str>, b| a.difference(b).map(ToString::to_string).collect();
            let found: [BTreeSet<String>; 2] =
                [difference(&ours, theirs), difference(theirs, &ours)];
            let known = [only_ours, only_theirs]
                .map(|codes| words(codes).into_iter().map(str::to_owned).collect());
            assert_eq!(found, known, "{source}, {set}, {at}");
        }
    }
}

#[test]
fn countries_are_those_of_the_list() {
    let Some(rows) = rows("iso3166-1.csv") else { return };
    let theirs: Vec<&str> = rows.iter().map(|row| row["alpha2"].as_str()).collect();
    // The list is of assigned codes; `XK` is left to the users of ISO 3166-1, and we use it.
    let ours: Vec<Country> = Country::all().filter(|country| country.as_str() != "XK").collect();
    assert_eq!(ours.iter().map(Country::as_str).collect::<Vec<_>>(), theirs);
    assert!(!theirs.contains(&"XK"), "the list has it now");
    for row in &rows {
        // An alpha-3 code is refused with the alpha-2 code that it stands for.
        let error = row["alpha3"].parse::<Country>().expect_err("three letters").to_string();
        assert!(error.ends_with(&format!("use `{}`, its alpha-2 code", row["alpha2"])), "{error}");
    }
}

#[test]
fn former_countries_are_refused() {
    let Some(rows) = rows("iso3166-3_former.csv") else { return };
    let read = rows.iter().map(|row| row["former_alpha2"].as_str());
    let read: BTreeSet<&str> = read.filter(|code| code.parse::<Country>().is_ok()).collect();
    // These were given away again, to Anguilla, Bonaire, Belarus, Georgia and Slovakia.
    assert_eq!(read, ["AI", "BQ", "BY", "GE", "SK"].into());
}

#[test]
fn every_subdivision_of_the_list_reads() {
    let Some(rows) = rows("iso3166-2_pycountry.csv") else { return };
    assert!(rows.len() > 5_000, "{}", rows.len());
    // Territories with an ISO 3166-1 code of their own are no subdivisions.
    let territories = rows.iter().filter(|row| row["code"].parse::<Subdivision>().is_err());
    let territories: Vec<&str> = territories.map(|row| row["code"].as_str()).collect();
    assert!((20..=38).contains(&territories.len()), "{territories:?}");
    for row in &rows {
        let place: Place = row["code"].parse().unwrap_or_else(|error| panic!("{error}"));
        let Some(part) = place.subdivision() else {
            assert!(territories.contains(&row["code"].as_str()), "{}", row["code"]);
            assert_ne!(place.country().as_str(), row["alpha2"]);
            continue;
        };
        assert_eq!(part.country().as_str(), row["alpha2"]);
        assert_eq!(part.to_string(), row["code"]);
    }
}
