//! Treatment: the regime and the limits that a policy applies to a class of people and data.

use serde::Serialize;

use crate::decision::evidence::Evidence;
use crate::decision::explain::Explanation;
use crate::review::class::{AgeClass, ChoiceClass, PolicyAt};
use crate::review::space::Cell;
use crate::values::ground::Ground;
use crate::values::regime::{DefaultSetting, Regime};

/// The treatment of a class of people and data under a policy, whatever the people choose.
///
/// ```
/// use may_train::review::{Coverage, PolicyAt};
/// use may_train::{DefaultSetting, Policy, Regime};
///
/// let policy = Policy::shipped("linkedin")?;
/// let coverage = Coverage::at(&policy, "2024-12-01".parse()?);
/// let britain = coverage.treatments("GB".parse()?).next().unwrap();
/// assert_eq!(britain.regime(), Some(Regime::Excluded));
/// assert_eq!(britain.default_setting(), DefaultSetting::NotOffered);
/// assert!(!britain.is_used());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Treatment {
    regime: Option<Regime>,
    minimum_age: Option<u8>,
    not_used: Option<Ground>,
}

impl Treatment {
    /// Returns the treatment of a class, by a decision about a member who is old enough and has
    /// opted in. Returns `None` if the class can have no member.
    pub(crate) fn of(side: PolicyAt<'_>, cell: Cell<'_>) -> Option<Self> {
        let willing = Cell { age: OLD, choice: ChoiceClass::OptedIn, ..cell };
        let (registry, record) = willing.realise(side)?;
        let view = registry.view(side.policy(), side.as_of());
        Some(Self::read(&view.explain(&record)))
    }

    fn read(explanation: &Explanation<'_>) -> Self {
        let mut regime = None;
        let mut minimum_age = None;
        for finding in explanation.findings() {
            if let Evidence::Terms { rule, .. } = finding.evidence() {
                let found = rule.rule.regime();
                regime = Some(regime.map_or(found, |strictest: Regime| strictest.min(found)));
                minimum_age = minimum_age.max(rule.rule.terms().minimum_age());
            }
        }
        let not_used = explanation.grounds().iter().next();
        Self { regime, minimum_age: minimum_age.filter(|_| not_used.is_none()), not_used }
    }

    /// Returns the regime that applies; the strictest, if several apply. Returns `None` if no
    /// revision is in force, or the residence is unknown.
    #[must_use]
    pub const fn regime(self) -> Option<Regime> {
        self.regime
    }

    /// Returns the setting that is offered, and its default.
    #[must_use]
    pub fn default_setting(self) -> DefaultSetting {
        self.regime.map_or(DefaultSetting::NotOffered, Regime::default_setting)
    }

    /// Returns the minimum age, in whole years, when the record was created. Returns `None` if
    /// there is none, or the data is not used.
    #[must_use]
    pub const fn minimum_age(self) -> Option<u8> {
        self.minimum_age
    }

    /// Returns why the data is kept out even if the subject is old enough and has opted in.
    /// Examples are an exclusion, a kind that is not covered, and no policy in force. Of several
    /// grounds, it returns the first in [`Ground::ALL`]; `None` if the data is used.
    #[must_use]
    pub const fn not_used(self) -> Option<Ground> {
        self.not_used
    }

    /// Returns whether the data can be used at all, if the subject is old enough and has opted in.
    #[must_use]
    pub const fn is_used(self) -> bool {
        self.not_used.is_none()
    }
}

/// An age above every minimum age that a policy can set.
const OLD: AgeClass = AgeClass::Between { from: u8::MAX, until: None };
