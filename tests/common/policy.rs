//! The plainest policy there is, for tests that are about its rules.

use may_train::Policy;

/// Returns a policy with one revision: it covers posts, opt-outs reach future runs, and the residence
/// counts at the cut-off. The rules are the list of TOML that stands in `rules`.
pub fn policy(rules: &str) -> Policy {
    let text = format!(
        r#"
platform = "acme"
purpose = "ai-training"
[[revisions]]
id = "first"
effective = "2020-01-01"
opt_out_reaches = "future-runs"
residence_at = "as-of"
covers = ["post"]
rules = {rules}
"#
    );
    Policy::from_toml(&text).expect("a policy")
}
