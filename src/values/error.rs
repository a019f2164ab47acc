//! Error types: a text or number that is not a valid value, and a document that cannot be read.

use std::borrow::Cow;
use std::fmt;

use crate::values::text::is_unseen;

/// The number of characters of the input that an error repeats.
const QUOTED: usize = 60;

/// The error for a text or number that is not a valid value of its type.
///
/// It names what was found and what to write instead.
///
/// ```
/// use may_train::Country;
///
/// let error = "UK".parse::<Country>().unwrap_err();
/// assert_eq!(error.to_string(), "`UK` is not a country: use `GB`, its ISO 3166-1 code");
/// assert_eq!((error.found(), error.expected()), ("UK", "a country"));
/// assert_eq!(error.remedy(), "use `GB`, its ISO 3166-1 code");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not {noun}: {remedy}")]
pub struct ValueError {
    noun: &'static str,
    found: String,
    remedy: Cow<'static, str>,
}

impl ValueError {
    pub(crate) fn new(
        noun: &'static str,
        found: impl fmt::Display,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { noun, found: quoted(&found.to_string()), remedy: remedy.into() }
    }

    /// Returns what was expected, such as `a country`.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        self.noun
    }

    /// Returns the first 60 characters of what was found, with control characters escaped.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns what to write instead.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// Returns the beginning of a text, with control characters escaped, so that it fits on one line.
fn quoted(found: &str) -> String {
    let mut text: String = found
        .chars()
        .take(QUOTED)
        .map(|c| match c {
            '\n' | '\r' | '\t' => c.escape_default().to_string(),
            c if is_unseen(c) => c.escape_unicode().to_string(),
            c => c.to_string(),
        })
        .collect();
    if found.chars().nth(QUOTED).is_some() {
        text.push('…');
    }
    text
}

/// The error for a document that cannot be read: a policy, a subject or a record.
///
/// It says where the problem is and what to do. It prints as `file:line: field: problem`, and
/// leaves out the parts that are unknown.
///
/// ```
/// use may_train::Policy;
///
/// let error = Policy::from_toml("platform = \"acme\"\npurpos = \"ai-training\"\n").unwrap_err();
/// assert_eq!(error.in_file("acme.toml").to_string(),
///     "acme.toml:2: purpos: unknown field `purpos`, expected one of \
///      `platform`, `purpose`, `title`, `not_modelled`, `regions`, `revisions`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    file: Option<String>,
    line: Option<usize>,
    field: Option<String>,
    problem: String,
}

impl ReadError {
    pub(crate) fn new(problem: impl fmt::Display) -> Self {
        Self { file: None, line: None, field: None, problem: problem.to_string() }
    }

    /// Returns the error with the name of the file that was read.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn at_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Returns the line, counted from 1; `None` if the format gives no line.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        self.line
    }

    /// Returns the path of the field, such as `revisions[0].rules[1].in`; `None` if it is unknown.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Returns what is wrong, and what is accepted instead.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl From<ValueError> for ReadError {
    fn from(error: ValueError) -> Self {
        Self::new(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}:{line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.problem)
    }
}
