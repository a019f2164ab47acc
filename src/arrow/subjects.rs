//! Subjects as Arrow columns, and their conversion to [`Subject`]s.

use std::str::FromStr;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, PrimitiveArray, RecordBatch};

use crate::arrow::events::{Entries, Restrictions};
use crate::arrow::ids::IdColumn;
use crate::arrow::table::{Instants, Parsed, Table, Texts, bad_type};
use crate::bulk::{ColumnError, Ids, Snapshot};
use crate::decision::registry::Registry;
use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::log::Entry;
use crate::people::subject::{Subject, not_the_only_erasure};
use crate::values::error::ValueError;
use crate::values::id::SubjectId;
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::time::{Birth, MICROS_PER_DAY, Timestamp};

/// The columns that a batch of subjects may have.
const COLUMNS: [&str; 9] = [
    "id",
    "born",
    "residence",
    "audience",
    "choices",
    "restrictions",
    "erased_at",
    "erased_recorded",
    "erasures",
];

/// The subjects of a record batch, one a row, with the same facts as a line of NDJSON.
///
/// | column | type | |
/// | --- | --- | --- |
/// | `id` | text, whole number of 32 or 64 bits, or UUID, `FixedSizeBinary(16)` | a number is spelled in digits, a UUID in lower case with hyphens |
/// | `born` | text, as in `1990-05-01` or `1990`; or dates of 32 bits | null: unknown |
/// | `residence` | list of `at`, `place`, `recorded` | places are codes, such as `GB` or `US-CA`; null: unknown from then on |
/// | `audience` | list of `at`, `value`, `recorded` | null: unknown from then on |
/// | `choices` | list of `at`, `purpose`, `choice`, `by`, `recorded` | without the field `by`: by the subject |
/// | `restrictions` | list of `id`, `from`, `until`, `recorded` | `until` null: open |
/// | `erased_at`, `erased_recorded` | timestamp | the only erasure; null: none |
/// | `erasures` | list of `at`, `recorded` | several erasures, or one if `erased_at` is null in the row |
///
/// Every column but `id` may be missing. Timestamps have a zone and are floored to microseconds.
/// Texts may be encoded by a dictionary. A number is no birth, because it could be a year or a day.
///
/// The field `recorded` may be missing or null; the instant at which the fact became true then
/// stands in for it. The field `until` may be missing or null as well. A null `place` or `value` says
/// that the platform does not know it from that instant on. Any other null in a list, or instead of a
/// list, is an error.
///
/// A column or a field with another name is an error. If it were ignored, a misspelt opt-out would
/// be lost.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{RecordBatch, StringArray};
/// use may_train::arrow::Subjects;
///
/// let texts = |texts: [&'static str; 2]| Arc::new(StringArray::from(texts.to_vec())) as _;
/// let batch = |births| {
///     RecordBatch::try_from_iter([("id", texts(["u1", "u2"])), ("born", texts(births))])
/// };
/// let subjects = Subjects::read(&batch(["1990-05-01", "2006"])?)?;
/// assert_eq!(subjects.as_slice()[1].birth(), Some("2006".parse()?));
///
/// let error = Subjects::read(&batch(["1990-05-01", "06"])?).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`born`, row 1: `06` is not a birth: write a date, as in `1990-05-01`, or a year of four digits"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subjects(Vec<Subject>);

impl Subjects {
    /// Reads the subjects of a batch.
    ///
    /// # Errors
    ///
    /// Returns an error
    ///
    /// - for a column or a field that is missing, unknown or of another type;
    /// - for a null in place of a needed value, and for a text that does not parse;
    /// - for an instant outside the years 0001 to 9999;
    /// - for `erased_recorded` without `erased_at`, and for either of them beside `erasures`.
    pub fn read(batch: &RecordBatch) -> Result<Self, ColumnError> {
        let columns = Columns::of(Table::from(batch))?;
        (0..batch.num_rows()).map(|row| columns.subject(row)).collect::<Result<_, _>>().map(Self)
    }

    /// Returns the subjects in the order of their rows.
    #[must_use]
    pub fn as_slice(&self) -> &[Subject] {
        &self.0
    }

    /// Adds the subjects to a registry.
    ///
    /// # Errors
    ///
    /// Returns an error for a second subject with the same id. The registry then holds the subjects
    /// before it.
    pub fn register(self, registry: &mut Registry) -> Result<(), ColumnError> {
        self.0.into_iter().enumerate().try_for_each(|(row, subject)| {
            registry.insert(subject).map_err(|error| ColumnError::at("id", row, error))
        })
    }

