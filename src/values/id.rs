//! Identifiers: a name each, so that one cannot be taken for another.

use crate::values::text::{checked_text, printable};

checked_text! {
    /// The platform's own identifier of a subject.
    ///
    /// Not empty, without control or invisible characters or space around it; compared byte by byte.
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
