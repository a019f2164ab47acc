//! The effect of a change of policy on the people and the records that a platform has.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::decision::registry::Registry;
use crate::decision::transitions::Transitions;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::review::class::PolicyAt;
use crate::review::space::{Gaps, Space, told_apart};
use crate::values::ground::{Ground, Grounds, Verdict};
use crate::values::time::Timestamp;

/// How many become eligible, how many stop being so, and out of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    total: u64,
    looser: u64,
    stricter: u64,
}

impl Counts {
    /// How many were looked at.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.total
    }

    /// How many become eligible.
    #[must_use]
    pub const fn looser(self) -> u64 {
        self.looser
    }

    /// How many stop being eligible.
    #[must_use]
    pub const fn stricter(self) -> u64 {
        self.stricter
    }

    fn count(&mut self, looser: bool, stricter: bool) {
        self.total += 1;
        self.looser += u64::from(looser);
        self.stricter += u64::from(stricter);
    }
}

/// What the step from one side to the other does over a registry, counted; everything counts,
/// whenever it was recorded.
///
/// ```
/// use may_train::review::{Effect, PolicyAt};
/// use may_train::{Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// for (id, place) in [("u1", "HK"), ("u2", "US"), ("u3", "FR")] {
///     registry.insert(Subject::new(id.parse()?).with_residence(place.parse()?, "2019-01-01".parse()?))?;
/// }
/// let record = |id: &str, of: &str| -> Result<Record, may_train::ValueError> {
///     Ok(Record::new(id.parse()?, "post".parse()?, "2023-02-01".parse()?).with_subject(of.parse()?))
/// };
/// let records = [record("r1", "u1")?, record("r2", "u1")?, record("r3", "u2")?];
///
/// // The day on which Hong Kong was paused.
/// let before = PolicyAt::new(&policy, "2024-10-10".parse()?);
/// let after = PolicyAt::new(&policy, "2024-10-11".parse()?);
/// let effect = Effect::of(before, after, &registry, &records);
/// assert_eq!((effect.subjects().stricter(), effect.records().stricter()), (1, 2));
/// assert_eq!((effect.subjects().total(), effect.records().total()), (3, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Effect {
    subjects: Counts,
    records: Counts,
    not_yet_created: u64,
}

impl Effect {
    /// Counts over every subject of the registry and over the records.
    ///
    /// A subject becomes looser, stricter or both by what *could* be used: a record of theirs alone,
    /// of some kind, created at an instant at which the policies or the subject's own facts changed,
    /// or at the cut-off.
    #[must_use]
    pub fn of<'r>(
        before: PolicyAt<'_>,
        after: PolicyAt<'_>,
        registry: &Registry,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Self {
        let mut effect = Self::default();
        let space = Space::of(&[before, after], Gaps::Without);
        let turns = Transitions::of_creation(&told_apart(&[before, after]));
        for subject in registry.iter() {
            let (looser, stricter) =
                subject_moves(before, after, (&space, &turns), subject, registry);
            effect.subjects.count(looser, stricter);
        }
        for record in records {
            effect.add(before, after, registry, record);
        }
        effect
    }

    fn add(
        &mut self,
        before: PolicyAt<'_>,
        after: PolicyAt<'_>,
        registry: &Registry,
        record: &Record,
    ) {
        let was = grounds(before, registry, record);
        let is = grounds(after, registry, record);
        let (looser, stricter) = moves(was, is);
        self.records.count(looser, stricter);
        self.not_yet_created += u64::from(looser && was == Ground::NotYetCreated.alone());
    }

    /// Subjects with data that could not be used and now could be, or the other way round; one
    /// subject can be both.
    #[must_use]
    pub const fn subjects(&self) -> Counts {
        self.subjects
    }

    /// Records that become eligible, or stop being so.
    #[must_use]
    pub const fn records(&self) -> Counts {
        self.records
    }

    /// Of the records that become eligible, those that nothing else stood against before than that
    /// they were not created yet.
    #[must_use]
    pub const fn not_yet_created(&self) -> u64 {
        self.not_yet_created
    }
}

fn grounds(side: PolicyAt<'_>, registry: &Registry, record: &Record) -> Grounds {
    registry.view(side.policy(), side.as_of()).decide(record).grounds()
}

/// Whether something becomes eligible, or stops being so.
fn moves(was: Grounds, is: Grounds) -> (bool, bool) {
    let eligible = |grounds: Grounds| grounds.verdict() == Verdict::Eligible;
    (!eligible(was) && eligible(is), eligible(was) && !eligible(is))
}

fn subject_moves(
    before: PolicyAt<'_>,
    after: PolicyAt<'_>,
    (space, turns): (&Space, &Transitions),
    subject: &Subject,
    registry: &Registry,
) -> (bool, bool) {
    let Ok(id) = "probe".parse::<crate::values::id::RecordId>() else { return (false, false) };
    let (mut looser, mut stricter) = (false, false);
    for created in creations(before, after, turns, subject) {
        for kind in &space.kinds {
            let record = Record::new(id.clone(), kind.representative.clone(), created)
                .with_subject(subject.id().clone());
            // Data of the future is data all the same: what a side says of it from then on.
            let grounds = |side| {
                let all = grounds(side, registry, &record);
                all.iter().filter(|ground| *ground != Ground::NotYetCreated).collect::<Grounds>()
            };
            let (in_, out) = moves(grounds(before), grounds(after));
            looser |= in_;
            stricter |= out;
        }
    }
    (looser, stricter)
}

/// The instants of creation at which something about the subject may change: the beginning, what
/// the policies speak of, the subject's own facts, birthdays and the cut-offs.
fn creations(
    before: PolicyAt<'_>,
    after: PolicyAt<'_>,
    turns: &Transitions,
    subject: &Subject,
) -> BTreeSet<Timestamp> {
    let mut instants: BTreeSet<Timestamp> = [before.as_of(), after.as_of()].into();
    instants.insert(Timestamp::MIN);
    instants.extend(&turns.fixed);
    // More than needed: audiences, restrictions and erasures are sampled at the cut-off alone.
    turns.of_subject(subject, &mut |instant| _ = instants.insert(instant));
    let last = before.as_of().max(after.as_of());
    instants.retain(|instant| *instant <= last);
    instants
}
