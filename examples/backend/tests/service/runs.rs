//! Runs: what is sealed was eligible, and every instance has the same ledger.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::over_each_database;
use crate::world::{Database, Instance, member, officer, opt_out, pipeline, post};

over_each_database! {
    an_opt_out_before_the_seal_leaves_the_run,
    two_instances_seal_into_one_ledger,
    a_child_tells_of_its_parent,
    few_runs_are_open_at_once_and_one_can_be_given_up,
}

async fn people(instance: &Instance, count: usize) {
    let mut records = Vec::new();
    for number in 0..count {
        instance.adult(&format!("u{number}")).await;
        records.push(post(&format!("r{number}"), &format!("u{number}")));
    }
    instance.put_records(&records).await;
}

async fn step(instance: &Instance, run: &str, step: &str, body: Value) {
    let answer = instance.ask("POST", &format!("/v1/runs/{run}{step}"), &pipeline(), body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
}

async fn an_opt_out_before_the_seal_leaves_the_run(database: Database) {
    let instance = database.start().await;
    people(&instance, 4).await;
    step(&instance, "run-1", "", Value::Null).await;
    assert_eq!(instance.wait_for("run-1", "open").await["last"]["records"], 4);

    instance.put_event("o1", &member("u1"), opt_out("u1", "2025-01-01")).await;
    step(&instance, "run-1", "/recheck", Value::Null).await;
    let told = instance.wait_for("run-1", "open").await;
    assert_eq!((&told["last"]["dropped"], &told["last"]["records"]), (&json!(1), &json!(3)));

    // The second opts out at another instance, and is gone by the seal.
    let other = database.start().await;
    other.put_event("o2", &member("u2"), opt_out("u2", "2025-01-01")).await;
    step(&instance, "run-1", "/seal", Value::Null).await;
    let sealed = instance.wait_for("run-1", "sealed").await;
    assert_eq!(sealed["sealed"]["head"]["admitted"], 2);

    let effect = opt_out("u0", "2026-01-01");
    let told = instance.ask("POST", "/v1/subjects/u0/effect", &member("u0"), effect.clone()).await;
    let text = told.json()["text"].to_string();
    assert!(text.contains("`run-1`"), "{text}");
    assert!(instance.grounds("u0").await.is_empty(), "asking for the effect changes nothing");

    instance.put_event("o0", &member("u0"), effect).await;
    let audit = instance.get("/v1/runs/run-1/audit", &officer()).await.json();
    assert_eq!(audit["audit"]["sound"], 1, "{audit}");
    assert_eq!(audit["audit"]["overtaken"].as_array().unwrap().len(), 1, "{audit}");
    assert_eq!(audit["audit"]["unsound"], json!([]));

    for again in ["", "/recheck", "/seal"] {
        let path = format!("/v1/runs/run-1{again}");
        let refused = instance.ask("POST", &path, &pipeline(), Value::Null).await;
        assert!(refused.status.is_client_error(), "{refused:?}");
    }
}

async fn two_instances_seal_into_one_ledger(database: Database) {
    let (one, other) = (database.start().await, database.start().await);
    people(&one, 2).await;
    for (instance, id) in [(&one, "a"), (&other, "b"), (&one, "same"), (&other, "same")] {
        step(instance, id, "", Value::Null).await;
        instance.wait_for(id, "open").await;
    }
    let seals = [(&one, "a"), (&other, "b"), (&one, "same"), (&other, "same")];
    let seals = seals.map(|(instance, id)| step(instance, id, "/seal", Value::Null));
    futures_util::future::join_all(seals).await;
    for (instance, id) in [(&one, "a"), (&other, "b"), (&one, "same"), (&other, "same")] {
        instance.wait_for(id, "sealed").await;
    }
    let (mine, theirs) =
        (one.get("/v1/runs", &officer()).await, other.get("/v1/runs", &officer()).await);
    other.service.live.catch_up().await.unwrap();
    one.service.live.catch_up().await.unwrap();
    assert_eq!(one.service.live.ledger().digest(), other.service.live.ledger().digest());
    assert_eq!(one.service.live.ledger().entries().len(), 3, "{mine:?} {theirs:?}");
    assert_eq!(
        database.start().await.service.live.ledger().digest(),
        one.service.live.ledger().digest()
    );
}

async fn a_child_tells_of_its_parent(database: Database) {
    let instance = database.start().await;
    people(&instance, 1).await;
    step(&instance, "parent", "", json!({"as_of": "2025-11-10"})).await;
    instance.wait_for("parent", "open").await;
    let unknown = json!({"builds_on": ["parent"]});
    let refused = instance.ask("POST", "/v1/runs/child", &pipeline(), unknown.clone()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    step(&instance, "parent", "/seal", Value::Null).await;
    instance.wait_for("parent", "sealed").await;
    // u0's post is deleted before the child is trained; its model still learned from it.
    let mut deleted = post("r0", "u0");
    deleted["deleted_at"] = json!("2025-12-01");
    instance.put_records(&[deleted]).await;
    step(&instance, "child", "", unknown).await;
    instance.wait_for("child", "open").await;
    step(&instance, "child", "/seal", Value::Null).await;
    instance.wait_for("child", "sealed").await;
    let export = instance.get("/v1/subjects/u0/export", &member("u0")).await.json();
    assert_eq!(export["runs"][0]["run"], "parent");
    assert_eq!(export["runs_that_build_on_them"][0]["run"], "child");
    assert_eq!(export["decisions"][0]["verdict"], "ineligible");
    let future = json!({"as_of": "2999-01-01"});
    let refused = instance.ask("POST", "/v1/runs/future", &pipeline(), future).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn few_runs_are_open_at_once_and_one_can_be_given_up(database: Database) {
    let instance = database.start().await;
    for id in ["a", "b", "c", "d"] {
        step(&instance, id, "", Value::Null).await;
        instance.wait_for(id, "open").await;
    }
    let more = instance.ask("POST", "/v1/runs/e", &pipeline(), Value::Null).await;
    assert_eq!(more.status, StatusCode::CONFLICT);
    let gone = instance.ask("DELETE", "/v1/runs/a", &pipeline(), Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    step(&instance, "e", "", Value::Null).await;
    instance.wait_for("e", "open").await;
    step(&instance, "e", "/seal", Value::Null).await;
    instance.wait_for("e", "sealed").await;
    let sealed = instance.ask("DELETE", "/v1/runs/e", &pipeline(), Value::Null).await;
    assert_eq!(sealed.status, StatusCode::CONFLICT);
}
