//! The version that one writes first: a `HashMap` of people, a `BTreeMap` for each history, chrono.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use may_train::{Ground, Grounds};

use crate::contender::{Check, Contender, Outcome, Work};
use crate::europe::EEA;
use crate::measure::timed;
use crate::workload::{self, Answers, Job, KINDS, OPT_OUT, PLACES, People, Records};

/// How it is written.
pub const FORMULATION: &str = "`HashMap` of people, `BTreeMap` of changes, chrono";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    OptIn,
    OptOut,
}

struct Person {
    born: i32,
    residences: BTreeMap<DateTime<Utc>, &'static str>,
    choices: BTreeMap<DateTime<Utc>, Choice>,
}

impl Person {
    fn new(people: &People, number: usize) -> Self {
        let residence = |at: usize| {
            let place = PLACES[usize::from(people.residence_place[at])];
            (time(people.residence_at[at]), place)
        };
        let choice = |at: usize| {
            let choice = people.choice[at];
            let choice = if choice == OPT_OUT { Choice::OptOut } else { Choice::OptIn };
            (time(people.choice_at[at]), choice)
        };
        Self {
            born: people.born[number],
            residences: people.residences(number).map(residence).collect(),
            choices: people.choices(number).map(choice).collect(),
        }
    }
}

/// A record.
pub struct Post {
    author: u32,
    created_at: DateTime<Utc>,
    kind: &'static str,
    as_of: DateTime<Utc>,
}

impl Post {
    pub fn new(records: &Records, row: usize) -> Self {
        Self {
            author: records.subject[row],
            created_at: time(records.created_at[row]),
            kind: KINDS[usize::from(records.kind[row])],
            as_of: time(records.as_of[row]),
        }
    }

    /// The cut-off that it is asked for, where each has its own.
    pub const fn as_of(&self) -> DateTime<Utc> {
        self.as_of
    }
}

/// Everybody, and the policy as its text has it.
pub struct Platform {
    people: HashMap<u32, Person>,
    excluded: HashSet<&'static str>,
    covered: HashSet<&'static str>,
    in_force: DateTime<Utc>,
    without_britain: DateTime<Utc>,
    cut_off: DateTime<Utc>,
}

impl Platform {
    pub fn new(people: &People) -> Self {
        let day = |day| NaiveDate::from_ymd_opt(2024, 9, day).expect("a day");
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let numbers = 0..u32::try_from(people.len()).expect("fewer than 2^32");
        let person = |number: u32| (number, Person::new(people, number as usize));
        Self {
            people: numbers.map(person).collect(),
            excluded: EEA.iter().copied().chain(["CH"]).collect(),
            covered: HashSet::from(["post", "article", "comment", "profile"]),
            in_force: midnight(day(18)),
            without_britain: midnight(day(20)),
            cut_off: time(workload::as_of()),
        }
    }

    /// The grounds against a post.
    pub fn decide(&self, post: &Post, as_of: DateTime<Utc>) -> Grounds {
        let mut grounds = Grounds::NONE;
        if post.created_at > as_of {
            grounds |= Ground::NotYetCreated;
        }
        if as_of < self.in_force {
            return grounds | Ground::NoPolicyInForce;
        }
        let person = &self.people[&post.author];
        let created = post.created_at.min(as_of);
        for instant in [created, as_of] {
            let Some((_, place)) = person.residences.range(..=instant).next_back() else {
                grounds |= Ground::ResidenceUnknown;
                continue;
            };
            if self.excluded.contains(place) || *place == "GB" && as_of >= self.without_britain {
                grounds |= Ground::RegionExcluded;
            }
            if !self.covered.contains(post.kind) {
                grounds |= Ground::KindNotCovered;
            }
            if !is_adult(person.born, created) {
                grounds |= Ground::UnderAge;
            }
        }
        let choice = person.choices.range(..=as_of).next_back();
        if choice.is_some_and(|(_, choice)| *choice == Choice::OptOut) {
            grounds |= Ground::OptedOut;
        }
        grounds
    }
}

/// Whoever gives only a year is born on its last day.
fn is_adult(born: i32, instant: DateTime<Utc>) -> bool {
    let birthday = NaiveDate::from_ymd_opt(born + 18, 12, 31).expect("a day");
    birthday.and_time(NaiveTime::from_hms_opt(12, 0, 0).expect("noon")).and_utc() <= instant
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("an instant")
}

/// The platform beside its records.
pub struct Naive {
    platform: Platform,
    prepare: Duration,
    posts: Vec<Post>,
    decided: Vec<Grounds>,
}

impl Naive {
    pub fn new(work: &Work) -> Self {
        let records = &work.records;
        let (prepare, platform) = timed(|| Platform::new(&work.people));
        Self {
            platform,
            prepare,
            posts: (0..records.len()).map(|row| Post::new(records, row)).collect(),
            decided: Vec::with_capacity(records.len()),
        }
    }

    /// The grounds against every record.
    pub fn decide(&mut self, job: Job) -> &[Grounds] {
        let Self { platform, posts, decided, .. } = self;
        decided.clear();
        match job {
            Job::A => decided.extend(posts.iter().map(|p| platform.decide(p, platform.cut_off))),
            Job::B => decided.extend(posts.iter().map(|p| platform.decide(p, p.as_of))),
        }
        decided
    }
}

impl Contender for Naive {
    fn name(&self) -> String {
        "naive Rust".to_owned()
    }

    fn formulation(&self) -> &'static str {
        FORMULATION
    }

    fn threads(&self) -> usize {
        1
    }

    fn rows(&self) -> usize {
        self.posts.len()
    }

    fn run(&mut self, job: Job, check: Check) -> Outcome {
        let (decide, grounds) = timed(|| self.decide(job));
        let answers = (check == Check::Answers).then(|| Answers::of(grounds));
        Outcome { prepare: Some(self.prepare), decide, answers }
    }
}
