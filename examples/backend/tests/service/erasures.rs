//! Erasures: the content goes, the token stays.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::Row;

use crate::over_each_database;
use crate::world::{Database, member, officer, opt_out, pipeline, post};

over_each_database! {
    an_erasure_removes_the_content_and_leaves_the_token,
    an_erasure_is_told_to_the_other_instance,
}

async fn an_erasure_removes_the_content_and_leaves_the_token(database: Database) {
    let instance = database.start().await;
    instance.adult("u1").await;
    instance.put_event("out", &member("u1"), opt_out("u1", "2025-01-01")).await;
    instance.put_records(&[post("r1", "u1")]).await;
    let body = json!({"identifier": "ada@example.org"});
    let answer = instance.ask("POST", "/v1/subjects/u1/erasure", &pipeline(), body.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let again = instance.ask("POST", "/v1/subjects/u1/erasure", &pipeline(), body.clone()).await;
    assert_eq!(again.json()["erasure"], answer.json()["erasure"]);

    let pool = database.connect().await;
    let rows = sqlx::query("SELECT id, digest, body FROM events ORDER BY seq")
        .fetch_all(&pool)
        .await
        .unwrap();
    let left: Vec<_> =
        rows.iter().filter(|row| row.get::<Option<String>, _>(2).is_some()).collect();
    assert_eq!((rows.len(), left.len()), (4, 1));
    assert!(rows.iter().take(3).all(|row| row.get::<String, _>(1).is_empty()));
    let text = "SELECT token, purpose FROM suppressions";
    let kept = sqlx::query(text).fetch_all(&pool).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(!kept[0].get::<String, _>(0).contains("ada"));

    // Nothing about them is stored any more, not even what was sent before.
    for id in ["out", "new"] {
        let late = instance.put_event(id, &pipeline(), opt_out("u1", "2025-01-01")).await;
        assert_eq!(late.status, StatusCode::GONE, "{late:?}");
    }
    assert!(instance.grounds("u1").await.contains(&"subject-erased".to_owned()));
    let export = instance.get("/v1/subjects/u1/export", &officer()).await.json();
    assert_eq!(export["events"].as_array().unwrap().len(), 1);
    assert_eq!(export["events_without_content"], 3);
    assert!(!export.to_string().contains("1990"));

    let restarted = database.start().await;
    let digest = |instance: &crate::world::Instance| instance.service.live.registry().digest();
    assert_eq!(digest(&restarted), digest(&instance));

    // They come back under a new id, and are still opted out.
    restarted.adult("u2").await;
    assert!(restarted.grounds("u2").await.is_empty());
    for _ in 0..2 {
        let back =
            restarted.ask("POST", "/v1/subjects/u2/identifier", &pipeline(), body.clone()).await;
        assert_eq!(back.json()["opted_out_since"].as_array().unwrap().len(), 1, "{back:?}");
    }
    assert_eq!(restarted.grounds("u2").await, ["opted-out"]);
    // Somebody else with another address is not.
    restarted.adult("u3").await;
    let other = json!({"identifier": "bob@example.org"});
    restarted.ask("POST", "/v1/subjects/u3/identifier", &pipeline(), other).await;
    assert!(restarted.grounds("u3").await.is_empty());
}

async fn an_erasure_is_told_to_the_other_instance(database: Database) {
    let (one, other) = (database.start().await, database.start().await);
    one.adult("u1").await;
    other.service.live.catch_up().await.unwrap();
    assert!(other.grounds("u1").await.is_empty());
    one.ask("POST", "/v1/subjects/u1/erasure", &member("u1"), json!({})).await;
    other.service.live.catch_up().await.unwrap();
    assert!(other.grounds("u1").await.contains(&"subject-erased".to_owned()));
    let digest = |instance: &crate::world::Instance| instance.service.live.registry().digest();
    assert_eq!(digest(&one), digest(&other));
    let nobody = one.ask("POST", "/v1/subjects/u9/erasure", &member("u1"), Value::Null).await;
    assert_eq!(nobody.status, StatusCode::FORBIDDEN);
}
