//! The floors: which folder may know which, that no circle is anywhere, and what no file may name.
//!
//! A new edge between two folders is entered in the table below: on purpose, or not at all.

mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use source::{Source, braced, plain_code, sources, without_tests};

/// Every folder (or single file) directly under `src`, from the bottom up, with those that it knows:
/// only ones above it in this list, which are below it in the house. ARCHITECTURE.md draws the same.
const FLOORS: &str = "
values:
people: values
policy: values
decision: people policy values
bulk: decision people policy values
ledger: bulk decision people policy values
review: decision people policy values
guide:
ndjson: bulk decision people policy values
arrow: bulk decision people policy values
datafusion: arrow bulk decision values
signals: people values
strategies: decision people policy values
";

/// The crates that one file alone may name.
const NAMED_ONCE: [(&str, &str); 3] =
    [("chrono", "values/time.rs"), ("isocountry", "values/place.rs"), ("uuid", "values/text.rs")];

/// What a pure library does not touch: modules of `std`, and the ways to read a clock.
const NO_MODULES: [&str; 5] = ["env", "fs", "net", "process", "thread"];
const NO_CLOCKS: [&str; 4] = ["SystemTime", "Instant::now", "Utc::now", "Local::now"];

const LONGEST_FILE: usize = 400;

/// The paths that follow a root in the code: `b::d` in `a::b::d`, `c` and `e::f` in `a::{c, e::f}`.
fn paths_after(code: &str, root: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut paths = BTreeSet::new();
    for (at, found) in code.match_indices(&format!("{root}::")) {
        if !code[..at].ends_with(word) && !code[..at].ends_with("::") && !code[..at].ends_with('$')
        {
            collect_paths("", &code[at + found.len()..], &mut paths);
        }
    }
    paths
}

/// Adds the paths at the beginning of the text, each after the prefix, with all that braces hold.
fn collect_paths(prefix: &str, text: &str, paths: &mut BTreeSet<String>) {
    let text = text.trim_start();
    if text.starts_with('{') {
        let mut depth = 0_usize;
        let group = braced(text);
        let parts = group[1..group.len() - 1].split(|c| {
            depth = depth + usize::from(c == '{') - usize::from(c == '}');
            c == ',' && depth == 0
        });
        for part in parts.filter(|part| !part.trim().is_empty()) {
            collect_paths(prefix, part, paths);
        }
        return;
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let path = if prefix.is_empty() {
        text[..end].to_owned()
    } else {
        format!("{prefix}::{}", &text[..end])
    };
    match text[end..].strip_prefix("::") {
        Some(rest) => collect_paths(&path, rest, paths),
        None => drop(paths.insert(path)),
    }
}

/// Whether the code has the word, or the words joined by `::`.
fn has_word(code: &str, wanted: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(wanted)
        .any(|(at, _)| !code[..at].ends_with(word) && !code[at + wanted.len()..].starts_with(word))
}

// ---- The edges ----

/// The longest beginning of a path that is a module.
fn module_of<'p>(modules: &BTreeSet<String>, path: &'p str) -> Option<&'p str> {
    let ends = path.match_indices("::").map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end]).filter(|start| modules.contains(*start)).last()
}

/// Every module with the modules that it knows.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let sources = sources();
    let modules: BTreeSet<String> = sources.iter().map(Source::module).collect();
    let mut edges = BTreeMap::new();
    for source in &sources {
        let module = source.module();
        if module.is_empty() {
            continue;
        }
        assert!(!source.code.contains("super::super"), "{}: write `crate::`", source.path);
        let folder = module.rsplit_once("::").map_or("", |(folder, _)| folder);
        let above =
            paths_after(&source.code, "super").into_iter().map(|path| format!("{folder}::{path}"));
        let children =
            modules.iter().filter_map(|other| other.strip_prefix(&format!("{module}::")));
        let children: BTreeSet<&str> =
            children.map(|c| c.split("::").next().unwrap_or(c)).collect();
        let below = children.into_iter().flat_map(|child| {
            let paths = paths_after(&source.code, child);
            paths.into_iter().map(|path| format!("{module}::{child}::{path}")).collect::<Vec<_>>()
        });
        let paths = paths_after(&source.code, "crate").into_iter().chain(above).chain(below);
        let mut known = BTreeSet::new();
        for path in paths {
            let other = module_of(&modules, path.trim_start_matches("::"));
            let other = other.unwrap_or_else(|| {
                panic!("{}: `{path}` names no module: write where the item is defined", source.path)
            });
            known.insert(other.to_owned());
        }
        known.remove(&module);
        edges.insert(module, known);
    }
    edges
}

/// Whether one of the two modules is inside the other: a room and its alcove.
fn is_alcove(one: &str, other: &str) -> bool {
    other
        .strip_prefix(one)
        .or_else(|| one.strip_prefix(other))
        .is_some_and(|rest| rest.starts_with("::"))
}

/// What the modules directly inside a folder (the root, if it is empty) know of each other.
fn inside(
    folder: &str,
    edges: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}::") };
    let child = |module: &str| {
        let rest = module.strip_prefix(&prefix)?;
        Some(rest.split("::").next().unwrap_or(rest).to_owned())
    };
    let mut inner: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, known) in edges {
        let Some(from) = child(module) else { continue };
        let others =
            known.iter().filter(|other| !is_alcove(module, other)).filter_map(|other| child(other));
        let others = others.filter(|other| *other != from).collect::<BTreeSet<_>>();
        inner.entry(from).or_default().extend(others);
    }
    inner
}

