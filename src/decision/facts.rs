//! Sampled facts: the values that a decision reads of a subject, and the instants of the samples.

use crate::decision::evidence::Residence;
use crate::people::choice::SampledChoice;
use crate::people::log::{Entry, unambiguous};
use crate::people::subject::Subject;
use crate::policy::revision::{OptOutReach, ResidenceAt};
use crate::values::kind::{Audience, Purpose};
use crate::values::place::Place;
use crate::values::time::{Birth, Timestamp};

/// The named instants at which a decision samples facts. There are no others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instants {
    /// The creation of the record, or the cut-off if that is earlier: no later instant is sampled.
    pub created: Timestamp,
    /// The cut-off.
    pub as_of: Timestamp,
    /// Facts count if they were recorded up to this instant. `None`: all facts count.
    pub known_at: Option<Timestamp>,
}

impl Instants {
    /// Returns the instants at which choices are sampled.
    pub(crate) fn of_choices(self, reach: OptOutReach) -> [Option<Timestamp>; 2] {
        let Self { created, as_of, .. } = self;
        match reach {
            OptOutReach::FutureRuns => [Some(as_of), None],
            OptOutReach::FutureData => [Some(created), None],
            OptOutReach::Both if created == as_of => [Some(as_of), None],
            OptOutReach::Both => [Some(created), Some(as_of)],
        }
    }

    /// Calls `each` with the spans over which residences are sampled. Both ends are included.
    ///
    /// It is a branch and not an iterator, because an iterator of iterators costs a decision more than
    /// its rules do.
    #[inline]
    pub(crate) fn each_span(
        self,
        sampling: ResidenceAt,
        mut each: impl FnMut(Timestamp, Timestamp),
    ) {
        let Self { created, as_of, .. } = self;
        match sampling {
            ResidenceAt::AsOf => each(as_of, as_of),
            ResidenceAt::Created => each(created, created),
            ResidenceAt::Both => {
                each(created, created);
                if created != as_of {
                    each(as_of, as_of);
                }
            }
            ResidenceAt::Throughout => each(created, as_of),
        }
    }
}

/// The facts that a decision samples of one subject, as plain values, except its residences.
///
/// They may come from a registry or from columns. There may be many residences, so they are passed
/// beside it, one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampled<'s> {
    /// Whether a restriction is in force at the cut-off.
    pub is_restricted: bool,
    /// Whether an erasure took effect by the cut-off.
    pub is_erased: bool,
    pub birth: Option<Birth>,
    /// The audience at the cut-off. `None`: it is unknown.
    pub audience: Option<&'s Audience>,
    /// The preference at each instant at which choices are sampled.
    pub choices: [Option<SampledChoice>; 2],
}

/// A residence at a sampled instant, with the evidence to cite: `K` if it is known, `U` if it is
/// unknown.
///
/// A caller that cites nothing uses `()` for both.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SampledResidence<K, U> {
    Known(Place, K),
    Unknown(U),
}

impl<'s> Sampled<'s> {
    /// Samples a subject for a purpose. If `reach` is `None`, no choices are sampled.
    pub(crate) fn of(
        subject: &'s Subject,
        instants: Instants,
        reach: Option<OptOutReach>,
        purpose: &Purpose,
    ) -> Self {
        let Instants { as_of, known_at, .. } = instants;
        let sample =
            |instant| subject.choices().sample(purpose, instant, known_at, subject.birth());
        let [first, second] = reach.map_or([None, None], |reach| instants.of_choices(reach));
        let sampled = Self {
            is_restricted: false,
            is_erased: false,
            birth: subject.birth(),
            audience: None,
            choices: [first.map(sample), second.map(sample)],
        };
        if !subject.has_rare_facts() {
            return sampled;
        }
        Self {
            is_restricted: subject.restrictions().iter().any(|r| r.is_in_force(as_of, known_at)),
            is_erased: subject.erasure(known_at).is_some_and(|erasure| erasure.at() <= as_of),
            audience: unambiguous(subject.audiences().in_force(as_of, known_at)).map(|(a, _)| a),
            ..sampled
        }
    }
}

/// The residence at a sampled instant: the instant, with the entries in force then.
pub(crate) type HeldResidence<'a> = (Timestamp, &'a [Entry<Option<Place>>]);

/// Calls `each` with the residence at every sampled instant.
#[inline]
pub(crate) fn each_residence<'s>(
    subject: &'s Subject,
    instants: Instants,
    residence_at: ResidenceAt,
    mut each: impl FnMut(HeldResidence<'s>),
) {
    instants.each_span(residence_at, |from, until| {
        subject.residences().each_held(from, until, instants.known_at, &mut each);
    });
}

/// Returns a sampled residence, with the entries that it comes from.
pub(crate) fn cited_residence<'s>(
    subject: &'s Subject,
    (instant, entries): HeldResidence<'s>,
) -> SampledResidence<Residence<'s>, HeldResidence<'s>> {
    match unambiguous(entries) {
        Some((place, entry)) => {
            let place = *place;
            SampledResidence::Known(place, Residence { subject, instant, place, entry })
        }
        None => SampledResidence::Unknown((instant, entries)),
    }
}
