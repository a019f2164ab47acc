//! Columns of ids: texts, whole numbers or UUIDs, each with one spelling.

use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, FixedSizeBinaryArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
    UInt64Array,
};
use arrow_schema::DataType;

use crate::arrow::table::{Keys, Table, Texts, bad_type};
use crate::bulk::ColumnError;
use crate::values::error::ValueError;
use crate::values::id::RecordId;

/// The characters of a UUID.
const LONGEST: usize = 36;
const HYPHENS: [usize; 4] = [8, 13, 18, 23];
const BYTES_OF_UUID: i32 = 16;

const NEEDED: &str = "texts, such as Utf8, whole numbers of 32 or 64 bits, or UUIDs, \
                      FixedSizeBinary(16)";

/// A column of ids. A number is spelled in decimal digits, and a UUID in lower case with hyphens: as
/// the ids of the crate spell them, so that a text of the same id is the same.
#[derive(Debug)]
pub(crate) struct IdColumn<'a> {
    name: &'static str,
    stored: Stored<'a>,
}

#[derive(Debug)]
enum Stored<'a> {
    Texts(Texts<'a>),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    UInt32(&'a UInt32Array),
    UInt64(&'a UInt64Array),
    Uuids(&'a FixedSizeBinaryArray),
    Dictionary(Keys<'a>, Box<Self>),
}

impl<'a> IdColumn<'a> {
    /// Returns the column of ids of that name. Fails if it is missing.
    pub(super) fn need_in(table: Table<'a>, name: &'static str) -> Result<Self, ColumnError> {
        Self::of(name, table.need(name)?)
    }

    pub(crate) fn of(name: &'static str, column: &'a dyn Array) -> Result<Self, ColumnError> {
        let stored = Stored::of(name, column);
        let stored = stored.ok_or_else(|| bad_type(name, column.data_type(), NEEDED))?;
        Ok(Self { name, stored })
    }

    /// Returns the id at an index; `None` if it is null.
    #[cfg(feature = "datafusion")]
    pub(crate) fn get<'b>(&'b self, index: usize, spelling: &'b mut Spelling) -> Option<&'b str> {
        self.stored.get(index, spelling)
    }

    /// Returns the id at an index. The error names the row. Fails if the id is null.
    pub(super) fn need<'b>(
        &'b self,
        row: usize,
        index: usize,
        spelling: &'b mut Spelling,
    ) -> Result<&'b str, ColumnError> {
        self.stored.get(index, spelling).ok_or_else(|| ColumnError::null(self.name, row))
    }

    /// Parses the id at an index. The error names the row. Fails if the id is null.
    pub(super) fn parse<T>(&self, row: usize, index: usize) -> Result<T, ColumnError>
    where
        T: FromStr<Err = ValueError>,
    {
        let mut spelling = Spelling::default();
        let id = self.need(row, index, &mut spelling)?;
        id.parse().map_err(|error| ColumnError::at(self.name, row, error))
    }

    /// Returns the place in the dictionary of the id at an index; `None` without a dictionary.
    pub(super) fn key(&self, index: usize) -> Option<usize> {
        match &self.stored {
            Stored::Texts(texts) => texts.key(index),
            Stored::Dictionary(keys, _) => keys.get(index),
            _ => None,
        }
    }

    /// Returns the ids as a column of texts, each checked.
    fn texts(&self, column: &dyn Array) -> Result<StringArray, ColumnError> {
        if let Some(texts) = column.as_string_opt::<i32>()
            && are_surely_ids(texts)
        {
            return Ok(texts.clone());
        }
        let mut spelling = Spelling::default();
        let mut texts = arrow_array::builder::StringBuilder::new();
        for row in 0..column.len() {
            let id = self.need(row, row, &mut spelling)?;
            if matches!(self.stored, Stored::Texts(_)) && !are_graphic(id.as_bytes()) {
                let checked = id.parse::<RecordId>();
                checked.map_err(|error| ColumnError::at(self.name, row, error))?;
            }
            texts.append_value(id);
        }
        Ok(texts.finish())
    }
}

