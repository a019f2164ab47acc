//! Problems: every error of the service, as an RFC 9457 document.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use may_train::{ReadError, ValueError};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::store::StoreError;

/// The type of handlers' results.
pub type Answer<T> = Result<T, Problem>;

/// A problem document (`application/problem+json`).
///
/// `detail` has the words of may-train, where it found the problem. They quote what the caller sent,
/// so they are never logged.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A word for programs.
    #[serde(rename = "type")]
    #[schema(example = "/problems/bad-input")]
    kind: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The key of the JSON that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The line of the NDJSON or TOML that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// The refusals that every route may answer with, for the OpenAPI document.
#[derive(IntoResponses)]
pub enum Refusal {
    /// The caller has to change something.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Caller(Problem),
    /// The service has too much to do, or the store does not answer: try again, with the same ids.
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(Problem),
}

impl Problem {
    /// Returns a problem without details.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let kind = format!("/problems/{}", title.to_ascii_lowercase().replace(' ', "-"));
        Self { kind, title, status: status.as_u16(), detail: None, field: None, line: None }
    }

    /// Returns a problem that tells the caller more.
    #[must_use]
    pub fn with(status: StatusCode, detail: impl std::fmt::Display) -> Self {
        Self { detail: Some(detail.to_string()), ..Self::new(status) }
    }

    /// Returns the problem of an input that is understood and wrong.
    #[must_use]
    pub fn bad_input(detail: impl std::fmt::Display) -> Self {
        Self::with(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// Returns the problem of something that does not exist.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::with(StatusCode::NOT_FOUND, what)
    }

    /// Returns the problem of something that stands in the way.
    #[must_use]
    pub fn conflict(detail: impl std::fmt::Display) -> Self {
        Self::with(StatusCode::CONFLICT, detail)
    }

    /// Returns the problem in words.
    #[must_use]
    pub fn told(self) -> String {
        self.detail.unwrap_or_else(|| self.title.to_owned())
    }

    /// Returns the status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let (line, field) = (error.line(), error.field().map(str::to_owned));
        Self { field, line, ..Self::bad_input(error) }
    }
}

impl From<ValueError> for Problem {
    fn from(error: ValueError) -> Self {
        Self::bad_input(error)
    }
}

impl From<StoreError> for Problem {
    /// The store cannot be reached, or a task was stopped: the caller may try again.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::with(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer; try again")
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        tracing::error!(panicked = error.is_panic(), "a blocking task ended early");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if response.status() == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// Makes a problem document of each error that axum or a layer answers with a plain text. Its words
/// stay, if it has any for the caller.
pub async fn from_plain_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(status.is_client_error() || status.is_server_error()) || !is_plain {
        return response;
    }
    let headers = response.headers().clone();
    let bytes = axum::body::to_bytes(response.into_body(), 4096).await.unwrap_or_default();
    let words = String::from_utf8(bytes.to_vec()).unwrap_or_default();
    let problem = if words.is_empty() || status.is_server_error() {
        Problem::new(status)
    } else {
        Problem::with(status, words)
    };
    let mut answer = problem.into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}
