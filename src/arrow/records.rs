//! Records one by one, with their subjects, from Arrow columns.

use std::ops::Range;

use arrow_array::RecordBatch;

use crate::arrow::events::Restrictions;
use crate::arrow::ids::IdColumn;
use crate::arrow::table::{Instants, Lists, Table};
use crate::bulk::ColumnError;
use crate::people::record::Record;

/// The column `subjects` or `subject`.
#[derive(Debug)]
pub(super) struct SubjectsOf<'a> {
    lists: Option<Lists<'a>>,
    ids: IdColumn<'a>,
}

impl<'a> SubjectsOf<'a> {
    pub(super) fn find(table: Table<'a>) -> Result<Self, ColumnError> {
        let Some(column) = table.find("subjects")? else {
            return Ok(Self { lists: None, ids: IdColumn::need_in(table, "subject")? });
        };
        if table.find("subject")?.is_some() {
            let problem = "stands beside `subjects`; give one of the two";
            return Err(ColumnError::new("subject", problem));
        }
        let lists = Lists::of("subjects", column)?;
        let ids = IdColumn::of("subjects", lists.values())?;
        Ok(Self { lists: Some(lists), ids })
    }

    /// Returns the column of ids, and the list of each record in it; `None` if each record has one id.
    pub(super) fn into_parts(self) -> (IdColumn<'a>, Option<Lists<'a>>) {
        (self.ids, self.lists)
    }

    /// Returns the places of a record's subjects in the column of ids.
    fn of_row(&self, row: usize) -> Result<Range<usize>, ColumnError> {
        match &self.lists {
            Some(lists) => lists.range(row),
            None => Ok(row..row.saturating_add(1)),
        }
    }
}

/// Reads the records of a batch one by one, for [`View::explain`](crate::View::explain) or
/// [`DataLint::record`](crate::review::DataLint::record). The column `id` is needed, too.
///
/// # Errors
///
/// Returns the errors of [`Records::read`](crate::arrow::Records::read) and of
/// [`record_ids`](crate::arrow::record_ids). It also returns an error for an instant outside the years
/// 0001 to 9999.
pub fn whole_records(batch: &RecordBatch) -> Result<Vec<Record>, ColumnError> {
    let table = Table::from(batch);
    let ids = IdColumn::need_in(table, "id")?;
    let subjects = SubjectsOf::find(table)?;
    let kinds = table.texts("kind")?;
    let created_at = table.instants("created_at")?;
    let deleted_at = table.find_instants("deleted_at")?;
    let restrictions = Restrictions::find(table)?;
    let record = |row| {
        let created_at = created_at.instant(row, row)?;
        let record = Record::new(ids.parse(row, row)?, kinds.parse(row, row)?, created_at);
        let of_row = subjects.of_row(row)?.map(|index| subjects.ids.parse(row, index));
        let mut record = record.with_subjects(of_row.collect::<Result<Vec<_>, _>>()?);
        if let Some(at) = Instants::any(deleted_at.as_ref(), row, row)? {
            record = record.with_deletion(at);
        }
        if let Some(restrictions) = &restrictions {
            for restriction in restrictions.of_row(row)? {
                record = record.with_restriction(restriction?);
            }
        }
        Ok(record)
    };
    (0..batch.num_rows()).map(record).collect()
}
