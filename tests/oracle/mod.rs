//! The oracle: the specification replayed sentence by sentence, to judge the crate by.
//!
//! It shares no code with `src`, not even the rules that `src` says in one place (`src/policy/applying.rs`):
//! a judge that used what it judges would agree with every mistake. It reads JSON into plain data of its own, does its own calendar
//! arithmetic and its own look-ups, and runs through whole logs for every answer: meant to be
//! obviously right, allowed to be slow. It takes valid input for granted and panics on any other.
//!
//! Section numbers are those of the specification.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    reason = "test code: it assumes valid input, and not every test uses all of it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;

// ---- Section 1: time ----

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Whole microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
struct Instant(i64);

impl From<String> for Instant {
    fn from(text: String) -> Self {
        instant(&text)
    }
}

/// Days from 1970-01-01 to the given day: whole years, then whole months, then days.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_of_months: i64 = months.iter().zip(1..month).map(|(days, _)| days).sum();
    let before = year - 1;
    let days_of_years = 365 * before + before / 4 - before / 100 + before / 400;
    // Counted from 0001-01-01, the day 1970-01-01 is 719,162.
    days_of_years + days_of_months + day - 1 - 719_162
}

/// The number written at `range` of `text`.
fn number(text: &str, range: Range<usize>) -> i64 {
    let digits = text.get(range).expect("enough digits");
    digits.parse().expect("a number")
}

/// Year, month and day of a text that starts with `YYYY-MM-DD`.
fn date(text: &str) -> (i64, i64, i64) {
    (number(text, 0..4), number(text, 5..7), number(text, 8..10))
}

/// RFC 3339 with an offset, or a bare date, which means 00:00:00Z of that day.
fn instant(text: &str) -> Instant {
    let (year, month, day) = date(text);
    let midnight = day_number(year, month, day) * DAY;
    if text.len() == 10 {
        return Instant(midnight);
    }
    let seconds = number(text, 11..13) * 3600 + number(text, 14..16) * 60 + number(text, 17..19);
    // Finer input is floored: six digits of the fraction are microseconds, the others go.
    let rest = text.get(19..).expect("an offset");
    let start = rest.find(|c| "Zz+-".contains(c)).expect("an offset");
    let (fraction, offset) = rest.split_at(start);
    let digits = fraction.chars().skip(1).chain("000000".chars());
    let micros = number(&digits.take(6).collect::<String>(), 0..6);
    // A local time at +02:00 is two hours ahead of UTC.
    let ahead = match offset.chars().next() {
        Some('+') => number(offset, 1..3) * 3600 + number(offset, 4..6) * 60,
        Some('-') => -(number(offset, 1..3) * 3600 + number(offset, 4..6) * 60),
        _ => 0,
    };
    Instant(midnight + (seconds - ahead) * SECOND + micros)
}

/// `[from, until)`: the start is inside, the end is not; a missing end is open.
fn in_span(from: Option<Instant>, until: Option<Instant>, t: Instant) -> bool {
    from.is_none_or(|from| from <= t) && until.is_none_or(|until| t < until)
}

// ---- Section 2: places ----

