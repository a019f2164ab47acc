//! The API: JSON over HTTP, described by the OpenAPI document that is made of the handlers.
//!
//! Each handler checks the [`Caller`](crate::auth::Caller) first, reads the input with the crate's
//! own readers, and lets the crate answer.

#![allow(clippy::missing_errors_doc, reason = "the OpenAPI document tells how a handler refuses")]

pub mod decisions;
pub mod dpv;
pub mod events;
pub mod policies;
pub mod records;
pub mod runs;
pub mod schema;
pub mod subjects;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use may_train::Timestamp;
use serde::{Deserialize, Deserializer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Service;
use crate::config::Config;

#[derive(OpenApi)]
#[openapi(
    info(title = "may-train backend", version = "1", description = "May this record enter a training set, and why?"),
    components(schemas(crate::problem::Problem)),
    modifiers(&Security),
    security(("token" = []))
)]
struct Document;

/// How long a stream of records may say nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Returns the routes of the API.
pub fn router(config: &Config) -> OpenApiRouter<Arc<Service>> {
    let streams = OpenApiRouter::new()
        .routes(routes!(decisions::decide_stream))
        .routes(routes!(records::put_records))
        .layer(DefaultBodyLimit::max(config.stream_bytes))
        .layer(RequestBodyLimitLayer::new(config.stream_bytes))
        .layer(RequestBodyTimeoutLayer::new(SILENCE));
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(events::put_event))
        .routes(routes!(decisions::decide))
        .routes(routes!(subjects::export))
        .routes(routes!(subjects::export_dpv))
        .routes(routes!(subjects::effect))
        .routes(routes!(subjects::erase))
        .routes(routes!(subjects::suppress))
        .routes(routes!(runs::list))
        .routes(routes!(runs::show, runs::open, runs::give_up))
        .routes(routes!(runs::recheck))
        .routes(routes!(runs::seal))
        .routes(routes!(runs::audit))
        .routes(routes!(policies::list, policies::append))
        .routes(routes!(policies::coverage))
        .routes(routes!(policies::diff))
        .merge(streams)
}

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// An instant in a query. Serde's own reader of queries loses the crate's words.
pub type Instant = Option<Text<Timestamp>>;

/// A value that is read from a text, with the words of its own error.
#[derive(Debug, Clone, Copy)]
pub struct Text<T>(pub T);

impl<'de, T: std::str::FromStr<Err: std::fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
