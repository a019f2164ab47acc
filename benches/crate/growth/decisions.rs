//! How the cost of one decision grows: with the rules, revisions and regions of a policy, and with the
//! entries of a subject. Every answer is known from how the case is made, and is compared.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use may_train::people::ChoiceMade;
use may_train::{
    Choice, ChosenBy, Entry, Ground, Grounds, Place, Policy, Purpose, Record, Registry, Subject,
    Timestamp,
};

use super::{id, instant, unsorted};

const SIZES: [usize; 5] = [1, 10, 100, 1_000, 3_000];

/// The decisions that are timed together, and how often. The least time counts, as other work adds to
/// the others.
const TOGETHER: usize = 4_000;
const ROUNDS: usize = 9;

/// A policy, people with a record each and its expected grounds, and the cut-off.
struct Case {
    policy: String,
    subjects: Vec<Subject>,
    expected: Vec<Grounds>,
    as_of: Timestamp,
}

type Make = fn(usize) -> Case;

const MAKERS: [(&str, Make); 5] = [
    ("rules, each about a place of its own", rules),
    ("revisions", revisions),
    ("regions that one rule names", regions),
    ("residences of each subject", residences),
    ("choices of each subject", choices),
];

/// Prints a line for each size of each thing.
pub fn tell() {
    println!(
        "| n | of | read the policy, µs | first decision of a place, µs | decision, ns | explanation, ns |"
    );
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for (name, make) in MAKERS {
        for n in SIZES {
            one(name, n, &make(n));
        }
    }
}

fn one(name: &str, n: usize, case: &Case) {
    let (read, policy) = timed(1, || Policy::from_toml(&case.policy).unwrap());
    let mut registry = Registry::new();
    for subject in &case.subjects {
        registry.insert(subject.clone()).unwrap();
    }
    let records: Vec<Record> = (case.subjects.iter())
        .map(|subject| {
            Record::new("r1".parse().unwrap(), "post".parse().unwrap(), case.as_of)
                .with_subject(subject.id().clone())
        })
        .collect();
    let decide_all = |view: &may_train::View<'_>| {
        for (record, expected) in records.iter().zip(&case.expected) {
            assert_eq!(view.decide(record).grounds(), *expected, "{name}, {n}: {record:?}");
        }
    };
    let (first, ()) = timed(records.len(), || decide_all(&registry.view(&policy, case.as_of)));
    let view = registry.view(&policy, case.as_of);
    let some = || records.iter().cycle().take(TOGETHER);
    let (decision, refused) =
        least(|| some().filter(|r| !view.decide(black_box(r)).grounds().is_empty()).count());
    let (explanation, found) =
        least(|| some().filter(|r| !view.explain(black_box(r)).grounds().is_empty()).count());
    assert_eq!(found, refused);
    println!(
        "| {n} | {name} | {:.0} | {:.2} | {decision:.0} | {explanation:.0} |",
        read / 1e3,
        first / 1e3,
    );
}

/// Returns the least nanoseconds that each of the decisions takes, and what they come to.
fn least(act: impl Fn() -> usize) -> (f64, usize) {
    let rounds = (0..ROUNDS).map(|_| timed(TOGETHER, &act));
    rounds.min_by(|(one, _), (other, _)| one.total_cmp(other)).unwrap()
}

/// Returns the nanoseconds that each of n things takes.
fn timed<T>(n: usize, act: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let made = act();
    (started.elapsed().as_secs_f64() * 1e9 / crate::to_f64(n), made)
}

const REVISION: &str =
    "opt_out_reaches = \"future-runs\"\nresidence_at = \"both\"\ncovers = [\"post\"]\n";

fn head(regions: &str) -> String {
    format!("platform = \"acme\"\npurpose = \"ai-training\"\n{regions}")
}

fn add_revision(policy: &mut String, number: usize, rules: impl Iterator<Item = (String, bool)>) {
    let effective = instant(number);
    write!(policy, "[[revisions]]\nid = \"{number}\"\neffective = \"{effective}\"\n{REVISION}")
        .unwrap();
    for (places, is_excluded) in rules {
        let regime = if is_excluded { "excluded" } else { "opt-out" };
        write!(policy, "[[revisions.rules]]\nin = [{places}]\nregime = \"{regime}\"\n").unwrap();
    }
}

