//! The widening guard: nobody goes from "silence means no" to "silence means yes" unnoticed.

use std::fmt;

use serde::Serialize;

use crate::review::class::list;
use crate::review::diff::{Diff, Widened};

/// Steps that nobody acknowledged, or codes that acknowledge nothing.
///
/// ```
/// use may_train::review::{Diff, PolicyAt};
/// use may_train::Policy;
///
/// let policy = Policy::from_toml(r#"
/// platform = "acme"
/// purpose = "ai-training"
///
/// [[revisions]]
/// id = "pause"
/// effective = "2024-09-20"
/// opt_out_reaches = "future-runs"
/// residence_at = "both"
/// covers = ["post"]
/// rules = [{ in = ["GB"], regime = "excluded" }, { in = ["*"], regime = "opt-out" }]
///
/// [[revisions]]
/// id = "resume"
/// effective = "2025-11-03"
/// opt_out_reaches = "future-runs"
/// residence_at = "both"
/// covers = ["post"]
/// rules = [{ in = ["*"], regime = "opt-out" }]
/// "#)?;
/// let before = PolicyAt::new(&policy, "2025-11-02".parse()?);
/// let after = PolicyAt::new(&policy, "2025-11-03".parse()?);
/// let diff = Diff::between(before, after);
/// assert_eq!(diff.guard::<&str>(&[]).unwrap_err().to_string(),
///     "data that was kept out comes in without a yes; acknowledge each step by its code: \
///      widening:GB:region-excluded");
/// assert!(diff.guard(&["widening:GB:region-excluded"]).is_ok());
/// assert_eq!(
///     diff.guard(&["widening:GB:region-excluded", "widening:FR:region-excluded"])
///         .unwrap_err()
///         .to_string(),
///     "`widening:FR:region-excluded` acknowledges nothing: correct the code, or leave it out");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Widening {
    unacknowledged: Vec<Widened>,
    /// Codes that were given and acknowledge nothing.
    unused: Vec<String>,
}

impl Widening {
    /// What was not acknowledged, by code.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Widened> {
        self.unacknowledged.iter()
    }

    /// The codes that acknowledge nothing: misspelt, or left from another step.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.unused.iter().map(String::as_str)
    }
}

impl fmt::Display for Widening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.unacknowledged.is_empty() {
            write!(
                f,
                "data that was kept out comes in without a yes; acknowledge each step by its code: {}",
                list(&self.unacknowledged)
            )?;
        }
        for (i, code) in self.unused.iter().enumerate() {
            let separator = if i == 0 && self.unacknowledged.is_empty() { "" } else { "; " };
            write!(
                f,
                "{separator}`{code}` acknowledges nothing: correct the code, or leave it out"
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Widening {}

impl Diff {
    /// Lets the step pass if each of its [`widenings`](Diff::widenings) is acknowledged by its code, and
    /// each code acknowledges one.
    ///
    /// Three things are widenings. First, a regime under which silence meant no becomes one under
    /// which it means yes. There the regime alone counts, not whether any data can be used under it
    /// yet: otherwise a first revision could lift an exclusion while it covers nothing, and a second
    /// one cover everything. Second, where silence meant yes already: a lower age, a new kind, an earlier
    /// start of old data, an unknown fact that counts for nothing any more. Third, an opt-out that does
    /// not reach data any more that it reached.
    ///
    /// What is *not* a widening, and is only among the [`changes`](Diff::changes): more data of those who
    /// opted in, and the first revision of a policy.
    ///
    /// # Errors
    ///
    /// If a widening is not acknowledged, or a code acknowledges none; the error names them all.
    pub fn guard<C: AsRef<str>>(&self, acknowledged: &[C]) -> Result<(), Widening> {
        let codes: Vec<String> = self.widenings().iter().map(Widened::to_string).collect();
        let is_given = |code: &String| acknowledged.iter().any(|given| given.as_ref() == code);
        let steps = self.widenings().iter().zip(&codes);
        let unacknowledged: Vec<Widened> =
            steps.filter(|(_, code)| !is_given(code)).map(|(step, _)| step.clone()).collect();
        let given = acknowledged.iter().map(AsRef::as_ref);
        let unused: Vec<String> = given
            .filter(|given| codes.iter().all(|code| code != given))
            .map(str::to_owned)
            .collect();
        if unacknowledged.is_empty() && unused.is_empty() {
            return Ok(());
        }
        Err(Widening { unacknowledged, unused })
    }
}
