//! The registry of subjects.

#[cfg(feature = "ledger")]
pub(crate) mod subject_tree;

#[cfg(feature = "ledger")]
use std::sync::OnceLock;

use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::people::event::Event;
use crate::people::subject::Subject;
use crate::values::id::SubjectId;

#[cfg(feature = "ledger")]
pub(crate) use subject_tree::SubjectTree;

/// Every subject that the platform knows, by id.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Verdict};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("GB".parse()?, "2019-01-01".parse()?))?;
///
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
/// let view = registry.view(&policy, "2024-12-01".parse()?);
/// let decision = view.decide(&record);
/// assert_eq!(decision.verdict(), Verdict::Ineligible);
/// assert_eq!(decision.grounds().to_string(), "region-excluded");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    subjects: HashMap<SubjectId, Subject>,
    /// Nothing until somebody asks, and kept up to date from then on.
    #[cfg(feature = "ledger")]
    census: OnceLock<SubjectTree>,
}

/// A second subject with the id of one that is in the registry already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a second subject `{id}`; give each subject once, with all its entries")]
pub struct DuplicateSubjectError {
    id: SubjectId,
}

impl DuplicateSubjectError {
    pub(crate) const fn new(id: SubjectId) -> Self {
        Self { id }
    }
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
    pub fn insert(&mut self, subject: Subject) -> Result<(), DuplicateSubjectError> {
        match self.subjects.entry(subject.id().clone()) {
            Entry::Vacant(place) => {
                #[cfg(feature = "ledger")]
                if let Some(census) = self.census.get_mut() {
                    census.note(&subject);
                }
                place.insert(subject);
                Ok(())
            }
            Entry::Occupied(first) => Err(DuplicateSubjectError::new(first.key().clone())),
        }
    }

    /// Adds a subject, or puts it in the place of the one with its id, which is returned.
    ///
    /// ```
    /// use may_train::{Registry, Subject};
    ///
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?).with_birth("1980".parse()?))?;
    ///
    /// // The birth was wrong.
    /// let subject = registry.get("u1").unwrap().clone();
    /// let before = registry.replace(subject.with_birth("1990".parse()?));
    /// assert_eq!(before.unwrap().birth(), Some("1980".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&mut self, subject: Subject) -> Option<Subject> {
        #[cfg(feature = "ledger")]
        if let Some(census) = self.census.get_mut() {
            census.note(&subject);
        }
        self.subjects.insert(subject.id().clone(), subject)
    }

    /// Adds the fact of an event to its subject, in place. A subject who was not known is known from
    /// then on, with that fact alone.
    ///
    /// Neither the order of events nor duplicates matter, so that a stream may deliver late and twice.
    ///
    /// ```
    /// use may_train::{Event, Registry};
    ///
    /// let out = Event::opt_out("u1".parse()?, "ai-training".parse()?, "2024-10-01".parse()?);
    /// let back = Event::opt_in("u1".parse()?, "ai-training".parse()?, "2024-11-01".parse()?);
    /// let (mut one, mut other) = (Registry::new(), Registry::new());
    /// [&out, &back].into_iter().for_each(|event| one.apply(event));
    /// [&back, &out, &back].into_iter().for_each(|event| other.apply(event));
    /// assert_eq!(one.get("u1"), other.get("u1"));
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    pub fn apply(&mut self, event: &Event) {
        let subject = self.subjects.entry(event.subject().clone());
        let subject = subject.or_insert_with(|| Subject::new(event.subject().clone()));
        event.add_to(subject);
        #[cfg(feature = "ledger")]
        if let Some(census) = self.census.get_mut() {
            census.note(subject);
        }
    }

    /// Takes a subject out of the registry, and returns it; `None` where it is not known.
    ///
    /// Records of a subject that the registry does not know are never eligible. For an erasure that
    /// runs and audits remember, [apply](Registry::apply) one instead.
    pub fn remove<Q>(&mut self, id: &Q) -> Option<Subject>
    where
        SubjectId: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let subject = self.subjects.remove(id)?;
        #[cfg(feature = "ledger")]
        if let Some(census) = self.census.get_mut() {
            census.forget(&subject);
        }
        Some(subject)
    }

    /// Returns the subject of an id, which may be a `&SubjectId` or a `&str`; `None` where it is not
    /// known.
    #[must_use]
    pub fn get<Q>(&self, id: &Q) -> Option<&Subject>
    where
        SubjectId: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.subjects.get(id)
    }

    /// Returns every subject, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Subject> {
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

    /// The digests of all subjects as they are now: everybody is hashed once, and from then on
    /// whoever changes.
    #[cfg(feature = "ledger")]
    pub(crate) fn census(&self) -> &SubjectTree {
        self.census.get_or_init(|| SubjectTree::of(self.iter()))
    }

    /// The digest of all that is known of all subjects: of registries with the same digest, each
    /// decides every record as the other does.
    ///
    /// The first one hashes every subject; from then on the registry keeps it up to date at a cost
    /// by the number of changes.
    ///
    /// ```
    /// use may_train::{Registry, Subject};
    ///
    /// let subjects = ["u1", "u2"].map(|id| Subject::new(id.parse().unwrap()));
    /// let (mut one, mut other) = (Registry::new(), Registry::new());
    /// subjects.iter().for_each(|subject| _ = one.replace(subject.clone()));
    /// subjects.iter().rev().for_each(|subject| _ = other.replace(subject.clone()));
    /// assert_eq!(one.digest(), other.digest());
    ///
    /// one.replace(Subject::new("u1".parse()?).with_birth("1990".parse()?));
    /// assert_ne!(one.digest(), other.digest());
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[cfg(feature = "ledger")]
    #[must_use]
    pub fn digest(&self) -> crate::decision::digest::Digest {
        self.census().digest()
    }
}

impl fmt::Debug for Registry {
    /// Prints how many subjects are known, and nothing of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("subjects", &self.len()).finish_non_exhaustive()
    }
}