/// The shipped regions: region, first day, last day (inclusive; empty where still in), countries.
const MEMBERSHIPS: &[(&str, &str, &str, &str)] = &[
    ("EU", "1958-01-01", "2011-12-31", "BL"),
    ("EU", "1958-01-01", "", "BE DE FR GF GP IT LU MF MQ NL RE"),
    ("EU", "1973-01-01", "1985-01-31", "GL"),
    ("EU", "1973-01-01", "2020-01-31", "GB GI"),
    ("EU", "1973-01-01", "", "DK IE"),
    ("EU", "1981-01-01", "", "GR"),
    ("EU", "1986-01-01", "", "ES PT"),
    ("EU", "1995-01-01", "", "AT AX FI SE"),
    ("EU", "2004-05-01", "", "CY CZ EE HU LT LV MT PL SI SK"),
    ("EU", "2007-01-01", "", "BG RO"),
    ("EU", "2013-07-01", "", "HR"),
    ("EU", "2014-01-01", "", "YT"),
    ("EEA", "1994-01-01", "2020-12-31", "GB"),
    ("EEA", "1994-01-01", "", "AT BE DE DK ES FI FR GF GP GR IE IS IT LU MF MQ NL NO PT RE SE"),
    ("EEA", "1995-01-01", "", "AX"),
    ("EEA", "1995-05-01", "", "LI"),
    ("EEA", "2004-05-01", "", "CY CZ EE HU LT LV MT PL SI SK"),
    ("EEA", "2007-08-01", "", "BG RO"),
    ("EEA", "2014-01-01", "", "YT"),
    ("EEA", "2014-04-12", "", "HR"),
    ("EFTA", "1960-05-03", "", "CH NO"),
    ("EFTA", "1970-03-01", "", "IS"),
    ("EFTA", "1991-09-01", "", "LI"),
];

/// Territories that have an ISO 3166-1 code of their own, and the other codes they are written as.
const OTHER_SPELLINGS: &[(&str, &str)] = &[
    ("AS", "US-AS"),
    ("AW", "NL-AW"),
    ("AX", "FI-01"),
    ("BL", "FR-BL"),
    ("BQ", "NL-BQ1 NL-BQ2 NL-BQ3"),
    ("CW", "NL-CW"),
    ("GF", "FR-973 FR-GF"),
    ("GP", "FR-971 FR-GP"),
    ("GU", "US-GU"),
    ("HK", "CN-91 CN-HK"),
    ("MF", "FR-MF"),
    ("MO", "CN-92 CN-MO"),
    ("MP", "US-MP"),
    ("MQ", "FR-972 FR-MQ"),
    ("NC", "FR-NC"),
    ("PF", "FR-PF"),
    ("PM", "FR-PM"),
    ("PR", "US-PR"),
    ("RE", "FR-974 FR-RE"),
    ("SJ", "NO-21 NO-22"),
    ("SX", "NL-SX"),
    ("TF", "FR-TF"),
    ("TW", "CN-71 CN-TW"),
    ("UM", "US-UM"),
    ("VI", "US-VI"),
    ("WF", "FR-WF"),
    ("YT", "FR-976 FR-YT"),
];

/// The one spelling of a place.
fn spelled(place: &str) -> &str {
    let is_meant = |(_, others): &&(&str, &str)| others.split(' ').any(|other| other == place);
    OTHER_SPELLINGS.iter().find(is_meant).map_or(place, |(country, _)| country)
}

/// One country's time in one shipped region, `[from, until)`.
struct Membership {
    region: &'static str,
    from: Instant,
    until: Option<Instant>,
}

/// The memberships of each country.
fn memberships() -> BTreeMap<&'static str, Vec<Membership>> {
    let mut all: BTreeMap<&str, Vec<Membership>> = BTreeMap::new();
    for &(region, first, last, countries) in MEMBERSHIPS {
        let from = instant(first);
        // The span ends when the last day is over.
        let until = (!last.is_empty()).then(|| Instant(instant(last).0 + DAY));
        for country in countries.split(' ') {
            let membership = Membership { region, from, until };
            all.entry(country).or_default().push(membership);
        }
    }
    all
}

// ---- Sections 3 to 5, as the files of section 8 write them ----

type Words = Vec<String>;

#[derive(Deserialize)]
struct Policy {
    purpose: String,
    regions: Option<BTreeMap<String, Words>>,
    revisions: Vec<Revision>,
}

#[derive(Deserialize)]
struct Revision {
    id: String,
    effective: Instant,
    status: Option<String>,
    opt_out_reaches: String,
    residence_at: String,
    covers: Words,
    minimum_age: Option<i64>,
    created_from: Option<Instant>,
    opt_in_lifetime_days: Option<i64>,
    opt_in_from: Option<Instant>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "in")]
    places: Words,
    except: Option<Words>,
    kinds: Option<Words>,
    audience: Option<OneOrMany>,
    created: Option<Span>,
    regime: String,
    covers: Option<Words>,
    minimum_age: Option<i64>,
    created_from: Option<Instant>,
    opt_in_lifetime_days: Option<i64>,
    opt_in_from: Option<Instant>,
}

