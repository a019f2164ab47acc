//! Typed access to Arrow columns by name, for every encoding that holds texts, instants or lists.

use std::ops::Range;
use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{
    AnyDictionaryArray, Array, ArrayRef, Int64Array, LargeStringArray, OffsetSizeTrait,
    RecordBatch, StringArray, StringViewArray, StructArray,
};
use arrow_schema::{DataType, Fields, TimeUnit};

use crate::bulk::ColumnError;
use crate::values::error::ValueError;
use crate::values::time::Timestamp;

/// The named columns of a batch or of a struct array.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    fields: &'a Fields,
    columns: &'a [ArrayRef],
}

impl<'a> From<&'a RecordBatch> for Table<'a> {
    fn from(batch: &'a RecordBatch) -> Self {
        Self { fields: batch.schema_ref().fields(), columns: batch.columns() }
    }
}

impl<'a> From<&'a StructArray> for Table<'a> {
    fn from(structs: &'a StructArray) -> Self {
        Self { fields: structs.fields(), columns: structs.columns() }
    }
}

impl<'a> Table<'a> {
    /// Returns the column of that name, or `None` if there is none.
    ///
    /// For a column within structs, the part of the name after the last dot counts.
    pub(crate) fn find(self, name: &'static str) -> Result<Option<&'a dyn Array>, ColumnError> {
        let key = name.rsplit('.').next().unwrap_or(name);
        let columns = self.fields.iter().zip(self.columns);
        let mut found = columns.filter(|(field, _)| field.name() == key).map(|(_, column)| column);
        let first = found.next();
        if found.next().is_some() {
            return Err(ColumnError::new(name, "is there twice; give one column of that name"));
        }
        Ok(first.map(AsRef::as_ref))
    }

    /// Returns the column of that name. Fails if it is missing.
    pub(crate) fn need(self, name: &'static str) -> Result<&'a dyn Array, ColumnError> {
        self.find(name)?.ok_or_else(|| {
            let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
            let problem = format_args!("is missing; the columns are {}", names.join(", "));
            ColumnError::new(name, problem)
        })
    }

    /// Returns the text column of that name, or `None` if there is none.
    pub(super) fn find_texts(self, name: &'static str) -> Result<Option<Texts<'a>>, ColumnError> {
        self.find(name)?.map(|column| Texts::of(name, column)).transpose()
    }

    /// Returns the text column of that name. Fails if it is missing.
    pub(crate) fn texts(self, name: &'static str) -> Result<Texts<'a>, ColumnError> {
        Texts::of(name, self.need(name)?)
    }

    /// Returns the timestamp column of that name, or `None` if there is none.
    pub(crate) fn find_instants(
        self,
        name: &'static str,
    ) -> Result<Option<Instants<'a>>, ColumnError> {
        self.find(name)?.map(|column| Instants::of(name, column)).transpose()
    }

    /// Returns the timestamp column of that name. Fails if it is missing.
    pub(crate) fn instants(self, name: &'static str) -> Result<Instants<'a>, ColumnError> {
        Instants::of(name, self.need(name)?)
    }

    /// Returns the column of whole numbers of that name. Fails if it is missing.
    pub(super) fn numbers(self, name: &'static str) -> Result<Numbers<'a>, ColumnError> {
        let column = self.need(name)?;
        let found = column.as_primitive_opt::<Int64Type>();
        let column =
            found.ok_or_else(|| bad_type(name, column.data_type(), "whole numbers, Int64"))?;
        Ok(Numbers { name, column })
    }

    /// Refuses columns with other names, within a named column or, with `None`, within the batch.
    pub(super) fn refuse_others(
        self,
        within: Option<&'static str>,
        known: &[&str],
    ) -> Result<(), ColumnError> {
        match self.names().find(|key| !known.contains(key)) {
            None => Ok(()),
            Some(other) => {
                let known = known.join("`, `");
                let name = within.map_or(other.to_owned(), |within| format!("{within}.{other}"));
                Err(ColumnError::new(name, format_args!("is not known; give only `{known}`")))
            }
        }
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        self.fields.iter().map(|field| field.name().as_str())
    }
}

/// Returns the error of a column with another type than needed.
pub(super) fn bad_type(name: &'static str, found: &DataType, needed: &str) -> ColumnError {
    ColumnError::new(name, format_args!("is of type {found}; give {needed}"))
}

/// The keys of a column with a dictionary.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    keys: &'a dyn Array,
    /// The place of each key's value in the dictionary.
    places: Vec<usize>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(column: &'a dyn AnyDictionaryArray) -> Self {
        // A dictionary without values has null keys only.
        let is_empty = column.values().is_empty();
        let places = if is_empty { Vec::new() } else { column.normalized_keys() };
        Self { keys: column.keys(), places }
    }

    /// Returns how many keys there are, null or not.
    fn len(&self) -> usize {
        self.keys.len()
    }

    /// Returns the place in the dictionary of the value at an index; `None` if it is null.
    pub(super) fn get(&self, index: usize) -> Option<usize> {
        self.places.get(index).filter(|_| self.keys.is_valid(index)).copied()
    }
}

/// A column of texts, in any of Arrow's encodings.
#[derive(Debug)]
pub(crate) struct Texts<'a> {
    name: &'static str,
    stored: Stored<'a>,
}

/// The encoding of a column of texts.
#[derive(Debug)]
enum Stored<'a> {
    Plain(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
    Dictionary(Keys<'a>, Box<Self>),
}

impl<'a> Texts<'a> {
    pub(crate) fn of(name: &'static str, column: &'a dyn Array) -> Result<Self, ColumnError> {
        Ok(Self { name, stored: Stored::of(name, column)? })
    }

    /// Returns the text at an index. The error names the row. Fails if the text is null.
    pub(super) fn need(&self, row: usize, index: usize) -> Result<&'a str, ColumnError> {
        self.stored.get(index).ok_or_else(|| ColumnError::null(self.name, row))
    }

    /// Returns the text at an index; `None` if it is null.
    pub(crate) fn get(&self, index: usize) -> Option<&'a str> {
        self.stored.get(index)
    }

    /// Returns the place in the dictionary of the text at an index; `None` without a dictionary.
    pub(super) fn key(&self, index: usize) -> Option<usize> {
        match &self.stored {
            Stored::Dictionary(keys, _) => keys.get(index),
            Stored::Plain(_) | Stored::Large(_) | Stored::View(_) => None,
        }
    }

    /// Parses the text at an index. The error names the row. Fails if the text is null.
    pub(super) fn parse<T>(&self, row: usize, index: usize) -> Result<T, ColumnError>
    where
        T: FromStr<Err = ValueError>,
    {
        let text = self.need(row, index)?;
        text.parse().map_err(|error| ColumnError::at(self.name, row, error))
    }
}

/// A column of texts of which each stands for a value. The values of a dictionary are parsed once.
#[derive(Debug)]
pub(super) struct Parsed<'a, T> {
    texts: Texts<'a>,
    /// By the places of the dictionary; `None` for a text that does not parse, which may be unused.
    values: Vec<Option<T>>,
}

impl<'a, T: FromStr<Err = ValueError> + Clone> Parsed<'a, T> {
    pub(super) fn of(texts: Texts<'a>) -> Self {
        let values = match &texts.stored {
            Stored::Dictionary(keys, values) => {
                // More texts than rows are parsed row by row.
                let places = Some(values.len()).filter(|places| *places <= keys.len());
                (0..places.unwrap_or_default())
                    .map(|place| values.get(place)?.parse().ok())
                    .collect()
            }
            Stored::Plain(_) | Stored::Large(_) | Stored::View(_) => Vec::new(),
        };
        Self { texts, values }
    }

