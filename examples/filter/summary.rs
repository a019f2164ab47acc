//! Counts of verdicts and grounds, and the table of them.

use std::collections::BTreeMap;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use may_train::{Ground, Grounds, Verdict};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// How many records came to which verdict, and on which grounds.
#[derive(Default)]
pub struct Summary {
    records: u64,
    verdicts: BTreeMap<Verdict, u64>,
    grounds: BTreeMap<Ground, u64>,
}

impl Summary {
    pub fn add(&mut self, grounds: Grounds) {
        self.records += 1;
        *self.verdicts.entry(grounds.verdict()).or_default() += 1;
        for ground in grounds.iter() {
            *self.grounds.entry(ground).or_default() += 1;
        }
    }

    fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or(0)
    }

    /// A table for people. A record may have several grounds, so their shares may exceed 100 %.
    pub fn table(&self, title: &str, subjects: usize) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(["", "records", "share"]);
        table.add_row(self.row("all records", self.records));
        for verdict in Verdict::ALL {
            table.add_row(self.row(verdict.as_str(), self.verdict(*verdict)));
        }
        for (ground, count) in &self.grounds {
            table.add_row(self.row(&format!("  {ground}"), *count));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!("{title}, {} subjects\n{table}", grouped(subjects as u64))
    }

    fn row(&self, name: &str, count: u64) -> [String; 3] {
        #[allow(
            clippy::cast_precision_loss,
            reason = "a share is rounded to a tenth of a per cent"
        )]
        let share = 100.0 * count as f64 / self.records.max(1) as f64;
        [name.to_owned(), grouped(count), format!("{share:.1} %")]
    }
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("records", &self.records)?;
        for verdict in Verdict::ALL {
            map.serialize_entry(verdict.as_str(), &self.verdict(*verdict))?;
        }
        let grounds: BTreeMap<&str, u64> =
            self.grounds.iter().map(|(ground, count)| (ground.as_str(), *count)).collect();
        map.serialize_entry("grounds", &grounds)?;
        map.end()
    }
}
