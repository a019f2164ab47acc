//! A function of a snapshot, as the engine calls it.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, StringArray};
use arrow_schema::{DataType, Field, FieldRef};
use datafusion_common::{DataFusionError, Result, ScalarValue};
use datafusion_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::bulk::{Ids, Snapshot};
use crate::datafusion::arguments::{self, Arguments};
use crate::decision::digest::Digest;
use crate::values::ground::Grounds;
use crate::values::id::SubjectId;

/// What a function answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Eligible,
    Verdict,
    Grounds,
}

/// A function of a snapshot.
pub(super) struct Function {
    answer: Answer,
    snapshot: Arc<Snapshot>,
    ids: Arc<Ids<SubjectId>>,
    question: Digest,
    signature: Signature,
}

impl Function {
    pub(super) fn new(answer: Answer, snapshot: Arc<Snapshot>, ids: Arc<Ids<SubjectId>>) -> Self {
        let question = snapshot.question_digest();
        let signature = Signature::user_defined(Volatility::Immutable);
        Self { answer, snapshot, ids, question, signature }
    }

    /// Returns what is wrong with the digest of a call; `None` if the snapshot has it.
    fn problem(&self, asked: &ScalarValue) -> Option<String> {
        let ours = self.question.to_string();
        let asked = asked.try_as_str().flatten();
        if asked == Some(&ours) {
            return None;
        }
        let policy = self.snapshot.policy();
        let (platform, as_of) = (policy.platform(), self.snapshot.as_of());
        let known = match self.snapshot.known_at() {
            Some(at) => format!("known at {at}"),
            None => "with all that is known".to_owned(),
        };
        Some(format!(
            "`{}` was asked the question `{}`, but its snapshot answers `{ours}`: the policy of \
             {platform} with the digest `{}`, as of {as_of}, {known}; register the snapshot of the \
             question that is asked, or ask the one that is answered",
            self.name(),
            asked.unwrap_or("null"),
            policy.digest_at(as_of),
        ))
    }

    fn write(&self, all: impl Iterator<Item = Option<Grounds>>) -> ArrayRef {
        match self.answer {
            Answer::Eligible => {
                let all = all.map(|decided| Some(decided.is_some_and(Grounds::is_empty)));
                Arc::new(all.collect::<BooleanArray>())
            }
            Answer::Verdict => {
                let all = all.map(|decided| decided.map(|grounds| grounds.verdict().as_str()));
                Arc::new(all.collect::<StringArray>())
            }
            Answer::Grounds => {
                // Few sets of grounds occur, and each is put into words once.
                let mut words: BTreeMap<Grounds, String> = BTreeMap::new();
                let mut texts = StringBuilder::new();
                for decided in all {
                    texts.append_option(decided.map(|grounds| {
                        words.entry(grounds).or_insert_with(|| grounds.to_string()).as_str()
                    }));
                }
                Arc::new(texts.finish())
            }
        }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &'static str {
        match self.answer {
            Answer::Eligible => "may_train_eligible",
            Answer::Verdict => "may_train_verdict",
            Answer::Grounds => "may_train_grounds",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        arguments::types(types).map_err(|problem| {
            DataFusionError::Plan(format!("the arguments of `{}`: {problem}", self.name()))
        })
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.answer {
            Answer::Eligible => DataType::Boolean,
            Answer::Verdict | Answer::Grounds => DataType::Utf8,
        })
    }

    /// Checks the digest while the query is planned, so that it fails without rows as well.
    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let asked = arguments.scalar_arguments.first().copied().flatten();
        if let Some(problem) = asked.and_then(|asked| self.problem(asked)) {
            return Err(DataFusionError::Plan(problem));
        }
        let can_be_null = self.answer != Answer::Eligible;
        Ok(Arc::new(Field::new(self.name(), self.return_type(&[])?, can_be_null)))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut values = call.args.into_iter();
        let problem = match values.next() {
            // A plan may have been made elsewhere, so the digest is checked here again.
            Some(ColumnarValue::Scalar(asked)) => self.problem(&asked),
            Some(ColumnarValue::Array(_)) | None => {
                Some(format!("write the digest for `{}` as a text literal", self.name()))
            }
        };
        if let Some(problem) = problem {
            return Err(DataFusionError::Execution(problem));
        }
        let arrays = values.map(|value| value.into_array(call.number_rows));
        let batch = arguments::batch(arrays.collect::<Result<_>>()?)?;
        let arguments = Arguments::of(&batch);
        let arguments = arguments.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let rows = 0..batch.num_rows();
        let all = rows.map(|row| arguments.grounds(row, &self.snapshot, &self.ids));
        Ok(ColumnarValue::Array(self.write(all)))
    }
}

/// Shows the question alone: plans print their functions.
impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Function");
        shown.field("name", &self.name()).field("question", &self.question).finish_non_exhaustive()
    }
}

/// Two functions are equal if they answer the same from one snapshot in memory.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.answer == other.answer
            && Arc::ptr_eq(&self.snapshot, &other.snapshot)
            && Arc::ptr_eq(&self.ids, &other.ids)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.answer, self.question).hash(state);
    }
}
