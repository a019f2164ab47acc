//! proptest strategies: random subjects, records and policies, to test a policy as this crate tests
//! itself.
//!
//! All values come from a small [`Vocabulary`]. Instants coincide, subjects leave places and
//! return, and every tie and every ground occurs.
//!
//! ```
//! use may_train::strategies::Vocabulary;
//! use may_train::{Ground, Policy};
//! use proptest::prelude::*;
//!
//! let policy = Policy::shipped("linkedin").unwrap();
//! let words = Vocabulary::of(&policy);
//! proptest!(|(registry in words.registries(), record in words.records(), as_of in words.instants())| {
//!     let view = registry.view(&policy, as_of);
//!     let decision = view.decide(&record);
//!     prop_assert!(!decision.grounds().contains(Ground::NotOptedIn), "it never asks for an opt-in");
//! });
//! ```

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::decision::registry::Registry;
use crate::people::choice::{Choice, ChoiceMade, ChosenBy};
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::distinctions::Distinctions;
use crate::policy::document::{Audiences, PolicyDocument, RevisionDocument, RuleDocument};
use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::policy::revision::{OptOutReach, ResidenceAt, Status};
use crate::policy::rule::Created;
use crate::values::id::{RecordId, SubjectId};
use crate::values::kind::{Audience, Kind, Purpose};
use crate::values::object::Object;
use crate::values::place::Place;
use crate::values::regime::Regime;
use crate::values::time::{Birth, MICROS_PER_DAY, Span, Timestamp};

/// The set of values that generated facts consist of: instants, places, kinds, audiences, purposes,
/// births.
///
/// ```
/// use may_train::Policy;
/// use may_train::strategies::Vocabulary;
/// use proptest::prelude::*;
///
/// let policy = Policy::shipped("linkedin").unwrap();
/// let words = Vocabulary::of(&policy);
/// // Before its first revision a policy refuses every record.
/// let early = "2024-09-17".parse().unwrap();
/// proptest!(|(registry in words.registries(), record in words.records())| {
///     let decision = registry.view(&policy, early).decide(&record);
///     prop_assert_ne!(decision.verdict(), may_train::Verdict::Eligible);
/// });
/// ```
#[derive(Debug, Clone)]
pub struct Vocabulary {
    instants: Vec<Timestamp>,
    places: Vec<Place>,
    kinds: Vec<Kind>,
    audiences: Vec<Audience>,
    purposes: Vec<Purpose>,
    births: Vec<Birth>,
}

/// The subjects that records name. No registry knows the last one.
const SUBJECTS: [&str; 4] = ["u1", "u2", "u3", NOBODY];
const NOBODY: &str = "nobody";

/// Parses texts, leaving out any that do not parse.
fn parse<T: std::str::FromStr>(texts: &[&str]) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// Draws one of the values. The vocabulary always has at least one.
fn one_of<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    select(values.to_vec())
}

impl Vocabulary {
    /// Returns the vocabulary of the policies that [`policies`] generates.
    #[must_use]
    pub fn small() -> Self {
        Self {
            instants: parse(&[
                "2019-12-31T23:59:59.999999Z",
                "2020-02-01",
                "2021-01-01",
                "2024-01-10",
                "2024-01-11",
                "2024-01-11T11:59:59.999999Z",
                "2024-01-11T12:00:00Z",
                "2024-01-12",
                "2024-01-20",
                "2024-02-29",
                "2024-03-01",
            ]),
            places: parse(&["GB", "FR", "RE", "CH", "US", "US-CA", "US-NY"]),
            kinds: parse(&["post", "comment", "private-message"]),
            audiences: parse(&["consumer", "business"]),
            purposes: parse(&[
                "ai-training",
                "ai-training.generative",
                "ai-training.generative.affiliates",
                "advertising",
            ]),
            births: parse(&["1990-05-01", "2006-01-11", "2004-02-29", "2005", "2006"]),
        }
    }

