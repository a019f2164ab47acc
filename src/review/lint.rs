//! Lint: probable mistakes in a policy.

mod areas;
mod cells;
mod code;
mod loosening;
mod revisions;
mod rules;
mod words;

use std::fmt;

use serde::Serialize;

pub use code::{LintCode, Severity};
pub use loosening::NOTICE_DAYS;

use crate::policy::policy::Policy;
use crate::policy::revision::{Revision, Status};
use crate::policy::rule::Rule;
use crate::values::id::RevisionId;
use crate::values::time::Timestamp;

/// A finding of [`lint`]: code, severity, place, message and remedy.
///
/// Prints as `severity[code] place: message; remedy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lint {
    code: LintCode,
    severity: Severity,
    #[serde(flatten)]
    place: LintPlace,
    message: String,
    remedy: String,
}

impl Lint {
    fn new(
        code: LintCode,
        place: LintPlace,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        Self { code, severity: code.severity(), place, message, remedy }
    }

    /// Returns the code of the finding, which is the same word in every version of the crate.
    #[must_use]
    pub const fn code(&self) -> LintCode {
        self.code
    }

    /// Returns the severity, which the code determines.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the place in the document.
    #[must_use]
    pub const fn place(&self) -> &LintPlace {
        &self.place
    }

    /// Returns what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}: ", self.severity, self.code, self.place)?;
        write!(f, "{}; {}", self.message, self.remedy)
    }
}

/// The place of a finding in the document: the revision's id, the rule's number, and the key. These
/// do not depend on the order of the revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LintPlace {
    revision: Option<RevisionId>,
    rule: Option<usize>,
    key: String,
}

impl LintPlace {
    fn of_policy(key: impl Into<String>) -> Self {
        Self { revision: None, rule: None, key: key.into() }
    }

    fn of_revision(revision: &Revision, key: impl Into<String>) -> Self {
        Self { revision: Some(revision.id().clone()), rule: None, key: key.into() }
    }

    fn of_rule(revision: &Revision, rule: &Rule, key: impl Into<String>) -> Self {
        Self { rule: Some(rule.number()), ..Self::of_revision(revision, key) }
    }

    /// Returns the id of the revision; `None` if the finding concerns the whole policy.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        self.revision.as_ref()
    }

    /// Returns the number of the rule in its revision, counted from 1 as in [`Rule::number`].
    /// Returns `None` if the finding concerns no single rule.
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// Returns the key, with the index of the item in its list, counted from 0: `in[2]`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for LintPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(revision) = &self.revision {
            write!(f, "revision `{revision}`, ")?;
        }
        if let Some(rule) = self.rule {
            write!(f, "rule {rule}, ")?;
        }
        f.write_str(&self.key)
    }
}

/// Returns probable mistakes in a policy: first in its regions, then in its words, then by revision
/// and rule.
///
/// Findings have no influence on decisions: a policy with findings is valid. Each [`LintCode`] says
/// when it is found.
///
/// The lint compares rules over every country, subdivision, kind, audience and span that the
/// revision names. It also takes every change of a region while the revision is in force. A rule
/// reported as unreachable therefore never applies.
///
/// ```
/// use may_train::Policy;
/// use may_train::review::{LintCode, lint};
///
/// let policy = Policy::from_toml(r#"
/// platform = "acme"
/// purpose = "ai-training.generative"
///
/// [[revisions]]
/// id = "first"
/// effective = "2024-09-18"
/// opt_out_reaches = "future-runs"
/// residence_at = "both"
/// covers = ["post"]
/// legal_basis = "legitimate-interests"
/// sources = ["https://acme.example/privacy"]
///
/// [[revisions.rules]]
/// in = ["FR", "DE"]
/// regime = "excluded"
///
/// [[revisions.rules]]
/// in = ["*"]
/// regime = "opt-out"
/// "#)?;
/// let [finding] = &lint(&policy)[..] else { panic!("one finding") };
/// assert_eq!(finding.code(), LintCode::MissingTerritories);
/// assert_eq!(finding.to_string(),
///     "warning[missing-territories] revision `first`, rule 1, in[0]: \
///      `FR` does not take in its territories with a code of their own, \
///      `GF`, `GP`, `MF`, `MQ`, `RE`, `YT`; \
///      list them here, or name them in another rule to show that they are meant to differ");
/// # Ok::<(), may_train::ReadError>(())
/// ```
#[must_use]
pub fn lint(policy: &Policy) -> Vec<Lint> {
    let mut lints = areas::in_regions(policy);
    words::check(policy, &mut lints);
    let mut before: Option<&Revision> = None;
    for (i, revision) in policy.revisions().iter().enumerate() {
        let window = Window { from: revision.effective(), until: end(policy, i) };
        revisions::check(revision, &mut lints);
        if revision.status() == Status::InForce {
            lints.extend(before.and_then(|before| loosening::check(before, revision)));
            before = Some(revision);
        }
        rules::check(revision, window, &mut lints);
    }
    lints
}

/// An age that nobody reaches, in whole years.
pub(super) const AGE_OF_NOBODY: u8 = 130;

/// The half-open span of cut-offs to which a revision applies.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Timestamp,
    until: Option<Timestamp>,
}

/// Returns when the revision ends: when the next one in force takes effect. Returns `None` for the
/// last one.
fn end(policy: &Policy, index: usize) -> Option<Timestamp> {
    let later = policy.revisions().iter().skip(index).skip(1);
    later.filter(|r| r.status() == Status::InForce).map(Revision::effective).next()
}

/// Returns the items as a list of quoted words, of which the first few are named.
fn quoted<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    const NAMED: usize = 8;
    let words: Vec<String> = items.into_iter().map(|item| format!("`{item}`")).collect();
    let named = words.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
