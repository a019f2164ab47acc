//! How the costs of jobs A and B grow: with records, subjects, choices, rules and threads.

use std::time::Duration;

use may_train::{Policy, Subject};

use crate::measure::{Engine, Frozen, Table, check, median, ratio, short};
use crate::rules;
use crate::sizes::Sizes;
use crate::tell::{Racer, count, race};
use crate::workload::{self, ChoicesEach, Job, Order, People, Records, Residence};

pub fn tell(sizes: &Sizes) {
    records(sizes);
    subjects(sizes);
    choices(sizes);
    rules_of_policy(sizes);
    threads(sizes);
}

/// Everything that one line of a table is about.
struct Case {
    name: String,
    policy: Policy,
    people: People,
    subject: fn(&People, &Policy, usize) -> Subject,
    frozen: Frozen,
    records: usize,
    threads: usize,
}

impl Case {
    fn new(
        name: String,
        policy: Policy,
        people: People,
        subject: fn(&People, &Policy, usize) -> Subject,
        records: usize,
    ) -> Self {
        let all = (0..people.len()).map(|number| subject(&people, &policy, number));
        let frozen = Frozen::new(&policy, all);
        Self { name, policy, people, subject, frozen, records, threads: 1 }
    }

    /// Everybody's records from one number of batch on, by lot.
    fn batch(&self, number: usize, batch: usize) -> Records {
        let rest = self.records - number * batch;
        let number = u64::try_from(number).expect("a count of batches");
        Records::batch(number, rest.min(batch), &self.people, Order::Shuffled)
    }

    /// Compares the answers on the first batch.
    fn check(&self, job: Job, records: &Records, engine: &mut Engine<'_>, sample: usize) {
        engine.decide(job, records);
        let subject = |number| (self.subject)(&self.people, &self.policy, number);
        check(&self.policy, subject, records, job, engine.grounds(), sample);
    }
}

/// Prints a table of both jobs, a line a case. Records are made batch by batch, and only the last batch
/// is kept.
fn table(title: &str, sizes: &Sizes, cases: &[Case]) {
    let columns = ["", "A, ns a record", "ratio", "B, ns a record", "ratio"];
    let mut table = Table::new(format!("**{title}**"), &columns);
    let times = Job::ALL.map(|job| {
        let mut racers: Vec<Racer<'_>> = cases.iter().map(|case| racer(case, job, sizes)).collect();
        race(&mut racers, sizes.rounds)
    });
    for (place, case) in cases.iter().enumerate() {
        let mut row = vec![case.name.clone()];
        for times in &times {
            row.push(short(median(times[place].clone())));
            row.push(short(ratio(&times[place], &times[0])));
        }
        table.push(row);
    }
    println!("{}", table.to_markdown());
}

fn racer<'a>(case: &'a Case, job: Job, sizes: &Sizes) -> Racer<'a> {
    let mut engine = Engine::new(&case.frozen, &case.policy, case.threads);
    let mut batch = case.batch(0, sizes.batch);
    case.check(job, &batch, &mut engine, sizes.sample / 10);
    let (size, batches) = (sizes.batch, case.records.div_ceil(sizes.batch));
    Racer::new(case.name.clone(), case.records, move || {
        let mut took = Duration::ZERO;
        for number in 0..batches {
            if batches > 1 {
                batch = case.batch(number, size);
            }
            took += engine.decide(job, &batch);
        }
        took
    })
}

/// People with few choices each, since the launch, under the policy of all benches.
fn usual(name: String, subjects: usize, records: usize) -> Case {
    let people = People::new(subjects, Residence::AtLaunch, ChoicesEach::Few);
    Case::new(name, workload::policy(), people, workload::subject, records)
}

fn records(sizes: &Sizes) {
    let cases: Vec<Case> = (sizes.records_grow.iter())
        .map(|records| usual(format!("{} records", count(*records)), sizes.subjects, *records))
        .collect();
    table(&format!("Records, of {} subjects", count(sizes.subjects)), sizes, &cases);
}

fn subjects(sizes: &Sizes) {
    let cases: Vec<Case> = (sizes.subjects_grow.iter())
        .map(|subjects| usual(format!("{} subjects", count(*subjects)), *subjects, sizes.batch))
        .collect();
    table(&format!("Subjects, of {} records", count(sizes.batch)), sizes, &cases);
}

fn choices(sizes: &Sizes) {
    let cases: Vec<Case> = (sizes.choices_grow.iter())
        .map(|choices| {
            let each = ChoicesEach::Exactly(*choices);
            let people = People::new(sizes.choosers, Residence::AtLaunch, each);
            let name = format!("{} choices", count(*choices));
            Case::new(name, workload::policy(), people, workload::subject, sizes.batch)
        })
        .collect();
    table(&format!("Choices of each of {} subjects", count(sizes.choosers)), sizes, &cases);
}

fn rules_of_policy(sizes: &Sizes) {
    let cases: Vec<Case> = (sizes.rules_grow.iter())
        .map(|rules| {
            let people = People::new(sizes.subjects, Residence::AtLaunch, ChoicesEach::Few);
            let name = format!("{} rules", count(*rules));
            Case::new(name, rules::policy(*rules), people, rules::subject, sizes.batch)
        })
        .collect();
    table(&format!("Rules, of {} subjects", count(sizes.subjects)), sizes, &cases);
}

fn threads(sizes: &Sizes) {
    let cases = [1, 2].map(|threads| {
        let case = usual(format!("threads: {threads}"), sizes.subjects, sizes.batch);
        Case { threads, ..case }
    });
    table(&format!("Threads, of {} records", count(sizes.batch)), sizes, &cases);
}
