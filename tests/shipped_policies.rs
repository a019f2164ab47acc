//! The shipped policies give the verdicts that the facts give.
//!
//! `tests/probes.csv` holds them: a policy, a day, a country, a kind, a birth, an audience, a choice
//! (made the day before), a creation, and what has to come out, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use may_train::{
    Audience, Choice, ChosenBy, Entry, Ground, Policy, Record, Registry, Subject, Timestamp,
};

const PROBES: &str = include_str!("probes.csv");
const COLUMNS: &str = "policy,as_of,country,kind,born,audience,choice,created_at,expected_verdict,\
                       expected_grounds,why";

/// A line of the table; only the last column may be quoted and hold commas.
fn columns(line: &str) -> Vec<&str> {
    line.splitn(11, ',').map(|column| column.trim_matches('"')).collect()
}

fn the_day_before(instant: Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.as_micros() - 86_400_000_000).expect("a day")
}

#[test]
fn every_probe_gives_what_the_facts_give() {
    let mut lines = PROBES.lines();
    assert_eq!(lines.next(), Some(COLUMNS));
    let policies: BTreeMap<&str, Policy> = Policy::shipped_ids()
        .map(|id| (id, Policy::shipped(id).expect("a shipped policy")))
        .collect();
    let mut probed = BTreeSet::new();
    for line in lines {
        let [policy, as_of, place, kind, born, audience, choice, created, verdict, grounds, why] =
            columns(line)[..]
        else {
            panic!("{line}: not eleven columns");
        };
        let as_of: Timestamp = as_of.parse().expect(line);
        let policy = &policies[policy];
        probed.insert(policy.platform().as_str());
        let mut subject = Subject::new("u".parse().expect("an id"))
            .with_residence(place.parse().expect(line), "2000-01-01".parse().expect("a day"));
        if !born.is_empty() {
            subject = subject.with_birth(born.parse().expect(line));
        }
        if !audience.is_empty() {
            let since = "2000-01-01".parse().expect("a day");
            subject = subject
                .with_audience_entry(Entry::new(since, audience.parse::<Audience>().expect(line)));
        }
        if !choice.is_empty() {
            let choice: Choice = choice.parse().expect(line);
            let purpose = policy.purpose().clone();
            subject =
                subject.with_choice(choice, ChosenBy::Subject, purpose, the_day_before(as_of));
        }
        let mut registry = Registry::new();
        registry.insert(subject).expect("one subject");
        let record = Record::new(
            "r".parse().expect("an id"),
            kind.parse().expect(line),
            created.parse().expect(line),
        )
        .with_subject("u".parse().expect("an id"));
        let view = registry.view(policy, as_of);
        let decision = view.decide(&record);
        let expected = grounds.split(';').filter(|code| !code.is_empty());
        let expected = expected.map(|code| code.parse::<Ground>().expect(line)).collect();
        assert_eq!(decision.grounds(), expected, "{line}: {}", decision.explanation());
        assert_eq!(decision.verdict().as_str(), verdict, "{why}");
    }
    assert_eq!(probed, Policy::shipped_ids().collect(), "a shipped policy is never probed");
}

#[test]
fn every_shipped_policy_is_called_by_its_platform_and_says_where_its_facts_are_from() {
    let ids: Vec<_> = Policy::shipped_ids().collect();
    assert!(ids.is_sorted());
    for id in ids {
        let policy = Policy::shipped(id).expect(id);
        assert_eq!(policy.platform().as_str(), id);
        assert!(policy.title().is_some(), "{id} has no title");
        for revision in policy.revisions() {
            assert!(!revision.sources().is_empty(), "{id}/{} has no source", revision.id());
            assert!(revision.note().is_some(), "{id}/{} has no note", revision.id());
        }
    }
}

#[test]
fn private_messages_are_never_admitted_by_a_social_network() {
    let subject = Subject::new("u".parse().expect("an id"))
        .with_residence("US".parse().expect("a place"), "2000-01-01".parse().expect("a day"))
        .with_birth("1980".parse().expect("a year"));
    let mut registry = Registry::new();
    registry.insert(subject).expect("one subject");
    for id in ["linkedin", "linkedin-microsoft", "meta", "x"] {
        let policy = Policy::shipped(id).expect(id);
        for revision in policy.revisions() {
            let kind = "private-message".parse().expect("a kind");
            let record = Record::new(
                "r".parse().expect("an id"),
                kind,
                "2015-01-01".parse().expect("a day"),
            );
            let record = record.with_subject("u".parse().expect("an id"));
            let view = registry.view(&policy, revision.effective());
            let grounds = view.decide(&record).grounds();
            assert!(grounds.contains(Ground::KindNotCovered), "{id}/{}: {grounds}", revision.id());
        }
    }
}
