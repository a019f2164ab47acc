//! The snapshot: subjects resolved for one policy, one cut-off and one state of knowledge. Each subject
//! becomes the number of a *profile*, a function from a record's creation time to grounds.

use crate::bulk::ids::{CapacityError, Ids, code};
use crate::bulk::situation::codes::Codes;
use crate::bulk::situation::resolved::History;
use crate::bulk::situation::rows::Rows;
use crate::bulk::snapshot::profile::Profiles;
use crate::decision::registry::DuplicateSubjectError;
use crate::decision::transitions::{Agenda, FirstAfter, Transitions};
use crate::decision::view::View;
use crate::people::choice::Preference;
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
/// A frozen subject is a function from (creation time, kind) to grounds. Most subjects share one of
/// a few such functions, called *profiles*, and take 4 bytes each. A subject with its own change
/// instants needs a profile of its own: 40 bytes more. Subjects are pushed one by one and not kept,
/// so their histories need not fit into memory.
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
    pub(crate) rows: Rows,
    pub(crate) profiles: Profiles,
    /// The profile of an unknown subject, and then the profiles by the subjects' numbers.
    pub(crate) profile_of: Vec<u32>,
    pub(crate) turns: Transitions,
    pub(crate) agenda: Agenda<u32>,
    scratch: Scratch,
}

