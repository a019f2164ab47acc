//! Suppression: opt-outs that outlive the account they were made with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::decision::digest::Digest;
use crate::people::choice::{Choice, ChosenBy};
use crate::people::subject::Subject;
use crate::values::error::ValueError;
use crate::values::kind::Purpose;
use crate::values::object::Object;
use crate::values::text::serde_as_text;
use crate::values::time::Timestamp;

/// The secret with which tokens are made: whoever has it can tell whether somebody is on the list,
/// by trying. Keep it apart from the list. It does not print and does not serialise.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// A salt of 32 bytes from the caller's source of randomness.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token of an identifier that outlives an account, such as an e-mail address. Bring it to
    /// one form first: the token of another spelling is another.
    #[must_use]
    pub fn token(&self, identifier: &str) -> Token {
        Token(Digest::keyed(&self.0, identifier.as_bytes()))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(secret)")
    }
}

/// What stands for a person of whom nothing else may be kept: a keyed BLAKE3 digest of an
/// identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(Digest);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Token {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        text.parse().map(Self)
    }
}

serde_as_text!(Token, "a token of 64 lower-case hexadecimal digits");

/// The opt-outs of people who are erased, by token.
///
/// An erasure takes the account and its opt-out with it; the person who comes back has not opted in
/// by that. So the opt-outs that stand are [remembered](Self::remember) before the erasure, and
/// [given back](Self::apply) to an account that is created for the same identifier. The list holds
/// neither names nor what else was known. What is on it stays on it: who comes back and opts in has
/// that in the new account, and once that one is erased the list speaks again.
///
/// Serialises as a list of `{"token":"…","purpose":"ai-training","since":"2024-10-01T00:00:00Z"}`.
///
/// ```
/// use may_train::{Choice, ChosenBy, Subject};
/// use may_train::ledger::{TokenKey, SuppressionList};
///
/// let salt = TokenKey::new([7; 32]); // for the example; take 32 random bytes
/// let subject = Subject::new("u1".parse()?)
///     .with_choice(Choice::OptOut, ChosenBy::Subject, "ai-training".parse()?, "2024-10-01".parse()?);
///
/// let mut list = SuppressionList::new();
/// list.remember(salt.token("ada@example.org"), &subject, "2025-06-01".parse()?);
///
/// // Next year the same person makes a new account.
/// let back = list.apply(salt.token("ada@example.org"), Subject::new("u9".parse()?));
/// assert_eq!(back.choices().iter().count(), 1);
/// let other = list.apply(salt.token("bob@example.org"), Subject::new("u10".parse()?));
/// assert_eq!(other.choices().iter().count(), 0);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Object<Suppressed>>", into = "Vec<Object<Suppressed>>")]
pub struct SuppressionList {
    /// Since when, of the earliest of several opt-outs.
    since: BTreeMap<Token, BTreeMap<Purpose, Timestamp>>,
}

/// How an opt-out on the list is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suppressed {
    token: Token,
    purpose: Purpose,
    since: Timestamp,
}

impl SuppressionList {
    /// A list of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps every opt-out of the subject that stands at an instant: that of the erasure.
    pub fn remember(&mut self, token: Token, subject: &Subject, at: Timestamp) {
        let purposes: BTreeSet<&Purpose> = subject.choices().iter().map(|(p, _)| p).collect();
        for purpose in purposes {
            let standing = subject.choices().in_force(purpose, at, None, subject.birth());
            for (chosen_for, entry) in standing {
                match entry.value().choice() {
                    Choice::OptOut => self.add(token, chosen_for.clone(), entry.at()),
                    Choice::OptIn => {}
                }
            }
        }
    }

    fn add(&mut self, token: Token, purpose: Purpose, since: Timestamp) {
        let earliest = self.since.entry(token).or_default().entry(purpose).or_insert(since);
        *earliest = since.min(*earliest);
    }

    /// Adds everything of another list: commutative, associative and idempotent.
    pub fn merge(&mut self, other: Self) {
        for (token, theirs) in other.since {
            for (purpose, since) in theirs {
                self.add(token, purpose, since);
            }
        }
    }

    /// The subject with the opt-outs that the list has for the token.
    #[must_use]
    pub fn apply(&self, token: Token, subject: Subject) -> Subject {
        let theirs = self.since.get(&token).into_iter().flatten();
        theirs.fold(subject, |subject, (purpose, since)| {
            subject.with_choice(Choice::OptOut, ChosenBy::Migrated, purpose.clone(), *since)
        })
    }
}

impl From<Vec<Object<Suppressed>>> for SuppressionList {
    fn from(written: Vec<Object<Suppressed>>) -> Self {
        let mut list = Self::new();
        for Object(Suppressed { token, purpose, since }) in written {
            list.add(token, purpose, since);
        }
        list
    }
}

impl From<SuppressionList> for Vec<Object<Suppressed>> {
    fn from(list: SuppressionList) -> Self {
        let mut written = Vec::new();
        for (token, theirs) in list.since {
            let suppressed = |(purpose, since)| Object(Suppressed { token, purpose, since });
            written.extend(theirs.into_iter().map(suppressed));
        }
        written
    }
}
