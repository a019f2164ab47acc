//! Proofs of deletion: evidence that no run used a subject after the subject's erasure.

use std::fmt;

use serde::Serialize;

use crate::ledger::ledger::Ledger;
use crate::ledger::lineage::{build_on, ids, list};
use crate::ledger::run::RunId;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// A statement about one erased subject: which runs used the subject's data before and after the
/// erasure.
///
/// The erasure was kept if no run with a cut-off at or after it used the subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletionProof {
    subject: SubjectId,
    erased_at: Timestamp,
    before: Vec<RunId>,
    after: Vec<RunId>,
    inherited: Vec<RunId>,
}

impl Ledger {
    /// Returns the runs of this ledger that used a subject, split by the instant of the subject's
    /// erasure.
    ///
    /// A run whose cut-off is the instant of the erasure counts as after it.
    ///
    /// The proof covers the runs of this ledger and this one id. If records entered a run under
    /// another id of the same person, ask about that id, too.
    ///
    /// ```
    /// use may_train::ledger::Ledger;
    ///
    /// let proof = Ledger::new().deletion_proof(&"u1".parse()?, "2025-06-01".parse()?);
    /// assert!(proof.is_kept());
    /// assert_eq!(proof.to_string(),
    ///     "no run with a cut-off at or after 2025-06-01 used `u1`");
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn deletion_proof(&self, subject: &SubjectId, erased_at: Timestamp) -> DeletionProof {
        let models = self.models_of(subject);
        let (before, after): (Vec<_>, Vec<_>) =
            models.direct().iter().partition(|run| run.as_of() < erased_at);
        DeletionProof {
            subject: subject.clone(),
            erased_at,
            before: ids(before),
            after: ids(after),
            inherited: ids(models.inherited().iter().copied()),
        }
    }
}

impl DeletionProof {
    /// Returns whether no run with a cut-off at or after the erasure used the subject.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.after.is_empty()
    }

    /// Returns the runs with a cut-off before the erasure that used the subject. The erasure does
    /// not change them.
    #[must_use]
    pub fn before(&self) -> &[RunId] {
        &self.before
    }

    /// Returns the runs with a cut-off at or after the erasure that used the subject. They violate
    /// it.
    #[must_use]
    pub fn after(&self) -> &[RunId] {
        &self.after
    }

    /// Returns the runs that did not use the subject, but build on a run that did.
    ///
    /// They do not violate the erasure. A model that must forget the subject takes them with it.
    #[must_use]
    pub fn inherited(&self) -> &[RunId] {
        &self.inherited
    }
}

impl fmt::Display for DeletionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, erased_at, before, after, inherited } = self;
        if after.is_empty() {
            write!(f, "no run with a cut-off at or after {erased_at} used `{subject}`")?;
        } else {
            let runs = list(after);
            write!(f, "{runs} used `{subject}` though erased from {erased_at} on")?;
        }
        if !before.is_empty() {
            write!(f, "; {} did before", list(before))?;
        }
        if inherited.is_empty() { Ok(()) } else { write!(f, "; {}", build_on(inherited)) }
    }
}
