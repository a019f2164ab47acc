//! Subjects: the people whose data it is.

use serde::{Deserialize, Serialize};

use crate::people::choice::{Choice, ChoiceMade, Choices, ChosenBy};
use crate::people::log::{Entry, Log};
use crate::people::restriction::Restriction;
use crate::values::error::ValueError;
use crate::values::id::SubjectId;
use crate::values::kind::{Audience, Purpose};
use crate::values::object::Object;
use crate::values::place::Place;
use crate::values::time::{Birth, Timestamp};

/// A subject: a person whose data the platform holds (GDPR: *data subject*).
///
/// An id and, each optional: a birth, a log of residences, a log of audiences, choices,
/// restrictions, erasures. Whatever is missing is unknown, and unknown never admits. A residence or
/// an audience that ceases to be known is written as `null`: leaving it out would let the one before
/// it stand.
///
/// It reads and writes as one JSON object:
/// `{"id":"u1","born":"1990-05-01","residence":[{"at":"2019-01-01","place":"GB"}],
/// "choices":[{"at":"2024-10-01","purpose":"ai-training","choice":"opt-out","by":"subject"}]}`.
/// One erasure is `"erased_at":"2025-06-01"`, with `"erased_recorded"` where it was learned at
/// another instant; several are `"erasures":[{"at":"2025-06-01"},{"at":"2025-01-01",
/// "recorded":"2025-07-01"}]`. Births that contradict each other are `"births":["1990","1991"]`. Reading fails for unknown keys, wrong codes, times without an offset,
/// erasures beside `erased_at`, and births beside `born`.
///
/// ```
/// use may_train::{Choice, ChosenBy, Subject};
///
/// let subject = Subject::new("u1".parse()?)
///     .with_birth("1990-05-01".parse()?)
///     .with_residence("GB".parse()?, "2019-01-01".parse()?)
///     .with_residence("US-CA".parse()?, "2024-03-01".parse()?)
///     .with_choice(Choice::OptOut, ChosenBy::Subject, "ai-training".parse()?, "2024-10-01".parse()?);
/// assert_eq!(subject.residences().iter().count(), 2);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[doc(alias = "User")]
#[doc(alias = "Member")]
#[doc(alias = "DataSubject")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Object<SubjectDocument>", into = "Object<SubjectDocument>")]
pub struct Subject {
    id: SubjectId,
    /// Ascending and without duplicates: several contradict each other.
    births: Vec<Birth>,
    residences: Log<Option<Place>>,
    audiences: Log<Option<Audience>>,
    choices: Choices,
    /// Ascending and without duplicates.
    restrictions: Vec<Restriction>,
    erasures: Log<()>,
}

impl Subject {
    /// A subject of whom nothing is known.
    #[must_use]
    pub fn new(id: SubjectId) -> Self {
        Self {
            id,
            births: Vec::new(),
            residences: Log::new(),
            audiences: Log::new(),
            choices: Choices::default(),
            restrictions: Vec::new(),
            erasures: Log::new(),
        }
    }

    /// The subject's birth, in the place of any other.
    #[must_use]
    pub fn with_birth(mut self, birth: Birth) -> Self {
        self.births = vec![birth];
        self
    }

    /// The subject resides in a place from an instant on, which the platform learned there and then.
    #[must_use]
    pub fn with_residence(self, place: Place, since: Timestamp) -> Self {
        self.with_residence_entry(Entry::new(since, place))
    }

    /// Adds many residences at once, in n log n time, in whatever order they come.
    #[must_use]
    pub fn with_residences(
        mut self,
        residences: impl IntoIterator<Item = Entry<impl Into<Option<Place>>>>,
    ) -> Self {
        self.residences.extend(residences.into_iter().map(|entry| entry.map(Into::into)));
        self
    }

    /// Adds many choices at once, in n log n time, in whatever order they come.
    #[must_use]
    pub fn with_choices(
        mut self,
        choices: impl IntoIterator<Item = (Purpose, Entry<ChoiceMade>)>,
    ) -> Self {
        self.choices.extend(choices.into_iter());
        self
    }

