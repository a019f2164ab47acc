//! NDJSON input: subjects and records as one JSON object a line, from the caller's reader.
//!
//! Reading is streaming and holds one line at a time. An error names the line, the field, the value
//! found and the values accepted. [`ReadError::in_file`] adds the file.
//!
//! ```
//! use may_train::ndjson::{self, Lines};
//! use may_train::{Policy, Record};
//!
//! let subjects = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"}]}"#;
//! let records = r#"{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01","text":"hi"}"#;
//!
//! let registry = ndjson::read_registry(subjects.as_bytes())?;
//! let policy = Policy::shipped("linkedin")?;
//! let view = registry.view(&policy, "2024-12-01".parse()?);
//!
//! let mut lines = Lines::<_, Record>::new(records.as_bytes());
//! while let Some(record) = lines.read()? {
//!     println!("{}", view.decide(&record).verdict());
//!     println!("as it came: {}", lines.text()); // with its text
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod form;

use std::io::{BufRead, Read};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::bulk::{Ids, Snapshot};
use crate::decision::registry::Registry;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::values::error::ReadError;
use crate::values::id::SubjectId;
use crate::values::time::Timestamp;

/// The length of the longest line that is read: 16 MiB, in bytes.
pub const LONGEST_LINE: usize = 16 << 20;

/// A streaming reader of the values in an NDJSON file. It skips blank lines, and a byte order mark
/// before the first. A file without any value is an empty partition, and no error.
///
/// A line that does not parse is an error and is never skipped.
///
/// ```
/// use may_train::Record;
/// use may_train::ndjson::Lines;
///
/// let mut lines = Lines::<_, Record>::new(r#"{"id":"r1","kind":"post","created_at":"March"}"#.as_bytes());
/// assert_eq!(lines.read().unwrap_err().to_string(),
///     "line 1: created_at: `March` is not a timestamp: \
///      write RFC 3339 with an offset, as in `2024-09-20T12:00:00Z`, or a bare date");
/// ```
#[derive(Debug)]
pub struct Lines<R, T> {
    reader: R,
    /// The line as read, without its end.
    text: String,
    /// The number of lines read.
    line: usize,
    value: PhantomData<fn() -> T>,
}

impl<R: BufRead, T: DeserializeOwned> Lines<R, T> {
    /// Creates a reader at the start of a file.
    pub fn new(reader: R) -> Self {
        Self::after(0, reader)
    }

    /// Creates a reader of the rest of a file, after that many lines. With it, several threads can read
    /// a file that is cut between lines.
    ///
    /// ```
    /// use may_train::Record;
    /// use may_train::ndjson::Lines;
    ///
    /// let error = Lines::<_, Record>::after(1000, "{}".as_bytes()).read().unwrap_err();
    /// assert_eq!(error.to_string(), "line 1001: id: missing field `id`");
    /// ```
    pub fn after(lines: usize, reader: R) -> Self {
        Self { reader, text: String::new(), line: lines, value: PhantomData }
    }

    /// Reads the next value; `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// Returns an error
    ///
    /// - for a line that is not UTF-8, not JSON, longer than [`LONGEST_LINE`], or not of the right
    ///   shape;
    /// - for a file of another kind, such as CSV, a JSON array, or subjects in place of records: it
    ///   says which;
    /// - if the caller's reader fails.
    pub fn read(&mut self) -> Result<Option<T>, ReadError> {
        let error = |line: usize, problem: String| Err(ReadError::new(problem).at_line(line));
        loop {
            let mut bytes = std::mem::take(&mut self.text).into_bytes();
            bytes.clear();
            let longest = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
            let mut limited = self.reader.by_ref().take(longest.saturating_add(1));
            let read = limited.read_until(b'\n', &mut bytes);
            if let Err(failure) = read {
                return error(self.line.saturating_add(1), format!("cannot be read: {failure}"));
            }
            if bytes.is_empty() {
                return Ok(None);
            }
            self.line = self.line.saturating_add(1);
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            if self.line == 1 {
                if let Some(found) = form::signed(&bytes) {
                    return error(1, found.into());
                }
                if bytes.starts_with(form::BYTE_ORDER_MARK) {
                    bytes.drain(..form::BYTE_ORDER_MARK.len());
                }
            }
            if bytes.len() > LONGEST_LINE {
                let problem = "longer than 16 MiB; give one JSON object a line";
                return error(self.line, problem.into());
            }
            self.text = match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(failure) => {
                    let at = failure.utf8_error().valid_up_to().saturating_add(1);
                    return error(self.line, format!("not UTF-8, at byte {at}; write UTF-8"));
                }
            };
            if !self.text.trim().is_empty() {
                break;
            }
        }
        match serde_json::from_str(&self.text) {
            Ok(value) => Ok(Some(value)),
            Err(failure) => {
                let found = (self.line == 1).then(|| form::found(&self.text)).flatten();
                let error = found.unwrap_or_else(|| explain::<T>(&self.text, &failure));
                Err(error.at_line(self.line))
            }
        }
    }

    /// Returns the line of the value read last, exactly as read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the number of the line read last, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

