//! IETF AIPREF: usage preferences of content, in the header `Content-Usage`.

use std::convert::Infallible;

use sfv::visitor::{DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor};
use sfv::{BareItemFromInput, KeyRef, Parser};

use crate::signals::signal::{Signal, Source};
use crate::values::time::Timestamp;

/// The preference for the category `train-ai` in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrainAi {
    /// The statement does not name the category.
    Unstated,
    /// The value is `y`.
    Allowed,
    /// The value is `n`.
    Disallowed,
    /// The category has another value, or the statement is no structured field.
    Malformed,
}

impl TrainAi {
    /// Reads a statement: a dictionary of structured fields (RFC 9651).
    pub(super) fn read(statement: &[u8]) -> Self {
        let mut found = Self::Unstated;
        match Parser::new(statement).parse_dictionary_with_visitor(&mut Dictionary(&mut found)) {
            Ok(()) => found,
            Err(_) => Self::Malformed,
        }
    }

    /// Returns the signal of a statement that disallows, or that nobody can read.
    pub(super) fn signal(self, source: Source, text: &[u8], seen: Timestamp) -> Option<Signal> {
        match self {
            Self::Unstated | Self::Allowed => None,
            Self::Disallowed => Some(Signal::new(source, text, seen)),
            Self::Malformed => Some(Signal::malformed(source, text, seen)),
        }
    }
}

/// Finds the last member `train-ai`. Parameters and other members are ignored.
struct Dictionary<'a>(&'a mut TrainAi);

impl<'de> DictionaryVisitor<'de> for &mut Dictionary<'_> {
    type Out = ();
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok((key.as_str() == "train-ai").then_some(Member(&mut *self.0)))
    }

    fn finish(self) -> Result<(), Infallible> {
        Ok(())
    }
}

struct Member<'a>(&'a mut TrainAi);

impl<'de> EntryVisitor<'de> for Member<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(move |value: BareItemFromInput<'de>| {
            *self.0 = match value {
                BareItemFromInput::Token(token) if token.as_str() == "y" => TrainAi::Allowed,
                BareItemFromInput::Token(token) if token.as_str() == "n" => TrainAi::Disallowed,
                _ => TrainAi::Malformed,
            };
            Ok::<_, Infallible>(Ignored)
        })
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        *self.0 = TrainAi::Malformed;
        Ok(Ignored)
    }
}

/// Reads the values of the header `Content-Usage`, one for each line in which it was sent.
///
/// Returns a signal if the category `train-ai` is disallowed. Returns `None` if it is allowed, or if
/// the header does not name it. A header that cannot be read, or in which `train-ai` is neither `y`
/// nor `n`, refuses, too: the draft calls it unknown and leaves the default to the application.
///
/// The header stands on a response, about its content, and on a request that uploads content.
///
/// ```
/// use may_train::signals::content_usage;
///
/// let seen = "2026-03-01".parse()?;
/// assert!(content_usage(["train-ai=n"], seen).is_some());
/// assert_eq!(content_usage(["train-ai=y, search=n"], seen), None);
/// assert!(content_usage(["Train-AI=n"], seen).is_some_and(|signal| signal.is_malformed()));
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn content_usage<V: AsRef<[u8]>>(
    values: impl IntoIterator<Item = V>,
    seen: Timestamp,
) -> Option<Signal> {
    let lines: Vec<V> = values.into_iter().collect();
    let lines = lines.iter().map(AsRef::as_ref).filter(|line| !line.trim_ascii().is_empty());
    let lines: Vec<&[u8]> = lines.collect();
    let statement = lines.join(b", ".as_slice());
    TrainAi::read(&statement).signal(Source::ContentUsage, &statement, seen)
}
