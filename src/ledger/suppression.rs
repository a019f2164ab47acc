//! Suppression: opt-outs that outlive the account with which they were made.

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

/// The secret key of the keyed hash that makes tokens.
///
/// Anyone who holds the key can test whether an identifier is on the list. Keep it apart from the
/// list. It has no serialised form, and `Debug` does not print it.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// Returns the key of 32 bytes. Take them from a cryptographic source of randomness.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the token of an identifier that outlives an account, such as an e-mail address.
    ///
    /// Normalise the identifier first: another spelling has another token.
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

/// A pseudonym of an erased person: the keyed BLAKE3 digest of an identifier.
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

/// A list of the opt-outs of erased people, by token.
///
/// An erasure deletes the account together with its opt-out, but a person who comes back has not
/// opted in. So [remember](Self::remember) the opt-outs in force before the erasure, and
/// [apply](Self::apply) the list to each account that is created for the same identifier. The list
/// holds no names and no other facts.
///
/// Of several opt-outs for one purpose, the earliest stays. No method removes an entry. An opt-in
/// after the return belongs to the new account; when that one is erased, too, the entry counts
/// again.
///
/// Serialises as a list of `{"token":"…","purpose":"ai-training","since":"2024-10-01T00:00:00Z"}`.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
/// use may_train::ledger::{SuppressionList, TokenKey};
///
/// let key = TokenKey::new([7; 32]); // for the example; take 32 random bytes
/// let (policy, opted_out) = (Policy::shipped("linkedin")?, "2024-10-01".parse()?);
/// let subject = Subject::new("u1".parse()?)
///     .with_choice(Choice::OptOut, ChosenBy::Subject, policy.purpose().clone(), opted_out);
///
/// let mut list = SuppressionList::new();
/// list.remember(key.token("ada@example.org"), &subject, "2025-01-10".parse()?);
///
/// // Next year, two people make new accounts. One is the same person, and stays opted out.
/// let mut registry = Registry::new();
/// for (id, address) in [("u9", "ada@example.org"), ("u10", "bob@example.org")] {
///     let subject = Subject::new(id.parse()?)
///         .with_birth("1990".parse()?)
///         .with_residence("US".parse()?, "2019-01-01".parse()?);
///     registry.insert(list.apply(key.token(address), subject))?;
/// }
/// let decide = |id: &str| -> Result<String, may_train::ValueError> {
///     let record = Record::new("r1".parse()?, "post".parse()?, "2025-02-01".parse()?);
///     let view = registry.view(&policy, "2025-03-01".parse()?);
///     Ok(view.decide(&record.with_subject(id.parse()?)).grounds().to_string())
/// };
/// assert_eq!((decide("u9")?.as_str(), decide("u10")?.as_str()), ("opted-out", ""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Object<Suppressed>>", into = "Vec<Object<Suppressed>>")]
pub struct SuppressionList {
    /// The instant of the earliest opt-out.
    since: BTreeMap<Token, BTreeMap<Purpose, Timestamp>>,
}

/// The JSON of an opt-out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suppressed {
    token: Token,
    purpose: Purpose,
    since: Timestamp,
}

impl SuppressionList {
    /// Returns an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds every opt-out of the subject that is in force at an instant, the instant of the
    /// erasure.
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

    /// Adds an opt-out. Of two for one token and purpose, the earlier stays.
    fn add(&mut self, token: Token, purpose: Purpose, since: Timestamp) {
        let earliest = self.since.entry(token).or_default().entry(purpose).or_insert(since);
        *earliest = since.min(*earliest);
    }

    /// Adds every entry of another list. The order and the number of merges do not matter.
    pub fn merge(&mut self, other: Self) {
        for (token, theirs) in other.since {
            for (purpose, since) in theirs {
                self.add(token, purpose, since);
            }
        }
    }

    /// Returns the subject with the opt-outs that the list holds for the token.
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
