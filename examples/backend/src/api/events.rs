//! Events: what is learned about people.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use may_train::{ChosenBy, Event, Fact, Timestamp, ndjson};
use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::clock;
use crate::problem::{Answer, Problem, Refusal};
use crate::store::writer::Written;

/// The receipt of an event.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
    /// The id.
    id: String,
    /// When the platform learned it; missing if it was stored before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    recorded: Option<Timestamp>,
}

/// Stores an event under an id of the caller's choice. Sent again, it is stored once.
///
/// Once it is acknowledged, it counts for the next decision of this instance, and within a second
/// for those of the others.
#[utoipa::path(
    put, path = "/v1/events/{id}", tag = "events",
    params(("id" = String, Path, description = "1 to 100 letters, digits, `-`, `_`, `.` or `:`", pattern = "^[A-Za-z0-9_.:-]{1,100}$")),
    request_body = schema::Event,
    responses(
        (status = 201, description = "stored", body = Receipt),
        (status = 200, description = "was stored before", body = Receipt),
        Refusal,
    )
)]
pub async fn put_event(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer<(StatusCode, Json<Receipt>)> {
    check_id(&id)?;
    let event: Event = ndjson::read_value(&body)?;
    caller.may_change(event.subject())?;
    match caller.role {
        Role::Member => check_own(&caller, &event)?,
        Role::Officer | Role::Pipeline => {}
    }
    if matches!(event.fact(), Fact::Erasure) {
        let subject = "POST /v1/subjects/{id}/erasure";
        return Err(Problem::bad_input(format!("erasures go another way: {subject}")));
    }
    store(&service, id, event).await
}

/// Stores an event, and applies it before it is acknowledged.
///
/// # Errors
///
/// Fails if the store cannot take it; see [`put_event`].
pub async fn store(
    service: &Service,
    id: String,
    event: Event,
) -> Answer<(StatusCode, Json<Receipt>)> {
    match service.writer.write(id.clone(), event).await? {
        Written::New(event) => {
            service.live.apply(&event);
            service.ops.stored();
            let recorded = Some(event.recorded());
            Ok((StatusCode::CREATED, Json(Receipt { id, recorded })))
        }
        Written::Again => {
            // It may have come by another instance, a moment ago.
            service.live.catch_up().await?;
            Ok((StatusCode::OK, Json(Receipt { id, recorded: None })))
        }
        Written::OtherContent => {
            Err(Problem::conflict("another event has this id; choose a new one"))
        }
        Written::Erased => Err(Problem::with(
            StatusCode::GONE,
            "the subject was erased; a person who comes back gets a new id",
        )),
    }
}

/// Refuses ids that would be awkward in paths and logs.
fn check_id(id: &str) -> Answer<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if (1..=100).contains(&id.len()) && id.chars().all(is_plain) {
        Ok(())
    } else {
        Err(Problem::bad_input("an event id has 1 to 100 letters, digits, `-`, `_`, `.` or `:`"))
    }
}

/// Refuses what a member may not say: facts for the platform to find out, choices in the name of
/// others, and anything about the future.
fn check_own(caller: &Caller, event: &Event) -> Answer<()> {
    let is_own = match event.fact() {
        Fact::Choice(_, made) => made.by() == ChosenBy::Subject,
        Fact::Residence(_) => true,
        Fact::Audience(_) | Fact::Birth(_) | Fact::Restriction { .. } | Fact::Erasure => false,
    };
    if !is_own {
        return Err(caller.refuse(None));
    }
    if event.at() > clock::now() {
        return Err(Problem::bad_input("`at` lies in the future; give the present or the past"));
    }
    Ok(())
}
