//! Rules: which regime holds where, for what, for whom.

use crate::policy::gazetteer::Confidence;
use crate::policy::region::{Area, Closeness};
use crate::values::kind::{Audience, Kind};
use crate::values::place::Place;
use crate::values::regime::{OptIns, Regime};
use crate::values::text::words;
use crate::values::time::{Birth, Span, Timestamp};

words! {
    /// On what the platform says that it bases the use (GDPR 6). Recorded, not decided by: silence
    /// under an opt-out is not consent, whatever it is called.
    pub enum LegalBasis as "a legal basis" {
        /// The subject's consent.
        Consent = "consent",
        /// The platform's legitimate interests, to which the subject can object.
        LegitimateInterests = "legitimate-interests",
        /// A contract with the subject.
        Contract = "contract",
        /// None that could be found.
        NoneStated = "none-stated",
    }
}

/// What a rule asks of a record and its subject besides the choice.
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
    /// The kinds of data that may be used; a record of any other kind is not covered.
    #[must_use]
    pub fn covers(&self) -> &[Kind] {
        self.covers.as_deref().unwrap_or_default()
    }

    /// The age, in whole years, that the subject had to have when the record was created.
    #[must_use]
    pub const fn minimum_age(&self) -> Option<u8> {
        self.minimum_age
    }

    /// Records older than this stay out ("legacy data").
    #[must_use]
    pub const fn created_from(&self) -> Option<Timestamp> {
        self.created_from
    }

    /// An opt-in counts only while younger than so many days of 24 hours.
    #[must_use]
    pub const fn opt_in_lifetime_days(&self) -> Option<u32> {
        self.opt_in_lifetime_days
    }

    /// An opt-in given before this does not count: the notice that it answered was another.
    #[must_use]
    pub const fn opt_in_from(&self) -> Option<Timestamp> {
        self.opt_in_from
    }

    /// Which opt-ins count.
    #[must_use]
    pub const fn opt_ins(&self) -> OptIns {
        OptIns { lifetime_days: self.opt_in_lifetime_days, from: self.opt_in_from }
    }

    /// The announced legal basis, where the document has one.
    #[must_use]
    pub const fn legal_basis(&self) -> Option<LegalBasis> {
        self.legal_basis
    }

    /// These terms, completed by those of the revision.
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

    /// The terms that differ from those of the revision.
    pub(super) fn overrides(&self, revision: &Self) -> Self {
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

/// One rule of a revision.
///
/// It *applies* to a record and a place where one of its areas names the place, none of its
/// exceptions does, and every selector matches. Of the rules that apply, those that exclude all
/// count; of the others, only those that name the place most closely. So an exclusion can never be
/// loosened by another rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(super) number: usize,
    pub(super) places: Vec<Area>,
    pub(super) except: Vec<Area>,
    pub(super) kinds: Option<Vec<Kind>>,
    pub(super) audiences: Option<Vec<Audience>>,
    pub(super) created: Option<Created>,
    pub(super) regime: Regime,
    /// Completed by those of the revision.
    pub(super) terms: Terms,
    pub(super) confidence: Option<Confidence>,
    pub(super) note: Option<String>,
}

/// The selector of a rule by the creation of records; half-open, and open where an end is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Created {
    /// The first instant.
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
    /// The place of the rule in its revision, counted from 1.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Where the rule applies.
    #[must_use]
    pub fn places(&self) -> &[Area] {
        &self.places
    }

    /// Where it does not.
    #[must_use]
    pub fn except(&self) -> &[Area] {
        &self.except
    }

    /// The kinds of data it selects; all, if none are given.
    #[must_use]
    pub fn kinds(&self) -> Option<&[Kind]> {
        self.kinds.as_deref()
    }

    /// The audiences it selects; all, if none are given.
    #[must_use]
    pub fn audiences(&self) -> Option<&[Audience]> {
        self.audiences.as_deref()
    }

    /// When the records that it selects were created; whenever, if it does not say.
    #[must_use]
    pub fn created(&self) -> Option<Span> {
        self.created.map(Created::span)
    }

    /// The regime.
    #[must_use]
    pub const fn regime(&self) -> Regime {
        self.regime
    }

    /// The terms in force under this rule: its own, or else those of the revision.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How sure the sources make the rule; `None` where the revision's confidence is the rule's, too.
    #[must_use]
    pub const fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// What a reader should know.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Whether this is a catch-all: everywhere, without exception or selector.
    #[must_use]
    pub fn is_catch_all(&self) -> bool {
        self.places.contains(&Area::Everywhere) && self.except.is_empty() && !self.has_selectors()
    }

    /// Whether the rule selects by kind, audience or creation.
    pub(crate) const fn has_selectors(&self) -> bool {
        self.kinds.is_some() || self.audiences.is_some() || self.created.is_some()
    }

    /// Whether the rule excludes: no other rule takes precedence over it.
    pub(crate) const fn is_exclusion(&self) -> bool {
        match self.regime {
            Regime::Excluded => true,
            Regime::OptIn | Regime::OptOut | Regime::NoChoice => false,
        }
    }

    /// Returns how closely the rule names a place at a cut-off; `None` if none of its areas holds
    /// the place, or if an exception does.
    pub(crate) fn names(&self, place: Place, as_of: Timestamp) -> Option<Closeness> {
        let closest = |areas: &[Area]| areas.iter().filter_map(|a| a.names(place, as_of)).max();
        closest(&self.places).filter(|_| closest(&self.except).is_none())
    }

    /// Returns whether the rule selects the records of a kind that were created at an instant.
    pub(crate) fn selects(&self, kind: &Kind, created: Timestamp) -> bool {
        self.created.is_none_or(|selector| selector.span().contains(created))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind))
    }

    /// Returns whether the rule selects the subjects of an audience. If the audience is unknown
    /// (`None`), only a rule without this selector does.
    pub(crate) fn selects_audience(&self, audience: Option<&Audience>) -> bool {
        self.audiences.as_ref().is_none_or(|all| audience.is_some_and(|a| all.contains(a)))
    }

    /// The instants of creation at which the rule starts or stops to speak of records.
    pub(crate) fn creation_instants(&self) -> impl Iterator<Item = Timestamp> {
        let span = self.created();
        let ends = [span.map(Span::start), span.and_then(Span::end), self.terms.created_from];
        ends.into_iter().flatten()
    }

    /// Every kind that the rule names.
    pub(crate) fn named_kinds(&self) -> impl Iterator<Item = &Kind> {
        self.terms.covers().iter().chain(self.kinds().unwrap_or_default())
    }

    /// Whether the rule names, in `in` or in `except`, a subdivision of the country that is all that is
    /// known of a place.
    pub(crate) fn names_part_of(&self, place: Place) -> bool {
        self.named_areas().any(|area| area.is_part_of(place))
    }

    /// Every area that the rule names.
    pub(crate) fn named_areas(&self) -> impl Iterator<Item = &Area> {
        self.places.iter().chain(&self.except)
    }

    /// Whether a subject of that birth was too young for the rule; nothing if that is unknown.
    pub(crate) fn is_under_age(&self, birth: Option<Birth>, created: Timestamp) -> Option<bool> {
        match (self.terms.minimum_age, birth) {
            (None, _) => Some(false),
            (Some(_), None) => None,
            (Some(years), Some(birth)) => Some(!birth.has_age(years, created)),
        }
    }
}
