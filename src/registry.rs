//! The registry of subjects, and the view of it that decides.

use std::collections::HashMap;

use crate::decision::{Case, Decision};
use crate::id::SubjectId;
use crate::policy::{Policy, Revision};
use crate::record::Record;
use crate::subject::Subject;
use crate::time::Timestamp;

/// Every subject that the platform knows, by id.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Verdict};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).resides("GB".parse()?, "2019-01-01".parse()?))?;
///
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .of("u1".parse()?);
/// let view = registry.view(&policy, "2024-12-01".parse()?);
/// let decision = view.decide(&record);
/// assert_eq!(decision.verdict(), Verdict::Ineligible);
/// assert_eq!(decision.grounds().to_string(), "region-excluded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Registry {
    subjects: HashMap<SubjectId, Subject>,
}

/// A second subject with the id of one that is in the registry already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a second subject `{id}`; give each subject once, with all its entries")]
pub struct DuplicateSubject {
    id: SubjectId,
}

impl Registry {
    /// A registry that knows nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a subject.
    ///
    /// # Errors
    ///
    /// If there is a subject of that id; the registry keeps the first.
    pub fn insert(&mut self, subject: Subject) -> Result<(), DuplicateSubject> {
        match self.subjects.entry(subject.id().clone()) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(subject);
                Ok(())
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                Err(DuplicateSubject { id: first.key().clone() })
            }
        }
    }

    /// Adds a subject, or puts it in the place of the one with its id, which is returned.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Registry, Subject, SubjectId};
    ///
    /// let id: SubjectId = "u1".parse()?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new(id.clone()))?;
    ///
    /// // The subject opts out.
    /// let (purpose, now) = ("ai-training".parse()?, "2024-10-01T09:30:00Z".parse()?);
    /// let subject = registry.get(&id).unwrap().clone();
    /// registry.replace(subject.chooses(Choice::OptOut, ChosenBy::Subject, purpose, now));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&mut self, subject: Subject) -> Option<Subject> {
        self.subjects.insert(subject.id().clone(), subject)
    }

    /// The subject of that id, if it is known.
    #[must_use]
    pub fn get(&self, id: &SubjectId) -> Option<&Subject> {
        self.subjects.get(id)
    }

    /// Every subject, in no order.
    #[cfg(feature = "ledger")]
    pub(crate) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.values()
    }

    /// How many subjects are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether nobody is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The registry under a policy, at a cut-off: what can decide. Every entry counts, whenever it
    /// was recorded; see [`View::known_at`].
    #[must_use]
    pub fn view<'a>(&'a self, policy: &'a Policy, as_of: Timestamp) -> View<'a> {
        View { registry: self, policy, revision: policy.in_force(as_of), as_of, known_at: None }
    }
}

/// A registry under a policy, at a cut-off, as far as known at an instant.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    registry: &'a Registry,
    policy: &'a Policy,
    revision: Option<&'a Revision>,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
}

impl<'a> View<'a> {
    /// The same view, as it would have been at an instant: entries recorded later do not count.
    ///
    /// ```
    /// use may_train::{Entry, Ground, Grounds, Policy, Record, Registry, Subject, Timestamp};
    ///
    /// let learned: Timestamp = "2024-12-15".parse()?;
    /// let moved = Entry::new("2024-11-01".parse()?, "FR".parse()?).recorded_at(learned);
    /// let subject = Subject::new("u1".parse()?)
    ///     .resides("US".parse()?, "2019-01-01".parse()?)
    ///     .with_residence(moved);
    /// let mut registry = Registry::new();
    /// registry.insert(subject)?;
    /// let policy = Policy::shipped("linkedin")?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
    ///     .of("u1".parse()?);
    ///
    /// let view = registry.view(&policy, "2024-12-01".parse()?);
    /// assert_eq!(view.decide(&record).grounds(), Ground::RegionExcluded.alone());
    /// let then = view.known_at("2024-12-01".parse()?);
    /// assert_eq!(then.decide(&record).grounds(), Grounds::NONE);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn known_at(mut self, instant: Timestamp) -> Self {
        self.known_at = Some(instant);
        self
    }

    /// The same view, at another cut-off.
    pub(crate) fn at(mut self, as_of: Timestamp) -> Self {
        self.revision = self.policy.in_force(as_of);
        self.as_of = as_of;
        self
    }

    /// The policy.
    pub(crate) const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// The subjects of the record that the registry knows.
    pub(crate) fn subjects_of(&self, record: &'a Record) -> impl Iterator<Item = &'a Subject> {
        record.subjects().iter().filter_map(|id| self.registry.get(id))
    }

    /// The revision in force at the cut-off.
    #[must_use]
    pub const fn revision(&self) -> Option<&'a Revision> {
        self.revision
    }

    /// Decides whether the record may enter a training set with this cut-off. Total: it cannot fail.
    #[must_use]
    pub fn decide(&self, record: &'a Record) -> Decision<'a> {
        Decision::new(Case {
            registry: self.registry,
            policy: self.policy,
            revision: self.revision,
            record,
            as_of: self.as_of,
            known_at: self.known_at,
        })
    }
}
