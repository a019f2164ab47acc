//! A folder with small inputs, and the commands that run in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::common::{example, text};

pub const SUBJECT: &str = r#"{"id":"u1","residence":[{"at":"2019-01-01","place":"US"}]}"#;
pub const RECORD: &str = r#"{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01"}"#;
pub const DECISION: &str =
    "{\"record\":\"r1\",\"verdict\":\"eligible\",\"grounds\":[],\"revision\":\"2024-10-11\"}\n";

/// The path of a command, which is built once.
pub fn program(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().expect("no panic while building");
    built.entry(name.to_owned()).or_insert_with(|| example(name)).clone()
}

/// A folder with a policy, a subject and a record.
pub struct World {
    pub folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl World {
    pub fn new() -> Self {
        let world = Self { folder: TempDir::new().expect("a folder") };
        fs::copy("src/policy/shipped/linkedin.toml", world.path("policy.toml")).expect("a policy");
        world.write("subjects.ndjson", SUBJECT);
        world.write("records.ndjson", RECORD);
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Every file of the folder, hidden ones included.
    pub fn files(&self) -> BTreeSet<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder");
        names.map(|f| f.expect("a file").file_name().into_string().expect("a name")).collect()
    }

    /// Those that are no inputs.
    pub fn others(&self) -> BTreeSet<String> {
        let inputs = ["policy.toml", "subjects.ndjson", "records.ndjson"];
        self.files().into_iter().filter(|file| !inputs.contains(&file.as_str())).collect()
    }

    /// A line of the shell in this folder. `$filter` and the like stand for the commands, and `$asked`
    /// for what `filter` is asked.
    pub fn shell(&self, names: &[&str], line: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.current_dir(self.folder.path()).args(["-c", line]);
        for name in names {
            shell.env(name, program(name));
        }
        let asked = "--as-of 2024-12-01 --subjects subjects.ndjson";
        shell.env("asked", asked).env("records", "--records records.ndjson");
        shell.env("sample", Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sample"));
        shell
    }

    pub fn run(&self, names: &[&str], line: &str) -> Ended {
        let Output { status, stdout, stderr } =
            self.shell(names, line).output().expect("bash runs");
        let ended =
            Ended { code: status.code(), out: text(&stdout).into(), err: text(&stderr).into() };
        assert!(!ended.err.contains("panicked"), "{line}: {}", ended.err);
        ended
    }

    /// Runs `filter` with what it is asked, and more.
    pub fn filter(&self, more: &str) -> Ended {
        self.run(&["filter"], &format!("$filter $asked {more}"))
    }

    /// Asserts that `filter` fails with exit code 2 and this message, and leaves nothing behind.
    pub fn refuses(&self, more: &str, message: &str) {
        let before = self.files();
        let ended = self.filter(more);
        assert_eq!(ended.err.trim_end(), format!("filter: {message}"), "{more}");
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{more}");
        assert_eq!(self.files(), before, "{more}");
    }
}
