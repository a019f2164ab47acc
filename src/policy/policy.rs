//! Policies: one platform, one purpose, revisions over time.

use std::sync::Arc;

use crate::policy::region::{Area, Region};
use crate::policy::revision::{Revision, Status};
use crate::values::id::Platform;
use crate::values::kind::Purpose;
use crate::values::time::Timestamp;

/// A policy: what one platform does with data for one purpose, revision by revision.
///
/// Reads from TOML with [`Policy::from_toml`], and from any serde format of the same shape.
///
/// # Errors
///
/// Reading fails, naming the line and the key, for unknown keys, countries and regions, an empty
/// `in`, a revision without rules or without a catch-all (`in = ["*"]` without `except` or
/// selectors), and for two revisions with the same id, or in force from the same instant.
///
/// ```
/// use may_train::Policy;
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
///
/// [[revisions.rules]]
/// in = ["EEA", "CH", "UK"]
/// regime = "excluded"
///
/// [[revisions.rules]]
/// in = ["*"]
/// regime = "opt-out"
/// "#);
/// assert_eq!(policy.unwrap_err().to_string(),
///     "line 13: revisions[0].rules[0].in[2]: \
///      `UK` is not a country: use `GB`, its ISO 3166-1 code");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(super) platform: Platform,
    pub(super) purpose: Purpose,
    pub(super) title: Option<String>,
    pub(super) not_modelled: Vec<String>,
    pub(super) regions: Vec<OwnRegion>,
    /// By the instant from which they are in force; of equal ones, as given.
    pub(super) revisions: Vec<Revision>,
}

/// A region that a policy defines, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnRegion {
    pub(super) region: Arc<Region>,
    pub(super) takes_in: Vec<Area>,
}

impl Policy {
    /// The platform.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// What the data is used for.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// A title for people.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// What the policy does not model: sentences for readers.
    ///
    /// ```
    /// let policy = may_train::Policy::shipped("openai")?;
    /// assert!(policy.not_modelled().iter().any(|said| said.starts_with("ChatGPT Health")));
    /// # Ok::<(), may_train::ReadError>(())
    /// ```
    #[must_use]
    pub fn not_modelled(&self) -> &[String] {
        &self.not_modelled
    }

    /// The regions that the policy defines.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.regions.iter().map(|own| own.region.as_ref())
    }

    /// The regions that the policy defines, and what each was defined as.
    pub(crate) fn own_regions(&self) -> impl Iterator<Item = (&Region, &[Area])> {
        self.regions.iter().map(|own| (own.region.as_ref(), own.takes_in.as_slice()))
    }

    /// Every revision, withdrawn ones included, by the instant it takes effect.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// The revision in force: the latest to take effect, leaving out the withdrawn.
    #[must_use]
    pub fn in_force(&self, instant: Timestamp) -> Option<&Revision> {
        let has_effect = |r: &&Revision| match r.status() {
            Status::InForce => r.effective() <= instant,
            Status::Withdrawn => false,
        };
        self.revisions.iter().rev().find(has_effect)
    }
}
