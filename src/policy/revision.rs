//! Revisions: the versions of a policy, each in force from an instant on.

use crate::policy::chart::Charts;
use crate::policy::gazetteer::Confidence;
use crate::policy::rule::{Rule, Terms};
use crate::values::id::RevisionId;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// The status of a revision: in force, or withdrawn before it took effect.
    #[derive(Default)]
    pub enum Status as "a status" {
        /// The revision is in force from its `effective` instant until the next revision takes
        /// effect.
        #[default]
        InForce = "in-force",
        /// The platform announced the revision, and it never took effect.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// The reach of an opt-out: the instants at which a decision reads the subject's choice.
    ///
    /// This is what a policy's "going forward" leaves open. The strictest is `both`.
    pub enum OptOutReach as "a reach" {
        /// At the cut-off: an opt-out keeps all of the subject's data out of every later run.
        FutureRuns = "future-runs",
        /// At the record's creation: an opt-out keeps out what is created at or after it.
        FutureData = "future-data",
        /// At both: an opt-out keeps out what either of the other two keeps out.
        Both = "both",
    }
}

words! {
    /// The instants at which a decision reads the subject's residence. The strictest is
    /// `throughout`.
    pub enum ResidenceAt as "a sampling of residences" {
        /// At the cut-off.
        AsOf = "as-of",
        /// At the record's creation.
        Created = "created",
        /// At the record's creation and at the cut-off.
        Both = "both",
        /// Every residence from the record's creation to the cut-off, both included.
        Throughout = "throughout",
    }
}

impl OptOutReach {
    /// Checks whether a decision reads the choice at the record's creation.
    pub(crate) const fn looks_at_creation(self) -> bool {
        match self {
            Self::FutureRuns => false,
            Self::FutureData | Self::Both => true,
        }
    }
}

impl ResidenceAt {
    /// Checks whether a decision reads the residence at the record's creation.
    pub(crate) const fn looks_at_creation(self) -> bool {
        match self {
            Self::AsOf => false,
            Self::Created | Self::Both | Self::Throughout => true,
        }
    }
}

/// A revision of a policy: the terms and rules that hold from an instant on.
///
/// The latest effective revision that is not withdrawn decides; see
/// [`Policy::in_force`](crate::Policy::in_force). Earlier revisions keep deciding for earlier
/// cut-offs.
///
/// ```
/// use may_train::{Ground, Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("GB".parse()?, "2019-01-01".parse()?))?;
/// let post = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
/// let post = post.with_subject("u1".parse()?);
///
/// // On the day before the first revision no policy is in force; under it `GB` is excluded.
/// for (cut_off, id, ground) in [
///     ("2024-09-17", None, Ground::NoPolicyInForce),
///     ("2024-09-18", Some("2024-09-18"), Ground::RegionExcluded),
/// ] {
///     let revision = policy.in_force(cut_off.parse()?);
///     assert_eq!(revision.map(|revision| revision.id().as_str()), id);
///     let view = registry.view(&policy, cut_off.parse()?);
///     assert!(view.decide(&post).grounds().contains(ground));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Returns the identifier, which is unique in the policy.
    #[must_use]
    pub const fn id(&self) -> &RevisionId {
        &self.id
    }

    /// Returns the instant from which the revision is in force.
    #[must_use]
    pub const fn effective(&self) -> Timestamp {
        self.effective
    }

    /// Returns when the platform announced the revision; `None` if that is unknown.
    #[must_use]
    pub const fn announced(&self) -> Option<Timestamp> {
        self.announced
    }

    /// Returns whether the revision is in force from its effective instant, or withdrawn.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns the instants at which a decision reads the choice.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Ground, Policy, Record, Registry, Subject};
    ///
    /// // Ada opts out in May 2024. Her post is from 2023.
    /// for (reach, is_refused) in [("future-runs", true), ("future-data", false), ("both", true)] {
    ///     let policy = Policy::from_toml(&format!(r#"
    ///         platform = "birdhouse"
    ///         purpose = "ai-training"
    ///
    ///         [[revisions]]
    ///         id = "first"
    ///         effective = "2024-03-01"
    ///         opt_out_reaches = "{reach}"
    ///         residence_at = "as-of"
    ///         covers = ["post"]
    ///
    ///         [[revisions.rules]]
    ///         in = ["*"]
    ///         regime = "opt-out"
    ///     "#))?;
    ///     assert_eq!(policy.revisions()[0].opt_out_reaches(), reach.parse()?);
    ///
    ///     let (purpose, may) = (policy.purpose().clone(), "2024-05-01".parse()?);
    ///     let ada = Subject::new("ada".parse()?)
    ///         .with_residence("US".parse()?, "2019-01-01".parse()?)
    ///         .with_choice(Choice::OptOut, ChosenBy::Subject, purpose, may);
    ///     let mut registry = Registry::new();
    ///     registry.insert(ada)?;
    ///     let post = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
    ///     let view = registry.view(&policy, "2024-06-01".parse()?);
    ///     let grounds = view.decide(&post.with_subject("ada".parse()?)).grounds();
    ///     assert_eq!(grounds.contains(Ground::OptedOut), is_refused);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn opt_out_reaches(&self) -> OptOutReach {
        self.opt_out_reaches
    }

    /// Returns the instants at which a decision reads the residence.
    #[must_use]
    pub const fn residence_at(&self) -> ResidenceAt {
        self.residence_at
    }

    /// Returns the terms of the rules that do not override them.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns how sure the sources make the revision; `None` if the document does not say.
    ///
    /// Confidence is documentation. No decision depends on it.
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

    /// Returns the addresses of the revision's sources.
    #[must_use]
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Returns a note for readers, such as what is uncertain; `None` if the document has none.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns the rules in document order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the rules for a change, and discards the charts computed from them.
    pub(super) fn rules_mut(&mut self) -> &mut Vec<Rule> {
        self.charts = Charts::default();
        &mut self.rules
    }
}
