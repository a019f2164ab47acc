//! The widening guard: an error for every step from "silence means no" to "silence means yes" that
//! you did not acknowledge.

use std::fmt;

use serde::Serialize;

use crate::review::class::list;
use crate::review::diff::{Diff, Widened};

/// An error that lists unacknowledged steps, and acknowledgements that match no step.
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
    /// The given codes that match no step.
    unused: Vec<String>,
}

impl Widening {
    /// Returns the steps that were not acknowledged, by code.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Widened> {
        self.unacknowledged.iter()
    }

    /// Returns the given codes that match no step: misspelt, or left over from another change.
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
    /// Checks that the given codes acknowledge each of the [`widenings`](Diff::widenings), and that
    /// each code matches one.
    ///
    /// There are three kinds of widening.
    ///
    /// - A regime under which silence meant no is replaced by one under which it means yes. The
    ///   regime alone counts, even if it covers no data yet. Otherwise a first revision could lift
    ///   an exclusion and cover nothing, and a second one cover everything.
    /// - Silence meant yes already, and the policy loosens further: a lower age, a new kind, an
    ///   earlier start of old data, or an unknown fact that no longer counts.
    /// - An opt-out no longer reaches data that it reached before.
    ///
    /// Two things are *not* widenings, and appear only among the [`changes`](Diff::changes). They
    /// are more data of subjects who opted in, and the first revision of a policy.
    ///
    /// # Errors
    ///
    /// Returns [`Widening`] if a widening is not acknowledged, or a code matches none. The error
    /// names them all.
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
