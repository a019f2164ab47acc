//! Rules: which regime applies where, to which data and to which people.

use crate::policy::gazetteer::Confidence;
use crate::policy::region::{Area, Closeness};
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::regime::{OptIns, Regime};
use crate::values::text::words;
use crate::values::time::{Birth, Span, Timestamp};

words! {
    /// The legal basis that the platform states for the use (GDPR, article 6).
    ///
    /// It is documentation, and no decision depends on it. Silence under an opt-out is not consent,
    /// whatever the platform calls it.
    pub enum LegalBasis as "a legal basis" {
        /// The consent of the subject.
        Consent = "consent",
        /// Legitimate interests of the platform, to which the subject can object.
        LegitimateInterests = "legitimate-interests",
        /// A contract with the subject.
        Contract = "contract",
        /// No stated basis could be found.
        NoneStated = "none-stated",
    }
}

/// The conditions of a rule besides the choice: kinds of data, age, creation, and which opt-ins
/// count.
///
/// A record that does not meet a term is refused. It does not fall through to another rule.
///
/// ```
/// use may_train::{Ground, Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let cut_off = "2026-01-01".parse()?;
/// let revision = policy.in_force(cut_off).unwrap();
/// assert_eq!(revision.rules()[0].terms().minimum_age(), Some(18));
///
/// let mut registry = Registry::new();
/// let born = Subject::new("u1".parse()?).with_birth("2010-05-01".parse()?);
/// registry.insert(born.with_residence("FR".parse()?, "2019-01-01".parse()?))?;
/// let post = Record::new("r1".parse()?, "post".parse()?, "2025-12-01".parse()?);
/// let post = post.with_subject("u1".parse()?);
/// let view = registry.view(&policy, cut_off);
/// assert!(view.decide(&post).grounds().contains(Ground::UnderAge));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    pub(super) covers: Option<Vec<Kind>>,
    pub(super) minimum_age: Option<u8>,
    pub(super) created_from: Option<Timestamp>,
    pub(super) opt_in_lifetime_days: Option<u32>,
    pub(super) opt_in_from: Option<Timestamp>,
    pub(super) legal_basis: Option<LegalBasis>,
}

impl Terms {
    /// Returns the kinds of data that the rule covers. It refuses a record of any other kind.
    #[must_use]
    pub fn covers(&self) -> &[Kind] {
        self.covers.as_deref().unwrap_or_default()
    }

    /// Returns the age that the subject must have reached when the record was created, in whole
    /// years.
    ///
    /// Returns `None` if there is no minimum.
    #[must_use]
    pub const fn minimum_age(&self) -> Option<u8> {
        self.minimum_age
    }

    /// Returns the earliest creation instant ("legacy data"); `None` if there is no limit. The rule
    /// refuses older records.
    #[must_use]
    pub const fn created_from(&self) -> Option<Timestamp> {
        self.created_from
    }

    /// Returns how many days of 24 hours an opt-in lasts; `None` if it does not expire.
    ///
    /// An opt-in that is exactly this old has expired.
    #[must_use]
    pub const fn opt_in_lifetime_days(&self) -> Option<u32> {
        self.opt_in_lifetime_days
    }

    /// Returns the earliest opt-in that counts; `None` if there is no limit. An earlier opt-in
    /// answered another notice.
    #[must_use]
    pub const fn opt_in_from(&self) -> Option<Timestamp> {
        self.opt_in_from
    }

    /// Returns which opt-ins count: their lifetime and the earliest instant.
    #[must_use]
    pub const fn opt_ins(&self) -> OptIns {
        OptIns { lifetime_days: self.opt_in_lifetime_days, from: self.opt_in_from }
    }

    /// Returns the stated legal basis; `None` if the document has none.
    #[must_use]
    pub const fn legal_basis(&self) -> Option<LegalBasis> {
        self.legal_basis
    }

    /// Returns these terms, taking each missing one from the revision.
    pub(super) fn or(&self, revision: &Self) -> Self {
        Self {
            covers: self.covers.as_ref().or(revision.covers.as_ref()).cloned(),
            minimum_age: self.minimum_age.or(revision.minimum_age),
            created_from: self.created_from.or(revision.created_from),
            opt_in_lifetime_days: self.opt_in_lifetime_days.or(revision.opt_in_lifetime_days),
            opt_in_from: self.opt_in_from.or(revision.opt_in_from),
            legal_basis: self.legal_basis.or(revision.legal_basis),
        }
    }

