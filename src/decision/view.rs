//! Views: a registry under a policy at a cut-off, which decides about records.

use std::fmt;

use crate::decision::case::Case;
use crate::decision::decision::Decision;
use crate::decision::explain::Explanation;
use crate::decision::registry::Registry;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::policy::in_force::InForce;
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::values::time::Timestamp;

impl Registry {
    /// Returns the view that decides about records under a policy, at the cut-off `as_of`.
    ///
    /// Every entry counts, whenever it was recorded. [`View::with_known_at`] changes that.
    #[must_use]
    pub fn view<'a>(&'a self, policy: &'a Policy, as_of: Timestamp) -> View<'a> {
        View { registry: self, policy, in_force: InForce::at(policy, as_of), as_of, known_at: None }
    }
}

/// A bitemporal query over a registry: a policy, a cut-off, and optionally an instant of knowledge.
///
/// The cut-off (`as_of`) is the valid time of the query. [`View::with_known_at`] sets the
/// transaction time: entries recorded later do not count. [`Registry::view`] creates a view, and
/// [`View::decide`] answers about a record.
///
/// ```
/// use may_train::{Choice, ChosenBy, Ground, Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let opted_out = "2024-11-05T09:30:00Z".parse()?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?)
///     .with_birth("1990".parse()?)
///     .with_residence("US".parse()?, "2019-01-01".parse()?)
///     .with_choice(Choice::OptOut, ChosenBy::Subject, policy.purpose().clone(), opted_out))?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
///     .with_subject("u1".parse()?);
///
/// // The opt-out counts for every cut-off from its instant on.
/// let before = registry.view(&policy, "2024-11-05T09:29:59Z".parse()?);
/// assert!(before.decide(&record).grounds().is_empty());
/// let at = registry.view(&policy, opted_out);
/// assert_eq!(at.decide(&record).grounds(), Ground::OptedOut.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'a> {
    registry: &'a Registry,
    policy: &'a Policy,
    in_force: Option<InForce<'a>>,
    as_of: Timestamp,
    known_at: Option<Timestamp>,
}

impl<'a> View<'a> {
    /// Decides whether the record may enter a training set with this cut-off. It cannot fail.
    #[must_use]
    pub fn decide(&self, record: &'a Record) -> Decision<'a> {
        Decision::new(self.case(record))
    }

    /// Explains the decision on the record. The explanation also has the verdict and the grounds of
    /// [`View::decide`]. It cannot fail.
    ///
    /// ```
    /// use may_train::{Ground, Policy, Record, Registry};
    ///
    /// let (registry, policy) = (Registry::new(), Policy::shipped("linkedin")?);
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
    ///     .with_subject("u1".parse()?);
    ///
    /// let explanation = registry.view(&policy, "2024-12-01".parse()?).explain(&record);
    /// assert_eq!(explanation.grounds(), Ground::SubjectUnknown.alone());
    /// assert_eq!(explanation.to_string(), "indeterminate: the registry does not know subject `u1`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain(&self, record: &'a Record) -> Explanation<'a> {
        Explanation::new(self.case(record))
    }

    /// Returns the view as it was known at an instant. Entries recorded later do not count.
    ///
    /// ```
    /// use may_train::{Entry, Ground, Grounds, Place, Policy, Record, Registry, Subject};
    ///
    /// let (france, learned): (Place, _) = ("FR".parse()?, "2024-12-15".parse()?);
    /// let moved = Entry::new("2024-11-01".parse()?, france).with_recorded(learned);
    /// let subject = Subject::new("u1".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?)
    ///     .with_residence_entry(moved);
    /// let mut registry = Registry::new();
    /// registry.insert(subject)?;
    /// let policy = Policy::shipped("linkedin")?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2024-01-01".parse()?)
    ///     .with_subject("u1".parse()?);
    ///
    /// let view = registry.view(&policy, "2024-12-01".parse()?);
    /// assert_eq!(view.decide(&record).grounds(), Ground::RegionExcluded.alone());
    /// let then = view.with_known_at("2024-12-01".parse()?);
    /// assert_eq!(then.decide(&record).grounds(), Grounds::NONE);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn with_known_at(mut self, instant: Timestamp) -> Self {
        self.known_at = Some(instant);
        self
    }

    /// Returns the revision in force at the cut-off; `None` if no revision is in force.
    #[must_use]
    pub const fn revision(&self) -> Option<&'a Revision> {
        match self.in_force {
            Some(in_force) => Some(in_force.revision),
            None => None,
        }
    }

    /// Returns the view at another cut-off.
    pub(crate) fn at(mut self, as_of: Timestamp) -> Self {
        self.in_force = InForce::at(self.policy, as_of);
        self.as_of = as_of;
        self
    }

    pub(crate) const fn registry(&self) -> &'a Registry {
        self.registry
    }

    pub(crate) const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns the instant up to which recorded entries count; `None` if all entries count.
    pub(crate) const fn known_at(&self) -> Option<Timestamp> {
        self.known_at
    }

    pub(crate) const fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Returns the subjects of the record that the registry knows.
    pub(crate) fn subjects_of(&self, record: &'a Record) -> impl Iterator<Item = &'a Subject> {
        record.subjects().iter().filter_map(|id| self.registry.subject(id))
    }

    fn case(&self, record: &'a Record) -> Case<'a> {
        Case {
            registry: self.registry,
            policy: self.policy,
            in_force: self.in_force,
            record,
            as_of: self.as_of,
            known_at: self.known_at,
        }
    }
}

impl fmt::Debug for View<'_> {
    /// Prints the policy and the instants, but no fact of the registry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("platform", &self.policy.platform().as_str())
            .field("revision", &self.revision().map(|revision| revision.id().as_str()))
            .field("as_of", &self.as_of)
            .field("known_at", &self.known_at)
            .finish_non_exhaustive()
    }
}
