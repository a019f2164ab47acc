//! Whole columns: jobs A and B beside the limit of memory, freezing, refreshing, and how costs grow.
//!
//! ```text
//! cargo bench --manifest-path benches/crate/Cargo.toml --bench bulk
//! cargo bench --manifest-path benches/crate/Cargo.toml --bench bulk -- --full
//! cargo bench --manifest-path benches/crate/Cargo.toml --bench bulk -- --huge growth
//! ```
//!
//! Everything is small, unless asked for in full: 20 million records of a million subjects. `--huge`
//! grows to 100 million subjects and wants 16 GiB. Parts are `memory`, `jobs`, `exact`, `freeze`, `refresh`
//! and `growth`; all, if none is named. `--test` is a run that takes no time seriously. Answers are
//! compared before anything is timed, and a ratio is the median of those within a round.
#![allow(missing_docs, reason = "a bench")]

mod exact;
mod freeze;
mod growth;
mod jobs;
mod memory;
mod refresh;
mod rules;
mod sizes;
mod tell;

#[path = "../../measure/mod.rs"]
mod measure;
#[path = "../../workload/mod.rs"]
mod workload;

use sizes::Sizes;

type Part = fn(&Sizes);

/// Memory comes first, as what others gave back would be taken again unseen.
const PARTS: [(&str, Part); 6] = [
    ("memory", memory::tell),
    ("jobs", jobs::tell),
    ("exact", exact::tell),
    ("freeze", freeze::tell),
    ("refresh", refresh::tell),
    ("growth", growth::tell),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sizes = Sizes::read(&arguments);
    let is_named = |part: &str| arguments.iter().any(|argument| argument == part);
    let is_any_named = PARTS.iter().any(|(part, _)| is_named(part));
    for (part, tell) in PARTS {
        if !is_any_named || is_named(part) {
            tell(&sizes);
        }
    }
}
