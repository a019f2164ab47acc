//! The sentences of explanations, for people. No code reads them back.

use std::borrow::Cow;
use std::fmt;

use crate::decision::evidence::{Evidence, Residence, RuleInForce};
use crate::decision::explain::{Explanation, Finding, SOMEBODY_ELSE};
use crate::people::choice::{Choice, ChoiceSample, ChosenBy};
use crate::people::log::Entry;
use crate::values::ground::{Ground, Verdict};
use crate::values::id::SubjectId;
use crate::values::regime::{ChoiceState, OptIns, Regime};
use crate::values::time::Timestamp;

/// The context of a sentence: who reads it, and whether the subject needs a name.
struct Speaker<'a> {
    /// The subject who reads the sentence; `None` if the platform reads it.
    you: Option<&'a SubjectId>,
    /// Whether the record has only one subject.
    alone: bool,
    /// The cut-off.
    as_of: Timestamp,
}

/// The words by which a sentence refers to one subject.
struct Name<'a> {
    who: Cow<'a, str>,
    whose: Cow<'a, str>,
    was: &'static str,
}

impl Speaker<'_> {
    /// Returns the words for a subject. `None` stands for the record.
    fn name(&self, subject: Option<&SubjectId>) -> Name<'static> {
        match subject {
            None => Name { who: "the record".into(), whose: "the record's".into(), was: "was" },
            Some(id) if self.you == Some(id) => {
                Name { who: "you".into(), whose: "your".into(), was: "were" }
            }
            Some(_) if self.alone => {
                Name { who: "the subject".into(), whose: "the subject's".into(), was: "was" }
            }
            Some(id) => Name {
                who: format!("subject `{id}`").into(),
                whose: format!("subject `{id}`'s").into(),
                was: "was",
            },
        }
    }
}

pub(super) fn write_all(explanation: &Explanation<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_sentences(explanation, None, f)
}

/// An explanation as one subject may read it. It prints as sentences.
pub(super) struct ForSubject<'e, 'a> {
    pub explanation: &'e Explanation<'a>,
    pub subject: &'e SubjectId,
}

impl fmt::Display for ForSubject<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sentences(self.explanation, Some(self.subject), f)
    }
}

fn write_sentences(
    explanation: &Explanation<'_>,
    you: Option<&SubjectId>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let case = explanation.case;
    let alone = case.record.subjects().len() == 1;
    let speaker = Speaker { you, alone, as_of: case.as_of };
    let may_see = |evidence: &Evidence<'_>| you.is_none_or(|you| evidence.is_for(you));
    let findings = explanation.findings();
    let told = || findings.iter().filter(|finding| !is_told_by_a_later(finding, findings));
    let mut sentences: Vec<String> = Vec::new();
    let mut others = false;
    let mut add = |sentence: Option<String>| {
        if let Some(sentence) = sentence.filter(|s| !sentences.contains(s)) {
            sentences.push(sentence);
        }
    };
    let verdict = explanation.verdict();
    match verdict {
        Verdict::Eligible => {
            for finding in told() {
                if may_see(&finding.evidence) {
                    add(speaker.in_favour(finding.evidence));
                }
            }
        }
        Verdict::Ineligible | Verdict::Indeterminate => {
            for ground in explanation.grounds().iter() {
                for finding in told().filter(|f| f.grounds().contains(ground)) {
                    if may_see(&finding.evidence) {
                        add(speaker.against(ground, finding.evidence));
                    } else {
                        others = true;
                    }
                }
            }
            if others {
                add(Some(SOMEBODY_ELSE.into()));
            }
        }
    }
    write!(f, "{verdict}: {}", sentences.join("; "))
}

/// Checks whether another finding reports the same residence at a later sampled instant.
fn is_told_by_a_later(finding: &Finding<'_>, findings: &[Finding<'_>]) -> bool {
    let Evidence::Setting { residence, rule, choice } = finding.evidence() else { return false };
    findings.iter().any(|other| match other.evidence() {
        Evidence::Setting { residence: later, rule: same, choice: sampled } => {
            later.instant > residence.instant
                && later.subject.id() == residence.subject.id()
                && later.entry == residence.entry
                && same.rule.number() == rule.rule.number()
                && sampled.instant() == choice.instant()
                && other.grounds() == finding.grounds()
        }
        _ => false,
    })
}

