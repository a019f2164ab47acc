//! The kernel of a snapshot: decides whole columns of records, a chunk at a time.
//!
//! For each row, the kernel reads the subject's profile. The creation time selects a row of grounds
//! from the profile, and the kind of the record selects a cell from that row.

use crate::bulk::decisions::Decisions;
use crate::bulk::ids::{code, index};
use crate::bulk::input::checks::ColumnError;
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::situation::rows::{NO_CELL, Rows};
use crate::bulk::snapshot::members::{NOBODY, OWN};
use crate::bulk::snapshot::profile::{CHANGES, Profile};
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
        let RecordColumns { subjects, created_at, kinds, .. } = some;
        // First reads the numbers of all rows, so that the cache lines are fetched together where
        // they lie far apart.
        let mut numbers = [NOBODY; CHUNK];
        let mut any = 0;
        let mut is_known = true;
        let known = self.members.numbers();
        for (subject, number) in subjects.iter().zip(&mut numbers) {
            *number = known.get(index(*subject)).copied().unwrap_or_else(|| {
                is_known &= is_nobody(*subject);
                NOBODY
            });
            any |= *number;
        }
        let common = self.members.common();
        let facts = numbers.iter().zip(*created_at).zip(*kinds);
        for (((number, created), kind), grounds) in facts.zip(into.iter_mut()) {
            // Those with instants of their own are decided below.
            let number = if *number < OWN { *number } else { NOBODY };
            let row = common.get(usize::from(number)).map_or_else(nowhere, |p| p.row(*created));
            *grounds = sheet.grounds(row, *created, *kind);
        }
        if any >= OWN {
            self.decide_own(some, &numbers, sheet, into)?;
        }
        is_known.then_some(())
    }

    /// Decides the rows whose subjects have instants of their own.
    fn decide_own(
        &self,
        some: &RecordColumns<'_>,
        numbers: &[u16; CHUNK],
        sheet: &Sheet,
        into: &mut [Grounds],
    ) -> Option<()> {
        let mut own = [0_u16; CHUNK];
        let mut count = 0_usize;
        for (row, number) in (0..).zip(numbers.get(..into.len())?) {
            if let Some(next) = own.get_mut(count) {
                *next = row;
            }
            count = count.wrapping_add(usize::from(*number >= OWN));
        }
        for row in own.get(..count)? {
            let row = usize::from(*row);
            let (subject, created) = (*some.subjects.get(row)?, *some.created_at.get(row)?);
            let ground_row = self.members.row_of_own(subject, *numbers.get(row)?, created);
            let ground_row = ground_row.unwrap_or_else(nowhere);
            *into.get_mut(row)? = sheet.grounds(ground_row, created, *some.kinds.get(row)?);
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
            if let Some(profile) = self.members.profile(subject) {
                match profile.changes() {
                    0 => run.decide::<0>(&profile),
                    1 => run.decide::<1>(&profile),
                    2 => run.decide::<2>(&profile),
                    _ => run.decide::<CHANGES>(&profile),
                }
            } else {
                run.decide_long(|created| self.members.row(subject, created));
            }
        }
        Some(())
    }
}

/// The cells of all rows of grounds, by the codes that some columns have for kinds. Each row is there
/// twice: for what was created by the cut-off, and for what was not created yet.
struct Sheet {
    cells: Vec<Grounds>,
    /// The cells of a row are as many as a power of two, by the exponent.
    kinds: u32,
    as_of: i64,
}

impl Sheet {
    fn of(rows: &Rows, columns: &RecordColumns<'_>, as_of: Timestamp) -> Self {
        let codes = columns.codes(&rows.codes);
        let named = codes.get(..columns.kind_names.len()).unwrap_or_default();
        let kinds = named.len().next_power_of_two();
        let as_of = as_of.as_micros();
        let created = [as_of, as_of.saturating_add(1)];
        let mut cells =
            Vec::with_capacity(rows.table.len().saturating_mul(kinds).saturating_mul(2));
        for row in 0..code(rows.table.len()) {
            for alone in created.map(|created| existence(created, None, as_of)) {
                let of_kinds = named.iter().map(|kind| rows.table.grounds(row, *kind).union(alone));
                cells.extend(of_kinds.chain(std::iter::repeat(NO_CELL)).take(kinds));
            }
        }
        Self { cells, kinds: kinds.trailing_zeros(), as_of }
    }

    /// Returns the index of the first cell of a row.
    #[inline]
    fn start(&self, row: u32) -> usize {
        index(row).wrapping_shl(self.kinds.wrapping_add(1))
    }

    /// Returns how many cells later the grounds of what was not created yet are.
    #[inline]
    fn late(&self) -> usize {
        1_usize.wrapping_shl(self.kinds)
    }

    #[inline]
    fn cell(&self, start: usize, kind: u8) -> Grounds {
        self.cells.get(start | usize::from(kind)).copied().unwrap_or_else(no_cell)
    }

    #[inline]
    fn grounds(&self, row: u32, created: i64, kind: u8) -> Grounds {
        let late = usize::from(created > self.as_of).wrapping_shl(self.kinds);
        self.cell(self.start(row) | late, kind)
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
    /// Decides the rows, by a profile of that many changes.
    #[inline(never)]
    fn decide<const CHANGES: usize>(self, profile: &Profile) {
        let sheet = self.sheet;
        let [one, two, three] = profile.instants;
        let [before, first, second, third] = profile.rows().map(|row| sheet.start(row.into()));
        let late = third | sheet.late();
        for ((created, kind), grounds) in self.created_at.iter().zip(self.kinds).zip(self.into) {
            let mut start = before;
            if CHANGES > 0 {
                start = if *created < one { start } else { first };
            }
            if CHANGES > 1 {
                start = if *created < two { start } else { second };
            }
            if CHANGES > 2 {
                start = if *created < three { start } else { third };
            }
            // No change lies after the cut-off.
            start = if *created > sheet.as_of { late } else { start };
            *grounds = sheet.cell(start, *kind);
        }
    }

    /// Decides the rows, given the row of grounds for a creation time.
    #[cold]
    fn decide_long(self, row: impl Fn(i64) -> Option<u32>) {
        for ((created, kind), grounds) in self.created_at.iter().zip(self.kinds).zip(self.into) {
            let row = row(*created).unwrap_or_else(nowhere);
            *grounds = self.sheet.grounds(row, *created, *kind);
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
