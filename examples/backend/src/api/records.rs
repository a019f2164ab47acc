//! Records: what this service has to know of the platform's posts.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use may_train::Record;
use may_train::ndjson::Lines;
use serde_json::{Value, json};

use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::problem::{Answer, Problem, Refusal};

/// Stores records, one JSON object a line, all or none. A record of the same id is replaced, so that
/// a deletion or a restriction is told in this way.
#[utoipa::path(
    put, path = "/v1/records", tag = "records",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses(
        (status = 200, description = "how many were stored", body = Object),
        Refusal,
    )
)]
pub async fn put_records(
    State(service): State<Arc<Service>>,
    caller: Caller,
    body: Bytes,
) -> Answer<Json<Value>> {
    caller.only(&[Role::Pipeline])?;
    let _permit = service.begin_heavy()?;
    let read = tokio::task::spawn_blocking(move || {
        let mut lines = Lines::<_, Record>::new(&body[..]);
        let mut records = Vec::new();
        while let Some(record) = lines.read()? {
            records.push(record);
        }
        Ok::<_, Problem>(records)
    });
    let records = read.await??;
    service.store.put_records(&records).await?;
    Ok(Json(json!({ "stored": records.len() })))
}
