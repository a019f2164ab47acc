//! The combinations over which lint compares rules, and the rules that apply in each.

use crate::policy::applying::applying;
use crate::policy::distinctions::{Distinctions, with_other};
use crate::policy::region::Closeness;
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::time::Timestamp;

/// A kind, an audience and a creation time: what selectors can distinguish besides the place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) kind: &'a Kind,
    pub(super) audience: &'a Audience,
    pub(super) created: Timestamp,
}

/// The kinds, audiences and creation spans that the selectors of rules can distinguish.
pub(super) struct Cases {
    kinds: Vec<Kind>,
    audiences: Vec<Audience>,
    /// One instant of each span.
    created: Vec<Timestamp>,
}

impl Cases {
    pub(super) fn of(rules: &Distinctions<'_>) -> Self {
        Self {
            kinds: with_other(&rules.kinds()),
            audiences: with_other(&rules.audiences()),
            created: [Timestamp::MIN].into_iter().chain(rules.creations()).collect(),
        }
    }

    /// Returns every combination.
    pub(super) fn iter(&self) -> impl Iterator<Item = Case<'_>> {
        self.kinds.iter().flat_map(move |kind| {
            self.audiences.iter().flat_map(move |audience| {
                self.created.iter().map(move |&created| Case { kind, audience, created })
            })
        })
    }
}

/// The rules that apply in a cell.
pub(super) struct Applying<'a> {
    /// All rules that exclude.
    pub(super) excluding: Vec<&'a Rule>,
    /// Of the other rules, those that name the place most closely.
    pub(super) others: Vec<&'a Rule>,
}

impl Case<'_> {
    /// Returns which rules apply, of those that name a place.
    pub(super) fn applying<'r>(&self, named: &[(&'r Rule, Closeness)]) -> Applying<'r> {
        let selects = |rule: &Rule| {
            rule.selects(self.kind, self.created) && rule.selects_audience(Some(self.audience))
        };
        let matching = named.iter().copied().filter(|(rule, _)| selects(rule));
        let (excluding, others) = applying(matching).partition(|rule| rule.is_exclusion());
        Applying { excluding, others }
    }
}
