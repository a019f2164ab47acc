//! The case: all that a decision depends on, and the one definition of the decision.

use crate::decision::evidence::{Evidence, Residence, RuleInForce};
use crate::decision::facts::{Facts, Instants};
use crate::decision::registry::Registry;
use crate::people::log::{Entry, agreed};
use crate::people::record::{Record, existence};
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::applying::{applying, naming};
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::values::ground::{Ground, Grounds};
use crate::values::id::SubjectId;
use crate::values::regime::Regime;
use crate::values::time::Timestamp;

/// All that a decision depends on.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub registry: &'a Registry,
    pub policy: &'a Policy,
    pub revision: Option<&'a Revision>,
    pub record: &'a Record,
    pub as_of: Timestamp,
    pub known_at: Option<Timestamp>,
}

impl<'a> Case<'a> {
    /// Weighs every fact that the decision rests on: hands each to `note` with the grounds that it
    /// gives, which are none where it speaks for the record. The one definition of the decision.
    pub(crate) fn weigh(&self, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        let in_force = self.revision.map_or(Ground::NoPolicyInForce.alone(), |_| Grounds::NONE);
        note(in_force, Evidence::Policy { policy: self.policy, revision: self.revision });
        self.weigh_record(note);
        for id in self.record.subjects() {
            match self.registry.get(id) {
                Some(subject) => self.weigh_subject(subject, note),
                None => {
                    note(Ground::SubjectUnknown.alone(), Evidence::Nobody { subject: Some(id) });
                }
            }
        }
    }

    fn weigh_record(&self, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        let record = self.record;
        let grounds = existence(record.created_at(), record.deleted_at(), self.as_of);
        note(grounds, Evidence::Record { record, as_of: self.as_of });
        self.weigh_restrictions(None, record.restrictions(), note);
        if record.subjects().is_empty() {
            note(Ground::SubjectUnknown.alone(), Evidence::Nobody { subject: None });
        }
    }

    fn weigh_restrictions(
        &self,
        subject: Option<&'a SubjectId>,
        restrictions: &'a [Restriction],
        note: &mut impl FnMut(Grounds, Evidence<'a>),
    ) {
        for restriction in restrictions {
            if restriction.is_in_force(self.as_of, self.known_at) {
                let evidence = Evidence::Restriction { subject, restriction };
                note(Ground::Restricted.alone(), evidence);
            }
        }
    }

    fn weigh_subject(&self, subject: &'a Subject, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        note(Grounds::NONE, Evidence::Known { subject });
        self.weigh_restrictions(Some(subject.id()), subject.restrictions(), note);
        if let Some(erasure) = subject.erasure(self.known_at)
            && erasure.at() <= self.as_of
        {
            note(Ground::SubjectErased.alone(), Evidence::Erasure { subject, erasure });
        }
        let Some(revision) = self.revision else { return };
        let created = self.record.created_at().min(self.as_of);
        let instants = Instants { created, as_of: self.as_of, known_at: self.known_at };
        let (reach, purpose) = (revision.opt_out_reaches(), self.policy.purpose());
        let facts = Facts::of(subject, instants, reach, purpose);
        for (instant, standing) in facts.residences(revision.residence_at()) {
            if let Some(residence) = agreed(standing) {
                let residence = Residence { subject, instant, entry: residence };
                self.weigh_residence(revision, facts, residence, note);
            } else {
                let evidence = Evidence::ResidenceUnknown { subject, instant, standing };
                note(Ground::ResidenceUnknown.alone(), evidence);
            }
        }
        for choice in facts.choices() {
            // An opt-out stands under whatever regime, and so even where none is known: what the
            // loosest regime refuses, every regime does.
            let grounds = Regime::NoChoice.grounds(choice.state(None));
            note(grounds, Evidence::Choice { subject, choice });
        }
    }

    /// Weighs the rules that apply to the subject as a resident of a place.
    fn weigh_residence(
        &self,
        revision: &'a Revision,
        facts: Facts<'a>,
        residence: Residence<'a>,
        note: &mut impl FnMut(Grounds, Evidence<'a>),
    ) {
        let Instants { created, as_of, .. } = facts.instants;
        let place = *residence.entry.value();
        let in_force = |rule| RuleInForce { policy: self.policy, revision, rule };
        let rules = revision.rules().iter();
        let selecting = rules.filter(|rule| rule.selects(self.record.kind(), created));
        let by_audience = selecting.clone().filter(|rule| rule.audiences().is_some());
        for (rule, _) in naming(by_audience, place, as_of) {
            weigh_audience(facts, in_force(rule), note);
        }
        let audience = agreed(facts.audiences).map(Entry::value);
        let matching = selecting.filter(|rule| rule.selects_audience(audience));
        for rule in applying(naming(matching, place, as_of)) {
            self.weigh_rule(facts, in_force(rule), residence, note);
        }
    }

    /// Weighs a rule that applies: its terms, and its regime against each sampled choice.
    fn weigh_rule(
        &self,
        facts: Facts<'a>,
        rule: RuleInForce<'a>,
        residence: Residence<'a>,
        note: &mut impl FnMut(Grounds, Evidence<'a>),
    ) {
        let created = facts.instants.created;
        let terms = rule.rule.terms();
        for choice in facts.choices() {
            let state = choice.state(terms.opt_in_lifetime_days());
            let grounds = rule.rule.regime().grounds(state);
            note(grounds, Evidence::Setting { residence, rule, choice });
        }
        let mut grounds = Grounds::NONE;
        if !terms.covers().contains(self.record.kind()) {
            grounds |= Ground::KindNotCovered;
        }
        if terms.created_from().is_some_and(|from| created < from) {
            grounds |= Ground::CreatedOutsideWindow;
        }
        match rule.rule.is_under_age(facts.subject.birth(), created) {
            Some(false) => {}
            Some(true) => grounds |= Ground::UnderAge,
            None => grounds |= Ground::AgeUnknown,
        }
        note(grounds, Evidence::Terms { residence, rule, record: self.record });
    }
}

/// Weighs the audience for a rule that selects by it and otherwise matches.
fn weigh_audience<'a>(
    facts: Facts<'a>,
    rule: RuleInForce<'a>,
    note: &mut impl FnMut(Grounds, Evidence<'a>),
) {
    let (standing, as_of) = (facts.audiences, facts.instants.as_of);
    let grounds = agreed(standing).map_or(Ground::AudienceUnknown.alone(), |_| Grounds::NONE);
    note(grounds, Evidence::Audience { subject: facts.subject, as_of, standing, rule });
}
