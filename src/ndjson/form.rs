//! What a file is that is no NDJSON, or NDJSON of something else.

use serde_json::Value;

use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::values::error::ReadError;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How other files begin, and what to do with them.
const SIGNATURES: [(&[u8], &str); 7] = [
    (b"\x1f\x8b", "packed by gzip; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard; unpack it first"),
    (b"PAR1", "Parquet, and not NDJSON; give one JSON object a line"),
    (b"\xff\xfe", "UTF-16; write UTF-8"),
    (b"\xfe\xff", "UTF-16; write UTF-8"),
    (b"{\0", "UTF-16; write UTF-8"),
    (b"\0{", "UTF-16; write UTF-8"),
];

/// Keys that subjects alone have.
const OF_SUBJECTS: [&str; 7] =
    ["born", "residence", "audience", "choices", "erased_at", "erased_recorded", "erasures"];

/// How many characters of a problem are told.
pub(super) const LONGEST_PROBLEM: usize = 600;

/// How many characters of a field's path are told.
pub(super) const LONGEST_FIELD: usize = 100;

/// Returns what the file is whose first line this is; `None` where it may be NDJSON.
pub(super) fn signed(line: &[u8]) -> Option<&'static str> {
    SIGNATURES.iter().find(|(start, _)| line.starts_with(start)).map(|(_, found)| *found)
}

/// Returns what the file is whose first line this is, which could not be read; `None` where only the
/// line itself is wrong.
pub(super) fn found(line: &str) -> Option<ReadError> {
    let line = line.trim();
    let within = line.strip_prefix('[').map(str::trim_start);
    let problem = if within.is_some_and(|within| within.is_empty() || within.starts_with('{')) {
        "a JSON array; write one JSON object a line, as `jq -c '.[]'` does"
    } else if line == "{" {
        "an object over several lines; write each on one line, as `jq -c .` does"
    } else if !line.starts_with(['{', '[']) && line.contains([',', ';', '\t']) {
        "not JSON, at column 1: it looks like CSV; give one JSON object a line"
    } else if serde_json::from_str::<Record>(line).is_ok() {
        "a record, which is not what is read here; were subjects and records swapped?"
    } else if is_subject(line) {
        "a subject, which is not what is read here; were subjects and records swapped?"
    } else {
        return None;
    };
    Some(ReadError::new(problem))
}

/// A subject may have no more than an id, which a broken record has, too.
fn is_subject(line: &str) -> bool {
    let value = serde_json::from_str::<Value>(line).unwrap_or_default();
    OF_SUBJECTS.iter().any(|key| value.get(key).is_some())
        && serde_json::from_str::<Subject>(line).is_ok()
}

/// The error of a file without any subject.
pub(super) fn empty() -> ReadError {
    ReadError::new("the file is empty; give one JSON object a line")
}

/// Returns a problem or a path without its control characters, and without the middle of one that
/// repeats a long text.
pub(super) fn told(problem: &str, longest: usize) -> String {
    let escape = |c: char| {
        let escaped = c.is_control().then(|| c.escape_default());
        escaped.into_iter().flatten().chain((!c.is_control()).then_some(c))
    };
    if problem.chars().nth(longest).is_none() {
        return problem.chars().flat_map(escape).collect();
    }
    let half = longest / 2;
    let end = problem.char_indices().rev().nth(half).map_or(0, |(start, _)| start);
    let (start, end) = (problem.chars().take(half), problem.get(end..).unwrap_or_default());
    start.chain(['…']).chain(end.chars()).flat_map(escape).collect()
}
