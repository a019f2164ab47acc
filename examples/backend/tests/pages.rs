//! The pages have a sentence for everything, in each language.
//!
//! The test reads the message files and the code of the pages. It fails if a language lacks a message
//! or an argument, if the code says what no file has, if a file has what no code says, and if a ground
//! of any decision has no sentence.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::{FluentArgs, FluentResource};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use may_train::people::ChoiceMade;
use may_train::review::DataLintCode;
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Choice, ChoiceState, ChosenBy, Country, Event, Fact, Ground, Kind, Policy, Record, Regime,
    Registry, Verdict,
};
use may_train_backend::pages::language::{Language, SOURCES};
use may_train_backend::pages::reasons::{event, reasons};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// The code of the pages.
fn sources() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages");
    let files = std::fs::read_dir(folder).expect("the pages");
    let paths = files.map(|file| file.expect("a file").path());
    let rust = paths.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|path| {
        let text = std::fs::read_to_string(&path).expect("a source");
        (path.display().to_string(), text)
    })
    .collect()
}

/// The ids of messages that the code makes from the words of the crate.
fn made_of_words() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut add = |prefix: &str, words: &[&str]| {
        ids.extend(words.iter().map(|word| format!("{prefix}-{word}")));
    };
    let regimes: Vec<_> = Regime::ALL.iter().map(|word| word.as_str()).collect();
    let choices: Vec<_> = ChoiceState::ALL.iter().map(|word| word.as_str()).collect();
    let verdicts: Vec<_> = Verdict::ALL.iter().map(|word| word.as_str()).collect();
    let grounds: Vec<_> = Ground::ALL.iter().map(|word| word.as_str()).collect();
    for prefix in ["short", "long"] {
        add(prefix, &regimes);
        add(prefix, &choices);
        add(prefix, &verdicts);
        add(prefix, &["unknown", "nothing"]);
    }
    add("ground", &grounds);
    let findings: Vec<_> = DataLintCode::ALL.iter().map(|word| word.as_str()).collect();
    add("lint", &findings);
    let countries: Vec<String> = Country::all().map(|country| country.to_string()).collect();
    add("country", &countries.iter().map(String::as_str).collect::<Vec<_>>());
    ids
}

/// The messages that may be missing, because platforms have words of their own.
const OPTIONAL: [&str; 2] = ["kind-", "platform-"];

/// The arguments of a message.
fn arguments(pattern: &Pattern<&str>, into: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, into);
        }
    }
}

fn of_expression(expression: &Expression<&str>, into: &mut BTreeSet<String>) {
    match expression {
        Expression::Select { selector, variants } => {
            of_inline(selector, into);
            for variant in variants {
                arguments(&variant.value, into);
            }
        }
        Expression::Inline(inline) => of_inline(inline, into),
    }
}

fn of_inline(inline: &InlineExpression<&str>, into: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => drop(into.insert(id.name.to_owned())),
        InlineExpression::Placeable { expression } => of_expression(expression, into),
        _ => {}
    }
}

/// The messages of each language, each with its arguments.
fn messages() -> Vec<(String, BTreeMap<String, BTreeSet<String>>)> {
    let read = |file: &'static str| {
        FluentResource::try_new(file.to_owned()).unwrap_or_else(|(_, errors)| panic!("{errors:?}"))
    };
    SOURCES
        .iter()
        .map(|source| {
            let mut messages = BTreeMap::new();
            for file in source.files {
                for entry in read(file).entries() {
                    let Entry::Message(message) = entry else { continue };
                    let mut used = BTreeSet::new();
                    arguments(message.value.as_ref().expect("a value"), &mut used);
                    let twice = messages.insert(message.id.name.to_owned(), used);
                    assert!(twice.is_none(), "{}: `{}` is there twice", source.id, message.id.name);
                }
            }
            (source.id.to_string(), messages)
        })
        .collect()
}

#[test]
fn every_language_has_the_same_messages_with_the_same_arguments() {
    let all = messages();
    let (first, of_first) = &all[0];
    assert!(of_first.len() > 300, "the messages were not found");
    for (other, of_other) in &all[1..] {
        for (id, used) in of_first {
            let found = of_other.get(id).unwrap_or_else(|| panic!("`{id}` is missing in {other}"));
            assert_eq!(found, used, "the arguments of `{id}` in {first} and {other}");
        }
        let further: Vec<_> = of_other.keys().filter(|id| !of_first.contains_key(*id)).collect();
        assert!(further.is_empty(), "missing in {first}: {further:?}");
    }
}

#[test]
fn the_code_says_every_message_and_no_other() {
    let mut said = made_of_words();
    let ids: BTreeSet<String> = messages().remove(0).1.into_keys().collect();
    for (path, source) in sources() {
        for literal in source.split('"').skip(1).step_by(2) {
            if ids.contains(literal) {
                said.insert(literal.to_owned());
            }
        }
        for (at, found) in source.match_indices("say!(") {
            let rest = source[at + found.len()..].split_once(',').map_or("", |(_, rest)| rest);
            let Some(literal) = rest.trim_start().strip_prefix('"') else { continue };
            let id = literal.split('"').next().unwrap_or_default();
            assert!(ids.contains(id), "{path}: no file has the message `{id}`");
        }
    }
    let missing: Vec<_> = said.difference(&ids).collect();
    assert!(missing.is_empty(), "no file has {missing:?}");
    let optional = |id: &&&String| OPTIONAL.iter().any(|prefix| id.starts_with(prefix));
    let unused: Vec<_> = ids.difference(&said).filter(|id| !optional(&id)).collect();
    assert!(unused.is_empty(), "no code says {unused:?}");
}

