//! The floors: which module may know which, and what no module may name.
//!
//! A new module, or a new edge between two, is entered in the table below: on purpose, or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every module, from the bottom up, with the modules that it knows: only ones above it in this
/// list, which are below it in the house. ARCHITECTURE.md draws the same floors.
const FLOORS: &str = "
# How values are written and refused.
error:
object:
text: error

# Instants, names, words, places.
time: error text
id: text
kind: text
place: error text

# What was true when.
timeline: time
log: time timeline

# The grounds, and the table that decides.
ground: text
regime: ground text

# Where.
region: place time
gazetteer: place region time

# Who, and what of theirs.
choice: kind log regime text time
restriction: id object time
subject: choice error id kind log object place restriction time
record: error ground id kind object restriction time

# What a platform says.
policy: error gazetteer id kind object place regime region text time

# The version of the meaning; short names for all that decides.
semantics:
digest: choice error log policy record region restriction semantics subject text time

# What is sampled and when, what a decision rests on, whom it knows.
facts: choice kind log place policy subject time
evidence: choice id kind log place policy record restriction subject time
registry: digest id subject

# The one definition of the decision; the reasons; the answer; the question.
case: evidence facts ground id log policy record regime registry restriction subject time
explain: case choice evidence ground id policy regime registry subject time
decision: case explain ground policy record time
view: case decision explain policy record registry subject time

# The decision at every cut-off; what would have to differ; who is whom.
turns: log policy record region restriction subject time
eligibility: decision policy record time timeline turns view
why_not: choice decision evidence explain ground id text time
identity: id log record time

# What may enter a training set, what took place, what is said of it.
past: choice decision digest error evidence explain gazetteer ground id kind log object place policy record registry restriction semantics subject text time turns view

# A platform's whole membership: columns in, grounds out; every answer is a decision's.
bulk: choice facts ground id kind log place policy record regime region registry restriction subject text time timeline turns view

# What judges a policy, by asking for decisions.
review: choice evidence explain ground id kind log place policy record regime region registry restriction subject text time timeline

# What a platform says that was probably not meant; pages for people.
lint: gazetteer id kind place policy regime region text time
guide:
opting_out:

# What reads files, and what draws values by lot.
ndjson: bulk error id policy registry subject time
arrow: bulk choice error ground id kind log policy registry restriction semantics subject time
strategies: choice id kind log object place policy record regime region registry restriction subject time
";

/// The crates that one file alone may name.
const NAMED_ONCE: [(&str, &str); 2] = [("chrono", "time.rs"), ("isocountry", "place.rs")];

/// What a pure library does not touch: modules of `std`, and the ways to read a clock.
const NO_MODULES: [&str; 5] = ["env", "fs", "net", "process", "thread"];
const NO_CLOCKS: [&str; 4] = ["SystemTime", "Instant::now", "Utc::now", "Local::now"];

const LONGEST_FILE: usize = 450;

/// A source file: its path under `src`, and its code without comments, tests and what stands in
/// quotes.
struct Source {
    path: String,
    code: String,
}

impl Source {
    /// The module under the root that the file belongs to; none for the root itself.
    fn module(&self) -> Option<&str> {
        let first = self.path.split('/').next().unwrap_or_default();
        Some(first.trim_end_matches(".rs")).filter(|module| *module != "lib")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: Vec<Source> = files(&root)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            let path =
                path.strip_prefix(&root).expect("in src").to_string_lossy().replace('\\', "/");
            Source { path, code: without_tests(&plain_code(&text)) }
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > floors().len(), "the sources were not found");
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

// ---- Reading code ----

/// The code without comments and without what stands in quotes; its lines stay.
fn plain_code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kept, length) = token(rest, first);
        code.push_str(kept);
        code.extend(rest[..length].chars().filter(|c| *c == '\n' && kept != "\n"));
        rest = &rest[length..];
    }
    code
}

/// What to keep of the next token, and how long it is.
fn token(rest: &str, first: char) -> (&str, usize) {
    let until = |end: &str, from: usize| {
        rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len())
    };
    let hashes = |prefix: &str| {
        let after = rest.strip_prefix(prefix)?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        after[hashes..].starts_with('"').then(|| (prefix.len() + hashes + 1, "#".repeat(hashes)))
    };
    if rest.starts_with("//") {
        return ("", rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return ("", until("*/", 2));
    }
    if let Some((start, hashes)) = hashes("br").or_else(|| hashes("r")) {
        return ("\"\"", until(&format!("\"{hashes}"), start));
    }
    if first == '"' {
        return ("\"\"", quoted(rest, '"'));
    }
    // A character, and not a lifetime.
    let mut after = rest.chars().skip(1);
    if first == '\'' && (after.next() == Some('\\') || after.next() == Some('\'')) {
        return ("' '", quoted(rest, '\''));
    }
    // A whole word, so that a raw string is not taken to begin in the middle of one.
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let length = word.max(first.len_utf8());
    (&rest[..length], length)
}

/// The length of what stands in quotes, with escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        if c == '\\' {
            characters.next();
        } else if c == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// The code without modules of tests.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..start]);
        let body = start + rest[start..].find('{').expect("a module of tests");
        rest = &rest[body + braced(&rest[body..]).len()..];
    }
    kept + rest
}

