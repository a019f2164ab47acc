//! The example runs, and its two ways agree.

use std::process::Command;

#[test]
fn the_example_decides_the_sample_in_both_ways() {
    let ran = Command::new(env!("CARGO_BIN_EXE_may-train-datafusion")).output().expect("it runs");
    let said = String::from_utf8(ran.stdout).expect("text");
    let problem = String::from_utf8(ran.stderr).expect("text");
    assert!(ran.status.success(), "{said}{problem}");
    assert!(said.contains("3000 records by function, 3000 by join: 0 differ"), "{said}");
    assert!(said.contains("was asked the question"), "{said}");
}
