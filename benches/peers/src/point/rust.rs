//! The crate, and the naive version.

use std::hint::black_box;

use may_train::bulk::Snapshot;
use may_train::{Grounds, Policy, Record, Registry, Timestamp, View};

use super::Decider;
use crate::naive::{Platform, Post};
use crate::workload::{self, Records};

/// A record and the cut-off that it is asked for.
pub type Question = (Record, Timestamp);

pub fn questions(records: &Records) -> Vec<Question> {
    let instant = |micros| Timestamp::from_micros(micros).expect("an instant");
    let question = |row| (workload::record(records, row), instant(records.as_of[row]));
    (0..records.len()).map(question).collect()
}

/// `View::decide`.
pub struct Decision<'a> {
    registry: &'a Registry,
    policy: &'a Policy,
    questions: &'a [Question],
}

impl<'a> Decision<'a> {
    pub fn new(registry: &'a Registry, policy: &'a Policy, questions: &'a [Question]) -> Self {
        Self { registry, policy, questions }
    }

    fn view(&self, as_of: Timestamp) -> View<'a> {
        self.registry.view(self.policy, as_of)
    }
}

impl Decider for Decision<'_> {
    fn name(&self) -> String {
        "may-train, one by one".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`View::decide`: all grounds"
    }

    fn decide_all(&mut self) {
        for (record, as_of) in self.questions {
            black_box(self.view(*as_of).decide(record).grounds());
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        let (record, as_of) = &self.questions[case];
        self.view(*as_of).decide(record).grounds()
    }
}

/// `View::explain`.
pub struct Explanation<'a>(Decision<'a>);

impl<'a> Explanation<'a> {
    pub fn new(registry: &'a Registry, policy: &'a Policy, questions: &'a [Question]) -> Self {
        Self(Decision::new(registry, policy, questions))
    }
}

impl Decider for Explanation<'_> {
    fn name(&self) -> String {
        "may-train, explained".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`View::explain`: every fact that the decision rests on"
    }

    fn decide_all(&mut self) {
        for (record, as_of) in self.0.questions {
            black_box(self.0.view(*as_of).explain(record));
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        let (record, as_of) = &self.0.questions[case];
        self.0.view(*as_of).explain(record).grounds()
    }
}

/// `Snapshot::grounds`, of subjects who have their numbers from freezing: as little is resolved here as
/// the peers resolve.
pub struct Frozen<'a> {
    snapshot: &'a Snapshot,
    cases: Vec<(&'a Record, u32)>,
}

impl<'a> Frozen<'a> {
    pub fn new(snapshot: &'a Snapshot, records: &Records, questions: &'a [Question]) -> Self {
        let case = |((record, _), subject): (&'a Question, &u32)| (record, *subject);
        let cases = questions.iter().zip(&records.subject).map(case).collect();
        Self { snapshot, cases }
    }

    fn decide(&self, (record, subject): &(&Record, u32)) -> Grounds {
        self.snapshot.grounds(record, &[*subject])
    }
}

impl Decider for Frozen<'_> {
    fn name(&self) -> String {
        "may-train, frozen".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`Snapshot::grounds`: all grounds, of a record whose subject has a number"
    }

    fn decide_all(&mut self) {
        for case in &self.cases {
            black_box(self.decide(case));
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        self.decide(&self.cases[case])
    }
}

/// The version that one writes first.
pub struct Naive<'a> {
    platform: &'a Platform,
    posts: Vec<Post>,
}

impl<'a> Naive<'a> {
    pub fn new(platform: &'a Platform, records: &Records) -> Self {
        Self { platform, posts: (0..records.len()).map(|row| Post::new(records, row)).collect() }
    }
}

impl Decider for Naive<'_> {
    fn name(&self) -> String {
        "naive Rust".to_owned()
    }

    fn formulation(&self) -> &'static str {
        crate::naive::FORMULATION
    }

    fn decide_all(&mut self) {
        for post in &self.posts {
            black_box(self.platform.decide(post, post.as_of()));
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        let post = &self.posts[case];
        self.platform.decide(post, post.as_of())
    }
}
