//! What the answers on all records come to.

use std::collections::BTreeMap;

use may_train::{Ground, Grounds};

/// How often each set of grounds was given, and the sum of the numbers of the rows it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers(pub BTreeMap<Grounds, (u64, u64)>);

impl Answers {
    /// The answers for the first rows.
    pub fn of(grounds: &[Grounds]) -> Self {
        let mut sums = vec![(0, 0); 1 << Ground::ALL.len()];
        for (row, grounds) in (0_u64..).zip(grounds) {
            let (count, rows): &mut (u64, u64) =
                &mut sums[usize::try_from(grounds.bits()).expect("a place")];
            *count += 1;
            *rows = rows.wrapping_add(row);
        }
        let all = (0..).map(Grounds::from_bits);
        Self(all.zip(sums).filter(|(_, (count, _))| *count > 0).collect())
    }
}
