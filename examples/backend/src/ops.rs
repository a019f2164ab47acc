//! Operation: liveness, readiness and metrics. They have an address of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use may_train::Verdict;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::app::Service;

/// The labels of a metric. A route is a pattern, so no label holds an id.
type Labels = Vec<(&'static str, String)>;

/// The state that an orchestrator asks for, and the metrics.
pub struct Ops {
    registry: Registry,
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    decisions: Family<Labels, Counter>,
    events: Counter,
    subjects: Gauge,
    is_fresh: AtomicBool,
    is_stopping: AtomicBool,
}

impl Default for Ops {
    fn default() -> Self {
        let mut ops = Self {
            registry: Registry::with_prefix("may_train"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.0001, 3.0, 10))
            }),
            decisions: Family::default(),
            events: Counter::default(),
            subjects: Gauge::default(),
            is_fresh: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
        };
        let registry = &mut ops.registry;
        registry.register("requests", "Requests by route and status", ops.requests.clone());
        registry.register("request_seconds", "Time to the answer's head", ops.seconds.clone());
        registry.register("decisions", "Decisions by verdict", ops.decisions.clone());
        registry.register("events", "Events stored by this instance", ops.events.clone());
        registry.register("subjects", "Subjects in the registry", ops.subjects.clone());
        ops
    }
}

impl Ops {
    /// Counts decisions with a verdict.
    pub fn decided(&self, verdict: Verdict, count: u64) {
        let labels = vec![("verdict", verdict.to_string())];
        self.decisions.get_or_create(&labels).inc_by(count);
    }

    /// Counts an event that was stored.
    pub fn stored(&self) {
        self.events.inc();
    }

    /// Notes whether this instance keeps up with the store.
    pub fn set_fresh(&self, is_fresh: bool) {
        self.is_fresh.store(is_fresh, Ordering::Relaxed);
    }

    /// Notes that the instance is going to stop: it is not ready for new requests.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    fn is_ready(&self) -> bool {
        self.is_fresh.load(Ordering::Relaxed) && !self.is_stopping.load(Ordering::Relaxed)
    }
}

/// Returns the routes of operation.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/live", get(async || "live\n"))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(service)
}

async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, &'static str) {
    if service.ops.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready: stopping, or behind the store\n")
    }
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let subjects = service.live.registry().len();
    service.ops.subjects.set(i64::try_from(subjects).unwrap_or(i64::MAX));
    let mut text = String::new();
    if encode(&mut text, &service.ops.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Counts each request, and logs it without its path: paths hold ids.
pub async fn observe(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    // Anybody can make up a method; a label must not grow with them.
    let method = match request.method().as_str() {
        known @ ("GET" | "PUT" | "POST" | "DELETE" | "HEAD" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    };
    let route = route.to_owned();
    let started = Instant::now();
    let response = next.run(request).await;
    let (seconds, status) = (started.elapsed().as_secs_f64(), response.status().as_u16());
    tracing::info!(target: "access", method, route, status, seconds);
    let mut labels = vec![("route", route), ("method", method)];
    service.ops.seconds.get_or_create(&labels).observe(seconds);
    labels.push(("status", status.to_string()));
    service.ops.requests.get_or_create(&labels).inc();
    response
}
