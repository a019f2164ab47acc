//! What a policy tells apart in people and data, by how its rules name them.

use crate::bulk::ids::{Ids, index};
use crate::bulk::situation::resolved::{UNKNOWN, Words};
use crate::decision::transitions::Transitions;
use crate::people::choice::Preference;
use crate::policy::policy::Policy;
use crate::policy::region::{Area, Closeness};
use crate::policy::revision::{OptOutReach, ResidenceAt, Revision};
use crate::policy::rule::Rule;
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::regime::{ChoiceState, OptIns};
use crate::values::text::unnamed;
use crate::values::time::Timestamp;

/// A span of cut-offs over which a policy is the same: one revision, the same memberships.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    /// Its first cut-off; it lasts until the next one's.
    pub from: Timestamp,
    /// When residences and choices are sampled; nothing where no revision is in force.
    pub sampling: Option<(ResidenceAt, OptOutReach)>,
}

/// The dimensions of a policy's rules, over one or more epochs.
#[derive(Debug, Clone)]
pub(crate) struct Distinctions {
    /// Every kind that is named, ascending, and last one that is not.
    pub kinds: Vec<Kind>,
    /// The minimum ages, ascending.
    pub ages: Vec<u8>,
    /// How long opt-ins live, in days, ascending.
    pub lifetimes: Vec<u32>,
    /// From when on opt-ins count, ascending.
    pub opt_ins_from: Vec<Timestamp>,
    /// The instants of creation that rules speak of, ascending.
    pub windows: Vec<Timestamp>,
    pub epochs: Vec<Epoch>,
    audiences: Vec<Audience>,
    /// How closely each area of each epoch names a place, and whether it is a part of it: places
    /// alike in that share a class.
    areas: Vec<(Area, Timestamp)>,
    classes: Ids<Vec<(Option<Closeness>, bool)>>,
    class_of_place: Vec<u32>,
}

impl Distinctions {
    /// Of the revision in force at one cut-off, in a single epoch.
    pub(crate) fn at(policy: &Policy, as_of: Timestamp) -> Self {
        Self::of(policy, &[as_of])
    }

    /// Of every revision that ever was in force.
    pub(crate) fn over_time(policy: &Policy) -> Self {
        let mut starts = vec![Timestamp::MIN];
        for instant in Transitions::of(policy).fixed {
            let is_new = |last: &Timestamp| !is_alike(policy, *last, instant);
            if starts.last().is_none_or(is_new) {
                starts.push(instant);
            }
        }
        Self::of(policy, &starts)
    }

    fn of(policy: &Policy, starts: &[Timestamp]) -> Self {
        let mut revisions: Vec<&Revision> =
            starts.iter().filter_map(|from| policy.in_force(*from)).collect();
        revisions.dedup();
        let rules = || revisions.iter().flat_map(|revision| revision.rules());
        let named = rules().flat_map(|rule| rule.audiences().unwrap_or_default()).cloned();
        let areas = starts.iter().flat_map(|from| {
            let rules = policy.in_force(*from).into_iter().flat_map(Revision::rules);
            rules.flat_map(|rule| rule.named_areas().cloned().map(|area| (area, *from)))
        });
        let sampling = |r: &Revision| (r.residence_at(), r.opt_out_reaches());
        let epoch = |from| Epoch { from, sampling: policy.in_force(from).map(sampling) };
        let mut kinds = sorted(rules().flat_map(|rule| rule.named_kinds().cloned()));
        let other = unnamed("other", |text| kinds.iter().any(|kind| kind.as_str() == text));
        kinds.extend(other);
        Self {
            kinds,
            ages: sorted(rules().filter_map(|rule| rule.terms().minimum_age())),
            lifetimes: sorted(rules().filter_map(|rule| rule.terms().opt_in_lifetime_days())),
            opt_ins_from: sorted(rules().filter_map(|rule| rule.terms().opt_in_from())),
            windows: sorted(rules().flat_map(Rule::creation_instants)),
            audiences: sorted(named),
            areas: areas.collect(),
            epochs: starts.iter().copied().map(epoch).collect(),
            classes: Ids::new(),
            class_of_place: vec![UNKNOWN],
        }
    }