/// A circle among modules, if there is one: what is left when all that know nothing are taken away.
fn circle(mut edges: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    loop {
        let free: BTreeSet<String> = edges
            .iter()
            .filter(|(_, known)| known.is_empty())
            .map(|(module, _)| module.clone())
            .collect();
        if free.is_empty() {
            return edges
                .into_iter()
                .map(|(module, known)| format!("{module} -> {known:?}"))
                .collect();
        }
        edges.retain(|module, _| !free.contains(module));
        for known in edges.values_mut() {
            known.retain(|other| !free.contains(other));
        }
    }
}

// ---- The floors ----

/// The folders of the table in its order, each with those that it knows.
fn floors() -> Vec<(&'static str, BTreeSet<String>)> {
    FLOORS
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (folder, known) = line.split_once(':').expect("a folder of the table");
            (folder, known.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn every_folder_knows_what_the_table_says_and_no_more() {
    let mut folders = inside("", &edges());
    for (folder, allowed) in floors() {
        let known = folders.remove(folder).unwrap_or_else(|| panic!("there is no `{folder}`"));
        let new: Vec<_> = known.difference(&allowed).collect();
        assert!(new.is_empty(), "`{folder}` may not know {new:?}");
        let gone: Vec<_> = allowed.difference(&known).collect();
        assert!(gone.is_empty(), "`{folder}` no longer knows {gone:?}: take it out of the table");
    }
    assert!(folders.is_empty(), "enter in the table: {:?}", folders.keys());
}

#[test]
fn no_floor_knows_a_higher_one() {
    let mut below = BTreeSet::new();
    for (folder, known) in floors() {
        let higher: Vec<_> = known.iter().filter(|name| !below.contains(name.as_str())).collect();
        assert!(higher.is_empty(), "`{folder}` knows {higher:?}");
        assert!(below.insert(folder), "`{folder}` is twice in the table");
    }
}

#[test]
fn no_circle_is_anywhere() {
    let edges = edges();
    let mut folders: BTreeSet<String> = [String::new()].into();
    for module in edges.keys() {
        folders.extend(module.match_indices("::").map(|(at, _)| module[..at].to_owned()));
    }
    assert!(folders.len() > 10, "the folders were not found");
    for folder in folders {
        let circle = circle(inside(&folder, &edges));
        assert!(circle.is_empty(), "a circle in `{folder}`, or what leads to it: {circle:#?}");
    }
}

#[test]
fn a_circle_is_found() {
    let edge =
        |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|s| (*s).to_owned()).collect());
    let tree: BTreeMap<String, BTreeSet<String>> =
        [edge("a::x", &["b"]), edge("a::y", &["a::x"]), edge("b", &["c"]), edge("c", &["a::y"])]
            .into();
    assert_eq!(circle(inside("", &tree)).len(), 3);
    assert!(circle(inside("a", &tree)).is_empty());
    let alcove: BTreeMap<String, BTreeSet<String>> =
        [edge("a::x", &["a::x::y"]), edge("a::x::y", &["a::x"])].into();
    assert!(circle(inside("a", &alcove)).is_empty());
}

#[test]
fn the_architecture_draws_every_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(path).expect("the architecture");
    let (_, section) = text.split_once("## The floors").expect("a section");
    let drawing = section.split("```").nth(1).expect("a drawing");
    for module in edges().keys() {
        let name = module.rsplit("::").next().unwrap_or(module);
        assert!(has_word(drawing, name), "`{module}` has no place in ARCHITECTURE.md");
    }
}

#[test]
fn one_file_names_chrono_one_isocountry_and_one_uuid() {
    for (name, only) in NAMED_ONCE {
        let naming: Vec<String> = sources()
            .into_iter()
            .filter(|source| has_word(&source.code, name))
            .map(|source| source.path)
            .collect();
        assert_eq!(naming, [only], "`{name}`");
    }
}

#[test]
fn no_file_reads_a_clock_or_touches_the_world() {
    for source in sources() {
        let std = paths_after(&source.code, "std");
        for module in NO_MODULES {
            let touched = std.iter().any(|path| path.split("::").next() == Some(module));
            assert!(!touched, "{}: `std::{module}`", source.path);
        }
        for clock in NO_CLOCKS {
            assert!(!has_word(&source.code, clock), "{}: `{clock}`", source.path);
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for source in sources() {
        let lines = source.code.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(lines <= LONGEST_FILE, "{}: {lines} lines of code", source.path);
    }
}

#[test]
fn code_is_read_as_it_is() {
    let text = concat!(
        "use crate::{a::{b, c}, d}; // crate::comment\n",
        "/* crate::comment\n */ fn f<'a>(c: char) -> &'a str {\n",
        "    let quote = ['\"', '\\'', 'x'];\n",
        "    r#\"crate::raw\"#; \"crate::string \\\" crate::string\"; crate::e::f()\n}\n",
        "#[cfg(test)]\nmod tests { use crate::test; fn g() {} }\n",
        "fn h() { other_crate::i(); std::crate::j(); $crate::k!() }\n",
    );
    let code = without_tests(&plain_code(text));
    let paths: Vec<String> = paths_after(&code, "crate").into_iter().collect();
    assert_eq!(paths, ["a::b", "a::c", "d", "e::f"]);
    assert_eq!(plain_code(text).lines().count(), text.lines().count());
    assert!(has_word("use chrono::Utc;", "chrono"));
    assert!(!has_word("to_chrono()", "chrono"));
}
