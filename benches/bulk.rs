//! Bulk decisions beside the limit: streaming the same columns, and one gather a record.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::unwrap_used, reason = "a bench")]

mod workload;

use std::hint::black_box;
use std::time::Instant;

use may_train::bulk::{Columns, Decided, Standing};
use may_train::{Kind, Timestamp};
use workload::{ChoicesEach, KINDS, Order, People, Records, Residence};

fn main() {
    let subjects = env("SUBJECTS", 1_000_000);
    let rows = env("ROWS", 20_000_000);
    let policy = workload::policy();
    let kinds: Vec<Kind> = KINDS.iter().map(|kind| kind.parse().unwrap()).collect();
    for residence in [Residence::AtLaunch, Residence::SinceSignUp] {
        let people = People::new(subjects, residence, ChoicesEach::Few);
        let as_of = Timestamp::from_micros(workload::as_of()).unwrap();
        let mut standing = Standing::new(&policy, as_of, None);
        let everyone: Vec<_> =
            (0..people.len()).map(|n| workload::subject(&people, &policy, n)).collect();
        let started = Instant::now();
        for subject in &everyone {
            standing.push(subject).unwrap();
        }
        let each = started.elapsed().as_secs_f64() * 1e9 / subjects as f64;
        println!(
            "{residence:?}: freeze {each:.0} ns a subject, {} profiles, {:.2} bytes a subject",
            standing.profiles(),
            standing.bytes() as f64 / subjects as f64
        );
        drop(everyone);
        for order in Order::ALL {
            let records = Records::new(rows, &people, order);
            let columns =
                Columns::new(&records.subject, &records.created_at, &records.kind, &kinds).unwrap();
            let mut decided = Decided::new();
            for _ in 0..5 {
                let started = Instant::now();
                standing.decide_into(&columns, &mut decided).unwrap();
                let each = started.elapsed().as_secs_f64() * 1e9 / rows as f64;
                let started = Instant::now();
                let mut sum = 0u64;
                let n = standing.len();
                let table: Vec<[u64; 2]> = vec![[1, 2]; n];
                let started2 = Instant::now();
                for s in &records.subject {
                    sum = sum.wrapping_add(table[*s as usize][0]);
                }
                let gather = started2.elapsed().as_secs_f64() * 1e9 / rows as f64;
                black_box((sum, started));
                println!("{} {each:.2} ns a record; gather {gather:.2}", order.name());
            }
            println!("{:?}", decided.counts());
        }
    }
}

fn env(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}
