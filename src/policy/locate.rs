//! Where in a TOML text a key stands, and which key stands at a place of it.

use std::cmp::Reverse;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::values::error::ReadError;

/// A key or a value of a document.
struct Node {
    path: String,
    span: Range<usize>,
    is_table: bool,
}

/// The error of a TOML text that is not TOML, or not of the right shape.
pub(super) fn toml_error(text: &str, error: &toml::de::Error) -> ReadError {
    let mut problem = error.message().replace('\n', ", ");
    // TOML has dates of its own, which come as a map.
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
    // A key that is missing stands nowhere: its table does.
    let missing = problem.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let around = nodes(text)
        .into_iter()
        .filter(|node| node.span.start <= span.start && span.end <= node.span.end)
        .filter(|node| missing.is_none() || node.is_table)
        // A list of one table spans what its table does: the longer path is the table's.
        .min_by_key(|node| (node.span.len(), Reverse(node.path.len())));
    match (around.map(|node| node.path), missing) {
        (Some(path), Some(key)) => result.at_field(format!("{path}.{key}")),
        (Some(path), None) => result.at_field(path),
        (None, Some(key)) => result.at_field(key),
        (None, None) => result,
    }
}

/// The error with the line of its field.
pub(super) fn line(text: &str, error: ReadError) -> ReadError {
    let Some(mut field) = error.field().map(str::to_owned) else { return error };
    let nodes = nodes(text);
    // The closest that is there: a missing key is looked for at its table.
    loop {
        if let Some(node) = nodes.iter().find(|node| node.path == field) {
            return error.at_line(line_of(text, node.span.start));
        }
        let Some(end) = field.rfind(['.', '[']) else { return error };
        field.truncate(end);
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).matches('\n').count().saturating_add(1)
}

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
