//! Coarse instants: steps of nineteen hours from 1990 to 2061, in fifteen bits each, four to a
//! word.
//!
//! A *mark* is the step of a change. One operation compares a row's instant with four marks. Nearly
//! always the steps differ. If an instant and a mark share a step, that is a *tie*: the caller must
//! compare them to the microsecond.
//!
//! Instants before 1990 share the first step, and instants after 2061 the last one, so they tie
//! among themselves.

/// A step is 2^36 microseconds.
const STEP: u32 = 36;

/// 1990-01-01, in microseconds.
const FIRST: i64 = 631_152_000_000_000;

/// The last microsecond of the last step.
const LAST: i64 = FIRST + (1 << (STEP + 15)) - 1;

/// The last step. No row lies after it, so it is the mark of a change that never happens.
pub(crate) const NEVER: u16 = (1 << 15) - 1;

/// The bit above the fifteen. Rows have it and marks do not. A mark can then be subtracted from a
/// row in each quarter of a word, without a borrow from the next quarter.
const GUARD: u16 = 1 << 15;

/// Four times the number 1.
const EACH: u64 = 0x0001_0001_0001_0001;

/// The guards of all four marks of a word, and of all but the lowest.
pub(crate) const ALL_FOUR: u64 = EACH << 15;
pub(crate) const UPPER_THREE: u64 = ALL_FOUR & !0xffff;

/// Returns the mark of an instant: the nearest step.
#[inline]
pub(crate) fn mark(micros: i64) -> u16 {
    step(nearest(micros))
}

/// Returns whether all instants lie inside the steps.
#[inline]
#[expect(
    clippy::as_conversions,
    clippy::cast_sign_loss,
    reason = "a negative number has high bits"
)]
pub(crate) fn are_inside(micros: &[i64]) -> bool {
    let offset = |micros: &i64| micros.wrapping_sub(FIRST) as u64;
    micros.iter().fold(0, |any, micros| any | offset(micros)) >> STEP <= u64::from(NEVER)
}

/// Returns the step of a row's instant in each quarter of a word, to be compared with [`passed`]. The
/// instant must lie inside the steps.
#[inline]
pub(crate) fn steps(micros: i64) -> u64 {
    u64::from(step(micros) | GUARD).wrapping_mul(EACH)
}

/// Returns the nearest instant inside the steps.
#[inline]
pub(crate) fn nearest(micros: i64) -> i64 {
    micros.clamp(FIRST, LAST)
}

#[inline]
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "fifteen bits are left of an instant inside the steps"
)]
const fn step(micros: i64) -> u16 {
    (micros.wrapping_sub(FIRST) >> STEP) as u16
}

/// Returns four marks in a word, the first in the lowest bits.
pub(crate) fn word(marks: [u16; 4]) -> u64 {
    marks.into_iter().rev().fold(0, |word, mark| word << 16 | u64::from(mark))
}

/// Returns how many of the marks under a mask lie before the step of a row. The second number is
/// not 0 if one of these marks ties with the row.
#[inline]
pub(crate) const fn passed(marks: u64, mask: u64, steps: u64) -> (u64, u64) {
    // The guard stays set if the mark is not after the step.
    let up_to = steps.wrapping_sub(marks);
    let before = up_to.wrapping_sub(EACH);
    let count = ((before & mask) >> 15).wrapping_mul(EACH) >> 48;
    // If the guard of `before` is set, the guard of `up_to` is set, too.
    (count, (up_to ^ before) & mask)
}

#[cfg(test)]
mod tests {
    use super::{
        ALL_FOUR, FIRST, LAST, NEVER, STEP, UPPER_THREE, are_inside, mark, nearest, passed, steps,
        word,
    };

    #[test]
    fn marks_before_a_step_are_counted_and_ties_are_told() {
        let at = |step: i64| FIRST + (step << STEP);
        let marks = word([at(3), at(5), at(5), at(9)].map(mark));
        for (step, before, is_tie) in [
            (0, 0, false),
            (3, 0, true),
            (4, 1, false),
            (5, 1, true),
            (6, 3, false),
            (40, 4, false),
        ] {
            for micros in [at(step), at(step + 1) - 1] {
                let (count, tie) = passed(marks, ALL_FOUR, steps(micros));
                assert_eq!((count, tie != 0), (before, is_tie), "step {step}");
            }
        }
        assert_eq!(passed(marks, UPPER_THREE, steps(at(4))), (0, 0));
    }

    #[test]
    fn what_lies_outside_the_steps_ties_with_the_ends_alone() {
        let marks = word([i64::MIN, FIRST - 1, FIRST + (1 << STEP), i64::MAX].map(mark));
        assert_eq!(mark(i64::MAX), NEVER);
        for (micros, before) in [(i64::MIN, 0), (i64::MAX, 3)] {
            let (count, tie) = passed(marks, ALL_FOUR, steps(nearest(micros)));
            assert_eq!((count, tie != 0), (before, true));
            assert!(!are_inside(&[FIRST, micros]));
        }
        assert!(
            are_inside(&[FIRST, LAST]) && !are_inside(&[FIRST - 1]) && !are_inside(&[LAST + 1])
        );
        assert_eq!(passed(marks, ALL_FOUR, steps(FIRST + (2 << STEP))), (3, 0));
    }
}
