//! What lint says has no effect, has none: for any policy, taking it out changes no decision.

#[expect(dead_code, reason = "the worlds of the laws")]
mod worlds;

use may_train::review::{Lint, LintCode, lint};
use may_train::strategies::{Vocabulary, policies};
use may_train::{Ground, Grounds, Policy};
use proptest::prelude::*;
use toml::{Table, Value};
use worlds::property;

/// What must stay as it was when the remedy is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stays {
    /// Every ground, except for those of a rule whose audience or whose subdivision cannot be checked:
    /// they stand whether or not the rule would apply.
    Grounds,
    /// Whether the record is admitted.
    Admission,
}

/// The document without the thing that was found, for the codes whose remedy is to leave it out.
fn without(policy: &Policy, finding: &Lint) -> Option<(Stays, Policy)> {
    let mut document = Table::try_from(policy).expect("a policy is a table");
    let place = finding.place();
    let stays = match finding.code() {
        LintCode::UnreachableRule => {
            rules(&mut document, finding)?.remove(place.rule()? - 1);
            Stays::Grounds
        }
        LintCode::OverruledRule => {
            rules(&mut document, finding)?.remove(place.rule()? - 1);
            Stays::Admission
        }
        LintCode::PlaceNeverReached
        | LintCode::PlaceListedTwice
        | LintCode::ExceptionWithoutEffect => {
            let (key, index) = place.key().strip_suffix(']')?.split_once('[')?;
            let list = rule(&mut document, finding)?.get_mut(key)?.as_array_mut()?;
            list.remove(index.parse().ok()?);
            Stays::Grounds
        }
        LintCode::TermWithoutEffect => {
            rule(&mut document, finding)?.remove(place.key())?;
            Stays::Admission
        }
        LintCode::OverlappingRules
        | LintCode::SelectorLoosensNothing
        | LintCode::UnusedRegion
        | LintCode::MissingTerritories
        | LintCode::PartOfACountry
        | LintCode::NearlyAnotherWord
        | LintCode::WordOfOneRule
        | LintCode::AgeOfNobody
        | LintCode::EmptySpan
        | LintCode::KindNeverAdmitted
        | LintCode::CoversNothing
        | LintCode::LifetimeOfNothing
        | LintCode::ConsentBySilence
        | LintCode::ObjectionNotOffered
        | LintCode::LegalBasisMissing
        | LintCode::SourcesMissing
        | LintCode::EffectiveBeforeAnnounced
        | LintCode::LooseningWithoutNotice => return None,
    };
    // Not every rest is a policy: the last catch-all has to stay.
    Some((stays, document.try_into().ok()?))
}

fn rules<'a>(document: &'a mut Table, finding: &Lint) -> Option<&'a mut Vec<Value>> {
    let id = finding.place().revision()?.as_str();
    let revisions = document.get_mut("revisions")?.as_array_mut()?;
    let revision =
        revisions.iter_mut().find(|r| r.get("id").and_then(Value::as_str) == Some(id))?;
    revision.get_mut("rules")?.as_array_mut()
}

fn rule<'a>(document: &'a mut Table, finding: &Lint) -> Option<&'a mut Table> {
    rules(document, finding)?.get_mut(finding.place().rule()? - 1)?.as_table_mut()
}

fn compared(grounds: Grounds, stays: Stays) -> Vec<Ground> {
    match stays {
        Stays::Grounds => {
            let unchecked = [Ground::AudienceUnknown, Ground::SubdivisionUnknown];
            grounds.iter().filter(|ground| !unchecked.contains(ground)).collect()
        }
        // Any ground keeps a record out.
        Stays::Admission => grounds.iter().take(1).map(|_| Ground::RegionExcluded).collect(),
    }
}

#[test]
fn what_has_no_effect_can_be_left_out() {
    let words = Vocabulary::small();
    let facts = || (words.registries(), words.records(), words.cut_offs());
    // What the generator is to reach.
    let codes = [
        LintCode::UnreachableRule,
        LintCode::OverruledRule,
        LintCode::PlaceNeverReached,
        LintCode::PlaceListedTwice,
        LintCode::ExceptionWithoutEffect,
        LintCode::TermWithoutEffect,
    ];
    let premises: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let many = (policies(), proptest::collection::vec(facts(), 24));
    property(&premises, 256, many, |(policy, facts), premises| {
        for finding in lint(&policy) {
            let Some((stays, rest)) = without(&policy, &finding) else { continue };
            if codes.contains(&finding.code()) {
                premises.count(finding.code().as_str(), true);
            }
            for (registry, record, as_of) in &facts {
                let [before, after] = [&policy, &rest].map(|policy| {
                    let view = registry.view(policy, *as_of);
                    compared(view.decide(record).grounds(), stays)
                });
                prop_assert_eq!(before, after, "{}", finding);
            }
        }
        Ok(())
    });
}
