//! Training runs that took place: what entered them, what may never change, and whether it was right.

mod admission;
mod audit;
mod effect;
mod id_set;
mod ledger;
mod manifest;
mod run;
mod suppression;
mod training_set;

pub use admission::{Admission, Admissions, Gate, Mismatch};
pub use audit::{Audit, CannotAudit, DeletionProof, LateFact, Overtaken, Unsound};
pub use effect::{Change, EffectStatement, Event, Outcome, RecordEffect};
pub use ledger::{DuplicateRun, Ledger, LedgerEntry, LedgerRead, Torn};
pub use run::{RunId, SealedRun};
pub use suppression::{Salt, SuppressionList, Token};
pub use training_set::{Dropped, Recheck, TrainingSet};
