//! Signals: what each standard says about an input, and the law that no signal ever widens.

#[expect(dead_code, reason = "the worlds of the laws")]
#[path = "../worlds/mod.rs"]
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use may_train::people::ChoiceMade;
use may_train::signals::{
    Signal, content_usage, gpc, gpp, robots_txt, tdm_meta, tdm_reservation, tdmrep_json,
};
use may_train::strategies::Vocabulary;
use may_train::{Choice, ChosenBy, Event, Fact, Purpose, Registry, Subject, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use worlds::{law, parsed, property};

// ---- Vectors ----

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Vectors {
    #[allow(dead_code, reason = "for readers")]
    about: String,
    sources: BTreeMap<String, BTreeMap<String, String>>,
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    source: String,
    read: String,
    input: Vec<String>,
    #[serde(default)]
    crawler: String,
    #[serde(default)]
    path: String,
    /// The answer of the standard, where it gives one in words.
    standard: Option<String>,
    expected: String,
    why: String,
}

fn seen() -> Timestamp {
    parsed("2026-03-01T09:30:00Z")
}

impl Case {
    fn read(&self) -> Option<Signal> {
        let (input, seen) = (&self.input, seen());
        let only = || input[0].as_str();
        match self.read.as_str() {
            "sec-gpc" => gpc(input, seen),
            "content-usage" => content_usage(input, seen),
            "robots-txt" => robots_txt(only().as_bytes(), &self.crawler, &self.path, seen),
            "tdm-reservation" => tdm_reservation(input, seen),
            "tdm-meta" => tdm_meta(input, seen),
            "tdmrep-json" => tdmrep_json(only().as_bytes(), &self.path, seen),
            "gpp" => gpp(only(), seen),
            other => panic!("{}: no reader `{other}`", self.name),
        }
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).expect("the vectors")
}

fn outcome(signal: Option<&Signal>) -> &'static str {
    match signal {
        None => "silent",
        Some(signal) if signal.is_malformed() => "malformed",
        Some(_) => "refuses",
    }
}

#[test]
fn each_input_is_read_as_its_standard_says() {
    let vectors = vectors();
    for case in &vectors.cases {
        let signal = case.read();
        assert_eq!(outcome(signal.as_ref()), case.expected, "{}: {}", case.name, case.why);
        if let Some(signal) = signal {
            assert_eq!((signal.source().as_str(), signal.seen()), (case.read.as_str(), seen()));
            let text = case.input.join(", ");
            let kept = match case.read.as_str() {
                // The rule that refuses, as the crate writes JSON.
                "tdmrep-json" => !signal.text().is_empty() || text.is_empty(),
                _ => text.contains(signal.text()),
            };
            assert!(kept, "{}: `{}` is not what was sent", case.name, signal.text());
        }
    }
}

#[test]
fn what_a_standard_disallows_refuses_and_what_it_allows_is_silent() {
    for case in vectors().cases {
        let expected = case.expected.as_str();
        match case.standard.as_deref() {
            Some("disallow") => assert_eq!(expected, "refuses", "{}", case.name),
            Some("allow" | "none") => assert_eq!(expected, "silent", "{}", case.name),
            Some("unknown") => assert_ne!(expected, "refuses", "{}", case.name),
            Some(other) => panic!("{}: no answer `{other}`", case.name),
            None => {}
        }
    }
}

#[test]
fn every_vector_has_a_source_and_a_name_of_its_own_and_every_reader_every_outcome() {
    let vectors = vectors();
    let names: BTreeSet<_> = vectors.cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), vectors.cases.len());
    let mut outcomes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for case in &vectors.cases {
        let source = vectors.sources.get(&case.source).expect(&case.name);
        assert!(source.contains_key("licence") && source.contains_key("read"), "{}", case.source);
        outcomes.entry(case.read.as_str()).or_default().insert(case.expected.as_str());
    }
    // These standards demand that what they do not define is ignored.
    let ignoring = ["sec-gpc", "tdm-reservation", "tdm-meta"];
    for (read, outcomes) in outcomes {
        let all = if ignoring.contains(&read) { 2 } else { 3 };
        assert_eq!(outcomes.len(), all, "{read}: {outcomes:?}");
    }
}

// ---- Laws ----

/// Texts that are nearly signals, and any other.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<Vec<u8>> =
        vectors().cases.into_iter().flat_map(|case| case.input).map(String::into_bytes).collect();
    let changed = (select(known.clone()), any::<prop::sample::Index>(), any::<u8>());
    let changed = changed.prop_map(|(mut text, at, byte)| {
        if !text.is_empty() {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text
    });
    prop_oneof![
        3 => select(known),
        3 => changed,
        1 => proptest::collection::vec(any::<u8>(), 0..60),
        1 => "[A-Za-z0-9_-]{0,12}(~[A-Za-z0-9_.-]{0,24}){0,3}".prop_map(String::into_bytes),
    ]
}

