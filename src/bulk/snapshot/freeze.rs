//! Freezing: makes a snapshot of packed histories under a policy, at a cut-off.

use std::ops::Range;

use crate::bulk::ids::CapacityError;
use crate::bulk::packed::histories::{Histories, PurposeError};
use crate::bulk::situation::resolved::History;
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::policy::policy::Policy;
use crate::values::time::Timestamp;

/// An error when packed histories are frozen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// The histories are for another purpose than the policy's.
    #[error(transparent)]
    PurposeError(#[from] PurposeError),
    /// Every number is taken.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

impl Histories {
    /// Freezes every subject under a policy, at a cut-off.
    ///
    /// # Errors
    ///
    /// Returns [`FreezeError`] if the histories are packed for another purpose than the policy's,
    /// or if there are too many subjects.
    pub fn freeze(&self, policy: &Policy, as_of: Timestamp) -> Result<Snapshot, FreezeError> {
        self.are_for(policy)?;
        self.freeze_some(policy, as_of, 0..self.len())
    }

    /// Freezes in parallel, in the thread pool from which it is called.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Histories::freeze`].
    #[cfg(feature = "rayon")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rayon")))]
    pub fn freeze_parallel(
        &self,
        policy: &Policy,
        as_of: Timestamp,
    ) -> Result<Snapshot, FreezeError> {
        use rayon::iter::{IntoParallelIterator, ParallelIterator};
        self.are_for(policy)?;
        let each = self.len().div_ceil(rayon::current_num_threads().max(1)).max(1);
        let starts: Vec<usize> = (0..self.len()).step_by(each).collect();
        let some = |from: usize| from..from.saturating_add(each).min(self.len());
        let parts: Result<Vec<Snapshot>, _> = starts
            .into_par_iter()
            .map(|from| self.freeze_some(policy, as_of, some(from)))
            .collect();
        let mut parts = parts?.into_iter();
        let mut whole = match parts.next() {
            Some(first) => first,
            None => self.freeze_some(policy, as_of, 0..0)?,
        };
        whole.reserve(self.len().saturating_sub(whole.len()));
        for part in parts {
            whole.append_alike(&part)?;
        }
        Ok(whole)
    }

    fn freeze_some(
        &self,
        policy: &Policy,
        as_of: Timestamp,
        subjects: Range<usize>,
    ) -> Result<Snapshot, FreezeError> {
        let mut snapshot = Snapshot::new(policy, as_of, self.known_at());
        snapshot.freezer.rows.words = self.words.clone();
        snapshot.reserve(subjects.len());
        let mut history = History::default();
        for subject in subjects {
            let subject = u32::try_from(subject).map_err(|_| CapacityError)?;
            self.unpack(subject, &mut history);
            snapshot.push_history(&history)?;
        }
        Ok(snapshot)
    }
}
