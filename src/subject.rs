//! Subjects: the people whose data it is.

use serde::{Deserialize, Serialize};

use crate::InvalidValue;
use crate::choice::{Choice, ChoiceMade, Choices, ChosenBy};
use crate::id::SubjectId;
use crate::kind::{Audience, Purpose};
use crate::log::{Entry, Log};
use crate::object::Object;
use crate::place::Place;
use crate::restriction::Restriction;
use crate::time::{Birth, Timestamp};

/// A subject: a person whose data the platform holds (GDPR: *data subject*).
///
/// An id and, each optional: a birth, a log of residences, a log of audiences, choices,
/// restrictions, an erasure. Whatever is missing is unknown, and unknown never admits.
///
/// It reads and writes as one JSON object:
/// `{"id":"u1","born":"1990-05-01","residence":[{"at":"2019-01-01","place":"GB"}],
/// "choices":[{"at":"2024-10-01","purpose":"ai-training","choice":"opt-out","by":"subject"}]}`.
/// Reading fails for unknown keys, wrong codes and times without an offset.
///
/// ```
/// use may_train::{Choice, ChosenBy, Subject};
///
/// let subject = Subject::new("u1".parse()?)
///     .born("1990-05-01".parse()?)
///     .resides("GB".parse()?, "2019-01-01".parse()?)
///     .resides("US-CA".parse()?, "2024-03-01".parse()?)
///     .chooses(Choice::OptOut, ChosenBy::Subject, "ai-training".parse()?, "2024-10-01".parse()?);
/// assert_eq!(subject.residences().iter().count(), 2);
/// # Ok::<(), may_train::InvalidValue>(())
/// ```
#[doc(alias = "User")]
#[doc(alias = "Member")]
#[doc(alias = "DataSubject")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Object<SubjectDocument>", into = "Object<SubjectDocument>")]
pub struct Subject {
    id: SubjectId,
    born: Option<Birth>,
    residences: Log<Place>,
    audiences: Log<Audience>,
    choices: Choices,
    restrictions: Vec<Restriction>,
    erased: Option<Entry<()>>,
}

impl Subject {
    /// A subject of whom nothing is known.
    #[must_use]
    pub fn new(id: SubjectId) -> Self {
        Self {
            id,
            born: None,
            residences: Log::new(),
            audiences: Log::new(),
            choices: Choices::default(),
            restrictions: Vec::new(),
            erased: None,
        }
    }

    /// The subject's birth.
    #[must_use]
    pub fn born(mut self, birth: Birth) -> Self {
        self.born = Some(birth);
        self
    }

    /// The subject resides in a place from an instant on, which the platform learned there and then.
    #[must_use]
    pub fn resides(self, place: Place, since: Timestamp) -> Self {
        self.with_residence(Entry::new(since, place))
    }

    /// Adds a residence.
    #[must_use]
    pub fn with_residence(mut self, residence: Entry<Place>) -> Self {
        self.residences.insert(residence);
        self
    }

    /// Adds an audience: the subject's plan or group from an instant on.
    #[must_use]
    pub fn with_audience(mut self, audience: Entry<Audience>) -> Self {
        self.audiences.insert(audience);
        self
    }

    /// A choice for a purpose at an instant, which the platform learned there and then.
    #[must_use]
    pub fn chooses(self, choice: Choice, by: ChosenBy, purpose: Purpose, at: Timestamp) -> Self {
        self.with_choice(purpose, Entry::new(at, ChoiceMade::new(choice, by)))
    }

    /// Adds a choice for a purpose.
    #[must_use]
    pub fn with_choice(mut self, purpose: Purpose, choice: Entry<ChoiceMade>) -> Self {
        self.choices.insert(purpose, choice);
        self
    }

    /// Adds a restriction of all the subject's data.
    #[must_use]
    pub fn with_restriction(mut self, restriction: Restriction) -> Self {
        self.restrictions.push(restriction);
        self
    }

    /// The subject is erased at an instant (GDPR 17). Of several erasures the one that took effect
    /// first is kept: a later one never brings the subject back.
    #[must_use]
    pub fn erased(mut self, erasure: Entry<()>) -> Self {
        self.erased = Some(self.erased.map_or(erasure, |first| first.min(erasure)));
        self
    }

    /// The same subject under another id: every fact stays, and so does every opt-out.
    #[must_use]
    pub fn renamed(mut self, id: SubjectId) -> Self {
        self.id = id;
        self
    }

