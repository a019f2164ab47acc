//! The kernel of a snapshot: decides whole columns of records, a chunk at a time.
//!
//! For each row, the kernel reads the subject's profile. The creation time selects a row of grounds
//! from the profile, and the kind of the record selects a cell from that row.

use crate::bulk::decisions::Decisions;
use crate::bulk::ids::{code, index};
use crate::bulk::input::checks::ColumnError;
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::situation::rows::{NO_CELL, Rows};
use crate::bulk::snapshot::members::NOBODY;
use crate::bulk::snapshot::numbers::Numbers;
use crate::bulk::snapshot::profile::{Profile, in_order};
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::people::record::existence;
use crate::values::ground::Grounds;
use crate::values::time::Timestamp;

/// How many rows are checked and decided at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 1024;

impl Snapshot {
    /// Decides whether each record may enter a training set with the snapshot's cut-off. Each row
    /// gets the verdict and all grounds of the scalar decision.
    ///
    /// # Errors
    ///
    /// Returns [`ColumnError`] for a subject that is not in the snapshot, or a kind that is not in
    /// the list. It also does for an instant outside the years 0001 to 9999.
    pub fn decide(&self, columns: &RecordColumns<'_>) -> Result<Decisions, ColumnError> {
        let mut decided = Decisions::new();
        self.decide_into(columns, &mut decided)?;
        Ok(decided)
    }

    /// Decides into memory that is reused.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Snapshot::decide`]; then no decision is left.
    pub fn decide_into(
        &self,
        columns: &RecordColumns<'_>,
        decided: &mut Decisions,
    ) -> Result<(), ColumnError> {
        decided.fill(columns.len(), |grounds| {
            let sheet = Sheet::of(&self.freezer.rows, columns, self.as_of);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks.into_iter().try_for_each(|(into, row)| self.chunk(columns, &sheet, row, into))
        })
    }

    /// Decides in parallel, in the thread pool from which it is called.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Snapshot::decide`]; of several bad rows, it names any one.
    #[cfg(feature = "rayon")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rayon")))]
    pub fn decide_into_parallel(
        &self,
        columns: &RecordColumns<'_>,
        decided: &mut Decisions,
    ) -> Result<(), ColumnError> {
        use rayon::iter::{IndexedParallelIterator, ParallelIterator};
        use rayon::slice::ParallelSliceMut;
        decided.fill(columns.len(), |grounds| {
            let sheet = Sheet::of(&self.freezer.rows, columns, self.as_of);
            grounds.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, into)| {
                self.chunk(columns, &sheet, chunk.saturating_mul(CHUNK), into)
            })
        })
    }

    /// Checks and decides the rows from one on, as many as fit into `into`.
    fn chunk(
        &self,
        columns: &RecordColumns<'_>,
        sheet: &Sheet,
        from: usize,
        into: &mut [Grounds],
    ) -> Result<(), ColumnError> {
        let rows = from..from.saturating_add(into.len());
        let some = columns.rows(rows.clone());
        let decided = if some.subjects_change_rarely() {
            self.decide_runs(&some, sheet, into)
        } else {
            self.decide_each(&some, sheet, into)
        };
        if decided.is_none() || !columns.are_surely_good(&some) {
            columns.check_each(&rows, self.len())?;
        }
        if columns.has_more() {
            columns.check_more(&rows, self.len())?;
            let as_of = [self.as_of.as_micros(); CHUNK];
            columns.unite_more(
                rows,
                &as_of,
                self.known_at,
                &columns.codes(&self.freezer.rows.codes),
                into,
                |subject, created, _, code| self.at(subject, created, code),
            );
        }
        Ok(())
    }

    /// Decides rows whose subjects lie anywhere; `None` if one of them is not in the snapshot.
    fn decide_each(
        &self,
        some: &RecordColumns<'_>,
        sheet: &Sheet,
        into: &mut [Grounds],
    ) -> Option<()> {
        let mut numbers = [NOBODY; CHUNK];
        let numbers = numbers.get_mut(..into.len())?;
        match self.members.numbers() {
            Numbers::Narrow(known) => gather(known, some.subjects, numbers)?,
            Numbers::Wide(known) => gather(known, some.subjects, numbers)?,
        }
        decide_short(self.members.short(), numbers, some, sheet, into);
        if self.members.are_any_long() {
            // Tells the long profiles apart.
            return self.decide_runs(some, sheet, into);
        }
        Some(())
    }

    /// Decides rows in runs of one subject, whose profile is then looked up once per run.
    fn decide_runs(
        &self,
        some: &RecordColumns<'_>,
        sheet: &Sheet,
        into: &mut [Grounds],
    ) -> Option<()> {
        let (mut created_at, mut kinds, mut into) = (some.created_at, some.kinds, into);
        for subjects in some.subjects.chunk_by(PartialEq::eq) {
            let subject = *subjects.first()?;
            if index(subject) >= self.len() && !is_nobody(subject) {
                return None;
            }
            let (created, kind, grounds);
            (created, created_at) = created_at.split_at_checked(subjects.len())?;
            (kind, kinds) = kinds.split_at_checked(subjects.len())?;
            (grounds, into) = into.split_at_mut_checked(subjects.len())?;
            let run = Run { sheet, created_at: created, kinds: kind, into: grounds };
            let number = self.members.number(subject);
            match self.members.short().get(index(number)) {
                Some(profile) if !profile.is_long() => {
                    let start = profile.picks(|row| sheet.start(row));
                    run.decide(|created| start(in_order(created)));
                }
                _ => run.decide(|created| {
                    sheet.start(self.members.row(number, created).unwrap_or_else(nowhere))
                }),
            }
        }
        Some(())
    }
}

