//! Hostile and mistaken input: a problem document each time, and never a 500.

use axum::http::StatusCode;
use may_train_backend::auth::Role;
use serde_json::{Value, json};

use crate::world::{Database, Instance, member, officer, opt_out, pipeline, post, request, token};

/// Sends, and checks what every refusal must have.
async fn refused(
    instance: &Instance,
    method: &str,
    path: &str,
    token: &str,
    body: impl Into<axum::body::Body>,
) -> (StatusCode, Value) {
    let answer = instance.send(request(method, path, token, body)).await;
    assert!(answer.status.is_client_error(), "{method} {path}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status.as_u16());
    for name in
        ["content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"]
    {
        assert!(answer.headers.contains_key(name), "{name} is missing: {answer:?}");
    }
    (answer.status, problem)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_has_the_words_of_the_crate() {
    let database = Database::sqlite();
    let instance = database.start().await;
    let place = r#"{"subject":"u1","at":"2024-03-01","residence":{"place":"UK"}}"#;
    let (status, problem) = refused(&instance, "PUT", "/v1/events/e", &pipeline(), place).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["field"], "residence.place");
    assert!(problem["detail"].as_str().unwrap().contains("use `GB`"), "{problem}");

    let (_, problem) = refused(&instance, "POST", "/v1/policies", &officer(), "platform = 1").await;
    assert!(problem["line"].is_number(), "{problem}");
    let (status, problem) =
        refused(&instance, "GET", "/v1/coverage?at=March", &officer(), "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("RFC 3339"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_hostile_requests_makes_no_500() {
    let database = Database::sqlite();
    let instance = database.start().await;
    let deep = "[".repeat(30_000);
    let long = format!(
        r#"{{"subject":"{}","at":"2024-03-01","birth":{{"born":"1990"}}}}"#,
        "x".repeat(60_000)
    );
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(), b"null".to_vec(), b"[]".to_vec(), b"{}".to_vec(), b"\xff\xfe".to_vec(), b"{\"subject\":".to_vec(),
        deep.clone().into_bytes(),
        format!(r#"{{"subject":"u1","at":"2024-03-01","choice":{deep}"#).into_bytes(),
        br#"{"subject":"u1","at":"2024-03-01","erasure":{}}"#.to_vec(),
        br#"{"subject":"u1\u0000","at":"2024-03-01","birth":{"born":"1990"}}"#.to_vec(),
        br#"{"subject":"u1","subject":"u2","at":"2024-03-01","birth":{"born":"1990"}}"#.to_vec(),
        br#"{"subject":"u1","at":"99999-03-01","birth":{"born":"1990"}}"#.to_vec(),
        br#"{"subject":"u1","at":1e400,"birth":{"born":"1990"}}"#.to_vec(),
        br#"{"subject":"u1","at":"2024-03-01","restriction":{"id":"x","until":"2020-01-01"}}"#.to_vec(),
        br#"{"subject":"u1","at":"2024-03-01","birth":{"born":"1990"},"choice":{"purpose":"a","choice":"opt-in"}}"#.to_vec(),
        vec![b'x'; 70_000],
    ];
    for body in &bodies {
        refused(&instance, "PUT", "/v1/events/e", &pipeline(), body.clone()).await;
        refused(&instance, "POST", "/v1/decisions", &pipeline(), body.clone()).await;
        // The effect of an erasure may be asked for.
        if !String::from_utf8_lossy(body).contains("erasure") {
            refused(&instance, "POST", "/v1/subjects/u1/effect", &officer(), body.clone()).await;
        }
        refused(&instance, "POST", "/v1/policies", &officer(), body.clone()).await;
    }
    let kept = instance.send(request("PUT", "/v1/events/long", &pipeline(), long)).await;
    assert!(!kept.status.is_server_error(), "{kept:?}");
    let paths = [
        "/v1/events/%00",
        "/v1/events/%ff",
        "/v1/events/a%20b",
        "/v1/events/..%2f",
        "/v1/events/%F0%9F%92%A9",
        "/v1/subjects/%00/export",
        "/v1/subjects/%E2%80%8B/export",
        "/v1/subjects/%20/export",
        "/v1/subjects/nobody/export",
        "/v1/runs/%00",
        "/v1/runs/none/audit",
        "/v1/runs/%0a/audit",
        "/v1/coverage?policy=-1",
        "/v1/coverage?policy=x",
        "/v1/coverage?policy=99999999999999999999",
        "/v1/coverage?at=%00",
        "/v1/coverage?at=0000-01-01",
        "/v1/coverage?extra=1",
        "/v1/coverage?at=2024-01-01&at=2024-01-02",
        "/v1/diff?from=9",
        "/%2e%2e/etc/passwd",
        "/v1/policies/../runs",
        "/v2",
        "/login",
        "/login?token=x",
        "/openapi.json/x",
    ];
    for path in paths {
        refused(&instance, "GET", path, &officer(), "").await;
    }
    for method in ["DELETE", "PATCH", "TRACE", "FOO"] {
        let (status, _) = refused(&instance, method, "/v1/runs", &pipeline(), "").await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }
    for id in ["%00", "%ff", "a%20b", "%F0%9F%92%A9", &"x".repeat(101)] {
        let body = opt_out("u1", "2025-01-01").to_string();
        refused(&instance, "PUT", &format!("/v1/events/{id}"), &pipeline(), body).await;
    }
    let quote = token("u1'; DROP TABLE events; --", Role::Member);
    let own =
        instance.get("/v1/subjects/u1'%3B%20DROP%20TABLE%20events%3B%20--/export", &quote).await;
    assert_eq!(own.status, StatusCode::NOT_FOUND);
    assert!(instance.service.store.events_after(0, 9).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_decides_line_by_line_and_names_a_bad_line() {
    let database = Database::sqlite();
    let instance = database.start().await;
    instance.adult("u1").await;
    let lines: Vec<String> = (0..3000).map(|n| post(&format!("r{n}"), "u1").to_string()).collect();
    let sent = request("POST", "/v1/decisions/stream", &pipeline(), lines.join("\n"));
    let answer = instance.send(sent).await;
    assert_eq!((answer.status, answer.text.lines().count()), (StatusCode::OK, 3000));
    let last: Value = serde_json::from_str(answer.text.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({"record": "r2999", "verdict": "eligible", "grounds": [], "revision": "2025-11-03"})
    );

    let bad = format!("{}\n{{\"id\":\"r2\"}}\n{}", lines[0], lines[1]);
    let answer = instance.send(request("POST", "/v1/decisions/stream", &pipeline(), bad)).await;
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines.len(), 2);
    let problem: Value = serde_json::from_str(lines[1]).unwrap();
    assert_eq!((&problem["status"], &problem["line"]), (&json!(422), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_too_much_is_refused() {
    let database = Database::sqlite();
    let mut config = database.config();
    (config.requests_per_second, config.request_burst) = (1, 20);
    let instance = database.start_with(config).await;
    let (status, _) =
        refused(&instance, "PUT", "/v1/records", &pipeline(), vec![b' '; 2 << 20]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, _) =
        refused(&instance, "PUT", "/v1/events/e", &pipeline(), vec![b' '; 65 << 10]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut last = StatusCode::OK;
    for _ in 0..30 {
        last = instance.get("/v1/runs", &member("u1")).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
