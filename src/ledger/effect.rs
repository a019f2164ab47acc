//! Effect statements: what an opt-out, an opt-in, a move or an erasure does, for one person.

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
    /// What the event does, under a policy: to the records given (of this subject; any others are
    /// passed over), and to the runs that took place.
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
            // Those whose data it is are all that the decision looks at.
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
            models.direct().iter().partition(|run| run.as_of() < at);
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

/// What an opt-out reaches by the policy; `None` for any other event, and for an opt-out of another
/// purpose.
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

/// The spans of cut-offs, from an instant on, at which the record is eligible.
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
        // Steps that follow each other, under one revision and the next, are one span.
        let start = match spans.pop_if(|last| last.end() == Some(start)) {
            Some(last) => last.start(),
            None => start,
        };
        spans.push(span.end().map_or(Span::new(start), |end| Span::new(start).until(end)));
    }
    spans
}

/// What an event does, for the person it happens to: data, and sentences when printed.
///
/// It speaks of what is known when it is made, and of the revisions that the policy has then.
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
    /// Whether it is a choice that counts, or anything else.
    #[serde(skip)]
    counts: bool,
}

/// What an event does to one record.
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

/// How an effect on a record is written.
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
    /// What an event comes to for a record, over the cut-offs from the event on.
    pub enum Outcome as "an outcome" {
        /// It could be used and no longer can, from the event on.
        TakenOut = "taken-out",
        /// It could not be used and can, from an instant on that is the event or comes later.
        BroughtIn = "brought-in",
        /// Nothing changes: it can be used, now or at some time.
        StaysIn = "stays-in",
        /// Nothing changes: it cannot be used.
        StaysOut = "stays-out",
        /// It can be used at other times than it could.
        Shifted = "shifted",
    }
}

impl RecordEffect {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// The spans of cut-offs, from the event on, at which it may be used.
    #[must_use]
    pub fn eligible(&self) -> &[Span] {
        &self.eligible
    }

    /// The same, had the event not happened.
    #[must_use]
    pub fn otherwise(&self) -> &[Span] {
        &self.otherwise
    }

    /// From which cut-off on it is out for good; nothing where it is not.
    #[must_use]
    pub fn out_from(&self) -> Option<Timestamp> {
        self.eligible.last().map_or(Some(self.since), |last| last.end())
    }

    /// What the event comes to.
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
    /// Adds what it does to a set that is being built.
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

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// The runs with a cut-off before the event that used the person: they have taken place, and
    /// nothing changes them.
    #[must_use]
    pub fn unaffected(&self) -> &[RunId] {
        &self.unaffected
    }

    /// The runs with a cut-off at or after the event that used the person all the same, because they
    /// were sealed without knowledge of it.
    #[must_use]
    pub fn too_late_for(&self) -> &[RunId] {
        &self.too_late_for
    }

    /// The runs, and the sets being built, that hold none of the person's data and build on a run
    /// that used it: their models have learned from it through that one.
    #[must_use]
    pub fn inherited(&self) -> &[RunId] {
        &self.inherited
    }

    /// The sets being built that hold records of the person, and have to be rechecked before they
    /// start.
    #[must_use]
    pub fn recheck(&self) -> &[RunId] {
        &self.recheck
    }

    /// What it does to each record.
    #[must_use]
    pub fn records(&self) -> &[RecordEffect] {
        &self.records
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.records.iter().filter(|effect| effect.outcome() == outcome).count()
    }
}

/// `1 record of yours is`, `2 records of yours are`.
fn of_yours(count: usize) -> String {
    match count {
        1 => "1 record of yours is".to_owned(),
        _ => format!("{count} records of yours are"),
    }
}

fn has(runs: &[RunId]) -> String {
    format!("{} {}", list(runs), if runs.len() == 1 { "has" } else { "have" })
}

impl fmt::Display for EffectStatement {
    /// Sentences for the person, one a line.
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
    fn write_runs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.unaffected.is_empty() {
            let runs = has(&self.unaffected);
            write!(f, "\n{runs} already taken place with your data; nothing changes that.")?;
        }
        if !self.too_late_for.is_empty() {
            let runs = has(&self.too_late_for);
            write!(f, "\n{runs} a later cut-off, but took place before this was known.")?;
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
