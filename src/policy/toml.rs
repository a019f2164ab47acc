//! The TOML form of a policy: reading and writing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::document::{Audiences, PolicyDocument, RevisionDocument, RuleDocument};
use crate::policy::locate;
use crate::policy::policy::{OwnRegion, Policy};
use crate::policy::region::Area;
use crate::policy::revision::Revision;
use crate::policy::rule::{Rule, Terms};
use crate::values::error::ReadError;
use crate::values::object::Object;

impl Policy {
    /// Reads a policy from TOML.
    ///
    /// # Errors
    ///
    /// Returns an error for text that is not TOML, and in the cases that [`Policy`] lists.
    pub fn from_toml(text: &str) -> Result<Self, ReadError> {
        let Object(document): Object<PolicyDocument> =
            ::toml::from_str(text).map_err(|error| locate::toml_error(text, &error))?;
        document.check().map_err(|error| locate::line(text, error))
    }

    /// Writes the policy as TOML. Reading the text gives an equal policy.
    ///
    /// # Errors
    ///
    /// Returns an error for text that TOML cannot hold. No policy that was read contains such text.
    pub fn to_toml(&self) -> Result<String, ReadError> {
        ::toml::to_string(self).map_err(ReadError::new)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Object::<PolicyDocument>::deserialize(deserializer)?;
        Self::try_from(document).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PolicyDocument::from(self.clone()).serialize(serializer)
    }
}

impl From<Policy> for PolicyDocument {
    fn from(policy: Policy) -> Self {
        let names = |areas: &[Area]| areas.iter().map(Area::to_string).collect();
        let region = |own: OwnRegion| (own.region.name().to_owned(), names(&own.takes_in));
        Self {
            platform: policy.platform,
            purpose: policy.purpose,
            title: policy.title,
            not_modelled: policy.not_modelled,
            regions: policy.regions.into_iter().map(region).collect(),
            revisions: policy.revisions.into_iter().map(|r| Object(r.into())).collect(),
        }
    }
}

impl From<Revision> for RevisionDocument {
    fn from(revision: Revision) -> Self {
        let rule = |rule| Object(RuleDocument::new(rule, &revision.terms));
        Self {
            rules: revision.rules.into_iter().map(rule).collect(),
            id: revision.id,
            effective: revision.effective,
            announced: revision.announced,
            status: revision.status,
            opt_out_reaches: revision.opt_out_reaches,
            residence_at: revision.residence_at,
            covers: revision.terms.covers,
            minimum_age: revision.terms.minimum_age,
            created_from: revision.terms.created_from,
            opt_in_lifetime_days: revision.terms.opt_in_lifetime_days,
            opt_in_from: revision.terms.opt_in_from,
            legal_basis: revision.terms.legal_basis,
            confidence: revision.confidence,
            sources: revision.sources,
            note: revision.note,
        }
    }
}

impl RuleDocument {
    /// Creates the document of a rule, without the terms of its revision.
    fn new(rule: Rule, revision: &Terms) -> Self {
        let own = rule.terms.overrides(revision);
        let names = |areas: &[Area]| areas.iter().map(Area::to_string).collect();
        Self {
            places: names(&rule.places),
            except: names(&rule.except),
            kinds: rule.kinds,
            audience: rule.audiences.map(Audiences::Many),
            created: rule.created.map(Object),
            regime: rule.regime,
            covers: own.covers,
            minimum_age: own.minimum_age,
            created_from: own.created_from,
            opt_in_lifetime_days: own.opt_in_lifetime_days,
            opt_in_from: own.opt_in_from,
            legal_basis: own.legal_basis,
            confidence: rule.confidence,
            note: rule.note,
        }
    }
}