/// Memory that is reused for each subject.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    pub history: History,
    instants: Vec<Timestamp>,
    steps: Vec<(Timestamp, u32)>,
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
        let mut rows = Rows::new(policy, Codes::at(policy, as_of));
        let mut profiles = Profiles::default();
        let nobody = rows.row_of_nobody(as_of);
        let nobody = profiles.insert_first(nobody);
        Self {
            as_of,
            known_at,
            rows,
            profiles,
            profile_of: vec![nobody],
            turns: Transitions::of(policy),
            agenda: Agenda::default(),
            scratch: Scratch::default(),
        }
    }

    /// Freezes a subject, and returns its number: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// Returns [`CapacityError`] if every number is taken.
    pub fn push(&mut self, subject: &Subject) -> Result<u32, CapacityError> {
        let number = self.next()?;
        let profile = self.profile(number, subject)?;
        self.profile_of.push(profile);
        Ok(number)
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

    /// Returns the profile of a subject who is not known.
    #[expect(clippy::expect_used, reason = "another profile would be a wrong answer")]
    pub(crate) fn profile_of_nobody(&self) -> u32 {
        *self.profile_of.first().expect("`Snapshot::new` puts it there")
    }

    /// Returns the number of the next subject. The last number of all stands for a subject who is not
    /// known, and is never given.
    fn next(&self) -> Result<u32, CapacityError> {
        u32::try_from(self.len()).ok().filter(|next| *next < u32::MAX).ok_or(CapacityError)
    }

    /// Adds the next subject with a profile, which changes at these instants.
    pub(crate) fn push_profile(
        &mut self,
        profile: u32,
        turns_at: Option<Timestamp>,
        learned_at: Option<Timestamp>,
    ) -> Result<(), CapacityError> {
        self.agenda.enter(self.next()?, turns_at, learned_at);
        self.profile_of.push(profile);
        Ok(())
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
            || self.rows.policy != other.rows.policy
        {
            return Err(AppendError::AnotherQuestion);
        }
        Ok(self.append_alike(other)?)
    }

    /// Appends a snapshot that is for the same question.
    pub(crate) fn append_alike(&mut self, other: &Self) -> Result<(), CapacityError> {
        let first = u32::try_from(self.len()).map_err(|_| CapacityError)?;
        let all = self.len().saturating_add(other.len());
        u32::try_from(all).ok().filter(|all| *all < u32::MAX).ok_or(CapacityError)?;
        let rows = self.rows.table.take_in(&other.rows.table);
        let profiles = self.profiles.take_in(&other.profiles, &rows).ok_or(CapacityError)?;
        let subjects = other.profile_of.iter().skip(1);
        self.profile_of.extend(subjects.map(|profile| profiles.number(*profile)));
        self.agenda.take_in(&other.agenda, |number| first.saturating_add(number));
        Ok(())
    }

    /// Reserves memory for that many more subjects.
    pub fn reserve(&mut self, subjects: usize) {
        self.profile_of.reserve_exact(subjects);
    }

    /// Returns the profile of a subject, and notes in the agenda when it can change.
    pub(crate) fn profile(&mut self, number: u32, subject: &Subject) -> Result<u32, CapacityError> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Self { rows, known_at, .. } = self;
        scratch.history.read(subject, rows.policy.purpose(), *known_at, &mut rows.words);
        let profile = self.profile_of_history(&mut scratch);
        if let Ok((_, turns_at)) = profile {
            self.agenda.enter(number, turns_at, scratch.history.learned_at);
        }
        self.scratch = scratch;
        profile.map(|(profile, _)| profile)
    }

    /// Returns the profile of a resolved history, and the next cut-off at which it can change.
    pub(crate) fn profile_of_history(
        &mut self,
        scratch: &mut Scratch,
    ) -> Result<(u32, Option<Timestamp>), CapacityError> {
        let Scratch { history, instants, steps } = scratch;
        let mut turn = FirstAfter::after(self.as_of);
        self.instants(history, instants, &mut turn);
        steps.clear();
        for instant in instants.iter() {
            let row = self.rows.row(history, *instant, self.as_of, 0);
            if steps.last().is_none_or(|(_, before)| *before != row) {
                steps.push((*instant, row));
            }
        }
        let profile = self.profiles.insert(steps).ok_or(CapacityError)?;
        Ok((profile, turn.found))
    }

    /// Collects the creation times, up to the cut-off, at which the row can change, with the first
    /// instant of all. It also notes the next cut-off at which the row can change.
    ///
    /// These instants are those of `Transitions::of_subject`, read from a history. Ties, purposes
    /// and what is known are settled there, so an entry that changes nothing in it changes no
    /// decision.
    fn instants(&mut self, history: &History, into: &mut Vec<Timestamp>, turn: &mut FirstAfter) {
        into.clear();
        into.push(Timestamp::MIN);
        let Rows { codes, .. } = &self.rows;
        let sampling = codes.epochs.first().and_then(|epoch| epoch.sampling);
        let by_residence = sampling.is_some_and(|(residence, _)| residence.looks_at_creation());
        let by_choice = sampling.is_some_and(|(_, reach)| reach.looks_at_creation());
        let mut note = |instant: Timestamp, counts: bool| {
            if counts && instant <= self.as_of {
                into.push(instant);
            }
            turn.note(instant);
        };
        history.residences.iter().for_each(|(at, _)| note(*at, by_residence));
        for (at, preference) in &history.preferences {
            note(*at, by_choice);
            if let Preference::OptIn { since } = preference {
                let ends = codes.lifetimes.iter().filter_map(|days| since.plus_days(*days));
                ends.for_each(|end| note(end, by_choice));
            }
        }
        history.audiences.iter().for_each(|(at, _)| note(*at, false));
        for span in &history.restrictions {
            note(span.start(), false);
            span.end().into_iter().for_each(|end| note(end, false));
        }
        history.erased_at.into_iter().for_each(|at| note(at, false));
        codes.windows.iter().for_each(|end| note(*end, true));
        for birthday in self.rows.birthdays(history.birth) {
            note(*birthday, true);
        }
        into.sort_unstable();
        into.dedup();
    }

    /// Returns the number of frozen subjects.
    #[must_use]
    pub fn len(&self) -> usize {
        // The first entry is the unknown subject.
        self.profile_of.len().saturating_sub(1)
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
        &self.rows.policy
    }

    /// Returns how many different profiles the subjects have, or had before a refresh.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.profiles.len()
    }

    /// Returns the memory that the snapshot takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = self.profile_of.capacity().saturating_mul(size_of::<u32>());
        let parts = [numbers, self.profiles.bytes(), self.rows.bytes(), self.agenda.bytes()];
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
        let profile = self.profile_of.get(self.place(subject));
        let steps = profile.map(|profile| self.profiles.steps(*profile)).unwrap_or_default();
        let rows = steps.iter().map(|(at, row)| (*at, self.rows.table.row(*row)));
        Timeline::from_ascending(rows).spans().map(|(span, row)| (span, *row)).collect()
    }

    /// Returns the steps of a subject: each instant of creation at which the row changes, with the code
    /// of the row. The first step is at the first instant of all.
    #[cfg(feature = "arrow")]
    pub(crate) fn steps(&self, subject: u32) -> Vec<(Timestamp, u32)> {
        let profile = self.profile_of.get(self.place(subject));
        profile.map(|profile| self.profiles.steps(*profile)).unwrap_or_default()
    }

    /// Returns the code of the row of an unknown subject, which is the same at every instant.
    #[cfg(feature = "arrow")]
    pub(crate) fn row_of_nobody(&self) -> Option<u32> {
        self.profiles.steps(self.profile_of_nobody()).first().map(|(_, row)| *row)
    }

    /// Returns the kinds for which [`Snapshot::spans`] has grounds. The last one stands for all
    /// others.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.rows.codes.kinds
    }
}

/// Two snapshots are equal if the function of every subject is.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        let numbers = 0..code(self.len());
        let is_bound_alike = self.as_of == other.as_of
            && self.known_at == other.known_at
            && self.rows.policy == other.rows.policy
            && self.len() == other.len();
        is_bound_alike && numbers.into_iter().all(|n| self.spans(n) == other.spans(n))
    }
}
