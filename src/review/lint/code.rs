//! The codes of lint: what it finds, under names that stay stable.

use crate::values::text::words;

words! {
    /// The severity of a finding.
    pub enum Severity as "a severity" {
        /// The document contradicts itself, or states something that can never be true.
        Error = "error",
        /// The document probably does not say what was meant.
        Warning = "warning",
        /// A reader of the document will miss something.
        Note = "note",
    }
}

words! {
    /// A finding of [`lint`](crate::review::lint()). A code keeps its word and its meaning in every
    /// version.
    pub enum LintCode as "a lint" {
        /// A rule never applies: wherever it matches, others name the place more closely.
        UnreachableRule = "unreachable-rule",
        /// A rule applies only where another rule excludes everybody, so it decides nothing.
        OverruledRule = "overruled-rule",
        /// Two rules of different regimes apply to one place and name it equally closely, so that
        /// the stricter one counts. Not reported if the stricter rule has narrower selectors,
        /// because an exception within a place is written that way.
        OverlappingRules = "overlapping-rules",
        /// A rule with narrower selectors is looser than another rule that names the place equally
        /// closely. Selectors do not make a rule closer, so the rule loosens nothing.
        SelectorLoosensNothing = "selector-loosens-nothing",
        /// A rule never applies to one of its places. The place is excepted, another rule names it
        /// more closely, or the region has no members while the revision is in force.
        PlaceNeverReached = "place-never-reached",
        /// A list names a place twice.
        PlaceListedTwice = "place-listed-twice",
        /// An exception removes nothing from the rule's places.
        ExceptionWithoutEffect = "exception-without-effect",
        /// No rule uses a region that the policy defines.
        UnusedRegion = "unused-region",
        /// A list names a state without its territories that have a code of their own (`FR` without
        /// `RE`). No other rule of the revision names them either.
        MissingTerritories = "missing-territories",
        /// A rule names a subdivision. Whether it applies to a resident with a known country and
        /// unknown subdivision cannot be decided, so the verdict is undecided.
        PartOfACountry = "part-of-a-country",
        /// A kind or an audience is nearly the same word as another one in the document (`Business`
        /// and `business`, `posts` and `post`).
        NearlyAnotherWord = "nearly-another-word",
        /// Only one rule names an audience that it selects by, or a kind that it excludes.
        /// Everything else in its list is named elsewhere, too. If the word is misspelt, it selects
        /// nothing.
        WordOfOneRule = "word-of-one-rule",
        /// The selector `created` holds no instant, because its end is not after its start.
        EmptySpan = "empty-span",
        /// A rule covers or selects a kind that is refused wherever the rule applies, by another
        /// rule or by its own `covers`.
        KindNeverAdmitted = "kind-never-admitted",
        /// A rule does not exclude and covers no kind.
        CoversNothing = "covers-nothing",
        /// A term has no effect under the rule's regime. Examples are any term of a rule that
        /// excludes, and a lifetime of opt-ins without an opt-in regime.
        TermWithoutEffect = "term-without-effect",
        /// A lifetime is 0 days, so that every opt-in expires at once.
        LifetimeOfNothing = "lifetime-of-nothing",
        /// A minimum age is 130 years or more, which nobody reaches.
        AgeOfNobody = "age-of-nobody",
        /// The stated basis is consent, but silence means yes. Silence is not consent (GDPR 4(11)).
        ConsentBySilence = "consent-by-silence",
        /// The stated basis is legitimate interests, to which a subject can object (GDPR 21), but
        /// the policy offers no choice.
        ObjectionNotOffered = "objection-not-offered",
        /// A revision has a rule that does not exclude, and states no legal basis for it.
        LegalBasisMissing = "legal-basis-missing",
        /// A revision names no source.
        SourcesMissing = "sources-missing",
        /// A revision takes effect before it is announced.
        EffectiveBeforeAnnounced = "effective-before-announced",
        /// A revision admits more than the one before it. It was not announced, or fewer than
        /// [`NOTICE_DAYS`](crate::review::NOTICE_DAYS) days before.
        LooseningWithoutNotice = "loosening-without-notice",
    }
}

impl LintCode {
    /// Returns the severity of the finding.
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
