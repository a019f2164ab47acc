//! Job B where a replay can sketch few people, or where what happened to them is not a simple story.
//!
//! "One cut-off" gives every record the instant at which the policy starts.

use std::cell::RefCell;

use may_train::Policy;

use crate::measure::{Engine, Frozen, check};
use crate::sizes::Sizes;
use crate::tell::{Racer, count, table};
use crate::workload::{self, ChoicesEach, Job, Order, People, Records, Residence};

const POLICY: &str = include_str!("../../workload/policy.toml");

/// Each case has one in this many of the records of the other parts, because all are in memory at once.
const SHARE: usize = 4;

/// A case: its name, its policy, since when residences are known, and how many choices each made.
type Case = (&'static str, String, Residence, ChoicesEach);

fn cases() -> [Case; 6] {
    let policy = |from, to| POLICY.replace(from, to);
    let (launch, few) = (Residence::AtLaunch, ChoicesEach::Few);
    let lifetimes = policy("minimum_age = 18", "minimum_age = 18\nopt_in_lifetime_days = 200");
    [
        ("few changes", POLICY.to_owned(), launch, few),
        ("residence learned late", POLICY.to_owned(), Residence::LearnedLate, few),
        ("eight choices", POLICY.to_owned(), launch, ChoicesEach::Exactly(8)),
        (
            "eight choices, each counts from creation on",
            policy("future-runs", "both"),
            launch,
            ChoicesEach::Exactly(8),
        ),
        ("residence throughout", policy("at = \"both\"", "at = \"throughout\""), launch, few),
        (
            "opt-ins that expire",
            lifetimes.replace("\"opt-out\"", "\"opt-in\""),
            launch,
            ChoicesEach::Exactly(2),
        ),
    ]
}

pub fn tell(sizes: &Sizes) {
    for order in Order::ALL {
        let made: Vec<(String, Policy, People, Records)> = cases()
            .into_iter()
            .flat_map(|(name, policy, residence, choices)| {
                let policy = Policy::from_toml(&policy).expect("a policy");
                [false, true].map(|is_one_cut_off| {
                    let people = People::new(sizes.subjects, residence, choices);
                    let mut records = Records::new(sizes.records / SHARE, &people, order);
                    let start = policy.revisions()[0].effective().as_micros();
                    if is_one_cut_off {
                        records.as_of.fill(start);
                    }
                    let at = if is_one_cut_off { ", one cut-off" } else { "" };
                    (format!("{name}{at}"), policy.clone(), people, records)
                })
            })
            .collect();
        let frozen: Vec<Frozen> = made
            .iter()
            .map(|(_, policy, people, _)| {
                let all = 0..people.len();
                Frozen::new(policy, all.map(|n| workload::subject(people, policy, n)))
            })
            .collect();
        let mut racers = Vec::new();
        for ((name, policy, people, records), frozen) in made.iter().zip(&frozen) {
            let mut engine = Engine::new(frozen, policy, 1);
            engine.decide(Job::B, records);
            let subject = |number| workload::subject(people, policy, number);
            check(policy, subject, records, Job::B, engine.grounds(), sizes.sample);
            let engine = RefCell::new(engine);
            let run = move || engine.borrow_mut().decide(Job::B, records);
            racers.push(Racer::new(name.clone(), records.len(), run));
        }
        let title = format!(
            "**Job B by what is known of people, records {}: {} records of {} subjects, 1 thread**",
            order.name(),
            count(sizes.records / SHARE),
            count(sizes.subjects),
        );
        let columns = ["", "ns a record", "ratio to few changes"];
        table(title, &columns, &mut racers, sizes.rounds, |_| 0);
    }
}
