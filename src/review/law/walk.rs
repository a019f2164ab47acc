//! The walk: visits every case of a policy and checks the laws in it.

use std::collections::BTreeMap;

use super::variation::{
    Forgotten, Later, companions, earliest, forgettable, latest, lifts_nothing, opt_outs, stricter,
    vetoes,
};
use super::{Counterexample, Law, Proof};
use crate::decision::registry::Registry;
use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::policy::distinctions::turning_instants;
use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::policy::revision::{OptOutReach, ResidenceAt, Revision};
use crate::policy::rule::Rule;
use crate::policy::transform::RuleIndex;
use crate::review::block::cells;
use crate::review::class::{ChoiceClass, PolicyAt};
use crate::review::law::situation::{Case, Situation};
use crate::review::space::{Cell, Gaps, Journey, Space};
use crate::values::ground::{Grounds, Verdict};
use crate::values::kind::Purpose;
use crate::values::place::Place;
use crate::values::regime::Regime;
use crate::values::time::Timestamp;

pub(super) struct Walk<'a, D> {
    policy: &'a Policy,
    decide: D,
    cases: BTreeMap<Law, u64>,
    smallest: Option<Counterexample>,
}

impl<'a, D> Walk<'a, D>
where
    D: Fn(&Policy, &Registry, &Record, Timestamp, Option<Timestamp>) -> Grounds,
{
    pub(super) fn new(policy: &'a Policy, decide: D) -> Self {
        Self { policy, decide, cases: BTreeMap::new(), smallest: None }
    }

    pub(super) fn run(mut self) -> Result<Proof, Box<Counterexample>> {
        let first = self.policy.revisions().iter().map(Revision::effective).min();
        let instants = turning_instants(self.policy);
        for as_of in instants.into_iter().filter(|instant| first.is_none_or(|f| f <= *instant)) {
            let side = PolicyAt::new(self.policy, as_of);
            self.facts(side);
            if let Some(revision) = side.revision() {
                self.rules(side, revision);
            }
        }
        match self.smallest {
            Some(counterexample) => Err(Box::new(counterexample)),
            None => Ok(Proof { cases: self.cases }),
        }
    }

    /// Checks the laws about facts, with the policy unchanged. Forgetting is checked for people who
    /// moved, too, because it matters which of their places is forgotten. The other laws are
    /// checked for people who stayed.
    fn facts(&mut self, side: PolicyAt<'_>) {
        let space = Space::of(&[side], Gaps::With);
        for journey in journeys(&space, side) {
            for cell in cells_of(&space, journey) {
                let Some(case) = self.case(side, cell) else { continue };
                match journey {
                    Journey::Stayed(place) => {
                        self.exclusion(&case, place);
                        self.later(&case);
                        self.opt_out(&case);
                        self.forgetting(&case, &forgettable(&case));
                        self.restricting(&case, &space);
                    }
                    Journey::Moved { .. } | Journey::Passed { .. } => {
                        self.forgetting(&case, &[Forgotten::Residences]);
                    }
                }
            }
        }
    }

    fn case<'c>(&self, side: PolicyAt<'c>, cell: Cell<'c>) -> Option<Case<'c>> {
        let (subject, record) = cell.stand_in(side)?;
        let situation = Situation { subjects: vec![subject], record };
        let grounds = self.judge(side.policy(), side.as_of(), &situation);
        Some(Case { side, cell, situation, grounds })
    }

    fn judge(&self, policy: &Policy, as_of: Timestamp, situation: &Situation) -> Grounds {
        (self.decide)(policy, &situation.registry(), &situation.record, as_of, None)
    }

    /// Checks that the situation is refused, as the law says.
    fn must_refuse(&mut self, law: Law, side: PolicyAt<'_>, situation: &Situation, found: Grounds) {
        *self.cases.entry(law).or_default() += 1;
        if found.verdict() != Verdict::Ineligible {
            self.keep(law, side, situation, None, found);
        }
    }

    /// Checks that a case that was refused is still refused after a change, as the law says.
    fn must_not_admit(
        &mut self,
        law: Law,
        case: &Case<'_>,
        (policy, changed): (&Policy, &Situation),
        change: impl FnOnce() -> String,
    ) {
        if case.grounds.is_empty() {
            return;
        }
        *self.cases.entry(law).or_default() += 1;
        let found = self.judge(policy, case.side.as_of(), changed);
        if found.is_empty() {
            let change = Some((change(), case.grounds));
            self.keep(law, case.side, &case.situation, change, found);
        }
    }

    /// Records a counterexample if it is the smallest so far.
    fn keep(
        &mut self,
        law: Law,
        side: PolicyAt<'_>,
        situation: &Situation,
        change: Option<(String, Grounds)>,
        grounds: Grounds,
    ) {
        let (change, before) = change.unzip();
        let found = Counterexample {
            law,
            policy: side.to_string(),
            as_of: side.as_of(),
            subjects: situation.subjects.clone(),
            record: situation.record.clone(),
            change,
            before,
            grounds,
        };
        let rank = |example: &Counterexample| {
            (example.law == Law::LaterFactsChangeNothing, example.size(), example.law)
        };
        if self.smallest.as_ref().is_none_or(|smallest| rank(&found) < rank(smallest)) {
            self.smallest = Some(found);
        }
    }

    /// Checks law 1, for people who stayed in one place.
    fn exclusion(&mut self, case: &Case<'_>, place: Place) {
        let Some(revision) = case.side.revision() else { return };
        let record = &case.situation.record;
        // This restates on purpose where an exclusion applies. A checker that asked
        // `policy::applying` would agree with every mistake in it.
        let names = |area: &Area| area.names(place, case.side.as_of()).is_some();
        let selects = |rule: &Rule| {
            let audience = case.cell.audience;
            rule.kinds().is_none_or(|kinds| kinds.contains(record.kind()))
                && rule.created().is_none_or(|span| span.contains(record.created_at()))
                && rule.audiences().is_none_or(|all| audience.is_some_and(|a| all.contains(a)))
        };
        let applies = |rule: &Rule| {
            rule.regime() == Regime::Excluded
                && rule.places().iter().any(names)
                && !rule.except().iter().any(names)
                && selects(rule)
        };
        if revision.rules().iter().any(applies) {
            self.must_refuse(Law::ExclusionAlwaysWins, case.side, &case.situation, case.grounds);
        }
    }

    /// Checks law 2. A limit on what is known, set at the cut-off, changes no ground of the case.
    /// Facts that are learned later, or become true later, change no ground either.
    fn later(&mut self, case: &Case<'_>) {
        let as_of = case.side.as_of();
        self.must_not_change(case, &case.situation, Some(as_of), || {
            "what was learned after the cut-off left out".to_owned()
        });
        let Some(after) = latest(as_of) else { return };
        let created = case.situation.record.created_at();
        // Every history of choices is met by later choices, and one of them by all other facts.
        let is_silent = case.cell.choice == ChoiceClass::Silent;
        for fact in Later::ALL.into_iter().filter(|fact| is_silent || fact.is_choice()) {
            let learned = fact.add(case, created, after);
            self.must_not_change(case, &learned, Some(as_of), || {
                format!("{}, learned after the cut-off and left out", fact.words())
            });
            let true_later = fact.add(case, after, as_of);
            self.must_not_change(case, &true_later, None, || {
                format!("{} from after the cut-off on", fact.words())
            });
        }
    }

    /// Checks that a change leaves the grounds as they are, as law 2 says.
    fn must_not_change(
        &mut self,
        case: &Case<'_>,
        changed: &Situation,
        known_at: Option<Timestamp>,
        change: impl FnOnce() -> String,
    ) {
        let law = Law::LaterFactsChangeNothing;
        *self.cases.entry(law).or_default() += 1;
        let as_of = case.side.as_of();
        let (registry, record) = (changed.registry(), &changed.record);
        let found = (self.decide)(case.side.policy(), &registry, record, as_of, known_at);
        if found != case.grounds {
            self.keep(law, case.side, &case.situation, Some((change(), case.grounds)), found);
        }
    }

    /// Checks law 3, for people who had not chosen: with every opt-out, and with every opt-in that
    /// does not lift it.
    fn opt_out(&mut self, case: &Case<'_>) {
        let reaches = case.side.revision().is_some_and(|r| match r.opt_out_reaches() {
            OptOutReach::FutureRuns | OptOutReach::Both => true,
            OptOutReach::FutureData => false,
        });
        if !reaches || case.cell.choice != ChoiceClass::Silent {
            return;
        }
        let as_of = case.side.as_of();
        let created = case.situation.record.created_at();
        for (chosen_for, opt_out) in opt_outs(case) {
            let mut later: Vec<Option<(Purpose, ChosenBy)>> = vec![None];
            if opt_out.at() < as_of {
                later.extend(lifts_nothing(self.policy.purpose(), &chosen_for).map(Some));
            }
            for lift in later {
                let situation = case.situation.with(|mut subject| {
                    let earlier = ChoiceMade::new(Choice::OptIn, ChosenBy::Subject);
                    let earlier = Entry::new(earliest(created), earlier);
                    subject = subject.with_choice_entry(self.policy.purpose().clone(), earlier);
                    subject = subject.with_choice_entry(chosen_for.clone(), opt_out);
                    if let Some((purpose, by)) = &lift {
                        subject = subject.with_choice(Choice::OptIn, *by, purpose.clone(), as_of);
                    }
                    subject
                });
                let found = self.judge(case.side.policy(), as_of, &situation);
                self.must_refuse(Law::OptOutBindsLaterRuns, case.side, &situation, found);
            }
        }
    }

    /// Checks law 4: each of the given facts is forgotten by itself, and then the whole subject.
    fn forgetting(&mut self, case: &Case<'_>, facts: &[Forgotten]) {
        let law = Law::UnknownNeverAdmits;
        let policy = case.side.policy();
        for forgotten in facts {
            let changed = case.situation.with(|subject| forgotten.forget(&subject));
            self.must_not_admit(law, case, (policy, &changed), || forgotten.words().to_owned());
        }
        let nobody = Situation { subjects: Vec::new(), record: case.situation.record.clone() };
        self.must_not_admit(law, case, (policy, &nobody), || "the subject forgotten".to_owned());
    }

    /// Checks the part of law 5 that concerns facts.
    fn restricting(&mut self, case: &Case<'_>, space: &Space) {
        let law = Law::RestrictionNeverWidens;
        let policy = case.side.policy();
        for (purpose, opt_out) in opt_outs(case) {
            let changed = case.situation.with(|s| s.with_choice_entry(purpose.clone(), opt_out));
            self.must_not_admit(law, case, (policy, &changed), || {
                let by = opt_out.value().by();
                format!("an opt-out for {purpose} at {} by {by}", opt_out.at())
            });
        }
        for (changed, words) in vetoes(case) {
            self.must_not_admit(law, case, (policy, &changed), || words.to_owned());
        }
        for companion in companions(case, space) {
            let mut changed = case.situation.clone();
            changed.record = changed.record.with_subject(companion.id().clone());
            changed.subjects.push(companion.clone());
            self.must_not_admit(law, case, (policy, &changed), || {
                let lives = companion.residences().iter().find_map(|e| *e.value());
                let place = lives.map_or_else(String::new, |place| place.to_string());
                format!("a second subject, residing in {place}")
            });
        }
    }

    /// Checks the laws about rules, for people who stayed in one place: law 8, and law 5 for an
    /// added rule.
    fn rules(&mut self, side: PolicyAt<'_>, revision: &Revision) {
        let Some(number) = self.policy.revisions().iter().position(|r| r.id() == revision.id())
        else {
            return;
        };
        for (index, rule) in revision.rules().iter().enumerate() {
            let at = RuleIndex { revision: number, rule: index };
            for change in stricter(rule) {
                let variant = self.policy.with_rule(at, &change);
                let words = || format!("rule {} made stricter: {}", rule.number(), change.words());
                self.compare(Law::StrictnessIsMonotone, side, &variant, words);
            }
        }
        let space = Space::of(&[side], Gaps::Without);
        let areas = space.places.iter().map(|class| Area::from(class.representative));
        for area in areas.chain([Area::Everywhere]) {
            let variant = self.policy.with_exclusion(number, &area);
            let words = || format!("a rule more, which excludes {area}");
            self.compare(Law::RestrictionNeverWidens, side, &variant, words);
        }
    }

    /// Compares a stricter policy with the policy, over the space that both distinguish.
    fn compare(
        &mut self,
        law: Law,
        side: PolicyAt<'_>,
        variant: &Policy,
        words: impl Fn() -> String,
    ) {
        let both = [side, PolicyAt::new(variant, side.as_of())];
        let space = Space::of(&both, Gaps::With);
        for place in &space.places {
            for cell in cells_of(&space, Journey::Stayed(place.representative)) {
                let Some(case) = self.case(side, cell) else { continue };
                self.must_not_admit(law, &case, (variant, &case.situation), &words);
            }
        }
    }
}

