//! Effect statements: what an event (an opt-out, a move, an erasure) changes for one person.

use std::fmt;

use serde::Serialize;

use crate::decision::registry::Registry;
use crate::decision::view::View;
use crate::ledger::ledger::Ledger;
use crate::ledger::lineage::{ids, list};
use crate::ledger::run::RunId;
use crate::ledger::training_set::TrainingSet;
use crate::people::choice::{Choice, ChosenBy};
use crate::people::event::{Event, Fact};
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::policy::revision::{OptOutReach, Revision};
use crate::values::ground::Verdict;
use crate::values::id::{Platform, RecordId};
use crate::values::text::words;
use crate::values::time::{Span, Timestamp};

impl Event {
    /// Returns what the event changes under a policy: for the given records, and for the runs of
    /// the ledger. Records of other subjects are ignored.
    ///
    /// Call it before the registry applies the event: the method applies it to a copy of the
    /// subjects.
    ///
    /// ```
    /// use may_train::{Event, Policy, Record, Registry, Subject};
    /// use may_train::ledger::{Ledger, TrainingSet};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .with_birth("1990".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u1".parse()?);
    /// let built = "2024-12-01".parse()?;
    /// let gate = registry.gate(&policy, built, built);
    /// let mut set = TrainingSet::new("run-1".parse()?, &gate);
    /// set.enter(gate.admit(&record).admission().unwrap())?;
    /// let mut ledger = Ledger::new();
    /// ledger.append(set.seal())?;
    ///
    /// let event = Event::opt_out("u1".parse()?, policy.purpose().clone(), "2025-01-15".parse()?);
    /// let statement = event.effect(&registry, &policy, &ledger, [&record]);
    /// assert_eq!(statement.to_string(),
    ///     "You opt out of ai-training.generative at linkedin on 2025-01-15.\n\
    ///      `run-1` has already taken place with your data; nothing changes that.\n\
    ///      1 record of yours is out of every run with a cut-off at or after 2025-01-15.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn effect<'r>(
        &self,
        registry: &Registry,
        policy: &Policy,
        ledger: &Ledger,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> EffectStatement {
        let theirs = records.into_iter().filter(|r| r.subjects().contains(self.subject()));
        let at = self.at();
        let mut effects = Vec::new();
        for record in theirs {
            // A decision reads the record's own subjects and no others.
            let mut with = Registry::new();
            for subject in record.subjects().iter().filter_map(|id| registry.get(id)) {
                with.replace(subject.clone());
            }
            let without = with.clone();
            with.apply(self);
            effects.push(RecordEffect {
                record: record.id().clone(),
                since: at,
                eligible: eligible(&with.view(policy, at), record, at),
                otherwise: eligible(&without.view(policy, at), record, at),
            });
        }
        let models = ledger.models_of(self.subject());
        let (before, since): (Vec<_>, Vec<_>) =
            models.direct().iter().partition(|run| !counts_at(self, run.as_of()));
        EffectStatement {
            event: self.clone(),
            platform: policy.platform().clone(),
            reach: reach(self, policy),
            unaffected: ids(before),
            too_late_for: ids(since),
            inherited: ids(models.inherited().iter().copied()),
            recheck: Vec::new(),
            records: effects,
            counts: match self.fact() {
                Fact::Choice(_, made) => {
                    made.counts(at, registry.get(self.subject()).and_then(Subject::birth))
                }
                Fact::Residence(_)
                | Fact::Audience(_)
                | Fact::Birth(_)
                | Fact::Restriction { .. }
                | Fact::Erasure => true,
            },
        }
    }
}

/// Returns whether a decision with this cut-off reads the event. Every decision reads a birth.
fn counts_at(event: &Event, as_of: Timestamp) -> bool {
    match event.fact() {
        Fact::Birth(_) => true,
        Fact::Choice(..)
        | Fact::Residence(_)
        | Fact::Audience(_)
        | Fact::Restriction { .. }
        | Fact::Erasure => event.at() <= as_of,
    }
}

