//! What the tests of the examples share: running an example as a user would.

#![allow(dead_code, reason = "each test uses what it needs")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// The path of an example's binary, built if it is not, beside the test that runs.
pub fn example(name: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--example", name]);
    if cfg!(feature = "parquet") {
        build.args(["--features", "parquet"]);
    }
    let test = std::env::current_exe().expect("the path of this test");
    let profile = test.ancestors().nth(2).expect("the folder of the profile");
    if profile.ends_with("release") {
        build.arg("--release");
    }
    build.env("CARGO_TARGET_DIR", profile.parent().expect("the target folder"));
    assert!(build.status().expect("cargo runs").success(), "the example {name} does not build");
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs an example in the folder of the crate.
pub fn run(name: &str, arguments: &[&str]) -> Output {
    Command::new(example(name))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .expect("the example runs")
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}
