//! A refusal leaves an audit line, and no line tells of a person. A binary of its own, because a
//! process has one subscriber.

#[path = "service/world.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod world;

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use world::{Database, member, opt_out, pipeline, post};

/// The lines that were logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_refusal_is_audited_and_no_log_names_a_person() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json();
    subscriber.with_writer(lines.clone()).init();
    let database = Database::sqlite();
    let instance = database.start().await;
    let audits = || {
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(r#""target":"audit""#)).count()
    };
    instance.adult("member-secret-1").await;
    instance.put_event("e", &pipeline(), opt_out("member-secret-1", "2025-01-01")).await;
    instance.put_records(&[post("record-secret", "member-secret-1")]).await;
    instance.grounds("member-secret-1").await;
    instance.get("/v1/subjects/member-secret-1/export", &member("member-secret-1")).await;
    let bad = json!({"subject": "member-secret-1", "at": "whenever-secret"});
    instance.put_event("bad", &pipeline(), bad).await;
    assert_eq!(audits(), 0);
    instance.get("/v1/subjects/member-secret-1/export", "").await;
    assert_eq!(audits(), 1);
    instance.get("/v1/subjects/member-secret-1/export", &member("member-secret-2")).await;
    assert_eq!(audits(), 2);
    let erasure = json!({"identifier": "secret@example.org"});
    instance.ask("POST", "/v1/subjects/member-secret-1/erasure", &pipeline(), erasure).await;
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let ours = text.lines().filter(|line| line.contains(r#""target":"a"#));
    assert!(ours.clone().count() > 8, "{text}");
    for line in text.lines().filter(|line| !line.contains(r#""level":"TRACE""#)) {
        assert!(!line.contains("secret"), "{line}");
        assert!(!line.contains("eyJ"), "{line}");
    }
}
