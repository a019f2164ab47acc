//! Identities: which ids are the same person, and since when.

use std::collections::{BTreeMap, BTreeSet};

use crate::people::log::Entry;
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
    /// By instant, then by when each was recorded.
    merged: BTreeSet<Entry<(SubjectId, SubjectId)>>,
}

/// The ids that each id was merged with.
type Merged<'a> = BTreeMap<&'a SubjectId, Vec<&'a SubjectId>>;

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
        let merged = self.merged_with(as_of, known_at);
        self.same(id, &merged).into_iter().cloned().collect()
    }

    /// The ids that each id was merged with, by those they have now.
    fn merged_with(&self, as_of: Timestamp, known_at: Option<Timestamp>) -> Merged<'_> {
        let mut merged = Merged::new();
        let until = self.merged.iter().take_while(|merge| merge.at() <= as_of);
        for merge in until.filter(|merge| merge.is_known_at(known_at)) {
            let (one, other) = merge.value();
            let (one, other) = (self.current(one), self.current(other));
            merged.entry(one).or_default().push(other);
            merged.entry(other).or_default().push(one);
        }
        merged
    }

    /// The ids that can be reached by merges from an id, itself among them.
    fn same<'a>(&'a self, id: &'a SubjectId, merged: &Merged<'a>) -> BTreeSet<&'a SubjectId> {
        let mut everyone = BTreeSet::from([self.current(id)]);
        let mut unseen: Vec<&SubjectId> = everyone.iter().copied().collect();
        while let Some(id) = unseen.pop() {
            for same in merged.get(id).into_iter().flatten().copied() {
                if everyone.insert(same) {
                    unseen.push(same);
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
        let merged = self.merged_with(as_of, known_at);
        let mut found: BTreeSet<&SubjectId> = BTreeSet::new();
        let mut everyone = Vec::new();
        for id in record.subjects() {
            // Who was reached from another one reaches the same.
            if !found.contains(self.current(id)) {
                let same = self.same(id, &merged);
                everyone.extend(same.iter().copied().cloned());
                found.extend(same);
            }
        }
        record.clone().with_subjects_instead(everyone.into_iter())
    }
}
