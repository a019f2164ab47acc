//! Functions of DataFusion's SQL: a snapshot decides records where the engine reads them.
//!
//! A backend freezes its subjects, and registers three functions by one call to [`register`]:
//!
//! | function | gives |
//! | --- | --- |
//! | `may_train_eligible(…)` | whether the record may enter: true or false, never null |
//! | `may_train_verdict(…)` | `eligible`, `ineligible` or `indeterminate` |
//! | `may_train_grounds(…)` | the codes of the grounds, sorted and joined by `, `; empty if the record may enter |
//!
//! All three take the same arguments:
//!
//! | | argument | type | null |
//! | --- | --- | --- | --- |
//! | 1 | digest of the question | text literal | an error |
//! | 2 | `subject`: one, or a list of all | ids, or list of ids: texts, whole numbers, UUIDs | an unknown subject |
//! | 3 | `kind` | text | no decision |
//! | 4 | `created_at` | timestamp with a zone, floored to microseconds | no decision |
//! | 5 | `deleted_at`; may be left out | the same | not deleted |
//! | 6 | `restrictions`; may be left out | list of `id`, `from`, `until`, `recorded` | not restricted |
//!
//! Records without a decision are not eligible; their verdict and grounds are null. So are those
//! that were created outside the years 0001 to 9999. A list without subjects means one who is unknown. A kind that the
//! policy does not name is one like every other. A restriction that cannot be read, for example with an
//! end before its start, counts as one in force. In all else the answers are those of
//! [`View::decide`](crate::View::decide), and those of the SQL of [`Tables`](crate::arrow::Tables),
//! row by row. Of a record with several subjects, give all of them: each can forbid it.
//!
//! # The digest
//!
//! A function is known to an engine by its name alone. On a cluster, one executor may still hold the
//! snapshot of yesterday, or of another policy. So each call says which question it asks: it begins with
//! [`Snapshot::question_digest`], which covers the policy, the cut-off, what is
//! known, and the version of the semantics. If the registered snapshot answers another
//! question, the query fails, and the error names both. It never gets the answer of another question.
//!
//! ```
//! use datafusion_expr::registry::{FunctionRegistry, MemoryFunctionRegistry};
//! use may_train::{Policy, Registry, Subject};
//!
//! let policy = Policy::shipped("linkedin")?;
//! let mut registry = Registry::new();
//! registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
//! let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
//! let question = snapshot.question_digest();
//!
//! // In your program: a `SessionContext`.
//! let mut context = MemoryFunctionRegistry::new();
//! may_train::datafusion::register(&mut context, snapshot, ids)?;
//! assert!(context.udfs().contains("may_train_eligible"));
//!
//! let sql = format!(
//!     "SELECT * FROM records WHERE may_train_eligible('{question}', subjects, kind, created_at)"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The feature builds `datafusion-expr` and `datafusion-common` alone, and none of the engine. The
//! package `examples/datafusion` of the repository has a whole program: SQL over Parquet with these
//! functions, and the same by a plain join.

mod arguments;
mod function;

use std::sync::Arc;

use datafusion_common::DataFusionError;
use datafusion_expr::ScalarUDF;
use datafusion_expr::registry::FunctionRegistry;

use crate::bulk::{ColumnError, Ids, Snapshot};
use crate::datafusion::function::{Answer, Function};
use crate::values::id::SubjectId;

/// Adds the functions of a snapshot to a session. They replace those of an earlier one.
///
/// # Errors
///
/// Returns an error if the ids are not as many as the subjects, or if the registry takes no
/// functions.
pub fn register(
    registry: &mut dyn FunctionRegistry,
    snapshot: impl Into<Arc<Snapshot>>,
    ids: impl Into<Arc<Ids<SubjectId>>>,
) -> Result<(), DataFusionError> {
    let functions = functions(snapshot, ids);
    for function in functions.map_err(|error| DataFusionError::External(Box::new(error)))? {
        registry.register_udf(Arc::new(function))?;
    }
    Ok(())
}

/// Returns the functions of a snapshot: `may_train_eligible`, `may_train_verdict` and
/// `may_train_grounds`. Use it for a session that is shared, with its `register_udf`, or for plans that
/// are built without SQL.
///
/// # Errors
///
/// Returns [`ColumnError`] if the ids are not as many as the subjects.
pub fn functions(
    snapshot: impl Into<Arc<Snapshot>>,
    ids: impl Into<Arc<Ids<SubjectId>>>,
) -> Result<[ScalarUDF; 3], ColumnError> {
    let (snapshot, ids) = (snapshot.into(), ids.into());
    snapshot.check_ids(&ids)?;
    Ok([Answer::Eligible, Answer::Verdict, Answer::Grounds].map(|answer| {
        ScalarUDF::from(Function::new(answer, Arc::clone(&snapshot), Arc::clone(&ids)))
    }))
}