/// Returns which data an opt-out reaches by the policy. Returns `None` for any other event, for an
/// opt-out of another purpose, and if no revision is in force.
fn reach(event: &Event, policy: &Policy) -> Option<OptOutReach> {
    match event.fact() {
        Fact::Choice(purpose, made) if purpose.includes(policy.purpose()) => match made.choice() {
            Choice::OptOut => policy.in_force(event.at()).map(Revision::opt_out_reaches),
            Choice::OptIn => None,
        },
        Fact::Choice(..)
        | Fact::Residence(_)
        | Fact::Audience(_)
        | Fact::Birth(_)
        | Fact::Restriction { .. }
        | Fact::Erasure => None,
    }
}

/// Returns the spans of cut-offs at or after `from` at which the record is eligible.
fn eligible(view: &View<'_>, record: &Record, from: Timestamp) -> Vec<Span> {
    let timeline = view.eligibility(record);
    let mut spans: Vec<Span> = Vec::new();
    for (span, decision) in timeline.spans() {
        match decision.verdict() {
            Verdict::Eligible => {}
            Verdict::Ineligible | Verdict::Indeterminate => continue,
        }
        if span.end().is_some_and(|end| end <= from) {
            continue;
        }
        let start = span.start().max(from);
        // Two adjacent spans, one of each of two revisions, are one span.
        let start = match spans.pop_if(|last| last.end() == Some(start)) {
            Some(last) => last.start(),
            None => start,
        };
        spans.push(span.end().map_or(Span::new(start), |end| Span::new(start).until(end)));
    }
    spans
}

/// A statement for one person of what an event changes, as data and as sentences (`Display`).
///
/// The statement rests on the facts known when it is made, and on the revisions that the policy has
/// then.
///
/// ```
/// use may_train::people::ChoiceMade;
/// use may_train::{Choice, ChosenBy, Event, Fact, Policy, Record, Registry};
/// use may_train::ledger::{Ledger, Outcome};
///
/// let policy = Policy::shipped("linkedin")?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
///
/// // An administrator cannot opt anybody in.
/// let made = ChoiceMade::new(Choice::OptIn, ChosenBy::Admin);
/// let fact = Fact::Choice(policy.purpose().clone(), made);
/// let event = Event::new("u1".parse()?, "2025-01-15".parse()?, fact);
/// let statement = event.effect(&Registry::new(), &policy, &Ledger::new(), [&record]);
/// assert_eq!(statement.records()[0].outcome(), Outcome::StaysOut);
/// assert_eq!(statement.to_string().lines().next().unwrap(),
///     "You are opted in to ai-training.generative at linkedin on 2025-01-15, which counts for \
///      nothing: only you can opt in, or your guardian while you are known to be under 18.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectStatement {
    event: Event,
    platform: Platform,
    reach: Option<OptOutReach>,
    unaffected: Vec<RunId>,
    too_late_for: Vec<RunId>,
    inherited: Vec<RunId>,
    recheck: Vec<RunId>,
    records: Vec<RecordEffect>,
    /// False if the event is a choice that does not count.
    #[serde(skip)]
    counts: bool,
}

/// The effect of an event on one record.
///
/// Serialises as `{"record":"r1","outcome":"taken-out","out_from":"2025-01-15T00:00:00Z",
/// "eligible":[],"otherwise":[{"from":"2025-01-15T00:00:00Z"}]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "EffectDocument")]
pub struct RecordEffect {
    record: RecordId,
    since: Timestamp,
    eligible: Vec<Span>,
    otherwise: Vec<Span>,
}

/// The JSON of an effect on a record.
#[derive(Serialize)]
struct EffectDocument {
    record: RecordId,
    outcome: Outcome,
    out_from: Option<Timestamp>,
    eligible: Vec<Span>,
    otherwise: Vec<Span>,
}

impl From<RecordEffect> for EffectDocument {
    fn from(effect: RecordEffect) -> Self {
        let (outcome, out_from) = (effect.outcome(), effect.out_from());
        let RecordEffect { record, eligible, otherwise, .. } = effect;
        Self { record, outcome, out_from, eligible, otherwise }
    }
}