    /// Returns the vocabulary of a policy.
    ///
    /// It holds the policy's instants and those beside them, the places and kinds that the policy
    /// names, and some that it does not.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let small = Self::small();
        let mut instants = BTreeSet::new();
        let mut places: BTreeSet<Place> = parse(&["FR", "RE", "GB", "US"]).into_iter().collect();
        let mut kinds: BTreeSet<Kind> = parse(&["not-covered"]).into_iter().collect();
        let mut audiences: BTreeSet<Audience> = parse(&["consumer"]).into_iter().collect();
        for revision in policy.revisions() {
            let micros = revision.effective().as_micros();
            for near in [-1, 0, 1, MICROS_PER_DAY] {
                instants.extend(Timestamp::from_micros(micros.saturating_add(near)));
            }
            let rules = revision.rules().iter();
            let named = Distinctions::of(rules.map(|rule| (rule, revision.effective())));
            kinds.extend(named.kinds().into_iter().cloned());
            audiences.extend(named.audiences().into_iter().cloned());
            instants.append(&mut named.creations());
            instants.append(&mut named.opt_ins_from());
            for (area, _) in named.areas() {
                match area {
                    Area::Everywhere => {}
                    Area::Country(country) => {
                        places.insert((*country).into());
                    }
                    Area::Subdivision(part) => {
                        places.insert((*part).into());
                        places.insert(part.country().into());
                    }
                    Area::Region(region) => {
                        places.extend(region.members().take(2).map(|(c, _)| Place::from(c)));
                    }
                }
            }
        }
        Self {
            instants: instants.into_iter().collect(),
            places: places.into_iter().collect(),
            kinds: kinds.into_iter().collect(),
            audiences: audiences.into_iter().collect(),
            purposes: policy.purpose().wider().take(1).chain([policy.purpose().clone()]).collect(),
            births: small.births,
        }
    }

    /// Draws instants, for cut-offs, changes and creations.
    pub fn instants(&self) -> impl Strategy<Value = Timestamp> + use<> {
        one_of(&self.instants)
    }

    /// Draws cut-offs: instants, the later ones more often, so that there are earlier facts to
    /// decide on.
    pub fn cut_offs(&self) -> impl Strategy<Value = Timestamp> + use<> {
        let late = self.instants.get(self.instants.len() / 2..).unwrap_or_default();
        prop_oneof![1 => one_of(&self.instants), 3 => one_of(late)]
    }

    /// Draws facts with valid time and recording time; for half of them the two are equal.
    fn entries<T: std::fmt::Debug + 'static, V: Strategy<Value = T>>(
        &self,
        value: V,
    ) -> impl Strategy<Value = Entry<T>> + use<T, V> {
        (self.instants(), value, option::of(self.instants())).prop_map(|(at, value, recorded)| {
            Entry::new(at, value).with_recorded(recorded.unwrap_or(at))
        })
    }

    /// Draws facts that became true at the first instant.
    fn since_the_first<T: std::fmt::Debug + 'static, V: Strategy<Value = T>>(
        &self,
        value: V,
    ) -> impl Strategy<Value = Entry<T>> + use<T, V> {
        let first = self.instants.first().copied().unwrap_or(Timestamp::MIN);
        value.prop_map(move |value| Entry::new(first, value))
    }

    /// Draws choices, each with its purpose.
    fn made_choices(&self) -> impl Strategy<Value = (Purpose, Entry<ChoiceMade>)> + use<> {
        let made = (one_of(Choice::ALL), one_of(ChosenBy::ALL))
            .prop_map(|(choice, by)| ChoiceMade::new(choice, by));
        (one_of(&self.purposes), self.entries(made))
    }

    fn restrictions(&self) -> impl Strategy<Value = Restriction> + use<> {
        let ids = one_of(&parse(&["baa", "legal-hold"]));
        let instants = self.instants();
        (ids, instants, option::of(self.instants()), option::of(self.instants())).prop_filter_map(
            "it ends after it begins",
            |(id, from, until, recorded)| {
                let span = Span::new(from);
                let until = until.filter(|until| *until > from);
                let span = until.map_or(span, |until| span.until(until));
                let restriction = Restriction::new(id, span).ok()?;
                Some(restriction.with_recorded(recorded.unwrap_or(from)))
            },
        )
    }

    /// Draws subjects with this id and any history.
    pub fn subjects(&self, id: SubjectId) -> impl Strategy<Value = Subject> + use<> {
        (
            option::weighted(0.8, one_of(&self.births)),
            option::weighted(0.8, self.since_the_first(one_of(&self.places))),
            vec(self.entries(option::weighted(0.85, one_of(&self.places))), 0..3),
            option::weighted(0.5, self.since_the_first(one_of(&self.audiences))),
            vec(self.entries(option::weighted(0.85, one_of(&self.audiences))), 0..2),
            prop_oneof![1 => vec(self.made_choices(), 0..2), 1 => vec(self.made_choices(), 0..4)],
            option::weighted(0.1, self.restrictions()),
            prop_oneof![6 => vec(self.entries(Just(())), 0), 1 => vec(self.entries(Just(())), 1..4)],
        )
            .prop_map(move |facts| {
                let (born, place, moves, plan, audiences, choices, restriction, erasures) = facts;
                let residences = place.map(|entry| entry.map(Some)).into_iter().chain(moves);
                let audiences = plan.map(|entry| entry.map(Some)).into_iter().chain(audiences);
                let mut subject = Subject::new(id.clone());
                subject = residences.fold(subject, Subject::with_residence_entry);
                subject = audiences.fold(subject, Subject::with_audience_entry);
                subject = choices.into_iter().fold(subject, |s, (p, c)| s.with_choice_entry(p, c));
                subject = restriction.into_iter().fold(subject, Subject::with_restriction);
                subject = erasures.into_iter().fold(subject, Subject::with_erasure_entry);
                born.into_iter().fold(subject, Subject::with_birth)
            })
    }

    /// Draws registries with some of the subjects that [`Vocabulary::records`] names.
    pub fn registries(&self) -> impl Strategy<Value = Registry> + use<> {
        let known = parse(&SUBJECTS).into_iter().filter(|id: &SubjectId| id.as_str() != NOBODY);
        let subjects: Vec<_> = known.map(|id| option::weighted(0.9, self.subjects(id))).collect();
        subjects.prop_map(|subjects| {
            let mut registry = Registry::new();
            for subject in subjects.into_iter().flatten() {
                registry.replace(subject);
            }
            registry
        })
    }

    /// Draws records with no subject, one or several. The registry may not know them.
    pub fn records(&self) -> impl Strategy<Value = Record> + use<> {
        let subjects: Vec<SubjectId> = parse(&SUBJECTS);
        (
            prop_oneof![
                1 => Just(Vec::new()),
                12 => subsequence(subjects.clone(), 1),
                4 => subsequence(subjects, 2..=3),
            ],
            one_of(&self.kinds),
            self.instants(),
            option::weighted(0.1, self.instants()),
            option::weighted(0.1, self.restrictions()),
        )
            .prop_filter_map(
                "the id is one",
                |(subjects, kind, created, deleted, restriction)| {
                    let id: RecordId = "r1".parse().ok()?;
                    let record = Record::new(id, kind, created);
                    let record = subjects.into_iter().fold(record, Record::with_subject);
                    let record = restriction.into_iter().fold(record, Record::with_restriction);
                    Some(deleted.into_iter().fold(record, Record::with_deletion))
                },
            )
    }
}

