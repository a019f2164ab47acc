//! A part of the subjects, told by a hash of their ids.

use std::str::FromStr;

use may_train::SubjectId;

/// One of several parts, of which each subject is in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    number: u64,
    of: u64,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let part = numbers.and_then(|(number, of)| {
            Some(Self { number: number.parse().ok()?, of: of.parse().ok()? })
        });
        part.filter(|part| (1..=part.of).contains(&part.number))
            .ok_or_else(|| "write the part and how many there are, as in 1/4".to_owned())
    }
}

impl Part {
    /// Whether the subject is in the part, on every machine: FNV-1a of the bytes of the id.
    pub fn has(self, subject: &SubjectId) -> bool {
        let hash = subject.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        // The low bits of FNV are weak.
        (hash ^ (hash >> 32)) % self.of + 1 == self.number
    }
}
