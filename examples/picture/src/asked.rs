//! What the crate answers, asked at every instant at which the answer can change. No rule is
//! restated here: whatever is drawn, a decision said.

use std::collections::BTreeSet;

use may_train::decision::Evidence;
use may_train::policy::{Area, Status};
use may_train::{
    Audience, ChoiceState, Entry, Kind, Place, Policy, Record, Regime, Registry, Revision, Rule,
    Span, Subject, Timestamp,
};

use crate::scale::later;

type Failure = Box<dyn std::error::Error>;

/// A step function: each value with the instant from which on it holds.
pub type Steps<T> = Vec<(Timestamp, T)>;

/// What `ask` answers from the first instant up to the end: asked at each of the instants, and just
/// before the next. Where the two differ, something changed in between, and it is looked for.
pub fn steps<T: PartialEq>(
    instants: &BTreeSet<Timestamp>,
    end: Timestamp,
    ask: impl Fn(Timestamp) -> T,
) -> Steps<T> {
    let mut steps: Steps<T> = Vec::new();
    let ends = instants.iter().skip(1).copied().chain([end]);
    for (mut from, until) in instants.iter().copied().zip(ends) {
        let before = later(until, -1).max(from);
        loop {
            let answer = ask(from);
            let next = first_change(from, before, |t| ask(t) != answer);
            if steps.last().is_none_or(|(_, last)| *last != answer) {
                steps.push((from, answer));
            }
            match next {
                Some(next) => from = next,
                None => break,
            }
        }
    }
    steps
}

/// By halving: an instant up to `last` from which on something is different, if it is at `last`.
fn first_change(
    mut same: Timestamp,
    last: Timestamp,
    differs: impl Fn(Timestamp) -> bool,
) -> Option<Timestamp> {
    if !differs(last) {
        return None;
    }
    let mut different = last;
    while later(same, 1) < different {
        let middle = later(same, (different.as_micros() - same.as_micros()) / 2);
        if differs(middle) {
            different = middle;
        } else {
            same = middle;
        }
    }
    Some(different)
}

/// The revisions that ever were in force.
pub fn in_force(policy: &Policy) -> impl Iterator<Item = &Revision> {
    policy.revisions().iter().filter(|revision| match revision.status() {
        Status::InForce => true,
        Status::Withdrawn => false,
    })
}

/// Every instant at which a policy can change what it says: when a revision takes effect, when a
/// country joins or leaves a region, when a window of creation begins or ends.
pub fn instants(policy: &Policy) -> BTreeSet<Timestamp> {
    let mut instants: BTreeSet<_> = in_force(policy).map(Revision::effective).collect();
    let bounds = |span: Span| [Some(span.start()), span.end()].into_iter().flatten();
    for rule in policy.revisions().iter().flat_map(Revision::rules) {
        instants.extend(rule.created().into_iter().flat_map(bounds));
        for area in areas(rule) {
            if let Area::Region(region) = area {
                instants.extend(region.members().flat_map(|(_, span)| bounds(span)));
            }
        }
    }
    instants
}

/// Every area that a rule speaks of.
pub fn areas(rule: &Rule) -> impl Iterator<Item = &Area> {
    rule.places().iter().chain(rule.except())
}

/// A regime that a place is under, for everybody or for some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruling {
    pub regime: Regime,
    /// For what, where it is not for everything; in the words of the rules' selectors.
    pub only: Option<String>,
}

/// The regimes of a place at an instant: first that of everybody and everything, then those of rules
/// that select, where they differ from it. None where no revision is in force.
pub fn rulings(policy: &Policy, place: Place, as_of: Timestamp) -> Result<Vec<Ruling>, Failure> {
    let Some(revision) = policy.in_force(as_of) else { return Ok(Vec::new()) };
    let plain = Probe::plain(revision, as_of)?;
    let Some(regime) = strictest(&plain.rules(policy, place, as_of)?) else {
        return Ok(Vec::new());
    };
    let mut rulings = vec![Ruling { regime, only: None }];
    for rule in revision.rules() {
        let Some(only) = selectors(rule) else { continue };
        let rules = Probe::plain(revision, as_of)?.selected_by(rule).rules(policy, place, as_of)?;
        if let Some(other) = strictest(&rules)
            && other != regime
            && rules.iter().any(|(number, _)| *number == rule.number())
        {
            let same = rulings.iter_mut().find(|ruling| ruling.regime == other);
            match same.and_then(|ruling| ruling.only.as_mut()) {
                Some(others) => *others = format!("{others} / {only}"),
                None => rulings.push(Ruling { regime: other, only: Some(only) }),
            }
        }
    }
    Ok(rulings)
}