/// Draws policies of one to three revisions, with the values of [`Vocabulary::small`].
pub fn policies() -> impl Strategy<Value = Policy> {
    let purposes: Vec<Purpose> = parse(&["ai-training", "ai-training.generative"]);
    (one_of(&purposes), regions(), vec(revisions(), 1..4)).prop_filter_map(
        "no two revisions are in force from the same instant",
        |(purpose, regions, mut revisions)| {
            for (i, revision) in revisions.iter_mut().enumerate() {
                revision.id = format!("revision-{i}").parse().ok()?;
            }
            let platform = "acme".parse().ok()?;
            let revisions = revisions.into_iter().map(Object).collect();
            let document = PolicyDocument {
                platform,
                purpose,
                title: None,
                not_modelled: Vec::new(),
                regions,
                revisions,
            };
            document.check().ok()
        },
    )
}

/// Draws regions that a policy defines: of countries, of shipped regions, and of each other.
fn regions() -> impl Strategy<Value = std::collections::BTreeMap<String, Vec<String>>> {
    let near = subsequence(vec!["FR", "CH", "EEA", "EFTA", "EU"], 1..3);
    let far = subsequence(vec!["near", "US", "GB"], 1..3);
    (near, far).prop_map(|(near, far)| {
        let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        [("near".to_owned(), names(near)), ("far".to_owned(), names(far))].into()
    })
}

