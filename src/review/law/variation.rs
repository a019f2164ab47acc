//! Variations of a case: facts that are added or forgotten, and rules that are made stricter.

use super::situation::{Case, Situation};
use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::rule::Rule;
use crate::policy::transform::Stricter;
use crate::review::space::{Cell, Journey, Space};
use crate::values::id::SubjectId;
use crate::values::kind::Purpose;
use crate::values::place::Place;
use crate::values::regime::Regime;
use crate::values::time::{Span, Timestamp};

/// Returns the instant just before, or the same instant if there is none before it.
pub(super) fn earliest(instant: Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.as_micros().saturating_sub(1)).unwrap_or(Timestamp::MIN)
}

/// Returns the instant just after; `None` if there is none.
pub(super) fn latest(instant: Timestamp) -> Option<Timestamp> {
    Timestamp::from_micros(instant.as_micros().checked_add(1)?).ok()
}

/// A fact that is learned later, or becomes true later. Wherever it counts, it changes some
/// decision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Later {
    UnknownResidence,
    UnknownAudience,
    OptIn,
    OptOut,
    Restriction,
    RestrictionOfRecord,
    Erasure,
}

impl Later {
    pub(super) const ALL: [Self; 7] = [
        Self::UnknownResidence,
        Self::UnknownAudience,
        Self::OptIn,
        Self::OptOut,
        Self::Restriction,
        Self::RestrictionOfRecord,
        Self::Erasure,
    ];

    /// Returns the situation of a case with the fact, which is true from one instant on and learned
    /// at another.
    pub(super) fn add(self, case: &Case<'_>, at: Timestamp, recorded: Timestamp) -> Situation {
        let hold = || {
            let restriction = Restriction::new("legal-hold".parse().ok()?, Span::new(at)).ok()?;
            Some(restriction.with_recorded(recorded))
        };
        if let Self::RestrictionOfRecord = self {
            let Situation { subjects, mut record } = case.situation.clone();
            record = hold().into_iter().fold(record, Record::with_restriction);
            return Situation { subjects, record };
        }
        let purpose = case.side.policy().purpose();
        case.situation.with(|subject| {
            let chosen = |subject: Subject, choice| {
                let made = Entry::new(at, ChoiceMade::new(choice, ChosenBy::Subject));
                subject.with_choice_entry(purpose.clone(), made.with_recorded(recorded))
            };
            match self {
                Self::UnknownResidence => {
                    subject.with_residence_entry(Entry::new(at, None).with_recorded(recorded))
                }
                Self::UnknownAudience => {
                    subject.with_audience_entry(Entry::new(at, None).with_recorded(recorded))
                }
                Self::OptIn => chosen(subject, Choice::OptIn),
                Self::OptOut => chosen(subject, Choice::OptOut),
                Self::Restriction => hold().into_iter().fold(subject, Subject::with_restriction),
                Self::RestrictionOfRecord => subject,
                Self::Erasure => {
                    subject.with_erasure_entry(Entry::new(at, ()).with_recorded(recorded))
                }
            }
        })
    }

    pub(super) const fn is_choice(self) -> bool {
        match self {
            Self::OptIn | Self::OptOut => true,
            Self::UnknownResidence
            | Self::UnknownAudience
            | Self::Restriction
            | Self::RestrictionOfRecord
            | Self::Erasure => false,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::UnknownResidence => "a residence not known",
            Self::UnknownAudience => "an audience not known",
            Self::OptIn => "an opt-in",
            Self::OptOut => "an opt-out",
            Self::Restriction => "a restriction",
            Self::RestrictionOfRecord => "a restriction of the record",
            Self::Erasure => "an erasure",
        }
    }
}

/// Returns every opt-out for the purpose or the next wider one: by any actor, at the creation or at
/// the cut-off.
pub(super) fn opt_outs(case: &Case<'_>) -> Vec<(Purpose, Entry<ChoiceMade>)> {
    let purpose = case.side.policy().purpose();
    let mut opt_outs = Vec::new();
    for chosen_for in [purpose.clone()].into_iter().chain(purpose.wider().next()) {
        for by in ChosenBy::ALL {
            for at in [case.situation.record.created_at(), case.side.as_of()] {
                let made = ChoiceMade::new(Choice::OptOut, *by);
                opt_outs.push((chosen_for.clone(), Entry::new(at, made)));
            }
        }
    }
    opt_outs
}

/// Returns opt-ins that do not lift an opt-out for a purpose. They are made by others than the
/// subject and the guardian, or for another purpose.
pub(super) fn lifts_nothing(
    purpose: &Purpose,
    opted_out: &Purpose,
) -> impl Iterator<Item = (Purpose, ChosenBy)> {
    let others = ChosenBy::ALL.iter().filter_map(|by| match by {
        ChosenBy::Subject | ChosenBy::Guardian => None,
        ChosenBy::Signal | ChosenBy::Admin | ChosenBy::Migrated => Some((opted_out.clone(), *by)),
    });
    let narrower = format!("{purpose}.narrower").parse().ok();
    let elsewhere = purpose.wider().next().into_iter().chain([purpose.clone()]).chain(narrower);
    let elsewhere = elsewhere.filter(|other| other != opted_out);
    let all: Vec<_> = others.chain(elsewhere.map(|other| (other, ChosenBy::Subject))).collect();
    all.into_iter()
}

