//! The revision in force at a cut-off, with the chart of its rules.

use crate::policy::chart::{Chart, PlaceRules};
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::values::place::Place;
use crate::values::time::Timestamp;

/// A revision in force at a cut-off, with the chart of its rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InForce<'p> {
    pub revision: &'p Revision,
    chart: &'p Chart,
}

impl<'p> InForce<'p> {
    /// Returns what is in force under a policy at a cut-off; `None` before the first revision.
    pub(crate) fn at(policy: &'p Policy, as_of: Timestamp) -> Option<Self> {
        let revision = policy.in_force(as_of)?;
        Some(Self { revision, chart: revision.charts.at(revision.rules(), as_of)? })
    }

    /// Returns what the chart says of a place.
    pub(crate) fn at_place(self, place: Place) -> PlaceRules<'p> {
        self.chart.at_place(self.revision.rules(), place)
    }
}
