//! Nothing is written over what is read, or over what else is written.

use std::fs;

use crate::world::{RECORD, World};

#[test]
fn an_output_that_is_an_input_is_refused_by_whatever_name() {
    let world = World::new();
    let policy = world.read("policy.toml");
    for (link, to) in [("p.ndjson", "policy.toml"), ("r.ndjson", "records.ndjson")] {
        fs::hard_link(world.path(to), world.path(link)).expect("a name");
        std::os::unix::fs::symlink(to, world.path(&format!("to-{link}"))).expect("a link");
    }
    for output in ["policy.toml", "./policy.toml", "p.ndjson", "to-p.ndjson"] {
        for option in ["--admitted", "--decisions", "--summary"] {
            world.refuses(
                &format!("$records --policy policy.toml {option} {output}"),
                &format!("{output}: would be written over; name another file"),
            );
        }
    }
    for output in ["records.ndjson", "r.ndjson", "to-r.ndjson", "subjects.ndjson"] {
        world.refuses(
            &format!("$records --decisions {output}"),
            &format!("{output}: would be written over; name another file"),
        );
    }
    assert_eq!(world.read("records.ndjson"), RECORD);
    assert_eq!(world.read("policy.toml"), policy);
}

/// Refused before anything is read: what is wrong with the inputs is not told.
#[test]
fn an_output_that_is_another_output_is_refused() {
    let world = World::new();
    world.write("records.ndjson", "broken");
    let over = |name: &str| format!("{name}: would be written over; name another file");
    world.refuses("$records --decisions d --admitted ./d", &over("./d"));
    world.refuses("$records --decisions d --summary ../\"${PWD##*/}\"/d", &{
        let folder = world.folder.path().file_name().expect("a name").to_string_lossy();
        over(&format!("../{folder}/d"))
    });
    world.refuses("$records --decisions - --admitted -", &over("standard output"));
    world.refuses("$records --decisions - --summary /dev/stdout", &over("/dev/stdout"));
    std::os::unix::fs::symlink("new", world.path("to-new")).expect("a link");
    world.refuses("$records --decisions to-new --admitted new", &over("new"));
}

#[test]
fn a_stream_that_is_a_file_is_that_file() {
    let world = World::new();
    let over = |name: &str| format!("filter: {name}: would be written over; name another file\n");
    let ended = world.filter("$records --admitted - >>records.ndjson");
    assert_eq!((ended.code, ended.err), (Some(2), over("standard output")));
    let ended = world.filter("--records - --admitted records.ndjson <records.ndjson");
    assert_eq!((ended.code, ended.err), (Some(2), over("records.ndjson")));
    assert_eq!(world.read("records.ndjson"), RECORD);
    let ended = world
        .run(&["filter"], "$filter --as-of 2024-12-01 --subjects - --records - <records.ndjson");
    let once = "filter: standard input: can be read once; name a file for all inputs but one\n";
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), once));
}

#[test]
fn an_output_among_the_parts_that_are_read_is_refused() {
    let world = World::new();
    fs::create_dir(world.path("parts")).expect("a folder");
    fs::rename(world.path("records.ndjson"), world.path("parts/1.ndjson")).expect("moved");
    world.refuses(
        "--records parts --decisions parts/d.ndjson",
        "parts/d.ndjson: lies in parts, which is read; name another folder",
    );
    world.refuses(
        "--records 'parts/*.ndjson' --admitted parts/1.ndjson",
        "parts/1.ndjson: would be written over; name another file",
    );
}

#[test]
fn the_ledger_is_no_input() {
    let world = World::new();
    for input in ["policy.toml", "subjects.ndjson", "records.ndjson"] {
        let before = world.read(input);
        let ended = world.run(
            &["train_run"],
            &format!("$train_run --policy policy.toml --subjects subjects.ndjson $records --ledger {input}"),
        );
        let message = format!("train_run: {input}: would be written over; name another file\n");
        assert_eq!((ended.code, ended.err), (Some(2), message));
        assert_eq!(world.read(input), before);
    }
}
