use may_train::bulk::{Column, ColumnError, Histories, Snapshot, SubjectColumns};
use may_train::people::ChoiceMade;
use may_train::{Birth, Place, Purpose, Subject, Timestamp};
use proptest::prelude::*;

use crate::worlds::{config, subjects, worlds};

/// The facts about subjects as columns, in some order of each subject's changes.
#[derive(Default)]
struct Facts {
    births: Vec<Birth>,
    birth: Vec<u32>,
    is_born: Vec<bool>,
    places: Vec<Place>,
    residence_offsets: Vec<usize>,
    since: Vec<i64>,
    place: Vec<u32>,
    is_known: Vec<bool>,
    since_recorded: Vec<i64>,
    choice_offsets: Vec<usize>,
    chosen_at: Vec<i64>,
    made: Vec<ChoiceMade>,
    chosen_recorded: Vec<i64>,
}

fn code<T: PartialEq>(values: &mut Vec<T>, value: T) -> u32 {
    let place = values.iter().position(|other| *other == value).unwrap_or_else(|| {
        values.push(value);
        values.len() - 1
    });
    u32::try_from(place).unwrap()
}

impl Facts {
    fn of(subjects: &[Subject], purpose: &Purpose) -> Self {
        let mut facts =
            Self { residence_offsets: vec![0], choice_offsets: vec![0], ..Self::default() };
        for subject in subjects {
            let birth = subject.birth().map_or(0, |birth| code(&mut facts.births, birth));
            facts.birth.push(birth);
            facts.is_born.push(subject.birth().is_some());
            let mut residences: Vec<_> = subject.residences().iter().collect();
            residences.reverse();
            for residence in residences {
                facts.since.push(residence.at().as_micros());
                facts.since_recorded.push(residence.recorded().as_micros());
                let place = residence.value().map_or(0, |place| code(&mut facts.places, place));
                facts.place.push(place);
                facts.is_known.push(residence.value().is_some());
            }
            facts.residence_offsets.push(facts.since.len());
            for (_, choice) in subject.choices().iter().filter(|(other, _)| *other == purpose) {
                facts.chosen_at.push(choice.at().as_micros());
                facts.chosen_recorded.push(choice.recorded().as_micros());
                facts.made.push(*choice.value());
            }
            facts.choice_offsets.push(facts.chosen_at.len());
        }
        facts
    }

    fn columns(&self) -> SubjectColumns<'_> {
        SubjectColumns::new(self.birth.len())
            .births(Column::nullable(&self.birth, &self.is_born).unwrap(), &self.births)
            .and_then(|facts| {
                let places = Column::nullable(&self.place, &self.is_known)?;
                facts.residences(&self.residence_offsets, &self.since, places, &self.places)
            })
            .and_then(|facts| facts.choices(&self.choice_offsets, &self.chosen_at, &self.made))
            .and_then(|facts| facts.residences_recorded(&self.since_recorded))
            .and_then(|facts| facts.choices_recorded(&self.chosen_recorded))
            .expect("columns of subjects")
    }
}

/// The subject with what columns hold alone.
fn plain(subject: &Subject, purpose: &Purpose) -> Subject {
    let mut plain = Subject::new(subject.id().clone());
    if let Some(birth) = subject.birth() {
        plain = plain.with_birth(birth);
    }
    plain = subject.residences().iter().copied().fold(plain, Subject::with_residence_entry);
    let choices = subject.choices().iter().filter(|(other, _)| *other == purpose);
    choices
        .fold(plain, |plain, (purpose, choice)| plain.with_choice_entry(purpose.clone(), *choice))
}

proptest! {
    #![proptest_config(config(1_000))]

    /// RecordColumns of facts mean what subjects with the same facts mean.
    #[test]
    fn columns_of_facts_are_as_good_as_subjects((policy, registry, _, questions) in worlds()) {
        let purpose = policy.purpose();
        let people: Vec<_> = subjects(&registry).iter().map(|s| plain(s, purpose)).collect();
        let facts = Facts::of(&people, purpose);
        for (as_of, known_at) in questions {
            let mut expected = Snapshot::new(&policy, as_of, known_at);
            for subject in &people {
                expected.push(subject).unwrap();
            }
            let mut snapshot = Snapshot::new(&policy, as_of, known_at);
            snapshot.push_columns(&facts.columns()).unwrap();
            prop_assert!(snapshot == expected);
            let mut histories = Histories::new(purpose, known_at);
            histories.push_columns(&facts.columns()).unwrap();
            prop_assert!(histories.freeze(&policy, as_of).unwrap() == expected);
        }
    }
}

#[test]
fn bad_facts_are_named_with_their_column_and_row() {
    let places: [Place; 1] = ["US".parse().unwrap()];
    let births: [Birth; 1] = ["1990".parse().unwrap()];
    let facts = SubjectColumns::new(2);
    let message = |facts: Result<SubjectColumns<'_>, ColumnError>| facts.unwrap_err().to_string();
    assert_eq!(
        message(facts.births(&[0, 1], &births)),
        "`birth`, row 1: is not in the list; add it there"
    );
    assert_eq!(message(facts.births(&[0], &births)), "`birth` has 1 rows, but 2 are needed");
    let offsets = [0, 1, 2];
    assert_eq!(
        message(facts.residences(&offsets, &[0, 0], &[0, 1], &places)),
        "`residence.place`, row 1: is not in the list; add it there"
    );
    assert_eq!(
        message(facts.residences(&offsets, &[0, i64::MAX], &[0, 0], &places)),
        format!(
            "`residence.at`, row 1: {} µs lie outside the years 0001 to 9999; \
             give microseconds since 1970",
            i64::MAX
        )
    );
    let nulls = Column::nullable(&[0, 0], &[true, false]).unwrap();
    assert_eq!(
        message(facts.residences(&offsets, nulls, &[0, 0], &places)),
        "`residence.at`, row 1: is null; a value is needed in each row"
    );
    assert_eq!(
        message(facts.residences(&[0, 2], &[0, 0], &[0, 0], &places)),
        "`residence` has 2 offsets, but 3 are needed"
    );
    assert_eq!(
        message(facts.choices(&offsets, &[0, 0], &[])),
        "`choice.made` has 0 rows, but 2 are needed"
    );
    let good = facts.residences(&offsets, &[0, 0], &[0, 0], &places).unwrap();
    let late = [Timestamp::MIN.as_micros(), i64::MIN];
    assert!(message(good.residences_recorded(&late)).starts_with("`residence.recorded`, row 1: "));
}
