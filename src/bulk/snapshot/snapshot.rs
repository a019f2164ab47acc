//! The snapshot: subjects resolved for one policy, one cut-off and one state of knowledge. Each subject
//! becomes the number of a *profile*, a function from a record's creation time to grounds.

use crate::bulk::ids::{CapacityError, Ids, code, index};
use crate::bulk::situation::resolved::History;
use crate::bulk::snapshot::freezer::Freezer;
use crate::bulk::snapshot::members::Members;
use crate::bulk::snapshot::profile::Steps;
use crate::decision::registry::DuplicateSubjectError;
use crate::decision::transitions::{Agenda, Transitions};
use crate::decision::view::View;
use crate::people::subject::Subject;
use crate::people::timeline::Timeline;
use crate::policy::policy::Policy;
use crate::values::ground::Grounds;
use crate::values::id::SubjectId;
use crate::values::kind::Kind;
use crate::values::time::{Span, Timestamp};

/// A table of many subjects, frozen for one policy, one cut-off and one state of knowledge: one
/// number per subject.
///
/// A frozen subject is a function from (creation time, kind) to grounds, called a *profile*. Subjects
/// who share a profile take 2 bytes each, or 4 once there are more than 65,536 profiles. A subject with
/// its own change instants needs a profile of its own: 33 bytes more. Subjects are pushed one by one
/// and not kept, so their histories need not fit into memory.
///
/// A snapshot restates no rule: every profile consists of scalar decisions, one for each situation.
///
/// ```
/// use may_train::bulk::{RecordColumns, Snapshot};
/// use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp, Verdict};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
/// for (id, place) in [("u0", "US"), ("u1", "FR")] {
///     let subject = Subject::new(id.parse()?).with_residence(place.parse()?, "2019-01-01".parse()?);
///     snapshot.push(&subject)?;
/// }
///
/// let created_at = ["2023-02-01".parse::<Timestamp>()?.as_micros(); 3];
/// let kinds = ["post".parse()?, "private-message".parse()?];
/// let columns = RecordColumns::new(&[0, 1, 0], &created_at, &[0, 0, 1], &kinds)?;
/// let decided = snapshot.decide(&columns)?;
/// let grounds: Vec<String> = decided.grounds().iter().map(ToString::to_string).collect();
/// assert_eq!(grounds, ["", "region-excluded", "kind-not-covered"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) as_of: Timestamp,
    pub(crate) known_at: Option<Timestamp>,
    pub(crate) freezer: Freezer,
    pub(crate) members: Members,
    pub(crate) turns: Transitions,
    pub(crate) agenda: Agenda<u32>,
    history: History,
}

/// An error when a subject is frozen under its id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// A subject with this id is there already.
    #[error(transparent)]
    Duplicate(#[from] DuplicateSubjectError),
    /// Every number is taken.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

/// An error when a snapshot is appended to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The snapshots are for different policies, cut-offs or states of knowledge.
    #[error("the snapshots differ in policy, cut-off or knowledge; freeze both alike")]
    AnotherQuestion,
    /// Every number is taken.
    #[error(transparent)]
    CapacityError(#[from] CapacityError),
}

impl View<'_> {
    /// Freezes every subject of the registry, in the order of their ids, and returns the ids by
    /// number.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if there are more subjects than numbers.
    ///
    /// ```
    /// use may_train::{Policy, Registry, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u2".parse()?).with_residence("US".parse()?, "2019-01-01".parse()?))?;
    /// registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
    ///
    /// let (snapshot, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
    /// assert_eq!((snapshot.len(), ids.get("u1"), ids.get("u2")), (2, Some(0), Some(1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn freeze(&self) -> Result<(Snapshot, Ids<SubjectId>), CapacityError> {
        let mut subjects: Vec<&Subject> = self.registry().iter().collect();
        subjects.sort_unstable_by(|a, b| a.id().cmp(b.id()));
        let mut snapshot = Snapshot::new(self.policy(), self.as_of(), self.known_at());
        let mut ids = Ids::new();
        for subject in subjects {
            snapshot.push(subject)?;
            ids.insert(subject.id().clone()).ok_or(CapacityError)?;
        }
        Ok((snapshot, ids))
    }
}

