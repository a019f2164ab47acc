//! Identifiers: one type for each kind of id, so that one cannot be passed for another.

use crate::values::text::{checked_text, ids_from_numbers, printable};

checked_text! {
    /// The platform's identifier of a subject (GDPR: *data subject*): a text, a number or a UUID.
    ///
    /// It is not empty. It has no control or invisible characters, and no space around it. Two ids
    /// are the same if their bytes are.
    ///
    /// ```
    /// use may_train::SubjectId;
    ///
    /// let row: i64 = 4711;
    /// assert_eq!(SubjectId::from(row), SubjectId::try_from("4711")?);
    /// assert_eq!(SubjectId::try_from(String::from(" u1")).unwrap_err().remedy(),
    ///     "leave out control and invisible characters, and the space around it");
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    SubjectId, "a subject id", printable
}

checked_text! {
    /// The platform's identifier of a record.
    ///
    /// The rules of a [`SubjectId`] hold for its text.
    RecordId, "a record id", printable
}

checked_text! {
    /// The identifier of a revision of a policy, such as `2024-09-20`. It is unique in its policy.
    ///
    /// The rules of a [`SubjectId`] hold for its text.
    RevisionId, "a revision id", printable
}

checked_text! {
    /// The name of a restriction, such as `baa`, `legal-hold` or `workspace`.
    ///
    /// The rules of a [`SubjectId`] hold for its text.
    RestrictionId, "a restriction id", printable
}

checked_text! {
    /// The name of the platform that a policy belongs to, such as `linkedin`.
    ///
    /// The rules of a [`SubjectId`] hold for its text.
    Platform, "a platform", printable
}

ids_from_numbers!(SubjectId, RecordId, RevisionId, RestrictionId, Platform);

#[cfg(feature = "signals")]
impl RestrictionId {
    /// Returns the name for a fixed word, such as the source of a signal.
    pub(crate) fn of_word(word: &'static str) -> Self {
        Self(word.into())
    }
}
