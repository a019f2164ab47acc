//! People, as columns.

use std::ops::Range;

use super::random::Random;
use super::{as_of, instant};

/// The countries, each with the people who live there among a thousand.
const RESIDENTS: [(&str, u64); 44] = [
    ("US", 220),
    ("IN", 140),
    ("BR", 75),
    ("GB", 45),
    ("FR", 34),
    ("CN", 30),
    ("ID", 30),
    ("CA", 28),
    ("MX", 25),
    ("DE", 24),
    ("IT", 24),
    ("ES", 22),
    ("AU", 20),
    ("TR", 20),
    ("PH", 20),
    ("NL", 16),
    ("ZA", 16),
    ("CO", 16),
    ("AR", 16),
    ("NG", 14),
    ("PL", 12),
    ("CL", 12),
    ("PE", 12),
    ("EG", 12),
    ("PK", 12),
    ("AE", 10),
    ("SA", 10),
    ("SE", 9),
    ("BE", 8),
    ("RO", 8),
    ("PT", 8),
    ("CH", 8),
    ("DK", 6),
    ("IE", 5),
    ("NO", 5),
    ("FI", 4),
    ("AT", 4),
    ("JP", 10),
    ("HK", 4),
    ("IS", 2),
    ("RE", 2),
    ("JE", 1),
    ("GI", 1),
    ("LI", 1),
];

/// The countries by code.
pub const PLACES: &[&str] = &{
    let mut places = [""; RESIDENTS.len()];
    let mut code = 0;
    while code < places.len() {
        places[code] = RESIDENTS[code].0;
        code += 1;
    }
    places
};

/// The codes of choices.
pub const OPT_OUT: u8 = 0;
pub const OPT_IN: u8 = 1;

/// Since when the first residence of a subject is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residence {
    /// Since the launch of the platform, for all.
    AtLaunch,
    /// Since each subject signed up, and no record is older.
    SinceSignUp,
    /// Since an instant of each subject, and records may be older.
    LearnedLate,
}

impl Residence {
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtLaunch => "since the launch",
            Self::SinceSignUp => "since signing up",
            Self::LearnedLate => "late",
        }
    }
}

/// How many choices a subject has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoicesEach {
    /// None as a rule, one of 15 in a hundred, two to five of 5 in a hundred.
    Few,
    /// As many for all.
    Exactly(usize),
}

/// Subjects, numbered from 0, with their residences and choices in ascending order.
pub struct People {
    pub residence: Residence,
    /// The year of birth.
    pub born: Vec<i32>,
    pub residence_offsets: Vec<u32>,
    pub residence_at: Vec<i64>,
    /// Codes into [`PLACES`].
    pub residence_place: Vec<u16>,
    pub choice_offsets: Vec<u32>,
    pub choice_at: Vec<i64>,
    /// [`OPT_OUT`] or [`OPT_IN`].
    pub choice: Vec<u8>,
}

impl People {
    pub fn new(subjects: usize, residence: Residence, choices: ChoicesEach) -> Self {
        let mut people = Self {
            residence,
            born: Vec::with_capacity(subjects),
            residence_offsets: vec![0],
            residence_at: Vec::with_capacity(subjects + subjects / 8),
            residence_place: Vec::with_capacity(subjects + subjects / 8),
            choice_offsets: vec![0],
            choice_at: Vec::new(),
            choice: Vec::new(),
        };
        let mut random = Random::new(1);
        let homes = homes();
        let mut instants = Vec::new();
        for _ in 0..subjects {
            let born = 1940 + random.below(70);
            people.born.push(i32::try_from(born).expect("a year"));
            people.settle(&mut random, &homes);
            people.choose(choices, &mut random, &mut instants);
        }
        people
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.born.len()
    }

    /// Where in the columns the residences of a subject are.
    pub fn residences(&self, subject: usize) -> Range<usize> {
        span(&self.residence_offsets, subject)
    }

    /// Where in the columns the choices of a subject are.
    pub fn choices(&self, subject: usize) -> Range<usize> {
        span(&self.choice_offsets, subject)
    }

    /// The instant before which no record of the subject is created.
    pub fn joined(&self, subject: usize) -> i64 {
        match self.residence {
            Residence::AtLaunch | Residence::SinceSignUp => {
                self.residence_at[self.residences(subject).start]
            }
            Residence::LearnedLate => launch(),
        }
    }

    /// Adds the residences of the next subject.
    fn settle(&mut self, random: &mut Random, homes: &[u16]) {
        let first = match self.residence {
            Residence::AtLaunch => launch(),
            Residence::SinceSignUp => random.between(launch(), instant("2024-06-01")),
            Residence::LearnedLate => random.between(launch(), instant("2025-09-01")),
        };
        self.residence_at.push(first);
        if random.one_in(10) {
            let move_at = change(random, first, instant("2025-10-01"));
            self.residence_at.push(move_at.max(first + 1));
        }
        while self.residence_place.len() < self.residence_at.len() {
            self.residence_place.push(*random.one_of(homes));
        }
        self.residence_offsets.push(offset(self.residence_at.len()));
    }

    /// Adds the choices of the next subject.
    fn choose(&mut self, choices: ChoicesEach, random: &mut Random, instants: &mut Vec<i64>) {
        let count = match (choices, random.below(100)) {
            (ChoicesEach::Exactly(count), _) => count,
            (ChoicesEach::Few, 0..80) => 0,
            (ChoicesEach::Few, 80..95) => 1,
            (ChoicesEach::Few, _) => 2 + usize::try_from(random.below(4)).expect("a few"),
        };
        instants.clear();
        let (from, until) = (instant("2023-01-01"), instant("2025-06-01"));
        instants.extend((0..count).map(|_| change(random, from, until)));
        instants.sort_unstable();
        let mut last = i64::MIN;
        for &at in &*instants {
            // No two at the same instant: what wins then is not the business of a benchmark.
            last = at.max(last + 1);
            self.choice_at.push(last);
            self.choice.push(if random.below(10) < 7 { OPT_OUT } else { OPT_IN });
        }
        self.choice_offsets.push(offset(self.choice_at.len()));
    }
}

fn launch() -> i64 {
    instant("2003-05-05")
}

/// An instant at which something changes; now and then it is the cut-off itself.
fn change(random: &mut Random, from: i64, until: i64) -> i64 {
    let at = random.between(from, until);
    if random.one_in(64) { as_of() } else { at }
}

/// A thousand homes, by the code of their place.
fn homes() -> Vec<u16> {
    let places = (0_u16..).zip(RESIDENTS);
    places.flat_map(|(code, (_, share))| (0..share).map(move |_| code)).collect()
}

fn offset(len: usize) -> u32 {
    u32::try_from(len).expect("fewer than 2^32 entries")
}

fn span(offsets: &[u32], subject: usize) -> Range<usize> {
    offsets[subject] as usize..offsets[subject + 1] as usize
}
