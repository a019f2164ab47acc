//! Sketches: what a replay under a policy stores of most subjects, in sixteen bytes each.
//!
//! A sketch is the number of an [outline](crate::bulk::replay::outline) and the [marks](mark) of
//! its changes. The *cell* of a row combines the outline, the epoch and the window. It also counts
//! the changes that the row's creation and cut-off have passed.
//!
//! All rows of one cell are in one situation. They get the grounds that the exact way found for the
//! first of them. Subjects with vetoes or many changes have no sketch and go the exact way, and so
//! do rows that tie with a mark.

use std::sync::Arc;

use crate::bulk::ids::{Ids, code, index};
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::packed::header::Header;
use crate::bulk::packed::histories::Histories;
use crate::bulk::replay::coarse::{
    ALL_FOUR, NEVER, UPPER_THREE, are_inside, mark, nearest, passed, steps, word,
};
use crate::bulk::replay::outline::{Change, Changes, Lens};
use crate::bulk::replay::situation_code::NO_ROW;
use crate::bulk::situation::codes::Codes;
use crate::bulk::situation::resolved::History;
use crate::values::time::Timestamp;

/// The outline of a subject, with up to three marks that count by creation and four that count by
/// the cut-off.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
struct Sketch {
    by_creation: u64,
    by_cut_off: u64,
}

impl Sketch {
    /// The sketch of a subject without one: its number is of no outline.
    #[expect(clippy::as_conversions, reason = "a wider number")]
    const NONE: Self = Self { by_creation: NEVER as u64, by_cut_off: 0 };
}

/// The sketches of all subjects under a policy, and the rows of grounds that occurred.
#[derive(Debug, Clone)]
pub(crate) struct Sketches {
    /// The sketches, by the number of the subject.
    of: Arc<[Sketch]>,
    /// The rows of grounds, by cell; [`NO_ROW`] if the cell did not occur.
    rows: Vec<u32>,
    /// The first cut-off of each epoch but the first.
    starts: Vec<[i64; 4]>,
    windows: Vec<[i64; 4]>,
    /// The number of spans between windows.
    spans: u32,
    /// The number of bits that epoch and window take in a cell.
    times: u32,
}

/// The bits of the outline in a sketch.
const OUTLINE: u64 = 0xffff;

/// The number of bits that counts of passed marks take in a cell: two by creation, three by cut-off.
const COUNTS: u32 = 5;

/// The most bits of a cell: 16 MB of rows.
const CELL: u32 = 22;

/// The most bits that epoch and window take: with the bits of the outline and of [`COUNTS`], they
/// fit 32.
const TIMES: u32 = 12;

/// The most epochs and windows that each row is compared with.
const INSTANTS: usize = 24;

/// The cell of a row that ties with a mark.
pub(crate) const NO_CELL: u32 = u32::MAX;

impl Sketches {
    /// Builds sketches of all subjects. For each minimum age, `birthdays` has the instants at which
    /// it was reached, by the number of the birth.
    ///
    /// Returns `None` if a sketch is too small for most subjects, or the policy has many epochs or
    /// windows. Reading the sketches first would then cost more than it saves.
    pub(crate) fn new(
        histories: &Histories,
        lens: &Lens<'_>,
        birthdays: &[Vec<i64>],
    ) -> Option<Self> {
        let Codes { epochs, windows, .. } = &lens.rows.codes;
        let times = epochs.len().saturating_mul(windows.len().saturating_add(1));
        let times = times.checked_next_power_of_two()?.trailing_zeros();
        if times > TIMES || epochs.len().saturating_add(windows.len()) > INSTANTS {
            return None;
        }
        let limit = 1_usize << CELL.saturating_sub(COUNTS.saturating_add(times));
        let mut outlines = Outlines { numbers: Ids::new(), limit };
        let (mut changes, mut history) = (Changes::default(), History::default());
        let mut drawn = 0_usize;
        let sketch = |(subject, header): (u32, &Header)| {
            if header.has_vetoes() {
                return Sketch::NONE;
            }
            histories.unpack(subject, &mut history);
            let reached = birthdays.iter().filter_map(|age| age.get(index(header.birth)).copied());
            let reached = reached.filter(|at| *at < i64::MAX).map(Timestamp::nearest);
            changes.read(&history, reached, lens);
            let sketch = outlines.sketch(&changes);
            drawn = drawn.saturating_add(usize::from(sketch.is_some()));
            sketch.unwrap_or(Sketch::NONE)
        };
        let of: Arc<[Sketch]> = (0..).zip(&histories.headers).map(sketch).collect();
        let is_worth_it = drawn.saturating_mul(2) > of.len();
        let cells = outlines.numbers.len() << COUNTS << times;
        is_worth_it.then(|| Self {
            of,
            rows: vec![NO_ROW; cells],
            starts: by_four(epochs.iter().skip(1).map(|epoch| epoch.from)),
            windows: by_four(windows.iter().copied()),
            spans: code(windows.len().saturating_add(1)),
            times,
        })
    }

