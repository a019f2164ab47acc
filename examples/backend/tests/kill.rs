//! `kill -9` under load: each acknowledged event is stored once, and decisions after the restart are
//! those of a model. `KILLS` says how often.

#[path = "process/mod.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod process;
#[path = "service/world.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod world;

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use may_train::{Policy, Registry};
use may_train_backend::store::Store;
use serde_json::{Value, json};

use process::{Process, send};
use world::{Database, event, opt_in, opt_out, post};

const WRITERS: u64 = 8;
const SUBJECTS: u64 = 40;
const AS_OF: &str = "2026-11-01";

/// The event of a number: a choice or a move of one of the subjects. No two are at one instant.
fn nth(number: u64) -> Value {
    let subject = format!("u{}", number % SUBJECTS);
    let at = format!("2025-01-01T00:00:{:02}.{:06}Z", number / 1_000_000, number % 1_000_000);
    // A cheap mix of the number's bits, so that the last event of a subject is any.
    match (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 4 {
        0 => opt_out(&subject, &at),
        1 => opt_in(&subject, &at),
        2 => json!({"subject": subject, "at": at, "residence": {"place": "CN"}}),
        _ => json!({"subject": subject, "at": at, "residence": {"place": "US"}}),
    }
}

/// What the writers know: the events that were acknowledged, and those whose answer never came.
#[derive(Default)]
struct Known {
    acknowledged: BTreeMap<u64, Value>,
    in_flight: BTreeMap<u64, Value>,
}

/// Sends events until the service has gone.
fn write(address: &str, writer: u64, start: u64, known: &Mutex<Known>) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    for step in 0.. {
        let number = start + step * WRITERS + writer;
        let value = nth(number);
        known.lock().unwrap().in_flight.insert(number, value.clone());
        let path = format!("/v1/events/e{number}");
        let Some((status, body)) = send(&mut stream, "PUT", &path, &value.to_string()) else {
            return;
        };
        assert_eq!(status, 201, "{body}");
        let mut known = known.lock().unwrap();
        known.in_flight.remove(&number);
        known.acknowledged.insert(number, value);
    }
}

/// Sends again what was in flight, and compares every decision with the model's.
fn check(process: &Process, known: &mut Known) {
    let mut stream = TcpStream::connect(&process.address).unwrap();
    for (number, value) in std::mem::take(&mut known.in_flight) {
        let path = format!("/v1/events/e{number}");
        let (status, body) = send(&mut stream, "PUT", &path, &value.to_string()).unwrap();
        assert!(status == 200 || status == 201, "{body}");
        known.acknowledged.insert(number, value);
    }
    let mut model = Registry::new();
    known.acknowledged.values().for_each(|value| model.apply(&event(value)));
    let policy = Policy::shipped("linkedin").unwrap();
    let view = model.view(&policy, AS_OF.parse().unwrap());
    let records: Vec<Value> =
        (0..SUBJECTS).map(|number| post(&format!("r{number}"), &format!("u{number}"))).collect();
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    let path = format!("/v1/decisions/stream?as_of={AS_OF}");
    let (_, answer) = send(&mut stream, "POST", &path, &lines.join("\n")).unwrap();
    let decided: Vec<Value> =
        answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(decided.len(), records.len());
    for (record, decided) in records.iter().zip(decided) {
        let record = serde_json::from_value(record.clone()).unwrap();
        assert_eq!(serde_json::to_value(view.decide(&record)).unwrap(), decided);
    }
}

async fn survive(database: Database) {
    let kills: u64 = std::env::var("KILLS").map_or(5, |kills| kills.parse().unwrap());
    let known = Arc::new(Mutex::new(Known::default()));
    for kill in 0..kills {
        let process = Process::start(&database.url, &[]);
        check(&process, &mut known.lock().unwrap());
        let before = known.lock().unwrap().acknowledged.len();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (address, known) = (process.address.clone(), Arc::clone(&known));
                thread::spawn(move || write(&address, writer, kill * 100_000, &known))
            })
            .collect();
        while known.lock().unwrap().acknowledged.len() == before {
            thread::sleep(Duration::from_millis(1));
        }
        // A different phase of the work each time.
        thread::sleep(Duration::from_millis(kill * 37 % 211));
        process.kill();
        for writer in writers {
            writer.join().unwrap();
        }
    }
    check(&Process::start(&database.url, &[]), &mut known.lock().unwrap());

    let store = Store::open(&database.url).await.unwrap();
    let mut stored: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in store.events_after(0, i64::MAX).await.unwrap() {
        let mut value = serde_json::to_value(row.event.unwrap()).unwrap();
        value.as_object_mut().unwrap().remove("recorded");
        stored.entry(row.id).or_default().push(value);
    }
    let known = known.lock().unwrap();
    assert_eq!(stored.len(), known.acknowledged.len());
    for (number, value) in &known.acknowledged {
        let mut wanted = serde_json::to_value(event(value)).unwrap();
        wanted.as_object_mut().unwrap().remove("recorded");
        assert_eq!(stored[&format!("e{number}")], [wanted]);
    }
    println!("{kills} kills, {} events, each stored once", stored.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_over_sqlite() {
    survive(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TEST_POSTGRES, which check.py sets"]
async fn kill_over_postgres() {
    survive(Database::postgres().await).await;
}
