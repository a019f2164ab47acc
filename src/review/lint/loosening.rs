//! Lint of loosening: what a revision admits that the one before it did not, and with how much
//! notice.

use std::collections::BTreeSet;

use super::cells::{Applying, Cases};
use super::{Lint, LintCode, LintPlace, quoted};
use crate::policy::applying::naming;
use crate::policy::distinctions::Distinctions;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::values::kind::Kind;
use crate::values::place::Place;
use crate::values::regime::Regime;
use crate::values::time::Timestamp;

/// The least number of days between announcement and effect of a revision that loosens, for
/// [`lint`](crate::review::lint()) not to report it.
///
/// In August 2024, Brazil's data protection authority required 30 days of Meta, between the notice
/// to the people and the use of their data. The announced resumptions gave more: 43 days (Meta in
/// the EU, 2025) and 46 days (LinkedIn, 2025).
pub const NOTICE_DAYS: u32 = 30;

/// The limits in a cell: the strictest of all rules that apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Admits {
    regime: Regime,
    minimum_age: Option<u8>,
    created_from: Option<Timestamp>,
    opt_in_lifetime_days: Option<u32>,
    opt_in_from: Option<Timestamp>,
}

impl Admits {
    /// Returns the limits; `None` if a rule excludes, or does not cover the kind.
    fn of(applying: &Applying<'_>, kind: &Kind) -> Option<Self> {
        let rules = || applying.others.iter();
        let covers = |rule: &&Rule| rule.terms().covers().contains(kind);
        if !applying.excluding.is_empty() || !rules().all(covers) {
            return None;
        }
        let asking = || rules().filter(|rule| rule.regime() == Regime::OptIn);
        Some(Self {
            // The stricter regimes come first.
            regime: rules().map(|rule| rule.regime()).min()?,
            minimum_age: rules().filter_map(|rule| rule.terms().minimum_age()).max(),
            created_from: rules().filter_map(|rule| rule.terms().created_from()).max(),
            opt_in_lifetime_days: asking()
                .filter_map(|rule| rule.terms().opt_in_lifetime_days())
                .min(),
            opt_in_from: asking().filter_map(|rule| rule.terms().opt_in_from()).max(),
        })
    }

    /// Returns whether this admits anything that the other does not.
    fn is_looser_than(self, other: Self) -> bool {
        let lifetime = |admits: Self| match admits.regime {
            Regime::OptIn => admits.opt_in_lifetime_days.unwrap_or(u32::MAX),
            Regime::Excluded | Regime::OptOut | Regime::NoChoice => u32::MAX,
        };
        self.regime > other.regime
            || self.minimum_age < other.minimum_age
            || self.created_from < other.created_from
            || (self.regime == other.regime
                && (lifetime(self) > lifetime(other) || self.opt_in_from < other.opt_in_from))
    }
}

/// Returns the finding if a revision loosens the one before it without notice. It does not compare
/// how choices and residences are sampled. Returns `None` if there is nothing to report.
pub(super) fn check(before: &Revision, revision: &Revision) -> Option<Lint> {
    let has_notice = revision
        .announced()
        .and_then(|announced| announced.plus_days(NOTICE_DAYS))
        .is_some_and(|noticed| noticed <= revision.effective());
    if has_notice {
        return None;
    }
    let places = loosened(before, revision);
    if places.is_empty() {
        return None;
    }
    let notice = match revision.announced() {
        None => "no announcement is known".to_owned(),
        Some(announced) if announced < revision.effective() => format!(
            "it was announced on {announced}, less than {NOTICE_DAYS} days before {}",
            revision.effective()
        ),
        Some(_) => "it was not announced before".to_owned(),
    };
    Some(Lint::new(
        LintCode::LooseningWithoutNotice,
        LintPlace::of_revision(revision, "announced"),
        format!(
            "more is admitted than under `{}` in {}, and {notice}",
            before.id(),
            quoted(&places)
        ),
        format!(
            "give the date if it was announced {NOTICE_DAYS} days before, or say in `note` \
                 that it was not"
        ),
    ))
}

/// Returns the places in which the later revision admits what the earlier one did not. Regions have
/// the members of the day on which the later one takes effect.
fn loosened(before: &Revision, after: &Revision) -> BTreeSet<Place> {
    let as_of = after.effective();
    let both = before.rules().iter().chain(after.rules());
    let both = Distinctions::of(both.map(|rule| (rule, as_of)));
    let cases = Cases::of(&both);
    let mut loosened = BTreeSet::new();
    for class in both.place_classes() {
        let Some(place) = class.first() else { continue };
        let named = |rules| naming(rules, *place, as_of).collect::<Vec<_>>();
        let (old, new) = (named(before.rules().iter()), named(after.rules().iter()));
        let is_looser = cases.iter().any(|case| {
            let before = Admits::of(&case.applying(&old), case.kind);
            let after = Admits::of(&case.applying(&new), case.kind);
            match (before, after) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(before), Some(after)) => after.is_looser_than(before),
            }
        });
        if is_looser {
            loosened.extend(class);
        }
    }
    loosened
}
