//! The policy document: the shape of its TOML, and the checks that make it a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::policy::area_name::{AreaName, own_region};
use crate::policy::areas::Areas;
use crate::policy::chart::Charts;
use crate::policy::gazetteer::Confidence;
use crate::policy::policy::Policy;
use crate::policy::revision::{OptOutReach, ResidenceAt, Revision, Status};
use crate::policy::rule::Created;
use crate::policy::rule::{LegalBasis, Rule, Terms};
use crate::values::error::ReadError;
use crate::values::id::{Platform, RevisionId};
use crate::values::kind::{Audience, Kind, Purpose};
use crate::values::object::Object;
use crate::values::regime::Regime;
use crate::values::time::Timestamp;

/// What one platform does with data for one purpose, revision by revision.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", schemars(title = "May-train policy"))]
pub(crate) struct PolicyDocument {
    /// The platform, such as `linkedin`.
    pub(crate) platform: Platform,
    /// The purpose for which the platform uses the data. One document has one purpose.
    pub(crate) purpose: Purpose,
    /// A title for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// What the policy does not model, as short sentences for readers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(inner(regex(pattern = r"\S"))))]
    pub(crate) not_modelled: Vec<String>,
    /// Regions that the policy defines, by name. Each lists countries, or regions to include.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Vec<AreaName>>", extend("propertyNames" = own_region())))]
    pub(crate) regions: BTreeMap<String, Vec<String>>,
    /// The revisions, in any order.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RevisionDocument>", length(min = 1)))]
    pub(crate) revisions: Vec<Object<RevisionDocument>>,
}

/// A revision of the policy: its terms and rules from an instant on.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Revision"))]
#[serde(deny_unknown_fields)]
pub(crate) struct RevisionDocument {
    /// An id that is unique in the policy, such as the date.
    pub(crate) id: RevisionId,
    /// The instant from which the revision is in force.
    pub(crate) effective: Timestamp,
    /// When the platform announced the revision, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) announced: Option<Timestamp>,
    /// `withdrawn` if the platform announced the revision and it never took effect.
    #[serde(default)]
    pub(crate) status: Status,
    /// Which choice counts: the one at the cut-off, at the record's creation, or both.
    pub(crate) opt_out_reaches: OptOutReach,
    /// Which residence counts: the one at the cut-off, at the record's creation, both, or every one
    /// between.
    pub(crate) residence_at: ResidenceAt,
    /// The kinds of data that the platform may use. A record of any other kind is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) covers: Option<Vec<Kind>>,
    /// The age, in whole years, that the subject must have reached when the record was created.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 255)))]
    pub(crate) minimum_age: Option<u8>,
    /// The earliest creation instant. Older records are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_from: Option<Timestamp>,
    /// How many days of 24 hours an opt-in lasts.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4_294_967_295_u32)))]
    pub(crate) opt_in_lifetime_days: Option<u32>,
    /// The earliest opt-in that counts. An earlier opt-in answered another notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opt_in_from: Option<Timestamp>,
    /// The legal basis that the platform states. No decision depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) legal_basis: Option<LegalBasis>,
    /// How sure the sources make the revision. No decision depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<Confidence>,
    /// The addresses of the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<String>,
    /// A note for readers, such as what is uncertain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// The rules. One must be `in = ["*"]` without `except` or selectors.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RuleDocument>", length(min = 1)))]
    pub(crate) rules: Vec<Object<RuleDocument>>,
}

