//! The standing of a platform's members: everything about each of them, frozen into a number.

use crate::bulk::distinctions::Distinctions;
use crate::bulk::history::History;
use crate::bulk::ids::Ids;
use crate::bulk::profile::Profiles;
use crate::bulk::rows::Rows;
use crate::choice::Preference;
use crate::ground::Grounds;
use crate::id::SubjectId;
use crate::kind::Kind;
use crate::policy::Policy;
use crate::registry::DuplicateSubject;
use crate::subject::Subject;
use crate::time::{Span, Timestamp};
use crate::timeline::Timeline;
use crate::turns::{Agenda, Next, Turns};
use crate::view::View;

/// Everything about many subjects that counts under one policy, at one cut-off, as far as known at
/// one instant: a number each.
///
/// Frozen, a subject is a function of when a record was created and of its kind. Most share one of a
/// handful of such functions, their *profile*, and take four bytes; whoever's differs with instants
/// of their own (a move, a sign-up that is looked at) takes forty more. Subjects are given one after
/// the other and not kept, so that their histories need not fit into memory.
///
/// No rule stands here: a profile is made of scalar decisions, one for each situation that a subject
/// can be seen in, and so is every answer.
///
/// ```
/// use may_train::bulk::{Columns, Standing};
/// use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp, Verdict};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut standing = Standing::new(&policy, "2024-12-01".parse()?, None);
/// for (id, place) in [("u0", "US"), ("u1", "FR")] {
///     let subject = Subject::new(id.parse()?).resides(place.parse()?, "2019-01-01".parse()?);
///     standing.push(&subject)?;
/// }
///
/// let created_at = ["2023-02-01".parse::<Timestamp>()?.as_micros(); 3];
/// let kinds = ["post".parse()?, "private-message".parse()?];
/// let columns = Columns::new(&[0, 1, 0], &created_at, &[0, 0, 1], &kinds)?;
/// let decided = standing.decide(&columns)?;
/// let grounds: Vec<String> = decided.grounds().iter().map(ToString::to_string).collect();
/// assert_eq!(grounds, ["", "region-excluded", "kind-not-covered"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Standing {
    pub(super) as_of: Timestamp,
    pub(super) known_at: Option<Timestamp>,
    pub(super) rows: Rows,
    pub(super) profiles: Profiles,
    /// First that of whoever is not known, then by the subjects' numbers.
    pub(super) profile_of: Vec<u32>,
    pub(super) turns: Turns,
    pub(super) agenda: Agenda<u32>,
    scratch: Scratch,
}

/// Room that is used again for each subject.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    pub history: History,
    instants: Vec<Timestamp>,
    steps: Vec<(Timestamp, u32)>,
}

/// There are more subjects than numbers for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than 4,294,967,294 subjects; freeze the others apart")]
pub struct TooMany;

/// Why a subject cannot be frozen under its id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotPush {
    /// There is one of that id.
    #[error(transparent)]
    Duplicate(#[from] DuplicateSubject),
    /// There are no more numbers.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// Why a standing cannot be taken into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotAppend {
    /// The two are for different questions.
    #[error("the standings differ in policy, cut-off or knowledge; freeze both alike")]
    AnotherQuestion,
    /// There are no more numbers.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

impl View<'_> {
    /// Freezes every subject of the registry, in the order of their ids, which number them.
    ///
    /// # Errors
    ///
    /// If there are more subjects than numbers.
    ///
    /// ```
    /// use may_train::{Policy, Registry, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u2".parse()?).resides("US".parse()?, "2019-01-01".parse()?))?;
    /// registry.insert(Subject::new("u1".parse()?).resides("FR".parse()?, "2019-01-01".parse()?))?;
    ///
    /// let (standing, ids) = registry.view(&policy, "2024-12-01".parse()?).freeze()?;
    /// assert_eq!((standing.len(), ids.get("u1"), ids.get("u2")), (2, Some(0), Some(1)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn freeze(&self) -> Result<(Standing, Ids<SubjectId>), TooMany> {
        let mut subjects: Vec<&Subject> = self.registry().subjects().collect();
        subjects.sort_unstable_by(|a, b| a.id().cmp(b.id()));
        let mut standing = Standing::new(self.policy(), self.as_of(), self.knowledge());
        let mut ids = Ids::new();
        for subject in subjects {
            standing.push(subject)?;
            ids.insert(subject.id().clone()).ok_or(TooMany)?;
        }
        Ok((standing, ids))
    }
}

