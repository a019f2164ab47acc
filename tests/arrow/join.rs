//! An engine that knows no rule: it joins records with the tables of a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use may_train::{Record, Restriction, Timestamp};

pub type Codes = BTreeSet<String>;

/// The tables of a snapshot, as they were read back.
#[derive(Debug, Default, PartialEq)]
pub struct Tables {
    /// By subject: what each row of it says.
    members: BTreeMap<String, Vec<Member>>,
    cells: BTreeMap<(i64, i64), i64>,
    kinds: BTreeMap<String, i64>,
    codes: BTreeMap<i64, String>,
    question: i64,
    as_of: i64,
    known_at: Option<i64>,
    nobody: i64,
    pub revision: Option<String>,
    pub rows: usize,
}

#[derive(Debug, PartialEq)]
struct Member {
    from: Option<i64>,
    until: Option<i64>,
    answers: [i64; 4],
    steps: [i64; 3],
}

impl Member {
    fn answer(&self, created: i64) -> Option<i64> {
        let is_here = self.from.is_none_or(|from| from <= created)
            && self.until.is_none_or(|until| created < until);
        let passed = self.steps.iter().filter(|step| **step <= created).count();
        is_here.then(|| self.answers[passed])
    }
}

fn number(batch: &RecordBatch, name: &str, row: usize) -> Option<i64> {
    let column = batch.column_by_name(name).expect(name).as_primitive::<Int64Type>();
    column.is_valid(row).then(|| column.value(row))
}

fn text(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(name).expect(name).as_string::<i32>();
    column.is_valid(row).then(|| column.value(row).to_owned())
}

/// The readable instant beside a number is the same instant. It is null if the instant never comes.
fn is_shown(batch: &RecordBatch, number_name: &str, name: &str, row: usize) {
    let column = batch.column_by_name(name).expect(name).as_primitive::<TimestampMicrosecondType>();
    assert_eq!(column.timezone(), Some("UTC"));
    let shown = column.is_valid(row).then(|| column.value(row));
    assert_eq!(shown, number(batch, number_name, row).filter(|micros| *micros != i64::MAX));
}

impl Tables {
    /// Takes in the tables of a part: `members`, `cells`, `kinds`, `codes`, `question`.
    pub fn take_in(&mut self, [members, cells, kinds, codes, question]: [&[RecordBatch]; 5]) {
        for batch in question {
            self.question = number(batch, "id", 0).expect("a question");
            self.as_of = number(batch, "as_of_us", 0).expect("a cut-off");
            self.known_at = number(batch, "known_at_us", 0);
            self.nobody = number(batch, "nobody", 0).expect("an answer");
            self.revision = text(batch, "revision", 0);
            is_shown(batch, "as_of_us", "as_of", 0);
            is_shown(batch, "known_at_us", "known_at", 0);
        }
        for batch in members {
            self.rows += batch.num_rows();
            for row in 0..batch.num_rows() {
                let need = |name| number(batch, name, row).expect(name);
                for (step, shown) in [("t1_us", "t1"), ("t2_us", "t2"), ("t3_us", "t3")] {
                    is_shown(batch, step, shown, row);
                }
                let member = Member {
                    from: number(batch, "created_from_us", row),
                    until: number(batch, "created_until_us", row),
                    answers: ["a0", "a1", "a2", "a3"].map(need),
                    steps: ["t1_us", "t2_us", "t3_us"].map(need),
                };
                let subject = text(batch, "subject", row).expect("a subject");
                self.members.entry(subject).or_default().push(member);
            }
        }
        for batch in cells {
            for row in 0..batch.num_rows() {
                let need = |name| number(batch, name, row).expect(name);
                assert_eq!(need("question_id"), self.question);
                self.cells.insert((need("answer"), need("kind")), need("mask"));
            }
        }
        for batch in kinds {
            for row in 0..batch.num_rows() {
                let code = number(batch, "code", row).expect("a code");
                match text(batch, "kind", row) {
                    Some(kind) => drop(self.kinds.insert(kind, code)),
                    None => assert_eq!(code, 0, "every other kind"),
                }
            }
        }
        for batch in codes {
            for row in 0..batch.num_rows() {
                let bit = number(batch, "bit", row).expect("a bit");
                self.codes.insert(bit, text(batch, "code", row).expect("a code"));
            }
        }
    }

    pub fn answers(&self) -> BTreeSet<i64> {
        self.cells.keys().map(|(answer, _)| *answer).collect()
    }

    /// The mask for a record and one of its subjects; `None` where the question is another.
    fn of_subject(&self, subject: Option<&str>, record: &Record) -> Option<i64> {
        let rows = subject.and_then(|subject| self.members.get(subject));
        let created = record.created_at().as_micros();
        let met: Vec<i64> =
            rows.into_iter().flatten().filter_map(|member| member.answer(created)).collect();
        assert!(met.len() <= 1, "{record:?} meets {met:?}");
        assert_eq!(met.len(), rows.iter().len(), "{record:?}");
        let answer = met.first().copied().unwrap_or(self.nobody);
        let kind = self.kinds.get(record.kind().as_str()).copied().unwrap_or(0);
        self.cells.get(&(answer, kind)).copied()
    }

    /// What the documentation of `arrow::Tables` says, and no more.
    pub fn grounds(&self, record: &Record) -> Option<Codes> {
        let mut subjects: Vec<_> = record.subjects().iter().map(|id| Some(id.as_str())).collect();
        if subjects.is_empty() {
            subjects.push(None);
        }
        let mut mask = 0;
        for subject in subjects {
            mask |= self.of_subject(subject, record)?;
        }
        let known = self.codes.iter().filter(|(bit, _)| mask & **bit != 0);
        let mut grounds: Codes = known.map(|(_, code)| code.clone()).collect();
        let is_in_force = |restriction: &Restriction| {
            let span = restriction.span();
            span.start().as_micros() <= self.as_of
                && span.end().map(Timestamp::as_micros).is_none_or(|end| self.as_of < end)
                && self.known_at.is_none_or(|at| restriction.recorded().as_micros() <= at)
        };
        let is_by = |at: Timestamp| at.as_micros() <= self.as_of;
        let of_the_record = [
            ("not-yet-created", !is_by(record.created_at())),
            ("record-deleted", record.deleted_at().is_some_and(is_by)),
            ("restricted", record.restrictions().iter().any(is_in_force)),
        ];
        let stand = of_the_record.into_iter().filter(|(_, stands)| *stands);
        grounds.extend(stand.map(|(code, _)| code.into()));
        Some(grounds)
    }
}

/// The grounds of the decision, as an engine has them.
pub fn codes(grounds: may_train::Grounds) -> Codes {
    grounds.iter().map(|ground| ground.to_string()).collect()
}
