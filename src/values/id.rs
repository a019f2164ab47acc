//! Identifiers: a name each, so that one cannot be taken for another.

use crate::values::text::{checked_text, ids_from_numbers, printable};

checked_text! {
    /// The platform's own identifier of a subject: a text, a number or a UUID.
    ///
    /// Not empty, without control or invisible characters or space around it; compared byte by byte.
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
    /// The platform's own identifier of a record.
    ///
    /// Not empty, without control or invisible characters or space around it; compared byte by byte.
    RecordId, "a record id", printable
}

checked_text! {
    /// The identifier of a policy's revision, such as `2024-09-20`; unique in its policy.
    RevisionId, "a revision id", printable
}

checked_text! {
    /// What a restriction is for, such as `baa`, `legal-hold` or `workspace`.
    RestrictionId, "a restriction id", printable
}

checked_text! {
    /// The platform a policy speaks of, such as `linkedin`.
    Platform, "a platform", printable
}

ids_from_numbers!(SubjectId, RecordId, RevisionId, RestrictionId, Platform);
