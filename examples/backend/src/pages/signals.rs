//! The signals of a member's browser become opt-outs, once the member is known.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use may_train::signals::{Signal, gpc, gpp};
use serde::Deserialize;

use crate::api::events;
use crate::app::Service;
use crate::auth::{Role, Visitor};
use crate::clock;
use crate::problem::Answer;

/// A GPP string comes in the query, as the IAB's macro `GPP_STRING` has it.
#[derive(Deserialize)]
struct Sent {
    gpp: Option<String>,
}

/// Notes the signals of a request, and lets it pass.
///
/// This service reads them widely: a person who lets nobody sell or share their data is opted out of
/// the policy's own purpose. The guide of may-train says what each signal covers.
pub async fn note(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let values = parts.headers.get_all("sec-gpc").iter().map(HeaderValue::as_bytes);
    let now = clock::now();
    // Another site may not link to an opt-out. The header is the browser's own.
    let is_foreign = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    let query = Query::<Sent>::try_from_uri(&parts.uri).ok().filter(|_| !is_foreign);
    let gpp = query.and_then(|Query(Sent { gpp: text })| gpp(&text?, now));
    let signals: Vec<Signal> = gpc(values, now).into_iter().chain(gpp).collect();
    if !signals.is_empty()
        && let Ok(Visitor(caller)) = Visitor::from_request_parts(&mut parts, &service).await
        && caller.role == Role::Member
    {
        for signal in &signals {
            if let Err(problem) = opt_out(&service, &caller.subject, signal).await {
                // The opt-out must not be lost: the browser sends it again.
                return problem.into_response();
            }
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Opts a member out, unless a signal has done so before.
async fn opt_out(service: &Service, member: &may_train::SubjectId, signal: &Signal) -> Answer<()> {
    let policy = service.policy()?;
    let event = {
        let registry = service.live.registry();
        let subject = registry.get(member);
        subject.and_then(|subject| signal.opt_out_once(subject, policy.purpose()))
    };
    let Some(event) = event else { return Ok(()) };
    let name = format!("{member} {} {}", policy.purpose(), event.at().as_micros());
    let id = format!("signal-{}", service.pseudonyms.token(&name));
    // First the reason, then the fact: a reason without a fact is harmless.
    service.store.put_signal(&id, member, signal).await?;
    events::store(service, id, event).await.map(drop)
}
