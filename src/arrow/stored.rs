//! Reading a snapshot back from its tables.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::arrow::table::{Numbers, Table};
use crate::arrow::tables::{ANSWERS, NEVER, STEPS, Tables, answer};
use crate::bulk::{CapacityError, ColumnError, Ids, Snapshot};
use crate::decision::digest::Digest;
use crate::decision::registry::DuplicateSubjectError;
use crate::policy::policy::Policy;
use crate::values::ground::Grounds;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// Why tables cannot be read as a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum ReadTablesError {
    /// A column is missing or of the wrong type, or a value is not what a snapshot wrote.
    #[error(transparent)]
    ColumnError(#[from] ColumnError),
    /// A batch cannot be had.
    #[error("a batch of members cannot be read: {0}")]
    ArrowError(#[from] ArrowError),
    /// There are no more numbers.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

const ANOTHER_QUESTION: &str = "is of another question; read the tables with the policy that they were made with, and a crate \
     of the same semantics";

impl Tables<'_> {
    /// Reads a snapshot from its tables, to be refreshed and written again: the snapshot that was
    /// written, and the ids that number its subjects.
    ///
    /// The members may be those of several parts, one after the other; `question` and `cells` may then
    /// repeat what the parts share.
    ///
    /// # Errors
    ///
    /// For tables of another policy, version or question; an answer whose name does not fit its
    /// content; a second subject of an id; rows of a subject that leave a gap.
    ///
    /// ```
    /// use may_train::arrow::Tables;
    /// use may_train::bulk::Snapshot;
    /// use may_train::{Policy, Registry, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
    /// let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
    /// let tables = Tables::of(&snapshot);
    /// let (question, cells) = (tables.question()?, tables.cells()?);
    ///
    /// let (read, of_read) = Tables::read(&policy, &question, &cells, tables.members(&ids)?)?;
    /// assert_eq!((&read, of_read.get("u1")), (&snapshot, Some(0)));
    /// let zoom = Policy::shipped("zoom")?;
    /// assert!(Tables::read(&zoom, &question, &cells, tables.members(&ids)?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(
        policy: &Policy,
        question: &RecordBatch,
        cells: &RecordBatch,
        members: impl IntoIterator<Item = Result<RecordBatch, ArrowError>>,
    ) -> Result<(Snapshot, Ids<SubjectId>), ReadTablesError> {
        let (mut snapshot, asked) = empty(policy, question)?;
        let mut reading = Reading {
            rows: rows(&mut snapshot, asked, cells)?,
            snapshot,
            ids: Ids::new(),
            open: None,
        };
        let mut before = 0_usize;
        for batch in members {
            let batch = batch?;
            reading.read(&batch).map_err(|error| match error {
                ReadTablesError::ColumnError(error) => error.after(before).into(),
                other => other,
            })?;
            before = before.saturating_add(batch.num_rows());
        }
        reading.close()?;
        Ok((reading.snapshot, reading.ids))
    }
}

/// Returns the snapshot of nobody for the question of a table, and the digest of the question.
fn empty(policy: &Policy, asked: &RecordBatch) -> Result<(Snapshot, Digest), ColumnError> {
    let table = Table::from(asked);
    let ids = table.numbers("id")?;
    let as_of = table.numbers("as_of_us")?;
    let known_at = table.numbers("known_at_us")?.instant(0)?;
    let as_of = as_of.instant(0)?.ok_or_else(|| ColumnError::null("as_of_us", 0))?;
    let snapshot = Snapshot::new(policy, as_of, known_at);
    let digest = snapshot.question_digest();
    for row in 0..asked.num_rows() {
        if ids.need(row)? != digest.number() {
            return Err(ColumnError::at("id", row, ANOTHER_QUESTION));
        }
    }
    Ok((snapshot, digest))
}

/// Adds the answers of a table, and returns the codes of their rows, by name.
fn rows(
    snapshot: &mut Snapshot,
    asked: Digest,
    cells: &RecordBatch,
) -> Result<BTreeMap<i64, u32>, ColumnError> {
    let table = Table::from(cells);
    let [questions, answers, kinds, masks] = [
        table.numbers("question_id")?,
        table.numbers("answer")?,
        table.numbers("kind")?,
        table.numbers("mask")?,
    ];
    let codes: Vec<i64> = super::tables::codes_of_kinds(snapshot.kinds().len()).collect();
    let mut found: BTreeMap<i64, Vec<Option<Grounds>>> = BTreeMap::new();
    for row in 0..cells.num_rows() {
        if questions.need(row)? != asked.number() {
            return Err(ColumnError::at("question_id", row, ANOTHER_QUESTION));
        }
        let (kind, mask) = (kinds.need(row)?, masks.need(row)?);
        let place = codes.iter().position(|code| *code == kind);
        let grounds = u32::try_from(mask).ok().map(Grounds::from_bits);
        let of_answer = found.entry(answers.need(row)?).or_insert_with(|| vec![None; codes.len()]);
        match (place.and_then(|place| of_answer.get_mut(place)), grounds) {
            (Some(cell), Some(grounds)) => *cell = Some(grounds),
            (None, _) => return Err(ColumnError::at("kind", row, "is the code of no kind")),
            (_, None) => return Err(ColumnError::at("mask", row, "is no mask")),
        }
    }
    let mut rows = BTreeMap::new();
    for (name, row) in found {
        let whole = row.into_iter().collect::<Option<Vec<_>>>();
        let Some(row) = whole.filter(|row| answer(asked, row) == name) else {
            let problem = format_args!(
                "{name} has other cells than it is named by; freeze the subjects again"
            );
            return Err(ColumnError::new("answer", problem));
        };
        rows.insert(name, snapshot.freezer.rows.table.insert(&row));
    }
    Ok(rows)
}

