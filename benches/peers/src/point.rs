//! Job C: one decision at a time, with its reasons, in memory.

mod cedar;
mod facts;
mod rego;
mod rust;

use may_train::{Grounds, Policy};

use crate::measure::{Table, median, nanos, ratio, short, timed, to_f64};
use crate::options::Options;
use crate::workload::{self, ChoicesEach, Order, People, Records};

const SUBJECTS: usize = 10_000;

/// One way to decide a single record, for the cut-off of job A.
pub trait Decider {
    /// Its name and version.
    fn name(&self) -> String;

    /// How it is written, in a few words.
    fn formulation(&self) -> &'static str;

    /// Decides each case once, and leaves the reasons in the form in which they come.
    fn decide_all(&mut self);

    /// The grounds of a case.
    fn grounds(&mut self, case: usize) -> Grounds;
}

/// The table of the job.
pub fn table(options: &Options, policy: &Policy) -> Table {
    let people = People::new(SUBJECTS, options.residence, ChoicesEach::Few);
    let mut records = Records::new(options.cases, &people, Order::Shuffled);
    records.as_of.fill(workload::as_of());
    let registry = workload::registry(&people, policy);
    let frozen = crate::ours::prepare(&people, policy);
    let questions = rust::questions(&records);
    let facts = facts::Facts::of(&people, &records);
    let platform = crate::naive::Platform::new(&people);
    let mut deciders: Vec<Box<dyn Decider + '_>> = vec![
        Box::new(rust::Frozen::new(&frozen.snapshot, &records, &questions)),
        Box::new(rust::Decision::new(&registry, policy, &questions)),
        Box::new(rust::Explanation::new(&registry, policy, &questions)),
        Box::new(rust::Naive::new(&platform, &records)),
        Box::new(cedar::Cedar::new(&facts)),
        Box::new(rego::Rego::new(&facts)),
    ];
    check(&mut deciders, options.cases);
    let mut times = vec![Vec::new(); deciders.len()];
    for _ in 0..options.rounds {
        for (decider, times) in deciders.iter_mut().zip(&mut times) {
            let (took, ()) = timed(|| decider.decide_all());
            times.push(nanos(took) / to_f64(options.cases));
        }
    }
    let title = format!("**C, one decision with its reasons; {} cases**", options.cases);
    let mut table = Table::new(
        title,
        &["", "ns a decision", "to frozen", "to one by one", "to explained", "how"],
    );
    for (decider, theirs) in deciders.iter().zip(&times) {
        table.push(vec![
            decider.name(),
            short(median(theirs.clone())),
            short(ratio(theirs, &times[0])),
            short(ratio(theirs, &times[1])),
            short(ratio(theirs, &times[2])),
            decider.formulation().to_owned(),
        ]);
    }
    table
}

/// Asserts that all give the same answer in every case.
fn check(deciders: &mut [Box<dyn Decider + '_>], cases: usize) {
    let (first, others) = deciders.split_first_mut().expect("the crate");
    for case in 0..cases {
        let grounds = first.grounds(case);
        for other in &mut *others {
            assert_eq!(other.grounds(case), grounds, "{}, case {case}", other.name());
        }
    }
    eprintln!("job C: {cases} answers are the same");
}
