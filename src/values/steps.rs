//! Step functions over time, as ascending slices of changes.
//!
//! A change at `t` is in force *at* `t`, until the next change. Several changes may share an
//! instant. An instant is a [`Timestamp`](crate::Timestamp) or a number of microseconds.

/// Returns the changes up to and including an instant.
#[inline]
pub(crate) fn up_to<T, I: PartialOrd + Copy>(
    changes: &[T],
    instant: I,
    at: impl Fn(&T) -> I,
) -> &[T] {
    let next = changes.partition_point(|change| at(change) <= instant);
    changes.get(..next).unwrap_or_default()
}

/// Returns the changes after `from`, up to and including `until`. The slice is empty if `until` is
/// earlier than `from`.
pub(crate) fn between<T, I: PartialOrd + Copy>(
    changes: &[T],
    from: I,
    until: I,
    at: impl Fn(&T) -> I,
) -> &[T] {
    let before = up_to(changes, from, &at).len();
    up_to(changes, until, &at).get(before..).unwrap_or_default()
}