/// Reads one JSON value, such as the body of a request. It may take several lines.
///
/// # Errors
///
/// Names the field, the value found and the values accepted. A value of more than one line has the
/// line, too.
///
/// ```
/// use may_train::{Event, ndjson};
///
/// let body = br#"{"subject":"u1","at":"2024-03-01","residence":{"place":"UK"}}"#;
/// assert_eq!(ndjson::read_value::<Event>(body).unwrap_err().to_string(),
///     "residence.place: `UK` is not a country: use `GB`, its ISO 3166-1 code");
/// ```
pub fn read_value<T: DeserializeOwned>(json: &[u8]) -> Result<T, ReadError> {
    let text = std::str::from_utf8(json).map_err(|failure| {
        let at = failure.valid_up_to().saturating_add(1);
        ReadError::new(format!("not UTF-8, at byte {at}; write UTF-8"))
    })?;
    serde_json::from_str(text).map_err(|failure| {
        let error = explain::<T>(text, &failure);
        let is_on_one_line = !text.trim_end().contains('\n');
        if is_on_one_line { error } else { error.at_line(failure.line()) }
    })
}

/// Converts an error of the JSON parser, adding the field; reads the line once more to find it.
fn explain<T: DeserializeOwned>(text: &str, failure: &serde_json::Error) -> ReadError {
    let message = failure.to_string();
    let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
    let problem = match failure.classify() {
        serde_json::error::Category::Data => problem.to_owned(),
        serde_json::error::Category::Eof => {
            format!("the line ends too early, at column {}: {problem}", failure.column())
        }
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
            format!("not JSON, at column {}: {problem}", failure.column())
        }
    };
    let deserializer = &mut serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, T>(deserializer) {
        Ok(_) => String::new(),
        Err(traced) => traced.path().to_string(),
    };
    let missing = ["missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|prefix| problem.strip_prefix(prefix))
        .and_then(|rest| rest.split('`').next());
    // serde writes a question mark for a key that it did not finish reading.
    let path = path.trim_end_matches('?').trim_matches('.');
    let field = match (path, missing) {
        ("", None) => return ReadError::new(form::told(&problem, form::LONGEST_PROBLEM)),
        ("", Some(key)) => key.to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(key)) => format!("{path}.{key}"),
    };
    ReadError::new(form::told(&problem, form::LONGEST_PROBLEM))
        .at_field(form::told(&field, form::LONGEST_FIELD))
}

/// Reads a registry with one subject a line.
///
/// # Errors
///
/// Returns an error if [`Lines::read`] fails, for a file without any subject, and for a second subject
/// with the same id.
pub fn read_registry(reader: impl BufRead) -> Result<Registry, ReadError> {
    let mut registry = Registry::new();
    let mut lines = Lines::<_, Subject>::new(reader);
    while let Some(subject) = lines.read()? {
        registry
            .insert(subject)
            .map_err(|error| ReadError::new(error).at_line(lines.line()).at_field("id"))?;
    }
    if registry.is_empty() { Err(form::empty()) } else { Ok(registry) }
}

/// Reads subjects, one a line, into a snapshot for one policy and cut-off.
///
/// Facts recorded after `known_at` do not count; with `None` all facts count. The second value
/// assigns each subject its number, in the order of the lines. Only one subject is held at a time.
///
/// # Errors
///
/// Returns an error if [`read_registry`] would, and for more subjects than there are numbers.
///
/// ```
/// use may_train::{Ground, Policy, ndjson};
///
/// let policy = Policy::shipped("linkedin")?;
/// let subjects = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"FR"}]}"#;
/// let as_of = "2024-12-01".parse()?;
/// let (snapshot, ids) = ndjson::read_snapshot(subjects.as_bytes(), &policy, as_of, None)?;
/// let grounds = snapshot.subject_grounds(ids.get("u1").unwrap(), as_of, &"post".parse()?);
/// assert_eq!(grounds, Ground::RegionExcluded.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_snapshot(
    reader: impl BufRead,
    policy: &Policy,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
) -> Result<(Snapshot, Ids<SubjectId>), ReadError> {
    let mut snapshot = Snapshot::new(policy, as_of, known_at);
    let mut ids = Ids::new();
    let mut lines = Lines::<_, Subject>::new(reader);
    while let Some(subject) = lines.read()? {
        snapshot
            .push_as(&subject, &mut ids)
            .map_err(|error| ReadError::new(error).at_line(lines.line()).at_field("id"))?;
    }
    if snapshot.is_empty() { Err(form::empty()) } else { Ok((snapshot, ids)) }
}
