//! What stood at the instants that the policy samples: what an engine without histories is told.

use std::ops::Range;

use may_train::Timestamp;

use crate::europe::EEA;
use crate::workload::{KINDS, OPT_OUT, PLACES, People, Records};

/// The facts of a case.
pub struct Facts {
    pub as_of: i64,
    pub created_at: i64,
    /// The creation, or the cut-off where that comes first.
    pub sampled: i64,
    pub kind: &'static str,
    /// Where the subject resided at the cut-off, if that is known.
    pub home: Option<&'static str>,
    /// Where the subject resided at the creation.
    pub origin: Option<&'static str>,
    pub opted_out: bool,
    /// When the subject came of age.
    pub adult_at: i64,
}

impl Facts {
    /// Those of every record.
    pub fn of(people: &People, records: &Records) -> Vec<Self> {
        (0..records.len()).map(|row| Self::new(people, records, row)).collect()
    }

    fn new(people: &People, records: &Records, row: usize) -> Self {
        let subject = records.subject[row] as usize;
        let (as_of, created_at) = (records.as_of[row], records.created_at[row]);
        let sampled = created_at.min(as_of);
        let place = |instant| {
            let at = last(&people.residence_at, people.residences(subject), instant)?;
            Some(PLACES[usize::from(people.residence_place[at])])
        };
        let choice = last(&people.choice_at, people.choices(subject), as_of);
        Self {
            as_of,
            created_at,
            sampled,
            kind: KINDS[usize::from(records.kind[row])],
            home: place(as_of),
            origin: place(sampled),
            opted_out: choice.is_some_and(|at| people.choice[at] == OPT_OUT),
            // A year alone counts as its last day, which has begun everywhere at noon.
            adult_at: micros(&format!("{}-12-31T12:00:00Z", people.born[subject] + 18)),
        }
    }
}

/// Since when a place is excluded.
pub fn excluded_from(place: &str) -> Option<i64> {
    match place {
        "GB" => Some(micros("2024-09-20")),
        _ if EEA.contains(&place) || place == "CH" => Some(micros("2024-09-18")),
        _ => None,
    }
}

fn micros(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("a day").as_micros()
}

/// The entry that stands at an instant.
fn last(instants: &[i64], entries: Range<usize>, instant: i64) -> Option<usize> {
    let past = instants[entries.clone()].partition_point(|at| *at <= instant);
    (past > 0).then(|| entries.start + past - 1)
}
