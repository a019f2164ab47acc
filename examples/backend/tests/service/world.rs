//! A database for a test, instances of the service on it, and callers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use may_train::Event;
use may_train_backend::app::{self, Service};
use may_train_backend::auth::{Jwt, Role};
use may_train_backend::config::Config;
use may_train_backend::sample;
use serde_json::{Value, json};
use sqlx::{AnyPool, Connection, PgConnection};
use tempfile::TempDir;
use tower::ServiceExt;

pub const SECRET: &str = "a secret for the tests, and for the tests alone";
pub const PURPOSE: &str = "ai-training.generative";

/// An empty database, which goes with the test.
pub struct Database {
    pub url: String,
    _folder: Option<TempDir>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}/test.db?mode=rwc", folder.path().display());
        Self { url, _folder: Some(folder) }
    }

    pub async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_POSTGRES").expect("TEST_POSTGRES is the URL of a server");
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        sqlx::query(&format!("CREATE DATABASE {name}")).execute(&mut connection).await.unwrap();
        Self { url: server.replace("/postgres?", &format!("/{name}?")), _folder: None }
    }

    pub fn config(&self) -> Config {
        Config {
            database: self.url.clone(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            ops_address: SocketAddr::from(([127, 0, 0, 1], 0)),
            token_secret: None,
            suppression_key: Some([7; 32]),
            policy: "linkedin".into(),
            requests_per_second: 1_000_000,
            request_burst: 1_000_000,
            requests_at_once: 1000,
            request_time: Duration::from_secs(20),
            body_bytes: 64 << 10,
            stream_bytes: 1 << 20,
        }
    }

    /// Starts an instance.
    pub async fn start(&self) -> Instance {
        self.start_with(self.config()).await
    }

    pub async fn start_with(&self, config: Config) -> Instance {
        let service = Service::open(config, SECRET).await.unwrap();
        sample::first_policy(&service.store, "linkedin").await.unwrap();
        service.live.catch_up().await.unwrap();
        let of_follow = Arc::clone(&service);
        let follow = Arc::clone(&service.live)
            .follow(self.url.clone(), move |is_fresh| of_follow.ops.set_fresh(is_fresh));
        let follow = tokio::spawn(follow).abort_handle();
        let router = app::router(&service);
        Instance { service, router, follow }
    }

    /// Connects without the service.
    pub async fn connect(&self) -> AnyPool {
        AnyPool::connect(&self.url).await.unwrap()
    }
}

/// An instance of the service.
pub struct Instance {
    pub service: Arc<Service>,
    pub router: Router,
    follow: tokio::task::AbortHandle,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.follow.abort();
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answered {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

pub fn token(id: &str, role: Role) -> String {
    Jwt::issue(SECRET, &id.parse().unwrap(), role).unwrap()
}

pub fn pipeline() -> String {
    token("trainer", Role::Pipeline)
}

pub fn officer() -> String {
    token("ada", Role::Officer)
}

pub fn member(id: &str) -> String {
    token(id, Role::Member)
}

/// Returns a request; without a token if it is empty.
pub fn request(method: &str, path: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let from = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1)));
    request.extension(from).body(body.into()).unwrap()
}

impl Instance {
    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answered { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(request(method, path, token, body)).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answered {
        self.ask("GET", path, token, Value::Null).await
    }

    pub async fn put_event(&self, id: &str, token: &str, event: Value) -> Answered {
        self.ask("PUT", &format!("/v1/events/{id}"), token, event).await
    }

    /// Stores an adult who resides in the United States.
    pub async fn adult(&self, id: &str) {
        for (name, fact) in
            [("birth", json!({"born": "1990"})), ("residence", json!({"place": "US"}))]
        {
            let event = json!({"subject": id, "at": "2019-01-01", name: fact});
            let answer = self.put_event(&format!("{id}-{name}"), &pipeline(), event).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        }
    }

    /// Returns the grounds against a post of a subject, now.
    pub async fn grounds(&self, subject: &str) -> Vec<String> {
        let record = post(&format!("of-{subject}"), subject);
        let answer = self.ask("POST", "/v1/decisions", &pipeline(), record).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        serde_json::from_value(answer.json()["grounds"].clone()).unwrap()
    }

    pub async fn put_records(&self, records: &[Value]) {
        let lines: Vec<String> = records.iter().map(Value::to_string).collect();
        let sent = request("PUT", "/v1/records", &pipeline(), lines.join("\n"));
        let answer = self.send(sent).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// Waits until a run has the stage, and returns what the service tells of it.
    pub async fn wait_for(&self, run: &str, stage: &str) -> Value {
        for _ in 0..400 {
            let told = self.get(&format!("/v1/runs/{run}"), &pipeline()).await.json();
            if told["stage"] != "working" {
                assert_eq!(told["stage"], stage, "{told}");
                return told;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{run} is still worked on");
    }
}

pub fn post(id: &str, subject: &str) -> Value {
    json!({"id": id, "subjects": [subject], "kind": "post", "created_at": "2024-12-01"})
}

pub fn opt_out(subject: &str, at: &str) -> Value {
    json!({"subject": subject, "at": at, "choice": {"purpose": PURPOSE, "choice": "opt-out"}})
}

pub fn opt_in(subject: &str, at: &str) -> Value {
    json!({"subject": subject, "at": at, "choice": {"purpose": PURPOSE, "choice": "opt-in"}})
}

pub fn event(value: &Value) -> Event {
    serde_json::from_value(value.clone()).unwrap()
}