/// The window of a rule, or a restriction.
#[derive(Deserialize)]
struct Span {
    from: Option<Instant>,
    until: Option<Instant>,
    recorded: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Words),
}

impl OneOrMany {
    fn words(&self) -> &[String] {
        match self {
            OneOrMany::One(word) => std::slice::from_ref(word),
            OneOrMany::Many(words) => words,
        }
    }
}

#[derive(Deserialize)]
struct Subject {
    id: String,
    born: Option<Born>,
    residence: Option<Vec<Entry>>,
    audience: Option<Vec<Entry>>,
    choices: Option<Vec<Entry>>,
    restrictions: Option<Vec<Span>>,
    erased_at: Option<Instant>,
    erased_recorded: Option<Instant>,
    erasures: Option<Vec<Erasure>>,
}

#[derive(Deserialize)]
struct Erasure {
    at: Instant,
    recorded: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Born {
    Year(i64),
    Text(String),
}

/// An entry of a log: a residence, an audience or a choice. Only choices have `purpose` and `by`.
#[derive(Deserialize)]
struct Entry {
    at: Instant,
    recorded: Option<Instant>,
    /// Null where it is not known.
    #[serde(alias = "place", alias = "choice")]
    value: Option<String>,
    purpose: Option<String>,
    by: Option<String>,
}

impl Entry {
    fn is(&self, value: &str) -> bool {
        self.value.as_deref() == Some(value)
    }
}

#[derive(Deserialize)]
struct Record {
    subject: Option<String>,
    subjects: Option<OneOrMany>,
    kind: String,
    created_at: Instant,
    deleted_at: Option<Instant>,
    restrictions: Option<Vec<Span>>,
}

/// The elements of a list that may be missing.
fn all<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map_or(&[], Vec::as_slice)
}

// ---- Sections 1 and 4: what a log says at an instant ----

/// `known_at(k)` keeps what has `recorded <= k`; without `known_at`, everything counts.
fn is_known(at: Instant, recorded: Option<Instant>, known_at: Option<Instant>) -> bool {
    // `recorded` defaults to `at`.
    known_at.is_none_or(|known_at| recorded.unwrap_or(at) <= known_at)
}

/// The entries that speak at `t`: of those that are known, not later than `t` and `wanted`, the
/// last. None before the first; several where `at` and `recorded` are equal.
fn last_entries(
    log: &[Entry],
    t: Instant,
    known_at: Option<Instant>,
    wanted: impl Fn(&Entry) -> bool,
) -> Vec<&Entry> {
    // For the same `at`, the later `recorded` wins.
    let order = |entry: &Entry| (entry.at, entry.recorded.unwrap_or(entry.at));
    let mut last: Vec<&Entry> = Vec::new();
    for entry in log {
        // A change at `t` is in force at `t`.
        if entry.at > t || !is_known(entry.at, entry.recorded, known_at) || !wanted(entry) {
            continue;
        }
        let best = last.first().map(|best| order(best));
        if best.is_none_or(|best| order(entry) > best) {
            last.clear();
        }
        if best.is_none_or(|best| order(entry) >= best) {
            last.push(entry);
        }
    }
    last
}

/// The residence or the audience at `t`, or nothing where it is unknown.
fn value_at(log: &[Entry], t: Instant, known_at: Option<Instant>) -> Option<&str> {
    let last = last_entries(log, t, known_at, |_| true);
    // Null is unknown from that instant, too.
    let value = last.first()?.value.as_ref();
    // Different values that tie make it unknown from that instant.
    let agree = last.iter().all(|entry| entry.value.as_ref() == value);
    value.filter(|_| agree).map(String::as_str)
}

