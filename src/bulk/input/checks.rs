//! Input columns and their checks: nullable columns, lists by offsets as in Arrow, and the error
//! that names column and row.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::values::time::Timestamp;

/// A borrowed column: one value per row, any of which may be missing (null).
///
/// ```
/// use may_train::bulk::Column;
///
/// let deleted_at = Column::nullable(&[0, 1_700_000_000_000_000_i64], &[false, true])?;
/// assert_eq!(deleted_at.get(0), None);
/// # Ok::<(), may_train::bulk::ColumnError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Column<'a, T> {
    values: &'a [T],
    /// Whether each row has a value; `None` if every row has one.
    is_there: Option<&'a [bool]>,
}

impl<'a, T> From<&'a [T]> for Column<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for Column<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T> From<&'a Vec<T>> for Column<'a, T> {
    fn from(values: &'a Vec<T>) -> Self {
        Self { values, is_there: None }
    }
}

impl<'a, T> From<&'a ColumnBuffer<T>> for Column<'a, T> {
    fn from(buffer: &'a ColumnBuffer<T>) -> Self {
        Self { values: &buffer.values, is_there: Some(&buffer.is_there) }
    }
}

/// An owned column, built from optional values.
///
/// ```
/// use may_train::bulk::{Column, ColumnBuffer};
///
/// let deleted_at = ColumnBuffer::from(vec![None, Some(1_700_000_000_000_000_i64)]);
/// assert_eq!(Column::from(&deleted_at).get(1), Some(1_700_000_000_000_000));
/// assert_eq!(Column::from(&deleted_at).get(0), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnBuffer<T> {
    values: Vec<T>,
    is_there: Vec<bool>,
}

impl<T: Default> FromIterator<Option<T>> for ColumnBuffer<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        let there = values.into_iter().map(|value| {
            let is_there = value.is_some();
            (value.unwrap_or_default(), is_there)
        });
        let (values, is_there) = there.unzip();
        Self { values, is_there }
    }
}

impl<T: Default> From<Vec<Option<T>>> for ColumnBuffer<T> {
    fn from(values: Vec<Option<T>>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Copy + Default> From<&[Option<T>]> for ColumnBuffer<T> {
    fn from(values: &[Option<T>]) -> Self {
        values.iter().copied().collect()
    }
}

impl<'a, T: Copy> Column<'a, T> {
    /// Returns a column that has a value only in the rows that the second slice marks.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] if the two slices differ in length.
    pub fn nullable(values: &'a [T], is_there: &'a [bool]) -> Result<Self, ColumnError> {
        same_length("validity", is_there.len(), values.len())?;
        Ok(Self { values, is_there: Some(is_there) })
    }

    /// Returns the column of two slices that are known to have one length.
    pub(crate) const fn from_parts(values: &'a [T], is_there: &'a [bool]) -> Self {
        Self { values, is_there: Some(is_there) }
    }

    /// Returns the value of a row; `None` if it is missing or there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        let is_there = self.is_there.is_none_or(|is_there| is_there.get(row) == Some(&true));
        self.values.get(row).copied().filter(|_| is_there)
    }

    /// Returns the number of rows.
    pub(crate) const fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns the values, if none is missing.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first row without a value.
    pub(crate) fn complete(self, name: &'static str) -> Result<&'a [T], ColumnError> {
        match self.is_there.and_then(|is_there| is_there.iter().position(|is| !is)) {
            None => Ok(self.values),
            Some(row) => Err(ColumnError::null(name, row)),
        }
    }
}

impl<'a> Column<'a, i64> {
    /// Returns the values, if each is present and a valid instant.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first bad row.
    pub(crate) fn instants(self, name: &'static str) -> Result<&'a [i64], ColumnError> {
        let micros = self.complete(name)?;
        check_instants(micros, &(0..micros.len()), name)?;
        Ok(micros)
    }
}

/// An error in a column: it names the column, the row and the remedy.
///
/// ```
/// use may_train::bulk::RecordColumns;
///
/// let kinds = ["post".parse()?];
/// let error = RecordColumns::new(&[0, 1], &[0, 0, 0], &[0, 0], &kinds).unwrap_err();
/// assert_eq!(error.to_string(), "`created_at` has 3 rows, but 2 are needed");
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnError {
    column: Cow<'static, str>,
    row: Option<usize>,
    problem: String,
}

impl ColumnError {
    pub(crate) fn new(column: impl Into<Cow<'static, str>>, problem: impl fmt::Display) -> Self {
        Self { column: column.into(), row: None, problem: problem.to_string() }
    }

    pub(crate) fn at(column: &'static str, row: usize, problem: impl fmt::Display) -> Self {
        Self { column: column.into(), row: Some(row), problem: problem.to_string() }
    }

    pub(crate) fn null(column: &'static str, row: usize) -> Self {
        Self::at(column, row, "is null; a value is needed in each row")
    }

    /// Returns the same error with its row increased by the given number, for columns that are part
    /// of a table.
    #[must_use]
    pub fn after(mut self, rows: usize) -> Self {
        self.row = self.row.map(|row| row.saturating_add(rows));
        self
    }

    /// Returns the name of the column.
    #[must_use]
    pub fn column(&self) -> &str {
        &self.column
    }

    /// Returns the row, counted from 0; `None` if the error concerns the whole column.
    #[must_use]
    pub const fn row(&self) -> Option<usize> {
        self.row
    }
}

impl fmt::Display for ColumnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, row, problem } = self;
        match row {
            Some(row) => write!(f, "`{column}`, row {row}: {problem}"),
            None => write!(f, "`{column}` {problem}"),
        }
    }
}

