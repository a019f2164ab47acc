//! NDJSON, one JSON object a line: subjects and records in, from a reader of the caller's.
//!
//! Reading is streaming: one line is held at a time. An error names the line, the field, what was
//! found and what is accepted; [`ReadError::in_file`] adds the file.
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

/// The longest line that is read, in bytes: 16 MiB.
pub const LONGEST_LINE: usize = 16 << 20;

/// The values of a file, line by line. Blank lines are passed over.
#[derive(Debug)]
pub struct Lines<R, T> {
    reader: R,
    /// The line as it came, without its end.
    text: String,
    /// How many lines were read.
    line: usize,
    /// Whether one of them was not blank.
    has_value: bool,
    value: PhantomData<fn() -> T>,
}

impl<R: BufRead, T: DeserializeOwned> Lines<R, T> {
    /// Reads from the start of a file.
    pub fn new(reader: R) -> Self {
        Self { reader, text: String::new(), line: 0, has_value: false, value: PhantomData }
    }

    /// The next value; nothing at the end of the file.
    ///
    /// # Errors
    ///
    /// For a line that is not UTF-8, not JSON, longer than [`LONGEST_LINE`], or not of the right
    /// shape; for a file without any value; and where reading fails.
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
                return if self.has_value {
                    Ok(None)
                } else {
                    Err(ReadError::new("the file is empty; give one JSON object a line"))
                };
            }
            self.line = self.line.saturating_add(1);
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
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
                self.has_value = true;
                break;
            }
        }
        match serde_json::from_str(&self.text) {
            Ok(value) => Ok(Some(value)),
            Err(failure) => Err(explain::<T>(&self.text, &failure).at_line(self.line)),
        }
    }

    /// The line of the value read last, as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line read last, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

/// The error of a line, with its field; the line is read once more to find it.
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
    // A question mark stands for a key that was not read to its end.
    let path = path.trim_end_matches('?').trim_matches('.');
    let field = match (path, missing) {
        ("", None) => return ReadError::new(problem),
        ("", Some(key)) => key.to_owned(),
        (path, None) => path.to_owned(),
        (path, Some(key)) => format!("{path}.{key}"),
    };
    ReadError::new(problem).at_field(field)
}

/// Reads a registry: one subject a line.
///
/// # Errors
///
/// As [`Lines::read`], and for a second subject of the same id.
pub fn read_registry(reader: impl BufRead) -> Result<Registry, ReadError> {
    let mut registry = Registry::new();
    let mut lines = Lines::<_, Subject>::new(reader);
    while let Some(subject) = lines.read()? {
        registry
            .insert(subject)
            .map_err(|error| ReadError::new(error).at_line(lines.line()).at_field("id"))?;
    }
    Ok(registry)
}

/// Freezes subjects, one a line, under a policy, at a cut-off, as far as known at an instant (all, if
/// none is given): their snapshot, and their numbers in the order in which they come. Only one
/// subject is held at a time.
///
/// # Errors
///
/// As [`read_registry`], and for more subjects than there are numbers.
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
    read_part(reader, policy, as_of, known_at, |_| true)
}

/// Freezes those subjects that are in a part: so a platform is frozen on several machines, each of
/// which reads all of the subjects, or a few more than its own.
///
/// # Errors
///
/// As [`read_snapshot`]; of two subjects of one id outside the part nothing is said.
pub fn read_part(
    reader: impl BufRead,
    policy: &Policy,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
    is_in: impl Fn(&SubjectId) -> bool,
) -> Result<(Snapshot, Ids<SubjectId>), ReadError> {
    let mut snapshot = Snapshot::new(policy, as_of, known_at);
    let mut ids = Ids::new();
    let mut lines = Lines::<_, Subject>::new(reader);
    while let Some(subject) = lines.read()? {
        if !is_in(subject.id()) {
            continue;
        }
        snapshot
            .push_as(&subject, &mut ids)
            .map_err(|error| ReadError::new(error).at_line(lines.line()).at_field("id"))?;
    }
    Ok((snapshot, ids))
}
