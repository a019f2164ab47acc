//! The shipped policies give the verdicts that the facts give.
//!
//! `tests/probes.csv` holds them: a policy, a day, a country, a kind, a birth, an audience, a choice
//! (made the day before), a creation, and what has to come out, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use may_train::policy::Status;
use may_train::{
    Audience, Choice, ChosenBy, Country, Entry, Ground, Policy, Record, Registry, Subject,
    Timestamp,
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
    let mut wrong = Vec::new();
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
        assert!(!why.is_empty(), "{line}: it does not say why");
        if (decision.grounds(), decision.verdict().as_str()) != (expected, verdict) {
            wrong.push(format!("{line}\n  found {}", decision.explanation()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(probed, Policy::shipped_ids().collect(), "a shipped policy is never probed");
}

/// A region `world` makes a rule for it closer than the catch-all: it names every country there is.
#[test]
fn a_region_of_every_country_has_every_country() {
    let mut found = 0;
    for id in Policy::shipped_ids() {
        let policy = Policy::shipped(id).expect(id);
        for world in policy.regions().filter(|region| region.name() == "world") {
            let members: Vec<Country> = world.members().map(|(country, _)| country).collect();
            assert_eq!(members, Country::all().collect::<Vec<_>>(), "{id}");
            found += 1;
        }
    }
    assert!(found >= 9, "{found} regions");
}

/// The undertaking of X has a last day and no first one, and the explanation invents none.
#[test]
fn a_window_without_a_start_is_told_without_one() {
    let policy = Policy::shipped("x").expect("x");
    let subject = Subject::new("u".parse().expect("an id"))
        .with_residence("DE".parse().expect("a place"), "2000-01-01".parse().expect("a day"));
    let mut registry = Registry::new();
    registry.insert(subject).expect("one subject");
    let post = Record::new(
        "r".parse().expect("an id"),
        "public-post".parse().expect("a kind"),
        "2022-01-01".parse().expect("a day"),
    );
    let post = post.with_subject("u".parse().expect("an id"));
    let view = registry.view(&policy, "2024-10-01".parse().expect("a day"));
    let text = view.explain(&post).to_string();
    let told = "which rule 1 of x/2024-09-04 excludes for what was created before 2024-08-02";
    assert!(text.contains(told), "{text}");
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
            assert!(revision.confidence().is_some(), "{id}/{} is not rated", revision.id());
            for rule in revision.rules().iter().filter(|rule| rule.confidence().is_some()) {
                let same = rule.confidence() == revision.confidence();
                assert!(!same, "{id}/{}: rule {} says it again", revision.id(), rule.number());
            }
        }
        assert!(!policy.not_modelled().is_empty(), "{id} models everything");
        for said in policy.not_modelled() {
            assert!(said.ends_with('.'), "{id}: `{said}` is not a sentence");
        }
    }
}

/// Sentences and confidences among the rest: nothing is lost on the way to TOML or JSON and back.
#[test]
fn shipped_policies_survive_being_written() {
    for id in Policy::shipped_ids() {
        let policy = Policy::shipped(id).expect(id);
        let toml = policy.to_toml().expect(id);
        assert_eq!(Policy::from_toml(&toml).expect(id), policy, "{toml}");
        let json = serde_json::to_string(&policy).expect(id);
        assert_eq!(serde_json::from_str::<Policy>(&json).expect(id), policy, "{json}");
        assert!(toml.contains("not_modelled = ") && toml.contains("confidence = "), "{toml}");
    }
}

#[test]
fn private_messages_are_never_admitted_by_a_social_network() {
    let subject = Subject::new("u".parse().expect("an id"))
        .with_residence("US".parse().expect("a place"), "2000-01-01".parse().expect("a day"))
        .with_birth("1980".parse().expect("a year"));
    let mut registry = Registry::new();
    registry.insert(subject).expect("one subject");
    for id in ["automattic", "linkedin", "linkedin-microsoft", "meta", "pinterest", "quora", "x"] {
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

/// Who takes part in a record of several subjects: an id, an audience, and who chose what.
type Party<'a> = (&'a str, Option<&'a str>, Option<(Choice, ChosenBy)>);

/// What stands against a record of several subjects at the cut-off: made the day before, with
/// choices of two days before.
fn grounds_of(id: &str, as_of: &str, kind: &str, parties: &[Party<'_>]) -> Vec<Ground> {
    let policy = Policy::shipped(id).expect(id);
    let as_of: Timestamp = as_of.parse().expect("a day");
    let created = the_day_before(as_of);
    let since = "2000-01-01".parse().expect("a day");
    let mut registry = Registry::new();
    let mut record =
        Record::new("r".parse().expect("an id"), kind.parse().expect("a kind"), created);
    for (name, audience, chosen) in parties {
        let mut subject = Subject::new(name.parse().expect("an id"))
            .with_residence("US".parse().expect("US"), since);
        if let Some(audience) = audience {
            let audience: Audience = audience.parse().expect("an audience");
            subject = subject.with_audience_entry(Entry::new(since, audience));
        }
        if let Some((choice, by)) = chosen {
            let purpose = policy.purpose().clone();
            subject = subject.with_choice(*choice, *by, purpose, the_day_before(created));
        }
        registry.insert(subject).expect("another subject");
        record = record.with_subject(name.parse().expect("an id"));
    }
    registry.view(&policy, as_of).decide(&record).grounds().iter().collect()
}

#[test]
fn every_rights_holder_of_a_video_has_to_allow_it() {
    let allowed = Some((Choice::OptIn, ChosenBy::Subject));
    let grounds = |label| {
        let parties = [("channel", None, allowed), ("label", None, label)];
        grounds_of("youtube-third-parties", "2025-06-01", "public-video", &parties)
    };
    assert_eq!(grounds(allowed), []);
    assert_eq!(grounds(None), [Ground::NotOptedIn]);
    let refused = Some((Choice::OptOut, ChosenBy::Subject));
    assert_eq!(grounds(refused), [Ground::OptedOut]);
}

/// Where an organisation's admin chooses, the organisation is a further subject: its opt-out binds
/// everybody's data, and the members' silence does not undo it.
#[test]
fn the_choice_of_an_organisation_binds_the_data_of_its_members() {
    for (id, as_of, kind, plan) in [
        ("atlassian", "2026-10-01", "in-app-data", Some("standard")),
        ("figma", "2025-01-01", "file-content", Some("professional")),
        ("slack-global-models", "2025-01-01", "message", None),
    ] {
        let grounds = |choice: Option<Choice>| {
            let chosen = choice.map(|choice| (choice, ChosenBy::Admin));
            grounds_of(id, as_of, kind, &[("org", plan, chosen), ("member", plan, None)])
        };
        assert_eq!(grounds(None), [], "{id}");
        assert_eq!(grounds(Some(Choice::OptOut)), [Ground::OptedOut], "{id}");
    }
}

/// Where silence means no, an admin cannot opt a member in, and an organisation's own opt-in is not
/// its members'.
#[test]
fn an_organisation_opts_in_for_itself_alone() {
    let own = Some((Choice::OptIn, ChosenBy::Subject));
    let by_admin = Some((Choice::OptIn, ChosenBy::Admin));
    for (id, as_of, kind, plan) in [
        ("atlassian", "2026-10-01", "in-app-data", Some("premium")),
        ("figma", "2025-01-01", "file-content", Some("organization")),
    ] {
        let grounds =
            |member| grounds_of(id, as_of, kind, &[("org", plan, own), ("member", plan, member)]);
        assert_eq!(grounds(own), [], "{id}");
        assert_eq!(grounds(None), [Ground::NotOptedIn], "{id}");
        assert_eq!(grounds(by_admin), [Ground::NotOptedIn], "{id}");
    }
}

/// A clause that was withdrawn decides nothing, whatever it would have allowed.
#[test]
fn the_withdrawn_clause_of_wetransfer_was_never_in_force() {
    let policy = Policy::shipped("wetransfer").expect("shipped");
    let withdrawn = policy.revisions().iter().filter(|r| r.status() == Status::Withdrawn).count();
    assert_eq!(withdrawn, 1);
    for day in ["2025-08-07", "2025-08-08", "2026-11-01"] {
        let parties = [("sender", None, Some((Choice::OptIn, ChosenBy::Subject)))];
        let grounds = grounds_of("wetransfer", day, "transferred-file", &parties);
        assert_eq!(grounds, [Ground::RegionExcluded], "{day}");
    }
}