    /// Finds the cell of each row, and the row of grounds in it; [`NO_ROW`] if there is none.
    pub(crate) fn find<const N: usize>(
        &self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        cells: &mut [u32; N],
        rows: &mut [u32; N],
    ) {
        // First reads all sketches, so that the processor fetches many at a time.
        let mut sketches = [Sketch::NONE; N];
        for (sketch, subject) in sketches.iter_mut().zip(some.subjects) {
            *sketch = self.of.get(index(*subject)).copied().unwrap_or(Sketch::NONE);
        }
        if are_inside(some.created_at) && are_inside(as_of) {
            self.find_cells(&sketches, some.created_at, as_of, |at| at, cells);
        } else {
            self.find_cells(&sketches, some.created_at, as_of, nearest, cells);
        }
        for (row, cell) in rows.iter_mut().zip(cells) {
            *row = self.rows.get(index(*cell)).copied().unwrap_or(NO_ROW);
        }
    }

    /// Finds the cell of each row; [`NO_CELL`] if it ties with a mark. The function has no
    /// branches, because the data of the next row cannot be predicted. `inside` returns an instant
    /// inside the steps.
    #[inline]
    fn find_cells<const N: usize>(
        &self,
        sketches: &[Sketch; N],
        created_at: &[i64],
        as_of: &[i64],
        inside: impl Fn(i64) -> i64,
        cells: &mut [u32; N],
    ) {
        let facts = sketches.iter().zip(created_at.iter().zip(as_of));
        for ((sketch, (created_at, as_of)), cell) in facts.zip(cells) {
            let created = (*created_at).min(*as_of);
            let epoch = reached(&self.starts, *as_of);
            let time = epoch.wrapping_mul(self.spans).wrapping_add(reached(&self.windows, created));
            let (by_creation, one) =
                passed(sketch.by_creation, UPPER_THREE, steps(inside(created)));
            let (by_cut_off, other) = passed(sketch.by_cut_off, ALL_FOUR, steps(inside(*as_of)));
            let found = (sketch.by_creation & OUTLINE) << COUNTS | by_creation << 3 | by_cut_off;
            let found = found.wrapping_shl(self.times) | u64::from(time);
            let found = if one | other == 0 { found } else { u64::from(NO_CELL) };
            *cell = u32::try_from(found & u64::from(u32::MAX)).unwrap_or(NO_CELL);
        }
    }

    /// Adds the row of grounds that the exact way found for a row of a cell.
    pub(crate) fn keep(&mut self, cell: u32, row: u32) {
        if let Some(free) = self.rows.get_mut(index(cell)) {
            *free = row;
        }
    }
}

/// Packs instants by four, so that a row is compared with four without a loop. Unused places hold
/// an instant that is never reached.
fn by_four(instants: impl Iterator<Item = Timestamp>) -> Vec<[i64; 4]> {
    let instants: Vec<i64> = instants.map(Timestamp::as_micros).collect();
    let four = |some: &[i64]| {
        let mut four = [i64::MAX; 4];
        four.iter_mut().zip(some).for_each(|(place, at)| *place = *at);
        four
    };
    instants.chunks(4).map(four).collect()
}

/// Returns how many of the instants an instant has reached.
#[inline]
fn reached(instants: &[[i64; 4]], at: i64) -> u32 {
    instants.iter().flatten().fold(0, |count, end| count.wrapping_add(u32::from(at >= *end)))
}

/// The outlines that occurred, by number.
struct Outlines {
    numbers: Ids<Box<[Change]>>,
    /// The most outlines that there may be.
    limit: usize,
}

impl Outlines {
    /// Returns the sketch of a subject; `None` if a sketch is too small for it.
    fn sketch(&mut self, changes: &Changes) -> Option<Sketch> {
        if changes.by_creation.len() > 3 || changes.by_cut_off.len() > 4 {
            return None;
        }
        let outline = changes.outline.as_slice();
        let number = match self.numbers.get(outline) {
            Some(number) => number,
            None if self.numbers.len() < self.limit => self.numbers.insert(outline.into())?,
            None => return None,
        };
        let number = u16::try_from(number).ok().filter(|number| *number < NEVER)?;
        let marks = |changes: &[(Timestamp, Change)]| {
            let mut marks = [NEVER; 4];
            let each = changes.iter().map(|(at, _)| mark(at.as_micros()));
            marks.iter_mut().zip(each).for_each(|(mark, at)| *mark = at);
            marks
        };
        let [first, second, third, _] = marks(&changes.by_creation);
        Some(Sketch {
            by_creation: word([number, first, second, third]),
            by_cut_off: word(marks(&changes.by_cut_off)),
        })
    }
}
