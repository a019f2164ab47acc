//! Training runs that took place: what entered them, what may never change, and whether it was right.

pub(crate) mod admission;
pub(crate) mod audit;
pub(crate) mod effect;
pub(crate) mod id_set;
pub(crate) mod ledger;
pub(crate) mod manifest;
pub(crate) mod run;
pub(crate) mod suppression;
pub(crate) mod training_set;

pub use crate::decision::digest::Digest;
pub use admission::{Admission, Admissions, Admit, Gate, MismatchError};
pub use audit::{Audit, AuditError, DeletionProof, LateFact, Overtaken, Unsound};
pub use effect::{EffectStatement, Outcome, RecordEffect};
pub use ledger::{DuplicateRunError, Ledger, LedgerEntry, LedgerRead, Torn};
pub use run::{RunId, SealedRun};
pub use suppression::{SuppressionList, Token, TokenKey};
pub use training_set::{Dropped, EnterError, Recheck, TrainingSet};
