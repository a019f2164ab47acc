//! Answers: the grounds of a record as a mask, and what the answers of all come to.

use std::collections::BTreeMap;

use may_train::{Ground, Grounds};

/// The bit of a ground: its place in the order of declaration.
pub fn bit(ground: Ground) -> u16 {
    let place = Ground::ALL.iter().position(|other| *other == ground);
    1 << place.expect("every ground is declared")
}

/// The mask of a set of grounds.
pub fn mask(grounds: Grounds) -> u16 {
    grounds.iter().map(bit).sum()
}

/// The set of grounds of a mask.
pub fn grounds(mask: u16) -> Grounds {
    Ground::ALL.iter().copied().filter(|ground| mask & bit(*ground) != 0).collect()
}

/// How often each mask was given, and the sum of the numbers of the rows it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answers(pub BTreeMap<u16, (u64, u64)>);

impl Answers {
    /// The answers for the first rows.
    pub fn of(masks: &[u16]) -> Self {
        let mut sums = vec![(0, 0); 1 << 16];
        for (row, mask) in (0_u64..).zip(masks) {
            let (count, rows): &mut (u64, u64) = &mut sums[usize::from(*mask)];
            *count += 1;
            *rows = rows.wrapping_add(row);
        }
        let given = (0..=u16::MAX).zip(sums).filter(|(_, (count, _))| *count > 0);
        Self(given.collect())
    }
}
