//! What is known of one subject, resolved to step functions in small numbers.

use crate::bulk::ids::Ids;
use crate::decision::transitions::{Next, of_learning};
use crate::people::choice::{Choice, ChoiceMade, ChosenBy, Preference};
use crate::people::log::{Entry, Log, agreed};
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::values::id::SubjectId;
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::time::{Birth, Span, Timestamp};

/// The number of a place or an audience that is not known, be it that nothing is, that entries
/// contradict each other, or that one says so.
pub(crate) const UNKNOWN: u32 = 0;

/// The places and audiences that were met, numbered from 1 on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    places: Ids<Place>,
    audiences: Ids<Audience>,
}

impl Words {
    pub(crate) fn of_place(&mut self, place: Place) -> u32 {
        numbered(self.places.insert(place))
    }

    fn of_audience(&mut self, audience: &Audience) -> u32 {
        let known = self.audiences.get(audience);
        numbered(known.or_else(|| self.audiences.insert(audience.clone())))
    }

    /// How many places were met.
    pub(crate) fn places(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn place(&self, number: u32) -> Option<Place> {
        self.places.value(number.checked_sub(1)?).copied()
    }

    pub(crate) fn audience(&self, number: u32) -> Option<&Audience> {
        self.audiences.value(number.checked_sub(1)?)
    }
}

/// There are fewer places and audiences than numbers; one that had none would be unknown.
fn numbered(number: Option<u32>) -> u32 {
    number.map_or(UNKNOWN, |number| number.saturating_add(1))
}

/// What is known of one subject for a purpose, as known at an instant. Ties, purposes, and who may
/// opt whom in are settled; nothing about a policy is.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub birth: Option<Birth>,
    /// The changes, ascending; so are all the others.
    pub residences: Vec<(Timestamp, u32)>,
    pub audiences: Vec<(Timestamp, u32)>,
    pub preferences: Vec<(Timestamp, Preference)>,
    pub restrictions: Vec<Span>,
    /// When the first of the known erasures took effect.
    pub erased_at: Option<Timestamp>,
    /// The first instant after the one asked about at which more is known.
    pub learned_at: Option<Timestamp>,
}

impl History {
    /// Takes the place of what was here before, and reuses its room.
    pub(crate) fn read(
        &mut self,
        subject: &Subject,
        purpose: &Purpose,
        known_at: Option<Timestamp>,
        words: &mut Words,
    ) {
        self.birth = subject.birth();
        changes(subject.residences(), known_at, |p| words.of_place(*p), &mut self.residences);
        changes(subject.audiences(), known_at, |a| words.of_audience(a), &mut self.audiences);
        self.preferences.clear();
        self.preferences.extend(subject.choices().preferences(purpose, known_at, self.birth));
        let known = |r: &&Restriction| known_at.is_none_or(|known| r.recorded() <= known);
        self.restrictions.clear();
        self.restrictions
            .extend(subject.restrictions().iter().filter(known).map(Restriction::span));
        self.erased_at = subject.erasure(known_at).map(Entry::at);
        self.learned_at = known_at.and_then(|known_at| {
            let mut next = Next::after(known_at);
            of_learning(subject, &mut |instant| next.note(instant));
            next.found
        });
    }

    /// Forgets everything, and keeps the room for it.
    pub(crate) fn clear(&mut self) {
        self.residences.clear();
        self.audiences.clear();
        self.preferences.clear();
        self.restrictions.clear();
        (self.birth, self.erased_at, self.learned_at) = (None, None, None);
    }

    /// A subject of whom the same is known: what the scalar decision is asked about.
    pub(crate) fn subject(&self, id: SubjectId, purpose: &Purpose, words: &Words) -> Subject {
        let mut subject = Subject::new(id);
        if let Some(birth) = self.birth {
            subject = subject.with_birth(birth);
        }
        for (at, number) in &self.residences {
            subject = subject.with_residence_entry(Entry::new(*at, words.place(*number)));
        }
        for (at, number) in &self.audiences {
            let audience = words.audience(*number).cloned();
            subject = subject.with_audience_entry(Entry::new(*at, audience));
        }
        subject = with_preferences(subject, &self.preferences, purpose);
        for span in &self.restrictions {
            for id in texts(&["restricted"]) {
                subject = Restriction::new(id, *span)
                    .into_iter()
                    .fold(subject, Subject::with_restriction);
            }
        }
        self.erased_at.into_iter().fold(subject, |s, at| s.with_erasure_entry(Entry::new(at, ())))
    }
}

/// The changes of a log, with the number of what is known from each on.
pub(crate) fn changes<T>(
    log: &Log<Option<T>>,
    known_at: Option<Timestamp>,
    mut number: impl FnMut(&T) -> u32,
    into: &mut Vec<(Timestamp, u32)>,
) {
    into.clear();
    for (at, snapshot) in log.known(known_at) {
        into.push((at, agreed(snapshot).map_or(UNKNOWN, |(value, _)| number(value))));
    }
}

/// Texts that are known to be right.
fn texts<T: std::str::FromStr>(texts: &[&str]) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Adds choices that come to these preferences. An opt-out is one for the wider purpose, where there
/// is a wider one: only then can silence follow it, or an opt-in that is older.
fn with_preferences(
    mut subject: Subject,
    preferences: &[(Timestamp, Preference)],
    purpose: &Purpose,
) -> Subject {
    let wider = purpose.as_str().rsplit_once('.').and_then(|(wider, _)| wider.parse().ok());
    let (out_of, back_to) = (wider.as_ref().unwrap_or(purpose), wider.as_ref());
    let by = ChosenBy::Subject;
    for (at, preference) in preferences {
        subject = match preference {
            Preference::OptOut => subject.with_choice(Choice::OptOut, by, out_of.clone(), *at),
            Preference::OptIn { since } => {
                let choice = Entry::new(*since, ChoiceMade::new(Choice::OptIn, by));
                let subject = subject.with_choice_entry(purpose.clone(), choice);
                lifted(subject, back_to, *at)
            }
            Preference::Silent => lifted(subject, back_to, *at),
        };
    }
    subject
}

/// Lifts an opt-out from the wider purpose, which is no opt-in for the narrower one.
fn lifted(subject: Subject, wider: Option<&Purpose>, at: Timestamp) -> Subject {
    wider.into_iter().fold(subject, |subject, wider| {
        subject.with_choice(Choice::OptIn, ChosenBy::Subject, wider.clone(), at)
    })
}