    /// Adds a residence, a [`Place`]; or `None`, from when on it is not known. Many that come in no
    /// order are added faster by [`Subject::with_residences`].
    ///
    /// ```
    /// use may_train::{Entry, Place, Policy, Record, Registry, Subject};
    ///
    /// let (us, moved): (Place, _) = ("US".parse()?, "2024-03-01".parse()?);
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .with_residence(us, "2019-01-01".parse()?)
    ///     .with_residence_entry(Entry::new(moved, None)))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, moved).with_subject("u1".parse()?);
    /// let policy = Policy::shipped("linkedin")?;
    /// let grounds = registry.view(&policy, "2024-10-01".parse()?).decide(&record).grounds();
    /// assert_eq!(grounds.to_string(), "residence-unknown");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_residence_entry(mut self, residence: Entry<impl Into<Option<Place>>>) -> Self {
        self.add_residence(residence.map(Into::into));
        self
    }

    /// The subject belongs to an audience, a plan or group, from an instant on, which the platform
    /// learned there and then.
    #[must_use]
    pub fn with_audience(self, audience: Audience, since: Timestamp) -> Self {
        self.with_audience_entry(Entry::new(since, audience))
    }

    /// Adds an audience, the subject's plan or group from an instant on; or `None`, from when on it is
    /// not known.
    #[must_use]
    pub fn with_audience_entry(mut self, audience: Entry<impl Into<Option<Audience>>>) -> Self {
        self.add_audience(audience.map(Into::into));
        self
    }

    /// A choice for a purpose at an instant, which the platform learned there and then.
    #[must_use]
    pub fn with_choice(
        self,
        choice: Choice,
        by: ChosenBy,
        purpose: Purpose,
        at: Timestamp,
    ) -> Self {
        self.with_choice_entry(purpose, Entry::new(at, ChoiceMade::new(choice, by)))
    }

    /// Adds a choice for a purpose.
    #[must_use]
    pub fn with_choice_entry(mut self, purpose: Purpose, choice: Entry<ChoiceMade>) -> Self {
        self.add_choice(purpose, choice);
        self
    }

    /// Adds a restriction of all the subject's data; one that is already there changes nothing.
    #[must_use]
    pub fn with_restriction(mut self, restriction: Restriction) -> Self {
        self.add_restriction(restriction);
        self
    }

    /// The subject is erased at an instant (GDPR 17), which the platform learned there and then.
    ///
    /// ```
    /// use may_train::{Entry, Subject, Timestamp};
    ///
    /// let (subject, at): (_, Timestamp) = (Subject::new("u1".parse()?), "2025-06-01".parse()?);
    /// assert_eq!(subject.clone().with_erasure(at), subject.with_erasure_entry(Entry::new(at, ())));
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn with_erasure(self, at: Timestamp) -> Self {
        self.with_erasure_entry(Entry::new(at, ()))
    }

    /// Adds an erasure. Every erasure is kept, in whatever order they
    /// come; one that is already there changes nothing, and none ever takes the place of another or
    /// brings the subject back.
    #[must_use]
    pub fn with_erasure_entry(mut self, erasure: Entry<()>) -> Self {
        self.add_erasure(erasure);
        self
    }

    /// The same subject under another id: every fact stays, and so does every opt-out.
    #[must_use]
    pub fn with_id(mut self, id: SubjectId) -> Self {
        self.id = id;
        self
    }

    /// The platform's identifier.
    #[must_use]
    pub const fn id(&self) -> &SubjectId {
        &self.id
    }

    /// Returns the birth; `None` where none is known, or where several contradict each other.
    #[must_use]
    pub const fn birth(&self) -> Option<Birth> {
        match self.births.as_slice() {
            [birth] => Some(*birth),
            _ => None,
        }
    }

    /// Returns every birth that was ever told, ascending. Several contradict each other, and the
    /// birth is unknown.
    ///
    /// ```
    /// use may_train::{Event, Fact, Registry};
    ///
    /// let at = "2024-01-01".parse()?;
    /// let mut registry = Registry::new();
    /// for born in ["1990-05-01", "2010-05-01", "1990-05-01"] {
    ///     registry.apply(&Event::new("u1".parse()?, at, Fact::Birth(born.parse()?)));
    /// }
    /// let subject = registry.get("u1").unwrap();
    /// assert_eq!(subject.births(), ["1990-05-01".parse()?, "2010-05-01".parse()?]);
    /// assert_eq!(subject.birth(), None);
    ///
    /// registry.replace(subject.clone().with_birth("1990-05-01".parse()?));
    /// assert_eq!(registry.get("u1").unwrap().birth(), Some("1990-05-01".parse()?));
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn births(&self) -> &[Birth] {
        &self.births
    }

    /// Where the subject resided, and since when; `None` where that was not known.
    #[must_use]
    pub const fn residences(&self) -> &Log<Option<Place>> {
        &self.residences
    }

    /// Which plan or group the subject belonged to, and since when; `None` where that was not known.
    #[must_use]
    pub const fn audiences(&self) -> &Log<Option<Audience>> {
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

    /// Every erasure of the subject: when it took effect, and when the platform learned it.
    #[must_use]
    pub const fn erasures(&self) -> &Log<()> {
        &self.erasures
    }

    /// The erasure from which on the subject is erased, as far as known at an instant (at all, if
    /// none is given): of those known, the first to take effect; of several that took effect at the
    /// same instant, the one recorded first.
    ///
    /// Unlike the entries of other logs, an erasure never stands in for an earlier one: it is final.
    ///
    /// ```
    /// use may_train::{Entry, Subject, Timestamp};
    ///
    /// let (january, march): (Timestamp, _) = ("2024-01-01".parse()?, "2024-03-01".parse()?);
    /// let learned = "2025-01-01".parse()?;
    /// let subject = Subject::new("u1".parse()?)
    ///     .with_erasure_entry(Entry::new(march, ()))
    ///     .with_erasure_entry(Entry::new(january, ()).with_recorded(learned));
    ///
    /// let since = |known_at| subject.erasure(known_at).map(Entry::at);
    /// assert_eq!(since(None), Some(january));
    /// assert_eq!(since(Some("2024-06-01".parse()?)), Some(march)); // that of January was not known yet
    /// assert_eq!(since(Some(january)), None);
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn erasure(&self, known_at: Option<Timestamp>) -> Option<&Entry<()>> {
        self.erasures.iter().find(|erasure| erasure.is_known_at(known_at))
    }
}