/// Of the regimes that rule together, the one that tells: grounds unite, so it is the strictest.
fn strictest(rules: &[(usize, Regime)]) -> Option<Regime> {
    rules.iter().map(|(_, regime)| *regime).min()
}

/// A record, and the audience of its subject, to ask with.
struct Probe {
    kind: Kind,
    created: Timestamp,
    audience: String,
}

impl Probe {
    /// One that no selector matches, as far as there is such a one.
    fn plain(revision: &Revision, as_of: Timestamp) -> Result<Self, Failure> {
        let rules = revision.rules();
        let selected =
            |kind: &&Kind| rules.iter().any(|r| r.kinds().is_some_and(|k| k.contains(kind)));
        let covered = revision.terms().covers().iter().find(|kind| !selected(kind)).cloned();
        let windows = || rules.iter().filter_map(Rule::created);
        let outside = |t: &Timestamp| !windows().any(|window| window.contains(*t));
        Ok(Self {
            kind: covered.map_or_else(|| "anything-else".parse(), Ok)?,
            created: [as_of, Timestamp::MIN].into_iter().find(outside).unwrap_or(as_of),
            audience: "anybody else".into(),
        })
    }

    /// The same, so that the rule's selectors match.
    fn selected_by(mut self, rule: &Rule) -> Self {
        if let Some(kind) = rule.kinds().and_then(<[_]>::first) {
            self.kind = kind.clone();
        }
        if let Some(audience) = rule.audiences().and_then(<[_]>::first) {
            self.audience = audience.to_string();
        }
        if let Some(window) = rule.created() {
            self.created = window.start();
        }
        self
    }

    /// The rules that count, by number, each with its regime.
    fn rules(
        &self,
        policy: &Policy,
        place: Place,
        as_of: Timestamp,
    ) -> Result<Vec<(usize, Regime)>, Failure> {
        let subject = Subject::new("probe".parse()?)
            .with_residence(place, Timestamp::MIN)
            .with_audience_entry(Entry::new(Timestamp::MIN, self.audience.parse::<Audience>()?));
        let record = Record::new("probe".parse()?, self.kind.clone(), self.created)
            .with_subject("probe".parse()?);
        let mut registry = Registry::new();
        registry.insert(subject)?;
        Ok(rules(&registry, policy, &record, as_of))
    }
}

/// The rules that counted in a decision.
fn rules(
    registry: &Registry,
    policy: &Policy,
    record: &Record,
    as_of: Timestamp,
) -> Vec<(usize, Regime)> {
    let explanation = registry.view(policy, as_of).explain(record);
    explanation
        .findings()
        .iter()
        .filter_map(|finding| match finding.evidence() {
            Evidence::Setting { rule, .. } => Some((rule.rule.number(), rule.rule.regime())),
            _ => None,
        })
        .collect()
}

/// What a rule selects, in words; nothing if it selects everything.
fn selectors(rule: &Rule) -> Option<String> {
    let mut words = Vec::new();
    if let Some(kinds) = rule.kinds() {
        words.push(kinds.iter().map(Kind::as_str).collect::<Vec<_>>().join(", "));
    }
    if let Some(audiences) = rule.audiences() {
        words.push(audiences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }
    if let Some(window) = rule.created() {
        let from = (window.start() > Timestamp::MIN).then(|| format!("from {}", window.start()));
        let until = window.end().map(|end| format!("before {end}"));
        let bounds: Vec<_> = from.into_iter().chain(until).collect();
        words.push(format!("created {}", bounds.join(" and ")));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// The regime that a record is under in a run with that cut-off.
pub fn regime_of(
    registry: &Registry,
    policy: &Policy,
    record: &Record,
    as_of: Timestamp,
) -> Option<Regime> {
    strictest(&rules(registry, policy, record, as_of))
}

/// A policy that is in force at all times, so that a choice can be asked for when no other is.
pub fn policy_for_asking(policy: &Policy) -> Result<Policy, Failure> {
    let document = format!(
        "platform = 'asking'\npurpose = '{}'\n[[revisions]]\nid = 'always'\neffective = '{}'\n\
         opt_out_reaches = 'future-runs'\nresidence_at = 'as-of'\ncovers = []\n\
         [[revisions.rules]]\nin = ['*']\nregime = 'opt-out'\n",
        policy.purpose(),
        Timestamp::MIN
    );
    Ok(Policy::from_toml(&document)?)
}

/// The choice of a record's subject at the cut-off.
pub fn choice_of(
    registry: &Registry,
    asking: &Policy,
    record: &Record,
    as_of: Timestamp,
) -> Option<ChoiceState> {
    let explanation = registry.view(asking, as_of).explain(record);
    explanation.findings().iter().find_map(|finding| match finding.evidence() {
        Evidence::Choice { choice, .. } => Some(choice.state(may_train::OptIns::default())),
        _ => None,
    })
}
