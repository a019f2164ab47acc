//! Positions in a TOML text: the line of a key, and the key at an offset.

use std::cmp::Reverse;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::values::error::ReadError;

/// A key or a value of a TOML document, with its byte range.
struct Node {
    path: String,
    span: Range<usize>,
    is_table: bool,
}

/// Converts an error of the TOML parser, adding the line and the path of the key.
pub(super) fn toml_error(text: &str, error: &toml::de::Error) -> ReadError {
    let mut problem = error.message().replace('\n', ", ");
    // The parser presents a native TOML date as a map.
    if problem.starts_with("invalid type: map, expected a timestamp") {
        problem = "a timestamp is a text, RFC 3339 or a bare date; write it in quotes, as in `\"2024-09-20\"`".into();
    }
    if let Some(key) =
        problem.starts_with("duplicate key").then(|| error.span().and_then(|span| text.get(span)))
    {
        problem = format!("duplicate key `{}`; give it once", key.unwrap_or_default());
    }
    let mut result = ReadError::new(&problem);
    if text.trim().is_empty() {
        return ReadError::new(
            "the file is empty; a policy needs `platform`, `purpose`, `revisions`",
        );
    }
    let Some(span) = error.span() else { return result };
    result = result.at_line(line_of(text, span.start));
    // A missing key has no position of its own; the error names its table's.
    let missing = problem.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let around = nodes(text)
        .into_iter()
        .filter(|node| node.span.start <= span.start && span.end <= node.span.end)
        .filter(|node| missing.is_none() || node.is_table)
        // A list of one table spans the same bytes as the table; the longer path belongs to the
        // table.
        .min_by_key(|node| (node.span.len(), Reverse(node.path.len())));
    match (around.map(|node| node.path), missing) {
        (Some(path), Some(key)) => result.at_field(format!("{path}.{key}")),
        (Some(path), None) => result.at_field(path),
        (None, Some(key)) => result.at_field(key),
        (None, None) => result,
    }
}

/// Adds the line of an error's field to the error.
pub(super) fn line(text: &str, error: ReadError) -> ReadError {
    let Some(mut field) = error.field().map(str::to_owned) else { return error };
    let nodes = nodes(text);
    // If the key itself is missing, its closest enclosing table gives the line.
    loop {
        if let Some(node) = nodes.iter().find(|node| node.path == field) {
            return error.at_line(line_of(text, node.span.start));
        }
        let Some(end) = field.rfind(['.', '[']) else { return error };
        field.truncate(end);
    }
}

/// Returns the line of a byte offset, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count().saturating_add(1)
}

/// Returns every key and value of a document; nothing if the text is not TOML.
fn nodes(text: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    if let Ok(document) = DeTable::parse(text) {
        add_table(document.get_ref(), "", &mut nodes);
    }
    nodes
}

fn add_table(table: &DeTable<'_>, path: &str, nodes: &mut Vec<Node>) {
    for (key, value) in table {
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", key.get_ref());
        nodes.push(Node { path: path.clone(), span: key.span(), is_table: false });
        add_value(value, &path, nodes);
    }
}

fn add_value(value: &Spanned<DeValue<'_>>, path: &str, nodes: &mut Vec<Node>) {
    let table = value.get_ref().as_table();
    nodes.push(Node { path: path.to_owned(), span: value.span(), is_table: table.is_some() });
    if let Some(table) = table {
        add_table(table, path, nodes);
    }
    for (i, item) in value.get_ref().as_array().into_iter().flatten().enumerate() {
        add_value(item, &format!("{path}[{i}]"), nodes);
    }
}