impl<'a> Stored<'a> {
    fn of(name: &'static str, column: &'a dyn Array) -> Option<Self> {
        Some(match column.data_type() {
            DataType::Int32 => Self::Int32(column.as_primitive_opt()?),
            DataType::Int64 => Self::Int64(column.as_primitive_opt()?),
            DataType::UInt32 => Self::UInt32(column.as_primitive_opt()?),
            DataType::UInt64 => Self::UInt64(column.as_primitive_opt()?),
            DataType::FixedSizeBinary(BYTES_OF_UUID) => {
                Self::Uuids(column.as_fixed_size_binary_opt()?)
            }
            DataType::Dictionary(_, values) if !values.is_string() => {
                let dictionary = column.as_any_dictionary_opt()?;
                let ids = Self::of(name, dictionary.values())?;
                Self::Dictionary(Keys::of(dictionary), Box::new(ids))
            }
            _ => Self::Texts(Texts::of(name, column).ok()?),
        })
    }

    /// Returns the id at an index; `None` if it is null.
    fn get<'b>(&'b self, index: usize, spelling: &'b mut Spelling) -> Option<&'b str> {
        match self {
            Self::Texts(texts) => texts.get(index),
            Self::Int32(ids) => {
                ids.is_valid(index).then(|| spelling.signed(ids.value(index).into()))
            }
            Self::Int64(ids) => ids.is_valid(index).then(|| spelling.signed(ids.value(index))),
            Self::UInt32(ids) => {
                ids.is_valid(index).then(|| spelling.decimal(false, ids.value(index).into()))
            }
            Self::UInt64(ids) => {
                ids.is_valid(index).then(|| spelling.decimal(false, ids.value(index)))
            }
            Self::Uuids(ids) => ids.is_valid(index).then(|| spelling.hyphenated(ids.value(index))),
            Self::Dictionary(keys, ids) => ids.get(keys.get(index)?, spelling),
        }
    }
}

/// Memory in which an id that is no text is spelled.
#[derive(Debug)]
pub(crate) struct Spelling([u8; LONGEST]);

impl Default for Spelling {
    fn default() -> Self {
        Self([0; LONGEST])
    }
}

impl Spelling {
    fn signed(&mut self, number: i64) -> &str {
        self.decimal(number.is_negative(), number.unsigned_abs())
    }

    fn decimal(&mut self, is_negative: bool, number: u64) -> &str {
        let mut rest = number;
        let mut start = LONGEST;
        for (place, digit) in self.0.iter_mut().enumerate().rev() {
            if rest == 0 && start < LONGEST {
                if is_negative {
                    *digit = b'-';
                    start = place;
                }
                break;
            }
            *digit = hexadecimal(u8::try_from(rest % 10).unwrap_or_default());
            rest /= 10;
            start = place;
        }
        self.from(start)
    }

    fn hyphenated(&mut self, bytes: &[u8]) -> &str {
        let mut digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        for (place, character) in self.0.iter_mut().enumerate() {
            let digit = if HYPHENS.contains(&place) { None } else { digits.next() };
            *character = digit.map_or(b'-', hexadecimal);
        }
        self.from(0)
    }

    /// Returns the spelling from a place on. It is ASCII; an empty text would be refused as an id.
    fn from(&self, start: usize) -> &str {
        std::str::from_utf8(self.0.get(start..).unwrap_or_default()).unwrap_or_default()
    }
}

fn hexadecimal(digit: u8) -> u8 {
    if digit < 10 { b'0'.wrapping_add(digit) } else { b'a'.wrapping_add(digit.wrapping_sub(10)) }
}

/// Returns `true` only if each text is an id. A short loop proves this for what is not null, not empty,
/// and consists of visible ASCII.
fn are_surely_ids(texts: &StringArray) -> bool {
    let ends = texts.value_offsets();
    let within = ends.first().zip(ends.last()).and_then(|(first, last)| {
        let (first, last) = (usize::try_from(*first).ok()?, usize::try_from(*last).ok()?);
        texts.value_data().get(first..last)
    });
    let is_any_empty = ends.windows(2).fold(false, |any, ends| any | (ends.first() == ends.last()));
    texts.null_count() == 0 && !is_any_empty && within.is_some_and(are_all_visible)
}

fn are_graphic(id: &[u8]) -> bool {
    !id.is_empty() && are_all_visible(id)
}

fn are_all_visible(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
}

/// Reads the ids of the records from the column `id`, as texts. A whole number is spelled in decimal
/// digits, and a UUID in lower case with hyphens.
///
/// # Errors
///
/// Returns an error if the column is missing or holds no ids, and for a null or an invalid id.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{Int64Array, RecordBatch};
/// use may_train::arrow;
///
/// let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![7, -1])) as _)])?;
/// assert_eq!(arrow::record_ids(&batch)?.value(1), "-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn record_ids(batch: &RecordBatch) -> Result<StringArray, ColumnError> {
    let column = Table::from(batch).need("id")?;
    IdColumn::of("id", column)?.texts(column)
}