/// What a subject has chosen for a purpose at an instant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    OptOut,
    OptIn { since: Instant },
    Silent,
}

/// The last counted choice for exactly `purpose`.
fn last_choice(who: &Subject, purpose: &str, t: Instant, known_at: Option<Instant>) -> Choice {
    let last = last_entries(all(who.choices.as_ref()), t, known_at, |choice| {
        // Anyone can opt a subject out; only the subject can opt in, and the guardian of somebody
        // known to be under 18 at that instant.
        let by = choice.by.as_deref().unwrap_or("subject");
        let is_minor = who.born.as_ref().is_some_and(|born| is_younger(born, 18, choice.at));
        let counts = choice.is("opt-out") || by == "subject" || (by == "guardian" && is_minor);
        counts && choice.purpose.as_deref() == Some(purpose)
    });
    match last.first() {
        None => Choice::Silent,
        // Between choices that tie, the opt-out wins.
        Some(_) if last.iter().any(|choice| choice.is("opt-out")) => Choice::OptOut,
        Some(choice) => Choice::OptIn { since: choice.at },
    }
}

/// The choice for a policy's purpose.
fn choice_at(who: &Subject, purpose: &str, t: Instant, known_at: Option<Instant>) -> Choice {
    // Opt-out if the last counted choice for any wider purpose is an opt-out. The wider purposes
    // are what stands before each of the dots.
    for (dot, _) in purpose.match_indices('.') {
        let wider = purpose.get(..dot).expect("a purpose");
        if last_choice(who, wider, t, known_at) == Choice::OptOut {
            return Choice::OptOut;
        }
    }
    // Else what the last counted choice for exactly the purpose says; else silent.
    last_choice(who, purpose, t, known_at)
}

/// Whether somebody born then is younger than `years` at `t`.
fn is_younger(born: &Born, years: i64, t: Instant) -> bool {
    // Only a year counts as its 31 December.
    let (year, month, day) = match born {
        Born::Year(year) => (*year, 12, 31),
        Born::Text(text) if text.len() == 4 => (number(text, 0..4), 12, 31),
        Born::Text(text) => date(text),
    };
    // An age is reached at 12:00Z of the birthday. `day_number` takes 29 February of other years
    // for the day after 28 February, which is 1 March.
    t.0 < day_number(year + years, month, day) * DAY + DAY / 2
}

// ---- Section 6: the decision ----

/// A policy and the subjects.
pub struct World {
    policy: Policy,
    subjects: BTreeMap<String, Subject>,
    memberships: BTreeMap<&'static str, Vec<Membership>>,
}

/// What the specification says of one record.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: &'static str,
    /// Sorted by code.
    pub grounds: Vec<&'static str>,
    /// The id of the revision in force.
    pub revision: Option<String>,
}

/// The grounds that stand.
struct Grounds(BTreeSet<&'static str>);

impl Grounds {
    /// `ground` stands when `condition` holds.
    fn stands(&mut self, ground: &'static str, condition: bool) {
        if condition {
            self.0.insert(ground);
        }
    }

    fn verdict(&self) -> &'static str {
        let gaps = [
            "subject-unknown",
            "residence-unknown",
            "audience-unknown",
            "age-unknown",
            "subdivision-unknown",
        ];
        match &self.0 {
            grounds if grounds.is_empty() => "eligible",
            grounds if grounds.iter().all(|ground| gaps.contains(ground)) => "indeterminate",
            _ => "ineligible",
        }
    }
}

/// One record at one cut-off, as known then.
struct Case<'a> {
    record: &'a Record,
    /// Instants after `as_of` are never looked at: where `created_at` is later, `as_of` stands in.
    created: Instant,
    as_of: Instant,
    known_at: Option<Instant>,
}

impl Case<'_> {
    /// Whether one of the restrictions is known and in force at `as_of`.
    fn is_restricted(&self, restrictions: Option<&Vec<Span>>) -> bool {
        all(restrictions).iter().any(|span| {
            let from = span.from.expect("a restriction begins");
            is_known(from, span.recorded, self.known_at)
                && in_span(span.from, span.until, self.as_of)
        })
    }
}

