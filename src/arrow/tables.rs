//! The snapshot as tables, for engines that join.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{
    Array, ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::bulk::{ColumnError, Ids, Snapshot};
use crate::decision::digest::{Digest, Digester, count};
use crate::policy::revision::Revision;
use crate::values::ground::{Ground, Grounds};
use crate::values::id::{RevisionId, SubjectId};
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::time::Timestamp;

/// How large a batch of members becomes: that many rows, or that many bytes of ids and the last id.
const ROWS: usize = 8192;
const BYTES: usize = 16 << 20;

/// How many spans a row of members holds.
pub(super) const SPANS: usize = 4;

/// The steps of a row of members, by their names: the number, and the instant for people.
pub(super) const STEPS: [(&str, &str); 3] = [("t1_us", "t1"), ("t2_us", "t2"), ("t3_us", "t3")];
pub(super) const ANSWERS: [&str; SPANS] = ["a0", "a1", "a2", "a3"];

/// A step that never comes.
pub(super) const NEVER: i64 = i64::MAX;

/// The code of every kind that is not named.
const OTHER: i64 = 0;

/// A snapshot as tables, for engines that join it with records where the records are.
///
/// | table | rows | columns |
/// | --- | --- | --- |
/// | `members` | one a subject | `subject`; `a0`, `t1_us`, `a1`, `t2_us`, `a2`, `t3_us`, `a3`; `created_from_us`, `created_until_us`; `turns_us`, `learned_us`; `t1`, `t2`, `t3` |
/// | `cells` | one an answer and kind | `question_id`, `answer`, `kind` (a code), `mask` |
/// | `kinds` | one a kind that the policy names, and one more | `question_id`, `kind`, `code`; the code 0, without a kind, is every other one |
/// | `codes` | one a ground | `code`, `bit`, `class` |
/// | `question` | one | `id`, `policy` (its digest), `platform`, `purpose`, `revision`, `semantics`, `as_of_us`, `known_at_us`, `nobody`; `as_of`, `known_at` |
///
/// An *answer* is a row of grounds by kind, and there are few. What a subject created before `t1_us`
/// has the answer `a0`, from then on `a1`, and so on; a step that never comes is the largest number. A
/// subject of more than four spans has more rows, each for what was created from `created_from_us` on
/// and before `created_until_us`; null is open. The answer of a subject without a row is
/// `question.nobody`. A mask is [`Grounds::bits`].
///
/// Instants are whole microseconds since 1970, in columns that end in `_us`: a number means the same in
/// every session, whatever its time zone. Columns without that ending show the same to people.
///
/// # Two tables of one kind
///
/// An answer is named by 64 bits of a digest of its content and of the question: the policy at the
/// cut-off, the cut-off, what is known, the version of the semantics, and the mask of each kind. So
/// members of another question find no cell, and are not admitted. Parts that were frozen on different
/// machines are put together by `UNION ALL`, table by table.
///
/// A subject has to be in one part alone; one that is in none is not known, and is not admitted.
///
/// # The SQL
///
/// This is the text for DuckDB, DataFusion, Spark and `PostgreSQL`, and, untested, for `BigQuery`. The
/// folder `src/arrow/sql` of the repository has those of `SQLite` and `ClickHouse`, and, untested, of
/// Snowflake.
///
/// ```sql
#[doc = include_str!("sql/standard.sql")]
/// ```
///
/// | its tables | |
/// | --- | --- |
/// | `records` | `id`, `subject` (the first; null: none), `kind`, `created_us`, `deleted_us` (null: not deleted) |
/// | `further_of` | a row for each further subject of a record: `record`, `subject` |
/// | `restrictions_of` | a row for each restriction of a record: `record`, `starts_us`, `ends_us`, `recorded_us` |
///
/// A record may enter whose `verdict` is `eligible`. One without a kind or an instant has neither
/// verdict nor mask; a record that is missing in the result was not decided. The page
/// [`guide::lake`](crate::guide::lake) tells the rest.
///
/// ```
/// use arrow_array::cast::AsArray;
/// use arrow_array::types::Int64Type;
/// use may_train::arrow::Tables;
/// use may_train::{Ground, Policy, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
/// let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
///
/// let tables = Tables::of(&snapshot);
/// let members = tables.members(&ids)?.next().ok_or("no batch")??;
/// let answer = members["a1"].as_primitive::<Int64Type>().value(0);
/// let cells = tables.cells()?;
/// let masks = cells["answer"].as_primitive::<Int64Type>().iter().zip(
///     cells["mask"].as_primitive::<Int64Type>());
/// let excluded = Some(Ground::RegionExcluded.alone().bits().into());
/// assert!(masks.into_iter().any(|cell| cell == (Some(answer), excluded)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Tables<'a> {
    snapshot: &'a Snapshot,
    question: Digest,
    /// The names of the answers, by the codes of their rows.
    answers: Vec<i64>,
}

