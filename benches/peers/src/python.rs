//! Peers that run in a Python process each: `python/serve.py` takes a line for each run.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use may_train::{Grounds, Verdict};
use serde_json::Value;

use crate::columns::Folder;
use crate::contender::{Check, Contender, Outcome};
use crate::workload::{Answers, Job};

/// A peer: its module, its name, how it is written.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    module: &'static str,
    name: &'static str,
    formulation: &'static str,
    /// Whether it brings people into a form of its own first.
    prepares: bool,
    /// What its process reads the number of threads from.
    threads_from: Option<&'static str>,
    /// At most so many records, so that the whole takes minutes and not hours.
    most_rows: usize,
}

/// All of them.
pub const PEERS: [Peer; 4] = [
    Peer {
        module: "duckdb_expert",
        name: "DuckDB, expert",
        formulation: "one row a subject first, then a hash join",
        prepares: true,
        threads_from: None,
        most_rows: usize::MAX,
    },
    Peer {
        module: "duckdb_asof",
        name: "DuckDB, analyst",
        formulation: "ASOF JOIN",
        prepares: false,
        threads_from: None,
        most_rows: 5_000_000,
    },
    Peer {
        module: "polars_expert",
        name: "Polars, expert",
        formulation: "one row a subject first, then a hash join",
        prepares: true,
        threads_from: Some("POLARS_MAX_THREADS"),
        most_rows: usize::MAX,
    },
    Peer {
        module: "datafusion_expert",
        name: "DataFusion, expert",
        formulation: "one row a subject first, then a hash join",
        prepares: true,
        threads_from: Some("TOKIO_WORKER_THREADS"),
        most_rows: usize::MAX,
    },
];

/// A running peer.
pub struct Process {
    peer: Peer,
    name: String,
    threads: usize,
    rows: usize,
    child: Child,
    asks: Option<ChildStdin>,
    tells: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a peer, and waits until it has loaded the tables.
    pub fn start(peer: Peer, folder: &Folder, rows: usize, threads: usize) -> Self {
        let rows = rows.min(peer.most_rows);
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = std::env::var("PEERS_PYTHON").expect("`run` sets PEERS_PYTHON");
        let mut command = Command::new(python);
        command
            .arg(package.join("python/serve.py"))
            .arg(peer.module)
            .arg(folder.path())
            .args(["--rows", &rows.to_string(), "--threads", &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(variable) = peer.threads_from {
            command.env(variable, threads.to_string());
        }
        let mut child = command.spawn().expect("python starts");
        let asks = child.stdin.take();
        let tells = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut process = Self { peer, name: String::new(), threads, rows, child, asks, tells };
        let hello = process.told();
        let version = hello["version"].as_str().expect("a version");
        process.name = format!("{} {version}", peer.name);
        process
    }

    fn told(&mut self) -> Value {
        let mut line = String::new();
        self.tells.read_line(&mut line).expect("a line");
        serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("{}: `{line}`: {error}", self.peer.module))
    }
}

impl Contender for Process {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn formulation(&self) -> &'static str {
        self.peer.formulation
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn run(&mut self, job: Job, check: Check) -> Outcome {
        let check = match check {
            Check::Answers => "check",
            Check::TimeAlone => "time",
        };
        let asks = self.asks.as_mut().expect("the process runs");
        writeln!(asks, "{job:?} {check}").expect("the process listens");
        let told = self.told();
        let time = |key: &str| Duration::from_nanos(told[key].as_u64().expect("a time"));
        Outcome {
            prepare: self.peer.prepares.then(|| time("prepare_ns")),
            decide: time("decide_ns"),
            answers: told.get("answers").map(answers),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process ends when there is nothing more to read.
        self.asks = None;
        let _ = self.child.wait();
    }
}

/// Reads grounds, verdict, count and sum of rows, and checks the verdict.
fn answers(told: &Value) -> Answers {
    let groups = told.as_array().expect("groups");
    let read = |group: &Value| {
        let number = |place: usize| group[place].as_u64().expect("a number");
        let grounds = Grounds::from_bits(u32::try_from(number(0)).expect("a mask"));
        let verdict = [Verdict::Eligible, Verdict::Ineligible, Verdict::Indeterminate];
        let verdict = verdict[usize::try_from(number(1)).expect("a verdict")];
        assert_eq!(grounds.verdict(), verdict, "the verdict of {grounds}");
        (grounds, (number(2), number(3)))
    };
    let answers = Answers(groups.iter().map(read).collect());
    assert_eq!(answers.0.len(), groups.len(), "a verdict for each set of grounds");
    answers
}