impl World {
    /// `policy`: the JSON form of a policy document; `subjects`: the objects of `subjects.ndjson`.
    pub fn new(policy: &Value, subjects: &[Value]) -> World {
        let policy = Policy::deserialize(policy).expect("a valid policy");
        let subjects = subjects.iter().map(|subject| {
            let mut subject = Subject::deserialize(subject).expect("a valid subject");
            for residence in subject.residence.iter_mut().flatten() {
                residence.value = residence.value.as_deref().map(|place| spelled(place).to_owned());
            }
            (subject.id.clone(), subject)
        });
        let subjects = subjects.collect();
        World { policy, subjects, memberships: memberships() }
    }

    /// The decision about `record`, an object of `records.ndjson`.
    pub fn decide(&self, record: &Value, as_of: &str, known_at: Option<&str>) -> Outcome {
        let record = &Record::deserialize(record).expect("a valid record");
        let as_of = instant(as_of);
        let known_at = known_at.map(instant);
        let created = record.created_at.min(as_of);
        let case = &Case { record, created, as_of, known_at };
        let revision = self.revision_in_force(as_of);

        // The grounds that need no rule and no subject.
        let mut grounds = Grounds(BTreeSet::new());
        grounds.stands("no-policy-in-force", revision.is_none());
        grounds.stands("not-yet-created", record.created_at > as_of);
        grounds.stands("record-deleted", record.deleted_at.is_some_and(|at| at <= as_of));
        grounds.stands("restricted", case.is_restricted(record.restrictions.as_ref()));

        // The sets unite over the subjects.
        let mut ids: Vec<&String> = record.subject.iter().collect();
        ids.extend(record.subjects.as_ref().map_or(&[][..], OneOrMany::words));
        grounds.stands("subject-unknown", ids.is_empty());
        for id in ids {
            let Some(subject) = self.subjects.get(id) else {
                grounds.stands("subject-unknown", true);
                continue;
            };
            let single = subject.erased_at.map(|at| (at, subject.erased_recorded));
            let several = all(subject.erasures.as_ref()).iter().map(|e| (e.at, e.recorded));
            let is_erased = several
                .chain(single)
                .any(|(at, recorded)| is_known(at, recorded, known_at) && at <= as_of);
            grounds.stands("subject-erased", is_erased);
            grounds.stands("restricted", case.is_restricted(subject.restrictions.as_ref()));
            // With no revision in force, no rule is read, nor are choices and residences sampled.
            if let Some(revision) = revision {
                self.judge(case, revision, subject, &mut grounds);
            }
        }

        let revision = revision.map(|revision| revision.id.clone());
        Outcome { verdict: grounds.verdict(), grounds: grounds.0.into_iter().collect(), revision }
    }

    /// The revision with the greatest `effective <= t` among those not withdrawn.
    fn revision_in_force(&self, t: Instant) -> Option<&Revision> {
        let revisions = self.policy.revisions.iter();
        revisions
            .filter(|revision| revision.status.as_deref() != Some("withdrawn"))
            .filter(|revision| revision.effective <= t)
            .max_by_key(|revision| revision.effective)
    }