/// Returns the people who stay in each class of places, and those who move between two. If
/// residences in between are sampled, it adds the people who pass through.
fn journeys(space: &Space, side: PolicyAt<'_>) -> Vec<Journey> {
    let passing = side.revision().is_some_and(|revision| match revision.residence_at() {
        ResidenceAt::Throughout => true,
        ResidenceAt::AsOf | ResidenceAt::Created | ResidenceAt::Both => false,
    });
    let places: Vec<_> = space.places.iter().map(|class| class.representative).collect();
    let mut journeys: Vec<Journey> = places.iter().map(|place| Journey::Stayed(*place)).collect();
    for a in &places {
        for b in places.iter().filter(|b| *b != a) {
            journeys.push(Journey::Moved { from: *a, to: *b });
            if passing {
                journeys.push(Journey::Passed { through: *a, home: *b });
            }
        }
    }
    journeys
}

/// Returns every cell with this journey, with every choice history.
fn cells_of(space: &Space, journey: Journey) -> impl Iterator<Item = Cell<'_>> {
    let Space { kinds, audiences, ages, created, .. } = space;
    let sizes = [kinds.len(), audiences.len(), ages.len(), created.len(), ChoiceClass::ALL.len()];
    cells(sizes).filter_map(move |[kind, audience, age, creation, choice]| {
        Some(Cell {
            journey,
            kind: &kinds.get(kind)?.representative,
            audience: audiences.get(audience)?.representative.as_ref(),
            age: *ages.get(age)?,
            created: *created.get(creation)?,
            choice: *ChoiceClass::ALL.get(choice)?,
        })
    })
}
