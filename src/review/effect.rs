//! Effect: how many subjects and records of a platform a change of policy affects.

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

/// The counts of subjects or records that become eligible, that stop being eligible, and of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    total: u64,
    looser: u64,
    stricter: u64,
}

impl Counts {
    /// Returns how many were checked.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.total
    }

    /// Returns how many become eligible.
    #[must_use]
    pub const fn looser(self) -> u64 {
        self.looser
    }

    /// Returns how many stop being eligible.
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

/// The effect of a change of policy on a registry, as counts of subjects and records. Every entry
/// counts, whatever its recording time.
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
    /// Counts every subject of the registry and every record given.
    ///
    /// A subject becomes looser, stricter or both, depending on what data *could* be used. The test
    /// is a record with this one subject, of any kind. It is created at the cut-off, or at an
    /// instant at which the policies or the subject's facts change.
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

    /// Returns the counts of subjects whose data could not be used before and could be used now, or
    /// the other way round. One subject can be both.
    #[must_use]
    pub const fn subjects(&self) -> Counts {
        self.subjects
    }

    /// Returns the counts of records.
    #[must_use]
    pub const fn records(&self) -> Counts {
        self.records
    }

    /// Returns how many newly eligible records were refused before only because they did not exist
    /// yet.
    #[must_use]
    pub const fn not_yet_created(&self) -> u64 {
        self.not_yet_created
    }
}

fn grounds(side: PolicyAt<'_>, registry: &Registry, record: &Record) -> Grounds {
    registry.view(side.policy(), side.as_of()).decide(record).grounds()
}

/// Returns whether something becomes eligible, and whether it stops being eligible.
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
            // A record created later is still data: the side is asked as if it were created at the
            // cut-off.
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

/// Returns the creation times at which the grounds may change: the first instant, what the policies
/// name, the subject's own facts, birthdays, and the cut-offs.
fn creations(
    before: PolicyAt<'_>,
    after: PolicyAt<'_>,
    turns: &Transitions,
    subject: &Subject,
) -> BTreeSet<Timestamp> {
    let mut instants: BTreeSet<Timestamp> = [before.as_of(), after.as_of()].into();
    instants.insert(Timestamp::MIN);
    instants.extend(&turns.fixed);
    // These are more instants than needed: audiences, restrictions and erasures are sampled at the
    // cut-off alone.
    turns.of_subject(subject, &mut |instant| _ = instants.insert(instant));
    let last = before.as_of().max(after.as_of());
    instants.retain(|instant| *instant <= last);
    instants
}
