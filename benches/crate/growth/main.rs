//! How the cost of the largest single things grows: a record of many subjects, a subject of many
//! residences or choices, regions inside regions, and one person of many merged ids.
//!
//! ```text
//! cargo bench --bench growth
//! MAY_TRAIN_GROWTH=1000000 cargo bench --bench growth
//! ```
//!
//! Each is made at three sizes, each four times the one before, up to 100,000 or to the number that is
//! given. A line tells the time, the memory at its peak, and how many times as long a quadruple takes:
//! about 4 to 5 where it grows as n log n, 16 where it grows as n². Memory that the allocator keeps counts
//! for the next line, too. Then a table tells how one decision grows.

#![allow(missing_docs, clippy::cast_precision_loss, clippy::unwrap_used, reason = "a bench")]

mod decisions;

use std::hint::black_box;
use std::time::Instant;

use may_train::people::{ChoiceMade, Identities};
use may_train::{
    Choice, ChosenBy, Entry, Event, Fact, Place, Policy, Record, Registry, Subject, SubjectId,
    Timestamp,
};

/// A way to make one thing of a size, and to ask about it.
type Make = fn(usize);

const MAKERS: [(&str, Make); 9] = [
    ("a record of n subjects", record),
    ("a record of n subjects, one by one", record_one_by_one),
    ("a subject of n residences", residences),
    ("a subject of n residences, unsorted, one by one", residences_one_by_one),
    ("n moves of one subject, unsorted events", moves),
    ("a subject of n choices, unsorted", choices),
    ("n regions, each in the next", regions),
    ("n merges of one person", merges),
    ("a record of a person of n ids", resolved),
];

fn id(number: usize) -> SubjectId {
    format!("u{number:07}").parse().unwrap()
}

/// Unsorted: a step that visits every number once, as it and the number have no factor in common.
fn unsorted(n: usize) -> impl Iterator<Item = usize> {
    (0..n).map(move |number| (number * 7_368_787) % n)
}

fn instant(number: usize) -> Timestamp {
    Timestamp::from_micros(i64::try_from(number).unwrap() * 1_000_000).unwrap()
}

fn record(n: usize) {
    let record = Record::new("r1".parse().unwrap(), "post".parse().unwrap(), instant(0));
    let record = record.with_subjects(unsorted(n).map(id));
    assert_eq!(record.subjects().len(), n);
    let (policy, registry) = (Policy::shipped("linkedin").unwrap(), Registry::new());
    assert!(!registry.view(&policy, instant(1)).decide(&record).grounds().is_empty());
}

fn record_one_by_one(n: usize) {
    let record = Record::new("r1".parse().unwrap(), "post".parse().unwrap(), instant(0));
    let twice = unsorted(n).chain(unsorted(n));
    let record = twice.fold(record, |record, number| record.with_subject(id(number)));
    assert!(record.subjects().iter().cloned().eq(unsorted(n).map(id)));
}

/// The moves of a subject, every second to another country.
fn each_move(n: usize) -> impl Iterator<Item = (Timestamp, Place)> {
    let places = ["GB", "US"].map(|place| place.parse::<Place>().unwrap());
    unsorted(n).map(move |number| (instant(number), places[number % 2]))
}

fn residences(n: usize) {
    let subject =
        Subject::new(id(0)).with_residences(each_move(n).map(|(at, to)| Entry::new(at, to)));
    assert_eq!(subject.residences().iter().count(), n);
}

fn residences_one_by_one(n: usize) {
    let add = |subject: Subject, (at, to)| subject.with_residence(to, at);
    let subject = each_move(n).fold(Subject::new(id(0)), add);
    assert!(subject.residences().iter().map(Entry::at).eq((0..n).map(instant)));
}

fn moves(n: usize) {
    let mut registry = Registry::new();
    for (at, to) in each_move(n) {
        registry.apply(&Event::new(id(0), at, Fact::Residence(Some(to))));
    }
    let subject = registry.get(&id(0)).unwrap();
    assert!(subject.residences().iter().map(Entry::at).eq((0..n).map(instant)));
}

fn choices(n: usize) {
    let purpose: may_train::Purpose = "ai-training".parse().unwrap();
    let made = ChoiceMade::new(Choice::OptOut, ChosenBy::Subject);
    let entries = unsorted(n).map(|number| (purpose.clone(), Entry::new(instant(number), made)));
    let subject = Subject::new(id(0)).with_choices(entries);
    assert_eq!(subject.choices().iter().count(), n);
}

fn regions(n: usize) {
    let mut text = String::from("platform = \"acme\"\npurpose = \"ai-training\"\n[regions]\n");
    for number in 0..n {
        // Each names the next, so that the first can only be defined last.
        let next = number + 1;
        let takes_in = if next == n { "FR".to_owned() } else { format!("near{next:07}") };
        text.extend(["near", &format!("{number:07}"), " = [\"", &takes_in, "\"]\n"]);
    }
    text += "[[revisions]]\nid = \"first\"\neffective = \"2020-01-01\"\n\
             opt_out_reaches = \"future-runs\"\nresidence_at = \"as-of\"\ncovers = [\"post\"]\n\
             rules = [{ in = [\"*\"], regime = \"opt-in\" },\n\
             { in = [\"near0000000\"], regime = \"opt-out\" }]\n";
    black_box(Policy::from_toml(&text).unwrap());
}

fn merged(n: usize) -> Identities {
    let mut identities = Identities::new();
    for number in unsorted(n) {
        identities.merge(id(number), id(number + 1), instant(0));
    }
    identities
}

fn merges(n: usize) {
    assert_eq!(merged(n).everyone(&id(0), instant(1), None).len(), n + 1);
}

fn resolved(n: usize) {
    let record = Record::new("r1".parse().unwrap(), "post".parse().unwrap(), instant(0));
    let record = record.with_subjects(unsorted(n).map(id));
    assert_eq!(merged(n).resolve(&record, instant(1), None).subjects().len(), n + 1);
}

/// The peak of memory since it was last reset, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

/// Lets the peak start anew from what is in use, where the system can.
fn reset_peak() {
    let _: std::io::Result<()> = std::fs::write("/proc/self/clear_refs", "5");
}

fn main() {
    let most = std::env::var("MAY_TRAIN_GROWTH").ok().and_then(|n| n.parse().ok());
    let most: usize = most.unwrap_or(100_000);
    for (name, make) in MAKERS {
        let mut before = None;
        for n in [most / 16, most / 4, most] {
            reset_peak();
            let started = Instant::now();
            make(n);
            let seconds = started.elapsed().as_secs_f64();
            let factor = before.replace(seconds).map(|before: f64| seconds / before);
            let factor_told = factor.map_or(String::new(), |f| format!(", {f:.1} times as long"));
            let peak = peak().map_or(String::new(), |mb| format!(", peak {mb} MB"));
            println!("{name}: n = {n}: {seconds:.3} s{peak}{factor_told}");
        }
    }
    decisions::tell();
}

/// A count, to divide by.
fn to_f64(count: usize) -> f64 {
    count as f64
}
