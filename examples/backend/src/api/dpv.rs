//! A consent record as JSON-LD, in the words of the W3C Data Privacy Vocabulary (DPV 2), with the
//! fields that ISO/IEC TS 27560 asks for: who, for what, since when, by whom, and every change.

use may_train::{Choice, ChoiceState, ChosenBy, OptIns, Policy, Subject, Timestamp};
use serde_json::{Value, json};

/// Returns the record of a subject's choices for the purpose of a policy.
#[must_use]
pub fn consent_record(subject: &Subject, policy: &Policy, now: Timestamp) -> Value {
    let purpose = policy.purpose();
    let opt_ins =
        policy.in_force(now).map_or(OptIns::default(), |in_force| in_force.terms().opt_ins());
    let state = subject.choice_at(purpose, now, None).state(opt_ins);
    let mut events: Vec<_> =
        subject.choices().iter().filter(|(of, _)| of.includes(purpose)).collect();
    events.sort_by_key(|(_, entry)| (entry.at(), entry.recorded()));
    let mut was_given = false;
    let events: Vec<Value> = events
        .into_iter()
        .map(|(of, entry)| {
            let made = entry.value();
            let status = match made.choice() {
                Choice::OptIn => "dpv:ConsentGiven",
                Choice::OptOut if was_given => "dpv:ConsentWithdrawn",
                Choice::OptOut => "dpv:ConsentRefused",
            };
            was_given = matches!(made.choice(), Choice::OptIn);
            json!({
                "@type": "dpv:ConsentRecord",
                "dpv:hasConsentStatus": { "@id": status },
                "dpv:hasPurpose": of,
                "dpv:isIndicatedBy": { "@id": indicated_by(made.by()) },
                "dpv:isIndicatedAtTime": instant(entry.at()),
                "dct:dateSubmitted": instant(entry.recorded()),
                "dct:valid": made.counts(entry.at(), subject.birth()),
            })
        })
        .collect();
    json!({
        "@context": {
            "dpv": "https://w3id.org/dpv#",
            "dct": "http://purl.org/dc/terms/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": "ISO/IEC TS 27560:2023",
        "dct:identifier": format!("{}:{}:{}", policy.platform(), purpose, subject.id()),
        "dct:issued": instant(now),
        "dpv:hasDataSubject": subject.id(),
        "dpv:hasDataController": policy.platform(),
        "dpv:hasPurpose": purpose,
        "dpv:hasConsentStatus": { "@id": status(state) },
        "dpv:hasNotice": policy.in_force(now).map(may_train::Revision::id),
        "dpv:hasRecordOfActivity": events,
    })
}

/// Returns the word of DPV. Silence is never consent.
fn status(state: ChoiceState) -> &'static str {
    match state {
        ChoiceState::OptedIn => "dpv:ConsentGiven",
        ChoiceState::OptedOut => "dpv:ConsentRefused",
        ChoiceState::OptInExpired => "dpv:ConsentExpired",
        ChoiceState::Silent => "dpv:ConsentUnknown",
    }
}

/// Returns who indicated a choice.
fn indicated_by(by: ChosenBy) -> &'static str {
    match by {
        ChosenBy::Subject | ChosenBy::Signal => "dpv:DataSubject",
        ChosenBy::Guardian => "dpv:GuardianOfDataSubject",
        ChosenBy::Admin | ChosenBy::Migrated => "dpv:DataController",
    }
}

fn instant(at: Timestamp) -> Value {
    json!({ "@type": "xsd:dateTime", "@value": at.to_string() })
}
