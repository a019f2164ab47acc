//! Lint: what a policy says that was probably not meant.

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

/// A finding of [`lint`]: what was found, where, and what to do.
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

    /// What was found: the same word in every version of the crate.
    #[must_use]
    pub const fn code(&self) -> LintCode {
        self.code
    }

    /// How grave it is; a property of the code.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// Where it was found.
    #[must_use]
    pub const fn place(&self) -> &LintPlace {
        &self.place
    }

    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do.
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

/// Where in the document a finding stands: by the revision's id and the rule's number, which do not
/// depend on the order in which the revisions were written.
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

    /// The id of the revision; none for what is said of the whole policy.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        self.revision.as_ref()
    }

    /// The number of the rule in its revision, counted from 1 as in [`Rule::number`].
    #[must_use]
    pub const fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// The key, with the index of the item in its list, counted from 0: `in[2]`.
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

/// Looks for what a policy says that was probably not meant; in the order of the regions, of the
/// words, and then of the revisions and their rules.
///
/// A policy with findings is as valid as any other: the decision never looks at them. Each
/// [`LintCode`] says when it is found. Rules are compared over every country, every subdivision,
/// kind, audience and span that the revision names, and every change of a region while it is in
/// force; so what is called unreachable is.
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

/// The age that nobody reaches, in whole years.
pub(super) const AGE_OF_NOBODY: u8 = 130;

/// The cut-offs to which a revision applies: half-open.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Timestamp,
    until: Option<Timestamp>,
}

/// Where the revision ends: at the next one in force.
fn end(policy: &Policy, index: usize) -> Option<Timestamp> {
    let later = policy.revisions().iter().skip(index).skip(1);
    later.filter(|r| r.status() == Status::InForce).map(Revision::effective).next()
}

/// Items as an enumeration of quoted words, the first ones by name.
fn quoted<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    const NAMED: usize = 8;
    let words: Vec<String> = items.into_iter().map(|item| format!("`{item}`")).collect();
    let named = words.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
