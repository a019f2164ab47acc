//! What is sampled of a subject, and at which instants. Facts hold no clock.

use crate::choice::ChoiceSample;
use crate::kind::{Audience, Purpose};
use crate::log::Entry;
use crate::place::Place;
use crate::policy::{OptOutReach, ResidenceAt};
use crate::subject::Subject;
use crate::time::Timestamp;

/// The closed set of named instants at which facts are sampled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instants {
    /// The record's creation, or the cut-off where that comes first: later instants are not looked
    /// at.
    pub created: Timestamp,
    /// The cut-off.
    pub as_of: Timestamp,
    /// Up to when facts count as known; all do, if nothing is given.
    pub known_at: Option<Timestamp>,
}

/// A subject's logs, read at the named instants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub subject: &'a Subject,
    pub instants: Instants,
}

impl<'a> Facts<'a> {
    /// The choices for a purpose, at each instant that an opt-out reaches.
    pub(crate) fn choices(
        self,
        reach: OptOutReach,
        purpose: &'a Purpose,
    ) -> impl Iterator<Item = ChoiceSample<'a>> + Clone {
        let Instants { created, as_of, known_at } = self.instants;
        let sample = |instant| self.subject.choices().sample(purpose, instant, known_at);
        let samples = match reach {
            OptOutReach::FutureRuns => [Some(sample(as_of)), None],
            OptOutReach::FutureData => [Some(sample(created)), None],
            OptOutReach::Both if created == as_of => [Some(sample(as_of)), None],
            OptOutReach::Both => [Some(sample(created)), Some(sample(as_of))],
        };
        samples.into_iter().flatten()
    }

    /// The residences that stood at each sampled instant.
    pub(crate) fn residences(
        self,
        sampling: ResidenceAt,
    ) -> impl Iterator<Item = (Timestamp, &'a [Entry<Place>])> {
        let Instants { created, as_of, known_at } = self.instants;
        let spans = match sampling {
            ResidenceAt::AsOf => [Some((as_of, as_of)), None],
            ResidenceAt::Created => [Some((created, created)), None],
            ResidenceAt::Both if created == as_of => [Some((as_of, as_of)), None],
            ResidenceAt::Both => [Some((created, created)), Some((as_of, as_of))],
            ResidenceAt::Throughout => [Some((created, as_of)), None],
        };
        let residences = self.subject.residences();
        spans
            .into_iter()
            .flatten()
            .flat_map(move |(from, until)| residences.held(from, until, known_at))
    }

    /// The audiences that stood at the cut-off: one, if it is known.
    pub(crate) fn audiences(self) -> &'a [Entry<Audience>] {
        self.subject.audiences().standing(self.instants.as_of, self.instants.known_at)
    }
}
