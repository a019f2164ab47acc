//! Codes for what a policy distinguishes: classes of places and audiences, kinds, ages, lifetimes
//! of opt-ins, and spans of cut-offs.

use crate::bulk::ids::{Ids, code, index};
use crate::bulk::situation::preference_code::PreferenceCode;
use crate::bulk::situation::resolved::{UNKNOWN, Words};
use crate::people::choice::SampledChoice;
use crate::policy::distinctions::{
    Distinctions, Signature, signature, turning_instants, with_other,
};
use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::policy::revision::{OptOutReach, ResidenceAt, Revision};
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::regime::{ChoiceState, OptIns};
use crate::values::time::Timestamp;

/// A span of cut-offs with one revision in force and the same memberships of regions.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    /// The first cut-off of the span, which lasts until the next epoch.
    pub from: Timestamp,
    /// When residences and choices are sampled; `None` if no revision is in force.
    pub sampling: Option<(ResidenceAt, OptOutReach)>,
}

/// The codes of the classes that a policy distinguishes, over one or more epochs.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    /// Every kind that the policy names, ascending, and last a kind that it does not name.
    pub kinds: Vec<Kind>,
    /// The minimum ages, ascending.
    pub ages: Vec<u8>,
    /// The lifetimes of opt-ins, in days, ascending.
    pub lifetimes: Vec<u32>,
    /// The instants from which opt-ins count, ascending.
    pub opt_ins_from: Vec<Timestamp>,
    /// The creation times that rules name, ascending.
    pub windows: Vec<Timestamp>,
    pub epochs: Vec<Epoch>,
    audiences: Vec<Audience>,
    /// The areas of each epoch. Places with the same signature under them share a class.
    areas: Vec<(Area, Timestamp)>,
    classes: Ids<Signature>,
    class_of_place: Vec<u32>,
}

impl Codes {
    /// Returns the codes of the revision in force at one cut-off, in a single epoch.
    pub(crate) fn at(policy: &Policy, as_of: Timestamp) -> Self {
        Self::of(policy, &[as_of])
    }

    /// Returns the codes of every revision that was ever in force.
    pub(crate) fn over_time(policy: &Policy) -> Self {
        let mut starts = vec![Timestamp::MIN];
        for instant in turning_instants(policy) {
            let is_new = |last: &Timestamp| !is_alike(policy, *last, instant);
            if starts.last().is_none_or(is_new) {
                starts.push(instant);
            }
        }
        Self::of(policy, &starts)
    }

    fn of(policy: &Policy, starts: &[Timestamp]) -> Self {
        let distinctions = Distinctions::at(policy, starts.iter().copied());
        let sampling = |r: &Revision| (r.residence_at(), r.opt_out_reaches());
        let epoch = |from| Epoch { from, sampling: policy.in_force(from).map(sampling) };
        Self {
            kinds: with_other(&distinctions.kinds()),
            ages: distinctions.ages().into_iter().collect(),
            lifetimes: distinctions.lifetimes().into_iter().collect(),
            opt_ins_from: distinctions.opt_ins_from().into_iter().collect(),
            windows: distinctions.creations().into_iter().collect(),
            audiences: distinctions.audiences().into_iter().cloned().collect(),
            areas: distinctions.areas().map(|(area, as_of)| (area.clone(), as_of)).collect(),
            epochs: starts.iter().copied().map(epoch).collect(),
            classes: Ids::new(),
            class_of_place: vec![UNKNOWN],
        }
    }

    /// Returns the code of a kind: its index among the named kinds, or the code of all other kinds.
    pub(crate) fn code_of_kind(&self, kind: &str) -> u32 {
        let other = self.kinds.len().saturating_sub(1);
        let named = self
            .kinds
            .get(..other)
            .and_then(|named| named.binary_search_by(|named| named.as_str().cmp(kind)).ok());
        code(named.unwrap_or(other))
    }

    /// Returns the class of a place, given the code of the place in `words`.
    #[inline]
    pub(crate) fn class_of_place(&mut self, number: u32, words: &Words) -> u32 {
        let known = self.class_of_place.get(index(number)).copied();
        known.unwrap_or_else(|| self.class_of_new_place(number, words))
    }