/// A rule: a regime for some places, kinds of data and people.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Rule"))]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleDocument {
    /// The places that the rule names.
    #[serde(rename = "in")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<AreaName>", length(min = 1)))]
    pub(crate) places: Vec<String>,
    /// The places that the rule excepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<AreaName>"))]
    pub(crate) except: Vec<String>,
    /// Selects records of these kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub(crate) kinds: Option<Vec<Kind>>,
    /// Selects subjects with one of these plans or groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<Audiences>,
    /// Selects records created in this span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Created>"))]
    pub(crate) created: Option<Object<Created>>,
    /// The regime.
    pub(crate) regime: Regime,
    /// The kinds of data that the platform may use. It replaces the revision's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) covers: Option<Vec<Kind>>,
    /// The minimum age in whole years. It replaces the revision's.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 255)))]
    pub(crate) minimum_age: Option<u8>,
    /// The earliest creation instant. It replaces the revision's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) created_from: Option<Timestamp>,
    /// How many days of 24 hours an opt-in lasts. It replaces the revision's lifetime.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "number")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4_294_967_295_u32)))]
    pub(crate) opt_in_lifetime_days: Option<u32>,
    /// The earliest opt-in that counts. It replaces the revision's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opt_in_from: Option<Timestamp>,
    /// The legal basis that the platform states. It replaces the revision's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) legal_basis: Option<LegalBasis>,
    /// How sure the sources make the rule, if it differs from the revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<Confidence>,
    /// A note for readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// An audience or a list of audiences.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected an audience in quotes, or a list of them")]
pub(crate) enum Audiences {
    /// One audience.
    One(Audience),
    /// Any of these audiences.
    Many(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Audience>),
}

/// Reads a whole number. The error names the range of numbers that fit.
fn number<'de, D: Deserializer<'de>, N: TryFrom<u64> + Bounded>(
    deserializer: D,
) -> Result<Option<N>, D::Error> {
    struct Number<N>(std::marker::PhantomData<N>);
    impl<N: TryFrom<u64> + Bounded> Visitor<'_> for Number<N> {
        type Value = Option<N>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a whole number from 0 to {}", N::MAX)
        }
        fn visit_u64<E: Error>(self, found: u64) -> Result<Option<N>, E> {
            let unexpected = serde::de::Unexpected::Unsigned(found);
            let value = N::try_from(found).map_err(|_| E::invalid_value(unexpected, &self))?;
            Ok(Some(value))
        }
        fn visit_i64<E: Error>(self, found: i64) -> Result<Option<N>, E> {
            let unexpected = serde::de::Unexpected::Signed(found);
            let value = u64::try_from(found).map_err(|_| E::invalid_value(unexpected, &self))?;
            self.visit_u64(value)
        }
        fn visit_none<E: Error>(self) -> Result<Option<N>, E> {
            Ok(None)
        }
        fn visit_unit<E: Error>(self) -> Result<Option<N>, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Number(std::marker::PhantomData))
}

/// A number type whose greatest value an error can name.
trait Bounded: fmt::Display {
    const MAX: Self;
}

impl Bounded for u8 {
    const MAX: Self = Self::MAX;
}

impl Bounded for u32 {
    const MAX: Self = Self::MAX;
}

impl TryFrom<Object<PolicyDocument>> for Policy {
    type Error = ReadError;

    fn try_from(Object(document): Object<PolicyDocument>) -> Result<Self, ReadError> {
        document.check()
    }
}

impl PolicyDocument {
    /// Checks the document and returns its policy.
    pub(crate) fn check(self) -> Result<Policy, ReadError> {
        let areas = Areas::resolve(&self.regions)?;
        if let Some(i) = self.not_modelled.iter().position(|said| said.trim().is_empty()) {
            let problem = "an empty sentence; say what is not modelled, or leave it out";
            return Err(ReadError::new(problem).at_field(format!("not_modelled[{i}]")));
        }
        if self.revisions.is_empty() {
            let problem = "a policy without revisions; give at least one `[[revisions]]`";
            return Err(ReadError::new(problem).at_field("revisions"));
        }
        let mut taken = Taken::default();
        let mut revisions = Vec::with_capacity(self.revisions.len());
        for (i, Object(document)) in self.revisions.into_iter().enumerate() {
            let path = format!("revisions[{i}]");
            let revision = document.check(&areas, &path)?;
            taken.add(&revision, &path)?;
            revisions.push(revision);
        }
        revisions.sort_by_key(Revision::effective);
        Ok(Policy {
            platform: self.platform,
            purpose: self.purpose,
            title: self.title,
            not_modelled: self.not_modelled,
            regions: areas.own.into_values().collect(),
            revisions,
        })
    }
}

/// The ids of the revisions, and the instants from which they are in force.
#[derive(Default)]
struct Taken {
    ids: BTreeSet<RevisionId>,
    instants: BTreeMap<Timestamp, RevisionId>,
}

