//! Refreshing a snapshot: moves it to a later cut-off, and freezes again only the subjects that
//! changed or that time alone changes.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use crate::bulk::ids::CapacityError;
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::people::subject::Subject;
use crate::values::time::Timestamp;

/// An error when a snapshot is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// A new subject does not have the next number.
    #[error("subject {given} is new, but the next number is {next}; give new subjects in order")]
    Gap {
        /// The number that was given.
        given: u32,
        /// The number that the next new subject has.
        next: u32,
    },
    /// Every number is taken.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

impl Snapshot {
    /// Freezes the changed subjects again, for a new cut-off and a new state of knowledge. Returns
    /// the numbers of the subjects whose profile changed, ascending, with new subjects among them.
    ///
    /// `changed` lists the subjects about whom something was recorded since; a new subject has the
    /// next number. `subject(n)` returns the current facts about subject `n`; `None` means that the
    /// platform no longer knows the subject.
    ///
    /// The result equals a new snapshot of all subjects. The cost depends on how many subjects
    /// changed, and on how many time alone changes (an opt-in expires, a restriction begins). All
    /// subjects are frozen again only if the policy changed in between, or the new cut-off or state
    /// of knowledge is earlier.
    ///
    /// # Errors
    ///
    /// Returns [`RefreshError`] if a new number is not the next one; then nothing is refreshed.
    ///
    /// ```
    /// use may_train::bulk::Snapshot;
    /// use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let then: Timestamp = "2024-12-01".parse()?;
    /// let mut subjects = Vec::new();
    /// let mut snapshot = Snapshot::new(&policy, then, None);
    /// for id in ["u0", "u1"] {
    ///     subjects.push(Subject::new(id.parse()?).with_residence("US".parse()?, "2019-01-01".parse()?));
    ///     snapshot.push(subjects.last().unwrap())?;
    /// }
    ///
    /// let (purpose, opted_out) = (policy.purpose().clone(), "2024-12-02".parse()?);
    /// subjects[1] = subjects[1].clone().with_choice(Choice::OptOut, ChosenBy::Subject, purpose, opted_out);
    /// let changed = snapshot.refresh("2024-12-03".parse()?, None, [1], |n| subjects.get(n as usize))?;
    /// assert_eq!(changed, [1]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refresh<S: Borrow<Subject>>(
        &mut self,
        as_of: Timestamp,
        known_at: Option<Timestamp>,
        changed: impl IntoIterator<Item = u32>,
        subject: impl Fn(u32) -> Option<S>,
    ) -> Result<Vec<u32>, RefreshError> {
        let mut suspects: BTreeSet<u32> = changed.into_iter().collect();
        let known = u32::try_from(self.len()).map_err(|_| CapacityError)?;
        for (given, next) in suspects.range(known..).zip(known..=u32::MAX) {
            if *given != next {
                return Err(RefreshError::Gap { given: *given, next });
            }
        }
        let room = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        if self.len().saturating_add(suspects.len()) >= room {
            return Err(CapacityError.into());
        }
        let mut changed = Vec::new();
        if self.is_everyone_suspect(as_of, known_at) {
            let before = Self::new(self.policy(), as_of, known_at);
            let before = std::mem::replace(self, before);
            suspects.extend(0..known);
            for number in suspects {
                self.freeze_again(number, subject(number).as_ref().map(Borrow::borrow))?;
                if number >= known || self.spans(number) != before.spans(number) {
                    changed.push(number);
                }
            }
        } else {
            (self.as_of, self.known_at) = (as_of, known_at);
            self.freezer.move_to(as_of);
            suspects.extend(self.agenda.take(as_of, known_at));
            for number in suspects {
                if self.freeze_again(number, subject(number).as_ref().map(Borrow::borrow))? {
                    changed.push(number);
                }
            }
        }
        Ok(changed)
    }

    /// Returns whether every profile may differ: the policy changed, or an instant was set back.
    fn is_everyone_suspect(&self, as_of: Timestamp, known_at: Option<Timestamp>) -> bool {
        let is_less_known = match (self.known_at, known_at) {
            (Some(before), Some(after)) => after < before,
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        is_less_known || as_of < self.as_of || self.turns.is_any_between(self.as_of, as_of)
    }
}
