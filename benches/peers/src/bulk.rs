//! Jobs A and B: everybody decides the same records, by turns.

use std::sync::Arc;

use may_train::{Grounds, Policy};

use crate::columns::Folder;
use crate::contender::{Check, Contender, Outcome, Work};
use crate::limit::Limit;
use crate::measure::{self, Frozen, Reads, Table, median, nanos, ratio, short, to_f64};
use crate::naive::Naive;
use crate::options::Options;
use crate::ours::{self, MayTrain};
use crate::python::{PEERS, Process};
use crate::workload::{self, Answers, ChoicesEach, Job, Order, People, Records};

const THREADS: [usize; 2] = [1, 2];

/// At least so many records are decided one by one, where there are as many.
const SAMPLE: usize = 250_000;

/// The tables of both jobs, for both orders of the records.
pub fn tables(options: &Options, policy: &Policy) -> Vec<Table> {
    let people = Arc::new(People::new(options.subjects, options.residence, ChoicesEach::Few));
    let frozen = ours::prepare(&people, policy);
    let folder = Folder::new().expect("a folder");
    folder.write_people(&people).expect("the folder takes columns");
    let jobs: Vec<Job> =
        Job::ALL.into_iter().filter(|job| options.jobs.contains(&format!("{job:?}"))).collect();
    let orders = if jobs.is_empty() { &[][..] } else { &Order::ALL };
    let mut tables = Vec::new();
    for &order in orders {
        let records = Arc::new(Records::new(options.records, &people, order));
        folder.write_records(&records).expect("the folder takes columns");
        let work = Work { people: people.clone(), records };
        let mut race = Race::new(&work, policy, &frozen, &folder, &jobs);
        for round in 1..=options.rounds {
            eprintln!("{}: round {round} of {}", order.name(), options.rounds);
            race.round(&jobs);
        }
        tables.extend(jobs.iter().map(|job| race.table(*job, order)));
    }
    tables
}

/// Everybody at one start.
struct Race<'a> {
    contenders: Vec<Box<dyn Contender + 'a>>,
    /// The outcomes of each, in the order of the contenders.
    outcomes: Vec<Vec<(Job, Outcome)>>,
}

impl<'a> Race<'a> {
    /// Lines everybody up, and compares their answers.
    fn new(
        work: &Work,
        policy: &Policy,
        frozen: &'a Frozen,
        folder: &Folder,
        jobs: &[Job],
    ) -> Self {
        let mut naive = Naive::new(work);
        let mut contenders = Self::line_up(work, policy, frozen, folder);
        for &job in jobs {
            let grounds = naive.decide(job);
            let subject = |number| workload::subject(&work.people, policy, number);
            let checked = measure::check(policy, subject, &work.records, job, grounds, SAMPLE);
            eprintln!("job {job:?}: {checked} answers are those of the scalar decision");
            for contender in &mut contenders {
                check(&mut **contender, job, grounds);
            }
        }
        contenders.insert(THREADS.len(), Box::new(naive));
        let outcomes = contenders.iter().map(|_| Vec::new()).collect();
        Self { contenders, outcomes }
    }

    /// Everybody but the naive version; the crate first.
    fn line_up(
        work: &Work,
        policy: &Policy,
        frozen: &'a Frozen,
        folder: &Folder,
    ) -> Vec<Box<dyn Contender + 'a>> {
        let rows = work.records.len();
        let mut contenders: Vec<Box<dyn Contender + 'a>> = Vec::new();
        for threads in THREADS {
            contenders.push(Box::new(MayTrain::new(work, policy, frozen, threads)));
        }
        for peer in PEERS {
            for threads in THREADS {
                contenders.push(Box::new(Process::start(peer, folder, rows, threads)));
            }
        }
        for reads in Reads::ALL {
            for threads in THREADS {
                contenders.push(Box::new(Limit::new(work, reads, threads)));
            }
        }
        contenders
    }

    fn round(&mut self, jobs: &[Job]) {
        for &job in jobs {
            for (contender, outcomes) in self.contenders.iter_mut().zip(&mut self.outcomes) {
                outcomes.push((job, contender.run(job, Check::TimeAlone)));
            }
        }
    }

    fn table(&self, job: Job, order: Order) -> Table {
        let what = match job {
            Job::A => "A, one training set",
            Job::B => "B, a cut-off for each record",
        };
        let title = format!("**{what}, records {}**", order.name());
        let columns =
            ["", "threads", "ns a record", "ratio", "prepare, ms", "million records", "how"];
        let mut table = Table::new(title, &columns);
        let per_record = |place: usize| -> Vec<f64> {
            let rows = to_f64(self.contenders[place].rows());
            let of_job = self.outcomes[place].iter().filter(|(of, _)| *of == job);
            of_job.map(|(_, outcome)| nanos(outcome.decide) / rows).collect()
        };
        // The crate comes first, once for each number of threads.
        let ours = THREADS.map(|threads| {
            let place = self.contenders.iter().position(|c| c.threads() == threads);
            per_record(place.expect("the crate"))
        });
        for (place, contender) in self.contenders.iter().enumerate() {
            let times = per_record(place);
            let alike = THREADS.iter().zip(&ours).find(|(t, _)| **t == contender.threads());
            let ratio = ratio(&times, alike.expect("the crate on as many threads").1);
            let of_job = self.outcomes[place].iter().filter(|(of, _)| *of == job);
            let prepare: Option<Vec<f64>> =
                of_job.map(|(_, outcome)| Some(nanos(outcome.prepare?) / 1e6)).collect();
            table.push(vec![
                contender.name(),
                contender.threads().to_string(),
                short(median(times)),
                short(ratio),
                prepare.map_or(String::new(), |times| short(median(times))),
                short(to_f64(contender.rows()) / 1e6),
                contender.formulation().to_owned(),
            ]);
        }
        table
    }
}

/// Asserts that a contender gives the answers, if it gives any.
fn check(contender: &mut dyn Contender, job: Job, grounds: &[Grounds]) {
    let expected = Answers::of(&grounds[..contender.rows()]);
    let outcome = contender.run(job, Check::Answers);
    let name = contender.name();
    let threads = contender.threads();
    if let Some(answers) = outcome.answers {
        assert_eq!(answers, expected, "job {job:?}: {name}, {threads} threads");
    }
    eprintln!("job {job:?}: {name}, {threads} threads: {:?}", outcome.decide);
}
