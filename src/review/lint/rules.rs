//! Lint of the rules of a revision together, over the whole space that they distinguish.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Applying, Cases};
use super::{Lint, LintCode, LintPlace, Window, areas, quoted, revisions};
use crate::policy::applying::naming;
use crate::policy::distinctions::Distinctions;
use crate::policy::region::Area;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::values::kind::Kind;
use crate::values::place::Place;
use crate::values::time::{Span, Timestamp};

pub(super) fn check(revision: &Revision, window: Window, lints: &mut Vec<Lint>) {
    let reach = Reach::of(revision.rules(), window);
    for rule in revision.rules() {
        areas::in_rule(revision, rule, lints);
        if let Some(span) = rule.created()
            && span.end().is_some_and(|end| end <= span.start())
        {
            lints.push(empty_span(revision, rule, span));
        } else {
            check_reach(revision, rule, &reach, window, lints);
        }
        check_kinds(revision, rule, &reach, lints);
        check_overlaps(revision, rule, &reach, lints);
        revisions::check_terms(revision, rule, lints);
    }
}

fn empty_span(revision: &Revision, rule: &Rule, span: Span) -> Lint {
    let end = span.end().unwrap_or(span.start());
    Lint::new(
        LintCode::EmptySpan,
        LintPlace::of_rule(revision, rule, "created"),
        format!("no record is created from {} until before {end}", span.start()),
        "give an `until` that is later than `from`",
    )
}

/// Where each rule applies. Rules are identified by their numbers.
#[derive(Default)]
struct Reach {
    /// The places in which each rule applies.
    applies: BTreeMap<usize, BTreeSet<Place>>,
    /// The rules that exclude, and those that apply somewhere without a rule that excludes.
    decides: BTreeSet<usize>,
    /// Pairs of rules of different regimes that apply together without a rule that excludes, with
    /// the places.
    together: BTreeMap<(usize, usize), BTreeSet<Place>>,
    /// For each rule, the kinds that it is meant for, where it applies and no rule excludes.
    kinds: BTreeMap<usize, BTreeMap<Kind, Coverage>>,
}

/// Whether all rules that apply somewhere cover a kind; if not, which rules do not.
enum Coverage {
    Covered,
    RefusedBy(BTreeSet<usize>),
}

impl Reach {
    fn of(rules: &[Rule], window: Window) -> Self {
        let mut reach = Self::default();
        let at = |instant| Distinctions::of(rules.iter().map(move |rule| (rule, instant)));
        let cases = Cases::of(&at(window.from));
        for instant in instants(&at(window.from), window) {
            for class in at(instant).place_classes() {
                let Some(place) = class.first() else { continue };
                let named: Vec<_> = naming(rules.iter(), *place, instant).collect();
                for case in cases.iter() {
                    reach.add(&class, &case.applying(&named), case.kind);
                }
            }
        }
        reach
    }

    fn add(&mut self, class: &[Place], applying: &Applying<'_>, kind: &Kind) {
        for rule in applying.excluding.iter().chain(&applying.others) {
            let places = self.applies.entry(rule.number()).or_default();
            places.extend(class);
        }
        self.decides.extend(applying.excluding.iter().map(|rule| rule.number()));
        if !applying.excluding.is_empty() {
            return;
        }
        self.decides.extend(applying.others.iter().map(|rule| rule.number()));
        for (i, first) in applying.others.iter().enumerate() {
            for second in applying.others.iter().skip(i).skip(1) {
                if first.regime() != second.regime() {
                    let pair = (first.number(), second.number());
                    self.together.entry(pair).or_default().extend(class);
                }
            }
            if means(first, kind) {
                let refusing =
                    applying.others.iter().filter(|r| !r.terms().covers().contains(kind));
                let refusing = refusing.map(|rule| rule.number()).collect();
                self.add_kind(first.number(), kind, refusing);
            }
        }
    }

    fn add_kind(&mut self, rule: usize, kind: &Kind, mut refusing: BTreeSet<usize>) {
        let kinds = self.kinds.entry(rule).or_default();
        let before = kinds.remove(kind);
        let coverage = match before {
            Some(Coverage::Covered) => Coverage::Covered,
            Some(Coverage::RefusedBy(_)) | None if refusing.is_empty() => Coverage::Covered,
            Some(Coverage::RefusedBy(mut rules)) => {
                rules.append(&mut refusing);
                Coverage::RefusedBy(rules)
            }
            None => Coverage::RefusedBy(refusing),
        };
        kinds.insert(kind.clone(), coverage);
    }

    fn places(&self, rule: &Rule) -> Option<&BTreeSet<Place>> {
        self.applies.get(&rule.number())
    }
}

/// Returns whether a rule is meant for a kind: it selects the kind, or covers it and selects none.
fn means(rule: &Rule, kind: &Kind) -> bool {
    rule.kinds().unwrap_or(rule.terms().covers()).contains(kind)
}

/// Returns the cut-offs at which a revision can change its result: its first, and each at which a
/// region changes.
fn instants(rules: &Distinctions<'_>, window: Window) -> BTreeSet<Timestamp> {
    let in_window =
        |at: &Timestamp| window.from < *at && window.until.is_none_or(|until| *at < until);
    let changes = rules.memberships().into_iter().filter(in_window);
    [window.from].into_iter().chain(changes).collect()
}

