//! Cedar: a policy for each ground, the facts resolved beforehand, every request prebuilt.

use std::collections::{HashMap, HashSet};
use std::hint::black_box;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, Policy, PolicyId, PolicySet,
    Request, Response, RestrictedExpression,
};
use may_train::{Ground, Grounds};

use super::Decider;
use super::facts::{Facts, excluded_from};
use crate::versions;
use crate::workload::PLACES;

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    pub fn new(facts: &[Facts]) -> Self {
        let requests = facts.iter().map(request).collect();
        Self { authorizer: Authorizer::new(), policies: policies(), entities: entities(), requests }
    }

    fn decide(&self, request: &Request) -> Response {
        self.authorizer.is_authorized(request, &self.policies, &self.entities)
    }
}

impl Decider for Cedar {
    fn name(&self) -> String {
        format!("cedar-policy {}", versions::of("cedar-policy"))
    }

    fn formulation(&self) -> &'static str {
        "a policy for each ground, facts resolved and request built beforehand"
    }

    fn decide_all(&mut self) {
        for request in &self.requests {
            black_box(self.decide(request));
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        let response = self.decide(&self.requests[case]);
        let diagnostics = response.diagnostics();
        assert_eq!(diagnostics.errors().count(), 0, "case {case}");
        let reasons = diagnostics.reason().map(|id| -> &str { id.as_ref() });
        if response.decision() == Decision::Allow {
            assert_eq!(reasons.collect::<Vec<_>>(), ["eligible"]);
            return Grounds::NONE;
        }
        reasons.map(|id| id.parse::<Ground>().expect("a ground")).collect()
    }
}

/// The policies, each under its own name.
fn policies() -> PolicySet {
    let set: PolicySet = include_str!("policy.cedar").parse().expect("policies");
    let named =
        |policy: &Policy| policy.new_id(PolicyId::new(policy.annotation("id").expect("a name")));
    PolicySet::from_policies(set.policies().map(named)).expect("a set")
}

/// The places, each with the instant since when it is excluded.
fn entities() -> Entities {
    let entity = |name: &&str| {
        let since = excluded_from(name).map(RestrictedExpression::new_long);
        let attributes: HashMap<_, _> =
            since.into_iter().map(|since| ("excluded_from".to_owned(), since)).collect();
        Entity::new(place(name), attributes, HashSet::new()).expect("an entity")
    };
    Entities::from_entities(PLACES.iter().map(entity), None).expect("entities")
}

fn place(name: &str) -> EntityUid {
    format!("Place::\"{name}\"").parse().expect("a name")
}

fn request(facts: &Facts) -> Request {
    let long = RestrictedExpression::new_long;
    let residence = |name, at: Option<&str>| {
        at.map(|at| (name, RestrictedExpression::new_entity_uid(place(at))))
    };
    let context = [
        ("as_of", long(facts.as_of)),
        ("created_at", long(facts.created_at)),
        ("sampled", long(facts.sampled)),
        ("adult_at", long(facts.adult_at)),
        ("kind", RestrictedExpression::new_string(facts.kind.to_owned())),
        ("opted_out", RestrictedExpression::new_bool(facts.opted_out)),
    ];
    let residences = [residence("home", facts.home), residence("origin", facts.origin)];
    let context = context.into_iter().chain(residences.into_iter().flatten());
    let context = context.map(|(name, value)| (name.to_owned(), value));
    let name = |text: &str| text.parse().expect("a name");
    Request::new(
        name("Platform::\"benchmark\""),
        name("Action::\"train\""),
        name("Record::\"record\""),
        Context::from_pairs(context).expect("a context"),
        None,
    )
    .expect("a request")
}
