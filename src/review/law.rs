//! A checker of the crate's laws, for the tests of your own policy.
//!
//! The checker visits every case of the finite space that the policy distinguishes. It takes every
//! instant at which something changes. At each instant it takes one representative of every class
//! of place, kind, audience, age, creation time and choice history. For law 4 it also takes people
//! who move between places.
//!
//! In each case it checks the laws that concern one policy. They hold for every policy by
//! construction of the engine. The check is your evidence for your policy, and for another engine,
//! see [`check_decider`].
//!
//! ```
//! use may_train::review::law;
//! use may_train::Policy;
//!
//! # fn the_laws_hold_for_our_policy() {
//! let policy = Policy::shipped("linkedin").unwrap();
//! let proof = law::check(&policy).unwrap_or_else(|counterexample| panic!("{counterexample}"));
//! assert!(proof.cases() > 1_000);
//! # }
//! # the_laws_hold_for_our_policy();
//! ```

mod situation;
mod variation;
mod walk;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::decision::registry::Registry;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::review::class::list;
use crate::values::ground::Grounds;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// A law that the checker tests for a policy or for an engine.
    pub enum Law as "a law" {
        /// Law 1: a subject who resides where an `excluded` rule applies is refused, whatever they
        /// chose.
        ExclusionAlwaysWins = "an-exclusion-always-wins",
        /// Law 2: facts that become true after the cut-off, or that the platform learns after
        /// `known_at`, change no ground.
        LaterFactsChangeNothing = "later-facts-never-change-earlier-decisions",
        /// Law 3: if opt-outs reach future runs, an opt-out keeps data out of every later run. It
        /// ends when the subject or the guardian opts in for the same purpose.
        OptOutBindsLaterRuns = "an-opt-out-binds-every-later-run",
        /// Law 4: forgetting a fact never turns a refusal into an admission. This holds for
        /// residences, subdivisions, audiences, the birth, an opt-in, and the whole subject. It
        /// also holds if a residence or an audience is written as unknown.
        UnknownNeverAdmits = "unknown-never-admits",
        /// Law 5: adding an opt-out, a restriction, an erasure, a subject or an `excluded` rule
        /// never admits more.
        RestrictionNeverWidens = "a-restriction-never-widens",
        /// Law 8: a stricter regime, a higher minimum age, or the removal of a kind never admits
        /// more.
        StrictnessIsMonotone = "strictness-is-monotone",
    }
}

impl Law {
    /// Returns the number of the law in the specification.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::ExclusionAlwaysWins => 1,
            Self::LaterFactsChangeNothing => 2,
            Self::OptOutBindsLaterRuns => 3,
            Self::UnknownNeverAdmits => 4,
            Self::RestrictionNeverWidens => 5,
            Self::StrictnessIsMonotone => 8,
        }
    }
}

/// Evidence that the laws hold: the number of cases checked for each.
///
/// Only cases that could have failed count. If a law says that nothing more is admitted, these are
/// the cases that were refused before the change.
///
/// A law without a case in the policy holds trivially, and its count is 0. An example is the first
/// law in a policy that excludes nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    cases: BTreeMap<Law, u64>,
}

impl Proof {
    /// Returns the number of cases checked, for all laws.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.cases.values().sum()
    }

    /// Returns the number of cases checked for a law.
    #[must_use]
    pub fn cases_of(&self, law: Law) -> u64 {
        self.cases.get(&law).copied().unwrap_or(0)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |law: &Law| format!("law {}: {} cases", law.number(), self.cases_of(*law));
        write!(f, "the laws hold ({})", list(&Law::ALL.iter().map(count).collect::<Vec<_>>()))
    }
}

/// A case in which a law does not hold: among all such cases, one with the fewest facts.
///
/// A case that admits too much comes before a case of law 2, which need not admit anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counterexample {
    law: Law,
    policy: String,
    as_of: Timestamp,
    subjects: Vec<Subject>,
    record: Record,
    /// The change made to the case; `None` if the law concerns a single case.
    change: Option<String>,
    /// The grounds without the change; `None` if there is no change.
    before: Option<Grounds>,
    grounds: Grounds,
}

impl Counterexample {
    /// Returns the law.
    #[must_use]
    pub const fn law(&self) -> Law {
        self.law
    }

    /// Returns the cut-off.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Returns the known subjects of the record, before the change.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Returns the record, before the change.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the change made to the case; `None` if the law concerns a single case.
    #[must_use]
    pub fn change(&self) -> Option<&str> {
        self.change.as_deref()
    }

