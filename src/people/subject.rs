//! Subjects: the people whose data the platform holds, with all facts known about each.

use serde::{Deserialize, Serialize};

use crate::people::choice::{Choice, ChoiceMade, ChoiceSample, Choices, ChosenBy};
use crate::people::log::{Entry, Log};
use crate::people::restriction::Restriction;
use crate::people::sorted::Sorted;
use crate::values::error::ValueError;
use crate::values::id::SubjectId;
use crate::values::kind::{Audience, Purpose};
use crate::values::object::Object;
use crate::values::place::Place;
use crate::values::time::{Birth, Timestamp};

/// A person whose data the platform holds (GDPR: *data subject*), with all facts known about them.
///
/// Every fact except the id is optional: a birth, residences, audiences, choices, restrictions and
/// erasures. A missing birth, residence or audience is unknown, and a rule that needs it does not
/// admit the record. A subject without choices is silent, and the [`Regime`](crate::Regime) says
/// what silence means. If a residence or an audience becomes unknown, add an entry with the value
/// `null`. Otherwise the entry before it stays in force.
///
/// A subject reads and writes as one JSON object:
/// `{"id":"u1","born":"1990-05-01","residence":[{"at":"2019-01-01","place":"GB"}],
/// "choices":[{"at":"2024-10-01","purpose":"ai-training","choice":"opt-out","by":"subject"}]}`.
/// A single erasure is `"erased_at":"2025-06-01"`. If the platform learned it at another instant,
/// `"erased_recorded"` says when. Several erasures are
/// `"erasures":[{"at":"2025-06-01"},{"at":"2025-01-01","recorded":"2025-07-01"}]`. Births that
/// contradict each other are `"births":["1990","1991"]`.
///
/// # Errors
///
/// Reading fails for unknown keys, wrong codes, and times without an offset. It also fails for
/// `erasures` beside `erased_at`, and for `births` beside `born`.
///
/// ```
/// use may_train::{Choice, ChosenBy, Ground, Policy, Record, Registry, Subject};
///
/// let (opted_out, purpose) = ("2024-10-01".parse()?, "ai-training".parse()?);
/// let subject = Subject::new("u1".parse()?)
///     .with_birth("1990-05-01".parse()?)
///     .with_residence("GB".parse()?, "2019-01-01".parse()?)
///     .with_residence("US-CA".parse()?, "2024-03-01".parse()?)
///     .with_choice(Choice::OptOut, ChosenBy::Subject, purpose, opted_out);
///
/// let mut registry = Registry::new();
/// registry.insert(subject)?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-05-01".parse()?)
///     .with_subject("u1".parse()?);
/// let policy = Policy::shipped("linkedin")?;
/// let before = registry.view(&policy, "2024-09-30".parse()?);
/// assert!(before.decide(&record).grounds().is_empty());
/// let after = registry.view(&policy, opted_out);
/// assert_eq!(after.decide(&record).grounds(), Ground::OptedOut.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "User")]
#[doc(alias = "Member")]
#[doc(alias = "DataSubject")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Object<SubjectDocument>", into = "Object<SubjectDocument>")]
pub struct Subject {
    id: SubjectId,
    /// Several births contradict each other.
    births: Sorted<Birth>,
    residences: Log<Option<Place>>,
    choices: Choices,
    /// `None` if there are no such facts.
    rare: Option<Box<RareFacts>>,
}

/// The facts that few subjects have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct RareFacts {
    audiences: Log<Option<Audience>>,
    restrictions: Sorted<Restriction>,
    erasures: Log<()>,
}

impl RareFacts {
    const NONE: &Self =
        &Self { audiences: Log::EMPTY, restrictions: Sorted::None, erasures: Log::EMPTY };
}

impl Subject {
    /// Returns a subject without facts.
    #[must_use]
    pub fn new(id: SubjectId) -> Self {
        Self {
            id,
            births: Sorted::None,
            residences: Log::new(),
            choices: Choices::default(),
            rare: None,
        }
    }

    /// Returns the subject with this birth, which replaces all earlier ones.
    #[must_use]
    pub fn with_birth(mut self, birth: Birth) -> Self {
        self.births = Sorted::One(birth);
        self
    }

    /// Adds a residence from an instant on, which the platform learned at that instant.
    #[must_use]
    pub fn with_residence(self, place: Place, since: Timestamp) -> Self {
        self.with_residence_entry(Entry::new(since, place))
    }

    /// Adds many residences at once, in any order and in n log n time.
    #[must_use]
    pub fn with_residences(
        mut self,
        residences: impl IntoIterator<Item = Entry<impl Into<Option<Place>>>>,
    ) -> Self {
        self.residences.extend(residences.into_iter().map(|entry| entry.map(Into::into)));
        self
    }

    /// Adds many choices at once, in any order and in n log n time.
    #[must_use]
    pub fn with_choices(
        mut self,
        choices: impl IntoIterator<Item = (Purpose, Entry<ChoiceMade>)>,
    ) -> Self {
        self.choices.extend(choices.into_iter());
        self
    }

