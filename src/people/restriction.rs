//! Restrictions of processing: vetoes with a name and a span.

use serde::{Deserialize, Serialize};

use crate::values::error::ValueError;
use crate::values::id::RestrictionId;
use crate::values::object::Object;
use crate::values::time::{Span, Timestamp};

/// A restriction of processing (GDPR, article 18): a veto on a subject or a record, with a name and
/// a span.
///
/// Examples are a business associate agreement, a legal hold, or a workspace. Anyone may restrict.
/// The end must lie after the start: with swapped dates, the restriction would refuse nothing.
///
/// ```
/// use may_train::{Restriction, Span};
///
/// let year = Span::new("2024-01-01".parse()?).until("2025-01-01".parse()?);
/// let baa = Restriction::new("baa".parse()?, year)?;
/// assert!(baa.is_in_force("2024-06-01".parse()?, None));
/// assert!(!baa.is_in_force("2025-01-01".parse()?, None));
///
/// let swapped = Span::new("2025-01-01".parse()?).until("2024-01-01".parse()?);
/// assert!(Restriction::new("baa".parse()?, swapped).is_err());
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Object<RestrictionDocument>", into = "RestrictionDocument")]
pub struct Restriction {
    id: RestrictionId,
    span: Span,
    recorded: Timestamp,
}

impl Restriction {
    /// Returns a restriction that the platform learned of when it began.
    ///
    /// # Errors
    ///
    /// Fails for a span whose end is not after its start.
    pub fn new(id: RestrictionId, span: Span) -> Result<Self, ValueError> {
        if let Some(until) = span.end().filter(|until| *until <= span.start()) {
            let remedy = format!("give an `until` after `from`, which is `{}`", span.start());
            return Err(ValueError::new("the end of a restriction", until, remedy));
        }
        Ok(Self { id, span, recorded: span.start() })
    }

    /// Returns a restriction without an end, which the platform learned of when it began.
    #[cfg(feature = "signals")]
    pub(crate) const fn open(id: RestrictionId, from: Timestamp) -> Self {
        Self { id, span: Span::new(from), recorded: from }
    }

    /// Returns the restriction with another transaction time.
    #[must_use]
    pub const fn with_recorded(mut self, recorded: Timestamp) -> Self {
        self.recorded = recorded;
        self
    }

    /// Returns the name of the restriction.
    #[must_use]
    pub const fn id(&self) -> &RestrictionId {
        &self.id
    }

    /// Returns the span in which it is in force.
    #[must_use]
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Returns when the platform learned of it (transaction time).
    #[must_use]
    pub const fn recorded(&self) -> Timestamp {
        self.recorded
    }

    /// Checks whether the restriction is in force at an instant and was recorded up to `known_at`.
    ///
    /// If `known_at` is `None`, the transaction time does not matter.
    #[must_use]
    pub fn is_in_force(&self, instant: Timestamp, known_at: Option<Timestamp>) -> bool {
        self.span.contains(instant) && self.is_known_at(known_at)
    }

    /// Checks whether the restriction was recorded up to `known_at`; always true for `None`.
    pub(crate) fn is_known_at(&self, known_at: Option<Timestamp>) -> bool {
        known_at.is_none_or(|known| self.recorded <= known)
    }
}

/// The file format of a restriction.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RestrictionDocument {
    id: RestrictionId,
    from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorded: Option<Timestamp>,
}

impl TryFrom<Object<RestrictionDocument>> for Restriction {
    type Error = ValueError;

    fn try_from(Object(document): Object<RestrictionDocument>) -> Result<Self, ValueError> {
        let span = Span::new(document.from);
        let span = document.until.map_or(span, |until| span.until(until));
        let recorded = document.recorded.unwrap_or(document.from);
        Ok(Self::new(document.id, span)?.with_recorded(recorded))
    }
}

impl From<Restriction> for RestrictionDocument {
    fn from(restriction: Restriction) -> Self {
        let from = restriction.span.start();
        Self {
            id: restriction.id,
            from,
            until: restriction.span.end(),
            recorded: (restriction.recorded != from).then_some(restriction.recorded),
        }
    }
}