    /// The grounds against `subject` under the revision in force.
    fn judge(&self, case: &Case, revision: &Revision, subject: &Subject, grounds: &mut Grounds) {
        // Choices are sampled at the instants of `opt_out_reaches`.
        let instants = match revision.opt_out_reaches.as_str() {
            "future-runs" => vec![case.as_of],
            "future-data" => vec![case.created],
            "both" => vec![case.created, case.as_of],
            other => panic!("opt_out_reaches = {other}"),
        };
        let mut choices: Vec<(Instant, Choice)> = Vec::new();
        for t in instants {
            let choice = choice_at(subject, &self.policy.purpose, t, case.known_at);
            // An opt-out stands under whatever regime.
            grounds.stands("opted-out", choice == Choice::OptOut);
            choices.push((t, choice));
        }

        // Residences are sampled at the instants of `residence_at`.
        let log = all(subject.residence.as_ref());
        let instants = match revision.residence_at.as_str() {
            "as-of" => vec![case.as_of],
            "created" => vec![case.created],
            "both" => vec![case.created, case.as_of],
            // Every residence held in `[created_at, as_of]`: the one at the start, and each that
            // begins after it. A change that is not known yields what was there already.
            "throughout" => {
                let changes = log.iter().map(|entry| entry.at);
                let inside = changes.filter(|at| case.created < *at && *at <= case.as_of);
                [case.created].into_iter().chain(inside).collect()
            }
            other => panic!("residence_at = {other}"),
        };
        let mut places: BTreeSet<&str> = BTreeSet::new();
        for t in instants {
            let place = value_at(log, t, case.known_at);
            // An unknown residence is in no place at all.
            grounds.stands("residence-unknown", place.is_none());
            places.extend(place);
        }

        // The sets unite over the sampled places and over the rules that apply there.
        for place in places {
            let part_unknown = self.is_part_unknown(case, revision, subject, place);
            grounds.stands("subdivision-unknown", part_unknown);
            for rule in self.applying_rules(case, revision, subject, place, grounds) {
                weigh(case, revision, rule, subject, &choices, grounds);
            }
        }
    }

    /// Whether of `place` only the country is known, and a rule whose selectors match (an unknown
    /// audience matches) names a subdivision of that country, in `in` or `except`.
    fn is_part_unknown(
        &self,
        case: &Case,
        revision: &Revision,
        subject: &Subject,
        place: &str,
    ) -> bool {
        let audience = value_at(all(subject.audience.as_ref()), case.as_of, case.known_at);
        let is_part = |name: &String| {
            // A territory with a code of its own is no subdivision, and a region's name none either.
            let is_subdivision = !self.is_region(name) && spelled(name) == name;
            is_subdivision && name.strip_prefix(place).is_some_and(|rest| rest.starts_with('-'))
        };
        revision.rules.iter().any(|rule| {
            let kind = rule.kinds.as_ref().is_none_or(|kinds| kinds.contains(&case.record.kind));
            let window = rule.created.as_ref();
            let created = window.is_none_or(|span| in_span(span.from, span.until, case.created));
            let wanted = rule.audience.as_ref();
            let wants = |audience: &str| {
                wanted.is_none_or(|wanted| wanted.words().iter().any(|word| word == audience))
            };
            let mut names = rule.places.iter().chain(all(rule.except.as_ref()));
            kind && created && audience.is_none_or(wants) && names.any(is_part)
        })
    }

