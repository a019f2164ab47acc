//! Events: single facts about subjects, as a stream of changes carries them.

use serde::{Deserialize, Serialize};

use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::log::Entry;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::values::error::ValueError;
use crate::values::id::{RestrictionId, SubjectId};
use crate::values::kind::{Audience, Purpose};
use crate::values::object::Object;
use crate::values::place::Place;
use crate::values::time::{Birth, Span, Timestamp};

/// A change of one fact about one subject, with its valid time and its transaction time.
///
/// Unless `recorded` says otherwise, the platform learns the fact when it becomes true. A
/// [`Registry`](crate::Registry::apply) applies events in any order, each any number of times, and
/// the result is the same.
///
/// An event reads and writes as one JSON object. It has exactly one of the keys `residence`,
/// `audience`, `choice`, `birth`, `restriction` and `erasure`. `recorded` may be left out.
///
/// ```
/// use may_train::Event;
///
/// for text in [
///     r#"{"subject":"u1","at":"2024-03-01","residence":{"place":"GB"}}"#,
///     r#"{"subject":"u1","at":"2024-03-01","audience":{"value":"business"}}"#,
///     r#"{"subject":"u1","at":"2024-10-01","choice":{"purpose":"ai-training","choice":"opt-out"}}"#,
///     r#"{"subject":"u1","at":"2024-03-01","birth":{"born":"1990-05-01"}}"#,
///     r#"{"subject":"u1","at":"2024-03-01","restriction":{"id":"baa","until":"2025-03-01"}}"#,
///     r#"{"subject":"u1","at":"2025-06-01","recorded":"2025-06-03","erasure":{}}"#,
/// ] {
///     let event: Event = serde_json::from_str(text)?;
///     assert_eq!(serde_json::from_str::<Event>(&serde_json::to_string(&event)?)?, event);
/// }
/// let two = r#"{"subject":"u1","at":"2024-03-01","erasure":{},"birth":{"born":"1990"}}"#;
/// assert_eq!(serde_json::from_str::<Event>(two).unwrap_err().to_string(),
///     "`2 facts` is not one fact: give one of `residence`, `audience`, `choice`, `birth`, \
///      `restriction`, `erasure`");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Object<EventDocument>")]
pub struct Event {
    subject: SubjectId,
    at: Timestamp,
    recorded: Timestamp,
    #[serde(flatten)]
    fact: Fact,
}

/// The fact that becomes true at the instant of an [`Event`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "FactDocument")]
pub enum Fact {
    /// The subject resides in a place from the instant on. `None`: the residence is unknown from
    /// then on.
    Residence(Option<Place>),
    /// The subject belongs to an audience from the instant on. `None`: the audience is unknown from
    /// then on.
    Audience(Option<Audience>),
    /// Somebody makes a choice for a purpose at the instant.
    Choice(Purpose, ChoiceMade),
    /// The birth of the subject, which counts at every instant.
    ///
    /// Different births contradict each other: the birth is then unknown, until
    /// [`Registry::replace`](crate::Registry::replace) corrects it.
    Birth(Birth),
    /// A restriction of all data of the subject, from the instant on.
    Restriction {
        /// The name of the restriction.
        id: RestrictionId,
        /// The end of the restriction; `None` if it has no end.
        until: Option<Timestamp>,
    },
    /// The subject is erased at the instant.
    Erasure,
}

impl Event {
    /// Returns the event that a fact becomes true at an instant, and that the platform learns it
    /// then.
    #[must_use]
    pub const fn new(subject: SubjectId, at: Timestamp, fact: Fact) -> Self {
        Self { subject, at, recorded: at, fact }
    }

    /// Returns the event that the subject opts out.
    #[must_use]
    pub const fn opt_out(subject: SubjectId, purpose: Purpose, at: Timestamp) -> Self {
        let made = ChoiceMade::new(Choice::OptOut, ChosenBy::Subject);
        Self::new(subject, at, Fact::Choice(purpose, made))
    }

    /// Returns the event that the subject opts in.
    #[must_use]
    pub const fn opt_in(subject: SubjectId, purpose: Purpose, at: Timestamp) -> Self {
        let made = ChoiceMade::new(Choice::OptIn, ChosenBy::Subject);
        Self::new(subject, at, Fact::Choice(purpose, made))
    }

    /// Returns the event with another transaction time.
    #[must_use]
    pub const fn with_recorded(mut self, recorded: Timestamp) -> Self {
        self.recorded = recorded;
        self
    }

    /// Returns the subject that the fact is about.
    #[must_use]
    pub const fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// Returns when the fact becomes true (valid time).
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns when the platform learns the fact (transaction time).
    #[must_use]
    pub const fn recorded(&self) -> Timestamp {
        self.recorded
    }

    /// Returns the fact.
    #[must_use]
    pub const fn fact(&self) -> &Fact {
        &self.fact
    }

    /// Adds the fact to a subject, without comparing ids.
    pub(crate) fn add_to(&self, subject: &mut Subject) {
        match &self.fact {
            Fact::Residence(place) => subject.add_residence(self.entry(*place)),
            Fact::Audience(audience) => subject.add_audience(self.entry(audience.clone())),
            Fact::Choice(purpose, made) => {
                subject.add_choice(purpose.clone(), self.entry(*made));
            }
            Fact::Birth(birth) => subject.add_birth(*birth),
            Fact::Restriction { id, until } => {
                // Reading refuses an end that is not after the start. For an event from code, such
                // an end is ignored: with swapped dates, the restriction would refuse nothing.
                let span = Span::new(self.at);
                let until = until.filter(|until| *until > self.at);
                let span = until.map_or(span, |until| span.until(until));
                if let Ok(restriction) = Restriction::new(id.clone(), span) {
                    subject.add_restriction(restriction.with_recorded(self.recorded));
                }
            }
            Fact::Erasure => subject.add_erasure(self.entry(())),
        }
    }

