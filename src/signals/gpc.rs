//! W3C Global Privacy Control: a browser asks not to sell or share the data of its user.

use crate::signals::signal::{Signal, Source};
use crate::values::time::Timestamp;

/// Returns the elements of a header that was sent in several lines, or in one with commas between.
pub(super) fn elements<V: AsRef<[u8]>>(lines: impl IntoIterator<Item = V>) -> Vec<Vec<u8>> {
    let lines: Vec<V> = lines.into_iter().collect();
    let elements = lines.iter().flat_map(|line| line.as_ref().split(|byte| *byte == b','));
    elements.map(|element| element.trim_ascii().to_vec()).collect()
}

/// Reads the values of the request header `Sec-GPC`, one for each line in which it was sent.
///
/// Returns `None` unless one of them is exactly `1`: any other value is ignored, as the standard
/// demands (W3C, editor's draft "Global Privacy Control", section "The Sec-GPC Header Field").
///
/// ```
/// use may_train::signals::gpc;
///
/// let seen = "2026-03-01".parse()?;
/// assert!(gpc(["1"], seen).is_some());
/// assert!(gpc(["0", "1"], seen).is_some());
/// assert_eq!(gpc(["0"], seen), None);
/// assert_eq!(gpc(["true"], seen), None);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn gpc<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>, seen: Timestamp) -> Option<Signal> {
    let refuses = elements(values).iter().any(|value| value == b"1");
    refuses.then(|| Signal::new(Source::Gpc, b"1", seen))
}