/// Reads the numbers of all rows' profiles before any of them is used, so that the cache lines are
/// fetched together where they lie far apart. Returns `None` if a subject is not in the snapshot.
#[inline(never)]
fn gather<N: Copy + Into<u32>>(known: &[N], subjects: &[u32], into: &mut [u32]) -> Option<()> {
    let mut is_known = true;
    for (subject, number) in subjects.iter().zip(into) {
        *number = known.get(index(*subject)).copied().map_or_else(
            || {
                is_known &= is_nobody(*subject);
                NOBODY
            },
            Into::into,
        );
    }
    is_known.then_some(())
}

/// Decides rows, given the numbers of their profiles. Those of long profiles get any grounds.
#[inline(never)]
fn decide_short(
    profiles: &[Profile],
    numbers: &[u32],
    some: &RecordColumns<'_>,
    sheet: &Sheet,
    into: &mut [Grounds],
) {
    let Sheet { cells, kinds: shift, late } = sheet;
    let facts = numbers.iter().zip(some.created_at).zip(some.kinds);
    for (((number, created), kind), grounds) in facts.zip(into) {
        let created = in_order(*created);
        let row = profiles.get(index(*number)).map_or_else(nowhere, |p| p.row(created));
        let row = index(row).wrapping_mul(2).wrapping_add(usize::from(created >= *late));
        let cell = row.wrapping_shl(*shift) | usize::from(*kind);
        *grounds = cells.get(cell).copied().unwrap_or_else(no_cell);
    }
}

/// The cells of all rows of grounds, by the codes that some columns have for kinds. Each row is there
/// twice: for what was created by the cut-off, and for what was not created yet.
struct Sheet {
    cells: Vec<Grounds>,
    /// The cells of a row are as many as a power of two, by the exponent.
    kinds: u32,
    /// The first instant after the cut-off, in order.
    late: u64,
}

impl Sheet {
    fn of(rows: &Rows, columns: &RecordColumns<'_>, as_of: Timestamp) -> Self {
        let codes = columns.codes(&rows.codes);
        let named = codes.get(..columns.kind_names.len()).unwrap_or_default();
        let kinds = named.len().next_power_of_two();
        let as_of = as_of.as_micros();
        let late = as_of.saturating_add(1);
        let mut cells =
            Vec::with_capacity(rows.table.len().saturating_mul(kinds).saturating_mul(2));
        for row in 0..code(rows.table.len()) {
            for alone in [as_of, late].map(|created| existence(created, None, as_of)) {
                let of_kinds = named.iter().map(|kind| rows.table.grounds(row, *kind).union(alone));
                cells.extend(of_kinds.chain(std::iter::repeat(NO_CELL)).take(kinds));
            }
        }
        Self { cells, kinds: kinds.trailing_zeros(), late: in_order(late) }
    }

    /// Returns the index of the first cell of a row, for what was created by the cut-off.
    #[inline]
    fn start(&self, row: u32) -> usize {
        index(row).wrapping_shl(self.kinds.wrapping_add(1))
    }

    /// Returns how many cells later the cells of a creation time begin.
    #[inline]
    fn late(&self, created: u64) -> usize {
        usize::from(created >= self.late).wrapping_shl(self.kinds)
    }
}

/// A run of rows of one subject.
struct Run<'a> {
    sheet: &'a Sheet,
    created_at: &'a [i64],
    kinds: &'a [u8],
    into: &'a mut [Grounds],
}

impl Run<'_> {
    /// Decides the rows, given the first cell for a creation time.
    #[inline(never)]
    fn decide(self, start: impl Fn(i64) -> usize) {
        let Self { sheet, created_at, kinds, into } = self;
        for ((created, kind), grounds) in created_at.iter().zip(kinds).zip(into) {
            let cell = start(*created) | sheet.late(in_order(*created)) | usize::from(*kind);
            *grounds = sheet.cells.get(cell).copied().unwrap_or_else(no_cell);
        }
    }
}

/// Returns whether a number stands for an unknown subject.
#[cold]
fn is_nobody(subject: u32) -> bool {
    subject == RecordColumns::UNKNOWN_SUBJECT
}

#[cold]
fn nowhere() -> u32 {
    u32::MAX
}

#[cold]
fn no_cell() -> Grounds {
    NO_CELL
}

impl Decisions {
    /// Writes the grounds of that many rows with `write`. If it fails, no decision is left.
    pub(crate) fn fill(
        &mut self,
        rows: usize,
        write: impl FnOnce(&mut [Grounds]) -> Result<(), ColumnError>,
    ) -> Result<(), ColumnError> {
        self.grounds.resize(rows, Grounds::NONE);
        let written = write(&mut self.grounds);
        if written.is_err() {
            self.grounds.clear();
        }
        written
    }
}
