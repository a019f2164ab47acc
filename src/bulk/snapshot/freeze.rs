//! Freezing: makes a snapshot of packed histories under a policy, at a cut-off.
//!
//! Most headers are alike once the facts that the policy ignores are left out. The profiles of the
//! last few thousand different headers are remembered, so that those subjects are not unpacked.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::DefaultHashBuilder;

use crate::bulk::ids::CapacityError;
use crate::bulk::packed::header::Header;
use crate::bulk::packed::histories::{Histories, PurposeError};
use crate::bulk::situation::rows::Rows;
use crate::bulk::snapshot::snapshot::{Scratch, Snapshot};
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
        snapshot.rows.words = self.words.clone();
        snapshot.reserve(subjects.len());
        self.freeze_onto(&mut snapshot, subjects)?;
        Ok(snapshot)
    }

    /// Freezes every subject into a snapshot whose words begin like these.
    pub(crate) fn freeze_into(&self, snapshot: &mut Snapshot) -> Result<(), CapacityError> {
        snapshot.rows.words = self.words.clone();
        self.freeze_onto(snapshot, 0..self.len())
    }

    fn freeze_onto(
        &self,
        snapshot: &mut Snapshot,
        subjects: Range<usize>,
    ) -> Result<(), CapacityError> {
        let mut scratch = Scratch::default();
        let mut recent = Recent::new(snapshot);
        let headers = self.headers.get(subjects.clone()).unwrap_or_default();
        for (header, subject) in headers.iter().zip(subjects) {
            let Rows { codes, words, .. } = &mut snapshot.rows;
            let class = codes.class_of_place(header.residence, words);
            let key = recent.key(header, class);
            if let Some((profile, turn)) = recent.get(key.as_ref()) {
                snapshot.push_profile(profile, turn, None)?;
                continue;
            }
            let subject = u32::try_from(subject).map_err(|_| CapacityError)?;
            self.unpack(subject, &mut scratch.history);
            let (profile, turn) = snapshot.profile_of_history(&mut scratch)?;
            snapshot.push_profile(profile, turn, scratch.history.learned_at)?;
            recent.keep(key, profile, turn);
        }
        Ok(())
    }
}

/// A direct-mapped cache of profiles by header, without the facts that a policy ignores.
struct Recent {
    as_of: i64,
    /// Whether the instant of a change counts, and not only the last value.
    residences_count: bool,
    choices_count: bool,
    slots: Vec<Option<(Header, u32, Option<Timestamp>)>>,
    hasher: DefaultHashBuilder,
}

/// How many headers are remembered: a power of two, at most 65,536.
const REMEMBERED: usize = 1 << 13;

impl Recent {
    fn new(snapshot: &Snapshot) -> Self {
        let codes = &snapshot.rows.codes;
        let sampling = codes.epochs.first().and_then(|epoch| epoch.sampling);
        let apart = codes.tells_opt_ins_apart();
        Self {
            as_of: snapshot.as_of().as_micros(),
            residences_count: sampling.is_some_and(|(residence, _)| residence.looks_at_creation()),
            choices_count: sampling.is_some_and(|(_, reach)| reach.looks_at_creation() || apart),
            slots: vec![None; REMEMBERED],
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Returns the header without what the policy ignores, and with the class of the residence
    /// instead of its place. Returns `None` if the header is not enough to decide.
    fn key(&self, header: &Header, class_of_residence: u32) -> Option<Header> {
        Header { residence: class_of_residence, ..*header }.settled(
            if self.residences_count { i64::MIN } else { self.as_of },
            if self.choices_count { i64::MIN } else { self.as_of },
        )
    }

    fn slot(&self, key: &Header) -> usize {
        // The lowest bits of the hash, as many as the slots need.
        let hash = self.hasher.hash_one(key).to_le_bytes();
        let [low, high, ..] = hash;
        usize::from(u16::from_le_bytes([low, high])) & REMEMBERED.wrapping_sub(1)
    }

    fn get(&self, key: Option<&Header>) -> Option<(u32, Option<Timestamp>)> {
        let key = key?;
        let kept = self.slots.get(self.slot(key))?.as_ref();
        kept.filter(|(header, ..)| header == key).map(|(_, profile, turn)| (*profile, *turn))
    }

    fn keep(&mut self, key: Option<Header>, profile: u32, turn: Option<Timestamp>) {
        let Some(key) = key else { return };
        let slot = self.slot(&key);
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = Some((key, profile, turn));
        }
    }
}
