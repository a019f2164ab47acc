//! What a backend engineer converts from and to, what JSON and `Debug` show, and that every error is
//! one.

use std::error::Error;
use std::fmt::Debug;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use isocountry::CountryCode;
use may_train::ledger::{Admission, Admissions, Admit, Digest, Ledger, Token, TrainingSet};
use may_train::policy::{Closeness, Confidence};
use may_train::review::{LintCode, Severity};
use may_train::strategies::Vocabulary;
use may_train::{
    Birth, Choice, ChoiceState, ChosenBy, Country, DefaultSetting, Event, Fact, Ground,
    GroundClass, Kind, Place, Platform, Policy, ReadError, Record, RecordId, Regime, Registry,
    RestrictionId, RevisionId, Span, Subdivision, Subject, SubjectId, Timestamp, ValueError,
    Verdict,
};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn ids_come_from_texts_numbers_and_uuids() {
    fn ids<I>(noun: &str)
    where
        I: TryFrom<String, Error = ValueError>
            + for<'a> TryFrom<&'a str, Error = ValueError>
            + From<u64>
            + From<i64>
            + From<u32>
            + From<uuid::Uuid>
            + AsRef<str>
            + Debug,
    {
        assert_eq!(I::from(u64::MAX).as_ref(), "18446744073709551615");
        assert_eq!(I::from(-1_i64).as_ref(), "-1");
        assert_eq!(I::from(7_u32).as_ref(), "7");
        let uuid = uuid::Uuid::from_u128(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF);
        assert_eq!(I::from(uuid).as_ref(), "01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(I::try_from("x").unwrap().as_ref(), "x");
        assert_eq!(I::try_from(String::from("x")).unwrap().as_ref(), "x");
        for bad in ["", " x", "x\n"] {
            let error = I::try_from(bad.to_owned()).unwrap_err();
            assert_eq!(error, I::try_from(bad).unwrap_err());
            assert_eq!(error.expected(), noun);
        }
    }
    ids::<SubjectId>("a subject id");
    ids::<RecordId>("a record id");
    ids::<RevisionId>("a revision id");
    ids::<RestrictionId>("a restriction id");
    ids::<Platform>("a platform");
    assert!(Kind::try_from(String::from("Post")).is_err());
}

#[test]
fn instants_come_from_any_offset_and_from_days() {
    let fixed: DateTime<FixedOffset> = "2024-09-20T01:00:00.1234569+01:00".parse().unwrap();
    let expected = "2024-09-20T00:00:00.123456Z".parse::<Timestamp>().unwrap();
    assert_eq!(Timestamp::try_from(fixed).unwrap(), expected);
    assert_eq!(Timestamp::try_from(fixed.to_utc()).unwrap(), expected);
    // Floored before 1970, too.
    let before: DateTime<Utc> = "1969-12-31T23:59:59.9999999Z".parse().unwrap();
    assert_eq!(Timestamp::try_from(before).unwrap().as_micros(), -1);
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    assert_eq!(Timestamp::try_from(day(1)).unwrap(), Timestamp::MIN);
    assert_eq!(Birth::try_from(day(1990)).unwrap(), "1990-01-01".parse().unwrap());
    for year in [0, 10_000] {
        assert_eq!(Timestamp::try_from(day(year)).unwrap_err().found(), year.to_string());
        assert_eq!(Birth::try_from(day(year)).unwrap_err().expected(), "a year of birth");
    }
    // The year counts in UTC.
    let first: DateTime<FixedOffset> = "0001-01-01T00:30:00+01:00".parse().unwrap();
    assert_eq!(Timestamp::try_from(first).unwrap_err().found(), "0");
}

#[test]
fn every_country_goes_to_isocountry_and_back() {
    // ISO 3166-1 assigns 249 codes, which are all that isocountry has; Kosovo's `XK` is user-assigned.
    assert_eq!(Country::all().count(), 250);
    let kosovo: Country = "XK".parse().unwrap();
    assert_eq!(
        CountryCode::try_from(kosovo).unwrap_err().to_string(),
        "`XK` is not a country of isocountry: ISO 3166-1 leaves the code to its users; keep it as text"
    );
    for country in Country::all().filter(|country| *country != kosovo) {
        let code = CountryCode::try_from(country).unwrap();
        assert_eq!(Country::try_from(code).unwrap(), country);
        assert_eq!(Place::try_from(code).unwrap(), country.into());
    }
}

#[test]
fn whatever_is_read_from_text_converts_from_str() {
    fn both<T>(good: &str, bad: &str)
    where
        T: for<'a> TryFrom<&'a str, Error = ValueError>
            + std::str::FromStr<Err = ValueError>
            + PartialEq
            + Debug,
    {
        assert_eq!(T::try_from(good).unwrap(), good.parse().unwrap());
        let error = T::try_from(bad).unwrap_err();
        assert_eq!(Err(error), bad.parse::<T>());
    }
    both::<Timestamp>("2024-09-20", "2024-09-20T00:00:00");
    both::<Country>("GB", "UK");
    both::<Subdivision>("US-CA", "US");
    both::<Place>("US-CA", "us-ca");
    both::<Birth>("1990", "90");
    both::<Digest>(&"0".repeat(64), "0");
    both::<Token>(&"0".repeat(64), "0");
}

#[test]
fn every_word_prints_and_reads_back() {
    macro_rules! words {
        ($($type:ty),+ $(,)?) => { $(
            for word in <$type>::ALL {
                let text = word.to_string();
                assert_eq!(text.parse::<$type>().unwrap(), *word);
                assert_eq!(<$type>::try_from(text.as_str()).unwrap(), *word);
                assert_eq!(serde_json::to_value(word).unwrap(), json!(text));
                assert_eq!(serde_json::from_value::<$type>(json!(text)).unwrap(), *word);
            }
            let error = <$type>::try_from("no such word").unwrap_err();
            assert!(error.remedy().starts_with("use one of "), "{error}");
        )+ };
    }
    words!(
        Choice,
        ChoiceState,
        ChosenBy,
        Closeness,
        Confidence,
        DefaultSetting,
        Ground,
        GroundClass,
        LintCode,
        Regime,
        Severity,
        Verdict,
        may_train::decision::ChangedBy,
        may_train::ledger::Outcome,
        may_train::policy::LegalBasis,
        may_train::policy::OptOutReach,
        may_train::policy::ResidenceAt,
        may_train::policy::Status,
        may_train::review::ChoiceClass,
        may_train::review::Direction,
    );
}

#[test]
fn an_instant_in_json_has_time_and_offset_and_bare_dates_are_still_read() {
    let span: Span = serde_json::from_value(json!({"from": "2024-01-01"})).unwrap();
    assert_eq!(serde_json::to_value(span).unwrap(), json!({"from": "2024-01-01T00:00:00Z"}));
    let ends = span.until("2025-01-01T12:00:00.5Z".parse().unwrap());
    let written = json!({"from": "2024-01-01T00:00:00Z", "until": "2025-01-01T12:00:00.500Z"});
    assert_eq!(serde_json::to_value(ends).unwrap(), written);
    assert_eq!(serde_json::from_value::<Span>(written).unwrap(), ends);
    assert!(serde_json::from_value::<Span>(json!({"from": "2024-01-01", "to": null})).is_err());
    assert!(serde_json::from_value::<Span>(json!(["2024-01-01"])).is_err());
}

#[test]
fn every_error_is_one() {
    fn error<E: Error + Send + Sync + 'static>() {}
    error::<ValueError>();
    error::<ReadError>();
    error::<may_train::DuplicateSubjectError>();
    error::<may_train::people::RenameError>();
    error::<may_train::bulk::ColumnError>();
    error::<may_train::bulk::CapacityError>();
    error::<may_train::bulk::KindCapacityError>();
    error::<may_train::bulk::PurposeError>();
    error::<may_train::bulk::FreezeError>();
    error::<may_train::bulk::RefreshError>();
    error::<may_train::bulk::AppendError>();
    error::<may_train::bulk::PushError>();
    error::<may_train::bulk::SubjectColumnsError>();
    error::<may_train::ledger::AuditError>();
    error::<may_train::ledger::AppendError>();
    error::<may_train::ledger::EnterError>();
    error::<may_train::ledger::EnterError<Admissions>>();
    error::<may_train::ledger::MismatchError>();

    let read = |text: &str| -> Result<Country, ReadError> { Ok(text.parse::<Country>()?) };
    assert_eq!(read("UK").unwrap_err().problem(), "UK".parse::<Country>().unwrap_err().to_string());
}

/// A registry of so many, each of whom says where they live, and the record of two of them.
fn people(count: usize) -> (Registry, Record) {
    let mut registry = Registry::new();
    for n in 0..count {
        let subject = Subject::new(SubjectId::try_from(format!("member-{n}")).unwrap())
            .with_birth("1990".parse().unwrap())
            .with_audience("secret-audience".parse().unwrap(), Timestamp::MIN)
            .with_residence("US".parse().unwrap(), "2019-01-01".parse().unwrap());
        registry.insert(subject).unwrap();
    }
    let at = "2023-02-01".parse().unwrap();
    let record = Record::new("r1".parse().unwrap(), "post".parse().unwrap(), at)
        .with_subject("member-1".parse().unwrap());
    (registry, record)
}

#[test]
fn debug_is_short_and_tells_of_nobody_else() {
    let policy = Policy::shipped("linkedin").unwrap();
    let now: Timestamp = "2024-12-01".parse().unwrap();
    let printed = |count| {
        let (registry, record) = people(count);
        let gate = registry.gate(&policy, now, now);
        let view = gate.view();
        let decision = view.decide(&record);
        let admission: Admission = gate.admit(&record).admission().unwrap();
        let mut set = TrainingSet::new("run-1".parse().unwrap(), &gate);
        let later = registry.gate(&policy, now, Timestamp::MAX);
        let error = set.enter(later.admit(&record).admission().unwrap()).unwrap_err();
        let mut printed = vec![
            format!("{registry:?}"),
            format!("{gate:?}"),
            format!("{view:?}"),
            format!("{decision:?}"),
            format!("{:?}", decision.explanation()),
            format!("{:?}", decision.explanation().findings()),
            format!("{:?}", registry.view(&policy, Timestamp::MIN).decide(&record).why_not()),
            format!("{admission:?}"),
            format!("{:?}", gate.admit_all([record.clone()])),
            format!("{:?}", gate.admit(&record)),
            format!("{error:?}"),
        ];
        set.enter(admission).unwrap();
        printed.push(format!("{set:?}"));
        printed
    };
    let (few, many) = (printed(2), printed(10_000));
    for (few, many) in few.iter().zip(&many) {
        let digits = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "").len();
        assert_eq!(digits(few), digits(many), "{many}");
        assert!(many.len() < 1_000, "{many}");
        for secret in ["member-0", "member-2", "secret-audience", "1990", "US"] {
            assert!(!many.contains(secret), "{secret}: {many}");
        }
    }
}

