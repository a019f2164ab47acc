//! The example `train_run`, several at a time and killed at random points: their ledger stays
//! readable and holds every run that any of them acknowledged, once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use may_train::ledger::{Digest, Ledger, Tail, TrainingSet};
use may_train::{Policy, Registry};

const KILLS: u64 = 100;

fn write_inputs(folder: &Path) {
    let subject = |n: usize| {
        format!(r#"{{"id":"u{n}","born":"1990","residence":[{{"at":"2019-01-01","place":"US"}}]}}"#)
    };
    let record = |n: usize| {
        let of = n % 5;
        format!(r#"{{"id":"r{n}","subject":"u{of}","kind":"post","created_at":"2023-02-01"}}"#)
    };
    let subjects: Vec<String> = (0..5).map(subject).collect();
    let records: Vec<String> = (0..40).map(record).collect();
    fs::write(folder.join("subjects.ndjson"), subjects.join("\n")).expect("written");
    fs::write(folder.join("records.ndjson"), records.join("\n")).expect("written");
}

/// A process that writes to the ledger of the folder.
struct Writer {
    child: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
}

impl Writer {
    fn start(program: &Path, folder: &Path, runs: &str) -> Self {
        let mut child = Command::new(program)
            .args(["--quiet", "--runs", runs, "--as-of", "2024-12-01"])
            .arg("--subjects")
            .arg(folder.join("subjects.ndjson"))
            .arg("--records")
            .arg(folder.join("records.ndjson"))
            .arg("--ledger")
            .arg(folder.join("ledger.ndjson"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the example starts");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, stdout, said: String::new() }
    }

    fn wait_for_a_run(&mut self) {
        self.stdout.read_line(&mut self.said).expect("text");
    }

    fn kill(mut self) -> BTreeMap<String, Digest> {
        self.child.kill().expect("it can be killed");
        let (acknowledged, ended) = self.end();
        assert!(!ended.success(), "it ended before it was killed");
        acknowledged
    }

    /// What it acknowledged until it ended: run and digest.
    fn end(mut self) -> (BTreeMap<String, Digest>, ExitStatus) {
        self.stdout.read_to_string(&mut self.said).expect("text");
        let ended = self.child.wait().expect("it ends");
        let whole = self.said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let acknowledged = whole.lines().map(|line| {
            let (run, rest) = line.split_once(" is in the ledger: ").expect("an acknowledgement");
            let (rest, _) = rest.split_once("; ").expect("the ledger's digest");
            let digest = rest.rsplit_once(", ").expect("a digest").1;
            (run.to_owned(), digest.parse().expect("a digest"))
        });
        (acknowledged.collect(), ended)
    }
}

/// Runs the program for a while (of its life, or from its first acknowledgement on) beside another
/// one that waits for it, kills both, and gives what they had acknowledged.
fn run_two_and_kill(
    program: &Path,
    folder: &Path,
    busy: bool,
    after: Duration,
) -> Vec<BTreeMap<String, Digest>> {
    let mut first = Writer::start(program, folder, "100000");
    if busy {
        first.wait_for_a_run();
    }
    let mut second = Writer::start(program, folder, "100000");
    sleep(after);
    let of_first = first.kill();
    if busy {
        second.wait_for_a_run();
    }
    vec![of_first, second.kill()]
}

#[test]
fn four_writers_at_once_leave_every_run_they_acknowledge_in_the_ledger_once() {
    let program = crate::common::example("train_run");
    let folder = tempfile::tempdir().expect("a folder");
    write_inputs(folder.path());
    let writers = [(); 4].map(|()| Writer::start(&program, folder.path(), "3"));
    let mut acknowledged: Vec<(String, Digest)> = Vec::new();
    for writer in writers {
        let (runs, ended) = writer.end();
        assert!(ended.success() && runs.len() == 3, "{runs:?}");
        acknowledged.extend(runs);
    }
    let file = fs::read(folder.path().join("ledger.ndjson")).expect("the ledger");
    let read = Ledger::read(file.as_slice()).unwrap();
    assert_eq!(read.tail, Tail::Whole);
    let mut held: Vec<_> = read.ledger.runs().map(|r| (r.id().to_string(), r.digest())).collect();
    held.sort_unstable();
    acknowledged.sort_unstable();
    assert_eq!(acknowledged, held);
}

/// The line of a run that comes next.
fn next_line(mut ledger: Ledger) -> Vec<u8> {
    let (policy, registry) = (Policy::shipped("linkedin").unwrap(), Registry::new());
    let now = "2024-12-01".parse().unwrap();
    let set = TrainingSet::new("torn".parse().unwrap(), &registry.gate(&policy, now, now));
    ledger.append(set.seal()).unwrap();
    let mut bytes = Vec::new();
    ledger.last().unwrap().write_line(&mut bytes).expect("memory");
    bytes
}

#[test]
fn killed_at_random_points_the_ledger_holds_every_run_it_acknowledged() {
    let program = crate::common::example("train_run");
    let folder = tempfile::tempdir().expect("a folder");
    write_inputs(folder.path());
    let mut acknowledged = BTreeMap::new();
    let mut seen = None;
    let mut torn = 0;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for kill in 0..KILLS {
        // xorshift: the machine's load makes the points random enough.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let after = Duration::from_micros(random % 20_000);
        for runs in run_two_and_kill(&program, folder.path(), kill % 4 > 0, after) {
            for (run, digest) in runs {
                assert!(acknowledged.insert(run, digest).is_none(), "kill {kill}: twice");
            }
        }

        let Ok(file) = fs::read(folder.path().join("ledger.ndjson")) else {
            assert!(acknowledged.is_empty(), "the ledger is gone");
            continue;
        };
        let read = Ledger::read(file.as_slice()).unwrap_or_else(|e| panic!("kill {kill}: {e}"));
        torn += usize::from(matches!(read.tail, Tail::Torn(_)));
        for (run, digest) in &acknowledged {
            let id = run.parse().expect("a run id");
            let found = read.ledger.run(&id).map(may_train::ledger::SealedRun::digest);
            assert_eq!(found, Some(*digest), "kill {kill}: {run} was acknowledged");
        }
        assert!(read.ledger.holds(seen), "kill {kill}: runs are missing");
        seen = read.ledger.digest();

        // A kill seldom splits the one write of a line; a power cut does. So tear one at times.
        if kill % 3 == 0 {
            let mut bytes = next_line(read.ledger);
            let torn = usize::try_from(random).expect("64 bits") % (bytes.len() - 1);
            bytes.truncate(torn);
            let file = fs::File::options().append(true).open(folder.path().join("ledger.ndjson"));
            file.and_then(|mut file| file.write_all(&bytes)).expect("written");
        }
    }
    assert!(
        Ledger::read(fs::read(folder.path().join("ledger.ndjson")).unwrap().as_slice()).is_ok()
    );
    assert!(acknowledged.len() > 50, "only {} runs were acknowledged", acknowledged.len());
    println!("{} runs acknowledged, {torn} lines torn", acknowledged.len());
}