    /// Freezes the subjects into a snapshot and assigns a number to each id.
    ///
    /// # Errors
    ///
    /// Returns an error for a second subject with the same id, and for more subjects than there are
    /// numbers. The snapshot then holds the subjects before it.
    pub fn freeze(
        &self,
        snapshot: &mut Snapshot,
        ids: &mut Ids<SubjectId>,
    ) -> Result<(), ColumnError> {
        self.freeze_some(snapshot, ids, |_| true)
    }

    /// Freezes those subjects that are in a part: each of several machines reads all subjects and
    /// freezes some. Rows outside the part are read, and not frozen.
    ///
    /// # Errors
    ///
    /// As [`Subjects::freeze`].
    pub fn freeze_some(
        &self,
        snapshot: &mut Snapshot,
        ids: &mut Ids<SubjectId>,
        is_in: impl Fn(&SubjectId) -> bool,
    ) -> Result<(), ColumnError> {
        let rows = self.0.iter().enumerate().filter(|(_, subject)| is_in(subject.id()));
        rows.into_iter().try_for_each(|(row, subject)| {
            let frozen = snapshot.push_as(subject, ids);
            frozen.map(drop).map_err(|error| ColumnError::at("id", row, error))
        })
    }
}

impl IntoIterator for Subjects {
    type Item = Subject;
    type IntoIter = std::vec::IntoIter<Subject>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The columns of a batch of subjects.
#[derive(Debug)]
struct Columns<'a> {
    ids: IdColumn<'a>,
    births: Option<Births<'a>>,
    residences: Option<Valued<'a, Place>>,
    audiences: Option<Valued<'a, Audience>>,
    choices: Option<Choices<'a>>,
    restrictions: Option<Restrictions<'a>>,
    erasures: Erasures<'a>,
}

impl<'a> Columns<'a> {
    /// Finds the columns of a batch. Fails if a column has another name or type.
    fn of(table: Table<'a>) -> Result<Self, ColumnError> {
        table.refuse_others(None, &COLUMNS)?;
        let residence = ["residence", "residence.at", "residence.recorded"];
        let audience = ["audience", "audience.at", "audience.recorded"];
        Ok(Self {
            ids: IdColumn::need_in(table, "id")?,
            births: Births::find(table)?,
            residences: valued(table, residence, "place", "residence.place")?,
            audiences: valued(table, audience, "value", "audience.value")?,
            choices: Choices::find(table)?,
            restrictions: Restrictions::find(table)?,
            erasures: Erasures::find(table)?,
        })
    }

    /// Reads the subject of a row.
    fn subject(&self, row: usize) -> Result<Subject, ColumnError> {
        let mut subject = Subject::new(self.ids.parse(row, row)?);
        if let Some(births) = &self.births
            && let Some(birth) = births.of_row(row)?
        {
            subject = subject.with_birth(birth);
        }
        if let Some((entries, places)) = &self.residences {
            for entry in entries.of_row(row, |index| places.any(row, index))? {
                subject = subject.with_residence_entry(entry?);
            }
        }
        if let Some((entries, values)) = &self.audiences {
            for entry in entries.of_row(row, |index| values.any(row, index))? {
                subject = subject.with_audience_entry(entry?);
            }
        }
        if let Some(choices) = &self.choices {
            subject = choices.made_by(subject, row)?;
        }
        if let Some(restrictions) = &self.restrictions {
            for restriction in restrictions.of_row(row)? {
                subject = subject.with_restriction(restriction?);
            }
        }
        self.erasures.of(subject, row)
    }
}

/// A column of values, each with the two instants of a fact.
type Valued<'a, T> = (Entries<'a>, Parsed<'a, T>);

fn valued<'a, T: FromStr<Err = ValueError> + Clone>(
    table: Table<'a>,
    names: [&'static str; 3],
    key: &'static str,
    value: &'static str,
) -> Result<Option<Valued<'a, T>>, ColumnError> {
    let Some(entries) = Entries::find(table, names, &[key])? else { return Ok(None) };
    let values = Parsed::of(entries.fields().texts(value)?);
    Ok(Some((entries, values)))
}