impl Taken {
    /// Refuses a second revision with the same id, or one in force from the same instant.
    fn add(&mut self, revision: &Revision, path: &str) -> Result<(), ReadError> {
        if !self.ids.insert(revision.id.clone()) {
            let problem = format!("a second revision `{}`; give each its own id", revision.id);
            return Err(ReadError::new(problem).at_field(format!("{path}.id")));
        }
        if revision.status != Status::InForce {
            return Ok(());
        }
        match self.instants.insert(revision.effective, revision.id.clone()) {
            None => Ok(()),
            Some(other) => {
                let problem = format!(
                    "revision `{other}` is in force from {}, too; give another instant, or mark \
                     one as `withdrawn`",
                    revision.effective
                );
                Err(ReadError::new(problem).at_field(format!("{path}.effective")))
            }
        }
    }
}

impl RevisionDocument {
    /// Checks the revision. `path` is its field, for errors.
    fn check(self, areas: &Areas, path: &str) -> Result<Revision, ReadError> {
        let terms = Terms {
            covers: self.covers,
            minimum_age: self.minimum_age,
            created_from: self.created_from,
            opt_in_lifetime_days: self.opt_in_lifetime_days,
            opt_in_from: self.opt_in_from,
            legal_basis: self.legal_basis,
        };
        let mut rules = Vec::with_capacity(self.rules.len());
        for (j, Object(rule)) in self.rules.into_iter().enumerate() {
            rules.push(rule.check(areas, &terms, j, &format!("{path}.rules[{j}]"))?);
        }
        let problem = if rules.is_empty() {
            "a revision without rules; give at least `in = [\"*\"]` with a `regime`"
        } else if rules.iter().any(Rule::is_catch_all) {
            return Ok(Revision {
                id: self.id,
                effective: self.effective,
                announced: self.announced,
                status: self.status,
                opt_out_reaches: self.opt_out_reaches,
                residence_at: self.residence_at,
                terms,
                confidence: self.confidence,
                sources: self.sources,
                note: self.note,
                rules,
                charts: Charts::default(),
            });
        } else {
            "no rule is a catch-all; give one `in = [\"*\"]` without `except` or selectors"
        };
        Err(ReadError::new(problem).at_field(format!("{path}.rules")))
    }
}

impl RuleDocument {
    /// Checks the rule and completes its terms. `index` counts from 0, `path` is for errors.
    fn check(
        self,
        areas: &Areas,
        revision: &Terms,
        index: usize,
        path: &str,
    ) -> Result<Rule, ReadError> {
        let at = |key: &str| format!("{path}.{key}");
        if self.places.is_empty() {
            let problem = "no place; name at least one, or `*` for everywhere";
            return Err(ReadError::new(problem).at_field(at("in")));
        }
        let audiences = self.audience.map(|audiences| match audiences {
            Audiences::One(audience) => vec![audience],
            Audiences::Many(audiences) => audiences,
        });
        let nothing = [
            ("kinds", self.kinds.as_ref().is_some_and(Vec::is_empty)),
            ("audience", audiences.as_ref().is_some_and(Vec::is_empty)),
        ];
        if let Some((key, _)) = nothing.iter().find(|(_, empty)| *empty) {
            let problem = "it selects nothing; name at least one, or leave the key out";
            return Err(ReadError::new(problem).at_field(at(key)));
        }
        let own = Terms {
            covers: self.covers,
            minimum_age: self.minimum_age,
            created_from: self.created_from,
            opt_in_lifetime_days: self.opt_in_lifetime_days,
            opt_in_from: self.opt_in_from,
            legal_basis: self.legal_basis,
        };
        let terms = own.or(revision);
        if terms.covers.is_none() {
            let problem = "missing; neither the rule nor its revision says which kinds it covers";
            return Err(ReadError::new(problem).at_field(at("covers")));
        }
        Ok(Rule {
            number: index.saturating_add(1),
            places: areas.find_all(&self.places, &at("in"))?,
            except: areas.find_all(&self.except, &at("except"))?,
            kinds: self.kinds,
            audiences,
            created: self.created.map(|Object(created)| created),
            regime: self.regime,
            terms,
            confidence: self.confidence,
            note: self.note,
        })
    }
}
