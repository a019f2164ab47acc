//! The crate's own source, read as code: without comments, tests and what stands in quotes.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path under `src`, and its code without comments, tests and what stands in
/// quotes.
pub struct Source {
    pub path: String,
    pub code: String,
}

impl Source {
    /// The path of the module, such as `policy::rule`; empty for the root itself.
    pub fn module(&self) -> String {
        let module = self.path.trim_end_matches(".rs").replace('/', "::");
        if module == "lib" { String::new() } else { module }
    }
}

pub fn sources() -> Vec<Source> {
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
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

// ---- Reading code ----

/// The code without comments and without what stands in quotes; its lines stay.
pub fn plain_code(text: &str) -> String {
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
pub fn without_tests(code: &str) -> String {
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
pub fn braced(text: &str) -> &str {
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