    /// The platform's identifier.
    #[must_use]
    pub const fn id(&self) -> &SubjectId {
        &self.id
    }

    /// The birth, where it is known.
    #[must_use]
    pub const fn birth(&self) -> Option<Birth> {
        self.born
    }

    /// Where the subject resided, and since when.
    #[must_use]
    pub const fn residences(&self) -> &Log<Place> {
        &self.residences
    }

    /// Which plan or group the subject belonged to, and since when.
    #[must_use]
    pub const fn audiences(&self) -> &Log<Audience> {
        &self.audiences
    }

    /// What was chosen, for which purpose, when and by whom.
    #[must_use]
    pub const fn choices(&self) -> &Choices {
        &self.choices
    }

    /// The restrictions of all the subject's data.
    #[must_use]
    pub fn restrictions(&self) -> &[Restriction] {
        &self.restrictions
    }

    /// When the subject was erased, and when the platform learned it.
    #[must_use]
    pub const fn erasure(&self) -> Option<&Entry<()>> {
        self.erased.as_ref()
    }
}

/// How a subject is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    id: SubjectId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<Birth>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    residence: Vec<Object<ResidenceDocument>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    audience: Vec<Object<AudienceDocument>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Object<ChoiceDocument>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    restrictions: Vec<Restriction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    erased_recorded: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResidenceDocument {
    at: Timestamp,
    place: Place,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceDocument {
    at: Timestamp,
    value: Audience,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceDocument {
    at: Timestamp,
    purpose: Purpose,
    choice: Choice,
    #[serde(default)]
    by: ChosenBy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

/// An entry as it is written: learned when it became true, unless it says otherwise.
fn entry<T>(at: Timestamp, recorded: Option<Timestamp>, value: T) -> Entry<T> {
    Entry::new(at, value).recorded_at(recorded.unwrap_or(at))
}

/// When an entry was recorded, where that has to be written.
fn recorded<T>(entry: &Entry<T>) -> Option<Timestamp> {
    (entry.recorded() != entry.at()).then_some(entry.recorded())
}

impl TryFrom<Object<SubjectDocument>> for Subject {
    type Error = InvalidValue;

    fn try_from(Object(document): Object<SubjectDocument>) -> Result<Self, InvalidValue> {
        let erased = match (document.erased_at, document.erased_recorded) {
            (Some(at), recorded) => Some(entry(at, recorded, ())),
            (None, None) => None,
            (None, Some(recorded)) => {
                let remedy = "give `erased_at` with it";
                return Err(InvalidValue::new("an `erased_recorded` by itself", recorded, remedy));
            }
        };
        let mut choices = Choices::default();
        for Object(c) in document.choices {
            choices.insert(c.purpose, entry(c.at, c.recorded, ChoiceMade::new(c.choice, c.by)));
        }
        let residences = document.residence.into_iter();
        let audiences = document.audience.into_iter();
        Ok(Self {
            id: document.id,
            born: document.born,
            residences: residences.map(|Object(r)| entry(r.at, r.recorded, r.place)).collect(),
            audiences: audiences.map(|Object(a)| entry(a.at, a.recorded, a.value)).collect(),
            choices,
            restrictions: document.restrictions,
            erased,
        })
    }
}

impl From<Subject> for Object<SubjectDocument> {
    fn from(subject: Subject) -> Self {
        let residence = |e: &Entry<Place>| {
            Object(ResidenceDocument { at: e.at(), place: *e.value(), recorded: recorded(e) })
        };
        let audience = |e: &Entry<Audience>| {
            Object(AudienceDocument { at: e.at(), value: e.value().clone(), recorded: recorded(e) })
        };
        let choice = |(purpose, e): (&Purpose, &Entry<ChoiceMade>)| {
            Object(ChoiceDocument {
                at: e.at(),
                purpose: purpose.clone(),
                choice: e.value().choice(),
                by: e.value().by(),
                recorded: recorded(e),
            })
        };
        Self(SubjectDocument {
            born: subject.born,
            residence: subject.residences.iter().map(residence).collect(),
            audience: subject.audiences.iter().map(audience).collect(),
            choices: subject.choices.iter().map(choice).collect(),
            erased_at: subject.erased.as_ref().map(Entry::at),
            erased_recorded: subject.erased.as_ref().and_then(recorded),
            restrictions: subject.restrictions,
            id: subject.id,
        })
    }
}
