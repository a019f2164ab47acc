//! A step function of time.

use serde::ser::{Serialize, Serializer};

use crate::values::steps::up_to;
use crate::values::time::{Span, Timestamp};

/// What was true when: a step function over time.
///
/// A change at `t` is in force *at* `t` and until the next one; before the first change there is
/// nothing. [`Log::known_at`](crate::Log::known_at) makes one from what was known at an instant.
///
/// ```
/// use may_train::{Country, Entry, Log};
///
/// let mut log = Log::new();
/// log.insert(Entry::new("2019-01-01".parse()?, "GB".parse::<Country>()?));
/// log.insert(Entry::new("2024-03-01".parse()?, "US".parse::<Country>()?));
/// let timeline = log.known_at(None);
/// assert!(timeline.at("2018-12-31".parse()?).is_none());
/// assert_eq!(timeline.at("2024-03-01".parse()?).unwrap()[0].value().to_string(), "US");
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<T> {
    /// Strictly ascending in time.
    changes: Vec<(Timestamp, T)>,
}

/// One step: from when until when, and what is in force.
#[derive(serde::Serialize)]
struct Step<'a, T> {
    #[serde(flatten)]
    span: Span,
    value: &'a T,
}

impl<T: Serialize> Serialize for Timeline<T> {
    /// As `[{"from":"…","until":"…","value":…},{"from":"…","value":…}]`; the last has no end.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.spans().map(|(span, value)| Step { span, value }))
    }
}

impl<T> Timeline<T> {
    /// Takes changes that ascend strictly in time.
    pub(crate) fn from_ascending(changes: impl Iterator<Item = (Timestamp, T)>) -> Self {
        let changes: Vec<_> = changes.collect();
        debug_assert!(changes.is_sorted_by(|(a, _), (b, _)| a < b));
        Self { changes }
    }

    /// What is in force at the instant; nothing before the first change.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Option<&T> {
        up_to(&self.changes, instant, |(at, _)| *at).last().map(|(_, value)| value)
    }

    /// The next change after the instant, and what is in force from then on; nothing after the last.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<(Timestamp, &T)> {
        let next = up_to(&self.changes, instant, |(at, _)| *at).len();
        self.changes.get(next).map(|(at, value)| (*at, value))
    }

    /// The changes, from the earliest to the latest.
    #[must_use]
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = (Timestamp, &T)> {
        self.changes.iter().map(|(at, value)| (*at, value))
    }

    /// The spans between the changes, with what is in force in each; the last has no end.
    pub fn spans(&self) -> impl Iterator<Item = (Span, &T)> {
        let ends = self.changes.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
        self.changes.iter().zip(ends).map(|((from, value), end)| {
            let span = Span::new(*from);
            (end.map_or(span, |end| span.until(end)), value)
        })
    }
}
