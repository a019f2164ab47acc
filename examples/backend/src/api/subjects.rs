//! What one person may ask about themselves, and their erasure.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use may_train::ledger::SealedRun;
use may_train::{Event, Record, Subject, SubjectId, Timestamp, ndjson};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Text, dpv, schema};
use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::clock;
use crate::problem::{Answer, Problem, Refusal};
use crate::store::subject_of;

/// Everything that the platform knows about a subject (GDPR 15): the facts, each with its two
/// instants, and the signals behind them; each record with the decision on it and each basis of that decision; each run that
/// used a record of theirs, and each model that builds on one.
#[utoipa::path(
    get, path = "/v1/subjects/{id}/export", tag = "subjects", params(("id" = String, Path)),
    responses(
        (status = 200, body = Object),
        Refusal,
    )
)]
pub async fn export(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<SubjectId>>,
) -> Answer<Json<Value>> {
    caller.may_see(&id)?;
    export_of(&service, &id).await.map(Json)
}

/// Returns the export; the page of a member shows the same.
///
/// # Errors
///
/// Fails if nothing is known about the subject, and if the store does not answer.
pub async fn export_of(service: &Arc<Service>, id: &SubjectId) -> Answer<Value> {
    let (events, records) = known(service, id).await?;
    let signals = service.store.signals_of(id).await?;
    let signals: Vec<Value> =
        signals.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let subject = subject_of(id, &events);
    let history: Vec<&Event> = events.iter().filter_map(|stored| stored.event.as_ref()).collect();
    let erased = events.len() - history.len();
    let history = json!(history);
    let _permit = service.begin_heavy()?;
    let (service, id) = (Arc::clone(service), id.clone());
    let policy = service.policy()?;
    let made = tokio::task::spawn_blocking(move || {
        let now = clock::now();
        // The registry is locked for one record at a time.
        let decide = |record: &Record| {
            let registry = service.live.registry();
            decision_for(&registry.view(&policy, now).explain(record), record, &id)
        };
        let decisions: Vec<Value> = records.iter().map(decide).collect();
        let ledger = service.live.ledger();
        let models = ledger.models_of(&id);
        json!({
            "subject": subject,
            "as_of": now,
            "policy": { "platform": policy.platform(), "purpose": policy.purpose() },
            "events": history,
            "signals": signals,
            "events_without_content": erased,
            "decisions": decisions,
            "runs": models.direct().iter().map(|run| run_of(run)).collect::<Vec<_>>(),
            "runs_that_build_on_them": models.inherited().iter().map(|run| run_of(run)).collect::<Vec<_>>(),
        })
    });
    Ok(made.await?)
}

/// Returns the events and the records of a subject.
async fn known(
    service: &Service,
    id: &SubjectId,
) -> Answer<(Vec<crate::store::StoredEvent>, Vec<Record>)> {
    let events = service.store.events_of(id).await?;
    let records = service.store.records_of(id).await?;
    if events.is_empty() && records.is_empty() {
        return Err(Problem::not_found("nothing is known about this subject"));
    }
    Ok((events, records))
}

/// Returns a decision as its subject may read it: without the facts about others.
fn decision_for(
    explanation: &may_train::Explanation<'_>,
    record: &Record,
    subject: &SubjectId,
) -> Value {
    let is_theirs = |about: Option<&SubjectId>| about.is_none_or(|about| about == subject);
    let findings = explanation.findings().iter();
    let bases: Vec<_> = findings.filter(|found| is_theirs(found.evidence().subject())).collect();
    json!({
        "record": record.id(),
        "kind": record.kind(),
        "created_at": record.created_at(),
        "verdict": explanation.verdict(),
        "explanation": explanation.for_subject(subject).to_string(),
        "bases": bases,
    })
}

fn run_of(run: &SealedRun) -> Value {
    json!({
        "run": run.id(),
        "as_of": run.as_of(),
        "purpose": run.purpose(),
        "revision": run.revision(),
        "builds_on": run.builds_on(),
    })
}

/// The consent record of a subject as JSON-LD, by W3C DPV and ISO/IEC TS 27560.
#[utoipa::path(
    get, path = "/v1/subjects/{id}/export.jsonld", tag = "subjects", params(("id" = String, Path)),
    responses(
        (status = 200, content_type = "application/ld+json", body = Object),
        Refusal,
    )
)]
pub async fn export_dpv(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<SubjectId>>,
) -> Answer<Response> {
    caller.may_see(&id)?;
    let (events, _) = known(&service, &id).await?;
    let subject = subject_of(&id, &events).unwrap_or_else(|| Subject::new(id));
    let record = dpv::consent_record(&subject, &*service.policy()?, clock::now());
    let body = record.to_string();
    Ok(([(header::CONTENT_TYPE, "application/ld+json")], body).into_response())
}

