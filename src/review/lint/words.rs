//! Lint of kinds and audiences as words: probable typing errors, and words that only one rule uses.

use std::collections::BTreeMap;

use super::{Lint, LintCode, LintPlace};
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::review::near::is_near;

/// A word of the document, with its position.
struct Word<'p> {
    text: &'p str,
    revision: &'p Revision,
    rule: Option<&'p Rule>,
    /// The list that holds the word, and the index in it.
    key: (&'static str, usize),
}

impl Word<'_> {
    fn place(&self) -> LintPlace {
        let key = format!("{}[{}]", self.key.0, self.key.1);
        match self.rule {
            Some(rule) => LintPlace::of_rule(self.revision, rule, key),
            None => LintPlace::of_revision(self.revision, key),
        }
    }

    /// Returns whether the word selects records for an exclusion only, or selects people.
    fn selects_alone(&self) -> bool {
        match (self.key.0, self.rule) {
            ("audience", _) => true,
            ("kinds", Some(rule)) => rule.is_exclusion(),
            _ => false,
        }
    }
}

/// Adds the findings in the words of the whole document, in the order of the document.
pub(super) fn check(policy: &Policy, lints: &mut Vec<Lint>) {
    let words = || policy.revisions().iter().flat_map(words_of);
    let is_audience = |word: &Word<'_>| word.key.0 == "audience";
    check_list(&words().filter(|word| !is_audience(word)).collect::<Vec<_>>(), lints);
    check_list(&words().filter(is_audience).collect::<Vec<_>>(), lints);
}

fn words_of(revision: &Revision) -> Vec<Word<'_>> {
    fn list<'p, T: AsRef<str>>(
        (revision, rule): (&'p Revision, Option<&'p Rule>),
        key: &'static str,
        words: &'p [T],
    ) -> impl Iterator<Item = Word<'p>> {
        let word = move |(i, word): (usize, &'p T)| Word {
            text: word.as_ref(),
            revision,
            rule,
            key: (key, i),
        };
        words.iter().enumerate().map(word)
    }
    let covers = list((revision, None), "covers", revision.terms().covers());
    let of_rules = revision.rules().iter().flat_map(|rule| {
        let place = (revision, Some(rule));
        // A rule inherits from the revision what it does not state itself.
        let own = rule.terms().covers() != revision.terms().covers();
        let covers = if own { rule.terms().covers() } else { &[] };
        list(place, "covers", covers)
            .chain(list(place, "kinds", rule.kinds().unwrap_or_default()))
            .chain(list(place, "audience", rule.audiences().unwrap_or_default()))
    });
    covers.chain(of_rules).collect()
}

fn check_list(words: &[Word<'_>], lints: &mut Vec<Lint>) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        let times = seen.entry(word.text).or_default();
        *times = times.saturating_add(1);
    }
    let mut told: Vec<&str> = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if told.contains(&word.text) {
            continue;
        }
        told.push(word.text);
        let before = words.iter().take(i).find(|other| is_near(other.text, word.text));
        let is_near_one = seen.keys().any(|other| is_near(other, word.text));
        if let Some(before) = before {
            lints.push(Lint::new(
                LintCode::NearlyAnotherWord,
                word.place(),
                format!(
                    "`{}` is nearly `{}`, which the document names as well",
                    word.text, before.text
                ),
                "write one of the two throughout, unless two are meant",
            ));
        } else if !is_near_one && word.selects_alone() && is_odd_one_out(word, words, &seen) {
            lints.push(Lint::new(
                LintCode::WordOfOneRule,
                word.place(),
                format!(
                    "only this rule names `{}`, and other rules name the rest of its list",
                    word.text
                ),
                "check its spelling against the words in the data",
            ));
        }
    }
}

/// Returns whether this is the only occurrence of the word, and every other word in its list also
/// stands elsewhere.
fn is_odd_one_out(word: &Word<'_>, words: &[Word<'_>], seen: &BTreeMap<&str, usize>) -> bool {
    let is_alone = |word: &Word<'_>| seen.get(word.text) == Some(&1);
    let list =
        |word: &Word<'_>| (word.revision.id().clone(), word.rule.map(Rule::number), word.key.0);
    let own = list(word);
    let mut others =
        words.iter().filter(|other| other.text != word.text && list(other) == own).peekable();
    is_alone(word) && others.peek().is_some() && others.all(|other| !is_alone(other))
}