    /// The rules that apply to the record and `place`.
    fn applying_rules<'r>(
        &self,
        case: &Case,
        revision: &'r Revision,
        subject: &Subject,
        place: &str,
        grounds: &mut Grounds,
    ) -> Vec<&'r Rule> {
        // Audiences are sampled at `as_of`.
        let audience = value_at(all(subject.audience.as_ref()), case.as_of, case.known_at);
        let mut matching: Vec<(Closeness, &Rule)> = Vec::new();
        for rule in &revision.rules {
            // The place is in `in`, by the closest of the names that fit, and not in `except`.
            let closeness = |name: &String| self.closeness(name, place, case.as_of);
            let Some(closest) = rule.places.iter().filter_map(closeness).max() else {
                continue;
            };
            if all(rule.except.as_ref()).iter().any(|name| closeness(name).is_some()) {
                continue;
            }
            // Every selector matches.
            if rule.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&case.record.kind)) {
                continue;
            }
            let window = rule.created.as_ref();
            if window.is_some_and(|span| !in_span(span.from, span.until, case.created)) {
                continue;
            }
            if let Some(wanted) = &rule.audience {
                // The place and the other selectors match, and the audience is unknown.
                grounds.stands("audience-unknown", audience.is_none());
                if !wanted.words().iter().any(|word| Some(word.as_str()) == audience) {
                    continue;
                }
            }
            matching.push((closest, rule));
        }
        // Every `excluded` rule, and of the others those that name the place most closely.
        let others = matching.iter().filter(|(_, rule)| rule.regime != "excluded");
        let closest = others.map(|(closeness, _)| *closeness).max();
        matching
            .retain(|(closeness, rule)| rule.regime == "excluded" || Some(*closeness) == closest);
        matching.into_iter().map(|(_, rule)| rule).collect()
    }

    /// How closely `name`, a word of `in` or `except`, names `place`; nothing where it does not.
    fn closeness(&self, name: &str, place: &str, as_of: Instant) -> Option<Closeness> {
        // A place is a country, `US`, perhaps with a subdivision, `US-CA`; each in one spelling.
        let name = spelled(name);
        let country = place.split('-').next().expect("a country");
        if name == "*" {
            Some(Closeness::Everywhere)
        } else if self.is_region(name) {
            self.region_holds(name, country, as_of).then_some(Closeness::Region)
        } else if name == country {
            Some(Closeness::Country)
        } else {
            (name == place).then_some(Closeness::Subdivision)
        }
    }

    /// A region is the policy's own or a shipped one.
    fn is_region(&self, name: &str) -> bool {
        let own = self.policy.regions.as_ref();
        matches!(name, "EU" | "EEA" | "EFTA") || own.is_some_and(|own| own.contains_key(name))
    }

    /// Whether the country is in the region. Membership is read at `as_of`, for every place.
    fn region_holds(&self, region: &str, country: &str, as_of: Instant) -> bool {
        // The policy's own: countries, or regions to take in.
        if let Some(members) = self.policy.regions.as_ref().and_then(|own| own.get(region)) {
            return members.iter().any(|member| {
                let is_region = self.is_region(member);
                spelled(member) == country || is_region && self.region_holds(member, country, as_of)
            });
        }
        all(self.memberships.get(country)).iter().any(|membership| {
            membership.region == region && in_span(Some(membership.from), membership.until, as_of)
        })
    }
}

/// How closely a rule names a place, the loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Everywhere,
    Region,
    Country,
    Subdivision,
}

/// The grounds that one applying rule gives. What it does not override is the revision's.
fn weigh(
    case: &Case,
    revision: &Revision,
    rule: &Rule,
    subject: &Subject,
    choices: &[(Instant, Choice)],
    grounds: &mut Grounds,
) {
    grounds.stands("region-excluded", rule.regime == "excluded");

    let opt_in_from = rule.opt_in_from.or(revision.opt_in_from);
    let lifetime = rule.opt_in_lifetime_days.or(revision.opt_in_lifetime_days);
    for (t, choice) in choices.iter().filter(|_| rule.regime == "opt-in") {
        grounds.stands("not-opted-in", *choice == Choice::Silent);
        if let (Choice::OptIn { since }, Some(lifetime)) = (choice, lifetime) {
            // It counts only while younger. It is, exactly when it is so in completed days.
            grounds.stands("opt-in-expired", (t.0 - since.0) / DAY >= lifetime);
        }
        if let (Choice::OptIn { since }, Some(from)) = (choice, opt_in_from) {
            grounds.stands("opt-in-expired", *since < from);
        }
    }

    let covers = rule.covers.as_ref().unwrap_or(&revision.covers);
    grounds.stands("kind-not-covered", !covers.contains(&case.record.kind));

    // The subject's age is the one when the record was created.
    if let Some(years) = rule.minimum_age.or(revision.minimum_age) {
        let born = subject.born.as_ref();
        grounds.stands("age-unknown", born.is_none());
        grounds.stands("under-age", born.is_some_and(|born| is_younger(born, years, case.created)));
    }

    let created_from = rule.created_from.or(revision.created_from);
    let is_older = created_from.is_some_and(|created_from| case.created < created_from);
    grounds.stands("created-outside-window", is_older);
}
