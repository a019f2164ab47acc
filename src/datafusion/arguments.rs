//! The arguments of a call: the columns of the records, and the grounds against each of them.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};

use crate::arrow::events::Restrictions;
use crate::arrow::ids::{IdColumn, Spelling};
use crate::arrow::table::{Instants, Lists, Table, Texts};
use crate::bulk::{ColumnError, Ids, RecordColumns, Snapshot};
use crate::values::ground::{Ground, Grounds};
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// The arguments after the digest.
const NAMES: [&str; 5] = ["subject", "kind", "created_at", "deleted_at", "restrictions"];

/// How many of them a call has at least.
const NEEDED: usize = 3;

/// The records of a call.
pub(super) struct Arguments<'a> {
    /// The subjects of each record; without lists, each record has one.
    lists: Option<Lists<'a>>,
    subjects: IdColumn<'a>,
    kinds: Texts<'a>,
    created_at: Instants<'a>,
    deleted_at: Option<Instants<'a>>,
    restrictions: Option<Restrictions<'a>>,
}

/// Returns the types that the arguments of a call have after coercion, or what is wrong with them.
pub(super) fn types(given: &[DataType]) -> Result<Vec<DataType>, String> {
    let columns = given.get(1..).unwrap_or_default();
    if !(NEEDED..=NAMES.len()).contains(&columns.len()) {
        return Err(format!(
            "{} were given; give the digest of the question, `subject`, `kind`, `created_at`, and \
             perhaps `deleted_at` and then `restrictions`",
            given.len()
        ));
    }
    let columns = columns.iter().zip(NAMES).map(|(column, name)| match column {
        DataType::Null => of_null(name),
        _ => column.clone(),
    });
    let columns: Vec<DataType> = columns.collect();
    let empty = columns.iter().map(arrow_array::new_empty_array).collect();
    let empty = batch(empty).map_err(|error| error.to_string())?;
    Arguments::of(&empty).map_err(|error| error.to_string())?;
    Ok([DataType::Utf8].into_iter().chain(columns).collect())
}

/// Returns the type of an argument that is null in every row.
fn of_null(name: &str) -> DataType {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let field = |name, of: &DataType| Field::new(name, of.clone(), true);
    match name {
        "created_at" | "deleted_at" => instant,
        "restrictions" => {
            let ends = ["from", "until", "recorded"].map(|name| field(name, &instant));
            let fields = [field("id", &DataType::Utf8)].into_iter().chain(ends);
            DataType::new_list(DataType::Struct(fields.collect()), true)
        }
        _ => DataType::Utf8,
    }
}

/// Returns the arguments after the digest as a batch.
pub(super) fn batch(columns: Vec<ArrayRef>) -> Result<RecordBatch, ArrowError> {
    let fields = columns.iter().zip(NAMES);
    let fields = fields.map(|(column, name)| Field::new(name, column.data_type().clone(), true));
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

impl<'a> Arguments<'a> {
    /// Reads a batch of arguments. Fails for a column of another type.
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, ColumnError> {
        let table = Table::from(batch);
        let subjects = table.need("subject")?;
        let lists = match subjects.data_type() {
            DataType::List(_) | DataType::LargeList(_) => Some(Lists::of("subject", subjects)?),
            _ => None,
        };
        let subjects = lists.as_ref().map_or(subjects, Lists::values);
        Ok(Self {
            lists,
            subjects: IdColumn::of("subject", subjects)?,
            kinds: table.texts("kind")?,
            created_at: table.instants("created_at")?,
            deleted_at: table.find_instants("deleted_at")?,
            restrictions: Restrictions::find(table)?,
        })
    }

    /// Returns the grounds against the record of a row; `None` if it has no kind or no instant of
    /// creation, so that it is not decided.
    pub(super) fn grounds(
        &self,
        row: usize,
        snapshot: &Snapshot,
        ids: &Ids<SubjectId>,
    ) -> Option<Grounds> {
        let of_kind = snapshot.of_kind_named(self.kinds.get(row)?);
        let created_at = Timestamp::from_micros(self.created_at.get(row)?).ok()?;
        let deleted_at = self.deleted_at.as_ref().and_then(|column| column.get(row));
        let mut unreadable = Grounds::NONE;
        let mut restrictions = Vec::new();
        let column = self.restrictions.as_ref().filter(|column| !column.is_null(row));
        if let Some(of_row) = column.map(|column| column.of_row(row)) {
            let restricted = Ground::Restricted.alone();
            match of_row {
                Err(_) => unreadable = restricted,
                Ok(each) => each.for_each(|restriction| match restriction {
                    Ok(restriction) => restrictions.push(restriction),
                    Err(_) => unreadable = restricted,
                }),
            }
        }
        let subjects = self.subjects(row);
        let nobody = subjects.is_empty().then_some(RecordColumns::UNKNOWN_SUBJECT);
        let mut spelling = Spelling::default();
        let numbers = subjects.map(|index| {
            let subject = self.subjects.get(index, &mut spelling);
            let number = subject.and_then(|subject| ids.get(subject));
            number.unwrap_or(RecordColumns::UNKNOWN_SUBJECT)
        });
        let times = (created_at, deleted_at.map(Timestamp::nearest));
        Some(unreadable.union(of_kind.grounds(times, &restrictions, numbers.chain(nobody))))
    }

    /// Returns the indices of a row's subjects.
    fn subjects(&self, row: usize) -> Range<usize> {
        match &self.lists {
            Some(lists) => lists.get(row).unwrap_or_default(),
            None => row..row.saturating_add(1),
        }
    }
}