    /// The code of a kind: its place among those named, or that of all others.
    pub(crate) fn code_of_kind(&self, kind: &Kind) -> u32 {
        let other = self.kinds.len().saturating_sub(1);
        let named = self.kinds.get(..other).and_then(|named| named.binary_search(kind).ok());
        u32::try_from(named.unwrap_or(other)).unwrap_or(u32::MAX)
    }

    /// The class of a place, which its number in `words` stands for.
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

    fn classify(&mut self, place: Place) -> u32 {
        let alike = |(area, as_of): &(Area, _)| (area.names(place, *as_of), area.is_part_of(place));
        let closeness = self.areas.iter().map(alike).collect();
        self.classes.insert(closeness).map_or(UNKNOWN, |class| class.saturating_add(1))
    }

    /// The class of an audience: itself where a rule selects by it, or that of all others. There is
    /// one class where no rule does.
    #[inline]
    pub(crate) fn class_of_audience(&self, number: u32, words: &Words) -> u32 {
        if self.audiences.is_empty() {
            return UNKNOWN;
        }
        words.audience(number).map_or(UNKNOWN, |audience| {
            let class = self.audiences.binary_search(audience).unwrap_or(self.audiences.len());
            u32::try_from(class.saturating_add(1)).unwrap_or(u32::MAX)
        })
    }

    /// How many classes of audiences there are: those that rules select by, all others, the unknown;
    /// or a single one, where no rule selects.
    pub(crate) fn classes_of_audiences(&self) -> usize {
        if self.audiences.is_empty() { 1 } else { self.audiences.len().saturating_add(2) }
    }

    /// How many of the windows' ends had passed at an instant.
    #[inline]
    pub(crate) fn window(&self, created: i64) -> u32 {
        let passed = self.windows.partition_point(|end| end.as_micros() <= created);
        u32::try_from(passed).unwrap_or(u32::MAX)
    }

    /// [`Distinctions::choice`], from the number that packed histories have for a preference, where no
    /// opt-in expires.
    #[inline]
    pub(crate) fn lasting_choice(number: u32) -> u32 {
        // Silent, opted out, opted in since whenever: 1, 2, 3.
        number.min(2).wrapping_add(1)
    }

    /// [`Distinctions::choice`], at so many microseconds.
    #[inline]
    pub(crate) fn choice_of(&self, preference: Preference, micros: i64) -> u32 {
        self.choice(preference, Timestamp::nearest(micros))
    }

    /// Whether an opt-in can cease to count, or never have counted.
    pub(crate) fn tells_opt_ins_apart(&self) -> bool {
        !self.lifetimes.is_empty() || !self.opt_ins_from.is_empty()
    }

    /// How many numbers [`Distinctions::choice`] gives, with 0 for a choice that is not looked at.
    pub(crate) fn choices(&self) -> usize {
        let ages = self.lifetimes.len().saturating_add(1);
        ages.saturating_mul(self.opt_ins_from.len().saturating_add(1)).saturating_add(3)
    }

    /// The number of a choice at an instant: what it is, how many lifetimes it has outlived, and how
    /// many of the instants from which on opt-ins count it comes before.
    #[inline]
    pub(crate) fn choice(&self, preference: Preference, instant: Timestamp) -> u32 {
        let expired = |opt_ins| match preference.state(instant, opt_ins) {
            ChoiceState::OptInExpired => true,
            ChoiceState::OptedOut | ChoiceState::OptedIn | ChoiceState::Silent => false,
        };
        let lifetime = |days: &&u32| expired(OptIns { lifetime_days: Some(**days), from: None });
        let from = |from: &&Timestamp| expired(OptIns { lifetime_days: None, from: Some(**from) });
        match preference {
            Preference::Silent => 1,
            Preference::OptOut => 2,
            Preference::OptIn { .. } => {
                let outlived = self.lifetimes.iter().filter(lifetime).count();
                let ages = self.lifetimes.len().saturating_add(1);
                let early = self.opt_ins_from.iter().filter(from).count();
                let number = early.saturating_mul(ages).saturating_add(outlived);
                u32::try_from(number).unwrap_or(u32::MAX).saturating_add(3)
            }
        }
    }
}

/// Whether a policy is the same at two cut-offs.
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

fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}
