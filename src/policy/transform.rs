//! Derived policies: a policy with one thing made stricter.

use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::values::kind::Kind;
use crate::values::regime::Regime;

impl Policy {
    /// Returns the policy with `opt-in` in place of every `opt-out` and `no-choice`.
    ///
    /// Silence then never means yes. Exclusions, places, kinds, ages and windows stay the same. The
    /// Open Rights Group asks LinkedIn for this policy.
    ///
    /// ```
    /// use may_train::{Policy, Regime};
    ///
    /// let asked_for = Policy::shipped("linkedin")?.opt_in_only();
    /// let regimes = |policy: &Policy| -> Vec<Regime> {
    ///     policy.revisions()[1].rules().iter().map(|rule| rule.regime()).collect()
    /// };
    /// assert_eq!(regimes(&Policy::shipped("linkedin")?), [Regime::Excluded, Regime::OptOut]);
    /// assert_eq!(regimes(&asked_for), [Regime::Excluded, Regime::OptIn]);
    /// # Ok::<(), may_train::ReadError>(())
    /// ```
    #[must_use]
    pub fn opt_in_only(&self) -> Self {
        self.with_rules(|rule| rule.regime = rule.regime.min(Regime::OptIn))
    }

    /// Returns the policy with every rule changed.
    fn with_rules(&self, change: impl Fn(&mut Rule)) -> Self {
        let mut policy = self.clone();
        let rules = policy.revisions.iter_mut().flat_map(Revision::rules_mut);
        rules.for_each(change);
        policy
    }

    /// Returns the policy with one rule changed; an unchanged copy if there is no such rule.
    pub(crate) fn with_rule(&self, at: RuleIndex, change: &Stricter) -> Self {
        let mut policy = self.clone();
        let revision = policy.revisions.get_mut(at.revision);
        if let Some(rule) = revision.and_then(|revision| revision.rules_mut().get_mut(at.rule)) {
            change.apply(rule);
        }
        policy
    }

    /// Returns the policy with a rule that excludes an area, appended to a revision (counted from
    /// 0).
    pub(crate) fn with_exclusion(&self, revision: usize, area: &Area) -> Self {
        let mut policy = self.clone();
        if let Some(revision) = policy.revisions.get_mut(revision) {
            let (number, terms) = (revision.rules.len().saturating_add(1), revision.terms.clone());
            revision.rules_mut().push(Rule {
                number,
                places: vec![area.clone()],
                except: Vec::new(),
                kinds: None,
                audiences: None,
                created: None,
                regime: Regime::Excluded,
                terms,
                confidence: None,
                note: None,
            });
        }
        policy
    }
}

/// The position of a rule in a policy. Both indices count from 0, in the order of
/// [`Policy::revisions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleIndex {
    pub revision: usize,
    pub rule: usize,
}

/// A change that makes a rule stricter, and never looser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stricter {
    Regime(Regime),
    MinimumAge(u8),
    Without(Kind),
}

impl Stricter {
    fn apply(&self, rule: &mut Rule) {
        match self {
            Self::Regime(regime) => rule.regime = rule.regime.min(*regime),
            Self::MinimumAge(age) => {
                rule.terms.minimum_age = rule.terms.minimum_age.max(Some(*age));
            }
            Self::Without(kind) => {
                if let Some(covers) = &mut rule.terms.covers {
                    covers.retain(|covered| covered != kind);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RuleIndex, Stricter};
    use crate::policy::policy::Policy;
    use crate::values::regime::Regime;

    #[test]
    fn opt_in_only_changes_regimes_and_nothing_else() {
        let policy = Policy::shipped("linkedin").unwrap();
        let asked_for = policy.opt_in_only();
        assert_eq!(asked_for.opt_in_only(), asked_for);
        let text = policy.to_toml().unwrap();
        assert_eq!(
            asked_for.to_toml().unwrap(),
            text.replace("regime = \"opt-out\"", "regime = \"opt-in\"")
        );
        assert_ne!(asked_for, policy);
    }

    #[test]
    fn a_rule_is_made_stricter_in_place_and_never_looser() {
        let policy = Policy::shipped("linkedin").unwrap();
        let at = RuleIndex { revision: 1, rule: 0 };
        assert_eq!(policy.with_rule(at, &Stricter::Regime(Regime::OptOut)), policy);
        let at = RuleIndex { revision: 1, rule: 1 };
        let aged = policy.with_rule(at, &Stricter::MinimumAge(18));
        assert_eq!(aged.with_rule(at, &Stricter::MinimumAge(16)), aged);
        let post = "post".parse().unwrap();
        let without = policy.with_rule(at, &Stricter::Without(post));
        assert_eq!(without.revisions()[1].rules()[1].terms().covers().len(), 6);
        assert_eq!(without.revisions()[0], policy.revisions()[0]);
    }
}