    /// Adds an entry to the residences. With the value `None`, the residence is unknown from then
    /// on.
    ///
    /// [`Subject::with_residences`] adds many unordered entries faster.
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

    /// Adds an audience (a plan or group) from an instant on, which the platform learned at that
    /// instant.
    #[must_use]
    pub fn with_audience(self, audience: Audience, since: Timestamp) -> Self {
        self.with_audience_entry(Entry::new(since, audience))
    }

    /// Adds an entry to the audiences. With the value `None`, the audience is unknown from then on.
    #[must_use]
    pub fn with_audience_entry(mut self, audience: Entry<impl Into<Option<Audience>>>) -> Self {
        self.add_audience(audience.map(Into::into));
        self
    }

    /// Adds a choice for a purpose at an instant, which the platform learned at that instant.
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

    /// Adds an entry to the choices for a purpose.
    #[must_use]
    pub fn with_choice_entry(mut self, purpose: Purpose, choice: Entry<ChoiceMade>) -> Self {
        self.add_choice(purpose, choice);
        self
    }

    /// Adds a restriction of all data of the subject. A duplicate changes nothing.
    #[must_use]
    pub fn with_restriction(mut self, restriction: Restriction) -> Self {
        self.add_restriction(restriction);
        self
    }

    /// Adds an erasure (GDPR, article 17) at an instant, which the platform learned at that
    /// instant.
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

    /// Adds an erasure. A duplicate changes nothing.
    ///
    /// Every erasure is kept. No later erasure replaces an earlier one, and none brings the subject
    /// back.
    #[must_use]
    pub fn with_erasure_entry(mut self, erasure: Entry<()>) -> Self {
        self.add_erasure(erasure);
        self
    }

    /// Returns the subject under another id. Every fact stays, and so does every opt-out.
    #[must_use]
    pub fn with_id(mut self, id: SubjectId) -> Self {
        self.id = id;
        self
    }

    /// Returns the identifier of the subject on the platform.
    #[must_use]
    pub const fn id(&self) -> &SubjectId {
        &self.id
    }

    /// Returns the birth; `None` if no birth is known, or if several contradict each other.
    #[must_use]
    pub const fn birth(&self) -> Option<Birth> {
        match self.births.only() {
            Some(birth) => Some(*birth),
            None => None,
        }
    }

    /// Returns every birth that was added, in ascending order.
    ///
    /// If there are several, they contradict each other, and the birth is unknown.
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
        self.births.as_slice()
    }

    /// Returns the log of residences. An entry with the value `None` says that the residence was
    /// unknown.
    #[must_use]
    pub const fn residences(&self) -> &Log<Option<Place>> {
        &self.residences
    }

    /// Returns the log of audiences. An entry with the value `None` says that the audience was
    /// unknown.
    #[must_use]
    pub const fn audiences(&self) -> &Log<Option<Audience>> {
        &self.rare().audiences
    }

    /// Returns the choices of the subject, for every purpose.
    #[must_use]
    pub const fn choices(&self) -> &Choices {
        &self.choices
    }

    /// Returns the restrictions that hold for all data of the subject.
    #[must_use]
    pub fn restrictions(&self) -> &[Restriction] {
        self.rare().restrictions.as_slice()
    }

    /// Returns the log of erasures: when each took effect, and when the platform learned it.
    #[must_use]
    pub const fn erasures(&self) -> &Log<()> {
        &self.rare().erasures
    }

    /// Returns the choice for a purpose at an instant, which a page of settings shows.
    ///
    /// Only entries recorded up to `known_at` count. If `known_at` is `None`, all entries count.
    ///
    /// ```
    /// use may_train::{Choice, ChoiceState, ChosenBy, OptIns, Subject};
    ///
    /// let opted_out = "2024-10-01".parse()?;
    /// let subject = Subject::new("u1".parse()?).with_choice(
    ///     Choice::OptOut, ChosenBy::Subject, "ai-training".parse()?, opted_out);
    /// let narrower = "ai-training.generative".parse()?;
    /// let choice = subject.choice_at(&narrower, opted_out, None);
    /// assert_eq!(choice.state(OptIns::default()), ChoiceState::OptedOut);
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn choice_at<'a>(
        &'a self,
        purpose: &'a Purpose,
        instant: Timestamp,
        known_at: Option<Timestamp>,
    ) -> ChoiceSample<'a> {
        let sampled = self.choices.sample(purpose, instant, known_at, self.birth());
        ChoiceSample::new((&self.choices, self.birth()), purpose, known_at, sampled)
    }

    /// Returns the erasure that took effect first; `None` if there is none.
    ///
    /// Only erasures recorded up to `known_at` count. If `known_at` is `None`, all erasures count.
    /// If several took effect at the same instant, the one that was recorded first is returned.
    ///
    /// In other logs, a later entry replaces an earlier one. An erasure is final.
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
    /// assert_eq!(since(Some("2024-06-01".parse()?)), Some(march)); // January's was not known yet
    /// assert_eq!(since(Some(january)), None);
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn erasure(&self, known_at: Option<Timestamp>) -> Option<&Entry<()>> {
        self.erasures().iter().find(|erasure| erasure.is_known_at(known_at))
    }

    /// Checks whether the subject has any audience, restriction or erasure.
    pub(crate) const fn has_rare_facts(&self) -> bool {
        self.rare.is_some()
    }

    const fn rare(&self) -> &RareFacts {
        match &self.rare {
            Some(rare) => rare,
            None => RareFacts::NONE,
        }
    }

    fn rare_mut(&mut self) -> &mut RareFacts {
        self.rare.get_or_insert_default()
    }
}

