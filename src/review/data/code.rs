//! What data lint finds, by stable codes.

use crate::review::lint::Severity;
use crate::values::text::words;

words! {
    /// Where a finding of data lint stands.
    pub enum DataFile as "a file of data" {
        /// Among the subjects.
        Subjects = "subjects",
        /// Among the records.
        Records = "records",
    }
}

words! {
    /// What [`DataLint`](crate::review::DataLint) finds. A code keeps its word and its meaning in every
    /// version.
    pub enum DataLintCode as "a finding in data" {
        /// A key of a record is nearly one that is read (`deletedAt`), and is carried through unread.
        NearlyKnownKey = "nearly-known-key",
        /// A choice is for a purpose that is neither wider nor narrower than a policy's, nor the same
        /// (`ai.training`): it decides nothing.
        PurposeOfNoPolicy = "purpose-of-no-policy",
        /// A record is of a kind that no rule names or covers.
        KindOfNoRule = "kind-of-no-rule",
        /// A subject belongs to an audience that no rule selects by, though rules select by others.
        AudienceOfNoRule = "audience-of-no-rule",
        /// A residence, an audience or a choice was recorded more than a day before it was true. Erasures
        /// and restrictions are left out: those are planned ahead.
        RecordedBeforeTrue = "recorded-before-true",
        /// An opt-out comes into force only after the cut-off.
        OptOutAfterCutOff = "opt-out-after-cut-off",
        /// A subject is born after the cut-off.
        BornAfterCutOff = "born-after-cut-off",
        /// A subject is 130 years old or more at the cut-off.
        OlderThanAnybody = "older-than-anybody",
        /// A record was created before the first residence of a subject that is known.
        RecordBeforeResidence = "record-before-residence",
        /// An opt-in does not count, for who made it.
        ChoiceNotCounted = "choice-not-counted",
        /// Of a residence only the country is known, and a rule in force at the cut-off names a
        /// subdivision of it.
        SubdivisionMissing = "subdivision-missing",
        /// The ids of two subjects, or of a subject and of the one that a record names, differ only by
        /// case or width.
        IdsAlike = "ids-alike",
        /// A record names no subject.
        RecordOfNobody = "record-of-nobody",
        /// A record names a subject that is not among the subjects.
        SubjectNotKnown = "subject-not-known",
    }
}

impl DataLintCode {
    /// How grave the finding is: a note where the data may well be right as it is.
    ///
    /// ```
    /// use may_train::review::{DataLintCode, Severity};
    ///
    /// assert_eq!(DataLintCode::NearlyKnownKey.severity(), Severity::Warning);
    /// assert_eq!(DataLintCode::OptOutAfterCutOff.severity(), Severity::Note);
    /// ```
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::NearlyKnownKey
            | Self::PurposeOfNoPolicy
            | Self::RecordedBeforeTrue
            | Self::BornAfterCutOff
            | Self::OlderThanAnybody
            | Self::IdsAlike
            | Self::RecordOfNobody
            | Self::SubjectNotKnown => Severity::Warning,
            Self::KindOfNoRule
            | Self::AudienceOfNoRule
            | Self::OptOutAfterCutOff
            | Self::RecordBeforeResidence
            | Self::ChoiceNotCounted
            | Self::SubdivisionMissing => Severity::Note,
        }
    }

    /// Whether each word that is found is a finding of its own; else the first one stands for all.
    pub(super) const fn is_told_by_word(self) -> bool {
        match self {
            Self::NearlyKnownKey
            | Self::PurposeOfNoPolicy
            | Self::KindOfNoRule
            | Self::AudienceOfNoRule
            | Self::RecordedBeforeTrue
            | Self::ChoiceNotCounted
            | Self::SubdivisionMissing => true,
            Self::OptOutAfterCutOff
            | Self::BornAfterCutOff
            | Self::OlderThanAnybody
            | Self::RecordBeforeResidence
            | Self::IdsAlike
            | Self::RecordOfNobody
            | Self::SubjectNotKnown => false,
        }
    }
}
