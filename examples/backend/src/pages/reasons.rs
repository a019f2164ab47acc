//! Explanations in the language of the reader, from values.

use std::collections::BTreeMap;

use may_train::decision::{Evidence, Finding, Residence, RuleInForce};
use may_train::people::ChoiceSample;
use may_train::{
    Choice, ChoiceState, Event, Explanation, Fact, Ground, OptIns, Record, Regime, SubjectId,
    Timestamp, Verdict,
};

use super::language::Language;
use crate::say;

/// Returns the sentences that tell a subject why a record may or may not be used.
///
/// The subject sees facts about themselves, the record and the policy. If a fact about somebody else
/// stands against the record, one sentence says so, and no more.
#[must_use]
pub fn reasons(
    language: &Language,
    explanation: &Explanation<'_>,
    reader: &SubjectId,
) -> Vec<String> {
    let is_theirs =
        |evidence: &Evidence<'_>| evidence.subject().is_none_or(|whose| whose == reader);
    let mut sentences: Vec<String> = Vec::new();
    let mut add = |sentence: Option<String>| {
        if let Some(sentence) = sentence.filter(|sentence| !sentences.contains(sentence)) {
            sentences.push(sentence);
        }
    };
    let findings = explanation.findings();
    if explanation.verdict() == Verdict::Eligible {
        let theirs = findings.iter().map(Finding::evidence).filter(is_theirs);
        return in_favour(language, theirs);
    }
    let mut others = false;
    for ground in explanation.grounds().iter() {
        for finding in findings.iter().filter(|finding| finding.grounds().contains(ground)) {
            let evidence = finding.evidence();
            if is_theirs(&evidence) {
                add(Some(against(language, ground, evidence)));
            } else {
                others = true;
            }
        }
    }
    if others {
        add(Some(say!(language, "reason-somebody-else")));
    }
    sentences
}

/// Returns the sentence for a ground that a fact gives.
fn against(language: &Language, ground: Ground, evidence: Evidence<'_>) -> String {
    let date = |instant| language.date(instant);
    match evidence {
        Evidence::Policy { .. } => say!(language, "reason-no-policy-in-force"),
        Evidence::Record { record, .. } => match record.deleted_at() {
            Some(at) if ground == Ground::RecordDeleted => {
                say!(language, "reason-record-deleted", date = date(at))
            }
            Some(_) | None => {
                say!(language, "reason-not-yet-created", date = date(record.created_at()))
            }
        },
        Evidence::Nobody { .. } | Evidence::Known { .. } => {
            say!(language, "reason-subject-unknown")
        }
        Evidence::Restriction { subject, restriction } => say!(
            language,
            "reason-restricted",
            whose = if subject.is_some() { "you" } else { "record" },
            name = restriction.id().as_str(),
            date = date(restriction.span().start()),
        ),
        Evidence::Erasure { erasure, .. } => {
            say!(language, "reason-subject-erased", date = date(erasure.at()))
        }
        Evidence::ResidenceUnknown { instant, entries, .. } => say!(
            language,
            "reason-residence-unknown",
            entries = entries.len(),
            date = date(instant),
        ),
        Evidence::Subdivision { residence, .. } => say!(
            language,
            "reason-subdivision-unknown",
            place = language.place(residence.place),
            date = date(residence.instant),
        ),
        Evidence::Audience { as_of, .. } => {
            say!(language, "reason-audience-unknown", date = date(as_of))
        }
        Evidence::Choice { choice, .. } => opted_out(language, choice),
        Evidence::Setting { residence, rule, choice } => {
            setting(language, ground, (residence, rule, choice))
        }
        Evidence::Terms { residence, rule, record } => {
            terms(language, ground, (residence, rule, record))
        }
    }
}