/// Returns the case with a restriction of the subject, a restriction of the record, or an erasure,
/// each in force at the cut-off.
pub(super) fn vetoes(case: &Case<'_>) -> Vec<(Situation, &'static str)> {
    let as_of = case.side.as_of();
    let Ok(id) = "legal-hold".parse() else { return Vec::new() };
    let Ok(restriction) = Restriction::new(id, Span::new(as_of)) else { return Vec::new() };
    let of_record = Situation {
        subjects: case.situation.subjects.clone(),
        record: case.situation.record.clone().with_restriction(restriction.clone()),
    };
    vec![
        (case.situation.with(|s| s.with_restriction(restriction.clone())), "a restriction"),
        (case.situation.with(|s| s.with_erasure_entry(Entry::new(as_of, ()))), "an erasure"),
        (of_record, "a restriction of the record"),
    ]
}

/// Returns copies of the subject: one with the same facts, and one as a resident of each class of
/// places.
pub(super) fn companions(case: &Case<'_>, space: &Space) -> Vec<Subject> {
    let Ok(id) = "somebody-else".parse::<SubjectId>() else { return Vec::new() };
    let journeys = space.places.iter().map(|class| Journey::Stayed(class.representative));
    [case.cell.journey]
        .into_iter()
        .chain(journeys)
        .filter_map(|journey| Cell { journey, ..case.cell }.stand_in(case.side))
        .map(|(subject, _)| rebuilt(&subject, id.clone(), None))
        .collect()
}

/// A fact of a subject that is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forgotten {
    Residences,
    /// The subdivisions of the countries in which the subject resided.
    Subdivisions,
    /// The residence from an instant on, which is written as unknown.
    ResidenceFrom(Timestamp),
    Audiences,
    /// The audience from an instant on, which is written as unknown.
    AudienceFrom(Timestamp),
    Birth,
    /// The opt-ins made at an instant.
    OptIn(Timestamp),
}

impl Forgotten {
    pub(super) fn forget(self, subject: &Subject) -> Subject {
        let copy = rebuilt(subject, subject.id().clone(), Some(self));
        match self {
            Self::ResidenceFrom(at) => copy.with_residence_entry(Entry::new(at, None)),
            Self::AudienceFrom(at) => copy.with_audience_entry(Entry::new(at, None)),
            Self::Residences
            | Self::Subdivisions
            | Self::Audiences
            | Self::Birth
            | Self::OptIn(_) => copy,
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Residences => "the residences forgotten",
            Self::Subdivisions => "the subdivisions forgotten",
            Self::ResidenceFrom(_) => "a residence written as unknown",
            Self::Audiences => "the audiences forgotten",
            Self::AudienceFrom(_) => "an audience written as unknown",
            Self::Birth => "the birth forgotten",
            Self::OptIn(_) => "an opt-in forgotten",
        }
    }
}

/// Returns every fact of a case that can be forgotten.
pub(super) fn forgettable(case: &Case<'_>) -> Vec<Forgotten> {
    let as_of = case.side.as_of();
    let mut facts = vec![Forgotten::Residences, Forgotten::ResidenceFrom(as_of)];
    for subject in &case.situation.subjects {
        let mut places = subject.residences().iter().filter_map(|entry| *entry.value());
        let is_part = places.any(|place| place.subdivision().is_some());
        facts.extend(is_part.then_some(Forgotten::Subdivisions));
        if !subject.audiences().is_empty() {
            facts.extend([Forgotten::Audiences, Forgotten::AudienceFrom(as_of)]);
        }
        facts.extend(subject.birth().map(|_| Forgotten::Birth));
        let opt_ins = subject.choices().iter().filter(|(_, e)| e.value().choice() == Choice::OptIn);
        facts.extend(opt_ins.map(|(_, entry)| Forgotten::OptIn(entry.at())));
    }
    facts
}

/// Returns the subject under another id, without the fact that is forgotten.
pub(super) fn rebuilt(subject: &Subject, id: SubjectId, forgotten: Option<Forgotten>) -> Subject {
    let mut copy = Subject::new(id);
    if forgotten != Some(Forgotten::Residences) {
        let whole = |place: Option<Place>| match forgotten {
            Some(Forgotten::Subdivisions) => place.map(|place| place.country().into()),
            _ => place,
        };
        let residences = subject.residences().iter().map(|entry| entry.map(whole));
        copy = residences.fold(copy, Subject::with_residence_entry);
    }
    if forgotten != Some(Forgotten::Audiences) {
        copy = subject.audiences().iter().cloned().fold(copy, Subject::with_audience_entry);
    }
    if forgotten != Some(Forgotten::Birth) {
        copy = subject.birth().into_iter().fold(copy, Subject::with_birth);
    }
    for (purpose, choice) in subject.choices().iter() {
        let is_opt_in = choice.value().choice() == Choice::OptIn;
        if !(is_opt_in && forgotten == Some(Forgotten::OptIn(choice.at()))) {
            copy = copy.with_choice_entry(purpose.clone(), *choice);
        }
    }
    copy
}

/// Returns every way to make a rule stricter in place by one step.
pub(super) fn stricter(rule: &Rule) -> Vec<Stricter> {
    let regimes = Regime::ALL.iter().filter(|regime| **regime < rule.regime());
    let older = rule.terms().minimum_age().map_or(18, |age| age.saturating_add(1));
    let kinds = rule.terms().covers().iter().cloned();
    regimes
        .map(|regime| Stricter::Regime(*regime))
        .chain([Stricter::MinimumAge(older)])
        .chain(kinds.map(Stricter::Without))
        .collect()
}

impl Stricter {
    pub(super) fn words(&self) -> String {
        match self {
            Self::Regime(regime) => format!("{regime}"),
            Self::MinimumAge(age) => format!("from the age of {age}"),
            Self::Without(kind) => format!("without {kind}"),
        }
    }
}