impl Snapshot {
    /// Returns the digest of the question that the snapshot answers: the policy at the cut-off, the
    /// version of the semantics, the cut-off, what is known, and which kinds are told apart.
    ///
    /// ```
    /// use may_train::Policy;
    /// use may_train::bulk::Snapshot;
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let today = Snapshot::new(&policy, "2024-12-01".parse()?, None);
    /// let tomorrow = Snapshot::new(&policy, "2024-12-02".parse()?, None);
    /// assert_eq!(today.question_digest(), today.clone().question_digest());
    /// assert_ne!(today.question_digest(), tomorrow.question_digest());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "arrow")))]
    #[must_use]
    pub fn question_digest(&self) -> Digest {
        let mut digester = Digester::of("question of a snapshot");
        digester.digest(self.policy().digest_at(self.as_of()));
        digester.instant(self.as_of());
        digester.maybe(self.known_at(), Digester::instant);
        digester.number(count(self.kinds().len()));
        for kind in self.kinds() {
            digester.text(kind.as_str());
        }
        digester.finish()
    }

    /// Checks that there is an id for each subject.
    pub(crate) fn check_ids(&self, ids: &Ids<SubjectId>) -> Result<(), ColumnError> {
        let (found, needed) = (ids.len(), self.len());
        if found == needed {
            return Ok(());
        }
        let problem = format_args!(
            "has {found} ids, but {needed} subjects are frozen; give the ids that number them"
        );
        Err(ColumnError::new("subject", problem))
    }
}

