//! Decisions as they are written: in words, or as bits.

#[cfg(feature = "parquet")]
use std::sync::Arc;

#[cfg(feature = "parquet")]
use arrow_array::builder::{Int8Builder, ListBuilder};
#[cfg(feature = "parquet")]
use arrow_array::types::Int8Type;
#[cfg(feature = "parquet")]
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int8Array, Int64Array, ListArray, StringArray,
};
#[cfg(feature = "parquet")]
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use clap::ValueEnum;
#[cfg(feature = "parquet")]
use may_train::Ground;
use may_train::{Grounds, Verdict};
#[cfg(feature = "parquet")]
use parquet::file::properties::EnabledStatistics;
use serde::Serialize;

#[cfg(feature = "parquet")]
use super::table::{Encoder, IDS};

/// How a decision is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// The verdict, the codes of the grounds, and the revision in force.
    Words,
    /// The verdict, and the grounds as bits, which the table `codes` of a snapshot lists.
    Bits,
}

/// The answers for some records.
#[derive(Default)]
pub struct Answers {
    pub grounds: Vec<Grounds>,
    /// An explanation for each, if they are requested.
    pub explanations: Vec<String>,
}

/// What is written of each decision.
pub struct Wording {
    pub form: Form,
    pub revision: Option<String>,
    #[cfg_attr(
        not(feature = "parquet"),
        allow(dead_code, reason = "rows alone need to know their columns beforehand")
    )]
    pub explains: bool,
}

/// What follows the id of a record, and is the same for all with the same grounds.
#[derive(Serialize)]
struct Words<'a> {
    verdict: Verdict,
    grounds: Grounds,
    revision: Option<&'a str>,
}

#[derive(Serialize)]
struct Bits {
    verdict: Verdict,
    mask: u32,
}

impl Wording {
    /// Writes decisions as NDJSON.
    ///
    /// # Errors
    ///
    /// None is known; JSON is written to memory.
    pub fn lines<'a>(
        &self,
        ids: impl Iterator<Item = &'a str>,
        answers: &Answers,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let mut lines = Vec::new();
        let mut explanations = answers.explanations.iter();
        // The few sets of grounds that occur, each with the rest of its line.
        let mut rests: Vec<(Grounds, Vec<u8>)> = Vec::new();
        for (id, grounds) in ids.zip(&answers.grounds) {
            lines.extend_from_slice(b"{\"record\":");
            serde_json::to_writer(&mut lines, id)?;
            if !rests.iter().any(|(of, _)| of == grounds) {
                rests.push((*grounds, self.rest(*grounds)?));
            }
            let rest = rests.iter().find(|(of, _)| of == grounds);
            lines.extend_from_slice(rest.map_or(&[], |(_, rest)| rest));
            if let Some(explanation) = explanations.next() {
                lines.extend_from_slice(b",\"explanation\":");
                serde_json::to_writer(&mut lines, explanation)?;
            }
            lines.extend_from_slice(b"}\n");
        }
        Ok(lines)
    }

    /// Returns the fields after the id, with a comma before them.
    fn rest(&self, grounds: Grounds) -> Result<Vec<u8>, serde_json::Error> {
        let verdict = grounds.verdict();
        let mut object = match self.form {
            Form::Words => {
                let revision = self.revision.as_deref();
                serde_json::to_vec(&Words { verdict, grounds, revision })?
            }
            Form::Bits => serde_json::to_vec(&Bits { verdict, mask: grounds.bits() })?,
        };
        // The braces are those of the whole line.
        object[0] = b',';
        object.pop();
        Ok(object)
    }
}

