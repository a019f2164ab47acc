//! Operation: health, metrics, backpressure, and a configuration without secrets.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use may_train_backend::ops;
use tower::ServiceExt;

use crate::world::{Database, opt_out, pipeline, post, request};

async fn ask(router: &axum::Router, path: &str) -> (StatusCode, String) {
    let asked = Request::get(path).body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(asked).await.unwrap();
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_and_name_nobody() {
    let database = Database::sqlite();
    let instance = database.start().await;
    instance.put_event("e1", &pipeline(), opt_out("u-secret", "2025-01-01")).await;
    instance.grounds("u-secret").await;
    instance.get("/v1/subjects/u-secret/export", "").await;
    instance.send(request("SECRET", "/secret", "", "")).await;
    let router = ops::router(instance.service.clone());
    let (status, text) = ask(&router, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    for line in [
        "may_train_events_total 1",
        "may_train_decisions_total{verdict=\"ineligible\"} 1",
        "may_train_subjects 1",
        "may_train_requests_total{route=\"/v1/subjects/{id}/export\",method=\"GET\",status=\"401\"} 1",
    ] {
        assert!(text.contains(line), "{line} is missing:\n{text}");
    }
    assert!(!text.to_lowercase().contains("secret"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_ready_while_it_keeps_up_and_until_it_stops() {
    let database = Database::sqlite();
    let instance = database.start().await;
    let router = ops::router(instance.service.clone());
    instance.service.ops.set_fresh(true);
    assert_eq!(ask(&router, "/ready").await.0, StatusCode::OK);
    instance.service.ops.stop();
    assert_eq!(ask(&router, "/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(&router, "/live").await.0, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_cannot_reach_its_store_says_so() {
    let database = Database::sqlite();
    let instance = database.start().await;
    instance.adult("u1").await;
    instance.service.store.close().await;
    let answer = instance.put_event("e1", &pipeline(), opt_out("u1", "2025-01-01")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    let router = ops::router(instance.service.clone());
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(ask(&router, "/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_at_once_is_refused_and_not_queued() {
    let database = Database::sqlite();
    let instance = database.start().await;
    let all = instance.service.heavy.available_permits();
    let taken =
        instance.service.heavy.clone().acquire_many_owned(u32::try_from(all).unwrap()).await;
    let line = post("r1", "u1").to_string();
    let stream = || request("POST", "/v1/decisions/stream", &pipeline(), line.clone());
    assert_eq!(instance.send(stream()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    // A single decision takes a microsecond and needs no permit.
    assert_eq!(instance.grounds("u1").await, ["subject-unknown"]);
    drop(taken);
    assert_eq!(instance.send(stream()).await.status, StatusCode::OK);

    let mut config = database.config();
    config.requests_at_once = 0;
    let full = database.start_with(config).await;
    let answer = full.get("/v1/runs", &pipeline()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key("retry-after"), "{answer:?}");
}

#[test]
fn the_configuration_prints_no_secret() {
    let mut config = Database::sqlite().config();
    config.database = "postgres://user:password@host/name".into();
    config.token_secret = Some("a very long token secret, with letters".into());
    let text = config.to_string();
    for secret in ["password", "user", "host", "token secret", "0707"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert!(text.contains("TOKEN_SECRET=set"), "{text}");
}
