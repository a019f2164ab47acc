//! The case: everything that a decision depends on, and the one definition of the decision.
//!
//! [`Case::weigh`] decides about a record and cites its evidence. It first *samples* the facts of
//! each subject (`facts.rs`). [`Question::weigh`] then weighs the sample. `bulk` samples from its
//! own columns, and asks the same question ([`Question::grounds`]).

use crate::decision::evidence::{Evidence, Residence, RuleInForce};
use crate::decision::facts::{
    HeldResidence, Instants, Sampled, SampledResidence, cited_residence, each_residence,
};
use crate::decision::registry::Registry;
use crate::people::choice::{ChoiceSample, SampledChoice};
use crate::people::log::unambiguous;
use crate::people::record::{Record, weigh_alone};
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::applying::applying;
use crate::policy::in_force::InForce;
use crate::policy::policy::Policy;
use crate::policy::revision::{ResidenceAt, Revision};
use crate::values::ground::{Ground, Grounds};
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::regime::{OptIns, Regime};
use crate::values::time::Timestamp;

/// Everything that a decision depends on.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub registry: &'a Registry,
    pub policy: &'a Policy,
    pub in_force: Option<InForce<'a>>,
    pub record: &'a Record,
    pub as_of: Timestamp,
    pub known_at: Option<Timestamp>,
}

impl<'a> Case<'a> {
    /// Returns the revision in force; `None` if no revision is in force.
    pub(crate) const fn revision(&self) -> Option<&'a Revision> {
        match self.in_force {
            Some(in_force) => Some(in_force.revision),
            None => None,
        }
    }

    /// Returns the union of the grounds of [`Case::weigh`], without collecting evidence.
    pub(crate) fn grounds(&self) -> Grounds {
        let mut grounds = Grounds::NONE;
        self.weigh_record(&mut |found, _| grounds |= found);
        let question = self.question();
        for id in self.record.subjects() {
            grounds |= match self.registry.subject(id) {
                Some(subject) => {
                    let instants = question.instants;
                    question.grounds(&self.sampled(subject, instants), |at, each| {
                        each_residence(subject, instants, at, |(_, entries)| {
                            each(unambiguous(entries).map(|(place, _)| *place));
                        });
                    })
                }
                None => Ground::SubjectUnknown.alone(),
            };
        }
        grounds
    }

    /// Weighs every fact that the decision depends on. This is the one definition of the decision.
    ///
    /// It passes each fact to `note` with the grounds that the fact gives. The grounds are
    /// [`Grounds::NONE`] if the fact speaks for the record.
    pub(crate) fn weigh(&self, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        self.weigh_record(note);
        for id in self.record.subjects() {
            match self.registry.subject(id) {
                Some(subject) => self.weigh_subject(subject, note),
                None => {
                    note(Ground::SubjectUnknown.alone(), Evidence::Nobody { subject: Some(id) });
                }
            }
        }
    }

    /// Weighs the facts that do not depend on a subject: the policy and the record.
    fn weigh_record(&self, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        let (record, revision) = (self.record, self.revision());
        note(of_revision(revision), Evidence::Policy { policy: self.policy, revision });
        let (as_of, known_at) = (self.as_of, self.known_at);
        let times = (record.created_at(), record.deleted_at());
        weigh_alone(times, record.restrictions(), (as_of, known_at), &mut |grounds, found| {
            let evidence = match found {
                None => Evidence::Record { record, as_of },
                Some(restriction) => Evidence::Restriction { subject: None, restriction },
            };
            note(grounds, evidence);
        });
        if record.subjects().is_empty() {
            note(Ground::SubjectUnknown.alone(), Evidence::Nobody { subject: None });
        }
    }

    /// Weighs the facts of one subject, and cites the evidence of each.
    fn weigh_subject(&self, subject: &'a Subject, note: &mut impl FnMut(Grounds, Evidence<'a>)) {
        note(Grounds::NONE, Evidence::Known { subject });
        let question = self.question();
        let instants = question.instants;
        let sampled = self.sampled(subject, instants);
        let residences = |at, each: &mut dyn FnMut(_)| {
            each_residence(subject, instants, at, |held| each(cited_residence(subject, held)));
        };
        question.weigh(&sampled, residences, &mut |grounds, weighed| {
            self.cite(subject, weighed, &mut |evidence| note(grounds, evidence));
        });
    }

    /// Samples the facts of a subject, except residences.
    fn sampled(&self, subject: &'a Subject, instants: Instants) -> Sampled<'a> {
        let reach = self.revision().map(Revision::opt_out_reaches);
        Sampled::of(subject, instants, reach, self.policy.purpose())
    }

    /// Returns the question to ask about each subject of the record.
    fn question(&self) -> Question<'a> {
        let created = self.record.created_at().min(self.as_of);
        Question {
            policy: self.policy,
            in_force: self.in_force,
            kind: self.record.kind(),
            instants: Instants { created, as_of: self.as_of, known_at: self.known_at },
        }
    }

    /// Finds the evidence of a weighed fact about a subject.
    fn cite(
        &self,
        subject: &'a Subject,
        weighed: Weighed<'a, Residence<'a>, HeldResidence<'a>>,
        note: &mut impl FnMut(Evidence<'a>),
    ) {
        let (as_of, known_at) = (self.as_of, self.known_at);
        let choices = (subject.choices(), subject.birth());
        let choice = |sampled| ChoiceSample::new(choices, self.policy.purpose(), known_at, sampled);
        match weighed {
            Weighed::Restrictions => {
                let in_force = |r: &&Restriction| r.is_in_force(as_of, known_at);
                for restriction in subject.restrictions().iter().filter(in_force) {
                    note(Evidence::Restriction { subject: Some(subject.id()), restriction });
                }
            }
            Weighed::Erasure => {
                if let Some(erasure) = subject.erasure(known_at) {
                    note(Evidence::Erasure { subject, erasure });
                }
            }
            Weighed::ResidenceUnknown((instant, entries)) => {
                note(Evidence::ResidenceUnknown { subject, instant, entries });
            }
            Weighed::Audience { rule } => {
                let entries = subject.audiences().in_force(as_of, known_at);
                note(Evidence::Audience { subject, as_of, entries, rule });
            }
            Weighed::Subdivision { residence, rule } => {
                let audiences = subject.audiences().in_force(as_of, known_at);
                note(Evidence::Subdivision { residence, audiences, rule });
            }
            Weighed::Setting { residence, rule, choice: sampled } => {
                note(Evidence::Setting { residence, rule, choice: choice(sampled) });
            }
            Weighed::Terms { residence, rule } => {
                note(Evidence::Terms { residence, rule, record: self.record });
            }
            Weighed::Choice(sampled) => {
                note(Evidence::Choice { subject, choice: choice(sampled) });
            }
        }
    }
}

