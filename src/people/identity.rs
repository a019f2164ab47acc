//! Identities: which ids are the same person, and since when.

use std::collections::{BTreeMap, BTreeSet};

use crate::people::log::{Entry, Log};
use crate::people::record::Record;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// Which ids of subjects stand for the same person.
///
/// Neither a merge nor a rename touches a fact. The record is what changes: from a *merge* on, the
/// records of either are the records of both, and all subjects of a record must pass. So a merge
/// never widens: if either was opted out, both are, whatever the other chose and however the facts of
/// the two contradict each other. An id that was *renamed* stands for the new one, at every instant,
/// and [`Subject::with_id`](crate::Subject::with_id) takes its facts along.
///
/// What the merged person chooses from then on holds for the ids that it is recorded for: record it
/// for [everyone](Identities::everyone) that is the same person.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
/// use may_train::people::Identities;
///
/// // A member has opted out. A visitor without an account, who has opted in, logs in as that member.
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// for (id, choice) in [("member", Choice::OptOut), ("visitor", Choice::OptIn)] {
///     let purpose = policy.purpose().clone();
///     registry.insert(Subject::new(id.parse()?)
///         .with_birth("1990".parse()?)
///         .with_residence("US".parse()?, "2019-01-01".parse()?)
///         .with_choice(choice, ChosenBy::Subject, purpose, "2024-10-01".parse()?))?;
/// }
/// let mut identities = Identities::new();
/// identities.merge("visitor".parse()?, "member".parse()?, "2024-11-01".parse()?);
///
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-10-15".parse()?)
///     .with_subject("visitor".parse()?);
/// let decide = |as_of: &str| {
///     let as_of = as_of.parse()?;
///     let record = identities.resolve(&record, as_of, None);
///     Ok::<_, may_train::ValueError>(registry.view(&policy, as_of).decide(&record).grounds())
/// };
/// assert!(decide("2024-10-31")?.is_empty());
/// assert_eq!(decide("2024-11-01")?.to_string(), "opted-out");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identities {
    renamed: BTreeMap<SubjectId, SubjectId>,
    merged: Log<(SubjectId, SubjectId)>,
}

/// A rename that would make it unclear which id stands for which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// The id has been renamed before.
    #[error("`{0}` has been renamed already; rename the id that it has now")]
    Again(SubjectId),
    /// The new id stands for the old one.
    #[error("`{0}` would stand for itself; choose an id that it never had")]
    Circle(SubjectId),
}

impl Identities {
    /// Everybody is somebody else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Two subjects are the same person, known from the instant of the merge on.
    pub fn merge(&mut self, one: SubjectId, other: SubjectId, at: Timestamp) {
        self.merge_recorded(one, other, Entry::new(at, ()));
    }

    /// Two subjects are the same person from an instant on, which was learned at another.
    pub fn merge_recorded(&mut self, one: SubjectId, other: SubjectId, merge: Entry<()>) {
        let pair = if one <= other { (one, other) } else { (other, one) };
        self.merged.insert(Entry::new(merge.at(), pair).with_recorded(merge.recorded()));
    }

    /// An id is replaced by another for the same person, as if it had never been.
    ///
    /// Where both ids have facts of their own, merge them instead: here the old one's no longer count.
    ///
    /// # Errors
    ///
    /// For an id that was renamed before, and for a new id that stands for the old one.
    pub fn rename(&mut self, from: SubjectId, to: SubjectId) -> Result<(), RenameError> {
        if self.renamed.contains_key(&from) {
            return Err(RenameError::Again(from));
        }
        if self.current(&to) == &from {
            return Err(RenameError::Circle(from));
        }
        self.renamed.insert(from, to);
        Ok(())
    }

    /// The id that stands for this one.
    #[must_use]
    pub fn current<'a>(&'a self, id: &'a SubjectId) -> &'a SubjectId {
        let mut current = id;
        // No rename leads back to where it started.
        while let Some(next) = self.renamed.get(current) {
            current = next;
        }
        current
    }

    /// Every id that stands for the same person at an instant, as far as known at another (all, if
    /// none is given); the one asked for among them, by the id it has now.
    #[must_use]
    pub fn everyone(
        &self,
        id: &SubjectId,
        as_of: Timestamp,
        known_at: Option<Timestamp>,
    ) -> BTreeSet<SubjectId> {
        let mut everyone = BTreeSet::from([self.current(id).clone()]);
        let mut unseen: Vec<SubjectId> = everyone.iter().cloned().collect();
        let holds = |merge: &&Entry<_>| merge.at() <= as_of && merge.is_known_at(known_at);
        while let Some(id) = unseen.pop() {
            for merge in self.merged.iter().filter(holds) {
                let (one, other) = merge.value();
                let (one, other) = (self.current(one), self.current(other));
                let same = if one == &id { other } else { one };
                if (one == &id || other == &id) && everyone.insert(same.clone()) {
                    unseen.push(same.clone());
                }
            }
        }
        everyone
    }

    /// The record with all whose data it is at a cut-off, as far as known at an instant: what to
    /// decide on.
    #[must_use]
    pub fn resolve(
        &self,
        record: &Record,
        as_of: Timestamp,
        known_at: Option<Timestamp>,
    ) -> Record {
        let everyone = |id: &SubjectId| self.everyone(id, as_of, known_at);
        record.clone().with_subjects_instead(record.subjects().iter().flat_map(everyone))
    }
}
