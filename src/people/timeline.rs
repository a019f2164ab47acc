//! Timelines: step functions over time.

use serde::ser::{Serialize, Serializer};

use crate::values::steps::up_to;
use crate::values::time::{Span, Timestamp};

/// A step function over time: the values of a fact, each from its change until the next.
///
/// A change at `t` is in force *at* `t`. Before the first change there is no value.
/// [`Log::known_at`](crate::Log::known_at) returns the timeline of a log.
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
    /// In strictly ascending order of time.
    changes: Vec<(Timestamp, T)>,
}

/// The file format of one step: its span and its value.
#[derive(serde::Serialize)]
struct Step<'a, T> {
    #[serde(flatten)]
    span: Span,
    value: &'a T,
}

impl<T: Serialize> Serialize for Timeline<T> {
    /// Writes `[{"from":"…","until":"…","value":…},{"from":"…","value":…}]`. The last step has no
    /// end.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.spans().map(|(span, value)| Step { span, value }))
    }
}

impl<T> Timeline<T> {
    /// Builds a timeline from changes in strictly ascending order of time.
    pub(crate) fn from_ascending(changes: impl Iterator<Item = (Timestamp, T)>) -> Self {
        let changes: Vec<_> = changes.collect();
        debug_assert!(changes.is_sorted_by(|(a, _), (b, _)| a < b));
        Self { changes }
    }

    /// Returns the value in force at the instant; `None` before the first change.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Option<&T> {
        up_to(&self.changes, instant, |(at, _)| *at).last().map(|(_, value)| value)
    }

    /// Returns the next change after the instant, with the value in force from then on; `None`
    /// after the last change.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<(Timestamp, &T)> {
        let next = up_to(&self.changes, instant, |(at, _)| *at).len();
        self.changes.get(next).map(|(at, value)| (*at, value))
    }

    /// Returns the changes, from the earliest to the latest.
    #[must_use]
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = (Timestamp, &T)> {
        self.changes.iter().map(|(at, value)| (*at, value))
    }

    /// Returns the spans between the changes, each with its value. The last span has no end.
    pub fn spans(&self) -> impl Iterator<Item = (Span, &T)> {
        let ends = self.changes.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
        self.changes.iter().zip(ends).map(|((from, value), end)| {
            let span = Span::new(*from);
            (end.map_or(span, |end| span.until(end)), value)
        })
    }
}