fn grounds(is_excluded: bool) -> Grounds {
    if is_excluded { Ground::RegionExcluded.alone() } else { Grounds::NONE }
}

/// One of many parts of the United States.
fn part(number: usize) -> String {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap());
    format!("US-{}{}{}", letter(number / 676), letter(number / 26), letter(number))
}

/// Every second of many parts is excluded.
fn rules(n: usize) -> Case {
    let mut policy = head("");
    let parts = (0..n).map(|number| (format!("\"{}\"", part(number)), number % 2 == 0));
    add_revision(&mut policy, 0, parts.chain([("\"*\"".to_owned(), false)]));
    let places = (0..n).map(|number| part(number).parse::<Place>().unwrap());
    let subjects = places.enumerate();
    let subjects =
        subjects.map(|(number, place)| Subject::new(id(number)).with_residence(place, instant(0)));
    Case {
        policy,
        subjects: subjects.collect(),
        expected: (0..n).map(|number| grounds(number % 2 == 0)).collect(),
        as_of: instant(1),
    }
}

/// Every second revision excludes France. The cut-off is in the middle.
fn revisions(n: usize) -> Case {
    let mut policy = head("");
    for number in 0..n {
        let rules = [("\"FR\"".to_owned(), number % 2 == 0), ("\"*\"".to_owned(), false)];
        add_revision(&mut policy, number, rules.into_iter());
    }
    Case {
        policy,
        subjects: vec![Subject::new(id(0)).with_residence("FR".parse().unwrap(), instant(0))],
        expected: vec![grounds((n / 2).is_multiple_of(2))],
        as_of: instant(n / 2),
    }
}

/// One rule excludes many regions; the last one alone has France.
fn regions(n: usize) -> Case {
    let mut regions = "[regions]\n".to_owned();
    for number in 1..=n {
        let country = if number == n { "FR" } else { "GB" };
        writeln!(regions, "near{number} = [\"{country}\"]").unwrap();
    }
    let mut policy = head(&regions);
    let all: Vec<String> = (1..=n).map(|number| format!("\"near{number}\"")).collect();
    add_revision(&mut policy, 0, [(all.join(", "), true), ("\"*\"".to_owned(), false)].into_iter());
    let subject = |(number, place): (usize, &str)| {
        Subject::new(id(number)).with_residence(place.parse().unwrap(), instant(0))
    };
    Case {
        policy,
        subjects: ["FR", "US"].into_iter().enumerate().map(subject).collect(),
        expected: vec![grounds(true), grounds(false)],
        as_of: instant(1),
    }
}

fn simple() -> String {
    let mut policy = head("");
    add_revision(
        &mut policy,
        0,
        [("\"FR\"".to_owned(), true), ("\"*\"".to_owned(), false)].into_iter(),
    );
    policy
}

/// The subject moves every second between France and the United States.
fn residences(n: usize) -> Case {
    let places = ["FR", "US"].map(|place| place.parse::<Place>().unwrap());
    let entries = unsorted(n).map(|number| Entry::new(instant(number), places[number % 2]));
    Case {
        policy: simple(),
        subjects: vec![Subject::new(id(0)).with_residences(entries)],
        expected: vec![grounds((n / 2).is_multiple_of(2))],
        as_of: instant(n / 2),
    }
}

/// The subject opts out and in again every second.
fn choices(n: usize) -> Case {
    let purpose: Purpose = "ai-training".parse().unwrap();
    let made =
        [Choice::OptOut, Choice::OptIn].map(|choice| ChoiceMade::new(choice, ChosenBy::Subject));
    let entries =
        unsorted(n).map(|number| (purpose.clone(), Entry::new(instant(number), made[number % 2])));
    let subject = Subject::new(id(0)).with_residence("US".parse().unwrap(), instant(0));
    let opted_out =
        if (n / 2).is_multiple_of(2) { Ground::OptedOut.alone() } else { Grounds::NONE };
    Case {
        policy: simple(),
        subjects: vec![subject.with_choices(entries)],
        expected: vec![opted_out],
        as_of: instant(n / 2),
    }
}