impl<'a> Tables<'a> {
    /// Names the answers of a snapshot.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let question = snapshot.question_digest();
        let table = &snapshot.freezer.rows.table;
        let answers = table.rows().map(|row| answer(question, row)).collect();
        Self { snapshot, question, answers }
    }

    /// Returns the table of members, batch by batch.
    ///
    /// # Errors
    ///
    /// If the ids are not as many as the subjects. The batches themselves come without errors.
    pub fn members<'b>(
        &'b self,
        ids: &'b Ids<SubjectId>,
    ) -> Result<impl RecordBatchReader + Send + use<'b>, ColumnError> {
        self.snapshot.check_ids(ids)?;
        let schema = members_schema();
        let of_batches = Arc::clone(&schema);
        let mut rows = self.rows(ids);
        let batches = std::iter::from_fn(move || batch(&mut rows, &of_batches));
        Ok(RecordBatchIterator::new(batches, schema))
    }

    fn rows<'b>(&'b self, ids: &'b Ids<SubjectId>) -> impl Iterator<Item = Row<'b>> + use<'b> {
        let next = self.snapshot.agenda.next(self.snapshot.len());
        let subjects = ids.values().iter().zip(next).zip(0..);
        subjects.flat_map(move |((subject, next), number)| {
            let steps = self.snapshot.members.steps(number);
            let pages = steps.chunks(SPANS).map(<[_]>::to_vec).collect::<Vec<_>>();
            let ends =
                pages.iter().skip(1).filter_map(|page| page.first()).map(|(at, _)| Some(*at));
            let ends = ends.chain([None]).collect::<Vec<_>>();
            let named = |(at, row): (Timestamp, u32)| Some((at, self.answer(row)?));
            pages.into_iter().zip(ends).map(move |(page, until)| {
                let spans = page.into_iter().filter_map(named).collect();
                Row { subject, next, spans, until }
            })
        })
    }

    fn answer(&self, row: u32) -> Option<i64> {
        self.answers.get(usize::try_from(row).ok()?).copied()
    }

    /// Returns the table of cells: every answer, and the mask of each kind.
    ///
    /// # Errors
    ///
    /// None is known; Arrow returns one where columns do not fit together.
    pub fn cells(&self) -> Result<RecordBatch, ArrowError> {
        let rows = self.snapshot.freezer.rows.table.rows();
        let mut answers: Vec<(i64, &[Grounds])> = self.answers.iter().copied().zip(rows).collect();
        answers.sort_unstable_by_key(|(answer, _)| *answer);
        let cells: Vec<[i64; 3]> = answers
            .into_iter()
            .flat_map(|(answer, row)| {
                let masks = row.iter().map(|grounds| i64::from(grounds.bits()));
                codes_of_kinds(row.len()).zip(masks).map(move |(kind, mask)| [answer, kind, mask])
            })
            .collect();
        let of_cells = |place: usize| {
            let values = cells.iter().map(|cell| cell.get(place).copied());
            column(values.collect::<Int64Array>())
        };
        RecordBatch::try_from_iter([
            ("question_id", same(self.question.number(), cells.len())),
            ("answer", of_cells(0)),
            ("kind", of_cells(1)),
            ("mask", of_cells(2)),
        ])
    }

    /// Returns the table of kinds.
    ///
    /// # Errors
    ///
    /// As [`Tables::cells`].
    pub fn kinds(&self) -> Result<RecordBatch, ArrowError> {
        let kinds = self.snapshot.kinds();
        let kept = kinds.split_last().map_or(&[][..], |(_, named)| named);
        let names: StringArray =
            kept.iter().map(|kind| Some(kind.as_str())).chain([None]).collect();
        RecordBatch::try_from_iter_with_nullable([
            ("question_id", same(self.question.number(), kinds.len()), false),
            ("kind", column(names), true),
            ("code", column(Int64Array::from_iter_values(codes_of_kinds(kinds.len()))), false),
        ])
    }

    /// Returns the table of the grounds' codes: the bit of each in a mask, and whether it is a refusal or
    /// a gap. It is the same for every snapshot.
    ///
    /// # Errors
    ///
    /// As [`Tables::cells`].
    pub fn codes() -> Result<RecordBatch, ArrowError> {
        let texts = |text: fn(&Ground) -> &'static str| {
            column(StringArray::from_iter_values(Ground::ALL.iter().map(text)))
        };
        let bits = Ground::ALL.iter().map(|ground| i64::from(ground.alone().bits()));
        RecordBatch::try_from_iter([
            ("code", texts(|ground| ground.as_str())),
            ("bit", column(Int64Array::from_iter_values(bits))),
            ("class", texts(|ground| ground.class().as_str())),
        ])
    }

    /// Returns the table of the question that all the others answer: one row.
    ///
    /// # Errors
    ///
    /// As [`Tables::cells`].
    pub fn question(&self) -> Result<RecordBatch, ArrowError> {
        let (policy, as_of) = (self.snapshot.policy(), self.snapshot.as_of());
        let known_at = self.snapshot.known_at().map(Timestamp::as_micros);
        let nobody = self.answer(self.snapshot.members.row_of_nobody());
        let revision = policy.in_force(as_of).map(Revision::id);
        let text = |text: Option<&str>| column(StringArray::from(vec![text]));
        let number = |number: Option<i64>| column(Int64Array::from(vec![number]));
        let instant = |micros: Option<i64>| {
            column(TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC"))
        };
        let as_of_us = Some(as_of.as_micros());
        RecordBatch::try_from_iter_with_nullable([
            ("id", number(Some(self.question.number())), false),
            ("policy", text(Some(&policy.digest_at(as_of).to_string())), false),
            ("platform", text(Some(policy.platform().as_str())), false),
            ("purpose", text(Some(policy.purpose().as_str())), false),
            ("revision", text(revision.map(RevisionId::as_str)), true),
            ("semantics", number(Some(i64::from(SEMANTICS_VERSION))), false),
            ("as_of_us", number(as_of_us), false),
            ("known_at_us", number(known_at), true),
            ("nobody", number(nobody), false),
            ("as_of", instant(as_of_us), false),
            ("known_at", instant(known_at), true),
        ])
    }
}