/// The column `born`, as texts or as days.
#[derive(Debug)]
enum Births<'a> {
    Texts(Parsed<'a, Birth>),
    /// Days since 1970-01-01.
    Days(&'a PrimitiveArray<Date32Type>),
}

impl<'a> Births<'a> {
    fn find(table: Table<'a>) -> Result<Option<Self>, ColumnError> {
        let Some(column) = table.find("born")? else { return Ok(None) };
        if let Some(days) = column.as_primitive_opt() {
            return Ok(Some(Self::Days(days)));
        }
        let needed = "texts, as in `1990-05-01` or `1990`, or dates, Date32";
        let texts = Texts::of("born", column).map(|texts| Self::Texts(Parsed::of(texts)));
        texts.map(Some).map_err(|_| bad_type("born", column.data_type(), needed))
    }

    /// Reads the birth of a row; `None` if it is null.
    fn of_row(&self, row: usize) -> Result<Option<Birth>, ColumnError> {
        match self {
            Self::Texts(births) => births.any(row, row),
            Self::Days(days) if days.is_null(row) => Ok(None),
            Self::Days(days) => {
                let day = days.value(row);
                let micros = i64::from(day).saturating_mul(MICROS_PER_DAY);
                let instant = Timestamp::from_micros(micros).map_err(|_| {
                    let problem = "days since 1970 lie outside the years 0001 to 9999; give a date \
                                   within them";
                    ColumnError::at("born", row, format_args!("{day} {problem}"))
                })?;
                Ok(Some(Birth::on(instant)))
            }
        }
    }
}

/// The column `choices`.
#[derive(Debug)]
struct Choices<'a> {
    entries: Entries<'a>,
    purposes: Parsed<'a, Purpose>,
    chosen: Parsed<'a, Choice>,
    makers: Option<Parsed<'a, ChosenBy>>,
}

impl<'a> Choices<'a> {
    fn find(table: Table<'a>) -> Result<Option<Self>, ColumnError> {
        let names = ["choices", "choices.at", "choices.recorded"];
        let value = ["purpose", "choice", "by"];
        let Some(entries) = Entries::find(table, names, &value)? else { return Ok(None) };
        let fields = entries.fields();
        Ok(Some(Self {
            purposes: Parsed::of(fields.texts("choices.purpose")?),
            chosen: Parsed::of(fields.texts("choices.choice")?),
            makers: fields.find_texts("choices.by")?.map(Parsed::of),
            entries,
        }))
    }

    /// Adds the choices of a row to a subject.
    fn made_by(&self, mut subject: Subject, row: usize) -> Result<Subject, ColumnError> {
        let made = |index| {
            let by = match &self.makers {
                Some(makers) => makers.need(row, index)?,
                None => ChosenBy::default(),
            };
            let choice = ChoiceMade::new(self.chosen.need(row, index)?, by);
            Ok((self.purposes.need(row, index)?, choice))
        };
        for entry in self.entries.of_row(row, made)? {
            let entry = entry?;
            let (purpose, choice) = entry.value().clone();
            let choice = Entry::new(entry.at(), choice).with_recorded(entry.recorded());
            subject = subject.with_choice_entry(purpose, choice);
        }
        Ok(subject)
    }
}

/// The columns of erasures: the list, or the only erasure.
#[derive(Debug)]
struct Erasures<'a> {
    listed: Option<Entries<'a>>,
    /// When the only erasure took place.
    at: Option<Instants<'a>>,
    recorded: Option<Instants<'a>>,
}

impl<'a> Erasures<'a> {
    fn find(table: Table<'a>) -> Result<Self, ColumnError> {
        let names = ["erasures", "erasures.at", "erasures.recorded"];
        Ok(Self {
            listed: Entries::find(table, names, &[])?,
            at: table.find_instants("erased_at")?,
            recorded: table.find_instants("erased_recorded")?,
        })
    }

    /// Adds the erasures of a row to a subject.
    fn of(&self, mut subject: Subject, row: usize) -> Result<Subject, ColumnError> {
        let mut is_listed = false;
        if let Some(listed) = &self.listed {
            for erasure in listed.of_row(row, |_| Ok(()))? {
                subject = subject.with_erasure_entry(erasure?);
                is_listed = true;
            }
        }
        let any = |column: &Option<_>| Instants::any(column.as_ref(), row, row);
        match (any(&self.at)?, any(&self.recorded)?) {
            (None, None) => Ok(subject),
            (Some(at), _) if is_listed => {
                Err(ColumnError::at("erased_at", row, not_the_only_erasure(at)))
            }
            (None, Some(recorded)) if is_listed => {
                Err(ColumnError::at("erased_recorded", row, not_the_only_erasure(recorded)))
            }
            (Some(at), recorded) => {
                let erasure = Entry::new(at, ()).with_recorded(recorded.unwrap_or(at));
                Ok(subject.with_erasure_entry(erasure))
            }
            (None, Some(_)) => {
                let problem = "stands by itself; give `erased_at` with it";
                Err(ColumnError::at("erased_recorded", row, problem))
            }
        }
    }
}
