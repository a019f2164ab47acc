//! The table of counts, for people.

use may_train::bulk::Counts;
use may_train::{Ground, Policy, Timestamp, Verdict};

use super::text_table::Table;

/// Returns the title: the question, and the number of subjects.
pub fn title(policy: &Policy, revision: &str, as_of: Timestamp, subjects: usize) -> String {
    let (platform, subjects) = (policy.platform(), grouped(subjects as u64));
    format!("{platform}, {revision}, as of {as_of}, {subjects} subjects")
}

/// Returns the table. A record may have several grounds, so their shares may add up to more than
/// 100 %.
pub fn table(counts: &Counts) -> Table {
    let mut table = Table::new(1);
    table.push(["", "records", "share"]);
    let row = |name: &str, count: u64| row(name, count, counts.records());
    table.push(row("all records", counts.records()));
    for verdict in Verdict::ALL {
        table.push(row(verdict.as_str(), counts.of(*verdict)));
    }
    for ground in Ground::ALL {
        let count = counts.against(*ground);
        if count > 0 {
            table.push(row(&format!("  {ground}"), count));
        }
    }
    table
}

fn row(name: &str, count: u64, records: u64) -> [String; 3] {
    #[allow(clippy::cast_precision_loss, reason = "a share is rounded to a tenth of a per cent")]
    let share = 100.0 * count as f64 / records.max(1) as f64;
    [name.to_owned(), grouped(count), format!("{share:.1} %")]
}

/// Returns a number with its thousands separated.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}
