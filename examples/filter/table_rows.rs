//! Decides the records of Parquet files, unit by unit.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::SchemaRef;
use arrow_select::filter::filter_record_batch;
use may_train::arrow::{self, ReadBatchError, Records};
use may_train::bulk::{ColumnError, Ids, Snapshot};
use may_train::{Grounds, SubjectId};

use super::decisions::Answers;
use super::members::{Members, Question};
use super::records::Piece;
use super::rows::{self, Rows};
use super::sinks::{Portion, Wanted};
use super::table::{Columns, Encoder};

/// The columns that are read if the records are not written again.
const COLUMNS: [&str; 7] =
    ["id", "subject", "subjects", "kind", "created_at", "deleted_at", "restrictions"];

/// Records of a file that are decided together.
pub struct Unit {
    rows: Arc<Rows>,
    part: rows::Unit,
    /// What encodes those that are admitted.
    admitted: Option<Arc<Encoder>>,
}

/// The columns of the first file, which those after it have to have if records are admitted.
#[derive(Default)]
pub struct ColumnsOfAll(Option<(SchemaRef, Arc<Encoder>)>);

/// Opens a file, and returns its units.
pub fn of_file(
    path: &Path,
    wanted: &Wanted,
    columns: &mut ColumnsOfAll,
) -> Result<Vec<Unit>, String> {
    let check = |no_rows: &RecordBatch| {
        arrow::record_ids(no_rows)?;
        decide(None, no_rows).map(drop)
    };
    let is_needed = |column: &str| wanted.admits || COLUMNS.contains(&column);
    let (rows, units) = Rows::open(path, "record", check, is_needed, wanted.admits)?;
    let mut admitted = None;
    if wanted.admits {
        let (schema, encoder) = match columns.0.take() {
            Some(first) => first,
            None => (rows.schema.clone(), Arc::new(Encoder::new(rows.schema.clone())?)),
        };
        if schema.fields() != rows.schema.fields() {
            let remedy = "filter it apart, or leave --admitted out";
            let problem = "its columns are not those of the files before it";
            return Err(format!("{}: {problem}; {remedy}", path.display()));
        }
        admitted = Some(encoder.clone());
        columns.0 = Some((schema, encoder));
    }
    let rows = Arc::new(rows);
    let unit = |part| Unit { rows: rows.clone(), part, admitted: admitted.clone() };
    Ok(units.into_iter().map(unit).collect())
}

impl Unit {
    /// Decides the records, and makes what is written of them.
    pub fn decide(&self, members: &Members, question: &Question<'_>, wanted: &Wanted) -> Piece {
        let mut made = Made::default();
        let failure = self.decide_into(members, question, wanted, &mut made).err();
        self.piece(made, wanted, failure)
    }

    fn decide_into(
        &self,
        members: &Members,
        question: &Question<'_>,
        wanted: &Wanted,
        made: &mut Made,
    ) -> Result<(), String> {
        let mut before = self.part.before;
        for batch in self.rows.read(&self.part)? {
            let batch = batch?;
            let in_file = |error: ColumnError| {
                format!("{}: {}", self.rows.path().display(), error.after(before))
            };
            let ids = arrow::record_ids(&batch).map_err(in_file)?;
            let answers = match members {
                Members::Frozen(snapshot, known) => {
                    let grounds = decide(Some((snapshot, known)), &batch).map_err(in_file)?;
                    Answers { grounds, explanations: Vec::new() }
                }
                Members::Whole(_) => {
                    let records = arrow::whole_records(&batch).map_err(in_file)?;
                    members.decide(question, &records).map_err(|error| error.to_string())?
                }
            };
            made.grounds.extend_from_slice(&answers.grounds);
            if self.admitted.is_some() {
                let mask = answers.grounds.iter().map(|grounds| Some(grounds.is_empty()));
                let admitted = filter_record_batch(&batch, &mask.collect::<BooleanArray>());
                made.admitted.push(admitted.map_err(|error| error.to_string())?.columns().to_vec());
            }
            if let Some(wording) = &wanted.decisions {
                if wanted.encoder.is_some() {
                    made.rows.push(wording.columns(ids, &answers));
                } else {
                    let lines = wording.lines(ids.iter().flatten(), &answers);
                    made.lines.extend(lines.map_err(|error| error.to_string())?);
                }
            }
            before += batch.num_rows();
        }
        Ok(())
    }

    fn piece(&self, made: Made, wanted: &Wanted, failure: Option<String>) -> Piece {
        let mut piece =
            Piece { counts: made.grounds.into_iter().collect(), failure, ..Piece::default() };
        let mut portion =
            |encoder: &Arc<Encoder>, columns: Vec<Columns>| match encoder.portion(columns) {
                Ok(portion) => Some(Portion::Rows(encoder.clone(), portion)),
                Err(error) => {
                    piece.failure.get_or_insert(error);
                    None
                }
            };
        let admitted = self.admitted.as_ref().and_then(|of| portion(of, made.admitted));
        let decisions = match (&wanted.decisions, &wanted.encoder) {
            (Some(_), Some(encoder)) => portion(encoder, made.rows),
            (Some(_), None) => Some(Portion::Lines(made.lines)),
            (None, _) => None,
        };
        (piece.decisions, piece.admitted) = (decisions, admitted);
        piece
    }
}

/// What is made of the records of a unit.
#[derive(Default)]
struct Made {
    grounds: Vec<Grounds>,
    rows: Vec<Columns>,
    lines: Vec<u8>,
    admitted: Vec<Columns>,
}

/// Decides the records of a batch; without members, it only reads them.
fn decide(
    members: Option<(&Snapshot, &Ids<SubjectId>)>,
    batch: &RecordBatch,
) -> Result<Vec<Grounds>, ColumnError> {
    let nobody = Ids::new();
    let ids = members.map_or(&nobody, |(_, ids)| ids);
    match Records::read(batch, ids) {
        Ok(records) => match members {
            Some((snapshot, _)) => Ok(snapshot.decide(&records.columns())?.grounds().to_vec()),
            None => Ok(Vec::new()),
        },
        Err(ReadBatchError::ColumnError(error)) => Err(error),
        // A batch with too many kinds has at least as many rows, so it has two halves.
        Err(ReadBatchError::KindCapacityError(_)) => {
            let half = batch.num_rows() / 2;
            let mut grounds = decide(members, &batch.slice(0, half))?;
            let others = batch.slice(half, batch.num_rows() - half);
            grounds.extend(decide(members, &others).map_err(|error| error.after(half))?);
            Ok(grounds)
        }
    }
}
