//! The kernel of a snapshot: decides whole columns of records, a chunk at a time.
//!
//! For each row, the kernel reads the subject's profile. The creation time selects a row of grounds
//! from the profile, and the kind of the record selects a cell from that row.

use crate::bulk::decisions::Decisions;
use crate::bulk::ids::index;
use crate::bulk::input::checks::ColumnError;
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::situation::rows::NO_CELL;
use crate::bulk::snapshot::profile::FIRST_LONG;
use crate::bulk::snapshot::snapshot::Snapshot;
use crate::people::record::existence;
use crate::values::ground::Grounds;

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
            let codes = columns.codes(&self.rows.codes);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks.into_iter().try_for_each(|(into, row)| self.chunk(columns, &codes, row, into))
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
            let codes = columns.codes(&self.rows.codes);
            grounds.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, into)| {
                self.chunk(columns, &codes, chunk.saturating_mul(CHUNK), into)
            })
        })
    }

    /// Checks and decides the rows from one on, as many as fit into `into`.
    fn chunk(
        &self,
        columns: &RecordColumns<'_>,
        codes: &[u32; 256],
        from: usize,
        into: &mut [Grounds],
    ) -> Result<(), ColumnError> {
        let rows = from..from.saturating_add(into.len());
        let some = columns.rows(rows.clone());
        let decided = if some.subjects_change_rarely() {
            self.decide_runs(&some, codes, into)
        } else {
            self.decide_each(&some, codes, into)
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
                codes,
                into,
                |subject, created, _, code| self.at(place(subject), created, code),
            );
        }
        Ok(())
    }

    /// Decides rows whose subjects lie anywhere; `None` if one of them is not in the snapshot.
    fn decide_each(
        &self,
        some: &RecordColumns<'_>,
        codes: &[u32; 256],
        into: &mut [Grounds],
    ) -> Option<()> {
        let RecordColumns { subjects, created_at, kinds, .. } = some;
        let as_of = self.as_of.as_micros();
        // First reads the profiles of all rows, so that the cache lines are fetched together where
        // they lie far apart.
        let mut numbers = [0; CHUNK];
        let mut any = 0;
        let mut is_known = true;
        let profile_of = self.profile_of.as_slice();
        for (subject, number) in subjects.iter().zip(&mut numbers) {
            *number = profile_of.get(place(*subject)).copied().unwrap_or_else(|| {
                is_known = false;
                nowhere()
            });
            any |= *number;
        }
        let (profiles, table) = (self.profiles.short(), &self.rows.table);
        let facts = numbers.iter().zip(*created_at).zip(*kinds);
        for (((number, created), kind), grounds) in facts.zip(into.iter_mut()) {
            let row = profiles.get(index(*number)).map_or_else(nowhere, |p| p.row(*created));
            let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            let cell = row.wrapping_mul(table.stride).wrapping_add(code);
            let found = table.cells.get(index(cell)).copied().unwrap_or_else(no_cell);
            *grounds = found.union(existence(*created, None, as_of));
        }
        if any >= FIRST_LONG {
            // Some profiles are long, or a subject is not in the snapshot: this tells them apart.
            return self.decide_runs(some, codes, into);
        }
        is_known.then_some(())
    }

    /// Decides rows in runs of one subject, whose profile is then looked up once per run.
    fn decide_runs(
        &self,
        some: &RecordColumns<'_>,
        codes: &[u32; 256],
        into: &mut [Grounds],
    ) -> Option<()> {
        let (profiles, table) = (self.profiles.short(), &self.rows.table);
        let start = |row: u32| row.wrapping_mul(table.stride);
        let (mut created_at, mut kinds, mut into) = (some.created_at, some.kinds, into);
        for subjects in some.subjects.chunk_by(PartialEq::eq) {
            let number = *self.profile_of.get(place(*subjects.first()?))?;
            let (created, kind, grounds);
            (created, created_at) = created_at.split_at_checked(subjects.len())?;
            (kind, kinds) = kinds.split_at_checked(subjects.len())?;
            (grounds, into) = into.split_at_mut_checked(subjects.len())?;
            let run = Run {
                cells: &table.cells,
                codes,
                as_of: self.as_of.as_micros(),
                created_at: created,
                kinds: kind,
                into: grounds,
            };
            if let Some(profile) = profiles.get(index(number)) {
                run.decide(profile.picks(start));
            } else {
                let row = |created| self.profiles.row(number, created);
                run.decide(|created| row(created).map_or_else(nowhere, start));
            }
        }
        Some(())
    }
}

/// A run of rows of one subject.
struct Run<'a> {
    cells: &'a [Grounds],
    codes: &'a [u32; 256],
    as_of: i64,
    created_at: &'a [i64],
    kinds: &'a [u8],
    into: &'a mut [Grounds],
}

impl Run<'_> {
    /// Decides the rows, given the first cell for a creation time.
    #[inline(never)]
    fn decide(self, start: impl Fn(i64) -> u32) {
        let Self { cells, codes, as_of, .. } = self;
        for ((created, kind), grounds) in self.created_at.iter().zip(self.kinds).zip(self.into) {
            let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            let cell = start(*created).wrapping_add(code);
            let found = cells.get(index(cell)).copied().unwrap_or_else(no_cell);
            *grounds = found.union(existence(*created, None, as_of));
        }
    }
}

/// Returns the index of a subject's profile. `UNKNOWN_SUBJECT` wraps around to the first index,
/// which belongs to the unknown subject.
#[inline]
pub(crate) fn place(subject: u32) -> usize {
    index(subject.wrapping_add(1))
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
