//! Known bugs of other systems, to which the decision must be immune; each test is one of them.
//!
//! `tests/vectors/known_bugs.json` asks the same of the file formats. Here it is asked of the types.

use may_train::people::{ChoiceMade, Choices};
use may_train::{
    Audience, Choice, ChoiceState, ChosenBy, DefaultSetting, Entry, Ground, Grounds, Log, Place,
    Policy, Purpose, Record, Regime, Registry, Span, Subject, Timestamp, Verdict,
};

const PURPOSE: &str = "ai-training";
const DAY: i64 = 86_400_000_000;

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("it is right")
}

fn after(instant: &str, micros: i64) -> Timestamp {
    let instant: Timestamp = parsed(instant);
    Timestamp::from_micros(instant.as_micros() + micros).expect("within the years")
}

fn document(purpose: &str, revisions: &[(&str, &str)]) -> String {
    let head = format!("platform = \"acme\"\npurpose = \"{purpose}\"\n");
    revisions.iter().fold(head, |text, (effective, rules)| {
        format!(
            "{text}
[[revisions]]
id = \"{effective}\"
effective = \"{effective}\"
opt_out_reaches = \"future-runs\"
residence_at = \"as-of\"
covers = [\"post\"]
rules = [{rules}]
"
        )
    })
}

/// A policy for a purpose, of revisions: from when on they are in force, and their rules.
fn policy(purpose: &str, revisions: &[(&str, &str)]) -> Policy {
    Policy::from_toml(&document(purpose, revisions)).expect("a policy")
}

/// A policy with one regime everywhere.
fn everywhere(regime: Regime) -> Policy {
    policy(PURPOSE, &[("2020-01-01", &format!("{{in = [\"*\"], regime = \"{regime}\"}}"))])
}

/// Somebody in the United States who has chosen nothing.
fn american() -> Subject {
    Subject::new(parsed("u1")).with_residence(parsed("US"), parsed("2020-01-01"))
}

fn choosing(subject: Subject, choices: &Choices) -> Subject {
    choices.iter().fold(subject, |subject, (purpose, entry)| {
        subject.with_choice_entry(purpose.clone(), *entry)
    })
}

fn choices(made: &[(Choice, ChosenBy, &str)]) -> Choices {
    let mut choices = Choices::default();
    for (choice, by, at) in made {
        choices.insert(parsed(PURPOSE), Entry::new(parsed(at), ChoiceMade::new(*choice, *by)));
    }
    choices
}

/// The grounds against a post of 2023 by the subject.
fn grounds(policy: &Policy, subject: Subject, as_of: Timestamp) -> Grounds {
    let record = Record::new(parsed("r1"), parsed("post"), parsed("2023-02-01"));
    let record = record.with_subject(subject.id().clone());
    let mut registry = Registry::new();
    registry.replace(subject);
    registry.view(policy, as_of).decide(&record).grounds()
}

/// fides: a saved refusal is dropped, because it is falsy, and a default or an import stands in.
#[test]
fn a_saved_refusal_is_not_dropped_because_it_is_falsy() {
    for regime in Regime::ALL {
        for by in ChosenBy::ALL {
            let refusal =
                american().with_choice(Choice::OptOut, *by, parsed(PURPOSE), parsed("2024-03-01"));
            let saved = serde_json::to_string(&refusal).expect("it is written");
            let loaded: Subject = serde_json::from_str(&saved).expect("it reads back");
            assert_eq!(loaded, refusal);
            let import = choices(&[(Choice::OptIn, ChosenBy::Migrated, "2024-04-01")]);
            let found =
                grounds(&everywhere(*regime), choosing(loaded, &import), parsed("2024-06-01"));
            assert!(found.contains(Ground::OptedOut), "{regime}, by {by}: {found}");
        }
    }
}

/// c15t#1084: a refusal is erased after a fallback policy has stood in for a while.
#[test]
fn a_refusal_outlives_a_fallback() {
    let strict = r#"{in = ["US"], regime = "opt-in"}, {in = ["*"], regime = "no-choice"}"#;
    let fallback = r#"{in = ["*"], regime = "no-choice"}"#;
    let revisions = [("2024-01-01", strict), ("2024-05-01", fallback), ("2024-07-01", strict)];
    let policy = policy(PURPOSE, &revisions);
    let refusal = choices(&[(Choice::OptOut, ChosenBy::Subject, "2024-03-01")]);
    // The place is lost while the fallback is in force, and found again.
    let subject = choosing(american(), &refusal)
        .with_residence(parsed("US"), parsed("2024-05-01"))
        .with_residence(parsed("CA"), parsed("2024-05-01"))
        .with_residence(parsed("US"), parsed("2024-07-01"));
    for day in 0..365 {
        let as_of = after("2024-03-01", day * DAY);
        let found = grounds(&policy, subject.clone(), as_of);
        assert!(found.contains(Ground::OptedOut), "{as_of}: {found}");
    }
}

/// omi#15050: opting out sends an opt-in, because there is one `toggle()`.
#[test]
fn opting_out_again_is_no_opt_in() {
    let opt_in = everywhere(Regime::OptIn);
    let mut repeated = Choices::default();
    for times in 1..=6 {
        let made = ChoiceMade::new(Choice::OptOut, ChosenBy::Subject);
        repeated.insert(parsed(PURPOSE), Entry::new(after("2024-03-01", times * DAY), made));
        // A request that is sent twice is one choice.
        let once = repeated.clone();
        repeated.merge(once);
        let subject = choosing(american(), &repeated);
        assert_eq!(grounds(&opt_in, subject, parsed("2024-06-01")), Ground::OptedOut.alone());
        assert_eq!(repeated.iter().count(), usize::try_from(times).expect("a few"));
    }
}

/// xmtp-ios#181: a replay of the log from the newest to the oldest turns blocked into allowed.
#[test]
fn the_order_of_replay_does_not_turn_blocked_into_allowed() {
    let pages = [
        choices(&[(Choice::OptIn, ChosenBy::Subject, "2024-01-01")]),
        choices(&[
            (Choice::OptOut, ChosenBy::Subject, "2024-02-01"),
            (Choice::OptIn, ChosenBy::Subject, "2024-03-01"),
        ]),
        choices(&[(Choice::OptOut, ChosenBy::Subject, "2024-04-01")]),
    ];
    let merged = |pages: &mut dyn Iterator<Item = &Choices>| {
        pages.fold(Choices::default(), |mut all, page| {
            all.merge(page.clone());
            all
        })
    };
    let oldest_first = merged(&mut pages.iter());
    let newest_first = merged(&mut pages.iter().rev());
    assert_eq!(oldest_first, newest_first);
    for replayed in [oldest_first, newest_first] {
        let found = |as_of| {
            grounds(&everywhere(Regime::OptIn), choosing(american(), &replayed), parsed(as_of))
        };
        assert_eq!(found("2024-05-01"), Ground::OptedOut.alone());
        assert_eq!(found("2024-03-15"), Grounds::NONE);
        assert_eq!(found("2024-02-15"), Ground::OptedOut.alone());
    }
}

/// cedar#2428: a forbid that cannot be evaluated is skipped, so that the permit stands.
#[test]
fn a_forbid_that_cannot_be_evaluated_is_not_skipped() {
    let forbid = r#"{in = ["*"], audience = "business", regime = "excluded"}"#;
    let permit = r#"{in = ["*"], regime = "no-choice"}"#;
    let rules = format!("{forbid}, {permit}");
    let policy = policy(PURPOSE, &[("2020-01-01", &rules)]);
    let since = |at: &str, value: &str| Entry::new(parsed(at), parsed::<Audience>(value));
    let subjects = [
        american(),
        // Known only after the cut-off.
        american().with_audience_entry(since("2025-01-01", "consumer")),
        // Contradicts itself.
        american()
            .with_audience_entry(since("2024-01-01", "consumer"))
            .with_audience_entry(since("2024-01-01", "business")),
    ];
    for subject in subjects {
        let found = grounds(&policy, subject, parsed("2024-06-01"));
        assert_eq!(found, Ground::AudienceUnknown.alone());
        assert_eq!(found.verdict(), Verdict::Indeterminate);
    }
    // A forbid that cannot even be read does not leave a policy of permits behind.
    let broken = forbid.replace("\"*\"", "\"Atlantis\"");
    let rules = format!("{broken}, {permit}");
    assert!(Policy::from_toml(&document(PURPOSE, &[("2020-01-01", &rules)])).is_err());
}

/// iabtcf#316: times are cut to their day, so that what happens on one day happens at once.
#[test]
fn times_are_not_cut_to_their_day() {
    // One day in UTC; on the calendars of those who chose, the later act is a day earlier.
    let (opted_in, opted_out) = ("2024-06-15T22:59:00+14:00", "2024-06-14T22:59:00-12:00");
    let both = choices(&[
        (Choice::OptIn, ChosenBy::Subject, opted_in),
        (Choice::OptOut, ChosenBy::Subject, opted_out),
    ]);
    let found = |as_of| grounds(&everywhere(Regime::OptIn), choosing(american(), &both), as_of);
    assert_eq!(found(after(opted_in, -1)), Ground::NotOptedIn.alone());
    assert_eq!(found(after(opted_in, 0)), Grounds::NONE);
    assert_eq!(found(after(opted_out, -1)), Grounds::NONE);
    assert_eq!(found(after(opted_out, 0)), Ground::OptedOut.alone());
}

/// wso2#2705: what expires on the day on which it begins has expired already, or never does.
#[test]
fn an_expiry_on_the_same_day_is_exact() {
    let given = "2024-06-15T14:00:00Z";
    let consent = choices(&[(Choice::OptIn, ChosenBy::Subject, given)]);
    let rules = r#"{in = ["*"], regime = "opt-in", opt_in_lifetime_days = 1}"#;
    let one_day = policy(PURPOSE, &[("2020-01-01", rules)]);
    let found = |as_of| grounds(&one_day, choosing(american(), &consent), as_of);
    assert_eq!(found(after(given, 0)), Grounds::NONE);
    assert_eq!(found(after(given, DAY - 1)), Grounds::NONE);
    assert_eq!(found(after(given, DAY)), Ground::OptInExpired.alone());

    let hour = Span::new(parsed(given)).until(after(given, DAY / 24));
    assert!(hour.contains(hour.start()));
    assert!(hour.contains(after(given, DAY / 24 - 1)));
    assert!(!hour.contains(after(given, DAY / 24)));
    let never = Span::new(parsed(given)).until(parsed(given));
    assert!(!never.contains(parsed(given)));
}

/// site-kit-wp#8444: `regions`, mistyped, silently falls to the global default.
#[test]
fn a_mistyped_region_does_not_fall_to_the_default() {
    let rules = r#"{in = ["designated"], regime = "excluded"}, {in = ["*"], regime = "opt-out"}"#;
    let regions = "[regions]\ndesignated = [\"EEA\", \"CH\"]\n";
    let right = format!("{}\n{regions}", document(PURPOSE, &[("2020-01-01", rules)]));
    assert!(Policy::from_toml(&right).is_ok());
    for (from, to) in [
        ("[regions]", "[region]"),
        ("[regions]", "[Regions]"),
        ("designated =", "desginated ="),
        ("{in = [\"designated\"]", "{in = [\"Designated\"]"),
        ("{in = [\"designated\"]", "{regions = [\"designated\"]"),
        ("{in = [\"designated\"]", "{in = [\"*\"], regions = [\"designated\"]"),
        ("\"EEA\"", "\"EAA\""),
    ] {
        assert!(right.contains(from), "{from}");
        assert!(Policy::from_toml(&right.replace(from, to)).is_err(), "{to}");
    }
}

/// spartacus#6467: at login, the consent of the anonymous visitor overwrites the account's.
#[test]
fn an_anonymous_consent_does_not_overwrite_the_accounts() {
    let account = choices(&[(Choice::OptOut, ChosenBy::Subject, "2024-03-01")]);
    let visitor = choices(&[(Choice::OptIn, ChosenBy::Migrated, "2024-06-01")]);
    let opt_in = everywhere(Regime::OptIn);
    for (first, second) in [(&account, &visitor), (&visitor, &account)] {
        let mut merged = first.clone();
        merged.merge(second.clone());
        let found = grounds(&opt_in, choosing(american(), &merged), parsed("2024-07-01"));
        assert_eq!(found, Ground::OptedOut.alone());
        // What the visitor chose is kept all the same, as evidence.
        assert_eq!(merged.iter().count(), 2);
    }
    // Nor can a second subject take the place of the first unnoticed.
    let mut registry = Registry::new();
    let id = american().id().clone();
    registry.insert(choosing(american(), &account)).expect("the first");
    registry.insert(choosing(american(), &visitor)).expect_err("the second");
    assert_eq!(registry.get(&id).map(Subject::choices), Some(&account));
}

/// bigcode opt-out-v2#13090: an opt-out from one data set does not carry over to the next.
#[test]
fn an_opt_out_carries_over_to_the_next_data_set() {
    let rules = r#"{in = ["*"], regime = "opt-out"}"#;
    let refusal = |purpose: &str| {
        american().with_choice(
            Choice::OptOut,
            ChosenBy::Subject,
            parsed(purpose),
            parsed("2023-01-01"),
        )
    };
    for (data_set, released) in
        [("v1", "2023-05-01"), ("v2", "2024-02-01"), ("v3", "2025-02-01"), ("v4", "2030-01-01")]
    {
        // Each data set is a purpose of its own, with a policy of its own.
        let purpose = format!("ai-training.code.{data_set}");
        let policy = policy(&purpose, &[(released, rules)]);
        for purpose in ["ai-training", "ai-training.code", &purpose] {
            let found = grounds(&policy, refusal(purpose), parsed(released));
            assert_eq!(found, Ground::OptedOut.alone(), "{purpose} in {data_set}");
        }
        let elsewhere = grounds(&policy, refusal("ai-training.images"), parsed(released));
        assert_eq!(elsewhere, Grounds::NONE);
    }
}

/// SQL: a consent that is NULL is kept or dropped by `consent != 'opt_out'`, as the engine likes.
#[test]
fn a_consent_that_is_null_is_silence() {
    let purpose: Purpose = parsed(PURPOSE);
    for regime in Regime::ALL {
        let silent = grounds(&everywhere(*regime), american(), parsed("2024-06-01"));
        assert_eq!(silent, regime.grounds(ChoiceState::Silent));
        let admits = match (regime, regime.default_setting()) {
            (Regime::Excluded, _) | (_, DefaultSetting::Off) => false,
            (_, DefaultSetting::On) | (Regime::NoChoice, DefaultSetting::NotOffered) => true,
            (other, DefaultSetting::NotOffered) => panic!("{other} offers a setting"),
        };
        assert_eq!(silent.verdict() == Verdict::Eligible, admits, "{regime}");
        // Nor is somebody of whom nothing is known at all ever admitted.
        let stranger =
            grounds(&everywhere(*regime), Subject::new(parsed("u1")), parsed("2024-06-01"));
        assert_eq!(stranger, Ground::ResidenceUnknown.alone());
    }
    // A log without entries says nothing, rather than something falsy.
    let nothing: Log<Place> = Log::new();
    assert!(nothing.in_force(Timestamp::MAX, None).is_empty());
    // And a NULL that reaches the file is no choice.
    let null = format!(
        r#"{{"id":"u1","choices":[{{"at":"2024-01-01","purpose":"{purpose}","choice":null}}]}}"#
    );
    assert!(serde_json::from_str::<Subject>(&null).is_err());
}
