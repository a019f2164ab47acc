//! Event columns: a list of structs for each row, such as moves, choices or restrictions.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, StructArray};

use crate::arrow::table::{Instants, Lists, Table, Texts, bad_type};
use crate::bulk::ColumnError;
use crate::people::log::Entry;
use crate::people::restriction::Restriction;
use crate::values::time::Span;

/// A column with a list of structs for each row. No struct is null.
#[derive(Debug)]
struct Events<'a> {
    name: &'static str,
    lists: Lists<'a>,
    structs: &'a StructArray,
}

impl<'a> Events<'a> {
    /// Returns the column of that name, or `None` if there is none. Fails if it has other fields.
    fn find(
        table: Table<'a>,
        name: &'static str,
        fields: &[&str],
    ) -> Result<Option<Self>, ColumnError> {
        let Some(column) = table.find(name)? else { return Ok(None) };
        let lists = Lists::of(name, column)?;
        let structs = lists.values().as_struct_opt();
        let structs =
            structs.ok_or_else(|| bad_type(name, column.data_type(), "a list of structs"))?;
        Table::from(structs).refuse_others(Some(name), fields)?;
        Ok(Some(Self { name, lists, structs }))
    }

    fn fields(&self) -> Table<'a> {
        Table::from(self.structs)
    }

    /// Returns the indices of a row's events. Fails if one is null.
    fn of_row(&self, row: usize) -> Result<Range<usize>, ColumnError> {
        let indices = self.lists.range(row)?;
        if indices.clone().any(|index| self.structs.is_null(index)) {
            return Err(ColumnError::at(self.name, row, "holds a null; leave it out of the list"));
        }
        Ok(indices)
    }
}

/// The column of restrictions.
#[derive(Debug)]
pub(crate) struct Restrictions<'a> {
    events: Events<'a>,
    ids: Texts<'a>,
    starts: Instants<'a>,
    ends: Option<Instants<'a>>,
    learned: Option<Instants<'a>>,
}

impl<'a> Restrictions<'a> {
    /// Returns the column `restrictions`, or `None` if there is none.
    pub(crate) fn find(table: Table<'a>) -> Result<Option<Self>, ColumnError> {
        let names = ["id", "from", "until", "recorded"];
        let Some(events) = Events::find(table, "restrictions", &names)? else { return Ok(None) };
        let fields = events.fields();
        Ok(Some(Self {
            ids: fields.texts("restrictions.id")?,
            starts: fields.instants("restrictions.from")?,
            ends: fields.find_instants("restrictions.until")?,
            learned: fields.find_instants("restrictions.recorded")?,
            events,
        }))
    }

    /// Returns whether a row has no list.
    #[cfg(feature = "datafusion")]
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.events.lists.get(row).is_none()
    }

    /// Returns the restrictions of a row.
    pub(crate) fn of_row(
        &self,
        row: usize,
    ) -> Result<impl Iterator<Item = Result<Restriction, ColumnError>>, ColumnError> {
        Ok(self.events.of_row(row)?.map(move |index| {
            let any = |column: &Option<_>| Instants::any(column.as_ref(), row, index);
            let span = Span::new(self.starts.instant(row, index)?);
            let span = any(&self.ends)?.map_or(span, |end| span.until(end));
            let restriction = Restriction::new(self.ids.parse(row, index)?, span)
                .map_err(|error| ColumnError::at("restrictions.until", row, error))?;
            Ok(match any(&self.learned)? {
                Some(at) => restriction.with_recorded(at),
                None => restriction,
            })
        }))
    }
}

/// A column of facts with valid time and recording time: when a fact became true, and when the
/// platform recorded it. Without a recording time the two are equal.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    events: Events<'a>,
    at: Instants<'a>,
    recorded: Option<Instants<'a>>,
}

impl<'a> Entries<'a> {
    /// Returns the column of the first name, or `None` if there is none. Fails if it has other
    /// fields than the two clocks and the given fields of the value.
    pub(super) fn find(
        table: Table<'a>,
        [name, at, recorded]: [&'static str; 3],
        value: &[&str],
    ) -> Result<Option<Self>, ColumnError> {
        let names = [&["at"], value, &["recorded"]].concat();
        let Some(events) = Events::find(table, name, &names)? else { return Ok(None) };
        let (at, recorded) =
            (events.fields().instants(at)?, events.fields().find_instants(recorded)?);
        Ok(Some(Self { events, at, recorded }))
    }

    /// Returns the fields, from which the caller takes the value's.
    pub(super) fn fields(&self) -> Table<'a> {
        self.events.fields()
    }

    /// Returns the facts of a row. `value` reads the value at an index.
    pub(super) fn of_row<T>(
        &self,
        row: usize,
        value: impl Fn(usize) -> Result<T, ColumnError>,
    ) -> Result<impl Iterator<Item = Result<Entry<T>, ColumnError>>, ColumnError> {
        Ok(self.events.of_row(row)?.map(move |index| {
            let entry = Entry::new(self.at.instant(row, index)?, value(index)?);
            Ok(match Instants::any(self.recorded.as_ref(), row, index)? {
                Some(recorded) => entry.with_recorded(recorded),
                None => entry,
            })
        }))
    }
}