/// A language that fails for what is missing.
fn strictly(language: &Language, id: &str) -> String {
    language.try_say(id, &FluentArgs::new()).unwrap_or_else(|| panic!("{}: `{id}`", language.id))
}

#[test]
fn the_kinds_of_the_shipped_policies_that_the_sample_has_are_named() {
    let sample = include_str!("../../sample/records.ndjson");
    let kinds: BTreeSet<Kind> = sample
        .lines()
        .map(|line| serde_json::from_str::<Record>(line).expect("a record").kind().clone())
        .collect();
    for language in Language::all() {
        for kind in &kinds {
            strictly(language, &format!("kind-{kind}"));
        }
    }
}

/// Sentences of one language.
fn sentences(
    language: &Language,
    world: &(Policy, Registry, Record, may_train::Timestamp),
) -> Vec<(Ground, Vec<String>)> {
    let (policy, registry, record, as_of) = world;
    let explanation = registry.view(policy, *as_of).explain(record);
    let readers = record.subjects().iter();
    let said: Vec<String> =
        readers.flat_map(|reader| reasons(language, &explanation, reader)).collect();
    explanation.grounds().iter().map(|ground| (ground, said.clone())).collect()
}

#[test]
fn every_ground_of_every_decision_has_a_sentence_in_each_language() {
    let small = Vocabulary::small();
    let worlds = (policies(), small.registries(), small.records(), small.cut_offs());
    let config = Config {
        cases: 1_500,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let seen = std::cell::RefCell::new(BTreeMap::<Ground, u32>::new());
    let ids: BTreeSet<String> = messages().remove(0).1.into_keys().collect();
    let tried = runner.run(&worlds, |world| {
        for language in Language::all() {
            for (ground, said) in sentences(language, &world) {
                *seen.borrow_mut().entry(ground).or_default() += 1;
                let names_nobody = world.2.subjects().is_empty();
                prop_assert!(names_nobody || !said.is_empty(), "{}: {}", language.id, ground);
                // A message that is missing is shown by its id.
                prop_assert!(said.iter().all(|said| !ids.contains(said)), "{:?}", said);
            }
        }
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
    let seen = seen.into_inner();
    let unseen: Vec<_> = Ground::ALL.iter().filter(|ground| !seen.contains_key(ground)).collect();
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
}

#[test]
fn each_ground_alone_has_a_sentence_of_its_own() {
    // Of all decisions with one ground, the sentences differ from those of every other ground.
    let small = Vocabulary::small();
    let worlds = (policies(), small.registries(), small.records(), small.cut_offs());
    let config = Config {
        cases: 2_000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    };
    let by_ground = std::cell::RefCell::new(BTreeMap::<Ground, BTreeSet<String>>::new());
    let language = &Language::all()[0];
    let tried = TestRunner::new(config).run(&worlds, |world| {
        if world.2.subjects().len() == 1 {
            let all = sentences(language, &world);
            if let [(ground, said)] = all.as_slice() {
                by_ground.borrow_mut().entry(*ground).or_default().extend(said.iter().cloned());
            }
        }
        Ok(())
    });
    assert!(tried.is_ok());
    let by_ground = by_ground.into_inner();
    assert!(by_ground.len() >= 12, "{:?}", by_ground.keys());
    for (ground, said) in &by_ground {
        for (other, of_other) in by_ground.iter().filter(|(other, _)| *other != ground) {
            let both: Vec<_> = said.intersection(of_other).collect();
            assert!(both.is_empty(), "{ground} and {other}: {both:?}");
        }
    }
}

#[test]
fn every_event_has_a_sentence_whoever_made_it() {
    let at = "2024-10-01".parse().expect("an instant");
    let say = |language: &Language, fact: Fact| {
        event(language, &Event::new("u1".parse().expect("an id"), at, fact))
    };
    for language in Language::all() {
        let mut said = BTreeSet::new();
        let mut count = 0;
        let purpose = || "ai-training".parse().expect("a purpose");
        for choice in Choice::ALL {
            for by in ChosenBy::ALL {
                count += 1;
                said.insert(say(language, Fact::Choice(purpose(), ChoiceMade::new(*choice, *by))));
            }
        }
        let place = "US-CA".parse().expect("a place");
        let further = [
            Fact::Residence(Some(place)),
            Fact::Residence(None),
            Fact::Audience(Some("business".parse().expect("an audience"))),
            Fact::Audience(None),
            Fact::Birth("1990".parse().expect("a birth")),
            Fact::Restriction { id: "baa".parse().expect("an id"), until: None },
            Fact::Erasure,
        ];
        for fact in further {
            count += 1;
            said.insert(say(language, fact));
        }
        // Opt-ins that do not count may share a sentence, but none is an id.
        assert!(said.len() >= count - 1, "{said:?}");
        assert!(said.iter().all(|said| said.contains(' ')), "{said:?}");
    }
}