/// A snapshot in the making.
struct Reading {
    snapshot: Snapshot,
    ids: Ids<SubjectId>,
    rows: BTreeMap<i64, u32>,
    /// The subject whose rows are being read.
    open: Option<Open>,
}

struct Open {
    subject: SubjectId,
    steps: Vec<(Timestamp, u32)>,
    next: [Option<Timestamp>; 2],
    /// When its next row begins; `None` after the last.
    until: Option<Timestamp>,
}

impl Reading {
    fn read(&mut self, members: &RecordBatch) -> Result<(), ReadTablesError> {
        let table = Table::from(members);
        let subjects = table.texts("subject")?;
        let (from, until) = (table.numbers("created_from_us")?, table.numbers("created_until_us")?);
        let (turns, learned) = (table.numbers("turns_us")?, table.numbers("learned_us")?);
        let steps = STEPS.map(|(step, _)| table.numbers(step));
        let steps = steps.into_iter().collect::<Result<Vec<_>, _>>()?;
        let answers = ANSWERS.map(|answer| table.numbers(answer));
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        for row in 0..members.num_rows() {
            let subject: SubjectId = subjects.parse(row, row)?;
            let start = from.instant(row)?;
            let until = until.instant(row)?;
            match (start, &mut self.open) {
                (Some(start), Some(open))
                    if open.until == Some(start) && open.subject == subject =>
                {
                    open.until = until;
                }
                (Some(_), _) => {
                    let problem = "does not follow the row before it of the same subject";
                    return Err(ColumnError::at("created_from_us", row, problem).into());
                }
                (None, _) => {
                    self.close()?;
                    let next = [turns.instant(row)?, learned.instant(row)?];
                    self.open = Some(Open { subject, steps: Vec::new(), next, until });
                }
            }
            let first = [Some(start.unwrap_or(Timestamp::MIN))].into_iter();
            let later = steps.iter().map(|step| step.step(row)).collect::<Result<Vec<_>, _>>()?;
            for (at, answers) in first.chain(later).zip(&answers) {
                if let Some(at) = at {
                    self.step(at, answers, row)?;
                }
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        at: Timestamp,
        answers: &Numbers<'_>,
        row: usize,
    ) -> Result<(), ColumnError> {
        let name = answers.need(row)?;
        let code = self.rows.get(&name).copied();
        let code = code.ok_or_else(|| {
            ColumnError::at("subject", row, format_args!("has an answer without cells, {name}"))
        })?;
        let steps = self.open.as_mut().map(|open| &mut open.steps);
        match steps {
            Some(steps) if steps.last().is_none_or(|(before, _)| *before < at) => {
                steps.push((at, code));
                Ok(())
            }
            Some(_) | None => Err(ColumnError::at("subject", row, "has steps that do not ascend")),
        }
    }

    /// Freezes the subject whose rows were read.
    fn close(&mut self) -> Result<(), ReadTablesError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        // A batch may have ended between the rows of a subject, so that the id says where this is.
        let Open { subject, steps, next, until } = open;
        if until.is_some() {
            let problem =
                format_args!("has no row of `{subject}` for what was created after its last one");
            return Err(ColumnError::new("subject", problem).into());
        }
        if self.ids.get(&subject).is_some() {
            let error = DuplicateSubjectError::new(subject);
            return Err(ColumnError::new("subject", format_args!("has {error}")).into());
        }
        self.snapshot.push_steps(&steps, next)?;
        self.ids.insert(subject).ok_or(CapacityError)?;
        Ok(())
    }
}

impl Numbers<'_> {
    /// Returns the instant of a row; `None` where it is null.
    fn instant(&self, row: usize) -> Result<Option<Timestamp>, ColumnError> {
        let instant = |micros| {
            Timestamp::from_micros(micros).map_err(|error| ColumnError::at(self.name(), row, error))
        };
        self.get(row).map(instant).transpose()
    }

    /// Returns the step of a row; `None` where it never comes.
    fn step(&self, row: usize) -> Result<Option<Timestamp>, ColumnError> {
        if self.need(row)? == NEVER { Ok(None) } else { self.instant(row) }
    }
}
