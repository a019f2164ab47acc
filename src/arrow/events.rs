//! Events: a list of structs a row.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, StructArray};

use crate::arrow::table::{Instants, Lists, Table, Texts, bad_type};
use crate::bulk::ColumnError;
use crate::people::log::Entry;
use crate::people::restriction::Restriction;
use crate::values::time::Span;

/// A list of structs a row, none of which is null.
#[derive(Debug)]
struct Events<'a> {
    name: &'static str,
    lists: Lists<'a>,
    structs: &'a StructArray,
}

impl<'a> Events<'a> {
    /// The column of that name, if there is one, with no other fields than these.
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

    /// The places of a row's events.
    fn of_row(&self, row: usize) -> Result<Range<usize>, ColumnError> {
        let places = self.lists.range(row)?;
        if places.clone().any(|place| self.structs.is_null(place)) {
            return Err(ColumnError::at(self.name, row, "holds a null; leave it out of the list"));
        }
        Ok(places)
    }
}

/// The restrictions of each row.
#[derive(Debug)]
pub(super) struct Restrictions<'a> {
    events: Events<'a>,
    ids: Texts<'a>,
    starts: Instants<'a>,
    ends: Option<Instants<'a>>,
    learned: Option<Instants<'a>>,
}

impl<'a> Restrictions<'a> {
    /// The column `restrictions`, if there is one.
    pub(super) fn find(table: Table<'a>) -> Result<Option<Self>, ColumnError> {
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

    pub(super) fn of_row(
        &self,
        row: usize,
    ) -> Result<impl Iterator<Item = Result<Restriction, ColumnError>>, ColumnError> {
        Ok(self.events.of_row(row)?.map(move |place| {
            let any = |column: &Option<_>| Instants::any(column.as_ref(), row, place);
            let span = Span::new(self.starts.instant(row, place)?);
            let span = any(&self.ends)?.map_or(span, |end| span.until(end));
            let restriction = Restriction::new(self.ids.parse(row, place)?, span)
                .map_err(|error| ColumnError::at("restrictions.until", row, error))?;
            Ok(match any(&self.learned)? {
                Some(at) => restriction.with_recorded(at),
                None => restriction,
            })
        }))
    }
}

/// Facts of each row with both clocks: when each became true, and when it was recorded, which is the
/// same where nothing is given.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    events: Events<'a>,
    at: Instants<'a>,
    recorded: Option<Instants<'a>>,
}

impl<'a> Entries<'a> {
    /// The column of the first name, if there is one, with two fields for the clocks and these for the
    /// value.
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

    /// The fields, for those of the value.
    pub(super) fn fields(&self) -> Table<'a> {
        self.events.fields()
    }

    /// The facts of a row, with the value that is read at a place.
    pub(super) fn of_row<T>(
        &self,
        row: usize,
        value: impl Fn(usize) -> Result<T, ColumnError>,
    ) -> Result<impl Iterator<Item = Result<Entry<T>, ColumnError>>, ColumnError> {
        Ok(self.events.of_row(row)?.map(move |place| {
            let entry = Entry::new(self.at.instant(row, place)?, value(place)?);
            Ok(match Instants::any(self.recorded.as_ref(), row, place)? {
                Some(recorded) => entry.with_recorded(recorded),
                None => entry,
            })
        }))
    }
}
