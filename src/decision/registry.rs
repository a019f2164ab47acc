//! The registry: every subject that the platform knows.

#[cfg(feature = "ledger")]
pub(crate) mod subject_tree;

#[cfg(feature = "ledger")]
use std::sync::OnceLock;

use std::borrow::Borrow;
use std::fmt;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::people::event::Event;
use crate::people::subject::Subject;
use crate::values::id::SubjectId;

#[cfg(feature = "ledger")]
pub(crate) use subject_tree::SubjectTree;

/// The collection of all subjects that the platform knows, by id.
///
/// It decides about records through a [`View`](crate::View). A record with a subject that the
/// registry does not know is never eligible.
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
    /// By the hash of the bytes of their ids: a short id needs no check then that it is a text.
    subjects: HashTable<Subject>,
    hasher: DefaultHashBuilder,
    /// The hash tree of the subjects. It is built on first use, and then kept up to date.
    #[cfg(feature = "ledger")]
    census: OnceLock<SubjectTree>,
}

/// The error for a second subject with the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a second subject `{id}`; give each subject once, with all its entries")]
pub struct DuplicateSubjectError {
    id: SubjectId,
}

impl DuplicateSubjectError {
    /// Returns the error for a second subject with this id, for those who number the ids themselves.
    #[must_use]
    pub const fn new(id: SubjectId) -> Self {
        Self { id }
    }
}

impl Registry {
    /// Returns an empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a subject.
    ///
    /// # Errors
    ///
    /// Fails if the registry has a subject with that id. It keeps the first.
    pub fn insert(&mut self, subject: Subject) -> Result<(), DuplicateSubjectError> {
        match entry(&mut self.subjects, &self.hasher, subject.id()) {
            Entry::Vacant(place) => {
                #[cfg(feature = "ledger")]
                if let Some(census) = self.census.get_mut() {
                    census.note(&subject);
                }
                place.insert(subject);
                Ok(())
            }
            Entry::Occupied(first) => Err(DuplicateSubjectError::new(first.get().id().clone())),
        }
    }

    /// Adds a subject, or replaces the subject with its id. Returns the replaced subject, if any.
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
        match entry(&mut self.subjects, &self.hasher, subject.id()) {
            Entry::Vacant(place) => {
                place.insert(subject);
                None
            }
            Entry::Occupied(mut before) => Some(std::mem::replace(before.get_mut(), subject)),
        }
    }

    /// Adds the fact of an event to its subject, in place. An unknown subject is added with that
    /// fact.
    ///
    /// The order of events and duplicates do not matter. A stream may deliver late and more than
    /// once.
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
        let subject = entry(&mut self.subjects, &self.hasher, event.subject());
        let subject = subject.or_insert_with(|| Subject::new(event.subject().clone())).into_mut();
        event.add_to(subject);
        #[cfg(feature = "ledger")]
        if let Some(census) = self.census.get_mut() {
            census.note(subject);
        }
    }

    /// Removes a subject and returns it; `None` if the registry does not know it.
    ///
    /// Records of a subject that the registry does not know are never eligible. For an erasure that
    /// later runs and audits must know of, [apply](Registry::apply) an erasure event instead.
    pub fn remove<Q>(&mut self, id: &Q) -> Option<Subject>
    where
        SubjectId: Borrow<Q>,
        Q: AsRef<str> + ?Sized,
    {
        let id = id.as_ref().as_bytes();
        let is_it = |subject: &Subject| subject.id().as_bytes() == id;
        let found = self.subjects.find_entry(self.hasher.hash_one(id), is_it).ok()?;
        let (subject, _) = found.remove();
        #[cfg(feature = "ledger")]
        if let Some(census) = self.census.get_mut() {
            census.forget(&subject);
        }
        Some(subject)
    }

    /// Returns the subject with an id; `None` if the registry does not know it.
    ///
    /// The id may be a `&SubjectId` or a `&str`.
    #[must_use]
    pub fn get<Q>(&self, id: &Q) -> Option<&Subject>
    where
        SubjectId: Borrow<Q>,
        Q: AsRef<str> + ?Sized,
    {
        let id = id.as_ref().as_bytes();
        self.subjects.find(self.hasher.hash_one(id), |subject| subject.id().as_bytes() == id)
    }

    /// Returns the subject with an id, as [`Registry::get`] does, but faster.
    #[inline]
    pub(crate) fn subject(&self, id: &SubjectId) -> Option<&Subject> {
        self.subjects.find(self.hasher.hash_one(id.as_bytes()), |subject| subject.id() == id)
    }

    /// Returns every subject, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter()
    }

    /// Returns the number of subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Checks whether the registry has no subject.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// Returns the hash tree of the current subjects. The first call hashes every subject. After
    /// that, only changed subjects are hashed again.
    #[cfg(feature = "ledger")]
    pub(crate) fn census(&self) -> &SubjectTree {
        self.census.get_or_init(|| SubjectTree::of(self.iter()))
    }

    /// Returns the digest of all facts about all subjects. Two registries with the same digest give
    /// the same decisions.
    ///
    /// The first call hashes every subject. After that, only changed subjects are hashed again.
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

/// Returns the entry of an id in the table of subjects.
fn entry<'t>(
    subjects: &'t mut HashTable<Subject>,
    hasher: &DefaultHashBuilder,
    id: &SubjectId,
) -> Entry<'t, Subject> {
    let hash = |id: &SubjectId| hasher.hash_one(id.as_bytes());
    subjects.entry(hash(id), |subject| subject.id() == id, |subject| hash(subject.id()))
}

impl fmt::Debug for Registry {
    /// Prints the number of subjects, but no fact about them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("subjects", &self.len()).finish_non_exhaustive()
    }
}
