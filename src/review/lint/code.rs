//! What lint finds, by stable codes.

use crate::values::text::words;

words! {
    /// How grave a finding is.
    pub enum Severity as "a severity" {
        /// The document contradicts itself, or says what can never come true.
        Error = "error",
        /// Probably not what was meant.
        Warning = "warning",
        /// Something that a reader of the document will miss.
        Note = "note",
    }
}

words! {
    /// What [`lint`](crate::review::lint()) finds. A code keeps its word and its meaning in every version.
    pub enum LintCode as "a lint" {
        /// A rule never applies: wherever it matches, others name the place more closely.
        UnreachableRule = "unreachable-rule",
        /// A rule applies only where another one excludes everybody, so that it decides nothing.
        OverruledRule = "overruled-rule",
        /// Two rules of different regimes apply to the same place and name it equally closely, so
        /// that the stricter one counts. Not found where the stricter one has narrower selectors:
        /// that is how an exception within a place is written.
        OverlappingRules = "overlapping-rules",
        /// A rule with narrower selectors is looser than another one that names the place equally
        /// closely. Selectors do not make a rule closer, so it loosens nothing.
        SelectorLoosensNothing = "selector-loosens-nothing",
        /// One of the places of a rule is never reached through it: it is excepted, or another rule
        /// names it more closely, or the region has no members while the revision is in force.
        PlaceNeverReached = "place-never-reached",
        /// A place stands twice in a list.
        PlaceListedTwice = "place-listed-twice",
        /// An exception takes out nothing that the rule's places had in.
        ExceptionWithoutEffect = "exception-without-effect",
        /// A region of the policy's own that no rule uses.
        UnusedRegion = "unused-region",
        /// A list names a state, but not its territories with a code of their own (`FR` without
        /// `RE`), and no other rule of the revision names them either.
        MissingTerritories = "missing-territories",
        /// A rule names a subdivision, so that of residents of whom only the country is known nobody
        /// can say whether it applies: they are undecided.
        PartOfACountry = "part-of-a-country",
        /// A kind or an audience is nearly another one of the document (`Business` and `business`,
        /// `posts` and `post`).
        NearlyAnotherWord = "nearly-another-word",
        /// An audience that a rule selects by, or a kind that it excludes, and nothing else in the
        /// document names, though everything else in its list is named elsewhere, too: a misspelt one
        /// would select nothing.
        WordOfOneRule = "word-of-one-rule",
        /// The selector `created` holds no instant, because its end is not after its start.
        EmptySpan = "empty-span",
        /// A rule covers or selects a kind that another rule, or its own `covers`, refuses wherever
        /// it applies.
        KindNeverAdmitted = "kind-never-admitted",
        /// A rule that excludes nobody covers no kind at all.
        CoversNothing = "covers-nothing",
        /// A term that can decide nothing under the rule's regime: any on a rule that excludes, a
        /// lifetime of opt-ins where none is asked for.
        TermWithoutEffect = "term-without-effect",
        /// A lifetime of 0 days, with which every opt-in has expired when it is given.
        LifetimeOfNothing = "lifetime-of-nothing",
        /// A minimum age of 130 years or more, which nobody reaches.
        AgeOfNobody = "age-of-nobody",
        /// Consent is the stated basis, but silence means yes. Silence is not consent (GDPR 4(11)).
        ConsentBySilence = "consent-by-silence",
        /// Legitimate interests are the stated basis, to which one can object (GDPR 21), but no
        /// choice is offered.
        ObjectionNotOffered = "objection-not-offered",
        /// A revision with a rule that excludes nobody states no legal basis for it.
        LegalBasisMissing = "legal-basis-missing",
        /// A revision names no source.
        SourcesMissing = "sources-missing",
        /// A revision takes effect before it is announced.
        EffectiveBeforeAnnounced = "effective-before-announced",
        /// A revision admits what the one before it did not, and was not announced, or less than
        /// [`NOTICE_DAYS`](crate::review::NOTICE_DAYS) before.
        LooseningWithoutNotice = "loosening-without-notice",
    }
}

impl LintCode {
    /// How grave the finding is.
    ///
    /// ```
    /// use may_train::review::{LintCode, Severity};
    ///
    /// assert_eq!(LintCode::ConsentBySilence.severity(), Severity::Error);
    /// ```
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::EmptySpan
            | Self::LifetimeOfNothing
            | Self::AgeOfNobody
            | Self::ConsentBySilence => Severity::Error,
            Self::UnreachableRule
            | Self::OverruledRule
            | Self::OverlappingRules
            | Self::SelectorLoosensNothing
            | Self::PlaceNeverReached
            | Self::ExceptionWithoutEffect
            | Self::MissingTerritories
            | Self::NearlyAnotherWord
            | Self::KindNeverAdmitted
            | Self::CoversNothing
            | Self::ObjectionNotOffered
            | Self::EffectiveBeforeAnnounced
            | Self::LooseningWithoutNotice => Severity::Warning,
            Self::PlaceListedTwice
            | Self::UnusedRegion
            | Self::PartOfACountry
            | Self::WordOfOneRule
            | Self::TermWithoutEffect
            | Self::LegalBasisMissing
            | Self::SourcesMissing => Severity::Note,
        }
    }
}
