//! Which rules apply: the precedence of the specification, said once.

use crate::policy::region::Closeness;
use crate::policy::rule::Rule;
use crate::values::place::Place;
use crate::values::time::Timestamp;

/// Returns the rules that name a place at a cut-off, each with how closely it does.
pub(crate) fn naming<'r>(
    rules: impl Iterator<Item = &'r Rule> + Clone,
    place: Place,
    as_of: Timestamp,
) -> impl Iterator<Item = (&'r Rule, Closeness)> + Clone {
    rules.filter_map(move |rule| Some((rule, rule.names(place, as_of)?)))
}

/// Returns the rules that apply, in their order: every exclusion, and of the others those that name
/// the place most closely.
///
/// `matching` has the rules that name the place and whose selectors match, each with how closely it
/// names the place. It is walked twice, so that a decision allocates nothing.
///
/// For a business account in California, take `*` with `opt-in`, `US-CA` with `opt-out`, and `US`
/// with `excluded` for businesses. `US-CA` takes precedence over `*`, but not over the exclusion:
/// the record is refused.
pub(crate) fn applying<'r>(
    matching: impl Iterator<Item = (&'r Rule, Closeness)> + Clone,
) -> impl Iterator<Item = &'r Rule> {
    let others = matching.clone().filter(|(rule, _)| !rule.is_exclusion());
    let closest = others.map(|(_, closeness)| closeness).max();
    matching
        .filter(move |(rule, closeness)| rule.is_exclusion() || Some(*closeness) == closest)
        .map(|(rule, _)| rule)
}
