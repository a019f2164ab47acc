//! Tables of text for a terminal.

use std::fmt::{self, Display, Formatter};

/// The most characters in one line of a cell. A longer word is not broken.
const WIDEST: usize = 40;

const GAP: &str = "  ";

/// A table of rows, with each column as wide as its longest line, one space from the left.
///
/// A long cell takes several lines.
pub struct Table {
    rows: Vec<Vec<String>>,
    words: usize,
}

impl Table {
    /// Returns a table without rows. The first `words` columns are aligned to the left; the others
    /// hold numbers and are aligned to the right.
    pub fn new(words: usize) -> Self {
        Self { rows: Vec::new(), words }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut widths: Vec<usize> = Vec::new();
        let mut written: Vec<Vec<String>> = Vec::new();
        for row in &self.rows {
            let cells: Vec<Vec<String>> = row.iter().map(|cell| lines(cell)).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let line = cells.iter().map(|cell| cell.get(line).cloned().unwrap_or_default());
                written.push(line.collect());
            }
        }
        for line in &written {
            widths.resize(widths.len().max(line.len()), 0);
            for (width, text) in widths.iter_mut().zip(line) {
                *width = (*width).max(text.chars().count());
            }
        }
        for (i, line) in written.iter().enumerate() {
            let aligned = line.iter().zip(&widths).enumerate().map(|(column, (text, &width))| {
                if column < self.words {
                    format!("{text:<width$}")
                } else {
                    format!("{text:>width$}")
                }
            });
            let aligned = aligned.collect::<Vec<_>>().join(GAP);
            let end = if i == 0 { "" } else { "\n" };
            write!(f, "{end} {}", aligned.trim_end())?;
        }
        Ok(())
    }
}

/// Returns the lines of a cell, broken between words if the cell is too long for one line.
fn lines(cell: &str) -> Vec<String> {
    if cell.chars().count() <= WIDEST {
        return vec![cell.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in cell.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDEST => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}
