//! Bytes a subject: what the crate says, and what the process grew by.

use may_train::bulk::Snapshot;

use crate::measure::{Frozen, Table, as_of, short, to_f64};
use crate::sizes::Sizes;
use crate::tell::count;
use crate::workload::{self, ChoicesEach, People, Residence};

pub fn tell(sizes: &Sizes) {
    let policy = workload::policy();
    let title = format!("**Memory of {} subjects**", count(sizes.subjects));
    let columns = ["", "bytes a subject", "by the process", "ratio", "profiles"];
    let mut table = Table::new(title, &columns);
    for residence in [Residence::AtLaunch, Residence::SinceSignUp] {
        let people = People::new(sizes.subjects, residence, ChoicesEach::Few);
        let subjects = || (0..people.len()).map(|n| workload::subject(&people, &policy, n));
        // What they need besides is taken once before it is measured.
        drop(Frozen::new(&policy, subjects().take(people.len() / 100)));
        let mut line = |name: &str, bytes: usize, grown: Option<usize>, profiles: usize| {
            let each = to_f64(bytes) / to_f64(people.len());
            let grown = grown.map(|grown| to_f64(grown) / to_f64(people.len()));
            let cell = |number: Option<f64>| number.map_or(String::new(), short);
            table.push(vec![
                format!("{name}, residence known {}", residence.name()),
                short(each),
                cell(grown),
                cell(grown.map(|grown| grown / each)),
                profiles.to_string(),
            ]);
        };
        let before = resident();
        let mut snapshot = Snapshot::new(&policy, as_of(), None);
        snapshot.reserve(people.len());
        for subject in subjects() {
            snapshot.push(&subject).expect("there are numbers left");
        }
        line("frozen", snapshot.bytes(), grown(before), snapshot.profiles());
        drop(snapshot);
        let before = resident();
        let Frozen { packed, snapshot, .. } = Frozen::new(&policy, subjects());
        let bytes = packed.bytes() + snapshot.bytes();
        line("packed and frozen", bytes, grown(before), snapshot.profiles());
    }
    println!("{}", table.to_markdown());
}

fn grown(before: Option<usize>) -> Option<usize> {
    resident()?.checked_sub(before?)
}

/// The bytes of the process that are in memory, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}
