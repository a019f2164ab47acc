//! Known subjects: what data lint stores of the subjects to compare records with them.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::people::log::Entry;
use crate::people::subject::Subject;
use crate::values::time::Timestamp;

/// The subjects by their folded ids, in which case and width do not matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(HashMap<Box<str>, One>);

#[derive(Debug, Clone)]
struct One {
    /// The id; `None` if it equals the folded one.
    id: Option<Box<str>>,
    /// The start of the first residence; `None` if there is no residence.
    since: Option<Timestamp>,
}

/// The result of looking up an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nobody,
    /// A subject whose id differs only by case or width.
    Alike,
    /// The subject, with the start of the first residence if there is one.
    Subject {
        since: Option<Timestamp>,
    },
}

impl Known {
    /// Adds a subject, and returns whether no other subject has an id that is alike.
    pub(super) fn add(&mut self, subject: &Subject) -> bool {
        let id = subject.id().as_str();
        let folded = folded(id);
        if self.0.contains_key(folded.as_ref()) {
            return false;
        }
        let since = subject.residences().iter().map(Entry::at).min();
        let own = (folded != id).then(|| id.into());
        self.0.insert(folded.into(), One { id: own, since });
        true
    }

    pub(super) fn get(&self, id: &str) -> Found {
        let folded = folded(id);
        match self.0.get(folded.as_ref()) {
            None => Found::Nobody,
            Some(one) if one.id.as_deref().unwrap_or(&folded) == id => {
                Found::Subject { since: one.since }
            }
            Some(_) => Found::Alike,
        }
    }
}

/// Returns the id in lower case, with full-width forms of ASCII as ASCII.
fn folded(id: &str) -> Cow<'_, str> {
    if id.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return Cow::Borrowed(id);
    }
    Cow::Owned(id.chars().map(narrow).flat_map(char::to_lowercase).collect())
}

/// Returns a full-width form as its ASCII character.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(letter).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(letter)
        }
        '\u{3000}' => ' ',
        _ => letter,
    }
}
