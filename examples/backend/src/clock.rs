//! The only place that reads the clock of this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use may_train::Timestamp;

/// Returns the present.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(micros).unwrap_or(Timestamp::MAX)
}