impl Snapshot {
    /// Creates an empty snapshot for a policy, a cut-off, and what is known at an instant; `None`
    /// means that all facts count.
    #[must_use]
    pub fn new(policy: &Policy, as_of: Timestamp, known_at: Option<Timestamp>) -> Self {
        let mut freezer = Freezer::new(policy, as_of);
        let nobody = freezer.rows.row_of_nobody(as_of);
        Self {
            as_of,
            known_at,
            freezer,
            members: Members::new(nobody),
            turns: Transitions::of(policy),
            agenda: Agenda::default(),
            history: History::default(),
        }
    }

    /// Freezes a subject, and returns its number: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every number is taken.
    pub fn push(&mut self, subject: &Subject) -> Result<u32, CapacityError> {
        let Self { freezer, members, agenda, history, known_at, .. } = self;
        freezer.read(subject, *known_at, history);
        let (steps, turns_at) = freezer.freeze(history);
        push_steps((members, agenda), steps, [turns_at, history.learned_at])
    }

    /// Freezes a subject, and adds its id to the ids that number the subjects.
    ///
    /// # Errors
    ///
    /// Returns [`PushError`] for a second subject with the same id, or if every number is taken;
    /// then nothing changes.
    ///
    /// ```
    /// use may_train::bulk::{Ids, Snapshot};
    /// use may_train::{Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
    /// let mut ids = Ids::new();
    /// let subject = Subject::new("u1".parse()?);
    /// assert_eq!(snapshot.push_as(&subject, &mut ids)?, 0);
    /// assert_eq!(snapshot.push_as(&subject, &mut ids).unwrap_err().to_string(),
    ///     "a second subject `u1`; give each subject once, with all its entries");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_as(
        &mut self,
        subject: &Subject,
        ids: &mut Ids<SubjectId>,
    ) -> Result<u32, PushError> {
        if ids.get(subject.id()).is_some() {
            return Err(DuplicateSubjectError::new(subject.id().clone()).into());
        }
        // The numbers run out here first, before an id is added.
        let number = self.push(subject)?;
        ids.insert(subject.id().clone());
        Ok(number)
    }

    /// Freezes the next subject from its history, in the words of this snapshot.
    pub(crate) fn push_history(&mut self, history: &History) -> Result<u32, CapacityError> {
        let Self { freezer, members, agenda, .. } = self;
        let (steps, turns_at) = freezer.freeze(history);
        push_steps((members, agenda), steps, [turns_at, history.learned_at])
    }

    /// Adds the next subject with the steps of its profile, the next cut-off at which they change, and the
    /// next instant at which more is known.
    #[cfg(feature = "arrow")]
    pub(crate) fn push_steps(
        &mut self,
        steps: &Steps,
        next: [Option<Timestamp>; 2],
    ) -> Result<u32, CapacityError> {
        push_steps((&mut self.members, &mut self.agenda), steps, next)
    }

    /// Freezes a subject again, under its number, and returns whether its profile changed. A new subject
    /// has the next number.
    pub(crate) fn freeze_again(
        &mut self,
        number: u32,
        subject: Option<&Subject>,
    ) -> Result<bool, CapacityError> {
        let Self { freezer, members, agenda, history, known_at, .. } = self;
        let nobody = [(Timestamp::MIN, members.row_of_nobody())];
        let (steps, [turns_at, learned_at]) = match subject {
            Some(subject) => {
                freezer.read(subject, *known_at, history);
                let (steps, turns_at) = freezer.freeze(history);
                (steps, [turns_at, history.learned_at])
            }
            None => (nobody.as_slice(), [None; 2]),
        };
        if index(number) >= members.len() {
            return push_steps((members, agenda), steps, [turns_at, learned_at]).map(|_| true);
        }
        agenda.enter(number, turns_at, learned_at);
        members.set(number, steps)
    }

    /// Appends the subjects of another snapshot, with the next numbers. Use it to freeze a platform
    /// in parts, each where its subjects are.
    ///
    /// # Errors
    ///
    /// Returns [`AppendError`] if the other snapshot has another policy, cut-off or state of
    /// knowledge, or there are too many subjects. Nothing is appended then.
    ///
    /// ```
    /// use may_train::bulk::Snapshot;
    /// use may_train::{Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let as_of = "2024-12-01".parse()?;
    /// let mut parts = ["US", "FR"].map(|_| Snapshot::new(&policy, as_of, None));
    /// for (part, place) in parts.iter_mut().zip(["US", "FR"]) {
    ///     part.push(&Subject::new("u".parse()?).with_residence(place.parse()?, "2019-01-01".parse()?))?;
    /// }
    /// let [mut whole, part] = parts;
    /// whole.append(&part)?;
    /// assert_eq!(whole.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&mut self, other: &Self) -> Result<(), AppendError> {
        if self.as_of != other.as_of
            || self.known_at != other.known_at
            || self.freezer.rows.policy != other.freezer.rows.policy
        {
            return Err(AppendError::AnotherQuestion);
        }
        Ok(self.append_alike(other)?)
    }

    /// Appends a snapshot that is for the same question.
    pub(crate) fn append_alike(&mut self, other: &Self) -> Result<(), CapacityError> {
        let first = self.members.next()?;
        let rows = self.freezer.rows.table.take_in(&other.freezer.rows.table);
        self.members.take_in(&other.members, &rows)?;
        self.agenda.take_in(&other.agenda, |number| first.saturating_add(number));
        Ok(())
    }

    /// Reserves memory for that many more subjects.
    pub fn reserve(&mut self, subjects: usize) {
        self.members.reserve(subjects);
    }

    /// Returns the number of frozen subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether there are no subjects.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the cut-off.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns the instant up to which facts count as known; `None` means that all facts count.
    #[must_use]
    pub const fn known_at(&self) -> Option<Timestamp> {
        self.known_at
    }

    /// Returns the policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.freezer.rows.policy
    }

    /// Returns how many profiles are stored: those that subjects share, or shared before a refresh, and
    /// one for each subject whose instants of change are its own.
    ///
    /// A few equal profiles may be stored twice.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.members.profiles()
    }

    /// Returns the memory that the snapshot takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let parts = [self.members.bytes(), self.freezer.bytes(), self.agenda.bytes()];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// Returns the spans of creation times in which the grounds of a subject are constant. Each has
    /// the grounds of every kind that the policy names, and last those of all other kinds.
    ///
    /// A number that is not in the snapshot counts as an unknown subject. The last span has no end,
    /// because a record created after the cut-off counts as created at it.
    ///
    /// For engines that join, the feature `arrow` writes the snapshot as tables (`arrow::Tables`).
    #[must_use]
    pub fn spans(&self, subject: u32) -> Vec<(Span, &[Grounds])> {
        let steps = self.members.steps(subject);
        let rows = steps.iter().map(|(at, row)| (*at, self.freezer.rows.table.row(*row)));
        Timeline::from_ascending(rows).spans().map(|(span, row)| (span, *row)).collect()
    }

    /// Returns the kinds for which [`Snapshot::spans`] has grounds. The last one stands for all
    /// others.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.freezer.rows.codes.kinds
    }
}

/// Two snapshots are equal if the function of every subject is.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        let numbers = 0..code(self.len());
        let is_bound_alike = self.as_of == other.as_of
            && self.known_at == other.known_at
            && self.freezer.rows.policy == other.freezer.rows.policy
            && self.len() == other.len();
        is_bound_alike && numbers.into_iter().all(|n| self.spans(n) == other.spans(n))
    }
}

/// Adds the next subject with the steps of its profile, and notes in the agenda when they can change.
fn push_steps(
    (members, agenda): (&mut Members, &mut Agenda<u32>),
    steps: &Steps,
    [turns_at, learned_at]: [Option<Timestamp>; 2],
) -> Result<u32, CapacityError> {
    let number = members.next()?;
    members.push(steps)?;
    agenda.enter(number, turns_at, learned_at);
    Ok(number)
}