    /// Returns the terms that differ from those of the revision.
    pub(super) fn overrides(&self, revision: &Self) -> Self {
        /// Returns the rule's value if it differs from the revision's.
        fn own<T: Clone + PartialEq>(rule: Option<&T>, revision: Option<&T>) -> Option<T> {
            rule.filter(|_| rule != revision).cloned()
        }
        Self {
            covers: own(self.covers.as_ref(), revision.covers.as_ref()),
            minimum_age: own(self.minimum_age.as_ref(), revision.minimum_age.as_ref()),
            created_from: own(self.created_from.as_ref(), revision.created_from.as_ref()),
            opt_in_lifetime_days: own(
                self.opt_in_lifetime_days.as_ref(),
                revision.opt_in_lifetime_days.as_ref(),
            ),
            opt_in_from: own(self.opt_in_from.as_ref(), revision.opt_in_from.as_ref()),
            legal_basis: own(self.legal_basis.as_ref(), revision.legal_basis.as_ref()),
        }
    }
}

/// A rule of a revision: a regime for the records of some places, kinds and audiences.
///
/// A rule *matches* a record and a place if one of its areas names the place, none of its
/// exceptions does, and every selector matches. Every matching exclusion applies. Of the other
/// matching rules, those that name the place most closely apply; if two are equally close, both do.
/// No other rule can loosen an exclusion.
///
/// ```
/// use may_train::{Ground, Policy, Record, Registry, Subject};
///
/// let policy = Policy::from_toml(r#"
/// platform = "birdhouse"
/// purpose = "ai-training"
///
/// [[revisions]]
/// id = "first"
/// effective = "2024-03-01"
/// opt_out_reaches = "future-runs"
/// residence_at = "as-of"
/// covers = ["post"]
///
/// [[revisions.rules]] # rule 1
/// in = ["US"]
/// audience = "business"
/// regime = "excluded"
///
/// [[revisions.rules]] # rule 2
/// in = ["US-CA"]
/// regime = "opt-out"
///
/// [[revisions.rules]] # rule 3
/// in = ["*"]
/// regime = "opt-in"
/// "#)?;
/// let rules = policy.revisions()[0].rules();
/// assert!(rules[2].is_catch_all() && !rules[1].is_catch_all());
///
/// let mut registry = Registry::new();
/// for (id, audience) in [("ada", "business"), ("ben", "consumer")] {
///     let subject = Subject::new(id.parse()?)
///         .with_residence("US-CA".parse()?, "2019-01-01".parse()?)
///         .with_audience(audience.parse()?, "2019-01-01".parse()?);
///     registry.insert(subject)?;
/// }
/// let view = registry.view(&policy, "2024-06-01".parse()?);
/// let grounds = |subject: &str| -> Result<_, Box<dyn std::error::Error>> {
///     let post = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
///     Ok(view.decide(&post.with_subject(subject.parse()?)).grounds())
/// };
/// // Rule 2 is closer than rules 1 and 3, but it cannot loosen the exclusion of businesses.
/// assert_eq!(grounds("ada")?, Ground::RegionExcluded.alone());
/// // For a consumer, rule 2 alone applies: silence means yes.
/// assert!(grounds("ben")?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(super) number: usize,
    pub(super) places: Vec<Area>,
    pub(super) except: Vec<Area>,
    pub(super) kinds: Option<Vec<Kind>>,
    pub(super) audiences: Option<Vec<Audience>>,
    pub(super) created: Option<Created>,
    pub(super) regime: Regime,
    /// The rule's own terms, with missing ones taken from the revision.
    pub(super) terms: Terms,
    pub(super) confidence: Option<Confidence>,
    pub(super) note: Option<String>,
}

/// A half-open span of creation instants that a rule selects. A missing end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Created {
    /// The first instant of the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Timestamp>,
    /// The first instant after the span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Timestamp>,
}

impl Created {
    fn span(self) -> Span {
        let span = Span::new(self.from.unwrap_or(Timestamp::MIN));
        self.until.map_or(span, |until| span.until(until))
    }
}

