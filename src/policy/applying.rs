//! Rule precedence: which of a revision's rules apply to a record.

use std::collections::BTreeSet;

use crate::policy::region::{Area, Closeness};
use crate::policy::rule::Rule;
use crate::values::place::Place;
use crate::values::time::Timestamp;

/// Returns the rules that name a place at a cut-off, each with how closely it names the place.
pub(crate) fn naming<'r>(
    rules: impl Iterator<Item = &'r Rule> + Clone,
    place: Place,
    as_of: Timestamp,
) -> impl Iterator<Item = (&'r Rule, Closeness)> + Clone {
    rules.filter_map(move |rule| Some((rule, rule.names(place, as_of)?)))
}

/// Returns the rules that apply, in document order: every exclusion, and the closest of the other
/// rules.
///
/// `matching` yields the rules that name the place and whose selectors match, each with its
/// closeness. If two rules are equally close, both apply. The iterator is cloned and walked twice,
/// so that a decision allocates nothing.
///
/// Take a business account in California. `*` has `opt-in`, `US-CA` has `opt-out`, and `US` has
/// `excluded` for businesses. `US-CA` takes precedence over `*`, but not over the exclusion: the
/// record is refused.
pub(crate) fn applying<'r>(
    matching: impl Iterator<Item = (&'r Rule, Closeness)> + Clone,
) -> impl Iterator<Item = &'r Rule> {
    let others = matching.clone().filter(|(rule, _)| !rule.is_exclusion());
    let closest = others.map(|(_, closeness)| closeness).max();
    matching
        .filter(move |(rule, closeness)| rule.is_exclusion() || Some(*closeness) == closest)
        .map(|(rule, _)| rule)
}

/// Returns the cut-offs at which a country enters or leaves a region that a rule names.
pub(crate) fn membership_changes<'r>(rules: impl Iterator<Item = &'r Rule>) -> BTreeSet<Timestamp> {
    let spans = rules.flat_map(Rule::named_areas).flat_map(Area::memberships);
    spans.flat_map(|span| [Some(span.start()), span.end()]).flatten().collect()
}
