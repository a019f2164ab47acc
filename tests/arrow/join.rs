//! An engine that knows no rule: it joins records with the table of a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use arrow_schema::SchemaRef;
use may_train::{Record, Restriction, Timestamp};

/// By subject and kind, each of which may be null: when created, and the grounds.
type Spans = BTreeMap<(Option<String>, Option<String>), Vec<(Bound<i64>, Bound<i64>, Codes)>>;

pub type Codes = BTreeSet<String>;

/// The table of a snapshot, as it was read back.
pub struct Table {
    spans: Spans,
    metadata: BTreeMap<String, String>,
    pub rows: usize,
}

impl Table {
    pub fn of((schema, batches): &(SchemaRef, Vec<RecordBatch>)) -> Self {
        let mut spans = Spans::new();
        for batch in batches {
            let text = |name, row| {
                let texts = batch.column_by_name(name).expect(name).as_string::<i32>();
                texts.is_valid(row).then(|| texts.value(row).to_owned())
            };
            let instant = |name, row| {
                let column = batch.column_by_name(name).expect(name);
                let column = column.as_primitive::<TimestampMicrosecondType>();
                assert_eq!(column.timezone(), Some("UTC"));
                column.is_valid(row).then(|| column.value(row))
            };
            for row in 0..batch.num_rows() {
                let from = instant("created_from", row).map_or(Bound::Unbounded, Bound::Included);
                let until = instant("created_until", row).map_or(Bound::Unbounded, Bound::Excluded);
                let grounds = batch.column_by_name("grounds").expect("grounds").as_list::<i32>();
                let codes = grounds.value(row);
                let codes =
                    codes.as_string::<i32>().iter().map(|code| code.expect("a code").into());
                let key = (text("subject", row), text("kind", row));
                spans.entry(key).or_default().push((from, until, codes.collect()));
            }
        }
        let metadata = schema.metadata().clone().into_iter().collect();
        Self { spans, metadata, rows: batches.iter().map(RecordBatch::num_rows).sum() }
    }

    pub fn says(&self, key: &str) -> Option<&str> {
        self.metadata.get(&format!("may_train.{key}")).map(String::as_str)
    }

    fn instant(&self, key: &str) -> Option<Timestamp> {
        self.says(key).map(|text| text.parse().expect("an instant"))
    }

    /// The key itself where the table has it, or else null.
    fn known(key: &str, mut keys: impl Iterator<Item = Option<String>>) -> Option<String> {
        keys.any(|known| known.as_deref() == Some(key)).then(|| key.to_owned())
    }

    /// The grounds of the one row that a record and one of its subjects meet.
    fn of_subject(&self, subject: Option<&str>, record: &Record) -> &Codes {
        let subject =
            subject.and_then(|id| Self::known(id, self.spans.keys().map(|key| key.0.clone())));
        let kinds = self.spans.keys().map(|key| key.1.clone());
        let kind = Self::known(record.kind().as_str(), kinds);
        let created = record.created_at().as_micros();
        let spans = self.spans.get(&(subject, kind)).expect("rows of every subject and kind");
        let is_met = |from: &Bound<i64>, until: &Bound<i64>| {
            std::ops::RangeBounds::contains(&(*from, *until), &created)
        };
        let met: Vec<_> = spans.iter().filter(|(from, until, _)| is_met(from, until)).collect();
        assert_eq!(met.len(), 1, "{record:?} meets {met:?}");
        &met[0].2
    }

    /// What the documentation of `arrow::spans` says, and no more.
    pub fn grounds(&self, record: &Record) -> Codes {
        let (as_of, known_at) =
            (self.instant("as_of").expect("a cut-off"), self.instant("known_at"));
        let mut grounds = Codes::new();
        for subject in record.subjects() {
            grounds.extend(self.of_subject(Some(subject.as_str()), record).iter().cloned());
        }
        if record.subjects().is_empty() {
            grounds.extend(self.of_subject(None, record).iter().cloned());
        }
        let is_in_force = |restriction: &Restriction| {
            let span = restriction.span();
            span.start() <= as_of
                && span.end().is_none_or(|end| as_of < end)
                && known_at.is_none_or(|known_at| restriction.recorded() <= known_at)
        };
        let of_the_record = [
            ("not-yet-created", record.created_at() > as_of),
            ("record-deleted", record.deleted_at().is_some_and(|deleted_at| deleted_at <= as_of)),
            ("restricted", record.restrictions().iter().any(is_in_force)),
        ];
        grounds
            .extend(of_the_record.into_iter().filter(|(_, is)| *is).map(|(code, _)| code.into()));
        grounds
    }
}

/// The grounds of the decision, as an engine has them.
pub fn codes(grounds: may_train::Grounds) -> Codes {
    grounds.iter().map(|ground| ground.to_string()).collect()
}