#[cfg(feature = "parquet")]
impl Wording {
    /// Returns what encodes the decisions as rows.
    pub fn encoder(&self) -> Result<Encoder, String> {
        let numbers = DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into());
        // Each row group has all verdicts, so that nobody would skip one by its statistics.
        let statistics = EnabledStatistics::None;
        Encoder::of_columns(self.schema(DataType::Utf8), self.schema(numbers), statistics)
    }

    /// Returns the schema of decisions, with a type for the texts that repeat.
    fn schema(&self, repeated: DataType) -> SchemaRef {
        let mut fields = vec![
            Field::new(IDS, DataType::Utf8, false),
            Field::new("verdict", repeated.clone(), false),
        ];
        match self.form {
            Form::Bits => fields.push(Field::new("mask", DataType::Int64, false)),
            Form::Words => {
                let list = DataType::List(Field::new("item", repeated.clone(), true).into());
                fields.push(Field::new("grounds", list, false));
                fields.push(Field::new("revision", repeated, true));
            }
        }
        if self.explains {
            fields.push(Field::new("explanation", DataType::Utf8, false));
        }
        Schema::new(fields).into()
    }

    /// Returns the columns of decisions. Texts that repeat are numbered.
    pub fn columns(&self, ids: StringArray, answers: &Answers) -> Vec<ArrayRef> {
        let grounds = &answers.grounds;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(verdicts(grounds))];
        match self.form {
            Form::Bits => {
                let masks = grounds.iter().map(|grounds| i64::from(grounds.bits()));
                columns.push(Arc::new(Int64Array::from_iter_values(masks)));
            }
            Form::Words => {
                columns.push(Arc::new(codes(grounds)));
                columns.push(Arc::new(same(self.revision.as_deref(), grounds.len())));
            }
        }
        if self.explains {
            let explanations = answers.explanations.iter();
            columns.push(Arc::new(StringArray::from_iter_values(explanations)));
        }
        columns
    }
}

#[cfg(feature = "parquet")]
fn numbered(numbers: Int8Array, texts: StringArray) -> DictionaryArray<Int8Type> {
    DictionaryArray::new(numbers, Arc::new(texts))
}

#[cfg(feature = "parquet")]
fn verdicts(grounds: &[Grounds]) -> DictionaryArray<Int8Type> {
    let texts = StringArray::from_iter_values(Verdict::ALL.iter().map(|v| v.as_str()));
    let number = |verdict| (0..).zip(Verdict::ALL).find(|(_, other)| **other == verdict);
    let numbers = grounds.iter().map(|grounds| number(grounds.verdict()).map_or(0, |(n, _)| n));
    numbered(Int8Array::from_iter_values(numbers), texts)
}

/// Returns the codes of the grounds, as sorted lists.
#[cfg(feature = "parquet")]
fn codes(grounds: &[Grounds]) -> ListArray {
    let mut sorted = Ground::ALL.to_vec();
    sorted.sort_unstable_by_key(|ground| ground.as_str());
    let number = |ground: Ground| (0..).zip(&sorted).find(|(_, other)| **other == ground);
    let lists_of = |grounds: Grounds| -> Vec<i8> {
        let mut numbers: Vec<i8> = grounds.iter().filter_map(number).map(|(n, _)| n).collect();
        numbers.sort_unstable();
        numbers
    };
    // The few sets of grounds that occur, each with its list.
    let mut known: Vec<(Grounds, Vec<i8>)> = Vec::new();
    let mut lists = ListBuilder::new(Int8Builder::new());
    for grounds in grounds {
        let place = known.iter().position(|(of, _)| of == grounds).unwrap_or_else(|| {
            known.push((*grounds, lists_of(*grounds)));
            known.len() - 1
        });
        lists.values().append_slice(&known[place].1);
        lists.append(true);
    }
    let (_, offsets, numbers, _) = lists.finish().into_parts();
    let numbers: Int8Array = numbers.to_data().into();
    let texts = StringArray::from_iter_values(sorted.iter().map(|ground| ground.as_str()));
    let codes = numbered(numbers, texts);
    let item = Field::new("item", codes.data_type().clone(), true);
    ListArray::new(item.into(), offsets, Arc::new(codes), None)
}

/// Returns a column of one text.
#[cfg(feature = "parquet")]
fn same(text: Option<&str>, rows: usize) -> DictionaryArray<Int8Type> {
    let numbers = std::iter::repeat_n(text.map(|_| 0), rows).collect::<Int8Array>();
    numbered(numbers, StringArray::from_iter_values([text.unwrap_or_default()]))
}
