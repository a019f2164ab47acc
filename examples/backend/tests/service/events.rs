//! Events: once each, in any order, seen by every instance, and never changed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant as Moment};

use axum::http::StatusCode;
use may_train::Registry;
use serde_json::{Value, json};

use crate::over_each_database;
use crate::world::{Database, Instance, member, opt_in, opt_out, pipeline};

over_each_database! {
    an_event_is_stored_once,
    concurrent_writers_store_each_event_once,
    the_database_refuses_to_change_what_is_stored,
    an_opt_out_binds_the_next_decision_here_and_within_a_second_elsewhere,
    a_restart_knows_what_the_instance_knew,
    the_policy_changes_on_every_instance,
}

async fn an_event_is_stored_once(database: Database) {
    let instance = database.start().await;
    let event = opt_out("u1", "2025-01-01");
    let first = instance.put_event("e1", &member("u1"), event.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert!(first.json()["recorded"].is_string());
    let again = instance.put_event("e1", &member("u1"), event).await;
    assert_eq!(again.status, StatusCode::OK);
    let other = instance.put_event("e1", &member("u1"), opt_in("u1", "2025-01-01")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    let export = instance.get("/v1/subjects/u1/export", &member("u1")).await.json();
    assert_eq!(export["events"].as_array().unwrap().len(), 1);
    assert_eq!(export["events"][0]["recorded"], first.json()["recorded"]);
}

async fn concurrent_writers_store_each_event_once(database: Database) {
    let (one, other) = (database.start().await, database.start().await);
    let sends = (0..200).map(|number| {
        let instance = if number % 2 == 0 { &one } else { &other };
        let id = format!("e{}", number % 50);
        let subject = format!("u{}", number % 50);
        async move { instance.put_event(&id, &pipeline(), opt_out(&subject, "2025-01-01")).await }
    });
    let answers = futures_util::future::join_all(sends).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::OK)), (50, 150));
    let stored = one.service.store.events_after(0, 1000).await.unwrap();
    let ids: BTreeSet<&str> = stored.iter().map(|event| event.id.as_str()).collect();
    assert_eq!((stored.len(), ids.len()), (50, 50));
    // Neither has missed an event that was committed after a later number.
    one.service.live.catch_up().await.unwrap();
    other.service.live.catch_up().await.unwrap();
    let digest = |instance: &Instance| instance.service.live.registry().digest();
    assert_eq!(digest(&one), digest(&other));
    // Whoever acknowledged an event decides by it, even if the other instance stored it.
    for number in 0..50 {
        let grounds = one.grounds(&format!("u{number}")).await;
        assert!(grounds.contains(&"opted-out".to_owned()), "u{number}: {grounds:?}");
    }
}

async fn the_database_refuses_to_change_what_is_stored(database: Database) {
    let instance = database.start().await;
    instance.adult("u1").await;
    instance.put_event("e1", &member("u1"), opt_out("u1", "2025-01-01")).await;
    instance.ask("POST", "/v1/runs/run-1", &pipeline(), Value::Null).await;
    instance.wait_for("run-1", "open").await;
    instance.ask("POST", "/v1/runs/run-1/seal", &pipeline(), Value::Null).await;
    instance.wait_for("run-1", "sealed").await;

    let pool = database.connect().await;
    let mut hostile = vec![
        "UPDATE events SET body = NULL, digest = '' WHERE id = 'e1'",
        "UPDATE events SET body = 'x' WHERE id = 'e1'",
        "UPDATE events SET subject = 'u2'",
        "UPDATE events SET recorded = 0",
        "DELETE FROM events",
        "UPDATE policies SET toml = ''",
        "DELETE FROM policies",
        "UPDATE runs SET line = ''",
        "DELETE FROM runs",
    ];
    if database.url.starts_with("postgres") {
        hostile.extend([
            "TRUNCATE events",
            "TRUNCATE policies",
            "TRUNCATE runs",
            "TRUNCATE erasures",
        ]);
    } else {
        // Refused silently or not: what matters is that the row stays.
        let text = "INSERT OR REPLACE INTO events (seq, id, subject, recorded, digest, body) \
                    SELECT seq, id, 'u2', 0, '', NULL FROM events";
        let done = sqlx::query(text).execute(&pool).await.unwrap();
        assert_eq!(done.rows_affected(), 0);
        hostile
            .push("INSERT OR REPLACE INTO runs (number, id, line) SELECT number, id, '' FROM runs");
        hostile.push(
            "INSERT OR REPLACE INTO policies (seq, recorded, toml) SELECT seq, 0, '' FROM policies",
        );
    }
    for statement in hostile {
        let refused = sqlx::query(statement).execute(&pool).await;
        let error = refused.expect_err(statement).to_string();
        assert!(error.contains("never") || error.contains("not change"), "{statement}: {error}");
    }
    let events = instance.service.store.events_after(0, 10).await.unwrap();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|stored| stored.event.is_some() && stored.subject.as_str() == "u1"));
    assert_eq!(instance.service.store.runs_after(0).await.unwrap().len(), 1);
}

