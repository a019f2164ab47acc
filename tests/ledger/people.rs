//! The laws of effect statements, of identities and of suppression.

use std::collections::BTreeSet;

use may_train::ledger::{Audit, Ledger, Outcome, SuppressionList, TokenKey};
use may_train::people::{ChoiceMade, Identities};
use may_train::policy::OptOutReach;
use may_train::{
    Choice, ChosenBy, Entry, Event, Fact, Ground, Policy, Purpose, Record, Registry, Span, Subject,
    SubjectId, Timestamp, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::laws::{build, ids};
use crate::policy::policy;
use crate::worlds::{
    SUBJECTS, World, absorbed, any_worlds, around, cut_offs, everybody, histories, id, instants,
};

fn events() -> impl Strategy<Value = Event> {
    let purpose = prop::sample::select(vec!["ai-training", "ai-training.generative", "other"]);
    let choice = prop::sample::select(Choice::ALL.to_vec());
    let by = prop::sample::select(ChosenBy::ALL.to_vec());
    let place = prop::sample::select(vec!["GB", "FR", "US", "US-NY", "CH"]);
    let audience = prop::sample::select(vec!["consumer", "business"]);
    let birth = prop::sample::select(vec!["1990", "1990-12-31", "2008-03-01"]);
    let restriction = prop::sample::select(vec!["baa", "legal-hold"]);
    let change = prop_oneof![
        4 => (purpose, choice, by)
            .prop_map(|(p, c, by)| Fact::Choice(id(p), ChoiceMade::new(c, by))),
        2 => place.prop_map(|place| Fact::Residence(Some(id(place)))),
        1 => audience.prop_map(|audience| Fact::Audience(Some(id(audience)))),
        1 => birth.prop_map(|birth| Fact::Birth(id(birth))),
        1 => (restriction, prop::option::of(instants()))
            .prop_map(|(name, until)| Fact::Restriction { id: id(name), until }),
        1 => Just(Fact::Erasure),
    ];
    let subject = prop::sample::select(SUBJECTS.to_vec());
    (subject, instants(), prop::option::of(instants()), change).prop_map(
        |(subject, at, recorded, change)| {
            // A hold that ends before it begins is no event that reads back.
            let change = match change {
                Fact::Restriction { id, until } => {
                    Fact::Restriction { id, until: until.filter(|until| *until > at) }
                }
                other => other,
            };
            Event::new(id(subject), at, change).with_recorded(recorded.unwrap_or(at))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn an_effect_statement_is_what_the_decisions_then_do(
        world in any_worlds(), event in events(), runs in vec(cut_offs(), 0..4), open in cut_offs(),
        start in cut_offs(), asked in vec(instants(), 12),
    ) {
        let World { policy, registry, records } = &world;
        let mut ledger = Ledger::new();
        for (n, as_of) in runs.iter().enumerate() {
            let gate = registry.gate(policy, *as_of, *as_of);
            ledger.append(build(&format!("run-{n}"), &gate, records).seal()).unwrap();
        }
        let set = || build("open", &registry.gate(policy, open, open), records);
        let statement = event.effect(registry, policy, &ledger, records).on_set(&set());
        let mut after = registry.clone();
        after.apply(&event);

        // Every decision from the event on is as it says.
        let theirs = |r: &&Record| r.subjects().contains(event.subject());
        prop_assert_eq!(statement.records().len(), records.iter().filter(theirs).count());
        for effect in statement.records() {
            let record = records.iter().find(|r| r.id() == effect.record()).unwrap();
            let eligible = |registry: &Registry, as_of| {
                registry.view(policy, as_of).decide(record).verdict() == Verdict::Eligible
            };
            let starts = |spans: &[Span]| spans.iter().map(|span| span.start()).min();
            prop_assert!(starts(effect.eligible()).is_none_or(|start| start >= event.at()));
            prop_assert!(starts(effect.otherwise()).is_none_or(|start| start >= event.at()));
            for t in asked.iter().copied().chain([event.at()]).flat_map(around) {
                if t < event.at() {
                    // A birth has no clock: it counts at every instant.
                    let has_a_clock = !matches!(event.fact(), Fact::Birth(_));
                    prop_assert!(!has_a_clock || eligible(&after, t) == eligible(registry, t));
                    continue;
                }
                let says = effect.eligible().iter().any(|span| span.contains(t));
                prop_assert_eq!(says, eligible(&after, t), "at {}", t);
                let otherwise = effect.otherwise().iter().any(|span| span.contains(t));
                prop_assert_eq!(otherwise, eligible(registry, t), "at {}", t);
                if effect.out_from().is_some_and(|out| out <= t) {
                    prop_assert!(!eligible(&after, t));
                }
                match effect.outcome() {
                    Outcome::TakenOut | Outcome::StaysOut => prop_assert!(!eligible(&after, t)),
                    Outcome::StaysIn => {
                        prop_assert_eq!(eligible(&after, t), eligible(registry, t));
                    }
                    Outcome::BroughtIn => prop_assert!(!eligible(registry, t)),
                    Outcome::Shifted => {}
                }
            }
        }

        // The runs that it calls unaffected are; and it names each that used the person.
        let named: BTreeSet<_> =
            statement.unaffected().iter().chain(statement.too_late_for()).cloned().collect();
        let used: BTreeSet<_> =
            ledger.uses_of_subject(event.subject()).map(|run| run.id().clone()).collect();
        prop_assert_eq!(named, used);
        for run in ledger.runs().filter(|run| statement.unaffected().contains(run.id())) {
            let audit = |r: &Registry| Audit::of(run, policy, r, records.clone()).unwrap();
            prop_assert_eq!(audit(&after), audit(registry));
        }

        // A set that it does not name is rechecked as if nothing had happened.
        let (mut with, mut without) = (set(), set());
        let _ = with.recheck(&after.gate(policy, start, Timestamp::MAX)).unwrap();
        let _ = without.recheck(&registry.gate(policy, start, Timestamp::MAX)).unwrap();
        if statement.recheck().is_empty() {
            prop_assert_eq!(ids(with.records()), ids(without.records()));
        }
    }

    #[test]
    fn events_give_the_same_registry_in_any_order_and_any_number_of_times(
        world in any_worlds(), events in vec(events(), 0..12),
        order in vec(any::<prop::sample::Index>(), 24), asked in any::<bool>(),
    ) {
        let applied = |events: &[&Event]| {
            let mut registry = world.registry.clone();
            if asked {
                // From here on the registry keeps the digest up to date.
                let _ = registry.digest();
            }
            for event in events {
                registry.apply(event);
            }
            registry
        };
        let one = applied(&events.iter().collect::<Vec<_>>());
        // Some of them in another order, then each of them, the last first.
        let mut shuffled: Vec<&Event> = Vec::new();
        if !events.is_empty() {
            shuffled.extend(order.iter().map(|index| index.get(&events)));
        }
        shuffled.extend(events.iter().rev());
        let other = applied(&shuffled);
        prop_assert_eq!(everybody(&one), everybody(&other));
        prop_assert_eq!(one.digest(), other.digest());
        let afresh = everybody(&one).into_iter().fold(Registry::new(), |mut registry, subject| {
            registry.replace(subject);
            registry
        });
        prop_assert_eq!(one.digest(), afresh.digest());
        for event in &events {
            let text = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }

    #[test]
    fn births_that_contradict_each_other_are_unknown_in_any_order(
        births in vec(prop::sample::select(vec!["1950", "1990", "1990-12-31", "2008-03-01"]), 1..5),
        order in vec(any::<prop::sample::Index>(), 8),
    ) {
        let applied = |births: &[&str]| {
            let mut registry = Registry::new();
            for born in births {
                let event = Event::new(id("u1"), id("2024-01-01"), Fact::Birth(id(born)));
                registry.apply(&event);
            }
            registry.get("u1").cloned().unwrap()
        };
        let subject = applied(&births);
        let different: std::collections::BTreeSet<&str> = births.iter().copied().collect();
        let expected = (different.len() == 1).then(|| id(births[0]));
        prop_assert_eq!(subject.birth(), expected);
        let mut again: Vec<&str> = order.iter().map(|index| *index.get(&births)).collect();
        again.extend(births.iter().rev());
        prop_assert_eq!(&applied(&again), &subject);
        // What is written reads back, and is as contradictory as before.
        let text = serde_json::to_string(&subject).unwrap();
        let mut registry = Registry::new();
        registry.replace(serde_json::from_str(&text).unwrap());
        prop_assert_eq!(registry.get("u1"), Some(&subject));
        registry.apply(&Event::new(id("u1"), id("2024-02-01"), Fact::Birth(id(births[0]))));
        prop_assert_eq!(registry.get("u1"), Some(&subject));
        registry.replace(subject.with_birth(id("1990")));
        prop_assert_eq!(registry.get("u1").unwrap().birth(), Some(id("1990")));
    }

    #[test]
    fn no_birth_that_is_learned_widens(
        world in any_worlds(), born in prop::sample::select(vec!["1950", "1990", "2008-03-01"]),
        who in 0..3_usize, as_of in cut_offs(),
    ) {
        let World { policy, registry, records } = &world;
        let known = registry.get(SUBJECTS[who]).and_then(Subject::birth);
        let mut after = registry.clone();
        after.apply(&Event::new(id(SUBJECTS[who]), as_of, Fact::Birth(id(born))));
        // Where none was known, the first one is believed.
        prop_assume!(known.is_some());
        for record in records {
            let eligible = |registry: &Registry| {
                registry.view(policy, as_of).decide(record).verdict() == Verdict::Eligible
            };
            prop_assert!(eligible(registry) || !eligible(&after));
        }
    }

    #[test]
    fn law_3_an_opt_out_binds_every_later_run(
        world in any_worlds(), at in instants(), recorded in instants(), who in 0..3_usize,
        by in prop::sample::select(ChosenBy::ALL.to_vec()), wide in any::<bool>(),
        later in histories(6), asked in vec(instants(), 8),
    ) {
        let World { policy, registry, records } = &world;
        let opted_out: SubjectId = id(SUBJECTS[who]);
        // Whatever else happens from then on, but an opt-in for the same purpose.
        let mut registry = registry.clone();
        for fragment in &later {
            if let Some(subject) = registry.get(fragment.id()).cloned() {
                registry.replace(absorbed(subject, fragment, |_| true));
            }
        }
        let purpose: Purpose = id(if wide { "ai-training" } else { policy.purpose().as_str() });
        prop_assume!(purpose.includes(policy.purpose()));
        let Some(subject) = registry.get(&opted_out).cloned() else { return Ok(()) };
        let opts_in_again = |(chosen_for, e): (&Purpose, &Entry<ChoiceMade>)| {
            let theirs = [ChosenBy::Subject, ChosenBy::Guardian].contains(&e.value().by());
            let opts_in = e.value().choice() == Choice::OptIn;
            chosen_for == &purpose && e.at() >= at && opts_in && theirs
        };
        prop_assume!(!subject.choices().iter().any(opts_in_again));
        let made = Entry::new(at, ChoiceMade::new(Choice::OptOut, by)).with_recorded(recorded);
        registry.replace(subject.with_choice_entry(purpose, made));
        for record in records.iter().filter(|r| r.subjects().contains(&opted_out)) {
            for as_of in asked.iter().copied().filter(|t| *t >= at) {
                let decision = registry.view(policy, as_of).decide(record);
                let reach = decision.revision().map(may_train::Revision::opt_out_reaches);
                match reach {
                    Some(OptOutReach::FutureRuns | OptOutReach::Both) => {
                        prop_assert!(decision.grounds().contains(Ground::OptedOut));
                    }
                    Some(OptOutReach::FutureData) if record.created_at() >= at => {
                        prop_assert!(decision.grounds().contains(Ground::OptedOut));
                    }
                    Some(OptOutReach::FutureData) => {}
                    None => prop_assert_ne!(decision.verdict(), Verdict::Eligible),
                }
            }
        }
    }

    #[test]
    fn merging_never_widens(
        world in any_worlds(), pairs in vec((prop::sample::subsequence(SUBJECTS.to_vec(), 2),
        instants(), instants()), 1..3), as_of in cut_offs(),
        known_at in prop::option::of(instants()), more in histories(8),
    ) {
        let World { policy, registry, records } = &world;
        let mut registry = registry.clone();
        for fragment in &more {
            if let Some(subject) = registry.get(fragment.id()).cloned() {
                registry.replace(absorbed(subject, fragment, |_| true));
            }
        }
        let mut identities = Identities::new();
        for (pair, at, recorded) in &pairs {
            let merge = Entry::new(*at, ()).with_recorded(*recorded);
            identities.merge_recorded(id(pair[0]), id(pair[1]), merge);
        }
        let view = registry.view(policy, as_of);
        let view = known_at.map_or(view, |known_at| view.with_known_at(known_at));
        for record in records {
            let merged = identities.resolve(record, as_of, known_at);
            let (before, after) = (view.decide(record).grounds(), view.decide(&merged).grounds());
            prop_assert!(before.is_subset(after), "{} became {}", before, after);
        }
        for (pair, at, recorded) in &pairs {
            if *at > as_of || known_at.is_some_and(|known| *recorded > known) {
                continue;
            }
            // From the merge on a record of either is refused on whatever stood against it as the
            // other's: an opt-out of either among it.
            for record in records.iter().filter(|r| r.subjects().len() == 1) {
                let other = match pair.iter().position(|one| record.subjects() == [id(one)]) {
                    Some(one) => pair[1 - one],
                    None => continue,
                };
                let (kind, created) = (record.kind().clone(), record.created_at());
                let others = Record::new(record.id().clone(), kind, created).with_subject(id(other));
                let others = view.decide(&others).grounds();
                let merged = identities.resolve(record, as_of, known_at);
                prop_assert!(others.is_subset(view.decide(&merged).grounds()));
            }
        }
    }

    #[test]
    fn renamed_ids_keep_their_opt_outs(world in any_worlds(), as_of in cut_offs()) {
        let World { policy, registry, records } = &world;
        let mut renamed = Registry::new();
        let mut identities = Identities::new();
        for (n, subject) in everybody(registry).into_iter().enumerate() {
            let (old, new): (SubjectId, SubjectId) = (subject.id().clone(), id(&format!("new-{n}")));
            renamed.replace(subject.with_id(new.clone()));
            identities.rename(old.clone(), new.clone()).unwrap();
            prop_assert!(identities.rename(old.clone(), id("newer")).is_err());
            prop_assert!(identities.rename(new, old).is_err());
        }
        for record in records {
            let resolved = identities.resolve(record, as_of, None);
            prop_assert_eq!(
                renamed.view(policy, as_of).decide(&resolved).grounds(),
                registry.view(policy, as_of).decide(record).grounds()
            );
        }
    }

    #[test]
    fn an_opt_out_survives_the_erasure_and_a_new_account(
        world in any_worlds(), erased_at in cut_offs(), later in vec(instants(), 12),
    ) {
        // In force at every instant, so that every choice is looked at.
        let policy = &Policy::from_toml(&format!(
            r#"
            platform = "acme"
            purpose = "{}"
            [[revisions]]
            id = "first"
            effective = "0001-01-01"
            opt_out_reaches = "future-runs"
            residence_at = "as-of"
            covers = ["post"]
            rules = [{{ in = ["*"], regime = "opt-out" }}]
            "#,
            world.policy.purpose(),
        )).unwrap();
        let registry = &world.registry;
        let salt = TokenKey::new([1; 32]);
        let mut list = SuppressionList::new();
        for subject in everybody(registry) {
            list.remember(salt.token(subject.id().as_str()), &subject, erased_at);
        }
        // The list is written and read again; with itself, it is the same.
        let text = serde_json::to_string(&list).unwrap();
        let mut read: SuppressionList = serde_json::from_str(&text).unwrap();
        prop_assert!(!everybody(registry).iter().any(|s| text.contains(s.id().as_str())));
        read.merge(list.clone());
        prop_assert_eq!(&read, &list);

        for subject in everybody(registry) {
            let token = salt.token(subject.id().as_str());
            let back = read.apply(token, Subject::new(id("back")));
            let mut both = registry.clone();
            both.replace(back);
            let out = |as_of: Timestamp, whose: &SubjectId| {
                let record = Record::new(id("r"), id("post"), as_of).with_subject(whose.clone());
                let grounds = both.view(policy, as_of).decide(&record).grounds();
                grounds.contains(Ground::OptedOut)
            };
            let was_out = out(erased_at, subject.id());
            prop_assert_eq!(out(erased_at, &id("back")), was_out);
            for as_of in later.iter().filter(|t| **t >= erased_at) {
                prop_assert_eq!(out(*as_of, &id("back")), was_out);
            }
        }
    }
}

const FUTURE_DATA: &str = r#"
    platform = "acme"
    purpose = "ai-training"
    [[revisions]]
    id = "first"
    effective = "2020-01-01"
    opt_out_reaches = "future-data"
    residence_at = "as-of"
    covers = ["post"]
    rules = [{ in = ["*"], regime = "opt-out" }]
"#;

#[test]
fn the_statement_under_future_data_says_what_stays_in() {
    let policy = Policy::from_toml(FUTURE_DATA).unwrap();
    let mut registry = Registry::new();
    registry.replace(Subject::new(id("u1")).with_residence(id("US"), id("2019-01-01")));
    let post = |n: &str, at: &str| Record::new(id(n), id("post"), id(at)).with_subject(id("u1"));
    let records = [post("r1", "2023-01-01"), post("r2", "2024-01-01"), post("r3", "2024-06-01")];
    let now: Timestamp = id("2024-07-01");
    let set = build("next", &registry.gate(&policy, now, now), &records);
    let event = Event::opt_out(id("u1"), id::<Purpose>("ai-training"), id("2024-03-01"));
    let statement = event.effect(&registry, &policy, &Ledger::new(), &records).on_set(&set);
    assert_eq!(
        statement.to_string(),
        "You opt out of ai-training at acme on 2024-03-01.\n\
         `next` is being built with your data, to be rechecked before the start.\n\
         1 record of yours is out of every run with a cut-off at or after 2024-03-01.\n\
         2 records of yours are not touched, and can still be used: by this policy an opt-out reaches \
         what is created at or after it."
    );
    assert_eq!(
        serde_json::to_value(&statement.records()[2]).unwrap(),
        serde_json::json!({
            "record": "r3", "outcome": "taken-out", "out_from": "2024-03-01T00:00:00Z",
            "eligible": [], "otherwise": [{"from": "2024-06-01T00:00:00Z"}],
        })
    );
}

#[test]
fn the_statement_claims_no_effect_of_a_choice_that_has_none() {
    let policy = Policy::from_toml(&FUTURE_DATA.replace("opt-out\" }", "opt-in\" }")).unwrap();
    let mut registry = Registry::new();
    registry.replace(
        Subject::new(id("u1")).with_residence(id("US"), id("2019-01-01")).with_choice(
            Choice::OptIn,
            ChosenBy::Subject,
            id("ai-training"),
            id("2020-01-01"),
        ),
    );
    let (records, at) = (
        [Record::new(id("r1"), id("post"), id("2023-01-01")).with_subject(id("u1"))],
        id("2024-03-01"),
    );
    let says =
        |event: Event| event.effect(&registry, &policy, &Ledger::new(), &records).to_string();

    // The reach of opt-outs is not the reason why one of something else touches nothing.
    assert_eq!(
        says(Event::opt_out(id("u1"), id("advertising"), at)),
        "You opt out of advertising at acme on 2024-03-01.\n\
         1 record of yours is not touched, and can be used as before."
    );
    let made = ChoiceMade::new(Choice::OptIn, ChosenBy::Admin);
    assert_eq!(
        says(Event::new(id("u1"), at, Fact::Choice(id("ai-training"), made))),
        "You are opted in to ai-training at acme on 2024-03-01, which counts for nothing: only you \
         can opt in, or your guardian while you are known to be under 18.\n\
         1 record of yours is not touched, and can be used as before."
    );
}

#[test]
fn an_audit_cites_the_late_facts_behind_the_grounds_and_no_others() {
    let policy = policy(
        r#"[
            { in = ["*"], regime = "no-choice" },
            { in = ["FR"], regime = "excluded" },
            { in = ["US-NY"], audience = "business", regime = "excluded" },
        ]"#,
    );
    let resides = |who: &str, place: &str| {
        Subject::new(id(who)).with_residence(id(place), id("2019-01-01")).with_audience_entry(
            Entry::new(id("2019-01-01"), id::<may_train::Audience>("consumer")),
        )
    };
    let record = Record::new(id("r1"), id("post"), id("2023-01-01"))
        .with_subject(id("u1"))
        .with_subject(id("u2"));
    let now: Timestamp = id("2024-01-01");
    let late = |subject: Subject, place: &str| {
        subject.with_residence_entry(
            Entry::new(id("2023-12-01"), id::<may_train::Place>(place))
                .with_recorded(id("2024-02-01")),
        )
    };
    let business = |subject: Subject| {
        let entry = Entry::new(id("2023-12-01"), id::<may_train::Audience>("business"));
        subject.with_audience_entry(entry.with_recorded(id("2024-02-01")))
    };
    let cites = |before: [Subject; 2], after: [Subject; 2]| {
        let [registry, wiser] = [before, after].map(|subjects| {
            let mut registry = Registry::new();
            for subject in subjects {
                registry.replace(subject);
            }
            registry
        });
        let run =
            build("run", &registry.gate(&policy, now, now), std::slice::from_ref(&record)).seal();
        let audit = Audit::of(&run, &policy, &wiser, [&record]).unwrap();
        audit.overtaken()[0].late().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // Of whom only `US` is known may reside in New York, which a rule names.
    let (one, other) = (resides("u1", "US-TX"), resides("u2", "US-NY"));
    let both = || [one.clone(), other.clone()];

    // The other's move, of which nothing follows, is nobody's business.
    let moved = "`u1` resided in FR from 2023-12-01 on (learned 2024-02-01)";
    assert_eq!(cites(both(), [late(one.clone(), "FR"), late(other.clone(), "US-CA")]), [moved]);
    // An audience makes a rule apply, which itself does not tell of it.
    let belonged = "`u2` belonged with business from 2023-12-01 on (learned 2024-02-01)";
    assert_eq!(cites(both(), [late(one.clone(), "US-CA"), business(other.clone())]), [belonged]);
    // A residence makes a rule ask for an audience that nobody knows.
    let unknown = |who: &str| Subject::new(id(who)).with_residence(id("US-TX"), id("2019-01-01"));
    let moved = "`u1` resided in US-NY from 2023-12-01 on (learned 2024-02-01)";
    assert_eq!(
        cites([unknown("u1"), other.clone()], [late(unknown("u1"), "US-NY"), other.clone()]),
        [moved]
    );
}

/// As in spartacus#6467, where the consent given before a login overwrote that of the account.
#[test]
fn an_anonymous_opt_in_does_not_overwrite_the_accounts_opt_out_at_login() {
    let policy = Policy::shipped("linkedin").unwrap();
    let mut registry = Registry::new();
    for (who, choice, at) in
        [("account", Choice::OptOut, "2024-10-01"), ("anonymous", Choice::OptIn, "2024-10-31")]
    {
        let subject =
            Subject::new(id(who)).with_birth(id("1990")).with_residence(id("US"), id("2019-01-01"));
        let purpose = policy.purpose().clone();
        registry.replace(subject.with_choice(choice, ChosenBy::Subject, purpose, id(at)));
    }
    let login: Timestamp = id("2024-11-01");
    let mut identities = Identities::new();
    identities.merge(id("anonymous"), id("account"), login);
    for whose in ["account", "anonymous"] {
        let record = Record::new(id("r1"), id("post"), id("2024-10-31")).with_subject(id(whose));
        let record = identities.resolve(&record, login, None);
        let grounds = registry.view(&policy, login).decide(&record).grounds();
        assert_eq!(grounds, Ground::OptedOut.alone(), "{whose}");
    }
}

#[test]
fn the_vocabulary_makes_events_of_every_outcome() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut outcomes = std::collections::BTreeMap::new();
    for _ in 0..500 {
        let (world, event) = (any_worlds(), events()).new_tree(&mut runner).unwrap().current();
        let statement =
            event.effect(&world.registry, &world.policy, &Ledger::new(), &world.records);
        for effect in statement.records() {
            *outcomes.entry(effect.outcome()).or_insert(0) += 1;
        }
    }
    assert_eq!(outcomes.len(), 5, "{outcomes:?}");
    assert!(outcomes.values().all(|count| *count >= 3), "{outcomes:?}");
}

/// A guardian opted in for an adult, which does not count. A birth learned later makes the subject a
/// child: it contradicts the first, and lets nothing in.
#[test]
fn a_younger_birth_makes_no_opt_in_of_a_guardian_count() {
    let policy = policy(r#"[{ in = ["*"], regime = "opt-in" }]"#);
    let subject = Subject::new(id("u1")).with_residence(id("US"), id("2019-01-01")).with_choice(
        Choice::OptIn,
        ChosenBy::Guardian,
        id("ai-training"),
        id("2024-01-01"),
    );
    let record = Record::new(id("r1"), id("post"), id("2023-01-01")).with_subject(id("u1"));
    let grounds = |births: &[&str]| {
        let mut registry = Registry::new();
        registry.replace(subject.clone());
        for born in births {
            registry.apply(&Event::new(id("u1"), id("2024-01-01"), Fact::Birth(id(born))));
        }
        registry.view(&policy, id("2024-06-01")).decide(&record).grounds().to_string()
    };
    assert_eq!(grounds(&["2010"]), "");
    assert_eq!(grounds(&["1990"]), "not-opted-in");
    assert_eq!(grounds(&["1990", "2010"]), "not-opted-in");
    assert_eq!(grounds(&["2010", "1990"]), "not-opted-in");
    assert_eq!(grounds(&["2010", "1990", "2010"]), "not-opted-in");
}

#[test]
fn a_birth_is_too_late_for_every_run_that_used_the_person() {
    let policy = policy(r#"[{ in = ["*"], regime = "no-choice", minimum_age = 18 }]"#);
    let mut registry = Registry::new();
    let subject = Subject::new(id("u1")).with_birth(id("1990"));
    registry.replace(subject.with_residence(id("US"), id("2019-01-01")));
    let record = Record::new(id("r1"), id("post"), id("2023-01-01")).with_subject(id("u1"));
    let cut_off: Timestamp = id("2024-06-01");
    let mut ledger = Ledger::new();
    let run =
        build("run", &registry.gate(&policy, cut_off, cut_off), std::slice::from_ref(&record))
            .seal();
    ledger.append(run.clone()).unwrap();

    // Learned after the run, and contradicts the birth by which the run decided.
    let event = Event::new(id("u1"), id("2024-12-01"), Fact::Birth(id("2010")));
    let statement = event.effect(&registry, &policy, &ledger, [&record]);
    assert!(statement.unaffected().is_empty());
    assert_eq!(statement.too_late_for(), [id("run")]);
    assert_eq!(
        statement.to_string(),
        "acme learns that you were born 2010.\n\
         `run` has taken place with your data before this was known.\n\
         1 record of yours is out of every run with a cut-off at or after 2024-12-01."
    );
    registry.apply(&event);
    let audit = Audit::of(&run, &policy, &registry, [&record]).unwrap();
    assert_eq!(audit.unsound().len(), 1);
}
