//! The setting that a policy offers to a person at an instant, as values. No rule is restated: the
//! crate is asked about a record of each kind, made at that instant.

use std::collections::BTreeMap;

use may_train::decision::Evidence;
use may_train::policy::Terms;
use may_train::{
    Audience, ChoiceState, Ground, Kind, OptIns, Place, Policy, Record, Regime, Registry, Rule,
    Subject, Timestamp,
};

/// What a policy offers to a person at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where the person resides; `None` if it is not known.
    pub place: Option<Place>,
    /// The kinds of data that are covered, by the strictest regime that applies to each.
    pub kinds: BTreeMap<Regime, Vec<Kind>>,
    /// The person's plan or group, if it is why nobody's data is used.
    pub group: Option<Audience>,
    /// The choice of the person.
    pub choice: ChoiceState,
}

impl Setting {
    /// Returns the setting of a subject under a policy at an instant.
    #[must_use]
    pub fn at(policy: &Policy, subject: &Subject, instant: Timestamp) -> Self {
        let mut registry = Registry::new();
        registry.replace(subject.clone());
        let mut setting =
            Self { place: None, kinds: BTreeMap::new(), group: None, choice: ChoiceState::Silent };
        let mut opt_ins = OptIns::default();
        for kind in kinds(policy, instant) {
            let Ok(id) = "asked".parse() else { continue };
            let record = Record::new(id, kind.clone(), instant).with_subject(subject.id().clone());
            let explanation = registry.view(policy, instant).explain(&record);
            let mut strictest: Option<Regime> = None;
            for finding in explanation.findings() {
                if let Evidence::Setting { residence, rule, .. } = finding.evidence() {
                    setting.place = Some(residence.place);
                    let regime = rule.rule.regime();
                    strictest = Some(strictest.map_or(regime, |other| other.min(regime)));
                    opt_ins = rule.rule.terms().opt_ins();
                    if regime == Regime::Excluded && rule.rule.audiences().is_some() {
                        setting.group = group(subject, instant);
                    }
                }
            }
            let is_covered = !explanation.grounds().contains(Ground::KindNotCovered);
            if let Some(regime) = strictest.filter(|_| is_covered) {
                setting.kinds.entry(regime).or_default().push(kind);
            }
        }
        setting.choice = subject.choice_at(policy.purpose(), instant, None).state(opt_ins);
        setting
    }

    /// Returns the regime that tells which setting there is: one with a setting, if any kind of data
    /// has one. Returns `None` if nothing is offered because something is not known.
    #[must_use]
    pub fn regime(&self) -> Option<Regime> {
        let order = [Regime::OptOut, Regime::OptIn, Regime::NoChoice, Regime::Excluded];
        order.into_iter().find(|regime| self.kinds.contains_key(regime))
    }

    /// Checks whether the setting is on; `None` if there is none.
    #[must_use]
    pub fn is_on(&self) -> Option<bool> {
        match self.regime()? {
            Regime::OptOut => Some(self.choice != ChoiceState::OptedOut),
            Regime::OptIn => Some(self.choice == ChoiceState::OptedIn),
            Regime::Excluded | Regime::NoChoice => None,
        }
    }
}

/// Returns the plan or group of a subject; `None` if it is not known.
fn group(subject: &Subject, instant: Timestamp) -> Option<Audience> {
    match subject.audiences().in_force(instant, None) {
        [only] => only.value().clone(),
        _ => None,
    }
}

/// Returns every kind that the revision in force names.
fn kinds(policy: &Policy, instant: Timestamp) -> Vec<Kind> {
    let Some(revision) = policy.in_force(instant) else { return Vec::new() };
    let of_rules = revision.rules().iter().map(Rule::terms);
    let terms = std::iter::once(revision.terms()).chain(of_rules);
    let mut kinds: Vec<Kind> = terms.flat_map(Terms::covers).cloned().collect();
    kinds.sort();
    kinds.dedup();
    kinds
}