/// Returns the name of an answer: the grounds by kind, under a question. Two answers of one name are less likely
/// than a broken disk: there are some hundreds, and 2^64 names.
pub(super) fn answer(question: Digest, row: &[Grounds]) -> i64 {
    let mut digester = Digester::of("answer");
    digester.digest(question);
    for grounds in row {
        digester.number(grounds.bits().into());
    }
    digester.finish().number()
}

/// Returns the codes of a snapshot's kinds, of which the last is every other one.
pub(super) fn codes_of_kinds(kinds: usize) -> impl Iterator<Item = i64> {
    (1..).take(kinds.saturating_sub(1)).chain([OTHER])
}

fn same(value: i64, rows: usize) -> ArrayRef {
    column(Int64Array::from_value(value, rows))
}

fn column(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

/// A row of members: what a subject created in up to four spans.
struct Row<'a> {
    subject: &'a SubjectId,
    /// The next turn, and the next instant at which more is known.
    next: [Option<Timestamp>; 2],
    spans: Vec<(Timestamp, i64)>,
    until: Option<Timestamp>,
}

/// Returns the next rows; `None` after the last.
fn batch<'a>(
    rows: &mut impl Iterator<Item = Row<'a>>,
    schema: &SchemaRef,
) -> Option<Result<RecordBatch, ArrowError>> {
    let instants = || TimestampMicrosecondBuilder::new().with_timezone("UTC");
    let mut subjects = StringBuilder::new();
    let mut answers = [(); SPANS].map(|()| Int64Builder::new());
    let mut numbers = STEPS.map(|_| Int64Builder::new());
    let mut shown = STEPS.map(|_| instants());
    let mut bounds = [(); 4].map(|()| Int64Builder::new());
    let mut filled = 0_usize;
    while filled < ROWS && subjects.values_slice().len() < BYTES {
        let Some(row) = rows.next() else { break };
        filled = filled.saturating_add(1);
        subjects.append_value(row.subject.as_str());
        let from = row.spans.first().map(|(at, _)| *at).filter(|at| *at > Timestamp::MIN);
        let [turns, learned] = row.next;
        for (column, instant) in bounds.iter_mut().zip([from, row.until, turns, learned]) {
            column.append_option(instant.map(Timestamp::as_micros));
        }
        let mut last = None;
        for (place, column) in answers.iter_mut().enumerate() {
            last = row.spans.get(place).map(|(_, answer)| *answer).or(last);
            column.append_option(last);
        }
        for ((numbers, shown), place) in numbers.iter_mut().zip(&mut shown).zip(1..) {
            let step = row.spans.get(place).map(|(at, _)| at.as_micros());
            numbers.append_value(step.unwrap_or(NEVER));
            shown.append_option(step);
        }
    }
    if filled == 0 {
        return None;
    }
    let [before, first, second, third] = answers.map(|mut column| column.finish());
    let [one, two, three] = numbers.map(|mut column| column.finish());
    let [shown_one, shown_two, shown_three] = shown.map(|mut column| column.finish());
    let [from, until, turns, learned] = bounds.map(|mut column| column.finish());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(subjects.finish()),
        Arc::new(from),
        Arc::new(until),
        Arc::new(before),
        Arc::new(one),
        Arc::new(first),
        Arc::new(two),
        Arc::new(second),
        Arc::new(three),
        Arc::new(third),
        Arc::new(shown_one),
        Arc::new(shown_two),
        Arc::new(shown_three),
        Arc::new(turns),
        Arc::new(learned),
    ];
    Some(RecordBatch::try_new(Arc::clone(schema), columns))
}

fn members_schema() -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let number = |name: &str, can_be_null| Field::new(name, DataType::Int64, can_be_null);
    let [before, later @ ..] = ANSWERS;
    let mut fields = vec![
        Field::new("subject", DataType::Utf8, false),
        number("created_from_us", true),
        number("created_until_us", true),
        number(before, false),
    ];
    for ((step, _), answer) in STEPS.into_iter().zip(later) {
        fields.extend([number(step, false), number(answer, false)]);
    }
    fields.extend(STEPS.map(|(_, shown)| Field::new(shown, instant.clone(), true)));
    fields.extend([number("turns_us", true), number("learned_us", true)]);
    Arc::new(Schema::new(fields))
}