    fn entry<T>(&self, value: T) -> Entry<T> {
        Entry::new(self.at, value).with_recorded(self.recorded)
    }
}

impl Subject {
    /// Returns every fact about the subject as an event: what a store of events imports.
    ///
    /// A registry that applies the events knows the same subject. A subject without facts has no
    /// events. A birth has no instant of its own; its event has the first one.
    ///
    /// ```
    /// use may_train::{Registry, Subject};
    ///
    /// let subject = Subject::new("u1".parse()?)
    ///     .with_birth("1990".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?);
    /// let mut registry = Registry::new();
    /// subject.events().iter().for_each(|event| registry.apply(event));
    /// assert_eq!(registry.get("u1"), Some(&subject));
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let event =
            |at, recorded, fact| Event::new(self.id().clone(), at, fact).with_recorded(recorded);
        let births = self.births().iter().map(|birth| (Timestamp::MIN, Fact::Birth(*birth)));
        let births = births.map(|(at, fact)| event(at, at, fact));
        let residences = self.residences().iter();
        let residences =
            residences.map(|e| event(e.at(), e.recorded(), Fact::Residence(*e.value())));
        let audiences = self.audiences().iter();
        let audiences =
            audiences.map(|e| event(e.at(), e.recorded(), Fact::Audience(e.value().clone())));
        let choices = self.choices().iter().map(|(purpose, e)| {
            event(e.at(), e.recorded(), Fact::Choice(purpose.clone(), *e.value()))
        });
        let restrictions = self.restrictions().iter().map(|restriction| {
            let (id, span) = (restriction.id().clone(), restriction.span());
            let fact = Fact::Restriction { id, until: span.end() };
            event(span.start(), restriction.recorded(), fact)
        });
        let erasures = self.erasures().iter();
        let erasures = erasures.map(|e| event(e.at(), e.recorded(), Fact::Erasure));
        let all = births.chain(residences).chain(audiences).chain(choices);
        all.chain(restrictions).chain(erasures).collect()
    }
}

/// The file format of an event, for reading.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventDocument {
    subject: SubjectId,
    at: Timestamp,
    recorded: Option<Timestamp>,
    residence: Option<Object<ResidenceFact>>,
    audience: Option<Object<AudienceFact>>,
    choice: Option<Object<ChoiceFact>>,
    birth: Option<Object<BirthFact>>,
    restriction: Option<Object<RestrictionFact>>,
    erasure: Option<Object<ErasureFact>>,
}

/// The file format of a fact, for writing: an object with one key.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum FactDocument {
    Residence(ResidenceFact),
    Audience(AudienceFact),
    Choice(ChoiceFact),
    Birth(BirthFact),
    Restriction(RestrictionFact),
    Erasure(ErasureFact),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResidenceFact {
    /// Null if it is unknown. The key must not be missing.
    #[serde(deserialize_with = "Option::deserialize")]
    place: Option<Place>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceFact {
    /// Null if it is unknown. The key must not be missing.
    #[serde(deserialize_with = "Option::deserialize")]
    value: Option<Audience>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceFact {
    purpose: Purpose,
    choice: Choice,
    #[serde(default)]
    by: ChosenBy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BirthFact {
    born: Birth,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RestrictionFact {
    id: RestrictionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErasureFact {}

impl TryFrom<Object<EventDocument>> for Event {
    type Error = ValueError;

    fn try_from(Object(document): Object<EventDocument>) -> Result<Self, ValueError> {
        let facts = [
            document.residence.map(|Object(fact)| Fact::Residence(fact.place)),
            document.audience.map(|Object(fact)| Fact::Audience(fact.value)),
            document.choice.map(|Object(ChoiceFact { purpose, choice, by })| {
                Fact::Choice(purpose, ChoiceMade::new(choice, by))
            }),
            document.birth.map(|Object(fact)| Fact::Birth(fact.born)),
            document
                .restriction
                .map(|Object(RestrictionFact { id, until })| Fact::Restriction { id, until }),
            document.erasure.map(|Object(ErasureFact {})| Fact::Erasure),
        ];
        let facts: Vec<Fact> = facts.into_iter().flatten().collect();
        let [fact] = <[Fact; 1]>::try_from(facts).map_err(|facts| {
            let remedy = "give one of `residence`, `audience`, `choice`, `birth`, `restriction`, \
                          `erasure`";
            ValueError::new("one fact", format_args!("{} facts", facts.len()), remedy)
        })?;
        if let Fact::Restriction { id, until: Some(until) } = &fact {
            Restriction::new(id.clone(), Span::new(document.at).until(*until))?;
        }
        let recorded = document.recorded.unwrap_or(document.at);
        Ok(Self::new(document.subject, document.at, fact).with_recorded(recorded))
    }
}

impl From<Fact> for FactDocument {
    fn from(fact: Fact) -> Self {
        match fact {
            Fact::Residence(place) => Self::Residence(ResidenceFact { place }),
            Fact::Audience(value) => Self::Audience(AudienceFact { value }),
            Fact::Choice(purpose, made) => {
                Self::Choice(ChoiceFact { purpose, choice: made.choice(), by: made.by() })
            }
            Fact::Birth(born) => Self::Birth(BirthFact { born }),
            Fact::Restriction { id, until } => Self::Restriction(RestrictionFact { id, until }),
            Fact::Erasure => Self::Erasure(ErasureFact {}),
        }
    }
}