/// What an event would change, before it is confirmed. Nothing is stored.
#[utoipa::path(
    post, path = "/v1/subjects/{id}/effect", tag = "subjects", params(("id" = String, Path)),
    request_body = schema::Event,
    responses(
        (status = 200, body = Object),
        Refusal,
    )
)]
pub async fn effect(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<SubjectId>>,
    body: Bytes,
) -> Answer<Json<Value>> {
    caller.may_see(&id)?;
    let event: Event = ndjson::read_value(&body)?;
    if *event.subject() != id {
        return Err(Problem::bad_input("`subject`: the event is about another subject"));
    }
    effect_of(&service, event).await.map(Json)
}

/// Returns the effect of an event: the statement as JSON, and its sentences.
///
/// # Errors
///
/// Fails if the store does not answer.
pub async fn effect_of(service: &Arc<Service>, event: Event) -> Answer<Value> {
    let records = service.store.records_of(event.subject()).await?;
    let policy = service.policy()?;
    let _permit = service.begin_heavy()?;
    let service = Arc::clone(service);
    let made = tokio::task::spawn_blocking(move || {
        // A decision reads the subjects of the record and no others: copy them, and let go.
        let mut few = may_train::Registry::new();
        let ids: BTreeSet<&SubjectId> = records.iter().flat_map(Record::subjects).collect();
        for subject in ids.into_iter().chain([event.subject()]) {
            if let Some(subject) = service.live.registry().get(subject) {
                few.replace(subject.clone());
            }
        }
        let statement = event.effect(&few, &policy, &service.live.ledger(), &records);
        let text = statement.to_string();
        json!({ "statement": statement, "text": text.lines().collect::<Vec<_>>() })
    });
    Ok(made.await?)
}

/// What outlives an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// An identifier that outlives the account, such as an e-mail address. Only its keyed hash is
    /// stored. Normalise it first.
    identifier: Option<String>,
}

/// Erases a subject: the content of their events goes, and their opt-outs stay under a token.
#[utoipa::path(
    post, path = "/v1/subjects/{id}/erasure", tag = "subjects", params(("id" = String, Path)),
    request_body = Identifier,
    responses(
        (status = 200, description = "the erasure", body = Object),
        Refusal,
    )
)]
pub async fn erase(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<SubjectId>>,
    body: Bytes,
) -> Answer<Json<Value>> {
    caller.may_change(&id)?;
    let Identifier { identifier } = ndjson::read_value(&body)?;
    match caller.role {
        // A member may not name somebody else's address.
        Role::Member if identifier.is_some() => return Err(caller.refuse(None)),
        Role::Member | Role::Officer | Role::Pipeline => {}
    }
    let key = &service.suppression_key;
    let erasure = service.store.erase(&id, identifier.as_deref(), key).await?;
    service.live.apply(&erasure);
    let runs = service.live.ledger().deletion_proof(&id, erasure.at());
    Ok(Json(json!({ "erasure": erasure, "proof": runs, "text": runs.to_string() })))
}

/// Tells which identifier a new account has. If an erased account of that identifier had opted out,
/// the new one is opted out, too.
#[utoipa::path(
    post, path = "/v1/subjects/{id}/identifier", tag = "subjects", params(("id" = String, Path)),
    request_body = Identifier,
    responses(
        (status = 200, description = "the opt-outs that still count", body = Object),
        Refusal,
    )
)]
pub async fn suppress(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(Text(id)): Path<Text<SubjectId>>,
    body: Bytes,
) -> Answer<Json<Value>> {
    caller.only(&[Role::Pipeline])?;
    let Identifier { identifier } = ndjson::read_value(&body)?;
    let missing = || Problem::bad_input("`identifier` is missing; give what outlives the account");
    let token = service.suppression_key.token(&identifier.ok_or_else(missing)?);
    let known = service.store.with_suppressed(token, Subject::new(id.clone())).await?;
    let events = known.events();
    for (number, event) in events.iter().enumerate() {
        let name = service.suppression_key.token(&format!("{id} {token} {number}"));
        let id = format!("suppressed-{name}");
        drop(super::events::store(&service, id, event.clone()).await?);
    }
    let since: Vec<Timestamp> = events.iter().map(Event::at).collect();
    Ok(Json(json!({ "opted_out_since": since })))
}
