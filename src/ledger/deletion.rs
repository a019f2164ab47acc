//! Proofs of deletion: that no run used a person after their erasure.

use std::fmt;

use serde::Serialize;

use crate::ledger::ledger::Ledger;
use crate::ledger::lineage::{build_on, ids, list};
use crate::ledger::run::RunId;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// The proof that an erasure was kept: no run with a cut-off after it used the person; or else the
/// list of those that did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletionProof {
    subject: SubjectId,
    erased_at: Timestamp,
    before: Vec<RunId>,
    after: Vec<RunId>,
    inherited: Vec<RunId>,
}

impl Ledger {
    /// Goes through every run for a subject that was erased at an instant.
    ///
    /// It proves something about the runs of this ledger, under this id: records that reached a run
    /// under another one have to be asked about by that.
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
    /// Whether no run at or after the erasure used the person.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.after.is_empty()
    }

    /// The runs before the erasure that used the person: these the erasure leaves as they are.
    #[must_use]
    pub fn before(&self) -> &[RunId] {
        &self.before
    }

    /// The runs at or after the erasure that used the person all the same.
    #[must_use]
    pub fn after(&self) -> &[RunId] {
        &self.after
    }

    /// The runs that did not use the person themselves, but build on one that did: the proof says
    /// nothing against them, and a model that must forget takes them with it.
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
