//! Subjects as columns.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, ListBuilder, StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::{DataType, Field, TimeUnit};
use may_train::{Entry, Restriction, Subject, Timestamp};

pub type Columns = Vec<(&'static str, ArrayRef)>;

/// A value of an event, or a null in its place.
#[derive(Debug, Clone)]
pub enum Value {
    Text(Option<String>),
    Instant(Option<i64>),
}

pub type Event = Vec<Value>;

pub fn word(text: &(impl ToString + ?Sized)) -> Value {
    Value::Text(Some(text.to_string()))
}

/// A word, or null.
pub fn any_word(text: Option<&impl ToString>) -> Value {
    Value::Text(text.map(ToString::to_string))
}

pub fn at(instant: Timestamp) -> Value {
    Value::Instant(Some(instant.as_micros()))
}

pub fn texts<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

pub fn instants(values: impl IntoIterator<Item = Option<Timestamp>>) -> ArrayRef {
    let values = values.into_iter().map(|at| at.map(Timestamp::as_micros));
    Arc::new(values.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// The events of each row: a list, or a null in its place, of events, or nulls in theirs. Fields that
/// are named `at`, `from`, `until` and `recorded` are instants.
pub fn events(names: &[&str], rows: Vec<Option<Vec<Option<Event>>>>) -> ArrayRef {
    let is_instant = |name: &&str| ["at", "from", "until", "recorded"].contains(name);
    let field = |name: &&str| {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Field::new(*name, if is_instant(name) { instant } else { DataType::Utf8 }, true)
    };
    let builder = |name: &&str| -> Box<dyn ArrayBuilder> {
        if is_instant(name) {
            Box::new(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
        } else {
            Box::new(StringBuilder::new())
        }
    };
    let fields: Vec<Field> = names.iter().map(field).collect();
    let builders = names.iter().map(builder).collect();
    let mut column = ListBuilder::new(StructBuilder::new(fields, builders));
    for row in rows {
        let is_there = row.is_some();
        for event in row.unwrap_or_default() {
            let structs = column.values();
            let null = |name| {
                if is_instant(name) { Value::Instant(None) } else { Value::Text(None) }
            };
            let is_event = event.is_some();
            let values = event.unwrap_or_else(|| names.iter().map(null).collect());
            assert_eq!(values.len(), names.len());
            for (place, value) in values.into_iter().enumerate() {
                match value {
                    Value::Text(text) => {
                        let texts = structs.field_builder::<StringBuilder>(place);
                        texts.expect("texts").append_option(text);
                    }
                    Value::Instant(micros) => {
                        let instants = structs.field_builder::<TimestampMicrosecondBuilder>(place);
                        instants.expect("instants").append_option(micros);
                    }
                }
            }
            structs.append(is_event);
        }
        column.append(is_there);
    }
    Arc::new(column.finish())
}

fn recorded<T>(entry: &Entry<T>) -> Value {
    // Where it says no more than `at`, it may be left out.
    Value::Instant(Some(entry.recorded()).filter(|at| *at != entry.at()).map(Timestamp::as_micros))
}

fn restriction(restriction: &Restriction) -> Event {
    let span = restriction.span();
    let until = Value::Instant(span.end().map(Timestamp::as_micros));
    vec![word(restriction.id()), at(span.start()), until, at(restriction.recorded())]
}

/// The only erasure.
fn only_erasure(subject: &Subject) -> Option<&Entry<()>> {
    let erasures = subject.erasures().iter().as_slice();
    if let [only] = erasures { Some(only) } else { None }
}

pub fn columns(subjects: &[Subject]) -> Columns {
    let lists = |names: &[&str], of: &dyn Fn(&Subject) -> Vec<Event>| {
        let rows = subjects.iter().map(|s| Some(of(s).into_iter().map(Some).collect()));
        events(names, rows.collect())
    };
    let births: Vec<_> = subjects.iter().map(|s| s.birth().map(|b| b.to_string())).collect();
    let of_only = |instant: fn(&Entry<()>) -> Timestamp| {
        instants(subjects.iter().map(|subject| only_erasure(subject).map(instant)))
    };
    vec![
        ("id", texts(subjects.iter().map(|subject| Some(subject.id().as_str())))),
        ("born", texts(births.iter().map(Option::as_deref))),
        (
            "residence",
            lists(&["at", "place", "recorded"], &|subject| {
                let entries = subject.residences().iter();
                entries
                    .map(|e| vec![at(e.at()), any_word(e.value().as_ref()), recorded(e)])
                    .collect()
            }),
        ),
        (
            "audience",
            lists(&["at", "value", "recorded"], &|subject| {
                let entries = subject.audiences().iter();
                entries
                    .map(|e| vec![at(e.at()), any_word(e.value().as_ref()), recorded(e)])
                    .collect()
            }),
        ),
        (
            "choices",
            lists(&["at", "purpose", "choice", "by", "recorded"], &|subject| {
                let choices = subject.choices().iter();
                let choice =
                    |(purpose, e): (&may_train::Purpose, &Entry<may_train::people::ChoiceMade>)| {
                        let (choice, by) = (word(&e.value().choice()), word(&e.value().by()));
                        vec![at(e.at()), word(purpose), choice, by, recorded(e)]
                    };
                choices.map(choice).collect()
            }),
        ),
        (
            "restrictions",
            lists(&["id", "from", "until", "recorded"], &|subject| {
                subject.restrictions().iter().map(restriction).collect()
            }),
        ),
        ("erased_at", of_only(Entry::at)),
        ("erased_recorded", of_only(Entry::recorded)),
        (
            "erasures",
            lists(&["at", "recorded"], &|subject| {
                let several = subject.erasures().iter().filter(|_| only_erasure(subject).is_none());
                several.map(|e| vec![at(e.at()), recorded(e)]).collect()
            }),
        ),
    ]
}

pub fn batch(columns: Columns) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("columns")
}