impl Standing {
    /// Nobody's standing yet, under a policy, at a cut-off, as far as known at an instant (all, if none
    /// is given).
    #[must_use]
    pub fn new(policy: &Policy, as_of: Timestamp, known_at: Option<Timestamp>) -> Self {
        let mut rows = Rows::new(policy, Distinctions::at(policy, as_of));
        let mut profiles = Profiles::default();
        let nobody = rows.row_of_nobody(as_of);
        let nobody = profiles.insert(&[(Timestamp::MIN, nobody)]);
        Self {
            as_of,
            known_at,
            rows,
            profiles,
            // The first of all numbers is there.
            profile_of: vec![nobody.unwrap_or_default()],
            turns: Turns::of(policy),
            agenda: Agenda::default(),
            scratch: Scratch::default(),
        }
    }

    /// Freezes a subject, and gives the number that it has from now on: 0, 1, 2 and so on.
    ///
    /// # Errors
    ///
    /// If every number is taken.
    pub fn push(&mut self, subject: &Subject) -> Result<u32, TooMany> {
        let number = self.next()?;
        let profile = self.profile(number, subject)?;
        self.profile_of.push(profile);
        Ok(number)
    }

    /// Freezes a subject, and enters its id among those that number the subjects.
    ///
    /// # Errors
    ///
    /// For a second subject of the same id, and if every number is taken; then nothing changes.
    ///
    /// ```
    /// use may_train::bulk::{Ids, Standing};
    /// use may_train::{Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut standing = Standing::new(&policy, "2024-12-01".parse()?, None);
    /// let mut ids = Ids::new();
    /// let subject = Subject::new("u1".parse()?);
    /// assert_eq!(standing.push_as(&subject, &mut ids)?, 0);
    /// assert_eq!(standing.push_as(&subject, &mut ids).unwrap_err().to_string(),
    ///     "a second subject `u1`; give each subject once, with all its entries");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_as(
        &mut self,
        subject: &Subject,
        ids: &mut Ids<SubjectId>,
    ) -> Result<u32, CannotPush> {
        if ids.get(subject.id()).is_some() {
            return Err(DuplicateSubject::new(subject.id().clone()).into());
        }
        // Numbers run out here first, and then nothing was entered among the ids.
        let number = self.push(subject)?;
        ids.insert(subject.id().clone());
        Ok(number)
    }

    /// The number of the next subject; the last one there is stands for whoever is not known.
    fn next(&self) -> Result<u32, TooMany> {
        u32::try_from(self.len()).ok().filter(|next| *next < u32::MAX).ok_or(TooMany)
    }

    /// Gives the next subject a profile, which turns and is learned about at these instants.
    pub(super) fn push_profile(
        &mut self,
        profile: u32,
        turns_at: Option<Timestamp>,
        learned_at: Option<Timestamp>,
    ) -> Result<(), TooMany> {
        self.agenda.enter(self.next()?, turns_at, learned_at);
        self.profile_of.push(profile);
        Ok(())
    }

    /// Takes in the subjects of another standing, which are numbered on from the last one here: so a
    /// platform is frozen in parts, each wherever its subjects are.
    ///
    /// # Errors
    ///
    /// If the other one is for another policy, cut-off or knowledge, or if there are too many
    /// subjects; then nobody is taken in.
    ///
    /// ```
    /// use may_train::bulk::Standing;
    /// use may_train::{Policy, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let as_of = "2024-12-01".parse()?;
    /// let mut parts = ["US", "FR"].map(|_| Standing::new(&policy, as_of, None));
    /// for (part, place) in parts.iter_mut().zip(["US", "FR"]) {
    ///     part.push(&Subject::new("u".parse()?).resides(place.parse()?, "2019-01-01".parse()?))?;
    /// }
    /// let [mut whole, part] = parts;
    /// whole.append(&part)?;
    /// assert_eq!(whole.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn append(&mut self, other: &Self) -> Result<(), CannotAppend> {
        if self.as_of != other.as_of
            || self.known_at != other.known_at
            || self.rows.policy != other.rows.policy
        {
            return Err(CannotAppend::AnotherQuestion);
        }
        let first = u32::try_from(self.len()).map_err(|_| TooMany)?;
        let all = self.len().saturating_add(other.len());
        u32::try_from(all).ok().filter(|all| *all < u32::MAX).ok_or(TooMany)?;
        let rows = self.rows.table.take_in(&other.rows.table);
        let profiles = self.profiles.take_in(&other.profiles, &rows).ok_or(TooMany)?;
        let subjects = other.profile_of.iter().skip(1);
        self.profile_of.extend(subjects.map(|profile| profiles.number(*profile)));
        self.agenda.take_in(&other.agenda, |number| first.saturating_add(number));
        Ok(())
    }

    /// Makes room for so many more subjects, so that none is moved as they come.
    pub fn reserve(&mut self, subjects: usize) {
        self.profile_of.reserve_exact(subjects);
    }

    /// The profile of a subject, and a note of when it has to be looked at again.
    pub(super) fn profile(&mut self, number: u32, subject: &Subject) -> Result<u32, TooMany> {
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

    /// The profile of a resolved history, and the next cut-off at which it can be another.
    pub(super) fn profile_of_history(
        &mut self,
        scratch: &mut Scratch,
    ) -> Result<(u32, Option<Timestamp>), TooMany> {
        let Scratch { history, instants, steps } = scratch;
        let mut turn = Next::after(self.as_of);
        self.instants(history, instants, &mut turn);
        steps.clear();
        for instant in instants.iter() {
            let row = self.rows.row(history, *instant, self.as_of, 0);
            if steps.last().is_none_or(|(_, before)| *before != row) {
                steps.push((*instant, row));
            }
        }
        let profile = self.profiles.insert(steps).ok_or(TooMany)?;
        Ok((profile, turn.found))
    }

    /// The instants of creation, up to the cut-off, at which the row can be another, the first of all
    /// among them; and the next cut-off at which it can.
    fn instants(&mut self, history: &History, into: &mut Vec<Timestamp>, turn: &mut Next) {
        into.clear();
        into.push(Timestamp::MIN);
        let Rows { distinctions, .. } = &self.rows;
        let sampling = distinctions.epochs.first().and_then(|epoch| epoch.sampling);
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
                let ends = distinctions.lifetimes.iter().filter_map(|days| since.plus_days(*days));
                ends.for_each(|end| note(end, by_choice));
            }
        }
        history.audiences.iter().for_each(|(at, _)| note(*at, false));
        for span in &history.restrictions {
            note(span.start(), false);
            span.end().into_iter().for_each(|end| note(end, false));
        }
        history.erased_at.into_iter().for_each(|at| note(at, false));
        distinctions.windows.iter().for_each(|end| note(*end, true));
        for birthday in self.rows.birthdays(history.birth) {
            note(*birthday, true);
        }
        into.sort_unstable();
        into.dedup();
    }

    /// How many subjects are frozen.
    #[must_use]
    pub fn len(&self) -> usize {
        // One is nobody.
        self.profile_of.len().saturating_sub(1)
    }

    /// Whether nobody is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cut-off.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Up to when facts count as known; all do, if nothing is given.
    #[must_use]
    pub const fn known_at(&self) -> Option<Timestamp> {
        self.known_at
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.rows.policy
    }

    /// How many different profiles the subjects have, or had before they were refreshed.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.profiles.len()
    }

    /// What the standing takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = self.profile_of.capacity().saturating_mul(size_of::<u32>());
        let parts = [numbers, self.profiles.bytes(), self.rows.bytes(), self.agenda.bytes()];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// The spans of creation in which a subject's grounds stay the same, with those of each kind that the
    /// policy names, and last those of every other kind; whoever is not frozen is not known. The last
    /// span has no end: what is created after the cut-off counts as created at it.
    ///
    /// So the standing is a plain table, for engines that join; the feature `arrow` makes one of it
    /// (`arrow::spans`).
    #[must_use]
    pub fn spans(&self, subject: u32) -> Vec<(Span, &[Grounds])> {
        let profile = self.profile_of.get(self.place(subject));
        let steps = profile.map(|profile| self.profiles.steps(*profile)).unwrap_or_default();
        let rows = steps.iter().map(|(at, row)| (*at, self.rows.table.row(*row)));
        Timeline::from_ascending(rows).spans().map(|(span, row)| (span, *row)).collect()
    }

    /// The kinds that [`Standing::spans`] has grounds for, one that stands for all others last.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.rows.distinctions.kinds
    }
}

/// Two standings are equal where every subject's function is.
impl PartialEq for Standing {
    fn eq(&self, other: &Self) -> bool {
        let numbers = 0..u32::try_from(self.len()).unwrap_or(u32::MAX);
        let is_bound_alike = self.as_of == other.as_of
            && self.known_at == other.known_at
            && self.rows.policy == other.rows.policy
            && self.len() == other.len();
        is_bound_alike && numbers.into_iter().all(|n| self.spans(n) == other.spans(n))
    }
}