/// Adding in place. All of these are commutative and idempotent.
impl Subject {
    /// Keeps every birth. To let one of two stand would widen: an older subject reaches a minimum
    /// age, and of a younger one the opt-ins by a guardian count.
    pub(crate) fn add_birth(&mut self, birth: Birth) {
        if let Err(place) = self.births.binary_search(&birth) {
            self.births.insert(place, birth);
        }
    }

    pub(crate) fn add_residence(&mut self, residence: Entry<Option<Place>>) {
        self.residences.insert(residence);
    }

    pub(crate) fn add_audience(&mut self, audience: Entry<Option<Audience>>) {
        self.audiences.insert(audience);
    }

    pub(crate) fn add_choice(&mut self, purpose: Purpose, choice: Entry<ChoiceMade>) {
        self.choices.insert(purpose, choice);
    }

    pub(crate) fn add_restriction(&mut self, restriction: Restriction) {
        if let Err(place) = self.restrictions.binary_search(&restriction) {
            self.restrictions.insert(place, restriction);
        }
    }

    pub(crate) fn add_erasure(&mut self, erasure: Entry<()>) {
        self.erasures.insert(erasure);
    }
}

/// How a subject is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    id: SubjectId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<Birth>,
    /// Written where there are several, which contradict each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    births: Vec<Birth>,
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
    /// Written where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    erasures: Vec<Object<ErasureDocument>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResidenceDocument {
    at: Timestamp,
    /// Null where it is not known; never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceDocument {
    at: Timestamp,
    /// Null where it is not known; never left out.
    #[serde(deserialize_with = "Option::deserialize")]
    value: Option<Audience>,
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

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErasureDocument {
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

/// What is wrong with an erasure that is given as the only one, beside a list of them.
pub(crate) fn not_the_only_erasure(instant: Timestamp) -> ValueError {
    let remedy = "give each in `erasures`, and no `erased_at` or `erased_recorded`";
    ValueError::new("the only erasure", instant, remedy)
}

/// An entry as it is written: learned when it became true, unless it says otherwise.
fn entry<T>(at: Timestamp, recorded: Option<Timestamp>, value: T) -> Entry<T> {
    Entry::new(at, value).with_recorded(recorded.unwrap_or(at))
}

/// When an entry was recorded, where that has to be written.
fn recorded<T>(entry: &Entry<T>) -> Option<Timestamp> {
    (entry.recorded() != entry.at()).then_some(entry.recorded())
}

impl TryFrom<Object<SubjectDocument>> for Subject {
    type Error = ValueError;

    fn try_from(Object(document): Object<SubjectDocument>) -> Result<Self, ValueError> {
        let erasures = document.erasures.iter();
        let erasures = erasures.map(|Object(e)| entry(e.at, e.recorded, ()));
        let erasures = match (document.erased_at, document.erased_recorded) {
            (None, None) => erasures.collect(),
            (Some(instant), _) | (None, Some(instant)) if !document.erasures.is_empty() => {
                return Err(not_the_only_erasure(instant));
            }
            (Some(at), recorded) => [entry(at, recorded, ())].into_iter().collect(),
            (None, Some(recorded)) => {
                let remedy = "give `erased_at` with it";
                return Err(ValueError::new("an `erased_recorded` by itself", recorded, remedy));
            }
        };
        let mut births = document.births;
        if let Some(birth) = document.born {
            if !births.is_empty() {
                let remedy = "give each in `births`, and no `born`";
                return Err(ValueError::new("the only birth", birth, remedy));
            }
            births.push(birth);
        }
        births.sort_unstable();
        births.dedup();
        let mut choices = Choices::default();
        choices.extend(document.choices.into_iter().map(|Object(c)| {
            (c.purpose, entry(c.at, c.recorded, ChoiceMade::new(c.choice, c.by)))
        }));
        let residences = document.residence.into_iter();
        let audiences = document.audience.into_iter();
        let mut restrictions = document.restrictions;
        restrictions.sort_unstable();
        restrictions.dedup();
        Ok(Self {
            id: document.id,
            births,
            residences: residences.map(|Object(r)| entry(r.at, r.recorded, r.place)).collect(),
            audiences: audiences.map(|Object(a)| entry(a.at, a.recorded, a.value)).collect(),
            choices,
            restrictions,
            erasures,
        })
    }
}

impl From<Subject> for Object<SubjectDocument> {
    fn from(subject: Subject) -> Self {
        let residence = |e: &Entry<Option<Place>>| {
            Object(ResidenceDocument { at: e.at(), place: *e.value(), recorded: recorded(e) })
        };
        let audience = |e: &Entry<Option<Audience>>| {
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
        let erasure = |e: &Entry<()>| Object(ErasureDocument { at: e.at(), recorded: recorded(e) });
        let mut erasures: Vec<_> = subject.erasures.iter().map(erasure).collect();
        let only = if erasures.len() == 1 { erasures.pop() } else { None };
        let (erased_at, erased_recorded) =
            only.map_or((None, None), |Object(only)| (Some(only.at), only.recorded));
        Self(SubjectDocument {
            born: subject.birth(),
            births: if subject.births.len() > 1 { subject.births } else { Vec::new() },
            residence: subject.residences.iter().map(residence).collect(),
            audience: subject.audiences.iter().map(audience).collect(),
            choices: subject.choices.iter().map(choice).collect(),
            erased_at,
            erased_recorded,
            erasures,
            restrictions: subject.restrictions,
            id: subject.id,
        })
    }
}
