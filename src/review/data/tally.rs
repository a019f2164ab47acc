//! Tallies: counts of findings, in bounded memory.

use std::collections::BTreeMap;

use super::code::{DataFile, DataLintCode};

/// How many words of one code are counted separately. The other words are counted with the last
/// one.
const MOST_WORDS: usize = 16;

/// The count of one finding, and the line on which it was found first.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// The word that was found, or the first of the words that are counted together.
    pub(super) word: Box<str>,
    pub(super) count: u64,
    pub(super) first_line: usize,
    /// Whether other words are counted with this one, because the limit is reached.
    pub(super) has_others: bool,
}

/// The counts of all findings.
#[derive(Debug, Clone, Default)]
pub(super) struct Tallies(BTreeMap<(DataLintCode, DataFile), Vec<Tally>>);

impl Tallies {
    pub(super) fn add(&mut self, code: DataLintCode, (file, line): (DataFile, usize), word: &str) {
        let tallies = self.0.entry((code, file)).or_default();
        let is_its = |tally: &Tally| !code.is_told_by_word() || *tally.word == *word;
        let place = tallies.iter().position(is_its);
        if place.is_none() && tallies.len() < MOST_WORDS {
            let word = word.into();
            tallies.push(Tally { word, count: 1, first_line: line, has_others: false });
            return;
        }
        let tally = match place {
            Some(place) => tallies.get_mut(place),
            None => tallies.last_mut(),
        };
        let Some(tally) = tally else { return };
        tally.count = tally.count.saturating_add(1);
        tally.has_others |= place.is_none();
        if line < tally.first_line {
            tally.first_line = line;
            if !code.is_told_by_word() {
                tally.word = word.into();
            }
        }
    }

    /// Returns the counts by code, then by file, then in the order in which the words were found.
    pub(super) fn iter(&self) -> impl Iterator<Item = (DataLintCode, DataFile, &Tally)> {
        let all = self.0.iter();
        all.flat_map(|((code, file), tallies)| tallies.iter().map(|tally| (*code, *file, tally)))
    }
}
