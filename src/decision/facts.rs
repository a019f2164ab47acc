//! What is sampled of a subject, and at which instants. Facts hold no clock.

use crate::people::choice::ChoiceSample;
use crate::people::log::Entry;
use crate::people::subject::Subject;
use crate::policy::revision::{OptOutReach, ResidenceAt};
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::time::Timestamp;

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

impl Instants {
    /// Those at which choices are sampled.
    pub(crate) fn of_choices(self, reach: OptOutReach) -> [Option<Timestamp>; 2] {
        let Self { created, as_of, .. } = self;
        match reach {
            OptOutReach::FutureRuns => [Some(as_of), None],
            OptOutReach::FutureData => [Some(created), None],
            OptOutReach::Both if created == as_of => [Some(as_of), None],
            OptOutReach::Both => [Some(created), Some(as_of)],
        }
    }

    /// The spans, both ends included, over which residences are sampled.
    pub(crate) fn of_residences(
        self,
        sampling: ResidenceAt,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let Self { created, as_of, .. } = self;
        let spans = match sampling {
            ResidenceAt::AsOf => [Some((as_of, as_of)), None],
            ResidenceAt::Created => [Some((created, created)), None],
            ResidenceAt::Both if created == as_of => [Some((as_of, as_of)), None],
            ResidenceAt::Both => [Some((created, created)), Some((as_of, as_of))],
            ResidenceAt::Throughout => [Some((created, as_of)), None],
        };
        spans.into_iter().flatten()
    }
}

/// What is sampled of a subject whatever its residence, and its logs.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub subject: &'a Subject,
    pub instants: Instants,
    /// The audiences that stood at the cut-off: one, if it is known.
    pub audiences: &'a [Entry<Audience>],
    choices: [Option<ChoiceSample<'a>>; 2],
}

impl<'a> Facts<'a> {
    /// Samples the choices for a purpose at each instant that an opt-out reaches.
    pub(crate) fn of(
        subject: &'a Subject,
        instants: Instants,
        reach: OptOutReach,
        purpose: &'a Purpose,
    ) -> Self {
        let Instants { as_of, known_at, .. } = instants;
        let sample = |instant| subject.choices().sample(purpose, instant, known_at);
        Self {
            subject,
            instants,
            audiences: subject.audiences().in_force(as_of, known_at),
            choices: instants.of_choices(reach).map(|instant| instant.map(sample)),
        }
    }

    /// The choices for the purpose, at each instant that an opt-out reaches.
    pub(crate) fn choices(self) -> impl Iterator<Item = ChoiceSample<'a>> {
        self.choices.into_iter().flatten()
    }

    /// The residences that stood at each sampled instant.
    pub(crate) fn residences(
        self,
        sampling: ResidenceAt,
    ) -> impl Iterator<Item = (Timestamp, &'a [Entry<Place>])> {
        let (residences, known_at) = (self.subject.residences(), self.instants.known_at);
        self.instants
            .of_residences(sampling)
            .flat_map(move |(from, until)| residences.held(from, until, known_at))
    }
}
