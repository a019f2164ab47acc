//! Who may: each refusal is a 401 or a 403. `tests/logs.rs` reads the audit lines.

use axum::http::StatusCode;
use may_train_backend::auth::Role;
use serde_json::{Value, json};

use crate::world::{
    Database, Instance, member, officer, opt_in, opt_out, pipeline, request, token,
};

/// The operations of the OpenAPI document, so that none is forgotten.
async fn operations(instance: &Instance) -> Vec<(String, String)> {
    let document = instance.get("/openapi.json", "").await.json();
    let paths = document["paths"].as_object().unwrap().clone();
    let of = |(path, item): (String, Value)| {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(move |method| (method.to_uppercase(), path.clone()))
    };
    paths.into_iter().flat_map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_without_a_token() {
    let database = Database::sqlite();
    let instance = database.start().await;
    let operations = operations(&instance).await;
    assert!(operations.len() > 15, "{operations:?}");
    let expired = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSIsInJvbGUiOiJvZmZpY2VyIn0.";
    for (method, path) in &operations {
        let path = path.replace("{id}", "u1");
        for token in ["", "nonsense", expired] {
            let answer = instance.ask(method, &path, token, Value::Null).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {answer:?}");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_sees_themselves_alone() {
    let database = Database::sqlite();
    let instance = database.start().await;
    instance.adult("u1").await;
    instance.adult("u2").await;
    let own = [
        "/v1/events/{id}",
        "/v1/subjects/{id}/export",
        "/v1/subjects/{id}/export.jsonld",
        "/v1/subjects/{id}/effect",
        "/v1/subjects/{id}/erasure",
    ];
    for (method, path) in operations(&instance).await {
        let is_own = own.contains(&path.as_str());
        let path = path.replace("{id}", "u2");
        let answer = instance.ask(&method, &path, &member("u1"), opt_out("u2", "2025-01-01")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {answer:?}");
        if !is_own {
            let answer =
                instance.ask(&method, &path, &member("u2"), opt_out("u2", "2025-01-01")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {answer:?}");
        }
    }
    assert!(instance.grounds("u2").await.is_empty());
    // What only the platform can know, and what others said, is not a member's to say.
    let by_admin = json!({"subject": "u1", "at": "2025-01-01", "choice": {"purpose": "ai-training", "choice": "opt-out", "by": "admin"}});
    let birth = json!({"subject": "u1", "at": "2025-01-01", "birth": {"born": "1950"}});
    for event in [by_admin, birth] {
        let answer = instance.put_event("e", &member("u1"), event).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    }
    let future = instance.put_event("f", &member("u1"), opt_in("u1", "2999-01-01")).await;
    assert_eq!(future.status, StatusCode::UNPROCESSABLE_ENTITY);
    let export = instance.get("/v1/subjects/u1/export", &member("u1")).await;
    assert_eq!(export.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_has_its_own_routes() {
    let database = Database::sqlite();
    let instance = database.start().await;
    for (method, path, role) in [
        ("POST", "/v1/runs/a", Role::Officer),
        ("PUT", "/v1/records", Role::Officer),
        ("PUT", "/v1/events/a", Role::Officer),
        ("POST", "/v1/subjects/u1/erasure", Role::Officer),
        ("POST", "/v1/policies", Role::Pipeline),
        ("GET", "/v1/coverage", Role::Pipeline),
        ("GET", "/v1/diff", Role::Pipeline),
        ("GET", "/v1/subjects/u1/export", Role::Pipeline),
    ] {
        let body = opt_out("u1", "2025-01-01");
        let answer = instance.ask(method, path, &token("x", role), body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {answer:?}");
    }
    assert_eq!(instance.get("/v1/coverage", &officer()).await.status, StatusCode::OK);
    assert_eq!(instance.get("/v1/diff", &officer()).await.status, StatusCode::OK);
    assert_eq!(instance.get("/v1/runs", &pipeline()).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_posts_no_form() {
    let database = Database::sqlite();
    let instance = database.start().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let mut sent = request("POST", "/v1/runs/a", &pipeline(), "");
        sent.headers_mut().insert("host", "may-train.example".parse().unwrap());
        sent.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(instance.send(sent).await.status, StatusCode::FORBIDDEN, "{name}");
    }
}