/// Methods that add a fact in place. All of them are commutative and idempotent.
impl Subject {
    /// Adds a birth, and keeps every other one.
    ///
    /// Keeping only one of two births could admit a record. An older subject reaches a minimum age,
    /// and for a younger subject the opt-ins by a guardian count.
    pub(crate) fn add_birth(&mut self, birth: Birth) {
        self.births.insert(birth);
    }

    pub(crate) fn add_residence(&mut self, residence: Entry<Option<Place>>) {
        self.residences.insert(residence);
    }

    pub(crate) fn add_audience(&mut self, audience: Entry<Option<Audience>>) {
        self.rare_mut().audiences.insert(audience);
    }

    pub(crate) fn add_choice(&mut self, purpose: Purpose, choice: Entry<ChoiceMade>) {
        self.choices.insert(purpose, choice);
    }

    pub(crate) fn add_restriction(&mut self, restriction: Restriction) {
        self.rare_mut().restrictions.insert(restriction);
    }

    pub(crate) fn add_erasure(&mut self, erasure: Entry<()>) {
        self.rare_mut().erasures.insert(erasure);
    }
}

/// The file format of a subject.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    id: SubjectId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    born: Option<Birth>,
    /// Used if there are several births, which contradict each other.
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
    /// Used if there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    erasures: Vec<Object<ErasureDocument>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResidenceDocument {
    at: Timestamp,
    /// Null if it is unknown. The key must not be missing.
    #[serde(deserialize_with = "Option::deserialize")]
    place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceDocument {
    at: Timestamp,
    /// Null if it is unknown. The key must not be missing.
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

/// Returns the error for an erasure in `erased_at` beside a list of erasures.
pub(crate) fn not_the_only_erasure(instant: Timestamp) -> ValueError {
    let remedy = "give each in `erasures`, and no `erased_at` or `erased_recorded`";
    ValueError::new("the only erasure", instant, remedy)
}

/// Returns an entry from a file. Without `recorded`, the platform learned it when it became true.
fn entry<T>(at: Timestamp, recorded: Option<Timestamp>, value: T) -> Entry<T> {
    Entry::new(at, value).with_recorded(recorded.unwrap_or(at))
}

/// Returns the transaction time to write; `None` if it equals the valid time.
fn recorded<T>(entry: &Entry<T>) -> Option<Timestamp> {
    (entry.recorded() != entry.at()).then_some(entry.recorded())
}

impl TryFrom<Object<SubjectDocument>> for Subject {
    type Error = ValueError;

    fn try_from(Object(document): Object<SubjectDocument>) -> Result<Self, ValueError> {
        let erasures = document.erasures.iter();
        let erasures = erasures.map(|Object(e)| entry(e.at, e.recorded, ()));
        let erasures: Log<()> = match (document.erased_at, document.erased_recorded) {
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
        let mut choices = Choices::default();
        choices.extend(document.choices.into_iter().map(|Object(c)| {
            (c.purpose, entry(c.at, c.recorded, ChoiceMade::new(c.choice, c.by)))
        }));
        let residences = document.residence.into_iter();
        let audiences = document.audience.into_iter();
        let rare = RareFacts {
            audiences: audiences.map(|Object(a)| entry(a.at, a.recorded, a.value)).collect(),
            restrictions: document.restrictions.into_iter().collect(),
            erasures,
        };
        Ok(Self {
            id: document.id,
            births: births.into_iter().collect(),
            residences: residences.map(|Object(r)| entry(r.at, r.recorded, r.place)).collect(),
            choices,
            rare: (rare != *RareFacts::NONE).then(|| Box::new(rare)),
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
        let mut erasures: Vec<_> = subject.erasures().iter().map(erasure).collect();
        let only = if erasures.len() == 1 { erasures.pop() } else { None };
        let (erased_at, erased_recorded) =
            only.map_or((None, None), |Object(only)| (Some(only.at), only.recorded));
        Self(SubjectDocument {
            born: subject.birth(),
            births: match subject.births() {
                [] | [_] => Vec::new(),
                several => several.to_vec(),
            },
            residence: subject.residences.iter().map(residence).collect(),
            audience: subject.audiences().iter().map(audience).collect(),
            choices: subject.choices.iter().map(choice).collect(),
            erased_at,
            erased_recorded,
            erasures,
            restrictions: subject.restrictions().to_vec(),
            id: subject.id,
        })
    }
}
