//! What is read: packed, in parts, from a stream, with marks or without records.

use std::fs;

use crate::world::{DECISION, RECORD, SUBJECT, World};

#[test]
fn the_standard_input_is_read_wherever_a_file_is() {
    let world = World::new();
    for (asked, from) in [
        ("$asked --records -", "records.ndjson"),
        ("--as-of 2024-12-01 --subjects - $records", "subjects.ndjson"),
        ("$asked $records --policy -", "policy.toml"),
    ] {
        let ended = world.run(&["filter"], &format!("$filter {asked} --decisions - <{from}"));
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), DECISION), "{asked}: {}", ended.err);
    }
    let ended = world.run(&["filter"], "echo '{' | $filter $asked --records -");
    assert!(ended.err.starts_with("filter: standard input:1: "), "{}", ended.err);
    for line in [
        "$policy show - <policy.toml",
        "$policy dependence linkedin --as-of 2024-12-01 --subjects - $records <subjects.ndjson",
        "$audit --policy - --subjects subjects.ndjson $records <policy.toml",
    ] {
        let ended = world.run(&["policy", "audit"], line);
        assert_eq!(ended.code, Some(0), "{line}: {}", ended.err);
    }
}

#[test]
fn packed_files_are_read_and_written() {
    let world = World::new();
    assert_eq!(world.run(&["filter"], "$filter --admitted a.ndjson").code, Some(0));
    let admitted = world.read("a.ndjson").lines().count();
    assert!(admitted > 100);
    for ending in ["gz", "zst"] {
        let made = world.run(&["filter"], &format!("$filter --admitted a.ndjson.{ending}"));
        assert_eq!(made.code, Some(0), "{}", made.err);
        let subjects = "--as-of 2024-12-01 --subjects $sample/subjects.ndjson";
        let read = format!("{subjects} --records a.ndjson.{ending} --summary -");
        let ended = world.run(&["filter"], &format!("$filter {read}"));
        assert!(
            ended.out.starts_with(&format!("{{\"records\":{admitted},\"eligible\":{admitted},")),
            "{ended:?}"
        );

        // Two files, one after the other, are one.
        let once = fs::read(world.path(&format!("a.ndjson.{ending}"))).expect("packed");
        world.write(&format!("b.ndjson.{ending}"), once.repeat(2));
        let read = read.replace("a.ndjson", "b.ndjson");
        let ended = world.run(&["filter"], &format!("$filter {read}"));
        assert!(ended.out.starts_with(&format!("{{\"records\":{},", 2 * admitted)), "{ended:?}");

        // One that breaks off is no shorter file.
        world.write(&format!("b.ndjson.{ending}"), &once[..once.len() / 2]);
        let ended = world.run(&["filter"], &format!("$filter {read}"));
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.err.contains("cannot be read: "), "{ended:?}");
    }
    let unpacked = world.run(&[], "gzip -dc a.ndjson.gz");
    assert!(unpacked.out == world.read("a.ndjson"));
}

#[test]
fn parts_in_a_folder_and_files_of_a_pattern_are_read_in_order() {
    let world = World::new();
    fs::create_dir(world.path("parts")).expect("a folder");
    for (name, content) in [
        ("part-2.ndjson", RECORD.replace("r1", "r2")),
        ("part-1.ndjson", RECORD.into()),
        // A partition without records is none the worse; markers and hidden files are no parts.
        ("part-0.ndjson", String::new()),
        ("_SUCCESS", "no JSON".into()),
        (".part-1.ndjson.crc", "no JSON".into()),
    ] {
        world.write(&format!("parts/{name}"), content);
    }
    for named in ["parts", "'parts/part-?.ndjson'"] {
        let ended = world.filter(&format!("--records {named} --decisions -"));
        assert_eq!(ended.out, format!("{DECISION}{}", DECISION.replace("r1", "r2")), "{named}");
    }
    let ended = world
        .run(&["filter"], "$filter $asked --records parts/part-0.ndjson --decisions d --summary -");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.starts_with("{\"records\":0,"), "{}", ended.out);
    assert_eq!(world.read("d"), "");
    let none = "none*: there is no file; name files, or their folder";
    world.refuses("--records 'none*'", none);
    fs::create_dir(world.path("people")).expect("a folder");
    world.write("people/1", SUBJECT);
    world.write("people/2", SUBJECT);
    let twice =
        "people/2:1: id: a second subject `u1`; give each subject once, with all its entries";
    let asked = "--as-of 2024-12-01 --subjects people $records";
    let ended = world.run(&["filter"], &format!("$filter {asked}"));
    assert_eq!(ended.err, format!("filter: {twice}\n"));
}

#[test]
fn explanations_are_written_into_decisions() {
    let world = World::new();
    world.refuses(
        "$records --explain --summary -",
        "--explain is written into the decisions: name their file with --decisions",
    );
}

/// A line of a gigabyte is made as it is read.
#[test]
fn a_line_of_a_gigabyte_takes_little_memory() {
    let world = World::new();
    let line = "ulimit -v 2000000; head -c 1G /dev/zero | tr '\\0' a | $filter $asked --records -";
    let ended = world.run(&["filter"], line);
    let message = "filter: standard input:1: longer than 16 MiB; give one JSON object a line\n";
    assert_eq!((ended.code, ended.err.as_str()), (Some(2), message));
}

#[test]
fn every_command_tells_its_version() {
    let world = World::new();
    for command in ["filter", "policy", "train_run", "audit", "billion", "make_sample"] {
        let ended = world.run(&[command], &format!("${command} --version"));
        assert_eq!(ended.out, format!("{command} {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn counts_are_told_in_words_that_fit_and_data_by_their_names() {
    let world = World::new();
    let lint = |name: &str| {
        let policy = format!("{}/tests/lint/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        world.run(&["policy"], &format!("$policy lint {policy} >/dev/null")).err
    };
    assert!(lint("place-listed-twice").ends_with(": 1 finding\n"));
    let asked = "dependence policy.toml --as-of 2024-12-01 --subjects subjects.ndjson $records";
    let ended = world.run(&["policy"], &format!("$policy {asked}"));
    let over = "over the subjects of subjects.ndjson and the records of records.ndjson\n";
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), over));
    let ended = world.run(&["policy"], "$policy dependence policy.toml --as-of 2024-12-01");
    assert!(ended.err.contains("examples/sample/subjects.ndjson"), "{}", ended.err);
}

#[test]
fn every_command_prints_its_completions_and_its_man_page() {
    let world = World::new();
    for command in ["filter", "policy", "train_run", "audit", "billion"] {
        let of = |form: &str| world.run(&[command], &format!("${command} --generate {form}"));
        let completions = of("bash");
        assert_eq!(completions.code, Some(0), "{}", completions.err);
        assert!(completions.out.starts_with(&format!("_{command}() {{")), "{}", completions.out);
        let page = of("man");
        assert_eq!(page.code, Some(0), "{}", page.err);
        assert!(page.out.contains(&format!(".TH {command} ")), "{}", page.out);
        let unknown = of("cobol");
        assert_eq!(unknown.code, Some(2));
        assert!(unknown.err.starts_with(&format!("{command}: --generate: `cobol`: give `bash`")));
    }
}
