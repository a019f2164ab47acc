//! Training runs: which records entered a run, the run as a fixed fact, and whether it was right.

pub(crate) mod admission;
pub(crate) mod audit;
pub(crate) mod deletion;
pub(crate) mod effect;
pub(crate) mod frozen;
pub(crate) mod id_set;
pub(crate) mod lacking;
pub(crate) mod ledger;
pub(crate) mod lineage;
pub(crate) mod manifest;
pub(crate) mod packed;
pub(crate) mod run;
pub(crate) mod suppression;
pub(crate) mod training_set;

pub use crate::decision::Digest;
pub use admission::{Admission, Admissions, Admit, Gate, MismatchError};
pub use audit::{Audit, AuditError, LateFact, Overtaken, Unsound};
pub use deletion::DeletionProof;
pub use effect::{EffectStatement, Outcome, RecordEffect};
pub use frozen::FrozenGate;
pub use lacking::{Lack, Lacking};
pub use ledger::{AppendError, Ledger, LedgerEntry, LedgerRead, Tail, Torn};
pub use lineage::Models;
pub use run::{Parent, RunId, SealedRun};
pub use suppression::{SuppressionList, Token, TokenKey};
pub use training_set::{Dropped, EnterError, Recheck, TrainingSet};