    /// Returns the value at an index. The error names the row. Fails if it is null.
    pub(super) fn need(&self, row: usize, index: usize) -> Result<T, ColumnError> {
        match self.texts.key(index).and_then(|key| self.values.get(key)) {
            Some(Some(value)) => Ok(value.clone()),
            Some(None) | None => self.texts.parse(row, index),
        }
    }

    /// Returns the value at an index; `None` if it is null.
    pub(super) fn any(&self, row: usize, index: usize) -> Result<Option<T>, ColumnError> {
        self.texts.get(index).map(|_| self.need(row, index)).transpose()
    }
}

impl<'a> Stored<'a> {
    /// Returns how many texts there are, null or not.
    fn len(&self) -> usize {
        match self {
            Self::Plain(texts) => texts.len(),
            Self::Large(texts) => texts.len(),
            Self::View(texts) => texts.len(),
            Self::Dictionary(keys, ..) => keys.len(),
        }
    }

    fn of(name: &'static str, column: &'a dyn Array) -> Result<Self, ColumnError> {
        if let Some(texts) = column.as_string_opt::<i32>() {
            Ok(Self::Plain(texts))
        } else if let Some(texts) = column.as_string_opt::<i64>() {
            Ok(Self::Large(texts))
        } else if let Some(texts) = column.as_string_view_opt() {
            Ok(Self::View(texts))
        } else if let Some(dictionary) = column.as_any_dictionary_opt() {
            let values = Self::of(name, dictionary.values())?;
            Ok(Self::Dictionary(Keys::of(dictionary), Box::new(values)))
        } else {
            Err(bad_type(name, column.data_type(), "texts, such as Utf8"))
        }
    }

