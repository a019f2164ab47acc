//! The policy: one platform, one purpose, and revisions over time.

use std::sync::Arc;

use crate::policy::region::{Area, Region};
use crate::policy::revision::{Revision, Status};
use crate::values::id::Platform;
use crate::values::kind::Purpose;
use crate::values::steps::up_to;
use crate::values::time::Timestamp;

/// A data-use policy: what one platform does with data for one purpose, revision by revision.
///
/// [`Policy::from_toml`] reads a policy from TOML. Any serde format of the same shape works as
/// well.
///
/// # Errors
///
/// Reading fails with an error that names the line and the key:
///
/// - for an unknown key, country or region, and for an empty `in`;
/// - for a revision without rules or without a catch-all (`in = ["*"]` without `except` or
///   selectors);
/// - for two revisions with the same id, or in force from the same instant.
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
    /// Sorted by effective instant. Revisions with equal instants keep their order in the document.
    pub(super) revisions: Vec<Revision>,
}

/// A region that a policy defines, with the areas of its definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnRegion {
    pub(super) region: Arc<Region>,
    pub(super) takes_in: Vec<Area>,
}

impl Policy {
    /// Returns the platform.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Returns the purpose for which the platform uses the data.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// Returns the title, which is for readers; `None` if the document has none.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Returns what the policy does not model, as sentences for readers.
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

    /// Returns the regions that the policy defines, sorted by name.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.regions.iter().map(|own| own.region.as_ref())
    }

    /// Returns the regions that the policy defines, each with the areas of its definition.
    pub(crate) fn own_regions(&self) -> impl Iterator<Item = (&Region, &[Area])> {
        self.regions.iter().map(|own| (own.region.as_ref(), own.takes_in.as_slice()))
    }

    /// Returns every revision, including withdrawn ones, sorted by effective instant.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Returns the revision in force at an instant: the latest effective one that is not withdrawn.
    ///
    /// Returns `None` if no revision has taken effect yet. A decision then refuses every record.
    #[must_use]
    pub fn in_force(&self, instant: Timestamp) -> Option<&Revision> {
        let is_in_force = |revision: &&Revision| match revision.status() {
            Status::InForce => true,
            Status::Withdrawn => false,
        };
        up_to(&self.revisions, instant, Revision::effective).iter().rev().find(is_in_force)
    }
}