words! {
    /// The effect of an event on a record, in one word. Only cut-offs at or after the event count.
    pub enum Outcome as "an outcome" {
        /// The record was eligible at some cut-off, and no longer is at any.
        TakenOut = "taken-out",
        /// The record was eligible at no cut-off, and now is at some cut-off at or after the event.
        BroughtIn = "brought-in",
        /// Nothing changes: the record is eligible at the same cut-offs as before.
        StaysIn = "stays-in",
        /// Nothing changes: the record is eligible at no cut-off.
        StaysOut = "stays-out",
        /// The record is eligible at other cut-offs than before.
        Shifted = "shifted",
    }
}

impl RecordEffect {
    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the spans of cut-offs, at or after the event, at which the record is eligible.
    #[must_use]
    pub fn eligible(&self) -> &[Span] {
        &self.eligible
    }

    /// Returns the spans of cut-offs at which the record would be eligible without the event.
    #[must_use]
    pub fn otherwise(&self) -> &[Span] {
        &self.otherwise
    }

    /// Returns the cut-off from which on the record is never eligible again; `None` if it stays
    /// eligible.
    #[must_use]
    pub fn out_from(&self) -> Option<Timestamp> {
        self.eligible.last().map_or(Some(self.since), |last| last.end())
    }

    /// Returns the effect in one word.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match (self.otherwise.as_slice(), self.eligible.as_slice()) {
            ([], []) => Outcome::StaysOut,
            (_, []) => Outcome::TakenOut,
            ([], _) => Outcome::BroughtIn,
            (before, after) if before == after => Outcome::StaysIn,
            (_, _) => Outcome::Shifted,
        }
    }
}

impl EffectStatement {
    /// Adds the effect on a training set that is being built.
    #[must_use]
    pub fn on_set(mut self, set: &TrainingSet) -> Self {
        let has_learned = |run: &RunId| {
            [&self.unaffected, &self.too_late_for, &self.inherited].iter().any(|r| r.contains(run))
        };
        let inherits = set.builds_on().iter().any(|parent| has_learned(parent.run()));
        let named = if set.uses_subject(self.event.subject()) {
            &mut self.recheck
        } else if inherits {
            &mut self.inherited
        } else {
            return self;
        };
        if !named.contains(set.run()) {
            named.push(set.run().clone());
        }
        self
    }

    /// Returns the event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Returns the runs with a cut-off before the event that used the person's data. The event does
    /// not change them. A birth has no such run: it counts at every cut-off.
    #[must_use]
    pub fn unaffected(&self) -> &[RunId] {
        &self.unaffected
    }

    /// Returns the runs with a cut-off at or after the event that used the person's data, because
    /// they were sealed before the event was known. A birth counts at every cut-off, so it names
    /// every run that used the person's data.
    #[must_use]
    pub fn too_late_for(&self) -> &[RunId] {
        &self.too_late_for
    }

    /// Returns the runs and the training sets that hold none of the person's data, but build on a
    /// run that used it. Their models learned from it through that run.
    #[must_use]
    pub fn inherited(&self) -> &[RunId] {
        &self.inherited
    }

    /// Returns the training sets that hold records of the person. Recheck them before their runs
    /// start.
    #[must_use]
    pub fn recheck(&self) -> &[RunId] {
        &self.recheck
    }

    /// Returns the effect on each record.
    #[must_use]
    pub fn records(&self) -> &[RecordEffect] {
        &self.records
    }

    /// Returns the number of records with an outcome.
    fn count(&self, outcome: Outcome) -> usize {
        self.records.iter().filter(|effect| effect.outcome() == outcome).count()
    }
}

/// Returns `1 record of yours is` or `2 records of yours are`.
fn of_yours(count: usize) -> String {
    match count {
        1 => "1 record of yours is".to_owned(),
        _ => format!("{count} records of yours are"),
    }
}

/// Returns the runs with "has" or "have".
fn has(runs: &[RunId]) -> String {
    format!("{} {}", list(runs), if runs.len() == 1 { "has" } else { "have" })
}