/// Returns the sentence for a ground that a choice gives under a rule.
fn setting(
    language: &Language,
    ground: Ground,
    (residence, rule, choice): (Residence<'_>, RuleInForce<'_>, ChoiceSample<'_>),
) -> String {
    let place = language.place(residence.place);
    match ground {
        Ground::OptedOut => opted_out(language, choice),
        Ground::NotOptedIn => say!(language, "reason-not-opted-in", place = place),
        Ground::OptInExpired => {
            let terms = rule.rule.terms();
            let since = choice.in_force().map(|(_, entry)| entry.at()).max();
            if let Some(from) = terms.opt_in_from().filter(|from| since < Some(*from)) {
                say!(language, "reason-opt-in-before-notice", date = language.date(from))
            } else {
                let days = terms.opt_in_lifetime_days().unwrap_or_default();
                say!(language, "reason-opt-in-expired", days = days)
            }
        }
        _ => {
            let date = language.date(residence.instant);
            if rule.rule.audiences().is_some() {
                say!(language, "reason-group-excluded", place = place, date = date)
            } else {
                say!(language, "reason-region-excluded", place = place, date = date)
            }
        }
    }
}

/// Returns the sentence for a ground that the terms of a rule give.
fn terms(
    language: &Language,
    ground: Ground,
    (residence, rule, record): (Residence<'_>, RuleInForce<'_>, &Record),
) -> String {
    let terms = rule.rule.terms();
    let age = terms.minimum_age().unwrap_or_default();
    match ground {
        Ground::KindNotCovered => {
            say!(language, "reason-kind-not-covered", kind = language.kind(record.kind()))
        }
        Ground::UnderAge => say!(language, "reason-under-age", age = age),
        Ground::AgeUnknown => say!(language, "reason-age-unknown", age = age),
        _ => say!(
            language,
            "reason-created-outside-window",
            place = language.place(residence.place),
            date = language.date(terms.created_from().unwrap_or(Timestamp::MIN)),
        ),
    }
}

/// Returns a sentence for each opt-out in force, with who made it.
#[must_use]
pub fn opted_out(language: &Language, choice: ChoiceSample<'_>) -> String {
    let opt_outs = choice.in_force().filter(|(_, entry)| entry.value().choice() == Choice::OptOut);
    let sentences: Vec<String> = opt_outs
        .map(|(_, entry)| {
            let by = entry.value().by().as_str();
            say!(language, "reason-opted-out", by = by, date = language.date(entry.at()))
        })
        .collect();
    sentences.join(" ")
}

/// Returns a sentence for each regime that lets the record in, with the places where it holds.
fn in_favour<'a>(language: &Language, facts: impl Iterator<Item = Evidence<'a>>) -> Vec<String> {
    let mut places: BTreeMap<(Regime, &str), Vec<String>> = BTreeMap::new();
    for fact in facts {
        let Evidence::Setting { residence, rule, choice } = fact else { continue };
        let state = match choice.state(OptIns::default()) {
            ChoiceState::OptedIn => "opted-in",
            ChoiceState::OptedOut | ChoiceState::OptInExpired | ChoiceState::Silent => "silent",
        };
        let held = places.entry((rule.rule.regime(), state)).or_default();
        let place = language.place(residence.place);
        if !held.contains(&place) {
            held.push(place);
        }
    }
    let sentence = |((regime, choice), places): ((Regime, &str), Vec<String>)| {
        let places = places.join(", ");
        say!(
            language,
            "reason-eligible",
            places = places,
            regime = regime.as_str(),
            choice = choice
        )
    };
    places.into_iter().map(sentence).collect()
}

/// Returns the sentence for an event of a subject's history.
#[must_use]
pub fn event(language: &Language, event: &Event) -> String {
    match event.fact() {
        Fact::Residence(Some(place)) => {
            say!(language, "event-residence", place = language.place(*place))
        }
        Fact::Residence(None) => say!(language, "event-residence-unknown"),
        Fact::Audience(Some(audience)) => {
            say!(language, "event-audience", audience = audience.as_str())
        }
        Fact::Audience(None) => say!(language, "event-audience-unknown"),
        Fact::Choice(purpose, made) => say!(
            language,
            "event-choice",
            choice = made.choice().as_str(),
            by = made.by().as_str(),
            purpose = purpose.as_str(),
        ),
        Fact::Birth(birth) => say!(language, "event-birth", birth = birth.to_string()),
        Fact::Restriction { id, .. } => say!(language, "event-restriction", name = id.as_str()),
        Fact::Erasure => say!(language, "event-erasure"),
    }
}