impl Rule {
    /// Returns the position of the rule in its revision, counted from 1.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Returns the areas that the rule names.
    #[must_use]
    pub fn places(&self) -> &[Area] {
        &self.places
    }

    /// Returns the areas that the rule excepts.
    #[must_use]
    pub fn except(&self) -> &[Area] {
        &self.except
    }

    /// Returns the kinds of data that the rule selects; `None` selects every kind.
    #[must_use]
    pub fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    /// Returns the audiences that the rule selects; `None` selects every audience.
    #[must_use]
    pub fn audiences(&self) -> Option<&[Audience]> {
        self.audiences.as_deref()
    }

    /// Returns the span of creation that the rule selects; `None` selects every record.
    #[must_use]
    pub fn created(&self) -> Option<Span> {
        self.created.map(Created::span)
    }

    /// Returns the regime.
    #[must_use]
    pub const fn regime(&self) -> Regime {
        self.regime
    }

    /// Returns the terms under this rule: its own, and otherwise those of the revision.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Returns how sure the sources make the rule; `None` if the revision's confidence holds for
    /// it.
    #[must_use]
    pub const fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// Returns a note for readers; `None` if the document has none.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Checks whether the rule is a catch-all: everywhere, without exceptions or selectors.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        self.places.contains(&Area::Everywhere) && self.except.is_empty() && !self.has_selectors()
    }

    /// Checks whether the rule selects by kind, audience or creation.
    pub(crate) const fn has_selectors(&self) -> bool {
        self.kinds.is_some() || self.audiences.is_some() || self.created.is_some()
    }

    /// Checks whether the rule is an exclusion. No rule takes precedence over an exclusion.
    pub(crate) const fn is_exclusion(&self) -> bool {
        match self.regime {
            Regime::Excluded => true,
            Regime::OptIn | Regime::OptOut | Regime::NoChoice => false,
        }
    }

    /// Returns how closely the rule names a place at a cut-off.
    ///
    /// Returns `None` if no area of the rule contains the place, or if an exception does.
    pub(crate) fn names(&self, place: Place, as_of: Timestamp) -> Option<Closeness> {
        let closest = |areas: &[Area]| areas.iter().filter_map(|a| a.names(place, as_of)).max();
        closest(&self.places).filter(|_| closest(&self.except).is_none())
    }

    /// Checks whether the rule selects records of a kind that were created at an instant.
    pub(crate) fn selects(&self, kind: &Kind, created: Timestamp) -> bool {
        self.created.is_none_or(|selector| selector.span().contains(created))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
    }

    /// Checks whether the rule selects an audience. Only a rule without this selector selects
    /// `None`, an unknown audience.
    pub(crate) fn selects_audience(&self, audience: Option<&Audience>) -> bool {
        self.audiences.as_ref().is_none_or(|all| audience.is_some_and(|a| all.contains(a)))
    }

    /// Returns the creation instants at which the rule begins or ceases to select or to admit
    /// records.
    pub(crate) fn creation_instants(&self) -> impl Iterator<Item = Timestamp> {
        let span = self.created();
        let ends = [span.map(Span::start), span.and_then(Span::end), self.terms.created_from];
        ends.into_iter().flatten()
    }

    /// Returns every kind that the rule selects or covers.
    pub(crate) fn named_kinds(&self) -> impl Iterator<Item = &Kind> {
        self.terms.covers().iter().chain(self.kinds().unwrap_or_default())
    }

    /// Checks whether the rule names or excepts a subdivision of a place that is known by its
    /// country alone.
    pub(crate) fn names_part_of(&self, place: Place) -> bool {
        self.named_areas().any(|area| area.is_part_of(place))
    }

    /// Returns every area that the rule names or excepts.
    pub(crate) fn named_areas(&self) -> impl Iterator<Item = &Area> {
        self.places.iter().chain(&self.except)
    }

    /// Checks whether a subject with this birth was too young when a record was created.
    ///
    /// Returns `None` if the rule has a minimum age and the birth is unknown.
    pub(crate) fn is_under_age(&self, birth: Option<Birth>, created: Timestamp) -> Option<bool> {
        match (self.terms.minimum_age, birth) {
            (None, _) => Some(false),
            (Some(_), None) => None,
            (Some(years), Some(birth)) => Some(!birth.has_age(years, created)),
        }
    }
}
