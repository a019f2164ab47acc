//! Policies: which hold, what they say, and how two differ.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use may_train::review::{Coverage, Diff, PolicyAt};
use may_train::{Policy, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::Instant;
use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::clock;
use crate::problem::{Answer, Problem, Refusal};

/// Which policy, and when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct At {
    /// The number of the policy; the last one if it is missing.
    policy: Option<i64>,
    /// The instant; the present if it is missing.
    #[param(value_type = Option<String>, format = DateTime)]
    at: Instant,
}

/// Which two policies, and when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// The number of the policy before; the last one if it is missing.
    from: Option<i64>,
    /// The number of the policy after; the last one if it is missing.
    to: Option<i64>,
    /// The instant before.
    #[param(value_type = Option<String>, format = DateTime)]
    from_at: Instant,
    /// The instant after.
    #[param(value_type = Option<String>, format = DateTime)]
    to_at: Instant,
}

/// Which widenings are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Acknowledged {
    /// The codes of the widenings that are wanted, separated by commas.
    #[serde(default)]
    acknowledge: String,
}

impl Service {
    /// Returns the policy of a number, or the last one.
    ///
    /// # Errors
    ///
    /// Fails if there is none of that number.
    pub fn policy_of(&self, number: Option<i64>) -> Answer<Arc<Policy>> {
        let Some(number) = number else { return self.policy() };
        let found = self.live.policies().into_iter().find(|stored| stored.seq == number);
        found.map(|stored| stored.policy).ok_or_else(|| Problem::not_found("no such policy"))
    }
}

fn or_now(instant: Instant) -> Timestamp {
    instant.map_or_else(clock::now, |text| text.0)
}

/// Lists the policies, the oldest first; the last one holds.
#[utoipa::path(
    get, path = "/v1/policies", tag = "policies",
    responses((status = 200, body = Object), Refusal)
)]
pub async fn list(State(service): State<Arc<Service>>, caller: Caller) -> Answer<Json<Value>> {
    caller.only(&[Role::Officer, Role::Pipeline])?;
    let policies = service.live.policies();
    let of = |stored: &crate::live::StoredPolicy| {
        let policy = &stored.policy;
        let revisions: Vec<_> = policy.revisions().iter().map(may_train::Revision::id).collect();
        json!({
            "policy": stored.seq,
            "platform": policy.platform(),
            "purpose": policy.purpose(),
            "digest": policy.digest().to_string(),
            "revisions": revisions,
        })
    };
    Ok(Json(json!({ "policies": policies.iter().map(of).collect::<Vec<_>>() })))
}

/// Appends a policy, as TOML; it holds from now on. A policy that lets in data which was kept out is
/// refused, unless each step is acknowledged by its code.
#[utoipa::path(
    post, path = "/v1/policies", tag = "policies", params(Acknowledged),
    request_body(content = String, content_type = "application/toml"),
    responses(
        (status = 201, body = Object),
        Refusal,
    )
)]
pub async fn append(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Query(Acknowledged { acknowledge }): Query<Acknowledged>,
    body: Bytes,
) -> Answer<(StatusCode, Json<Value>)> {
    caller.only(&[Role::Officer])?;
    let toml = String::from_utf8(body.to_vec());
    let toml = toml.map_err(|_| Problem::bad_input("not UTF-8; write UTF-8"))?;
    let policy = Policy::from_toml(&toml)?;
    let last = service.live.policy();
    let after = last.as_ref().map_or(0, |stored| stored.seq);
    if let Some(stored) = last {
        let _permit = service.begin_heavy()?;
        let widened =
            tokio::task::spawn_blocking(move || widenings(&stored.policy, &policy, clock::now()));
        guard(&widened.await?, &acknowledge)?;
    }
    if !service.store.append_policy(&toml, after).await? {
        return Err(Problem::conflict("another policy was faster; look at it first"));
    }
    service.live.catch_up().await?;
    let stored = service.live.policy().map(|stored| stored.seq);
    Ok((StatusCode::CREATED, Json(json!({ "policy": stored }))))
}

/// Returns the codes of every step by which one policy lets in what another keeps out, now and at
/// each instant at which the new one changes.
fn widenings(before: &Policy, after: &Policy, now: Timestamp) -> BTreeSet<String> {
    let later = after.revisions().iter().map(may_train::Revision::effective);
    let instants: BTreeSet<Timestamp> = later.filter(|at| *at > now).chain([now]).collect();
    let diffs = instants
        .iter()
        .map(|at| Diff::between(PolicyAt::new(before, *at), PolicyAt::new(after, *at)));
    diffs
        .flat_map(|diff| diff.widenings().iter().map(ToString::to_string).collect::<Vec<_>>())
        .collect()
}

fn guard(widenings: &BTreeSet<String>, acknowledged: &str) -> Answer<()> {
    let given: BTreeSet<&str> = acknowledged.split(',').filter(|code| !code.is_empty()).collect();
    let open: Vec<&str> =
        widenings.iter().map(String::as_str).filter(|code| !given.contains(code)).collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(format!(
        "data that was kept out comes in without a yes; acknowledge each step by its code: {}",
        open.join(", ")
    )))
}

/// Tells for each place which regime holds, which setting is offered, and who is excluded.
#[utoipa::path(
    get, path = "/v1/coverage", tag = "policies", params(At),
    responses((status = 200, body = Object), Refusal)
)]
pub async fn coverage(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Query(At { policy, at }): Query<At>,
) -> Answer<Json<Coverage>> {
    caller.only(&[Role::Officer])?;
    let policy = service.policy_of(policy)?;
    let _permit = service.begin_heavy()?;
    let made = tokio::task::spawn_blocking(move || Coverage::at(&policy, or_now(at)));
    Ok(Json(made.await?))
}

/// Tells which groups are treated otherwise by two policies, or by one at two instants.
#[utoipa::path(
    get, path = "/v1/diff", tag = "policies", params(Between),
    responses((status = 200, body = Object), Refusal)
)]
pub async fn diff(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Query(Between { from, to, from_at, to_at }): Query<Between>,
) -> Answer<Json<Value>> {
    caller.only(&[Role::Officer])?;
    let (before, after) = (service.policy_of(from)?, service.policy_of(to)?);
    let _permit = service.begin_heavy()?;
    let made = tokio::task::spawn_blocking(move || {
        let before = PolicyAt::new(&before, or_now(from_at));
        let diff = Diff::between(before, PolicyAt::new(&after, or_now(to_at)));
        let codes: Vec<String> = diff.widenings().iter().map(ToString::to_string).collect();
        json!({ "diff": diff, "codes": codes, "text": diff.to_string().lines().collect::<Vec<_>>() })
    });
    Ok(Json(made.await?))
}
