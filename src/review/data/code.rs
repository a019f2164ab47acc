//! The codes of data lint: what it finds, under names that stay stable.

use crate::review::lint::Severity;
use crate::values::text::words;

words! {
    /// The input file in which a finding of data lint stands.
    pub enum DataFile as "a file of data" {
        /// The file of subjects.
        Subjects = "subjects",
        /// The file of records.
        Records = "records",
    }
}

words! {
    /// A finding of [`DataLint`](crate::review::DataLint). A code keeps its word and its meaning in
    /// every version.
    pub enum DataLintCode as "a finding in data" {
        /// A record has a key that is nearly one that the crate reads (`deletedAt`). It is carried
        /// through and not read.
        NearlyKnownKey = "nearly-known-key",
        /// A choice is for a purpose unrelated to every policy's: not the same, not wider, not
        /// narrower (`ai.training`). It has no effect.
        PurposeOfNoPolicy = "purpose-of-no-policy",
        /// A record is of a kind that no rule names or covers.
        KindOfNoRule = "kind-of-no-rule",
        /// A subject belongs to an audience that no rule selects by, though rules select by others.
        AudienceOfNoRule = "audience-of-no-rule",
        /// A residence, an audience or a choice was recorded more than a day before it was true.
        /// Erasures and restrictions are not checked, because these are planned ahead.
        RecordedBeforeTrue = "recorded-before-true",
        /// An opt-out takes effect only after the cut-off.
        OptOutAfterCutOff = "opt-out-after-cut-off",
        /// A subject is born after the cut-off.
        BornAfterCutOff = "born-after-cut-off",
        /// A subject is 130 years old or more at the cut-off.
        OlderThanAnybody = "older-than-anybody",
        /// A record was created before the first known residence of one of its subjects.
        RecordBeforeResidence = "record-before-residence",
        /// An opt-in does not count because of who made it.
        ChoiceNotCounted = "choice-not-counted",
        /// Only the country of a residence is known, and a rule in force at the cut-off names a
        /// subdivision of it.
        SubdivisionMissing = "subdivision-missing",
        /// Two ids differ only by case or width: those of two subjects, or one of a subject and one
        /// in a record.
        IdsAlike = "ids-alike",
        /// A record names no subject.
        RecordOfNobody = "record-of-nobody",
        /// A record names a subject that is not among the subjects.
        SubjectNotKnown = "subject-not-known",
    }
}

impl DataLintCode {
    /// Returns the severity of the finding. It is a note if the data may well be correct.
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

    /// Returns whether each word gives a finding of its own. If not, the first word stands for all.
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
