//! Files in the making do not outlive the process.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::world::{DECISION, World};

/// A `filter` that waits for its records, once it has begun its outputs.
fn waiting(world: &World, before: &str) -> Child {
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().expect("mkfifo").success());
    // A run of the tests under `nohup` ignores a signal, and so would its children.
    let signals = if before.is_empty() { "env --default-signal=INT,TERM,HUP" } else { "" };
    let line = format!(
        "{before} exec {signals} $filter $asked --records pipe --decisions d.ndjson --admitted a.ndjson \
         --summary s.json"
    );
    let child = world.shell(&["filter"], &line).stderr(Stdio::piped()).spawn().expect("it starts");
    let started = Instant::now();
    while parts(world) < 3 {
        assert!(started.elapsed() < Duration::from_secs(60), "no parts: {:?}", world.files());
        sleep(Duration::from_millis(10));
    }
    // It handles signals before it makes a file.
    child
}

fn parts(world: &World) -> usize {
    let files = world.files();
    files.iter().filter(|file| Path::new(file).extension() == Some("part".as_ref())).count()
}

fn send(child: &Child, signal: &str) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("kill").success());
}

#[test]
fn a_signal_leaves_nothing_behind() {
    for (signal, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
        let world = World::new();
        let child = waiting(&world, "");
        send(&child, signal);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.signal(), Some(number));
        assert_eq!(world.others(), ["pipe".to_owned()].into(), "{signal}");
    }
}

#[test]
fn a_signal_that_is_ignored_stays_so() {
    let world = World::new();
    let child = waiting(&world, "trap '' HUP;");
    send(&child, "-HUP");
    std::fs::write(world.path("pipe"), world.read("records.ndjson")).expect("written");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(world.read("d.ndjson"), DECISION);
}

#[test]
fn the_next_run_tells_what_a_killed_one_has_left() {
    let world = World::new();
    let mut child = waiting(&world, "");
    // As long as its writer lives, a part is none of the next run's business.
    let beside = world.filter("$records --decisions d.ndjson");
    assert_eq!(beside.code, Some(0));
    assert!(!beside.err.contains(".part"), "{}", beside.err);

    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(parts(&world), 3);
    let next = world.filter("$records --decisions d.ndjson");
    assert_eq!(next.code, Some(0));
    let left = world.files().into_iter().find(|f| f.starts_with(".d.ndjson.")).expect("a part");
    let told = format!("filter: {left}: is what a killed run had written of d.ndjson; remove it\n");
    assert!(next.err.starts_with(&told), "{}", next.err);
    assert_eq!(next.err.matches(".part").count(), 1, "{}", next.err);
}

#[test]
fn a_limit_of_the_size_of_files_leaves_nothing_behind() {
    let world = World::new();
    let asked = "--decisions d --admitted a --summary s";
    let ended = world.run(&["filter"], &format!("ulimit -f 1; $filter {asked}"));
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    let message = ": cannot be written: File too large (os error 27)\n";
    assert!(ended.err.ends_with(message) && !ended.err.contains(".part"), "{}", ended.err);
    assert!(world.others().is_empty(), "{:?}", world.others());

    let line = "ulimit -f 1; $filter --decisions - >out";
    let ended = world.run(&["filter"], line);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.ends_with(message), "{}", ended.err);

    let ended = world.run(&["make_sample"], "ulimit -f 1; $make_sample .");
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.ends_with(message), "{}", ended.err);
    assert_eq!(world.others(), ["out".to_owned()].into());
}

#[test]
fn train_run_throws_its_ledger_away() {
    let world = World::new();
    let ended =
        world.run(&["train_run"], "mkdir tmp; TMPDIR=$PWD/tmp $train_run --quiet; ls -A tmp");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.lines().all(|line| line.starts_with("run-")), "{}", ended.out);
}
