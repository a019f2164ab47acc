//! `kill -9` under load: each acknowledged event is stored once, and decisions after the restart are
//! those of a model. `KILLS` says how often.

#[path = "service/world.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod world;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use may_train::{Policy, Registry};
use may_train_backend::store::Store;
use serde_json::{Value, json};

use world::{Database, SECRET, event, opt_in, opt_out, pipeline, post};

const WRITERS: u64 = 8;
const SUBJECTS: u64 = 40;
const AS_OF: &str = "2026-11-01";

/// A running service, killed when it is dropped.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(database: &Database) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_backend"))
            .env("DATABASE_URL", &database.url)
            .env("TOKEN_SECRET", SECRET)
            .env("SUPPRESSION_KEY", "07".repeat(32))
            .env("ADDRESS", "127.0.0.1:0")
            .env("OPS_ADDRESS", "127.0.0.1:0")
            .env("REQUESTS_PER_SECOND", "1000000")
            .env("REQUEST_BURST", "1000000")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("no address: {line:?}")).to_owned();
        Self { child, address }
    }

    fn kill(mut self) {
        // On Unix this is SIGKILL.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request, and returns the status and the body; `None` if the service has gone.
fn send(stream: &mut TcpStream, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let length = body.len();
    let token = pipeline();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).ok()?;
    let mut reader = BufReader::new(stream);
    let mut status = String::new();
    reader.read_line(&mut status).ok().filter(|read| *read > 0)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= line == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    loop {
        if chunked {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            length = usize::from_str_radix(size.trim(), 16).ok()?;
        }
        let mut part = vec![0; length];
        reader.read_exact(&mut part).ok()?;
        body.extend(part);
        if chunked {
            reader.read_line(&mut String::new()).ok()?;
        }
        if !chunked || length == 0 {
            break;
        }
    }
    let status = status.split(' ').nth(1)?.parse().ok()?;
    Some((status, String::from_utf8(body).ok()?))
}

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
        let process = Process::start(&database);
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
        writers.into_iter().for_each(|writer| writer.join().unwrap());
    }
    check(&Process::start(&database), &mut known.lock().unwrap());

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
