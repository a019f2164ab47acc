//! Decisions: of one record, and of a stream of records.

use std::convert::Infallible;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt};
use may_train::ndjson::{self, Lines};
use may_train::{Decision, Policy, Record, Timestamp, View};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::{StreamReader, SyncIoBridge};
use utoipa::IntoParams;

use super::{Instant, schema};
use crate::app::Service;
use crate::auth::{Caller, Role};
use crate::clock;
use crate::problem::{Answer, Problem, Refusal};

/// The question about a record.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Question {
    /// The cut-off; the present if it is missing.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Instant,
    /// Facts that were recorded later do not count. Without it, all count.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Instant,
}

impl Question {
    fn as_of(&self) -> Timestamp {
        self.as_of.map_or_else(clock::now, |text| text.0)
    }

    fn narrow<'a>(&self, view: View<'a>) -> View<'a> {
        self.known_at.map_or(view, |known_at| view.with_known_at(known_at.0))
    }
}

/// A decision with its reasons.
#[derive(Serialize)]
struct Reasoned<'a> {
    #[serde(flatten)]
    decision: Decision<'a>,
    explanation: String,
}

/// The roles that may ask about any record.
const MAY_DECIDE: [Role; 2] = [Role::Pipeline, Role::Officer];

/// Decides about one record, and says why.
#[utoipa::path(
    post, path = "/v1/decisions", tag = "decisions", params(Question),
    request_body = schema::Record,
    responses(
        (status = 200, body = schema::Decision),
        Refusal,
    )
)]
pub async fn decide(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Query(question): Query<Question>,
    body: Bytes,
) -> Answer<Response> {
    caller.only(&MAY_DECIDE)?;
    let record: Record = ndjson::read_value(&body)?;
    let policy = service.policy()?;
    let registry = service.live.registry();
    let view = question.narrow(registry.view(&policy, question.as_of()));
    let decision = view.decide(&record);
    let explanation = decision.explanation().to_string();
    service.ops.decided(decision.verdict(), 1);
    Ok(Json(Reasoned { decision, explanation }).into_response())
}

/// Decides about records, one JSON object a line, and answers with one decision a line.
///
/// The answer begins at once. If a line cannot be read, the last line of the answer is a problem
/// document: so count the lines.
#[utoipa::path(
    post, path = "/v1/decisions/stream", tag = "decisions", params(Question),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses(
        (status = 200, content_type = "application/x-ndjson", body = String),
        Refusal,
    )
)]
pub async fn decide_stream(
    State(service): State<Arc<Service>>,
    caller: Caller,
    Query(question): Query<Question>,
    body: Body,
) -> Answer<Response> {
    caller.only(&MAY_DECIDE)?;
    let permit = service.begin_heavy()?;
    let policy = service.policy()?;
    let reader = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let reader = SyncIoBridge::new(reader);
    // The channel is short: a caller who does not read the answer makes the reading wait.
    let (sender, receiver) = mpsc::channel::<Bytes>(4);
    // The crate reads lines from a blocking reader, so the work has a thread of its own.
    tokio::task::spawn_blocking(move || {
        decide_lines(&service, &policy, &question, reader, &sender);
        drop(permit);
    });
    let body = Body::from_stream(ReceiverStream::new(receiver).map(Ok::<_, Infallible>));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// How long a caller may leave the answer unread.
const UNREAD: Duration = Duration::from_secs(30);
/// How much of the answer is sent at a time, in bytes.
const CHUNK: usize = 32 << 10;

fn decide_lines(
    service: &Service,
    policy: &Policy,
    question: &Question,
    reader: impl BufRead,
    sender: &mpsc::Sender<Bytes>,
) {
    let send = |chunk: &mut Vec<u8>| {
        let sending = sender.send_timeout(std::mem::take(chunk).into(), UNREAD);
        Handle::current().block_on(sending).is_ok()
    };
    let as_of = question.as_of();
    let mut lines = Lines::<_, Record>::new(reader);
    let mut chunk = Vec::with_capacity(CHUNK + 1024);
    loop {
        match lines.read() {
            Ok(None) => break,
            Ok(Some(record)) => {
                // The lock is taken for one record: an opt-out that arrives binds the next.
                let registry = service.live.registry();
                let decision = question.narrow(registry.view(policy, as_of)).decide(&record);
                service.ops.decided(decision.verdict(), 1);
                write_line(&mut chunk, &decision);
            }
            Err(error) => {
                write_line(&mut chunk, &Problem::from(error));
                break;
            }
        }
        if chunk.len() >= CHUNK && !send(&mut chunk) {
            return;
        }
    }
    send(&mut chunk);
}

/// Writes a value and a line end. Writing to a vector cannot fail.
fn write_line(chunk: &mut Vec<u8>, value: &impl Serialize) {
    if serde_json::to_writer(&mut *chunk, value).is_ok() {
        chunk.push(b'\n');
    }
}
