//! The texts of data lint: the message and the remedy of each finding.

use std::collections::BTreeMap;

use super::DataLint;
use super::code::{DataFile, DataLintCode};
use crate::review::lint::AGE_OF_NOBODY;
use crate::review::near::{is_near, plain};

/// The keys of a record that the crate reads.
const READ: [&str; 7] =
    ["id", "subject", "subjects", "kind", "created_at", "deleted_at", "restrictions"];

/// How many keys are remembered.
const MOST_KEYS: usize = 256;

/// The keys that were checked before. Each has the key that it nearly equals, if there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(BTreeMap<Box<str>, Option<&'static str>>);

impl Keys {
    /// Returns the key that the crate reads and that another key nearly equals; `None` if there is
    /// none.
    pub(super) fn nearly(&mut self, key: &str) -> Option<&'static str> {
        if READ.contains(&key) {
            return None;
        }
        if let Some(judged) = self.0.get(key) {
            return *judged;
        }
        let near = nearly(key);
        if self.0.len() < MOST_KEYS {
            self.0.insert(key.into(), near);
        }
        near
    }
}

/// Returns the key that the crate reads and that another key nearly equals. It differs by a typing
/// error, lacks an `_at` (`deleted`), or has an extra `_id` (`subject_id`). Returns `None` if there
/// is none.
fn nearly(key: &str) -> Option<&'static str> {
    let longer = |read: &str| plain(key) == plain(&format!("{read}_id"));
    let shorter =
        |read: &str| read.strip_suffix("_at").is_some_and(|short| plain(key) == plain(short));
    READ.into_iter().find(|read| is_near(key, read)).or_else(|| {
        let others = READ.into_iter().filter(|read| *read != "id");
        others.into_iter().find(|read| shorter(read) || longer(read))
    })
}

/// Returns what is wrong, with the word written as `told`.
pub(super) fn message(
    lint: &DataLint,
    code: DataLintCode,
    file: DataFile,
    told: &str,
    word: &str,
) -> String {
    let as_of = lint.as_of;
    match code {
        DataLintCode::NearlyKnownKey => {
            format!("{told} is nearly the key `{}`, and is not read", nearly(word).unwrap_or(word))
        }
        DataLintCode::PurposeOfNoPolicy => {
            format!("the purpose {told} is neither a policy's, nor wider or narrower than one")
        }
        DataLintCode::KindOfNoRule => format!("no rule names the kind {told}"),
        DataLintCode::AudienceOfNoRule => format!("no rule names the audience {told}"),
        DataLintCode::RecordedBeforeTrue => {
            format!("recorded more than a day before it was true: {told}")
        }
        DataLintCode::OptOutAfterCutOff => {
            format!("an opt-out of {told} comes into force only after {as_of}")
        }
        DataLintCode::BornAfterCutOff => format!("{told} is born after {as_of}"),
        DataLintCode::OlderThanAnybody => {
            format!("{told} is {AGE_OF_NOBODY} years old or more at {as_of}")
        }
        DataLintCode::RecordBeforeResidence => {
            format!("the record is older than the first residence of {told} that is known")
        }
        DataLintCode::ChoiceNotCounted => format!("an opt-in by {told} does not count"),
        DataLintCode::SubdivisionMissing => {
            format!("of {told} a rule names a subdivision, and the residence names none")
        }
        DataLintCode::IdsAlike => match file {
            DataFile::Subjects => {
                format!("{told} differs from the id of another subject only by case or width")
            }
            DataFile::Records => {
                format!("the subject {told} differs from one that is known only by case or width")
            }
        },
        DataLintCode::RecordOfNobody => format!("the record {told} names no subject"),
        DataLintCode::SubjectNotKnown => format!("the subject {told} is not among the subjects"),
    }
}

/// Returns what to do.
pub(super) fn remedy(lint: &DataLint, code: DataLintCode, word: &str) -> String {
    let nearest = |known: Vec<&str>, otherwise: &str| {
        let near = known.into_iter().find(|known| is_near(word, known));
        near.map_or_else(|| otherwise.to_owned(), |near| format!("write `{near}` if that is meant"))
    };
    match code {
        DataLintCode::NearlyKnownKey => {
            let key = nearly(word).unwrap_or(word);
            format!("write `{key}`, or rename the key if it means something else")
        }
        DataLintCode::PurposeOfNoPolicy => {
            let purposes: Vec<String> =
                lint.purposes.iter().map(|purpose| format!("`{purpose}`")).collect();
            format!("write {}, or a wider one, if it is meant", purposes.join(" or "))
        }
        DataLintCode::KindOfNoRule => nearest(
            lint.kinds.iter().map(AsRef::as_ref).collect(),
            "map it to a kind that the policy names; else it is not covered",
        ),
        DataLintCode::AudienceOfNoRule => nearest(
            lint.audiences.iter().map(AsRef::as_ref).collect(),
            "map it to an audience that the policy names, if it is one of them",
        ),
        _ => fixed_remedy(code).to_owned(),
    }
}

const fn fixed_remedy(code: DataLintCode) -> &'static str {
    match code {
        DataLintCode::RecordedBeforeTrue => {
            "check `at`, and leave `recorded` out if the two are the same"
        }
        DataLintCode::OptOutAfterCutOff => {
            "check the year of `at`; an opt-out that was really made later needs nothing"
        }
        DataLintCode::BornAfterCutOff | DataLintCode::OlderThanAnybody => {
            "correct `born`, or leave it out if it is not known"
        }
        DataLintCode::RecordBeforeResidence => {
            "give the residence held when the record was created, if it is known"
        }
        DataLintCode::ChoiceNotCounted => {
            "correct `by` if somebody else opted in; else ask the subject"
        }
        DataLintCode::SubdivisionMissing => "give the subdivision, as in `US-CA`, if it is known",
        DataLintCode::IdsAlike => "write the id of one person in one way",
        DataLintCode::RecordOfNobody => "name all whose data it is in `subjects`",
        DataLintCode::SubjectNotKnown => "add the subject, or correct the id in the record",
        DataLintCode::NearlyKnownKey
        | DataLintCode::PurposeOfNoPolicy
        | DataLintCode::KindOfNoRule
        | DataLintCode::AudienceOfNoRule => "",
    }
}