/// Draws names of areas, as `in` and `except` list them.
fn areas(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    let areas = ["*", "EU", "EEA", "near", "far", "GB", "FR", "RE", "CH", "US", "US-CA", "US-NY"];
    vec(select(areas.map(str::to_owned).to_vec()), size)
}

/// Draws revisions with a catch-all rule. The caller replaces the id.
fn revisions() -> impl Strategy<Value = RevisionDocument> {
    let words = Vocabulary::small();
    let early = words.instants.get(..words.instants.len() / 2).unwrap_or_default();
    let effective = prop_oneof![3 => one_of(early), 1 => words.instants()];
    let when = (effective, option::of(words.instants()), status());
    let sampled = (one_of(OptOutReach::ALL), one_of(ResidenceAt::ALL));
    (when, sampled, terms(0.2), vec(rules(), 0..4), rules(), 0..4_usize).prop_filter_map(
        "its id is replaced",
        move |(
            (effective, announced, status),
            (opt_out_reaches, residence_at),
            terms,
            mut rules,
            last,
            at,
        )| {
            let everywhere = RuleDocument {
                places: vec!["*".into()],
                except: Vec::new(),
                kinds: None,
                audience: None,
                created: None,
                ..last
            };
            rules.insert(at.min(rules.len()), everywhere);
            let rules = rules.into_iter().map(Object).collect();
            let (covers, minimum_age, created_from, opt_in_lifetime_days, opt_in_from) = terms;
            Some(RevisionDocument {
                id: "replaced".parse().ok()?,
                effective,
                announced,
                status,
                opt_out_reaches,
                residence_at,
                covers: Some(covers.unwrap_or_else(|| words.kinds.clone())),
                minimum_age,
                created_from,
                opt_in_lifetime_days,
                opt_in_from,
                legal_basis: None,
                confidence: None,
                sources: Vec::new(),
                note: None,
                rules,
            })
        },
    )
}

/// Draws a status. One revision in ten is withdrawn.
fn status() -> impl Strategy<Value = Status> {
    prop_oneof![9 => Just(Status::InForce), 1 => Just(Status::Withdrawn)]
}

/// The terms of a document: kinds covered, minimum age, creation, and the limits of opt-ins.
type TermsParts =
    (Option<Vec<Kind>>, Option<u8>, Option<Timestamp>, Option<u32>, Option<Timestamp>);

/// Draws terms of a rule or a revision, each present with the given probability.
fn terms(probability: f64) -> impl Strategy<Value = TermsParts> {
    let words = Vocabulary::small();
    (
        option::weighted(probability, subsequence(words.kinds.clone(), 0..=3)),
        option::weighted(probability, select(vec![16, 18])),
        option::weighted(probability, words.instants()),
        option::weighted(probability, select(vec![1, 9, 40])),
        option::weighted(probability, words.instants()),
    )
}

fn regimes() -> impl Strategy<Value = Regime> {
    prop_oneof![
        1 => Just(Regime::Excluded),
        2 => Just(Regime::OptIn),
        3 => Just(Regime::OptOut),
        1 => Just(Regime::NoChoice),
    ]
}

/// Draws rules.
fn rules() -> impl Strategy<Value = RuleDocument> {
    let words = Vocabulary::small();
    let selectors = (
        option::weighted(0.2, subsequence(words.kinds.clone(), 1..3)),
        option::weighted(0.25, subsequence(words.audiences.clone(), 1..3)),
        option::weighted(0.15, (option::of(words.instants()), option::of(words.instants()))),
    );
    (areas(1..3), areas(0..2), selectors, regimes(), terms(0.1)).prop_map(
        |(places, except, (kinds, audiences, created), regime, terms)| {
            let (covers, minimum_age, created_from, opt_in_lifetime_days, opt_in_from) = terms;
            RuleDocument {
                places,
                except,
                kinds,
                audience: audiences.map(Audiences::Many),
                created: created.map(|(from, until)| Object(Created { from, until })),
                regime,
                covers,
                minimum_age,
                created_from,
                opt_in_lifetime_days,
                opt_in_from,
                legal_basis: None,
                confidence: None,
                note: None,
            }
        },
    )
}