#[test]
fn a_member_does_not_see_what_stands_against_others() {
    let policy = Policy::shipped("linkedin").unwrap();
    let (mut registry, record) = people(3);
    let record = record.with_subject("member-2".parse().unwrap());
    let at = "2024-10-01".parse().unwrap();
    registry.apply(&Event::opt_out("member-2".parse().unwrap(), policy.purpose().clone(), at));
    let decision = registry.view(&policy, "2024-12-01".parse().unwrap()).decide(&record);

    let for_one = decision.why_not_for_subject(&"member-1".parse().unwrap());
    assert!(for_one.obstacles().is_empty() && for_one.others());
    let written = serde_json::to_string(&for_one).unwrap();
    assert_eq!(written, r#"{"obstacles":[],"others":true}"#);
    let for_other = decision.why_not_for_subject(&"member-2".parse().unwrap());
    assert_eq!(for_other.obstacles().len(), decision.why_not().len());
    assert!(!for_other.others());
    // What stands against the record itself, everybody in it may see.
    let deleted = record.with_deletion(at);
    let decision = registry.view(&policy, "2024-12-01".parse().unwrap()).decide(&deleted);
    let for_one = decision.why_not_for_subject(&"member-1".parse().unwrap());
    assert_eq!(
        for_one.to_string(),
        "the record is deleted, which is final; \
         something about somebody else in the record stands against it"
    );
}

#[test]
fn what_a_run_an_audit_and_a_timeline_say_is_json() {
    use may_train::ledger::Audit;

    let policy = Policy::shipped("linkedin").unwrap();
    let (mut registry, record) = people(2);
    let now: Timestamp = "2024-12-01".parse().unwrap();
    let gate = registry.gate(&policy, now, now);
    let mut set = TrainingSet::new("run-1".parse().unwrap(), &gate);
    match gate.admit(&record) {
        Admit::Yes(admission) => set.enter(admission).unwrap(),
        Admit::No(decision) => panic!("{decision:?}"),
    }
    let run = set.seal();
    let written = serde_json::to_value(&run).unwrap();
    assert_eq!(written["head"]["as_of"], json!("2024-12-01T00:00:00Z"));
    assert_eq!(written["digest"], json!(run.digest().to_string()));

    let (at, learned) = ("2024-11-01".parse().unwrap(), "2024-12-15".parse().unwrap());
    let moved =
        Event::new("member-1".parse().unwrap(), at, Fact::Residence(Some("FR".parse().unwrap())));
    let moved = moved.with_recorded(learned);
    registry.apply(&moved);
    let audit = Audit::of(&run, &policy, &registry, [&record]).unwrap();
    let overtaken = json!([{
        "record": "r1",
        "grounds": ["region-excluded"],
        "late": [serde_json::to_value(&moved).unwrap()],
    }]);
    assert_eq!(serde_json::to_value(&audit).unwrap()["overtaken"], overtaken);

    let mut ledger = Ledger::new();
    ledger.append(run).unwrap();
    let proof = ledger.deletion_proof(&"member-1".parse().unwrap(), at);
    let written = json!({
        "subject": "member-1",
        "erased_at": "2024-11-01T00:00:00Z",
        "before": [],
        "after": ["run-1"],
        "inherited": [],
    });
    assert_eq!(serde_json::to_value(&proof).unwrap(), written);

    let view = registry.view(&policy, now);
    let timeline = serde_json::to_value(view.eligibility(&record)).unwrap();
    let steps = timeline.as_array().expect("a list of steps");
    assert!(steps.len() > 1);
    assert!(steps.iter().all(|step| step["value"]["record"] == json!("r1")));
    assert!(steps.last().unwrap().get("until").is_none());
}

proptest! {
    #[test]
    fn a_subject_is_its_events(
        subject in Vocabulary::small().subjects("u1".parse().expect("an id")),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut events = subject.events();
        let place = if events.is_empty() { 0 } else { turn.index(events.len()) };
        events.rotate_left(place);
        let mut registry = Registry::new();
        for event in &events {
            registry.apply(event);
        }
        let same = registry.remove("u1");
        let same = same.unwrap_or_else(|| Subject::new("u1".parse().expect("an id")));
        prop_assert_eq!(same, subject);
    }
}
