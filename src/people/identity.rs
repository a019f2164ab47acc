//! Identities: merged accounts and renamed ids, that is, which subject ids are the same person.

use std::collections::{BTreeMap, BTreeSet};

use crate::people::log::Entry;
use crate::people::record::Record;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// The identity map of a platform: which subject ids are the same person, and since when.
///
/// A merge and a rename change the subjects of a record, and no fact. From the instant of a
/// *merge*, the records of either id belong to both ids. All subjects of a record must pass, so a
/// merge never makes a record eligible. If either id has opted out, the opt-out holds for
/// the records of both, even if the other has opted in. A *renamed* id stands for the new one at
/// every instant. [`Subject::with_id`](crate::Subject::with_id) moves its facts.
///
/// A later choice of the merged person holds only for the ids that it is recorded for. Record it
/// for [each id](Identities::everyone) of the person.
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
    /// Ordered by valid time, then by transaction time.
    merged: BTreeSet<Entry<(SubjectId, SubjectId)>>,
}

/// The ids that each id was merged with.
type Merged<'a> = BTreeMap<&'a SubjectId, Vec<&'a SubjectId>>;

/// The error for a rename that would make the current id ambiguous.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// The id was renamed before.
    #[error("`{0}` has been renamed already; rename the id that it has now")]
    Again(SubjectId),
    /// The new id already stands for the old one.
    #[error("`{0}` would stand for itself; choose an id that it never had")]
    Circle(SubjectId),
}

impl Identities {
    /// Returns a map without merges and renames: each id is a different person.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that two subjects are the same person from an instant on. The platform learns it
    /// then.
    pub fn merge(&mut self, one: SubjectId, other: SubjectId, at: Timestamp) {
        self.merge_recorded(one, other, Entry::new(at, ()));
    }

    /// Records that two subjects are the same person, with the valid time and the transaction time
    /// of the entry.
    pub fn merge_recorded(&mut self, one: SubjectId, other: SubjectId, merge: Entry<()>) {
        let pair = if one <= other { (one, other) } else { (other, one) };
        self.merged.insert(Entry::new(merge.at(), pair).with_recorded(merge.recorded()));
    }

    /// Replaces an id by a new one for the same person, at every instant.
    ///
    /// The facts of the old id no longer count. If both ids have facts, [merge](Identities::merge)
    /// them instead.
    ///
    /// # Errors
    ///
    /// Fails if the id was renamed before, or if the new id stands for the old one.
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

    /// Returns the current id that stands for this one; the same id if it was not renamed.
    #[must_use]
    pub fn current<'a>(&'a self, id: &'a SubjectId) -> &'a SubjectId {
        let mut current = id;
        // Renames have no cycles, so the loop ends.
        while let Some(next) = self.renamed.get(current) {
            current = next;
        }
        current
    }

    /// Returns the current ids of the same person at a cut-off, including the one of `id`.
    ///
    /// Only merges recorded up to `known_at` count. If `known_at` is `None`, all merges count.
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

    /// Returns the current ids that each current id was merged with.
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

    /// Returns the current ids that merges connect to an id, including its own.
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

    /// Returns the record to decide on: each subject is replaced by all current ids of that person.
    ///
    /// Only merges up to the cut-off `as_of`, recorded up to `known_at`, count. If `known_at` is
    /// `None`, the transaction time does not matter.
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
            // An id that was found from another subject has the same set of ids.
            if !found.contains(self.current(id)) {
                let same = self.same(id, &merged);
                everyone.extend(same.iter().copied().cloned());
                found.extend(same);
            }
        }
        record.clone().with_subjects_instead(everyone.into_iter())
    }
}
