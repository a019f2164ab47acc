//! Jobs A and B on one and two threads, beside the limit.

use std::cell::RefCell;

use may_train::Policy;

use crate::measure::{Engine, Frozen, Reads, check, read, timed};
use crate::sizes::Sizes;
use crate::tell::{Racer, count, table};
use crate::workload::{self, ChoicesEach, Job, Order, People, Records, Residence};

const THREADS: [usize; 2] = [1, 2];

pub fn tell(sizes: &Sizes) {
    let policy = workload::policy();
    for residence in [Residence::AtLaunch, Residence::SinceSignUp] {
        let people = People::new(sizes.subjects, residence, ChoicesEach::Few);
        let subjects = (0..people.len()).map(|n| workload::subject(&people, &policy, n));
        let frozen = Frozen::new(&policy, subjects);
        for order in Order::ALL {
            let records = Records::new(sizes.records, &people, order);
            for job in Job::ALL {
                one(sizes, &policy, &people, &frozen, &records, (job, order));
            }
        }
    }
}

fn one(
    sizes: &Sizes,
    policy: &Policy,
    people: &People,
    frozen: &Frozen,
    records: &Records,
    (job, order): (Job, Order),
) {
    let mut engines = THREADS.map(|threads| Engine::new(frozen, policy, threads));
    for engine in &mut engines {
        engine.decide(job, records);
    }
    let [one, two] = &engines;
    let subject = |number| workload::subject(people, policy, number);
    check(policy, subject, records, job, one.grounds(), sizes.sample);
    assert_eq!(one.grounds(), two.grounds(), "job {job:?}: one thread and two");

    let gathered: Vec<[u64; 2]> = (0..people.len() as u64).map(|n| [n, !n]).collect();
    let out = RefCell::new(vec![0; records.len()]);
    let mut racers = Vec::new();
    for (engine, threads) in engines.iter_mut().zip(THREADS) {
        let name = format!("may-train, threads: {threads}");
        racers.push(Racer::new(name, records.len(), move || engine.decide(job, records)));
    }
    for reads in Reads::ALL {
        for threads in THREADS {
            let (gathered, out) = (&gathered, &out);
            let run = move || {
                timed(|| read(reads, job, records, gathered, threads, &mut out.borrow_mut())).0
            };
            let name = format!("{}, threads: {threads}", reads.name());
            racers.push(Racer::new(name, records.len(), run));
        }
    }
    let title = format!(
        "**Job {job:?}, records {}, residence known {}: {} records of {} subjects**",
        order.name(),
        people.residence.name(),
        count(records.len()),
        count(people.len()),
    );
    // Each beside the crate on as many threads.
    let columns = ["", "ns a record", "ratio to may-train"];
    table(title, &columns, &mut racers, sizes.rounds, |place| place % THREADS.len());
}