    #[cold]
    fn class_of_new_place(&mut self, number: u32, words: &Words) -> u32 {
        while let Some(next) =
            u32::try_from(self.class_of_place.len()).ok().filter(|n| *n <= number)
        {
            let class = words.place(next).map_or(UNKNOWN, |place| self.classify(place));
            self.class_of_place.push(class);
        }
        self.class_of_place.get(index(number)).copied().unwrap_or(UNKNOWN)
    }

    #[expect(clippy::expect_used, reason = "another class would be a wrong answer")]
    fn classify(&mut self, place: Place) -> u32 {
        let areas = self.areas.iter().map(|(area, as_of)| (area, *as_of));
        let class = self.classes.insert(signature(areas, place));
        class.expect("there are fewer classes than places").saturating_add(1)
    }

    /// Returns the class of an audience: its own if a rule selects by it, or else the class of all
    /// others. There is one class if no rule selects by audience.
    #[inline]
    pub(crate) fn class_of_audience(&self, audience: Option<&Audience>) -> u32 {
        if self.audiences.is_empty() {
            return UNKNOWN;
        }
        audience.map_or(UNKNOWN, |audience| {
            let class = self.audiences.binary_search(audience).unwrap_or(self.audiences.len());
            code(class.saturating_add(1))
        })
    }

    /// Returns how many classes of audiences there are: those that rules select by, all others, and
    /// the unknown one. There is a single class if no rule selects by audience.
    pub(crate) fn classes_of_audiences(&self) -> usize {
        if self.audiences.is_empty() { 1 } else { self.audiences.len().saturating_add(2) }
    }

    /// Returns how many of the windows' bounds an instant has reached.
    #[inline]
    pub(crate) fn window(&self, created: i64) -> u32 {
        let passed = self.windows.partition_point(|end| end.as_micros() <= created);
        code(passed)
    }

    /// Returns the code of a sampled choice. The offset of an opt-in tells how many lifetimes it
    /// has outlived, and how many of the instants in `opt_ins_from` it precedes.
    #[expect(clippy::expect_used, reason = "a code that is cut would be a wrong answer")]
    #[inline]
    pub(crate) fn choice(&self, choice: SampledChoice) -> PreferenceCode {
        let is_expired = |opt_ins| match choice.state(opt_ins) {
            ChoiceState::OptInExpired => true,
            ChoiceState::OptedOut | ChoiceState::OptedIn | ChoiceState::Silent => false,
        };
        let preference = PreferenceCode::from(choice.preference);
        if !preference.is_opt_in() {
            return preference;
        }
        let lifetime = |days: &&u32| is_expired(OptIns { lifetime_days: Some(**days), from: None });
        let from =
            |from: &&Timestamp| is_expired(OptIns { lifetime_days: None, from: Some(**from) });
        let outlived = self.lifetimes.iter().filter(lifetime).count();
        let early = self.opt_ins_from.iter().filter(from).count();
        let ages = self.lifetimes.len().saturating_add(1);
        PreferenceCode::opted_in(code(early.saturating_mul(ages).saturating_add(outlived)))
            .expect("a policy tells apart fewer than 4,294,967,294 opt-ins")
    }

    /// Returns whether an opt-in can expire, or can be too early to count.
    pub(crate) fn tells_opt_ins_apart(&self) -> bool {
        !self.lifetimes.is_empty() || !self.opt_ins_from.is_empty()
    }

    /// Returns how many codes [`Codes::choice`] can give.
    pub(crate) fn choices(&self) -> usize {
        let ages = self.lifetimes.len().saturating_add(1);
        index(PreferenceCode::OPTED_IN.into())
            .saturating_add(ages.saturating_mul(self.opt_ins_from.len().saturating_add(1)))
    }
}

/// Returns whether a policy is the same at two cut-offs.
fn is_alike(policy: &Policy, one: Timestamp, other: Timestamp) -> bool {
    let (revision, same) = (policy.in_force(one), policy.in_force(other));
    let alike = |area: &Area| match area {
        Area::Everywhere | Area::Country(_) | Area::Subdivision(_) => true,
        Area::Region(region) => region
            .members()
            .all(|(country, _)| region.contains(country, one) == region.contains(country, other)),
    };
    let mut areas = revision.into_iter().flat_map(Revision::rules).flat_map(Rule::named_areas);
    revision.map(Revision::id) == same.map(Revision::id) && areas.all(alike)
}