/// The text from an opening brace to the one that closes it.
fn braced(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return &text[..=at],
            '}' => depth -= 1,
            _ => {}
        }
    }
    panic!("a brace is not closed");
}

/// The names that follow a root in the paths of the code: `b` and `c` in `a::b::d` and `a::{c}`.
fn names_after(code: &str, root: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let first_word = |text: &str| text.trim_start().split(|c| !word(c)).next().map(str::to_owned);
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices(&format!("{root}::")) {
        if code[..at].ends_with(word) || code[..at].ends_with("::") {
            continue;
        }
        let rest = code[at + found.len()..].trim_start();
        if rest.starts_with('{') {
            let mut depth = 0_usize;
            let group = braced(rest);
            let parts = group[1..group.len() - 1].split(|c| {
                depth = depth + usize::from(c == '{') - usize::from(c == '}');
                c == ',' && depth == 0
            });
            names.extend(parts.filter_map(first_word).filter(|name| !name.is_empty()));
        } else {
            names.extend(first_word(rest));
        }
    }
    names
}

/// Whether the code has the word, or the words joined by `::`.
fn has_word(code: &str, wanted: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(wanted)
        .any(|(at, _)| !code[..at].ends_with(word) && !code[at + wanted.len()..].starts_with(word))
}

/// The modules of the crate, and from which of them the root hands on each name.
fn root() -> (BTreeSet<String>, BTreeMap<String, String>) {
    let sources = sources();
    let root = &sources.iter().find(|source| source.path == "lib.rs").expect("the root").code;
    let modules: BTreeSet<String> = root
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect();
    let handed_on = modules
        .iter()
        .flat_map(|module| names_after(root, module).into_iter().map(|name| (name, module.clone())))
        .collect();
    (modules, handed_on)
}

/// The modules that each module knows.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let (modules, handed_on) = root();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        let Some(module) = source.module() else { continue };
        let names = names_after(&source.code, "crate").into_iter().chain(
            // A file directly under the root has the root above it.
            Some(names_after(&source.code, "super"))
                .filter(|_| !source.path.contains('/'))
                .into_iter()
                .flatten(),
        );
        assert!(!source.code.contains("super::super"), "{}: write `crate::`", source.path);
        let known = edges.entry(module.to_owned()).or_default();
        for name in names {
            let other = match handed_on.get(&name) {
                _ if modules.contains(&name) => name,
                Some(module) => module.clone(),
                None => panic!("{}: `crate::{name}` is nowhere", source.path),
            };
            if other != module {
                known.insert(other);
            }
        }
    }
    edges
}

// ---- The floors ----

/// The modules of the table in its order, each with those that it knows.
fn floors() -> Vec<(&'static str, BTreeSet<String>)> {
    FLOORS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (module, known) = line.split_once(':').expect("a module of the table");
            (module, known.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn every_module_knows_what_the_table_says_and_no_more() {
    let mut edges = edges();
    for (module, allowed) in floors() {
        let known = edges.remove(module).unwrap_or_else(|| panic!("there is no `{module}`"));
        let new: Vec<_> = known.difference(&allowed).collect();
        assert!(new.is_empty(), "`{module}` may not know {new:?}");
        let gone: Vec<_> = allowed.difference(&known).collect();
        assert!(gone.is_empty(), "`{module}` no longer knows {gone:?}: take it out of the table");
    }
    assert!(edges.is_empty(), "enter in the table: {:?}", edges.keys());
}

#[test]
fn no_floor_knows_a_higher_one() {
    let mut below = BTreeSet::new();
    for (module, known) in floors() {
        let higher: Vec<_> = known.iter().filter(|name| !below.contains(name.as_str())).collect();
        assert!(higher.is_empty(), "`{module}` knows {higher:?}");
        assert!(below.insert(module), "`{module}` is twice in the table");
    }
}

#[test]
fn every_file_is_in_a_module_of_the_root() {
    let (modules, _) = root();
    for source in sources() {
        if let Some(module) = source.module() {
            assert!(modules.contains(module), "{}: nobody names it", source.path);
        }
    }
    assert_eq!(modules.len(), floors().len());
}

#[test]
fn the_architecture_draws_every_module() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(path).expect("the architecture");
    let (_, section) = text.split_once("## The floors").expect("a section");
    let drawing = section.split("```").nth(1).expect("a drawing");
    for (module, _) in floors() {
        assert!(has_word(drawing, module), "`{module}` has no floor in ARCHITECTURE.md");
    }
}

#[test]
fn one_file_names_chrono_and_one_isocountry() {
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
        let std = names_after(&source.code, "std");
        for module in NO_MODULES {
            assert!(!std.contains(module), "{}: `std::{module}`", source.path);
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
    let names: Vec<String> = names_after(&code, "crate").into_iter().collect();
    assert_eq!(names, ["a", "d", "e", "k"]);
    assert_eq!(plain_code(text).lines().count(), text.lines().count());
    assert!(has_word("use chrono::Utc;", "chrono"));
    assert!(!has_word("to_chrono()", "chrono"));
}
