//! Outlines: the changes of a subject that a policy distinguishes, in their order but without their
//! instants.

use crate::bulk::ids::index;
use crate::bulk::replay::situation_code::SampledFacts;
use crate::bulk::situation::preference_code::PreferenceCode;
use crate::bulk::situation::resolved::{History, UNKNOWN};
use crate::bulk::situation::rows::Rows;
use crate::people::choice::{Preference, SampledChoice};
use crate::values::time::Timestamp;

/// A change of a subject that the policy distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    /// The subject resides in a place of this class.
    Residence(u32),
    /// The choice has this code, because a choice was made or an opt-in outlived a lifetime.
    Choice(u32),
    /// The subject belongs to an audience of this class.
    Audience(u32),
    /// The subject reaches a minimum age.
    Age,
    /// No change: the birth is known.
    Born,
    /// No change: a list of changes ends.
    End,
}

/// The facts about a subject that a replay under a policy distinguishes.
#[derive(Debug)]
pub(crate) struct Lens<'a> {
    pub rows: &'a Rows,
    pub sampled: SampledFacts,
    /// The class of each place.
    pub classes: &'a [u32],
    /// The first cut-off at which a revision is in force.
    pub first_rule: Timestamp,
}

/// The changes of one subject, in memory that is reused.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// The changes that count by a record's creation, ascending.
    pub by_creation: Vec<(Timestamp, Change)>,
    /// The changes that count by the cut-off, ascending. Changes before the first rule are only in
    /// the outline, because under every rule they have happened already.
    pub by_cut_off: Vec<(Timestamp, Change)>,
    /// The outline, which is equal for all subjects with the same changes in the same order.
    pub outline: Vec<Change>,
}

impl Changes {
    /// Reads a history; `birthdays` are the instants at which the subject reached each minimum age.
    pub(crate) fn read(
        &mut self,
        history: &History,
        birthdays: impl Iterator<Item = Timestamp>,
        lens: &Lens<'_>,
    ) {
        self.by_creation.clear();
        self.by_cut_off.clear();
        let SampledFacts { residence_at_creation, residence_at_cut_off, .. } = lens.sampled;
        let SampledFacts { choice_at_creation, choice_at_cut_off, .. } = lens.sampled;
        let class = |place: u32| lens.classes.get(index(place)).copied().unwrap_or(UNKNOWN);
        let mut before = UNKNOWN;
        for (at, place) in &history.residences {
            let class = class(*place);
            if std::mem::replace(&mut before, class) != class {
                let change = Change::Residence(class);
                self.add(*at, change, residence_at_creation, residence_at_cut_off);
            }
        }
        let mut before = PreferenceCode::SILENT;
        each_choice(&history.preferences, lens.rows, |at, choice| {
            if std::mem::replace(&mut before, choice) != choice {
                let change = Change::Choice(choice.into());
                self.add(at, change, choice_at_creation, choice_at_cut_off);
            }
        });
        if lens.sampled.audience {
            let mut before = UNKNOWN;
            for (at, audience) in &history.audiences {
                let class = lens.rows.codes.class_of_audience(lens.rows.words.audience(*audience));
                if std::mem::replace(&mut before, class) != class {
                    self.add(*at, Change::Audience(class), false, true);
                }
            }
        }
        birthdays.for_each(|at| self.add(at, Change::Age, true, false));
        self.by_creation.sort_by_key(|(at, _)| *at);
        self.by_cut_off.sort_by_key(|(at, _)| *at);
        self.draw(history.birth.is_some(), lens.first_rule);
    }

    fn add(&mut self, at: Timestamp, change: Change, by_creation: bool, by_cut_off: bool) {
        if by_creation {
            self.by_creation.push((at, change));
        }
        if by_cut_off {
            self.by_cut_off.push((at, change));
        }
    }

    /// Draws the outline, and removes the changes before the first rule.
    fn draw(&mut self, is_birth_known: bool, first_rule: Timestamp) {
        let Self { by_creation, by_cut_off, outline } = self;
        outline.clear();
        outline.extend(is_birth_known.then_some(Change::Born));
        outline.extend(by_creation.iter().map(|(_, change)| *change));
        outline.push(Change::End);
        let early = by_cut_off.partition_point(|(at, _)| *at <= first_rule);
        let mut last = [None; 3];
        for (_, change) in by_cut_off.drain(..early) {
            let [residence, choice, audience] = &mut last;
            match change {
                Change::Residence(_) => *residence = Some(change),
                Change::Choice(_) => *choice = Some(change),
                Change::Audience(_) => *audience = Some(change),
                Change::Age | Change::Born | Change::End => {}
            }
        }
        outline.extend(last.into_iter().flatten());
        outline.push(Change::End);
        outline.extend(by_cut_off.iter().map(|(_, change)| *change));
    }
}

/// Calls `each` with the code of the choice, from each instant on at which it may change. That
/// is when a choice was made, or an opt-in outlived a lifetime.
fn each_choice(
    preferences: &[(Timestamp, Preference)],
    rows: &Rows,
    mut each: impl FnMut(Timestamp, PreferenceCode),
) {
    let mut rest = preferences;
    while let [(at, preference), later @ ..] = rest {
        let next = later.first().map(|(at, _)| *at);
        let mut hand = |instant| {
            let sampled = SampledChoice { instant, preference: *preference };
            each(instant, rows.codes.choice(sampled));
        };
        hand(*at);
        if let Preference::OptIn { since } = preference {
            let ends = rows.codes.lifetimes.iter().filter_map(|days| since.plus_days(*days));
            let is_inside = |end: &Timestamp| at < end && next.is_none_or(|next| *end < next);
            ends.filter(is_inside).for_each(hand);
        }
        rest = later;
    }
}
