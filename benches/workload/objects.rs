//! The same people and records as values of the crate, for the decision of one at a time.

use may_train::{
    Birth, Choice, ChosenBy, Place, Policy, Record, Registry, Subject, SubjectId, Timestamp,
};

use super::people::{OPT_OUT, PLACES, People};
use super::records::{KINDS, Records};

/// Everybody.
pub fn registry(people: &People, policy: &Policy) -> Registry {
    let mut registry = Registry::new();
    for number in 0..people.len() {
        registry.insert(subject(people, policy, number)).expect("a new subject");
    }
    registry
}

/// The subject of that number.
pub fn subject(people: &People, policy: &Policy, number: usize) -> Subject {
    subject_in(people, policy, number, |country| country.parse().expect("a place"))
}

/// The same, residing in a part of each country.
pub fn subject_in(
    people: &People,
    policy: &Policy,
    number: usize,
    part: impl Fn(&str) -> Place,
) -> Subject {
    let born = Birth::in_year(people.born[number].into()).expect("a year");
    let mut subject = Subject::new(subject_id(number)).with_birth(born);
    for at in people.residences(number) {
        let place = PLACES[usize::from(people.residence_place[at])];
        subject = subject.with_residence(part(place), at_micros(people.residence_at[at]));
    }
    for at in people.choices(number) {
        let choice = if people.choice[at] == OPT_OUT { Choice::OptOut } else { Choice::OptIn };
        let purpose = policy.purpose().clone();
        subject = subject.with_choice(
            choice,
            ChosenBy::Subject,
            purpose,
            at_micros(people.choice_at[at]),
        );
    }
    subject
}

/// The record of a row.
pub fn record(records: &Records, row: usize) -> Record {
    let kind = KINDS[usize::from(records.kind[row])].parse().expect("a kind");
    Record::new(format!("r{row}").parse().expect("an id"), kind, at_micros(records.created_at[row]))
        .with_subject(subject_id(records.subject[row] as usize))
}

fn subject_id(number: usize) -> SubjectId {
    format!("u{number}").parse().expect("an id")
}

fn at_micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).expect("an instant")
}
