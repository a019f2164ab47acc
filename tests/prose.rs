//! The prose of the crate: words that no comment uses, and how files and functions are described.

use std::fs;
use std::path::Path;

/// Files and folders under `src` whose prose is checked.
const CHECKED: &[&str] = &[
    "lib.rs",
    "values.rs",
    "values",
    "people.rs",
    "people",
    "decision.rs",
    "decision",
    "policy.rs",
    "policy",
    "guide.rs",
    "guide/opting_out.rs",
    "guide/keeping_evidence.rs",
    "guide/lake.md",
    "guide/service.md",
    "guide/writing_a_policy.md",
    "guide/policy_errors.md",
    "ledger.rs",
    "ledger",
    "arrow.rs",
    "arrow",
    "datafusion.rs",
    "datafusion",
    "bulk.rs",
    "bulk",
    "review.rs",
    "review",
    "ndjson.rs",
    "signals.rs",
    "signals",
    "guide/signals.md",
    "strategies.rs",
];

/// Words and phrases that slow a reader down.
const FORBIDDEN: &[&str] = &[
    "whoever",
    "of whom",
    "on end",
    "nothing where",
    "none where",
    "none if",
    "so many",
    "comes to",
    "come to",
    "is looked at",
    "are looked at",
    "that of",
];

/// The words with which the description of a function may begin.
const VERBS: &[&str] = &[
    "Adds", "Appends", "Applies", "Asks", "Binds", "Builds", "Calls", "Changes", "Checks",
    "Collects", "Compares", "Converts", "Counts", "Creates", "Decides", "Draws", "Ends",
    "Explains", "Finds", "Freezes", "Groups", "Moves", "Names", "Packs", "Parses", "Passes",
    "Prints", "Reads", "Rebuilds", "Records", "Refuses", "Removes", "Replaces", "Reserves",
    "Resolves", "Returns", "Samples", "Stores", "Weighs", "Writes",
];

/// A run of comment lines, with the line of code that follows it and its attributes.
#[derive(Debug)]
struct Comment {
    line: usize,
    is_doc: bool,
    text: String,
    item: String,
}

/// Returns the text of a line that is a comment, and whether it is documentation of an item.
fn comment(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start();
    let docs = line.strip_prefix("///").map(|text| (text.trim(), true));
    docs.or_else(|| Some((line.strip_prefix("//")?.trim_start_matches('!').trim(), false)))
}

/// Returns the comments of a source file. Attributes do not interrupt a comment.
fn comments(source: &str) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut in_attribute = false;
    for (number, line) in (1..).zip(source.lines()) {
        let open = comments.last_mut().filter(|last| last.item.is_empty());
        if let Some((text, is_doc)) = comment(line) {
            if let Some(last) = open.filter(|last| last.is_doc == is_doc) {
                last.text.push(' ');
                last.text.push_str(text);
            } else {
                let text = text.to_owned();
                comments.push(Comment { line: number, is_doc, text, item: String::new() });
            }
        } else if in_attribute || line.trim_start().starts_with("#[") {
            in_attribute = !line.ends_with(']');
        } else if let Some(last) = open {
            // An empty line is an item, too: it ends the comment.
            last.item = format!("{} ", line.trim());
        }
    }
    comments
}

/// Returns the first forbidden phrase of a text.
fn forbidden(text: &str) -> Option<&'static str> {
    // A backtick belongs to the word: `None` is not a none.
    let word = |c: char| c.is_alphanumeric() || "-_`".contains(c);
    let words: Vec<String> = text
        .split(|c: char| !word(c))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let words = format!(" {} ", words.join(" "));
    FORBIDDEN.iter().copied().find(|phrase| words.contains(&format!(" {phrase} ")))
}

/// Checks whether a line of code begins a function.
fn is_function(item: &str) -> bool {
    // The bracket of `pub(crate)` is not the one of the arguments.
    let item =
        item.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")).map_or(item, |p| p.1);
    let item = item.split('(').next().unwrap_or(item);
    item.split_whitespace().any(|word| word == "fn")
        && !item.split_whitespace().any(|word| word == "=")
}

/// Returns what is wrong with the prose of a Rust file.
fn problems(source: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !source.starts_with("//!") && !source.starts_with("#![doc") {
        problems.push("line 1: say what the file holds".to_owned());
    }
    for comment in comments(source) {
        let line = comment.line;
        if let Some(phrase) = forbidden(&comment.text) {
            problems.push(format!("line {line}: `{phrase}`; write plain English"));
        }
        let first = comment.text.split_whitespace().next().unwrap_or_default();
        if comment.is_doc && is_function(&comment.item) && !VERBS.contains(&first) {
            problems.push(format!("line {line}: `{first}`; begin with a verb, as in `Returns`"));
        }
    }
    problems
}

/// Checks whether a path names a Markdown file.
fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// Returns the path and the text of each file of a folder, or of the file itself.
fn files(path: &Path) -> Vec<(String, String)> {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder");
        return entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect();
    }
    let is_prose = is_markdown(path) || path.extension().is_some_and(|extension| extension == "rs");
    let text = || fs::read_to_string(path).expect("a file of prose");
    is_prose.then(|| (path.display().to_string(), text())).into_iter().collect()
}

#[test]
fn the_prose_is_plain() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in CHECKED {
        let files = files(&src.join(path));
        assert!(!files.is_empty(), "{path} holds no prose");
        for (path, text) in files {
            if is_markdown(Path::new(&path)) {
                let lines = (1..).zip(text.split("\n\n"));
                found.extend(lines.filter_map(|(number, paragraph)| {
                    let phrase = forbidden(paragraph)?;
                    Some(format!("{path}: paragraph {number}: `{phrase}`; write plain English"))
                }));
            } else {
                found.extend(
                    problems(&text).into_iter().map(|problem| format!("{path}: {problem}")),
                );
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn bad_prose_is_found() {
    let source = "//! A file.\n\n\
        /// The name.\n#[allow(\n    a,\n)]\npub fn name() {}\n\n\
        /// Returns the place; nothing\n/// where it is unknown.\npub const fn place() {}\n\n\
        /// The size.\npub(crate) fn size() {}\n\n\
        /// The type of a callback.\ntype F = fn();\n\n\
        /// Returns the age, `None` if it is unknown.\n#[doc = \"\"]\n/// # Errors\nfn age() {}\n\n\
        fn g() {\n    // Whoever asks.\n}\n";
    assert_eq!(
        problems(source),
        [
            "line 3: `The`; begin with a verb, as in `Returns`",
            "line 9: `nothing where`; write plain English",
            "line 13: `The`; begin with a verb, as in `Returns`",
            "line 25: `whoever`; write plain English",
        ]
    );
    assert_eq!(problems("fn f() {}\n"), ["line 1: say what the file holds"]);
    assert_eq!(forbidden("at the weekend, none is left"), None);
}
