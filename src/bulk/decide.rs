//! The kernel: rows of columns in, grounds out.

use crate::bulk::column::BadColumn;
use crate::bulk::columns::Columns;
use crate::bulk::decided::Decided;
use crate::bulk::ids::index;
use crate::bulk::profile::FIRST_LONG;
use crate::bulk::rows::NO_CELL;
use crate::bulk::standing::Standing;
use crate::ground::Grounds;
use crate::record::existence;

/// How many rows are checked and decided at a time: few enough to stay in the nearest cache.
const CHUNK: usize = 1024;

impl Standing {
    /// Decides whether each record may enter a training set with the standing's cut-off: row by row
    /// what the scalar decision gives, verdict and all grounds.
    ///
    /// # Errors
    ///
    /// For a subject without a standing, an instant outside the years 0001 to 9999, a kind without a
    /// name.
    pub fn decide(&self, columns: &Columns<'_>) -> Result<Decided, BadColumn> {
        let mut decided = Decided::new();
        self.decide_into(columns, &mut decided)?;
        Ok(decided)
    }

    /// The same, into room that is used again.
    ///
    /// # Errors
    ///
    /// As [`Standing::decide`]; then no decision is left.
    pub fn decide_into(
        &self,
        columns: &Columns<'_>,
        decided: &mut Decided,
    ) -> Result<(), BadColumn> {
        decided.fill(columns.len(), |grounds| {
            let codes = columns.codes(&self.rows.distinctions);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks.into_iter().try_for_each(|(into, row)| self.chunk(columns, &codes, row, into))
        })
    }

    /// The same, in the pool of threads that it is called in.
    ///
    /// # Errors
    ///
    /// As [`Standing::decide`]; of several bad rows any one is named.
    #[cfg(feature = "rayon")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rayon")))]
    pub fn decide_into_parallel(
        &self,
        columns: &Columns<'_>,
        decided: &mut Decided,
    ) -> Result<(), BadColumn> {
        use rayon::iter::{IndexedParallelIterator, ParallelIterator};
        use rayon::slice::ParallelSliceMut;
        decided.fill(columns.len(), |grounds| {
            let codes = columns.codes(&self.rows.distinctions);
            grounds.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, into)| {
                self.chunk(columns, &codes, chunk.saturating_mul(CHUNK), into)
            })
        })
    }

    /// Checks and decides the rows from one on, as many as there is room for.
    fn chunk(
        &self,
        columns: &Columns<'_>,
        codes: &[u32; 256],
        from: usize,
        into: &mut [Grounds],
    ) -> Result<(), BadColumn> {
        let rows = from..from.saturating_add(into.len());
        let some = columns.rows(rows.clone());
        let Columns { subjects, created_at, kinds, .. } = some;
        let as_of = self.as_of.as_micros();
        // First the profiles of all, so that many are waited for at a time where they lie far apart.
        let mut numbers = [0; CHUNK];
        let mut any = 0;
        let profile_of = self.profile_of.as_slice();
        let mut is_good = columns.are_good(&some);
        for (subject, number) in subjects.iter().zip(&mut numbers) {
            // The number of whoever is not known wraps around to the first place.
            let place = index(subject.wrapping_add(1));
            *number = profile_of.get(place).copied().unwrap_or_else(|| {
                is_good = false;
                nowhere()
            });
            any |= *number;
        }
        let (profiles, table) = (self.profiles.short(), &self.rows.table);
        let facts = numbers.iter().zip(created_at).zip(kinds);
        for (((number, created), kind), grounds) in facts.zip(into.iter_mut()) {
            let row = profiles.get(index(*number)).map_or_else(nowhere, |p| p.row(*created));
            let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            let cell = row.wrapping_mul(table.stride).wrapping_add(code);
            let found = table.cells.get(index(cell)).copied().unwrap_or_else(no_cell);
            *grounds = found.union(existence(*created, None, as_of));
        }
        if !is_good {
            columns.check_each(&rows, self.len())?;
        }
        if any >= FIRST_LONG {
            let facts = subjects.iter().zip(created_at).zip(kinds);
            for (((subject, created), kind), grounds) in facts.zip(into.iter_mut()) {
                let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
                let found = self.at(index(subject.wrapping_add(1)), *created, code);
                *grounds = found.union(existence(*created, None, as_of));
            }
        }
        if columns.has_more() {
            columns.check_more(&rows, self.len())?;
            let grounds = |subject: u32, created, _, code| {
                self.at(index(subject.wrapping_add(1)), created, code)
            };
            columns.unite_more(rows, &[as_of; CHUNK], self.known_at, codes, into, grounds);
        }
        Ok(())
    }
}

#[cold]
fn nowhere() -> u32 {
    u32::MAX
}

#[cold]
fn no_cell() -> Grounds {
    NO_CELL
}

impl Decided {
    /// Lets the grounds of so many rows be written; where that fails, none are left.
    pub(super) fn fill(
        &mut self,
        rows: usize,
        write: impl FnOnce(&mut [Grounds]) -> Result<(), BadColumn>,
    ) -> Result<(), BadColumn> {
        self.grounds.resize(rows, Grounds::NONE);
        let written = write(&mut self.grounds);
        if written.is_err() {
            self.grounds.clear();
        }
        written
    }
}