/// Returns the grounds that the revision gives: [`Ground::NoPolicyInForce`] if no revision is in
/// force.
fn of_revision(revision: Option<&Revision>) -> Grounds {
    revision.map_or(Ground::NoPolicyInForce.alone(), |_| Grounds::NONE)
}

/// The question of a decision about each subject: everything that it depends on besides the
/// subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub policy: &'a Policy,
    /// The revision in force at the cut-off, with the chart of its rules.
    pub in_force: Option<InForce<'a>>,
    pub kind: &'a Kind,
    pub instants: Instants,
}

/// A sampled fact that was weighed.
///
/// `K` is the evidence to cite for a known residence, and `U` for an unknown one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Weighed<'a, K, U> {
    /// Restrictions of the subject are in force.
    Restrictions,
    /// The subject is erased.
    Erasure,
    ResidenceUnknown(U),
    /// A rule selects by audience and otherwise matches.
    Audience {
        rule: RuleInForce<'a>,
    },
    /// A rule names a subdivision of a country, and only the country of a residence is known. The
    /// other selectors of the rule match, except perhaps the audience.
    Subdivision {
        residence: K,
        rule: RuleInForce<'a>,
    },
    /// A sampled choice under the regime of a rule that applies.
    Setting {
        residence: K,
        rule: RuleInForce<'a>,
        choice: SampledChoice,
    },
    /// The terms of a rule that applies: kind of data, age and creation.
    Terms {
        residence: K,
        rule: RuleInForce<'a>,
    },
    /// A sampled choice by itself, under any rule.
    Choice(SampledChoice),
}

impl<'a> Question<'a> {
    /// Returns the grounds against a record of a subject that the registry does not know.
    pub(crate) fn grounds_of_nobody(&self) -> Grounds {
        of_revision(self.in_force.map(|in_force| in_force.revision)) | Ground::SubjectUnknown
    }

    /// Returns the grounds against a record of one subject, given its sampled facts.
    ///
    /// `places` is called if residences are sampled. It passes on each sampled place, `None` if the
    /// residence is unknown. The result has no grounds that depend only on the record.
    pub(crate) fn grounds(
        &self,
        sampled: &Sampled<'_>,
        places: impl FnOnce(ResidenceAt, &mut dyn FnMut(Option<Place>)),
    ) -> Grounds {
        let mut grounds = of_revision(self.in_force.map(|in_force| in_force.revision));
        let residences = |at, each: &mut dyn FnMut(_)| {
            // Weighing the same place again gives the same grounds.
            let mut before = None;
            places(at, &mut |place| {
                if before.replace(place) != Some(place) {
                    each(match place {
                        Some(place) => SampledResidence::Known(place, ()),
                        None => SampledResidence::Unknown(()),
                    });
                }
            });
        };
        self.weigh(sampled, residences, &mut |found, _| grounds |= found);
        grounds
    }