    /// Returns the grounds found, after the change if there is one. They are fewer than the law
    /// requires; for law 2, they differ from those without the change.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns how many facts the case consists of.
    #[must_use]
    pub fn size(&self) -> usize {
        let facts = |s: &Subject| {
            let logs = s.residences().iter().count() + s.audiences().iter().count();
            logs + s.choices().iter().count() + usize::from(s.birth().is_some())
        };
        self.subjects.iter().map(facts).sum()
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { law, policy, record, .. } = self;
        writeln!(f, "law {} ({law}) does not hold for {policy}", law.number())?;
        for subject in &self.subjects {
            write_subject(f, subject)?;
        }
        writeln!(f, "record of kind {}, created at {}", record.kind(), record.created_at())?;
        let grounds = |grounds: Grounds| match grounds.to_string() {
            none if none.is_empty() => "none".to_owned(),
            some => some,
        };
        match (&self.change, self.before) {
            (Some(change), Some(before)) => {
                writeln!(f, "grounds: {}", grounds(before))?;
                write!(f, "grounds with {change}: {}", grounds(self.grounds))
            }
            (_, _) => write!(f, "grounds: {}", grounds(self.grounds)),
        }
    }
}

fn write_subject(f: &mut fmt::Formatter<'_>, subject: &Subject) -> fmt::Result {
    writeln!(f, "subject `{}`:", subject.id())?;
    if let Some(birth) = subject.birth() {
        writeln!(f, "  born {birth}")?;
    }
    for residence in subject.residences() {
        let place = residence.value().map_or("a place not known".into(), |p| p.to_string());
        writeln!(f, "  resides in {place} since {}", residence.at())?;
    }
    for audience in subject.audiences() {
        let name = audience.value().as_ref().map_or("not known", |audience| audience.as_str());
        writeln!(f, "  of audience {name} since {}", audience.at())?;
    }
    for (purpose, choice) in subject.choices().iter() {
        let made = choice.value();
        writeln!(f, "  {} for {purpose} at {} by {}", made.choice(), choice.at(), made.by())?;
    }
    Ok(())
}

impl std::error::Error for Counterexample {}

/// Checks laws 1, 2, 3, 4, 5 and 8 in every case that the policy distinguishes.
///
/// The cost grows with the product of the classes. It is milliseconds for a policy of a few rules,
/// and seconds for one with dozens of places, audiences and kinds.
///
/// # Errors
///
/// Returns the smallest counterexample. None is known for this crate's own engine: please report
/// it.
pub fn check(policy: &Policy) -> Result<Proof, Box<Counterexample>> {
    check_decider(policy, |policy, registry, record, as_of, known_at| {
        let view = registry.view(policy, as_of);
        known_at.map_or(view, |known_at| view.with_known_at(known_at)).decide(record).grounds()
    })
}

/// Checks the laws for another engine: a function that returns the grounds against a record at a
/// cut-off.
///
/// The last argument of `decide` is the instant up to which facts count as known; `None` means that
/// all facts count.
///
/// # Errors
///
/// Returns the smallest counterexample.
///
/// ```
/// use may_train::review::law::{Law, check_decider};
/// use may_train::{Ground, Grounds, Policy};
///
/// // An engine that takes an opt-in for a way around an exclusion.
/// let policy = Policy::shipped("linkedin")?;
/// let wrong = check_decider(&policy, |policy, registry, record, as_of, known_at| {
///     let view = registry.view(policy, as_of);
///     let view = known_at.map_or(view, |known_at| view.with_known_at(known_at));
///     let grounds = view.decide(record).grounds();
///     let chose = |id| registry.get(id).is_some_and(|s| s.choices().iter().count() > 0);
///     if record.subjects().iter().all(chose) && grounds == Ground::RegionExcluded.alone() {
///         return Grounds::NONE;
///     }
///     grounds
/// })
/// .unwrap_err();
/// assert_eq!(wrong.law(), Law::ExclusionAlwaysWins);
/// assert_eq!(wrong.size(), 2); // a residence and an opt-in
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_decider(
    policy: &Policy,
    decide: impl Fn(&Policy, &Registry, &Record, Timestamp, Option<Timestamp>) -> Grounds,
) -> Result<Proof, Box<Counterexample>> {
    walk::Walk::new(policy, decide).run()
}
