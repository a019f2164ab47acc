//! What the command is told.

use std::path::PathBuf;

use crate::workload::Residence;

pub const USAGE: &str = "\
usage: run [--check] [--records N] [--subjects N] [--rounds N] [--residence R] [--jobs J]
           [--write-readme PATH]
  --check        a small run that takes no time seriously, for a machine that checks changes
  --records      how many records (20000000)
  --subjects     how many subjects (1000000)
  --rounds       how often each peer is timed (3)
  --residence    since when a residence is known: at-launch, since-sign-up or learned-late (at-launch)
  --jobs         which of the jobs: A, B, C (ABC)
  --write-readme puts the tables between the two markers of that file";

pub struct Options {
    pub records: usize,
    pub subjects: usize,
    pub rounds: usize,
    pub cases: usize,
    pub residence: Residence,
    pub jobs: String,
    pub write_readme: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments that follow the name of the command.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            records: 20_000_000,
            subjects: 1_000_000,
            rounds: 3,
            cases: 20_000,
            residence: Residence::AtLaunch,
            jobs: "ABC".to_owned(),
            write_readme: None,
        };
        while let Some(flag) = arguments.next() {
            if flag == "--check" {
                options = Self {
                    records: 100_000,
                    subjects: 5_000,
                    rounds: 1,
                    cases: 2_000,
                    residence: Residence::LearnedLate,
                    ..options
                };
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("`{flag}` takes a value"))?;
            let number = || value.parse().map_err(|_| format!("`{value}` is not a number"));
            match flag.as_str() {
                "--records" => options.records = number()?,
                "--subjects" => options.subjects = number()?,
                "--rounds" => options.rounds = number()?,
                "--residence" => options.residence = residence(&value)?,
                "--jobs" => options.jobs.clone_from(&value),
                "--write-readme" => options.write_readme = Some(value.into()),
                _ => return Err(format!("`{flag}` is not an option")),
            }
        }
        Ok(options)
    }
}

fn residence(value: &str) -> Result<Residence, String> {
    match value {
        "at-launch" => Ok(Residence::AtLaunch),
        "since-sign-up" => Ok(Residence::SinceSignUp),
        "learned-late" => Ok(Residence::LearnedLate),
        _ => Err(format!("`{value}` is not a residence")),
    }
}
