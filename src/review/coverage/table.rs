//! Coverage as a table for people, and as CSV.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::{Coverage, Line};
use crate::review::class::{KindClass, Scope, list};
use crate::values::ground::Ground;
use crate::values::kind::Kind;

impl Coverage {
    /// Returns the coverage as CSV (RFC 4180, with `\n`): a header, then every line of every place.
    ///
    /// The columns are `place`, `name`, `kinds`, `audiences`, `created`, `regime`,
    /// `default_setting` (`none`, `off`, `on`), `excluded` (`yes`, `no`), `minimum_age` (whole
    /// years) and `not_used`. The last one is the ground that keeps the data out, whatever the
    /// subject chooses.
    ///
    /// ```
    /// use may_train::Policy;
    /// use may_train::review::Coverage;
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let csv = Coverage::at(&policy, "2024-09-19".parse()?).to_csv();
    /// assert!(csv.contains("\nGB,United Kingdom of Great Britain and Northern Ireland,\
    ///                       any,any,any,excluded,none,yes,,region-excluded\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = "place,name,kinds,audiences,created,regime,default_setting,excluded,\
                       minimum_age,not_used\n"
            .to_owned();
        for row in &self.rows {
            for line in &row.lines {
                let excluded = if line.is_excluded() { "yes" } else { "no" };
                let fields = [
                    row.place.to_string(),
                    row.name.to_owned(),
                    line.kinds.to_string(),
                    line.audiences.to_string(),
                    line.created.to_string(),
                    text(line.treatment.regime()),
                    line.treatment.default_setting().to_string(),
                    excluded.to_owned(),
                    text(line.treatment.minimum_age()),
                    text(line.treatment.not_used()),
                ];
                csv.push_str(&fields.map(|field| quoted(&field)).join(","));
                csv.push('\n');
            }
        }
        csv
    }
}

impl Coverage {
    /// Writes the confidence in the sources and what is not modelled; writes nothing if the policy
    /// states neither.
    fn write_evidence(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<String> = self
            .rules_of_other_confidence
            .iter()
            .map(|of| format!("rule {}: {}", of.rule, of.confidence))
            .collect();
        let revision = self.confidence.map(|confidence| confidence.to_string());
        match (revision, rules.is_empty()) {
            (Some(revision), true) => writeln!(f, "confidence: {revision}")?,
            (Some(revision), false) => {
                writeln!(f, "confidence: {revision} ({})", rules.join(", "))?;
            }
            (None, false) => writeln!(f, "confidence: not said ({})", rules.join(", "))?,
            (None, true) => {}
        }
        for said in &self.not_modelled {
            writeln!(f, "not modelled: {said}")?;
        }
        Ok(())
    }
}

fn text<T: fmt::Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Returns a value as a field of a CSV file.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.origin)?;
        self.write_evidence(f)?;
        let lines = || self.rows.iter().flat_map(|row| row.lines.iter().map(move |l| (row, l)));
        // Every line would list the kinds that are used under the most common treatment.
        let usual = usual_kinds(lines().map(|(_, line)| line));
        if let Some(usual) = &usual {
            writeln!(f, "covered kinds: {}", list(usual))?;
        }
        let header = ["place", "name", "regime", "default", "kinds", "audience", "created", "age"];
        let mut table = vec![header.map(str::to_owned)];
        for (row, line) in lines() {
            if line.treatment.not_used() == Some(Ground::KindNotCovered) {
                continue;
            }
            table.push([
                row.place.to_string(),
                row.name.to_owned(),
                line.treatment.regime().map_or_else(
                    || text(line.treatment.not_used()),
                    |regime| match line.treatment.not_used() {
                        Some(ground) if !line.is_excluded() => format!("{regime} ({ground})"),
                        Some(_) | None => regime.to_string(),
                    },
                ),
                line.treatment.default_setting().to_string(),
                kinds_in_short(&line.kinds, usual.as_deref()),
                line.audiences.to_string(),
                line.created.to_string(),
                line.treatment.minimum_age().map_or("any".to_owned(), |age| format!("{age}+")),
            ]);
        }
        write_table(f, &table)
    }
}

/// Returns the kinds that some line uses; `None` if there are none, or a line uses every kind.
fn usual_kinds<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<Vec<Kind>> {
    let mut used = BTreeSet::new();
    for line in lines.filter(|line| line.treatment.is_used()) {
        match &line.kinds {
            Scope::Any => return None,
            Scope::Only(kinds) => used.extend(kinds.iter().filter_map(|kind| match kind {
                KindClass::Named(kind) => Some(kind.clone()),
                KindClass::Other => None,
            })),
        }
    }
    Some(used.into_iter().collect::<Vec<_>>()).filter(|used| !used.is_empty())
}

fn kinds_in_short(kinds: &Scope<KindClass>, covered: Option<&[Kind]>) -> String {
    let is_covered = |kind: &KindClass| match kind {
        KindClass::Named(kind) => covered.is_some_and(|covered| covered.contains(kind)),
        KindClass::Other => false,
    };
    match kinds {
        Scope::Only(kinds)
            if covered.is_some_and(|c| c.len() == kinds.len()) && kinds.iter().all(is_covered) =>
        {
            "covered".to_owned()
        }
        Scope::Any | Scope::Only(_) => kinds.to_string(),
    }
}

/// Writes the columns, each as wide as its widest cell. Columns in which every cell says `any` are
/// left out.
fn write_table<const N: usize>(f: &mut fmt::Formatter<'_>, table: &[[String; N]]) -> fmt::Result {
    let column = |n: usize| table.iter().filter_map(move |row| row.get(n));
    let widths: Vec<Option<usize>> = (0..N)
        .map(|n| {
            let silent = column(n).skip(1).all(|cell| cell == "any");
            let width = column(n).map(|cell| cell.chars().count()).max().unwrap_or(0);
            (!silent).then_some(width)
        })
        .collect();
    for row in table {
        let mut text = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            if let Some(width) = width {
                write!(text, "{cell:width$}  ")?;
            }
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}