async fn an_opt_out_binds_the_next_decision_here_and_within_a_second_elsewhere(database: Database) {
    let (one, other) = (database.start().await, database.start().await);
    for round in 0..5 {
        let id = format!("u{round}");
        one.adult(&id).await;
        let deadline = Moment::now() + Duration::from_secs(2);
        while !other.grounds(&id).await.is_empty() {
            assert!(Moment::now() < deadline, "the other instance does not know {id}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(one.grounds(&id).await.is_empty());
        let answer =
            one.put_event(&format!("out-{id}"), &member(&id), opt_out(&id, "2025-01-01")).await;
        assert_eq!(answer.status, StatusCode::CREATED);
        let acknowledged = Moment::now();
        assert_eq!(one.grounds(&id).await, ["opted-out"]);
        while other.grounds(&id).await != ["opted-out"] {
            assert!(acknowledged.elapsed() < Duration::from_secs(1), "not bound within a second");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn a_restart_knows_what_the_instance_knew(database: Database) {
    let instance = database.start().await;
    let mut model = Registry::new();
    // The order of the events is not the order of what they tell.
    for number in (0..60_u32).rev() {
        let subject = format!("u{}", number % 7);
        let at = format!("2025-01-{:02}", 1 + number % 28);
        let value = match number % 4 {
            0 => opt_out(&subject, &at),
            1 => opt_in(&subject, &at),
            2 => {
                json!({"subject": subject, "at": at, "residence": {"place": if number % 3 == 0 { "FR" } else { "US" }}})
            }
            _ => {
                json!({"subject": subject, "at": at, "restriction": {"id": "hold", "until": "2027-01-01"}})
            }
        };
        let answer = instance.put_event(&format!("e{number}"), &pipeline(), value.clone()).await;
        let recorded = answer.json()["recorded"].as_str().unwrap().parse().unwrap();
        model.apply(&crate::world::event(&value).with_recorded(recorded));
    }
    assert_eq!(instance.service.live.registry().digest(), model.digest());
    let restarted = database.start().await;
    assert_eq!(restarted.service.live.registry().digest(), model.digest());
}

async fn the_policy_changes_on_every_instance(database: Database) {
    let (one, other) = (database.start().await, database.start().await);
    let toml = r#"
        platform = "linkedin"
        purpose = "ai-training.generative"
        [[revisions]]
        id = "none"
        effective = "2020-01-01"
        opt_out_reaches = "both"
        residence_at = "both"
        covers = ["post"]
        sources = ["https://example.org"]
        rules = [{ in = ["*"], regime = "excluded" }]
    "#;
    let sent = crate::world::request("POST", "/v1/policies", &crate::world::officer(), toml);
    let answer = one.send(sent).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    one.adult("u1").await;
    assert_eq!(one.grounds("u1").await, ["region-excluded"]);
    let asked = Moment::now();
    while other.grounds("u1").await != ["region-excluded"] {
        assert!(asked.elapsed() < Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Back again would let in what is kept out.
    let back = may_train::Policy::shipped("linkedin").unwrap().to_toml().unwrap();
    let again = |query: String| {
        let path = format!("/v1/policies{query}");
        crate::world::request("POST", &path, &crate::world::officer(), back.clone())
    };
    let refused = one.send(again(String::new())).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("widening:everywhere"), "{detail}");
    let codes = detail.rsplit_once(": ").unwrap().1.replace(", ", ",");
    let taken = one.send(again(format!("?acknowledge={codes}"))).await;
    assert_eq!(taken.status, StatusCode::CREATED, "{taken:?}");
}
