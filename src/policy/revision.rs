//! Revisions: what a policy says from an instant on.

use crate::policy::chart::Charts;
use crate::policy::gazetteer::Confidence;
use crate::policy::rule::{Rule, Terms};
use crate::values::id::RevisionId;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// Whether a revision ever was in force.
    #[derive(Default)]
    pub enum Status as "a status" {
        /// In force from its `effective` instant on, until the next one.
        #[default]
        InForce = "in-force",
        /// Announced and documented, but never in force.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// The instants at which choices are sampled: what "going forward" means.
    pub enum OptOutReach as "a reach" {
        /// The cut-off: an opt-out keeps all the subject's data out of every later run.
        FutureRuns = "future-runs",
        /// The record's creation: an opt-out keeps out what is created from then on.
        FutureData = "future-data",
        /// Both: neither what was created nor what is trained after an opt-out.
        Both = "both",
    }
}

words! {
    /// The instants at which residences are sampled.
    pub enum ResidenceAt as "a sampling of residences" {
        /// The cut-off.
        AsOf = "as-of",
        /// The record's creation.
        Created = "created",
        /// The record's creation and the cut-off.
        Both = "both",
        /// Every residence held from the record's creation to the cut-off, both included.
        Throughout = "throughout",
    }
}

impl OptOutReach {
    /// Whether a choice is sampled at the record's creation.
    pub(crate) const fn looks_at_creation(self) -> bool {
        match self {
            Self::FutureRuns => false,
            Self::FutureData | Self::Both => true,
        }
    }
}

impl ResidenceAt {
    /// Whether a residence is sampled at the record's creation.
    pub(crate) const fn looks_at_creation(self) -> bool {
        match self {
            Self::AsOf => false,
            Self::Created | Self::Both | Self::Throughout => true,
        }
    }
}

/// One revision of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub(super) id: RevisionId,
    pub(super) effective: Timestamp,
    pub(super) announced: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) opt_out_reaches: OptOutReach,
    pub(super) residence_at: ResidenceAt,
    pub(super) terms: Terms,
    pub(super) confidence: Option<Confidence>,
    pub(super) sources: Vec<String>,
    pub(super) note: Option<String>,
    pub(super) rules: Vec<Rule>,
    pub(super) charts: Charts,
}

impl Revision {
    /// The identifier, unique in the policy.
    #[must_use]
    pub const fn id(&self) -> &RevisionId {
        &self.id
    }

    /// From when on it is in force.
    #[must_use]
    pub const fn effective(&self) -> Timestamp {
        self.effective
    }

    /// When it was announced, where that is known.
    #[must_use]
    pub const fn announced(&self) -> Option<Timestamp> {
        self.announced
    }

    /// Whether it ever was in force.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// When choices are sampled.
    #[must_use]
    pub const fn opt_out_reaches(&self) -> OptOutReach {
        self.opt_out_reaches
    }

    /// When residences are sampled.
    #[must_use]
    pub const fn residence_at(&self) -> ResidenceAt {
        self.residence_at
    }

    /// The terms of every rule that does not override them.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How sure the sources make the revision; `None` where it does not say. Recorded, not decided by.
    ///
    /// ```
    /// use may_train::Policy;
    /// use may_train::policy::Confidence;
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let canada = policy.in_force("2024-12-10".parse()?).unwrap();
    /// assert_eq!(canada.confidence(), Some(Confidence::Medium)); // since when is not known
    /// assert!(Confidence::Low < Confidence::Medium);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// Where the facts are from.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// What a reader should know, such as what is uncertain.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The rules, as they stand in the document.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules, to be changed: what was charted of them is forgotten.
    pub(super) fn rules_mut(&mut self) -> &mut Vec<Rule> {
        self.charts = Charts::default();
        &mut self.rules
    }
}