    /// Returns the text at an index; `None` if it is null.
    fn get(&self, index: usize) -> Option<&'a str> {
        match self {
            Self::Plain(texts) => texts.is_valid(index).then(|| texts.value(index)),
            Self::Large(texts) => texts.is_valid(index).then(|| texts.value(index)),
            Self::View(texts) => texts.is_valid(index).then(|| texts.value(index)),
            Self::Dictionary(keys, values) => keys.get(index).and_then(|key| values.get(key)),
        }
    }
}

/// A column of timestamps with a zone, in any unit.
#[derive(Debug)]
pub(crate) struct Instants<'a> {
    name: &'static str,
    column: &'a dyn Array,
    unit: TimeUnit,
    values: &'a [i64],
}

impl<'a> Instants<'a> {
    pub(super) fn of(name: &'static str, column: &'a dyn Array) -> Result<Self, ColumnError> {
        let no_instants =
            || bad_type(name, column.data_type(), "timestamps with a zone, such as UTC");
        // Arrow stores a timestamp with a zone in UTC. One without a zone is no instant.
        let DataType::Timestamp(unit, Some(_)) = column.data_type() else {
            return Err(no_instants());
        };
        let values = match unit {
            TimeUnit::Second => values::<TimestampSecondType>(column),
            TimeUnit::Millisecond => values::<TimestampMillisecondType>(column),
            TimeUnit::Microsecond => values::<TimestampMicrosecondType>(column),
            TimeUnit::Nanosecond => values::<TimestampNanosecondType>(column),
        };
        Ok(Self { name, column, unit: *unit, values: values.ok_or_else(no_instants)? })
    }

    /// Returns the microseconds since 1970 at an index, floored. Fails if the value is null.
    pub(super) fn need(&self, row: usize, index: usize) -> Result<i64, ColumnError> {
        self.get(index).ok_or_else(|| ColumnError::null(self.name, row))
    }

    /// Returns the microseconds since 1970 of all rows, floored. Fails if a value is null.
    pub(super) fn all(&self, rows: usize) -> Result<Vec<i64>, ColumnError> {
        if self.unit == TimeUnit::Microsecond && self.column.null_count() == 0 {
            return Ok(self.values.to_vec());
        }
        (0..rows).map(|row| self.need(row, row)).collect()
    }

    /// Returns whether every value is null.
    pub(super) fn are_null(&self) -> bool {
        self.column.null_count() == self.column.len()
    }

