//! Step functions as ascending slices of changes: what is in force at an instant, and over a span.
//!
//! A change at `t` is in force *at* `t`, until the next one. Several changes may share an instant. An
//! instant is a [`Timestamp`](crate::Timestamp), or a number of microseconds.

/// Returns the changes up to an instant, included.
#[inline]
pub(crate) fn up_to<T, I: PartialOrd + Copy>(
    changes: &[T],
    instant: I,
    at: impl Fn(&T) -> I,
) -> &[T] {
    let next = changes.partition_point(|change| at(change) <= instant);
    changes.get(..next).unwrap_or_default()
}

/// Returns the changes after `from`, up to `until`, included; none if `until` is earlier.
pub(crate) fn between<T, I: PartialOrd + Copy>(
    changes: &[T],
    from: I,
    until: I,
    at: impl Fn(&T) -> I,
) -> &[T] {
    let before = up_to(changes, from, &at).len();
    up_to(changes, until, &at).get(before..).unwrap_or_default()
}
