//! The service as a whole: what handlers share, and the layers around them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::{Router, middleware};
use may_train::Policy;
use may_train::ledger::TokenKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::{self, runs::OpenRuns};
use crate::auth::{Jwt, Verify};
use crate::config::Config;
use crate::live::Live;
use crate::ops::{self, Ops};
use crate::pages;
use crate::problem::{self, Answer, Problem};
use crate::store::writer::Writer;
use crate::store::{Store, StoreError};

/// What every handler shares.
pub struct Service {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The writer of events.
    pub writer: Writer,
    /// What decides.
    pub live: Arc<Live>,
    /// Verifies tokens.
    pub verify: Box<dyn Verify>,
    /// Makes the tokens under which the opt-outs of erased people are kept.
    pub suppression_key: TokenKey,
    /// Makes pseudonyms for the audit lines.
    pub pseudonyms: TokenKey,
    /// The runs that are being built on this instance.
    pub runs: OpenRuns,
    /// Metrics and health.
    pub ops: Ops,
    /// Permits of work that takes long.
    pub heavy: Arc<Semaphore>,
}

impl Service {
    /// Returns a permit for work that takes long. It ends with the permit.
    ///
    /// # Errors
    ///
    /// Fails at once if too much is being worked on: the caller may come back.
    pub fn begin_heavy(&self) -> Answer<OwnedSemaphorePermit> {
        let busy =
            |_| Problem::with(StatusCode::SERVICE_UNAVAILABLE, "too much at once; try again");
        Arc::clone(&self.heavy).try_acquire_owned().map_err(busy)
    }

    /// Returns the policy that holds.
    ///
    /// # Errors
    ///
    /// Fails if the store holds none: this instance is not ready.
    pub fn policy(&self) -> Answer<Arc<Policy>> {
        let none = || Problem::with(StatusCode::SERVICE_UNAVAILABLE, "there is no policy yet");
        self.live.policy().map(|stored| stored.policy).ok_or_else(none)
    }
}

/// How long the rate limit remembers an address that says nothing.
const FORGET: Duration = Duration::from_secs(60);
/// How many streams, exports and runs are worked on at once.
const HEAVY_AT_ONCE: usize = 8;

impl Service {
    /// Opens the store, reads it, and returns the service.
    ///
    /// # Errors
    ///
    /// Fails if the store does not answer or cannot be read.
    pub async fn open(config: Config, secret: &str) -> Result<Arc<Self>, StoreError> {
        let store = Store::open(&config.database).await?;
        let live = Live::build(store.clone()).await?;
        let (writer, _) = Writer::start(store.clone());
        // One secret gives several keys; each is of no use for another end.
        let derived = |purpose| blake3::derive_key(purpose, secret.as_bytes());
        let suppression = config.suppression_key.unwrap_or(derived("may-train suppression"));
        Ok(Arc::new(Self {
            verify: Box::new(Jwt::new(secret)),
            suppression_key: TokenKey::new(suppression),
            pseudonyms: TokenKey::new(derived("may-train audit pseudonyms")),
            runs: OpenRuns::default(),
            ops: Ops::default(),
            heavy: Arc::new(Semaphore::new(HEAVY_AT_ONCE)),
            config,
            store,
            writer,
            live,
        }))
    }
}

/// Returns the routes with the layers around them, the outermost last.
pub fn router(service: &Arc<Service>) -> Router {
    let config = &service.config;
    let (api, document) = api::router(config).split_for_parts();
    let document = axum::Json(document);
    let routes = Router::new()
        .merge(api)
        .merge(pages::router(service))
        .route("/openapi.json", axum::routing::get(async || document))
        .fallback(async || StatusCode::NOT_FOUND)
        .method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED)
        .with_state(Arc::clone(service));
    let rate = GovernorConfigBuilder::default()
        .per_nanosecond(1_000_000_000 / u64::from(config.requests_per_second.max(1)))
        .burst_size(config.request_burst.max(1))
        .finish()
        .unwrap_or_default();
    let limiter = Arc::clone(rate.limiter());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(FORGET).await;
            limiter.retain_recent();
        }
    });
    let at_once = Arc::new(Semaphore::new(config.requests_at_once));
    routes
        .layer(DefaultBodyLimit::max(config.body_bytes))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, config.request_time))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(move |request, next: middleware::Next| {
            let at_once = Arc::clone(&at_once);
            async move {
                match at_once.try_acquire() {
                    Ok(_permit) => next.run(request).await,
                    Err(_) => busy(),
                }
            }
        }))
        .layer(GovernorLayer::new(rate))
        .layer(middleware::from_fn(problem::from_plain_errors))
        .layer(middleware::from_fn_with_state(Arc::clone(service), ops::observe))
        .layer(set("content-security-policy", POLICY))
        .layer(set("x-content-type-options", "nosniff"))
        .layer(set("referrer-policy", "no-referrer"))
        .layer(set("cross-origin-opener-policy", "same-origin"))
        .layer(set("cross-origin-resource-policy", "same-origin"))
        .layer(set("strict-transport-security", "max-age=31536000"))
        .layer(set("cache-control", "no-store"))
}

/// No script runs, no other site frames a page, and forms go nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

fn set(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    let name = header::HeaderName::from_static(name);
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Tells a caller to come back: the instance has enough to do.
fn busy() -> Response {
    use axum::response::IntoResponse;
    let again = [(header::RETRY_AFTER, "1")];
    (StatusCode::SERVICE_UNAVAILABLE, again).into_response()
}