impl fmt::Display for EffectStatement {
    /// Writes sentences for the person, one a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, platform) = (self.event.at(), &self.platform);
        match self.event.fact() {
            Fact::Choice(purpose, made) => {
                let verb = match (made.choice(), made.by()) {
                    (Choice::OptOut, ChosenBy::Subject) => "You opt out",
                    (Choice::OptOut, _) => "You are opted out",
                    (Choice::OptIn, ChosenBy::Subject) => "You opt in",
                    (Choice::OptIn, _) => "You are opted in",
                };
                let to = match made.choice() {
                    Choice::OptOut => "of",
                    Choice::OptIn => "to",
                };
                write!(f, "{verb} {to} {purpose} at {platform} on {at}")?;
                let counts = if self.counts {
                    "."
                } else {
                    ", which counts for nothing: only you can opt in, or your guardian while you are \
                     known to be under 18."
                };
                f.write_str(counts)?;
            }
            Fact::Residence(Some(place)) => write!(f, "You reside in {place} from {at} on.")?,
            Fact::Residence(None) => write!(f, "Where you reside is not known from {at} on.")?,
            Fact::Audience(Some(name)) => write!(f, "You belong to `{name}` from {at} on.")?,
            Fact::Audience(None) => write!(f, "Whom you belong with is not known from {at} on.")?,
            Fact::Birth(birth) => write!(f, "{platform} learns that you were born {birth}.")?,
            Fact::Restriction { id, until } => {
                write!(f, "Your data is restricted for `{id}` from {at}")?;
                match until {
                    Some(until) => write!(f, " until {until}.")?,
                    None => f.write_str(" on.")?,
                }
            }
            Fact::Erasure => write!(f, "You are erased at {platform} on {at}.")?,
        }
        self.write_runs(f)?;
        self.write_records(f)
    }
}

impl EffectStatement {
    /// Writes the sentences about runs.
    fn write_runs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.unaffected.is_empty() {
            let runs = has(&self.unaffected);
            write!(f, "\n{runs} already taken place with your data; nothing changes that.")?;
        }
        if !self.too_late_for.is_empty() {
            let runs = has(&self.too_late_for);
            f.write_str("\n")?;
            match self.event.fact() {
                Fact::Birth(_) => {
                    write!(f, "{runs} taken place with your data before this was known.")?;
                }
                Fact::Choice(..)
                | Fact::Residence(_)
                | Fact::Audience(_)
                | Fact::Restriction { .. }
                | Fact::Erasure => {
                    write!(f, "{runs} a later cut-off, but took place before this was known.")?;
                }
            }
        }
        if !self.inherited.is_empty() {
            let verb = if self.inherited.len() == 1 { "builds" } else { "build" };
            let runs = list(&self.inherited);
            write!(f, "\n{runs} {verb} on a run with your data, which this does not change.")?;
        }
        if !self.recheck.is_empty() {
            let be = if self.recheck.len() == 1 { "is" } else { "are" };
            let runs = list(&self.recheck);
            write!(
                f,
                "\n{runs} {be} being built with your data, to be rechecked before the start."
            )?;
        }
        Ok(())
    }

    /// Writes the sentences about records.
    fn write_records(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.event.at();
        let sentence = |f: &mut fmt::Formatter<'_>, outcome, words: &str| {
            let count = self.count(outcome);
            if count == 0 { Ok(()) } else { write!(f, "\n{} {words}.", of_yours(count)) }
        };
        let out = format!("out of every run with a cut-off at or after {at}");
        sentence(f, Outcome::TakenOut, &out)?;
        let stays = match self.reach {
            Some(OptOutReach::FutureData) => {
                "not touched, and can still be used: by this policy an opt-out reaches what is \
                 created at or after it"
            }
            Some(OptOutReach::FutureRuns | OptOutReach::Both) | None => {
                "not touched, and can be used as before"
            }
        };
        sentence(f, Outcome::StaysIn, stays)?;
        sentence(f, Outcome::BroughtIn, "eligible from now on, or from a later time")?;
        sentence(f, Outcome::Shifted, "eligible at other times than before")?;
        sentence(f, Outcome::StaysOut, "out already, which does not change")
    }
}