fn check_reach(
    revision: &Revision,
    rule: &Rule,
    reach: &Reach,
    window: Window,
    lints: &mut Vec<Lint>,
) {
    let mut found = |code, key: String, message: String, remedy: &str| {
        lints.push(Lint::new(code, LintPlace::of_rule(revision, rule, key), message, remedy));
    };
    let Some(places) = reach.places(rule) else {
        let message = "it never applies: its places are excepted, or other rules that match \
                       whenever it does name them more closely";
        let remedy = "remove it, or name its places more closely than the others do";
        return found(LintCode::UnreachableRule, "in".into(), message.into(), remedy);
    };
    if !reach.decides.contains(&rule.number()) {
        let message = format!("`{}` decides nothing: another rule excludes there", rule.regime());
        let remedy = "remove it, or add its places to the `except` of the rule that excludes";
        return found(LintCode::OverruledRule, "in".into(), message, remedy);
    }
    let alone = Distinctions::of([(rule, window.from)]);
    let instants = instants(&alone, window);
    let names = |area: &Area, place: Place| {
        instants.iter().any(|instant| area.names(place, *instant).is_some())
    };
    for (i, area) in rule.places().iter().enumerate() {
        if !places.iter().any(|place| names(area, *place)) {
            let message = format!("the rule never applies to `{area}`");
            let remedy =
                "leave it out, or out of `except` and of the rules that name it more closely";
            found(LintCode::PlaceNeverReached, format!("in[{i}]"), message, remedy);
        }
    }
    let everywhere = alone.places();
    for (i, area) in rule.except().iter().enumerate() {
        let takes_out = |place: &Place| {
            instants.iter().any(|instant| {
                let names = |area: &Area| area.names(*place, *instant).is_some();
                names(area) && rule.places().iter().any(names)
            })
        };
        if !everywhere.iter().any(takes_out) {
            let message = format!("`{area}` is not in the rule's places");
            let key = format!("except[{i}]");
            found(LintCode::ExceptionWithoutEffect, key, message, "leave it out");
        }
    }
}

/// Adds a finding for each kind that a rule is meant for and that is refused wherever it applies.
fn check_kinds(revision: &Revision, rule: &Rule, reach: &Reach, lints: &mut Vec<Lint>) {
    // A rule that covers nothing has one finding already.
    if rule.terms().covers().is_empty() {
        return;
    }
    let key = if rule.kinds().is_some() { "kinds" } else { "covers" };
    for (kind, coverage) in reach.kinds.get(&rule.number()).into_iter().flatten() {
        let Coverage::RefusedBy(refusing) = coverage else { continue };
        let message = if refusing.contains(&rule.number()) {
            format!("the rule selects `{kind}`, but does not cover it")
        } else {
            let rules: Vec<String> = refusing.iter().map(usize::to_string).collect();
            let rules = rules.join(" or ");
            format!(
                "`{kind}` is never admitted: wherever the rule applies, so does rule {rules}, \
                     which does not cover it"
            )
        };
        let remedy = "let every rule that applies cover the kind, or leave it out here";
        let place = LintPlace::of_rule(revision, rule, key);
        lints.push(Lint::new(LintCode::KindNeverAdmitted, place, message, remedy));
    }
}

/// Adds the findings about this rule and another one in the same places.
fn check_overlaps(revision: &Revision, rule: &Rule, reach: &Reach, lints: &mut Vec<Lint>) {
    for ((first, second), places) in &reach.together {
        let by_number = |number: usize| revision.rules().iter().find(|r| r.number() == number);
        let (Some(first), Some(second)) = (by_number(*first), by_number(*second)) else { continue };
        // The stricter regimes come first.
        let (stricter, looser) =
            if first.regime() < second.regime() { (first, second) } else { (second, first) };
        let places = quoted(places);
        if looser == rule && is_narrower(looser, stricter) {
            lints.push(Lint::new(
                LintCode::SelectorLoosensNothing,
                LintPlace::of_rule(revision, rule, "regime"),
                format!(
                    "`{}` loosens nothing: rule {} names {places} as closely, and its `{}` is \
                     stricter",
                    rule.regime(),
                    stricter.number(),
                    stricter.regime()
                ),
                "name the places more closely here, or give the other rule selectors, too",
            ));
        } else if second == rule && !is_narrower(looser, stricter) && !is_narrower(stricter, looser)
        {
            lints.push(Lint::new(
                LintCode::OverlappingRules,
                LintPlace::of_rule(revision, rule, "in"),
                format!(
                    "{places}: rule {} applies as well, as closely, so that the stricter of `{}` \
                     and `{}` counts",
                    first.number(),
                    first.regime(),
                    second.regime()
                ),
                "put the places into the `except` of one of the two",
            ));
        }
    }
}

/// Returns whether the selectors of a rule match less than those of another rule.
fn is_narrower(rule: &Rule, other: &Rule) -> bool {
    let selects_less = within(rule.kinds(), other.kinds())
        && within(rule.audiences(), other.audiences())
        && span_within(rule.created(), other.created());
    let selects_more = within(other.kinds(), rule.kinds())
        && within(other.audiences(), rule.audiences())
        && span_within(other.created(), rule.created());
    selects_less && !selects_more
}

/// Returns whether one selector matches only what the other one matches.
fn within<T: PartialEq>(some: Option<&[T]>, others: Option<&[T]>) -> bool {
    others.is_none_or(|others| some.is_some_and(|some| some.iter().all(|one| others.contains(one))))
}

fn span_within(some: Option<Span>, other: Option<Span>) -> bool {
    let Some(other) = other else { return true };
    some.is_some_and(|some| {
        let ends_before = |end| some.end().is_some_and(|some| some <= end);
        other.start() <= some.start() && other.end().is_none_or(ends_before)
    })
}
