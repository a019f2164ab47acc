//! Generated subjects, of 16 countries and 70 years of birth. One in ten has moved, one in five has
//! chosen.

use std::ops::Range;

use may_train::bulk::{ColumnError, SubjectColumns};
use may_train::people::ChoiceMade;
use may_train::{Birth, Choice, ChosenBy, Place, Timestamp};

use crate::random::Random;

/// The countries of residence, each with the number of people in a hundred who live there.
const HOMES: [(&str, u64); 16] = [
    ("US", 22),
    ("IN", 18),
    ("BR", 10),
    ("GB", 6),
    ("FR", 5),
    ("DE", 5),
    ("CN", 5),
    ("ID", 5),
    ("CA", 4),
    ("MX", 4),
    ("IT", 4),
    ("ES", 4),
    ("AU", 3),
    ("CH", 2),
    ("HK", 2),
    ("JP", 1),
];

const FIRST_YEAR: i64 = 1940;
const YEARS: i64 = 70;

/// Generated subjects as columns, some at a time.
pub struct People {
    births: Vec<Birth>,
    places: Vec<Place>,
    homes: Vec<u32>,
    launch: i64,
    until: i64,
    toggle: i64,
    birth: Vec<u32>,
    residence_offsets: Vec<usize>,
    since: Vec<i64>,
    place: Vec<u32>,
    choice_offsets: Vec<usize>,
    chosen_at: Vec<i64>,
    made: Vec<ChoiceMade>,
}

impl People {
    /// Returns a generator.
    pub fn new() -> Self {
        let births = (0..YEARS).filter_map(|year| Birth::in_year(FIRST_YEAR + year).ok());
        let places = HOMES.iter().filter_map(|(place, _)| place.parse().ok());
        let homes = (0..).zip(HOMES).flat_map(|(code, (_, share))| (0..share).map(move |_| code));
        Self {
            births: births.collect(),
            places: places.collect(),
            homes: homes.collect(),
            launch: micros("2003-05-05"),
            until: micros("2024-12-01"),
            toggle: micros("2024-09-18"),
            birth: Vec::new(),
            residence_offsets: Vec::new(),
            since: Vec::new(),
            place: Vec::new(),
            choice_offsets: Vec::new(),
            chosen_at: Vec::new(),
            made: Vec::new(),
        }
    }

    /// Generates the subjects with these numbers.
    pub fn make(&mut self, numbers: Range<u64>) -> Result<SubjectColumns<'_>, ColumnError> {
        self.birth.clear();
        self.since.clear();
        self.place.clear();
        self.chosen_at.clear();
        self.made.clear();
        (self.residence_offsets, self.choice_offsets) = (vec![0], vec![0]);
        for number in numbers {
            let mut random = Random::of(1, number);
            self.birth.push(random.code(self.births.len()));
            self.settle(self.launch, &mut random);
            if random.below(10) == 0 {
                let moved = random.between(self.launch, self.until);
                self.settle(moved, &mut random);
            }
            self.residence_offsets.push(self.since.len());
            let choices = match random.below(100) {
                0..80 => 0,
                80..95 => 1,
                _ => 2 + random.below(4),
            };
            for _ in 0..choices {
                let choice = if random.below(10) < 7 { Choice::OptOut } else { Choice::OptIn };
                self.chosen_at.push(random.between(self.toggle, self.until));
                self.made.push(ChoiceMade::new(choice, ChosenBy::Subject));
            }
            self.choice_offsets.push(self.chosen_at.len());
        }
        SubjectColumns::new(self.birth.len())
            .births(&self.birth, &self.births)?
            .residences(&self.residence_offsets, &self.since, &self.place, &self.places)?
            .choices(&self.choice_offsets, &self.chosen_at, &self.made)
    }

    /// Adds a residence.
    fn settle(&mut self, since: i64, random: &mut Random) {
        self.since.push(since);
        self.place.push(*random.one_of(&self.homes));
    }
}

/// Returns the start of a day in microseconds.
fn micros(day: &str) -> i64 {
    day.parse::<Timestamp>().map_or(0, Timestamp::as_micros)
}
