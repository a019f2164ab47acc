//! Makes the sample data in `examples/sample`: an invented platform's members and their posts.
//!
//! ```text
//! cargo run --release --example make_sample [FOLDER]
//! ```
//!
//! The same files come out every time; a test compares those of the repository with what this makes.

#[path = "../shared/inputs.rs"]
mod inputs;
#[path = "../shared/outputs.rs"]
mod outputs;
#[path = "../shared/random.rs"]
mod random;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use may_train::people::ChoiceMade;
use may_train::{
    Audience, Choice, ChosenBy, Entry, Place, Record, Restriction, Span, Subject, SubjectId,
    Timestamp, ValueError,
};

use outputs::Output;
use random::Random;

const SUBJECTS: u64 = 300;
const RECORDS: u64 = 3_000;
const PURPOSE: &str = "ai-training.generative";

/// Where members live: a few large countries, and those that are easily got wrong.
const PLACES: &[&str] = &[
    "US", "US", "US-CA", "US-IL", "US-NY", "IN", "IN", "BR", "BR", "AU", "JP", "GB", "GB", "FR",
    "DE", "IE", "ES", "SE", "NO", "CH", "RE", "GP", "AX", "CA", "HK", "GG", "SJ",
];
const KINDS: &[&str] = &["post", "post", "post", "article", "comment", "private-message"];
const AUDIENCES: &[&str] = &["consumer", "consumer", "consumer", "business", "education"];

/// Makes the sample: members of an invented platform, and their posts.
#[derive(Parser)]
#[command(name = "make_sample", version)]
struct Args {
    /// The folder for the two files.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample"))]
    folder: PathBuf,
}

fn main() -> ExitCode {
    outputs::run("make_sample", || make(&Args::parse()).map(|()| ExitCode::SUCCESS))
}

fn make(args: &Args) -> Result<(), Box<dyn Error>> {
    let begin = |file: &str| Output::create(&args.folder.join(file));
    let (mut people, mut posts) = (begin("subjects.ndjson")?, begin("records.ndjson")?);
    subjects()?.iter().try_for_each(|subject| people.write_json(subject))?;
    records()?.iter().try_for_each(|record| posts.write_json(record))?;
    Ok(Output::keep_all([people, posts])?)
}

/// What is drawn. It takes remainders, as the committed sample was drawn so.
struct Numbers(Random);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from[index]
    }

    /// A second between the starts of two years.
    fn between(&mut self, from: u64, until: u64) -> Result<Timestamp, ValueError> {
        let start: Timestamp = format!("{from}-01-01").parse()?;
        let end: Timestamp = format!("{until}-01-01").parse()?;
        let seconds = (end.as_micros() - start.as_micros()) / 1_000_000;
        let offset = self.below(seconds.unsigned_abs()).cast_signed();
        Timestamp::from_micros(start.as_micros() + offset * 1_000_000)
    }
}

fn subjects() -> Result<Vec<Subject>, ValueError> {
    let mut numbers = Numbers(Random::new(2024));
    (0..SUBJECTS).map(|i| subject(i, &mut numbers)).collect()
}

fn subject(i: u64, numbers: &mut Numbers) -> Result<Subject, ValueError> {
    let mut subject = Subject::new(format!("u{i:03}").parse()?);
    if !numbers.one_in(12) {
        let year = 1955 + numbers.below(55);
        let birth = match numbers.below(3) {
            0 => format!("{year}"),
            _ => format!("{year}-{:02}-{:02}", 1 + numbers.below(12), 1 + numbers.below(28)),
        };
        subject = subject.with_birth(birth.parse()?);
    }
    if !numbers.one_in(25) {
        subject =
            subject.with_residence(numbers.pick(PLACES).parse()?, numbers.between(2008, 2016)?);
    }
    if numbers.one_in(5) {
        let moved = numbers.between(2022, 2025)?;
        let learned = Timestamp::from_micros(moved.as_micros() + 30 * 86_400_000_000)?;
        let entry = Entry::new(moved, numbers.pick(PLACES).parse::<Place>()?);
        subject = subject.with_residence_entry(entry.with_recorded(learned));
    }
    if !numbers.one_in(15) {
        let audience: Audience = numbers.pick(AUDIENCES).parse()?;
        subject = subject.with_audience_entry(Entry::new("2008-01-01".parse()?, audience));
    }
    let choices = match numbers.below(10) {
        0..=5 => 0,
        6..=8 => 1,
        _ => 3,
    };
    for _ in 0..choices {
        let choice = if numbers.one_in(2) { Choice::OptIn } else { Choice::OptOut };
        let by = match numbers.below(12) {
            0 => ChosenBy::Signal,
            1 => ChosenBy::Admin,
            2 => ChosenBy::Guardian,
            _ => ChosenBy::Subject,
        };
        let purpose = if numbers.one_in(8) { "ai-training" } else { PURPOSE };
        let made = Entry::new(numbers.between(2023, 2026)?, ChoiceMade::new(choice, by));
        subject = subject.with_choice_entry(purpose.parse()?, made);
    }
    if numbers.one_in(40) {
        let from = numbers.between(2023, 2025)?;
        subject =
            subject.with_restriction(Restriction::new("legal-hold".parse()?, Span::new(from))?);
    }
    if numbers.one_in(40) {
        subject = subject.with_erasure_entry(Entry::new(numbers.between(2023, 2026)?, ()));
    }
    Ok(subject)
}

fn records() -> Result<Vec<Record>, ValueError> {
    let mut numbers = Numbers(Random::new(1789));
    (0..RECORDS).map(|i| record(i, &mut numbers)).collect()
}

fn record(i: u64, numbers: &mut Numbers) -> Result<Record, ValueError> {
    let id = format!("r{i:04}").parse()?;
    // A few members write most of the posts; a few posts are of people who are not registered.
    let member = |numbers: &mut Numbers| -> Result<SubjectId, ValueError> {
        let all = SUBJECTS + 3;
        let i = numbers.below(all) * numbers.below(all) / all;
        format!("u{:03}", (i * 7 + numbers.below(5)) % all).parse()
    };
    let created = numbers.between(2012, 2026)?;
    let mut record = Record::new(id, numbers.pick(KINDS).parse()?, created);
    if !numbers.one_in(400) {
        record = record.with_subject(member(numbers)?);
    }
    while numbers.one_in(15) {
        record = record.with_subject(member(numbers)?);
    }
    if numbers.one_in(40) {
        record = record.with_deletion(numbers.between(2024, 2026)?);
    }
    if numbers.one_in(100) {
        let span = Span::new("2023-01-01".parse()?).until("2026-01-01".parse()?);
        record = record.with_restriction(Restriction::new("baa".parse()?, span)?);
    }
    Ok(record)
}
