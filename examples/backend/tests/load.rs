//! Load: `MEMBERS` people, and how fast they are decided, how fast an opt-out is acknowledged, and how
//! fast it binds another instance. Prints figures, and fails only if an answer is wrong.
//!
//! `./check.py --release --test load -- --nocapture`, with `MEMBERS=1000000` for the figures of the
//! README.

#[path = "process/mod.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod process;
#[path = "service/world.rs"]
#[allow(dead_code, reason = "not every test uses all of it")]
mod world;

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use process::{Process, read, send, write};
use serde_json::json;
use world::{Database, PURPOSE, opt_out, post};

const CALLERS: u64 = 4;

/// How long each kind of call is measured.
fn span() -> Duration {
    let seconds = std::env::var("LOAD_SECONDS").map_or(1, |seconds| seconds.parse().unwrap());
    Duration::from_secs(seconds)
}

/// A sequence of numbers without a pattern, the same each time.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 16
}

fn has_opted_out(member: u64) -> bool {
    member.is_multiple_of(5)
}

/// Writes the members. All are adults, and one in five has opted out.
fn write_members(folder: &std::path::Path, members: u64) {
    let places = ["US", "FR", "BR", "IN", "GB", "JP"];
    let member = |number: u64| {
        let place = places[usize::try_from(mix(number) % 6).unwrap()];
        let mut member = json!({
            "id": format!("u{number}"), "born": "1990", "residence": [{"at": "2019-01-01", "place": place}],
        });
        if has_opted_out(number) {
            let choice = json!({"at": "2025-01-01", "purpose": PURPOSE, "choice": "opt-out"});
            member["choices"] = json!([choice]);
        }
        member.to_string()
    };
    let lines: Vec<String> = (0..members).map(member).collect();
    std::fs::write(folder.join("subjects.ndjson"), lines.join("\n")).unwrap();
    std::fs::write(folder.join("records.ndjson"), "").unwrap();
}

/// Calls until the time is over, and returns how long each call took, sorted.
fn measure(address: &str, call: impl Fn(&mut TcpStream, u64) + Sync) -> Vec<Duration> {
    let end = Instant::now() + span();
    let mut took: Vec<Duration> = thread::scope(|scope| {
        let call = &call;
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut took = Vec::new();
                    for step in 0.. {
                        let start = Instant::now();
                        if start > end {
                            break;
                        }
                        call(&mut stream, step * CALLERS + caller);
                        took.push(start.elapsed());
                    }
                    took
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    took.sort_unstable();
    took
}

fn print(what: &str, took: &[Duration], seconds: f64) {
    let at = |share: usize| took[(took.len() * share / 1000).min(took.len() - 1)];
    let rate = f64::from(u32::try_from(took.len()).unwrap()) / seconds;
    println!(
        "{what}: {rate:.0} a second, p50 {:?}, p99 {:?}, max {:?}",
        at(500),
        at(990),
        at(1000)
    );
}

fn decide(stream: &mut TcpStream, member: u64) -> String {
    let record = post("r", &format!("u{member}")).to_string();
    let (status, body) = send(stream, "POST", "/v1/decisions", &record).unwrap();
    assert_eq!(status, 200, "{body}");
    body
}

fn load(database: &Database) {
    let members: u64 = std::env::var("MEMBERS").map_or(2000, |members| members.parse().unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    write_members(folder.path(), members);
    let import = folder.path().display().to_string();
    let start = Instant::now();
    Process::start(&database.url, &[("IMPORT", import.as_str())]).kill();
    println!(
        "\n{}: {members} members imported in {:?}",
        database.url.split(':').next().unwrap(),
        start.elapsed()
    );
    let start = Instant::now();
    let one = Process::start(&database.url, &[]);
    println!("a restart reads them in {:?}", start.elapsed());
    let other = Process::start(&database.url, &[]);
    println!("memory of an instance: {} MB", memory(&one));

    let decided = measure(&one.address, |stream, step| {
        let member = mix(step) % members;
        let body = decide(stream, member);
        assert_eq!(body.contains("opted-out"), has_opted_out(member), "{body}");
    });
    print("decisions", &decided, span().as_secs_f64());

    // A stream, in one request.
    let lines: Vec<String> = (0..200_000.min(members * 10))
        .map(|number| {
            post(&format!("r{number}"), &format!("u{}", mix(number) % members)).to_string()
        })
        .collect();
    let start = Instant::now();
    let mut stream = TcpStream::connect(&one.address).unwrap();
    let mut copy = stream.try_clone().unwrap();
    let answer = thread::scope(|scope| {
        // The answer is read while the request is written: the service does not hold it.
        scope.spawn(|| write(&mut copy, "POST", "/v1/decisions/stream", &lines.join("\n")));
        read(&mut stream).unwrap().1
    });
    let took = start.elapsed();
    assert_eq!(answer.lines().count(), lines.len());
    println!(
        "a stream: {:.0} records a second",
        f64::from(u32::try_from(lines.len()).unwrap()) / took.as_secs_f64()
    );

    // Opt-outs, while others decide.
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = TcpStream::connect(&one.address).unwrap();
            for step in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                decide(&mut stream, mix(step) % members);
            }
        });
        let written = measure(&one.address, |stream, step| {
            let member = step % members;
            let event = opt_out(&format!("u{member}"), "2025-02-01").to_string();
            let path = format!("/v1/events/load-{step}");
            assert_eq!(send(stream, "PUT", &path, &event).unwrap().0, 201);
            assert!(decide(stream, member).contains("opted-out"));
        });
        stop.store(true, Ordering::Relaxed);
        print("opt-outs, acknowledged and then decided by", &written, span().as_secs_f64());
    });

    // How long until the other instance knows.
    let (mut here, mut there) =
        (TcpStream::connect(&one.address).unwrap(), TcpStream::connect(&other.address).unwrap());
    let mut took: Vec<Duration> = (0..40_u64)
        .map(|round| {
            let id = format!("new-{round}");
            let event = opt_out(&id, "2025-02-01").to_string();
            let path = format!("/v1/events/{id}");
            assert_eq!(send(&mut here, "PUT", &path, &event).unwrap().0, 201);
            let acknowledged = Instant::now();
            let record = post("r", &id).to_string();
            while !send(&mut there, "POST", "/v1/decisions", &record)
                .unwrap()
                .1
                .contains("opted-out")
            {
                assert!(
                    acknowledged.elapsed() < Duration::from_secs(1),
                    "not bound within a second"
                );
            }
            acknowledged.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("until the other instance is bound: p50 {:?}, max {:?}", took[20], took[39]);
}

/// Returns the resident memory in MB.
fn memory(process: &Process) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "takes a minute; check.py runs it"]
fn load_over_sqlite() {
    load(&Database::sqlite());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TEST_POSTGRES, which check.py sets"]
async fn load_over_postgres() {
    let database = Database::postgres().await;
    tokio::task::spawn_blocking(move || load(&database)).await.unwrap();
}
