//! The crate, and the naive version.

use std::hint::black_box;

use may_train::{Policy, Record, Registry, Timestamp};

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
pub struct Grounds<'a> {
    registry: &'a Registry,
    policy: &'a Policy,
    questions: &'a [Question],
}

impl<'a> Grounds<'a> {
    pub fn new(registry: &'a Registry, policy: &'a Policy, questions: &'a [Question]) -> Self {
        Self { registry, policy, questions }
    }

    fn decide(&self, (record, as_of): &'a Question) -> may_train::Decision<'a> {
        self.registry.view(self.policy, *as_of).decide(record)
    }
}

impl Decider for Grounds<'_> {
    fn name(&self) -> String {
        "may-train".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`View::decide`: all grounds"
    }

    fn decide_all(&mut self) {
        for question in self.questions {
            black_box(self.decide(question).grounds());
        }
    }

    fn mask(&mut self, case: usize) -> u16 {
        workload::mask(self.decide(&self.questions[case]).grounds())
    }
}

/// `Decision::explanation`.
pub struct Explanation<'a>(Grounds<'a>);

impl<'a> Explanation<'a> {
    pub fn new(registry: &'a Registry, policy: &'a Policy, questions: &'a [Question]) -> Self {
        Self(Grounds::new(registry, policy, questions))
    }
}

impl Decider for Explanation<'_> {
    fn name(&self) -> String {
        "may-train, explained".to_owned()
    }

    fn formulation(&self) -> &'static str {
        "`Decision::explanation`: every fact that the decision rests on"
    }

    fn decide_all(&mut self) {
        for question in self.0.questions {
            black_box(self.0.decide(question).explanation());
        }
    }

    fn mask(&mut self, case: usize) -> u16 {
        let explanation = self.0.decide(&self.0.questions[case]).explanation();
        workload::mask(explanation.grounds())
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

    fn mask(&mut self, case: usize) -> u16 {
        let post = &self.posts[case];
        self.platform.decide(post, post.as_of())
    }
}
