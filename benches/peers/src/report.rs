//! The place in a file where the tables go.

use std::fs;
use std::path::Path;

const START: &str = "<!-- peers -->";
const END: &str = "<!-- end of peers -->";

/// Puts a text between the two markers of a file.
pub fn write_into(path: &Path, text: &str) -> Result<(), String> {
    let file = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let markers = || format!("{}: write `{START}` and `{END}` where it goes", path.display());
    let (before, rest) = file.split_once(START).ok_or_else(markers)?;
    let (_, after) = rest.split_once(END).ok_or_else(markers)?;
    let file = format!("{before}{START}\n\n{text}\n{END}{after}");
    fs::write(path, file).map_err(|error| format!("{}: {error}", path.display()))
}
