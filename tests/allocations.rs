//! A decision allocates nothing, whatever is known of the subjects. An explanation allocates its list.
//!
//! The allocator counts for the whole process, so that this test has no harness and no threads.

use std::alloc::System;

use may_train::people::ChoiceMade;
use may_train::{
    Choice, ChosenBy, Entry, Place, Policy, Record, Registry, Restriction, Span, Subject,
    SubjectId, Timestamp, View,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const PLACES: [&str; 8] = ["US", "FR", "GB", "US-CA", "IN", "CH", "BR", "HK"];

fn day(number: usize) -> Timestamp {
    let text = format!("20{:02}-{:02}-{:02}", 10 + number % 16, 1 + number % 12, 1 + number % 28);
    text.parse().expect("a day")
}

fn place(number: usize) -> Place {
    PLACES[number % PLACES.len()].parse().expect("a place")
}

fn id(number: usize) -> SubjectId {
    // Every third id is too long to lie in its value.
    let padding = if number.is_multiple_of(3) { "-of-a-platform-with-long-ids" } else { "" };
    format!("member-{number}{padding}").parse().expect("an id")
}

/// A subject with as many facts of each kind as the digits of its number tell.
fn subject(number: usize, policy: &Policy) -> Subject {
    let (residences, choices, rare) = (number % 4, number / 4 % 4, number / 16 % 4);
    let mut subject = Subject::new(id(number));
    for n in 0..residences {
        let entry = Entry::new(day(number + 5 * n), (n < 2).then(|| place(number + n)));
        subject = subject.with_residence_entry(entry.with_recorded(day(number + 7 * n)));
    }
    for n in 0..choices {
        let purpose = if n == 2 { "ai-training" } else { policy.purpose().as_str() };
        let choice = if (number + n).is_multiple_of(2) { Choice::OptIn } else { Choice::OptOut };
        let by = if n == 1 { ChosenBy::Guardian } else { ChosenBy::Subject };
        let made = Entry::new(day(number + 3 * n), ChoiceMade::new(choice, by));
        subject = subject.with_choice_entry(purpose.parse().expect("a purpose"), made);
    }
    if rare > 0 {
        subject = subject.with_birth("2007-02-28".parse().expect("a birth"));
        subject = subject.with_audience("business".parse().expect("an audience"), day(number));
    }
    if rare > 1 {
        let hold = Restriction::new("hold".parse().expect("an id"), Span::new(day(number)));
        subject = subject.with_restriction(hold.expect("a restriction"));
    }
    if rare > 2 { subject.with_erasure(day(number + 1)) } else { subject }
}

/// Counts the allocations that an act makes.
fn allocations(act: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    act();
    let change = region.change();
    change.allocations + change.reallocations
}

fn check(view: &View<'_>, records: &[Record]) {
    // The first decision about a place notes which rules name it.
    let refused = |view: &View<'_>| {
        records.iter().filter(|record| !view.decide(record).grounds().is_empty()).count()
    };
    let first = refused(view);
    let decided = allocations(|| assert_eq!(refused(view), first));
    assert_eq!(decided, 0, "a decision allocates");
    let mut findings = Vec::with_capacity(records.len());
    let explained = allocations(|| {
        findings.extend(records.iter().map(|record| view.explain(record).findings().len()));
    });
    // A list of sixteen grows if there are more.
    let lists: usize = findings
        .iter()
        .map(|found| 1 + found.div_ceil(16).next_power_of_two().ilog2() as usize)
        .sum();
    assert_eq!(explained, lists, "an explanation allocates its list alone");
}

fn main() {
    // Counts at all.
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
    for name in Policy::shipped_ids() {
        let policy = Policy::shipped(name).expect("a policy");
        let mut registry = Registry::new();
        for number in 0..256 {
            registry.insert(subject(number, &policy)).expect("a new subject");
        }
        let records: Vec<Record> = (0..512)
            .map(|number| {
                let kind = if number % 5 == 0 { "post" } else { "conversation" };
                let record = Record::new(
                    format!("r{number}").parse().expect("an id"),
                    kind.parse().expect("a kind"),
                    day(number / 3),
                );
                // Some name two, and some nobody whom the registry knows.
                record.with_subjects((0..=number % 2).map(|n| id(number + n)))
            })
            .collect();
        for as_of in ["2020-01-01", "2024-12-01", "2026-06-01"] {
            let view = registry.view(&policy, as_of.parse().expect("a day"));
            check(&view, &records);
            check(&view.with_known_at("2019-01-01".parse().expect("a day")), &records);
        }
    }
    println!("no decision allocates");
}
