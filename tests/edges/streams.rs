//! Standard streams that are closed, or lead to a full disk.

use crate::world::{DECISION, RECORD, World};

/// What every command is asked here, so that it prints a few lines.
const COMMANDS: [(&str, &str); 10] = [
    ("filter", "--decisions -"),
    ("filter", "--check"),
    ("policy", "show linkedin"),
    ("policy", "lint linkedin --json --fail-on error"),
    ("policy", "schema"),
    ("policy", "coverage linkedin --at 2024-12-01 --form csv"),
    ("policy", "dependence linkedin --as-of 2024-12-01"),
    ("train_run", ""),
    ("audit", "--subject u013"),
    ("billion", "--subjects 1000 --records 1000"),
];

#[test]
fn a_closed_pipe_ends_every_command_quietly() {
    let world = World::new();
    for (command, arguments) in COMMANDS {
        for reader in ["true", "head -1"] {
            let line =
                format!("${command} {arguments} 2>err | {reader} >out; echo ${{PIPESTATUS[0]}}");
            let ended = world.run(&[command], &line);
            assert_eq!(ended.out, "0\n", "{line}: {}", world.read("err"));
            let told = world.read("err");
            assert!(!told.contains("panicked") && !told.contains("Broken pipe"), "{line}: {told}");
        }
    }
}

#[test]
fn a_full_standard_output_is_exit_code_2_with_a_message() {
    let world = World::new();
    for (command, arguments) in COMMANDS {
        let line = format!("${command} {arguments} >/dev/full");
        let ended = world.run(&[command], &line);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.err);
        let message = format!("{command}: standard output: cannot be written: No space left");
        assert!(ended.err.contains(&message), "{line}: {}", ended.err);
    }
}

#[test]
fn a_full_or_closed_standard_error_changes_nothing_else() {
    let world = World::new();
    for (command, arguments) in COMMANDS {
        let plain = world.run(&[command], &format!("${command} {arguments}"));
        for error in ["2>/dev/full", "2>&-", "2> >(true)"] {
            let line = format!("${command} {arguments} {error}");
            let ended = world.run(&[command], &line);
            assert_eq!(ended.code, plain.code, "{line}");
            if command != "billion" && command != "train_run" {
                assert_eq!(ended.out, plain.out, "{line}");
            }
        }
    }
    let ended = world.filter("$records --decisions d 2>/dev/full");
    assert_eq!((ended.code, world.read("d").as_str()), (Some(0), DECISION));
    let ended = world.filter("--records policy.toml --decisions e 2>/dev/full");
    assert_eq!((ended.code, world.others().contains("e")), (Some(2), false));
}

#[test]
fn whoever_stops_reading_does_not_spoil_the_files() {
    let world = World::new();
    let whole = world.run(&["filter"], "$filter --decisions whole");
    assert_eq!(whole.code, Some(0));
    let line = "$filter --decisions d --admitted - | true; echo ${PIPESTATUS[0]}";
    assert_eq!(world.run(&["filter"], line).out, "0\n");
    assert!(world.read("d") == world.read("whole"));
    let line = "$filter --decisions e --admitted - >/dev/full";
    assert_eq!(world.run(&["filter"], line).code, Some(2));
    assert!(!world.others().contains("e"));
}

#[test]
fn a_full_disk_names_the_file_that_was_asked_for() {
    let world = World::new();
    world.refuses(
        "$records --decisions /dev/full",
        "/dev/full: cannot be written: No space left on device (os error 28)",
    );
    world.refuses(
        "$records --decisions d --summary none/s",
        "none/s: cannot be written: there is no folder `none`; make it",
    );
    let ended = world.run(&["policy"], "$policy schema --output none/s");
    let message = "policy: none/s: cannot be written: there is no folder `none`; make it\n";
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), message));
    assert_eq!(world.read("records.ndjson"), RECORD);
}