/// Every signal that a text is, wherever it stands.
fn signals(text: &[u8], path: &str, seen: Timestamp) -> Vec<Signal> {
    let lines = [text, b"search=y"];
    let signals = [
        gpc(lines, seen),
        content_usage(lines, seen),
        robots_txt(text, "ExampleBot", path, seen),
        tdm_reservation(lines, seen),
        tdm_meta(lines, seen),
        tdmrep_json(text, path, seen),
        gpp(&String::from_utf8_lossy(text), seen),
    ];
    signals.into_iter().flatten().collect()
}

#[test]
fn every_signal_is_an_opt_out_with_its_provenance() {
    let premises = ["it refuses", "it is malformed"];
    let inputs = (texts(), "/[a-z/*$%]{0,8}");
    property(&premises, 4_000, inputs, |(text, path), premises| {
        for signal in signals(&text, &path, seen()) {
            premises.count("it refuses", !signal.is_malformed());
            premises.count("it is malformed", signal.is_malformed());
            let purpose: Purpose = parsed("ai-training");
            let event = signal.opt_out(parsed("u1"), purpose.clone());
            let made = ChoiceMade::new(Choice::OptOut, ChosenBy::Signal);
            prop_assert_eq!(event.fact(), &Fact::Choice(purpose, made));
            prop_assert_eq!((event.at(), event.recorded()), (seen(), seen()));
            let restriction = signal.restriction();
            prop_assert_eq!(restriction.id().as_str(), signal.source().as_str());
            prop_assert_eq!(restriction.span().end(), None);
            let debug = format!("{signal:?}");
            let shown = signal.text().len() > 4 && debug.contains(signal.text());
            prop_assert!(!shown, "`Debug` shows the text: {}", debug);
        }
        Ok(())
    });
}

#[test]
fn a_signal_never_widens() {
    let premises = ["it was admitted", "the opt-out refuses it", "the restriction refuses it"];
    let inputs = (texts(), "/[a-z/]{0,8}", Vocabulary::small().instants());
    law(&premises, 600, inputs, |world, (text, path, seen), premises| {
        for signal in signals(&text, &path, seen) {
            let mut registry = world.registry.clone();
            for id in world.record.subjects() {
                registry.apply(&signal.opt_out(id.clone(), world.policy.purpose().clone()));
            }
            let opted_out = worlds::World { registry, ..world.clone() };
            let restricted =
                world.with_record(world.record.clone().with_restriction(signal.restriction()));
            let subjects =
                world.with_subjects(|subject| subject.with_restriction(signal.restriction()));
            for after in [&opted_out, &restricted, &subjects] {
                prop_assert!(world.is_eligible() || !after.is_eligible());
            }
            premises.count("it was admitted", world.is_eligible());
            let refused = |after: &worlds::World| world.is_eligible() && !after.is_eligible();
            premises.count("the opt-out refuses it", refused(&opted_out));
            premises.count("the restriction refuses it", refused(&restricted));
        }
        Ok(())
    });
}

#[test]
fn a_repeated_signal_does_not_undo_an_opt_in_made_in_person() {
    let purpose: Purpose = parsed("ai-training.generative");
    let signal = |day: &str| gpc(["1"], parsed(day)).expect("a signal");
    let subject = Subject::new(parsed("u1"));
    let event = signal("2026-03-01").opt_out_once(&subject, &purpose).expect("the first");
    let mut registry = Registry::new();
    registry.apply(&event);
    let once = registry.get("u1").expect("the subject").clone();
    assert_eq!(signal("2026-03-02").opt_out_once(&once, &purpose), None);
    registry.apply(&Event::opt_in(parsed("u1"), purpose.clone(), parsed("2026-03-03")));
    let again = registry.get("u1").expect("the subject");
    assert_eq!(signal("2026-03-04").opt_out_once(again, &purpose), None);

    // An opt-out of another purpose is not this one, and one in person is not the signal.
    let wider: Purpose = parsed("ai-training");
    assert!(signal("2026-03-02").opt_out_once(&once, &wider).is_some());
    let at = parsed("2026-01-01");
    let person =
        subject.clone().with_choice(Choice::OptOut, ChosenBy::Subject, purpose.clone(), at);
    assert!(signal("2026-03-02").opt_out_once(&person, &purpose).is_some());
    let wide = subject.with_choice(Choice::OptOut, ChosenBy::Signal, wider, at);
    assert_eq!(signal("2026-03-02").opt_out_once(&wide, &purpose), None);
}
