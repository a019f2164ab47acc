//! Lint of single revisions: missing statements, and statements that contradict each other.

use super::{AGE_OF_NOBODY, Lint, LintCode, LintPlace};
use crate::policy::revision::Revision;
use crate::policy::rule::{LegalBasis, Rule};
use crate::values::regime::Regime;

pub(super) fn check(revision: &Revision, lints: &mut Vec<Lint>) {
    if revision.sources().is_empty() {
        lints.push(Lint::new(
            LintCode::SourcesMissing,
            LintPlace::of_revision(revision, "sources"),
            "no source is named",
            "name where the facts are from, if only the text of the policy itself",
        ));
    }
    if let Some(announced) = revision.announced()
        && revision.effective() < announced
    {
        lints.push(Lint::new(
            LintCode::EffectiveBeforeAnnounced,
            LintPlace::of_revision(revision, "announced"),
            format!("in force from {}, but announced on {announced}", revision.effective()),
            "correct one of the two, or say in `note` that it was so",
        ));
    }
    let without_basis: Vec<String> = revision
        .rules()
        .iter()
        .filter(|rule| rule.regime() != Regime::Excluded && rule.terms().legal_basis().is_none())
        .map(|rule| rule.number().to_string())
        .collect();
    if !without_basis.is_empty() {
        let rules = if without_basis.len() == 1 { "rule" } else { "rules" };
        lints.push(Lint::new(
            LintCode::LegalBasisMissing,
            LintPlace::of_revision(revision, "legal_basis"),
            format!("no legal basis is given for {rules} {}", without_basis.join(", ")),
            "give the one that was announced, or `none-stated`",
        ));
    }
    opt_ins_of_revision(revision, lints);
}

/// Adds a finding for each term about opt-ins that no rule of the revision uses.
fn opt_ins_of_revision(revision: &Revision, lints: &mut Vec<Lint>) {
    if revision.rules().iter().any(|rule| rule.regime() == Regime::OptIn) {
        return;
    }
    let terms = revision.terms();
    for (is_given, key, message) in [
        (
            terms.opt_in_lifetime_days().is_some(),
            "opt_in_lifetime_days",
            "no rule asks for an opt-in whose lifetime could end",
        ),
        (
            terms.opt_in_from().is_some(),
            "opt_in_from",
            "no rule asks for an opt-in that could be too early",
        ),
    ] {
        if is_given {
            lints.push(Lint::new(
                LintCode::TermWithoutEffect,
                LintPlace::of_revision(revision, key),
                message,
                "leave it out",
            ));
        }
    }
}

/// Adds the findings about terms of a rule that contradict its regime.
pub(super) fn check_terms(revision: &Revision, rule: &Rule, lints: &mut Vec<Lint>) {
    let (terms, regime) = (rule.terms(), rule.regime());
    let mut found = |code, key: &str, message: String, remedy: &str| {
        lints.push(Lint::new(code, LintPlace::of_rule(revision, rule, key), message, remedy));
    };
    match (regime, terms.legal_basis()) {
        (Regime::OptOut | Regime::NoChoice, Some(LegalBasis::Consent)) => found(
            LintCode::ConsentBySilence,
            "legal_basis",
            format!("`consent` is the basis, but under `{regime}` silence means yes"),
            "use the regime `opt-in`, or give the basis on which the platform relies",
        ),
        (Regime::NoChoice, Some(LegalBasis::LegitimateInterests)) => found(
            LintCode::ObjectionNotOffered,
            "legal_basis",
            "`legitimate-interests` is the basis, but under `no-choice` nobody can object".into(),
            "use the regime `opt-out`, or give the basis on which the platform relies",
        ),
        (Regime::Excluded | Regime::OptIn, _)
        | (
            Regime::OptOut,
            Some(LegalBasis::LegitimateInterests | LegalBasis::Contract | LegalBasis::NoneStated)
            | None,
        )
        | (Regime::NoChoice, Some(LegalBasis::Contract | LegalBasis::NoneStated) | None) => {}
    }
    if regime == Regime::OptIn && terms.opt_in_lifetime_days() == Some(0) {
        found(
            LintCode::LifetimeOfNothing,
            "opt_in_lifetime_days",
            "with a lifetime of 0 days, an opt-in has expired when it is given".into(),
            "give at least one day, or use the regime `excluded`",
        );
    }
    if let Some(age) = terms.minimum_age()
        && age >= AGE_OF_NOBODY
    {
        found(
            LintCode::AgeOfNobody,
            "minimum_age",
            format!("nobody reaches the age of {age} years"),
            "give the age that was announced, in whole years, or use the regime `excluded`",
        );
    }
    if regime != Regime::Excluded && terms.covers().is_empty() {
        found(
            LintCode::CoversNothing,
            "covers",
            format!("no kind is covered, so that nothing is admitted under `{regime}`"),
            "list the kinds, or use the regime `excluded`",
        );
    }
    for key in without_effect(revision, rule) {
        let message = format!("`{key}` decides nothing under `{regime}`");
        found(LintCode::TermWithoutEffect, key, message, "leave it out");
    }
}

/// Returns the rule's own terms that have no effect under its regime.
fn without_effect(revision: &Revision, rule: &Rule) -> impl Iterator<Item = &'static str> {
    let (own, inherited) = (rule.terms(), revision.terms());
    let excludes = rule.regime() == Regime::Excluded;
    let age = own.minimum_age() != inherited.minimum_age();
    let created = own.created_from() != inherited.created_from();
    let lifetime = own.opt_in_lifetime_days() != inherited.opt_in_lifetime_days();
    let from = own.opt_in_from() != inherited.opt_in_from();
    let keys = [
        (excludes && age, "minimum_age"),
        (excludes && created, "created_from"),
        (rule.regime() != Regime::OptIn && lifetime, "opt_in_lifetime_days"),
        (rule.regime() != Regime::OptIn && from, "opt_in_from"),
    ];
    keys.into_iter().filter(|(found, _)| *found).map(|(_, key)| key)
}