    /// Returns the instant at an index, floored to microseconds. Fails if the value is null.
    pub(super) fn instant(&self, row: usize, index: usize) -> Result<Timestamp, ColumnError> {
        let micros = self.need(row, index)?;
        Timestamp::from_micros(micros).map_err(|error| ColumnError::at(self.name, row, error))
    }

    /// Returns the instant at an index; `None` if the value is null or there is no column.
    pub(super) fn any(
        column: Option<&Self>,
        row: usize,
        index: usize,
    ) -> Result<Option<Timestamp>, ColumnError> {
        let there = column.filter(|column| column.get(index).is_some());
        there.map(|column| column.instant(row, index)).transpose()
    }

    /// Returns the microseconds since 1970 at an index, floored; `None` if the value is null.
    pub(crate) fn get(&self, index: usize) -> Option<i64> {
        let value = *self.values.get(index).filter(|_| self.column.is_valid(index))?;
        // A value that saturates lies outside the accepted years as well.
        Some(match self.unit {
            TimeUnit::Second => value.saturating_mul(1_000_000),
            TimeUnit::Millisecond => value.saturating_mul(1_000),
            TimeUnit::Microsecond => value,
            TimeUnit::Nanosecond => value.div_euclid(1_000),
        })
    }
}

/// Returns the values of a column of this type, including those under nulls; `None` for another.
fn values<T: ArrowPrimitiveType<Native = i64>>(column: &dyn Array) -> Option<&[i64]> {
    column.as_primitive_opt::<T>().map(|column| &**column.values())
}

/// A column of whole numbers of 64 bits.
#[derive(Debug)]
pub(super) struct Numbers<'a> {
    name: &'static str,
    column: &'a Int64Array,
}

impl Numbers<'_> {
    /// Returns the name of the column.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the number of a row; `None` where it is null.
    pub(super) fn get(&self, row: usize) -> Option<i64> {
        let is_there = row < self.column.len() && self.column.is_valid(row);
        is_there.then(|| self.column.value(row))
    }

    /// Returns the number of a row.
    pub(super) fn need(&self, row: usize) -> Result<i64, ColumnError> {
        self.get(row).ok_or_else(|| ColumnError::null(self.name, row))
    }
}

/// A column of lists, with offsets of 32 or 64 bits.
#[derive(Debug)]
pub(crate) struct Lists<'a> {
    name: &'static str,
    column: &'a dyn Array,
    offsets: Vec<usize>,
    values: &'a dyn Array,
}

impl<'a> Lists<'a> {
    pub(crate) fn of(name: &'static str, column: &'a dyn Array) -> Result<Self, ColumnError> {
        let (offsets, values) = if let Some(lists) = column.as_list_opt::<i32>() {
            (as_indices(lists.value_offsets()), lists.values())
        } else if let Some(lists) = column.as_list_opt::<i64>() {
            (as_indices(lists.value_offsets()), lists.values())
        } else {
            return Err(bad_type(name, column.data_type(), "lists"));
        };
        Ok(Self { name, column, offsets, values })
    }

    /// Returns the values of all lists, one after the other.
    pub(crate) const fn values(&self) -> &'a dyn Array {
        self.values
    }

    /// Returns the range of a row's values; `None` if the list is null.
    pub(crate) fn get(&self, row: usize) -> Option<Range<usize>> {
        let ends = self.offsets.get(row..).and_then(|rest| rest.first_chunk());
        ends.filter(|_| self.column.is_valid(row)).map(|[from, until]| *from..*until)
    }

    /// Returns the range of a row's values. Fails if the list is null.
    pub(super) fn range(&self, row: usize) -> Result<Range<usize>, ColumnError> {
        let null = || ColumnError::at(self.name, row, "is null; give an empty list for none");
        self.get(row).ok_or_else(null)
    }
}

fn as_indices<T: OffsetSizeTrait>(offsets: &[T]) -> Vec<usize> {
    offsets.iter().map(|offset| offset.as_usize()).collect()
}