    /// Weighs the sampled facts of a subject. This is the one definition of the decision about a
    /// subject.
    ///
    /// It passes each fact to `visit` with the grounds that the fact gives. `residences` is called if
    /// residences are sampled, and passes on each of them.
    fn weigh<K: Copy, U>(
        &self,
        sampled: &Sampled<'_>,
        residences: impl FnOnce(ResidenceAt, &mut dyn FnMut(SampledResidence<K, U>)),
        visit: &mut impl FnMut(Grounds, Weighed<'a, K, U>),
    ) {
        if sampled.is_restricted {
            visit(Ground::Restricted.alone(), Weighed::Restrictions);
        }
        if sampled.is_erased {
            visit(Ground::SubjectErased.alone(), Weighed::Erasure);
        }
        let Some(in_force) = self.in_force else { return };
        residences(in_force.revision.residence_at(), &mut |residence| match residence {
            SampledResidence::Known(place, residence) => {
                self.weigh_residence(in_force, sampled, place, residence, visit);
            }
            SampledResidence::Unknown(unknown) => {
                visit(Ground::ResidenceUnknown.alone(), Weighed::ResidenceUnknown(unknown));
            }
        });
        for choice in sampled.choices.iter().flatten().copied() {
            // An opt-out refuses the record under every regime, even if the residence is unknown:
            // every regime refuses what the loosest one refuses.
            let grounds = Regime::NoChoice.grounds(choice.state(OptIns::default()));
            visit(grounds, Weighed::Choice(choice));
        }
    }

    /// Weighs the rules that apply to a subject who resides in a place.
    fn weigh_residence<K: Copy, U>(
        &self,
        in_force: InForce<'a>,
        sampled: &Sampled<'_>,
        place: Place,
        residence: K,
        visit: &mut impl FnMut(Grounds, Weighed<'a, K, U>),
    ) {
        let (created, audience) = (self.instants.created, sampled.audience);
        let cited = |rule| RuleInForce { policy: self.policy, revision: in_force.revision, rule };
        let rules = in_force.at_place(place);
        let naming = rules.naming().filter(|(rule, _)| rule.selects(self.kind, created));
        let to_all = rules.applying_to_all();
        if to_all.is_none() {
            for (rule, _) in naming.clone().filter(|(rule, _)| rule.audiences().is_some()) {
                visit(of_audience(audience), Weighed::Audience { rule: cited(rule) });
            }
        }
        for rule in rules.naming_part().filter(|rule| rule.selects(self.kind, created)) {
            // An unknown audience matches.
            let matches = audience.is_none() || rule.selects_audience(audience);
            let grounds = if matches { Ground::SubdivisionUnknown.alone() } else { Grounds::NONE };
            visit(grounds, Weighed::Subdivision { residence, rule: cited(rule) });
        }
        let mut weigh = |rule| self.weigh_rule(cited(rule), sampled, residence, visit);
        if let Some(rules) = to_all {
            rules.for_each(&mut weigh);
        } else {
            let matching = naming.filter(|(rule, _)| rule.selects_audience(audience));
            applying(matching).for_each(&mut weigh);
        }
    }

    /// Weighs a rule that applies: its regime for each sampled choice, and then its terms.
    fn weigh_rule<K: Copy, U>(
        &self,
        rule: RuleInForce<'a>,
        sampled: &Sampled<'_>,
        residence: K,
        visit: &mut impl FnMut(Grounds, Weighed<'a, K, U>),
    ) {
        let created = self.instants.created;
        let terms = rule.rule.terms();
        for choice in sampled.choices.iter().flatten().copied() {
            let state = choice.state(terms.opt_ins());
            let grounds = rule.rule.regime().grounds(state);
            visit(grounds, Weighed::Setting { residence, rule, choice });
        }
        let mut grounds = Grounds::NONE;
        if !terms.covers().contains(self.kind) {
            grounds |= Ground::KindNotCovered;
        }
        if terms.created_from().is_some_and(|from| created < from) {
            grounds |= Ground::CreatedOutsideWindow;
        }
        match rule.rule.is_under_age(sampled.birth, created) {
            Some(false) => {}
            Some(true) => grounds |= Ground::UnderAge,
            None => grounds |= Ground::AgeUnknown,
        }
        visit(grounds, Weighed::Terms { residence, rule });
    }
}

/// Returns the grounds that the audience gives, for a rule that selects by audience and otherwise
/// matches.
fn of_audience(audience: Option<&Audience>) -> Grounds {
    audience.map_or(Ground::AudienceUnknown.alone(), |_| Grounds::NONE)
}
