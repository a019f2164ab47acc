//! Tables in Markdown, and the numbers in them.

use std::fmt::Write;

/// A table with a heading.
pub struct Table {
    title: String,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: String, columns: &[&'static str]) -> Self {
        Self { title, columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn push(&mut self, row: Vec<String>) {
        assert_eq!(row.len(), self.columns.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// The first column is of words, and so is one of how it is done; the others are of numbers.
    pub fn to_markdown(&self) -> String {
        let mut text = format!("{}\n\n| {} |\n|", self.title, self.columns.join(" | "));
        for (place, column) in self.columns.iter().enumerate() {
            let words = place == 0 || *column == "how";
            text.push_str(if words { " --- |" } else { " ---: |" });
        }
        for row in &self.rows {
            write!(text, "\n| {} |", row.join(" | ")).expect("a string takes all");
        }
        text.push('\n');
        text
    }
}

/// A number with about three digits that count.
pub fn short(number: f64) -> String {
    let decimals = match number {
        n if n < 0.1 => 4,
        n if n < 1.0 => 3,
        n if n < 10.0 => 2,
        n if n < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{number:.decimals$}");
    let (whole, rest) = text.split_once('.').map_or((&*text, None), |(w, r)| (w, Some(r)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

/// The median of the ratios of times that were taken in the same rounds.
pub fn ratio(times: &[f64], others: &[f64]) -> f64 {
    median(times.iter().zip(others).map(|(time, other)| time / other).collect())
}

/// The median of some times or ratios.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    }
}