impl Speaker<'_> {
    /// Returns the sentence for a ground against the record; `None` if the fact gives none.
    fn against(&self, ground: Ground, evidence: Evidence<'_>) -> Option<String> {
        let name = self.name(evidence.subject());
        let Name { who, whose, was } = &name;
        let as_of = self.as_of;
        Some(match evidence {
            Evidence::Policy { policy, .. } => {
                format!("no revision of {} was in force on {as_of}", policy.platform())
            }
            Evidence::Record { record, .. } if ground == Ground::NotYetCreated => {
                format!("the record was created on {}, after {as_of}", record.created_at())
            }
            Evidence::Record { record, .. } => {
                format!("the record was deleted on {}", record.deleted_at()?)
            }
            Evidence::Nobody { subject: None } => "the record names no subject".into(),
            Evidence::Nobody { subject: Some(id) } => {
                format!("the registry does not know subject `{id}`")
            }
            Evidence::Known { .. } => return None,
            Evidence::Restriction { restriction, .. } => {
                let (id, since) = (restriction.id(), restriction.span().start());
                format!("the restriction `{id}` of {who} is in force since {since}")
            }
            Evidence::Erasure { erasure, .. } => format!("{who} {was} erased on {}", erasure.at()),
            Evidence::ResidenceUnknown { instant, entries, .. } => {
                format!("{whose} residence {}", unknown(instant, entries))
            }
            Evidence::Subdivision { residence, rule, .. } => {
                let place = residence.place;
                format!(
                    "it is not known in which part of {place} {who} resided on {}, and {rule} \
                     names one",
                    residence.instant
                )
            }
            Evidence::Audience { entries, rule, .. } => {
                format!("{whose} audience {}, and {rule} selects by it", unknown(as_of, entries))
            }
            Evidence::Choice { choice, .. } => self.opted_out(&name, choice),
            Evidence::Setting { residence, rule, choice } => {
                self.setting(ground, &name, residence, rule, choice)
            }
            Evidence::Terms { residence, rule, record } => {
                let terms = rule.rule.terms();
                let created = record.created_at();
                match ground {
                    Ground::KindNotCovered => format!("{rule} does not cover `{}`", record.kind()),
                    Ground::CreatedOutsideWindow => {
                        let from = terms.created_from()?;
                        format!(
                            "the record was created on {created}, and {rule} takes records from {from}"
                        )
                    }
                    Ground::UnderAge => {
                        let age = terms.minimum_age()?;
                        format!(
                            "{who} {was} under {age} on {created}, and {rule} has that minimum age"
                        )
                    }
                    Ground::AgeUnknown => {
                        let age = terms.minimum_age()?;
                        format!("{whose} birth is unknown, and {rule} has a minimum age of {age}")
                    }
                    _ => format!("{rule} stands against {who} in {}", residence.place),
                }
            }
        })
    }

    /// Returns the sentence for a ground that a choice gives under the regime of a rule.
    fn setting(
        &self,
        ground: Ground,
        name: &Name<'_>,
        residence: Residence<'_>,
        rule: RuleInForce<'_>,
        choice: ChoiceSample<'_>,
    ) -> String {
        let Name { who, whose, .. } = name;
        match ground {
            Ground::OptedOut => self.opted_out(name, choice),
            Ground::OptInExpired => {
                let since = choice.in_force().map(|(_, entry)| entry.at()).max();
                let of = since.map_or(String::new(), |at| format!(" of {at}"));
                let terms = rule.rule.terms();
                if let Some(from) = terms.opt_in_from().filter(|from| since < Some(*from)) {
                    return format!(
                        "{whose} opt-in{of} does not count, for {rule} asks for one from {from} on"
                    );
                }
                let days = terms.opt_in_lifetime_days().unwrap_or_default();
                let instant = choice.instant();
                format!(
                    "{whose} opt-in{of} had expired by {instant}, for {rule} counts it for \
                     {days} days"
                )
            }
            Ground::NotOptedIn => {
                let instant = choice.instant();
                format!("{who} had not opted in by {instant}, which {rule} asks for")
            }
            _ => {
                // The selectors of a rule are part of the reason for an exclusion.
                let audiences = rule.rule.audiences().map_or(String::new(), |audiences| {
                    let names: Vec<_> = audiences.iter().map(|a| format!("`{a}`")).collect();
                    format!(" for {}", names.join(", "))
                });
                let created = rule.rule.created().map_or(String::new(), |span| match span.end() {
                    Some(end) if span.start() == Timestamp::MIN => {
                        format!(" for what was created before {end}")
                    }
                    Some(end) => {
                        format!(" for what was created from {} until {end}", span.start())
                    }
                    None => format!(" for what was created from {}", span.start()),
                });
                format!("{}, which {rule} excludes{audiences}{created}", resided(who, residence))
            }
        }
    }

    /// Returns a sentence for the opt-outs in force, each with the person or system that made it.
    fn opted_out(&self, name: &Name<'_>, choice: ChoiceSample<'_>) -> String {
        let Name { who, whose, .. } = name;
        let before =
            if choice.instant() < self.as_of { ", before the record was created" } else { "" };
        let sentences: Vec<_> = choice
            .in_force()
            .filter(|(_, entry)| entry.value().choice() == Choice::OptOut)
            .map(|(purpose, entry)| {
                let wider = if purpose == choice.purpose() {
                    String::new()
                } else {
                    format!(" of {purpose}")
                };
                let done = match entry.value().by() {
                    ChosenBy::Subject => format!("{who} opted out"),
                    ChosenBy::Guardian => format!("{whose} guardian opted out"),
                    ChosenBy::Signal => format!("a signal opted {who} out"),
                    ChosenBy::Admin => format!("an administrator opted {who} out"),
                    ChosenBy::Migrated => format!("an opt-out of {who} was carried over"),
                };
                let known = if entry.recorded() == entry.at() {
                    String::new()
                } else {
                    format!(" (recorded on {})", entry.recorded())
                };
                format!("{done}{wider} on {}{known}{before}", entry.at())
            })
            .collect();
        sentences.join(", and ")
    }

    /// Returns the sentence for a fact that speaks for the record; `None` if the fact needs none.
    fn in_favour(&self, evidence: Evidence<'_>) -> Option<String> {
        let Evidence::Setting { residence, rule, choice } = evidence else { return None };
        let Name { who, .. } = self.name(evidence.subject());
        let resided = resided(&who, residence);
        let offer = match rule.rule.regime() {
            Regime::Excluded => return None,
            Regime::OptIn => "asks for an opt-in",
            Regime::OptOut => "has the setting on by default",
            Regime::NoChoice => "offers no setting",
        };
        let chose = match choice.state(OptIns::default()) {
            ChoiceState::OptedIn => {
                let since = choice.in_force().map(|(_, entry)| entry.at()).max()?;
                format!("{who} opted in on {since}")
            }
            ChoiceState::Silent | ChoiceState::OptInExpired | ChoiceState::OptedOut => {
                format!("{who} had not opted out by {}", choice.instant())
            }
        };
        Some(format!("{resided}, where {rule} {offer}, and {chose}"))
    }
}

/// Returns the end of a sentence that says why a value is unknown at an instant.
fn unknown<T: fmt::Display>(instant: Timestamp, standing: &[Entry<Option<T>>]) -> String {
    let name = |value: &Option<T>| value.as_ref().map_or("`null`".into(), ToString::to_string);
    match standing {
        [] => format!("on {instant} is unknown"),
        [entry] => format!("is not known since {}", entry.at()),
        several => {
            let several: Vec<_> = several.iter().map(|entry| name(entry.value())).collect();
            format!("on {instant} is unknown ({} contradict each other)", several.join(" and "))
        }
    }
}

fn resided(who: &str, residence: Residence<'_>) -> String {
    let Residence { instant, place, entry, .. } = residence;
    let since = entry.at();
    if since == instant {
        format!("{who} resided in {place} from {since} on")
    } else {
        format!("{who} resided in {place} on {instant} (since {since})")
    }
}
