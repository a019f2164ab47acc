//! A signal that refuses, and what it becomes: an opt-out or a restriction.

use std::fmt;

use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::event::{Event, Fact};
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::values::id::{RestrictionId, SubjectId};
use crate::values::kind::Purpose;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// The place where a signal was found.
    pub enum Source as "a source of signals" {
        /// The request header `Sec-GPC` (W3C Global Privacy Control).
        Gpc = "sec-gpc",
        /// The header `Content-Usage` (IETF AIPREF).
        ContentUsage = "content-usage",
        /// A rule `Content-Usage` in robots.txt (IETF AIPREF).
        RobotsTxt = "robots-txt",
        /// The response header `tdm-reservation` (W3C community group, TDMRep).
        TdmHeader = "tdm-reservation",
        /// The HTML element `meta` with the name `tdm-reservation` (TDMRep).
        TdmMeta = "tdm-meta",
        /// The file `/.well-known/tdmrep.json` (TDMRep).
        TdmFile = "tdmrep-json",
        /// A string of the IAB Global Privacy Platform.
        Gpp = "gpp",
    }
}

/// A refusal that a browser or a file sent, with its provenance: where it was found, its text, and
/// when it was seen.
///
/// There is no signal that allows. So whatever was read, a signal only adds refusals. It serializes
/// as one JSON object, to be kept beside the event that it became.
///
/// ```
/// use may_train::signals;
///
/// let seen = "2026-03-01".parse()?;
/// let signal = signals::content_usage(["train-ai=n, search=y"], seen).ok_or("no signal")?;
/// assert_eq!(serde_json::to_string(&signal)?,
///     r#"{"source":"content-usage","text":"train-ai=n, search=y","seen":"2026-03-01T00:00:00Z","malformed":false}"#);
/// assert_eq!(signals::content_usage(["train-ai=y"], seen), None); // no opt-in
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Signal {
    source: Source,
    text: Box<str>,
    seen: Timestamp,
    malformed: bool,
}

impl fmt::Debug for Signal {
    /// Prints the source and the instant, but no text: it may be printed into a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("source", &self.source.as_str())
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// The longest text that a signal keeps, in characters. A longer one is cut.
const LONGEST_TEXT: usize = 4096;

impl Signal {
    /// Returns a signal that its standard calls a refusal.
    pub(super) fn new(source: Source, text: &[u8], seen: Timestamp) -> Self {
        let text: String = String::from_utf8_lossy(text).chars().take(LONGEST_TEXT).collect();
        Self { source, text: text.into(), seen, malformed: false }
    }

    /// Returns a signal that nobody can read, and that therefore refuses.
    pub(super) fn malformed(source: Source, text: &[u8], seen: Timestamp) -> Self {
        Self { malformed: true, ..Self::new(source, text, seen) }
    }

    /// Returns where the signal was found.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// Returns the text that refuses, as it was sent: the value of a header, or the rule of a file.
    ///
    /// Bytes that are not UTF-8 are replaced. A text is cut after 4,096 characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns when the signal was seen.
    #[must_use]
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Checks whether the text could not be read, so that the signal refuses to be safe.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// Returns the event that the signal opts a subject out of a purpose, at the instant when it was
    /// seen.
    #[must_use]
    pub const fn opt_out(&self, subject: SubjectId, purpose: Purpose) -> Event {
        let made = ChoiceMade::new(Choice::OptOut, ChosenBy::Signal);
        Event::new(subject, self.seen, Fact::Choice(purpose, made))
    }

    /// Returns the opt-out of a subject, or `None` if a signal has opted the subject out before.
    ///
    /// A browser sends its signal with every request. If each were an opt-out, none of the subject's
    /// own later opt-ins would last. So the first signal counts, and so does an opt-in that the
    /// subject makes later in person. An earlier signal counts if it was for this purpose or for a
    /// wider one.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Subject, signals};
    ///
    /// let purpose = "ai-training".parse()?;
    /// let subject = Subject::new("u1".parse()?);
    /// let first = signals::gpc(["1"], "2026-03-01".parse()?).ok_or("no signal")?;
    /// assert!(first.opt_out_once(&subject, &purpose).is_some());
    ///
    /// let at = first.seen();
    /// let subject = subject.with_choice(Choice::OptOut, ChosenBy::Signal, purpose.clone(), at);
    /// let second = signals::gpc(["1"], "2026-03-02".parse()?).ok_or("no signal")?;
    /// assert_eq!(second.opt_out_once(&subject, &purpose), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn opt_out_once(&self, subject: &Subject, purpose: &Purpose) -> Option<Event> {
        let signalled = ChoiceMade::new(Choice::OptOut, ChosenBy::Signal);
        let repeats = subject.choices().iter().any(|(chosen_for, entry)| {
            *entry.value() == signalled && entry.at() <= self.seen && chosen_for.includes(purpose)
        });
        (!repeats).then(|| self.opt_out(subject.id().clone(), purpose.clone()))
    }

    /// Returns the restriction of a record or of a subject, from the instant when the signal was
    /// seen on. Its name is the word of the source, such as `content-usage`.
    ///
    /// ```
    /// use may_train::{Record, signals};
    ///
    /// let seen = "2026-03-01".parse()?;
    /// let mut record = Record::new("r1".parse()?, "article".parse()?, "2026-01-01".parse()?);
    /// if let Some(signal) = signals::tdm_reservation(["1"], seen) {
    ///     record = record.with_restriction(signal.restriction());
    /// }
    /// assert_eq!(record.restrictions()[0].id().as_str(), "tdm-reservation");
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn restriction(&self) -> Restriction {
        Restriction::open(RestrictionId::of_word(self.source.as_str()), self.seen)
    }
}