impl std::error::Error for ColumnError {}

pub(crate) fn same_length(
    column: &'static str,
    length: usize,
    rows: usize,
) -> Result<(), ColumnError> {
    if length == rows {
        Ok(())
    } else {
        Err(ColumnError::new(column, format_args!("has {length} rows, but {rows} are needed")))
    }
}

/// A column of lists: each row has the values from its offset up to, but not including, the next
/// offset.
#[derive(Debug)]
pub(crate) struct Lists<'a, T> {
    offsets: &'a [usize],
    values: &'a [T],
}

// Both fields are references, so this copies no value.
impl<T> Clone for Lists<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Lists<'_, T> {}

impl<'a, T> Lists<'a, T> {
    /// Returns the lists of offsets that are known to ascend from 0 to the number of values.
    pub(crate) const fn from_parts(offsets: &'a [usize], values: &'a [T]) -> Self {
        Self { offsets, values }
    }

    pub(crate) fn new(
        name: &'static str,
        offsets: &'a [usize],
        values: &'a [T],
        rows: usize,
    ) -> Result<Self, ColumnError> {
        let needed = rows.saturating_add(1);
        if offsets.len() != needed {
            let found = offsets.len();
            let problem = format_args!("has {found} offsets, but {needed} are needed");
            return Err(ColumnError::new(name, problem));
        }
        for (row, ends) in offsets.windows(2).enumerate() {
            if !ends.is_sorted() {
                return Err(ColumnError::at(name, row, "ends before it starts; sort the offsets"));
            }
        }
        match (offsets.first(), offsets.last()) {
            (Some(0), Some(last)) if *last == values.len() => Ok(Self { offsets, values }),
            _ => Err(ColumnError::new(name, "has offsets that do not go from 0 to the last value")),
        }
    }

    /// Returns the range of a row's values.
    pub(crate) fn range(&self, row: usize) -> Range<usize> {
        let ends = self.offsets.get(row).zip(self.offsets.get(row.saturating_add(1)));
        ends.map_or(0..0, |(from, until)| *from..*until)
    }

    /// Returns the list of a row.
    pub(crate) fn list(&self, row: usize) -> &'a [T] {
        self.values.get(self.range(row)).unwrap_or_default()
    }

    /// Returns one of the values of all rows; `None` if there is none.
    pub(crate) fn value(&self, place: usize) -> Option<&'a T> {
        self.values.get(place)
    }
}

/// Checks the instants of a column that borrows nothing else.
pub(crate) fn check_instants(
    values: &[i64],
    rows: &Range<usize>,
    column: &'static str,
) -> Result<(), ColumnError> {
    // A short loop first, because nearly every column is good.
    if are_surely_instants(values.get(rows.clone()).unwrap_or_default()) {
        return Ok(());
    }
    check(values, rows, column, |at| is_instant(*at), no_instant)
}

/// Checks value by value. The error names the first bad value.
pub(crate) fn check<T: Copy>(
    values: &[T],
    rows: &Range<usize>,
    column: &'static str,
    is_good: impl Fn(&T) -> bool,
    problem: impl Fn(T) -> String,
) -> Result<(), ColumnError> {
    let values = values.get(rows.clone()).unwrap_or_default();
    let bad = values.iter().zip(rows.clone()).find(|(value, _)| !is_good(value));
    bad.map_or(Ok(()), |(value, row)| Err(ColumnError::at(column, row, problem(*value))))
}

/// Returns `true` only if each value is an instant, in microseconds. A short loop proves this for
/// the first nine thousand years. If any value is later, it returns `false`.
pub(crate) fn are_surely_instants(micros: &[i64]) -> bool {
    let first = Timestamp::MIN.as_micros();
    let any = micros.iter().fold(0, |any, micros| any | micros.wrapping_sub(first));
    // The combined bits are below a power of two if and only if each value is.
    (0..1 << 58).contains(&any)
}

pub(crate) fn is_instant(micros: i64) -> bool {
    (Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros()).contains(&micros)
}

pub(crate) fn no_instant(micros: i64) -> String {
    format!("{micros} µs lie outside the years 0001 to 9999; give microseconds since 1970")
}
