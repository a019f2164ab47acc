//! Diff, guard and effect: against what is known of LinkedIn, against small policies, and against
//! everybody decided one by one.

use std::collections::BTreeSet;

use may_train::policy::{OptOutReach, ResidenceAt};
use may_train::review::{
    AgeClass, AudienceClass, Change, ChoiceClass, Diff, Direction, Effect, KindClass, People,
    Places, PolicyAt, Scope, Widened,
};
use may_train::strategies::{Vocabulary, policies};
use may_train::{
    Choice, ChosenBy, Country, Entry, Ground, Kind, Place, Policy, Record, Registry, Subject,
    Timestamp, Verdict,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn place(text: &str) -> Place {
    text.parse().expect(text)
}

fn policy(rules: &str, sampled: &str) -> Policy {
    let text = format!(
        "platform = \"acme\"\npurpose = \"ai-training.generative\"\n[[revisions]]\nid = \"only\"\n\
         effective = \"2020-01-01\"\ncovers = [\"post\"]\n{sampled}\nrules = [{rules}]\n"
    );
    Policy::from_toml(&text).expect(&text)
}

const RUNS: &str = "opt_out_reaches = \"future-runs\"\nresidence_at = \"as-of\"";

/// The difference on one day between a policy of some rules and one of others.
fn diff(before: &Policy, after: &Policy) -> Diff {
    Diff::between(PolicyAt::new(before, at("2024-06-01")), PolicyAt::new(after, at("2024-06-01")))
}

fn told(diff: &Diff) -> Vec<String> {
    diff.to_string().lines().skip(2).map(str::to_owned).collect()
}

/// LinkedIn as it stood on 10 December 2024, and as it is since 3 November 2025.
const STEP: &str = r#"
platform = "linkedin"
purpose = "ai-training.generative"
[regions]
designated = ["EEA", "CH"]
[[revisions]]
id = "2024-12-10"
effective = "2024-12-10"
opt_out_reaches = "future-runs"
residence_at = "both"
covers = ["post", "article"]
rules = [
    { in = ["designated", "GB", "HK", "CA"], regime = "excluded" },
    { in = ["*"], regime = "opt-out" },
]
[[revisions]]
id = "2025-11-03"
effective = "2025-11-03"
opt_out_reaches = "future-runs"
residence_at = "both"
covers = ["post", "article", "profile", "resume"]
rules = [{ in = ["*"], regime = "opt-out" }]
"#;

const WERE_EXCLUDED: &str = "AT AX BE BG CA CH CY CZ DE DK EE ES FI FR GB GF GP GR HK HR HU IE IS \
                             IT LI LT LU LV MF MQ MT NL NO PL PT RE RO SE SI SK YT";

/// What LinkedIn's step lets in, in as few codes as there are groups that move alike.
const STEP_CODES: [&str; 5] = [
    "widening:CA:region-excluded",
    "widening:GB:region-excluded",
    "widening:HK:region-excluded",
    "widening:designated:region-excluded",
    "widening:everywhere-but-designated+CA+GB+HK:kind-not-covered:kind=profile+resume",
];

#[test]
fn the_guard_stops_the_step_to_default_on_everywhere_and_names_the_countries() {
    let policy = Policy::from_toml(STEP).expect("it reads");
    let before = PolicyAt::new(&policy, at("2025-11-02"));
    let diff = Diff::between(before, PolicyAt::new(&policy, at("2025-11-03")));
    let error = diff.guard::<&str>(&[]).expect_err("it widens");
    let codes: Vec<String> = error.unacknowledged().map(Widened::to_string).collect();
    assert_eq!(codes, STEP_CODES);
    assert_eq!(
        error.to_string(),
        format!(
            "data that was kept out comes in without a yes; acknowledge each step by its code: {}",
            STEP_CODES.join(", ")
        )
    );
    assert_eq!(told(&diff)[0], "widening: designated, CA, GB, HK: excluded -> opt-out");
    let People::Of(places) = diff.moves()[0].people() else { panic!("residents") };
    let countries = places.iter().map(|place| place.to_string()).collect::<Vec<_>>().join(" ");
    assert_eq!(countries, WERE_EXCLUDED);
    assert_eq!(diff.guard(&STEP_CODES), Ok(()));
    let britain = "widening:GB:region-excluded";
    let all_but_britain: Vec<_> = STEP_CODES.iter().filter(|code| **code != britain).collect();
    let error = diff.guard(&all_but_britain).expect_err("Britain is left");
    let left: Vec<(&str, Ground)> =
        error.unacknowledged().map(|step| (step.people(), step.lost())).collect();
    assert_eq!(left, [("GB", Ground::RegionExcluded)]);
    let us = |change: &&Change| match change.people() {
        People::Of(places) => places.contains(place("US")),
        _ => false,
    };
    let change = diff.changes_to(Direction::Looser).find(us).expect("new kinds");
    assert_eq!(change.kinds().to_string(), "profile, resume");
}

#[test]
fn a_step_back_and_a_step_between_instants_of_one_revision_pass() {
    let policy = Policy::from_toml(STEP).expect("it reads");
    let [early, late, later] =
        ["2025-11-02", "2025-11-03", "2026-01-01"].map(|day| PolicyAt::new(&policy, at(day)));
    assert_eq!(Diff::between(late, early).guard::<&str>(&[]), Ok(()));
    assert_eq!(told(&Diff::between(late, later)), ["no difference"]);
    let linkedin = Policy::shipped("linkedin").expect("it is shipped");
    let days = ["2024-09-18", "2024-09-20", "2024-10-11", "2024-12-10"];
    for step in days.windows(2) {
        let diff = Diff::between(
            PolicyAt::new(&linkedin, at(step[0])),
            PolicyAt::new(&linkedin, at(step[1])),
        );
        assert_eq!(diff.guard::<&str>(&[]), Ok(()), "{diff}");
        assert_eq!(diff.changes_to(Direction::Looser).count(), 0, "{diff}");
    }
}

#[test]
fn an_opt_in_that_becomes_an_opt_out_widens_and_the_other_way_round_does_not() {
    let before = policy("{ in = [\"*\"], regime = \"opt-in\" }", RUNS);
    let after = policy(
        "{ in = [\"*\"], regime = \"opt-in\" }, { in = [\"US-CA\", \"JP\"], regime = \"opt-out\" }",
        RUNS,
    );
    assert_eq!(
        told(&diff(&before, &after)),
        [
            "widening: JP, US-CA: opt-in -> opt-out",
            "looser: JP, US-CA; kinds: post; choices: silent",
            "stricter: US; kinds: post; choices: opted-in"
        ]
    );
    let error =
        diff(&before, &after).guard(&["widening:JP:not-opted-in"]).expect_err("one is left");
    assert!(error.to_string().ends_with(" code: widening:US-CA:not-opted-in"), "{error}");
    assert_eq!(diff(&after, &before).guard::<&str>(&[]), Ok(()));
    assert_eq!(
        told(&diff(&after, &before))[1],
        "stricter: JP, US-CA; kinds: post; choices: silent"
    );
    let excluded = policy("{ in = [\"*\"], regime = \"excluded\" }", RUNS);
    assert_eq!(
        told(&diff(&excluded, &before)),
        [
            "move: everywhere: excluded -> opt-in",
            "looser: everywhere; kinds: post; choices: opted-in"
        ]
    );
}

#[test]
fn an_exclusion_cannot_be_lifted_by_way_of_a_revision_that_covers_nothing() {
    let excluded = policy("{ in = [\"*\"], regime = \"excluded\" }", RUNS);
    let empty = policy("{ in = [\"*\"], regime = \"opt-out\", covers = [] }", RUNS);
    let diff = diff(&excluded, &empty);
    assert_eq!(diff.changes(), []);
    let everywhere = "widening:everywhere:region-excluded";
    assert_eq!(diff.widenings().iter().map(Widened::to_string).collect::<Vec<_>>(), [everywhere]);
    assert!(diff.guard::<&str>(&[]).is_err());
}

#[test]
fn a_minimum_age_a_window_and_an_audience_are_told() {
    let all = policy("{ in = [\"*\"], regime = \"opt-out\" }", RUNS);
    let adults = policy(
        "{ in = [\"*\"], regime = \"opt-out\", minimum_age = 18, created_from = \"2024-01-01\" }",
        RUNS,
    );
    assert_eq!(
        told(&diff(&all, &adults)),
        [
            "stricter: everywhere; kinds: post; ages: under 18, unknown; choices: silent, opted-in",
            "stricter: everywhere; kinds: post; ages: 18 and over; created: before 2024-01-01; \
             choices: silent, opted-in"
        ]
    );
    let consumers = policy(
        "{ in = [\"*\"], regime = \"opt-out\" }, { in = [\"*\"], audience = \"business\", regime = \
         \"excluded\" }",
        RUNS,
    );
    assert_eq!(
        told(&diff(&all, &consumers)),
        [
            "move: everywhere: opt-out -> excluded; audiences: business",
            "stricter: everywhere; kinds: post; audiences: business, unknown; choices: silent, \
             opted-in"
        ]
    );
}

#[test]
fn a_reach_that_shrinks_is_looser_for_those_who_opted_out_late() {
    let rules = "{ in = [\"*\"], regime = \"opt-out\" }";
    let runs = policy(rules, RUNS);
    let data = policy(rules, "opt_out_reaches = \"future-data\"\nresidence_at = \"as-of\"");
    assert_eq!(
        told(&diff(&runs, &data)),
        [
            "looser: everywhere; kinds: post; choices: opted-out-later, opt-in-withdrawn",
            "stricter: everywhere; kinds: post; choices: opted-back-in"
        ]
    );
}

#[test]
fn movers_are_told_where_residence_is_sampled_otherwise_and_the_guard_sees_them() {
    let rules = "{ in = [\"GB\"], regime = \"excluded\" }, { in = [\"*\"], regime = \"opt-out\" }";
    let sampled = |when: &str| {
        policy(rules, &format!("opt_out_reaches = \"future-runs\"\nresidence_at = \"{when}\""))
    };
    let movers = diff(&sampled("both"), &sampled("as-of"));
    assert_eq!(
        told(&movers),
        [
            "widening: those who moved (from: GB; to: everywhere but GB): excluded -> opt-out",
            "looser: those who moved (from: GB; to: everywhere but GB); kinds: post; choices: \
             silent, opted-in"
        ]
    );
    let code = "widening:movers-from-GB-to-everywhere-but-GB:region-excluded";
    assert_eq!(
        movers.guard::<&str>(&[]).expect_err("movers are people").to_string(),
        format!(
            "data that was kept out comes in without a yes; acknowledge each step by its code: {code}"
        )
    );
    assert_eq!(movers.guard(&[code]), Ok(()));
    let passing = diff(&sampled("throughout"), &sampled("both"));
    assert_eq!(
        told(&passing)[0],
        "widening: those who lived elsewhere for a while (in: GB; home: everywhere but GB): \
         excluded -> opt-out"
    );
    let code = "widening:passing-through-GB-of-everywhere-but-GB:region-excluded";
    assert_eq!(passing.guard(&[code]), Ok(()));
}

/// The codes of a step from some rules to others, all places sampled alike.
fn step(before: &str, after: &str) -> Vec<String> {
    let diff = diff(&policy(before, RUNS), &policy(after, RUNS));
    diff.widenings().iter().map(Widened::to_string).collect()
}

#[test]
fn a_code_for_a_place_does_not_acknowledge_what_its_business_accounts_lose() {
    let rules = |brazil: &str| format!("{brazil} {{ in = [\"*\"], regime = \"opt-out\" }}");
    let before = rules(
        "{ in = [\"BR\"], regime = \"opt-in\" },
         { in = [\"BR\", \"US\"], audience = \"business\", regime = \"excluded\" },",
    );
    let codes = step(&before, &rules(""));
    assert_eq!(
        codes,
        [
            "widening:BR:not-opted-in:audience=any-other+unknown",
            "widening:BR:region-excluded:audience=business",
            "widening:US:audience-unknown:audience=unknown",
            "widening:US:region-excluded:audience=business",
        ]
    );
    let diff = diff(&policy(&before, RUNS), &policy(&rules(""), RUNS));
    let error = diff.guard(&[&codes[0], &codes[2], &codes[3]]).expect_err("one is left");
    assert_eq!(error.unacknowledged().count(), 1);
    assert_eq!(error.unused().count(), 0);
}

#[test]
fn a_lower_age_a_new_kind_an_earlier_start_and_a_shorter_reach_are_guarded() {
    let rule = |terms: &str| format!("{{ in = [\"*\"], regime = \"opt-out\"{terms} }}");
    let code = |before: &str, after: &str| step(&rule(before), &rule(after));
    let age = |age: u8| format!(", minimum_age = {age}");
    assert_eq!(code(&age(18), &age(16)), ["widening:everywhere:under-age:age=16-to-17"]);
    assert_eq!(code(&age(16), &age(18)), [""; 0]);
    assert_eq!(
        code(&age(18), ""),
        ["widening:everywhere:age-unknown", "widening:everywhere:under-age:age=under-18"]
    );
    let covers = |kinds: &str| format!(", covers = [{kinds}]");
    assert_eq!(
        code("", &covers("\"post\", \"private-message\"")),
        ["widening:everywhere:kind-not-covered:kind=private-message"]
    );
    assert_eq!(code(&covers("\"post\", \"poll\""), ""), [""; 0]);
    let from = |day: &str| format!(", created_from = \"{day}\"");
    assert_eq!(
        code(&from("2022-01-01"), &from("2020-01-01")),
        ["widening:everywhere:created-outside-window:created=from-2020-01-01-until-2022-01-01"]
    );
    // Where silence means no on both sides, more data of those who opted in is no widening.
    let opt_in = |age: u8| format!("{{ in = [\"*\"], regime = \"opt-in\", minimum_age = {age} }}");
    assert_eq!(step(&opt_in(18), &opt_in(16)), [""; 0]);
    let data = "opt_out_reaches = \"future-data\"\nresidence_at = \"as-of\"";
    let shorter = diff(&policy(&rule(""), RUNS), &policy(&rule(""), data));
    let codes: Vec<String> = shorter.widenings().iter().map(Widened::to_string).collect();
    assert_eq!(codes, ["widening:everywhere:opted-out"]);
}

#[test]
fn a_code_that_acknowledges_nothing_is_an_error() {
    let rules = "{ in = [\"*\"], regime = \"opt-out\" }";
    let same = diff(&policy(rules, RUNS), &policy(rules, RUNS));
    let error = same.guard(&["widening:GB:region-excluded"]).expect_err("nothing widens");
    assert_eq!(
        error.to_string(),
        "`widening:GB:region-excluded` acknowledges nothing: correct the code, or leave it out"
    );
    assert_eq!(error.unused().collect::<Vec<_>>(), ["widening:GB:region-excluded"]);
}

/// The step as it is shipped takes few codes, not one a country.
#[test]
fn the_shipped_step_of_november_2025_is_stopped_and_takes_few_codes() {
    let policy = Policy::shipped("linkedin").expect("it is shipped");
    let [before, after] = ["2024-12-10", "2025-11-03"].map(|day| PolicyAt::new(&policy, at(day)));
    let diff = Diff::between(before, after);
    let codes: Vec<String> = diff.widenings().iter().map(Widened::to_string).collect();
    assert!(codes.contains(&"widening:GB:region-excluded".to_owned()), "{codes:#?}");
    assert!(codes.len() <= 12, "{codes:#?}");
    assert!(diff.guard::<&str>(&[]).is_err());
    assert_eq!(diff.guard(&codes), Ok(()));
}

#[test]
fn two_platforms_are_compared_each_by_its_own_purpose() {
    let linkedin = Policy::shipped("linkedin").expect("it is shipped");
    let territories =
        linkedin.regions().find(|region| region.name() == "territories").expect("a region");
    let territories: Vec<String> =
        territories.members().map(|(country, _)| format!(", \"{country}\"")).collect();
    let other = STEP
        .replace("\"linkedin\"", "\"other\"")
        .replace("ai-training.generative", "ads")
        .replace(", \"CH\"]", &format!(", \"CH\"{}]", territories.concat()));
    let other = Policy::from_toml(&other).expect("it reads");
    let day = at("2024-12-11");
    let diff = Diff::between(PolicyAt::new(&linkedin, day), PolicyAt::new(&other, day));
    assert!(diff.to_string().starts_with(
        "from linkedin/2024-12-10 (ai-training.generative) at 2024-12-11\n\
         to other/2024-12-10 (ads) at 2024-12-11\n"
    ));
    assert_eq!(diff.moves(), []);
    let kinds: Vec<String> = diff.changes().iter().map(|c| c.kinds().to_string()).collect();
    assert_eq!(
        kinds,
        ["feedback, genai-input, genai-output, language-preference, usage-frequency"]
    );
    let json = serde_json::to_value(&diff).expect("it is written");
    assert_eq!(json["before"]["platform"], "linkedin");
    assert_eq!(json["changes"][0]["direction"], "stricter");
    assert_eq!(json["changes"][0]["choices"][0], "silent");
    let others =
        Country::all().count() - WERE_EXCLUDED.split_whitespace().count() - territories.len();
    assert_eq!(json["changes"][0]["people"]["of"].as_array().expect("places").len(), others);
}

#[test]
fn places_are_told_apart_by_subdivision() {
    let before = policy("{ in = [\"*\"], regime = \"opt-out\" }", RUNS);
    let after = policy(
        "{ in = [\"*\"], regime = \"excluded\", except = [\"US-CA\"] }, { in = [\"*\"], regime = \
         \"opt-out\" }",
        RUNS,
    );
    let diff = diff(&before, &after);
    assert_eq!(told(&diff)[0], "move: everywhere but US-CA: opt-out -> excluded");
    let People::Of(places) = diff.moves()[0].people() else { panic!("residents") };
    assert!(places.contains(place("US")) && places.contains(place("US-NY")));
    assert!(!places.contains(place("US-CA")));
    // Every country, and the rest of the country of which a part is named. Somebody known to reside in
    // the rest differs from somebody whose residence is known only as `US`.
    let rest = place("US-0");
    let members: BTreeSet<Place> = Country::all().map(Place::from).chain([rest]).collect();
    assert_eq!(places.iter().collect::<BTreeSet<_>>(), members);
}

#[test]
fn places_are_told_by_regions_that_are_whole_and_the_same_on_both_sides() {
    let all = policy("{ in = [\"*\"], regime = \"opt-out\" }", RUNS);
    let told_of = |rules: &str| {
        let after = policy(&format!("{rules}, {{ in = [\"*\"], regime = \"opt-out\" }}"), RUNS);
        told(&diff(&all, &after)).swap_remove(0)
    };
    let whole = told_of("{ in = [\"EEA\", \"CH\"], regime = \"excluded\" }");
    assert_eq!(whole, "move: EEA, CH: opt-out -> excluded");
    let but_norway = told_of("{ in = [\"EFTA\"], except = [\"NO\"], regime = \"excluded\" }");
    assert_eq!(but_norway, "move: CH, IS, LI: opt-out -> excluded");
    let split = "{ in = [\"EFTA\"], except = [\"CH-ZH\"], regime = \"excluded\" }";
    assert_eq!(told_of(split), "move: CH, CH-0, IS, LI, NO: opt-out -> excluded");
    // Britain left the EEA in between: its name would not say whose regime changed.
    let europe = policy(
        "{ in = [\"EEA\"], regime = \"excluded\" }, { in = [\"*\"], regime = \"opt-out\" }",
        RUNS,
    );
    let before = PolicyAt::new(&europe, at("2020-12-31"));
    let left = Diff::between(before, PolicyAt::new(&europe, at("2021-01-01")));
    assert_eq!(told(&left)[0], "widening: GB: excluded -> opt-out");
    assert!(left.guard::<&str>(&[]).is_err());
    let back = Diff::between(before, PolicyAt::new(&all, at("2021-01-01")));
    assert!(told(&back)[0].starts_with("widening: AT, AX, BE, "), "{back}");
}

/// Somebody, and a record of theirs.
#[derive(Debug, Clone)]
struct Person {
    residences: Vec<(Timestamp, Place)>,
    kind: Kind,
    audience: Option<&'static str>,
    age: Option<u8>,
    created: Timestamp,
    choice: ChoiceClass,
}

const AGES: [Option<u8>; 6] = [Some(15), Some(16), Some(17), Some(18), Some(30), None];

impl Person {
    fn choices(&self, as_of: Timestamp) -> Vec<(Timestamp, Choice)> {
        let (then, now) = (self.created, as_of);
        let (yes, no) = (Choice::OptIn, Choice::OptOut);
        match self.choice {
            ChoiceClass::Silent => vec![],
            ChoiceClass::OptedIn => vec![(then, yes), (now, yes)],
            ChoiceClass::OptedOut => vec![(Timestamp::MIN, no)],
            ChoiceClass::OptedInLater => vec![(now, yes)],
            ChoiceClass::OptedOutLater => vec![(now, no)],
            ChoiceClass::OptInWithdrawn => vec![(then, yes), (now, no)],
            ChoiceClass::OptedBackIn => vec![(Timestamp::MIN, no), (now, yes)],
            ChoiceClass::OptInExpired => vec![(at("0900-01-01"), yes)],
        }
    }

    fn is_admitted(&self, side: PolicyAt<'_>) -> bool {
        let mut subject = Subject::new("u1".parse().expect("an id"));
        for (since, place) in &self.residences {
            subject = subject.with_residence(*place, *since);
        }
        for (when, choice) in self.choices(side.as_of()) {
            let purpose = side.policy().purpose().clone();
            subject = subject.with_choice(choice, ChosenBy::Subject, purpose, when);
        }
        if let Some(audience) = self.audience {
            let audience = Entry::new(
                Timestamp::MIN,
                audience.parse::<may_train::Audience>().expect("a word"),
            );
            subject = subject.with_audience_entry(audience);
        }
        if let Some(age) = self.age {
            let year: u16 = self.created.to_string()[..4].parse().expect("a year");
            let born = format!("{:04}-01-01", year - u16::from(age));
            subject = subject.with_birth(born.parse().expect("a day"));
        }
        let mut registry = Registry::new();
        registry.replace(subject);
        let record = Record::new("r1".parse().expect("an id"), self.kind.clone(), self.created)
            .with_subject("u1".parse().expect("an id"));
        let view = registry.view(side.policy(), side.as_of());
        view.decide(&record).verdict() == Verdict::Eligible
    }

    fn direction(&self, before: PolicyAt<'_>, after: PolicyAt<'_>) -> Option<Direction> {
        match (self.is_admitted(before), self.is_admitted(after)) {
            (false, true) => Some(Direction::Looser),
            (true, false) => Some(Direction::Stricter),
            (true, true) | (false, false) => None,
        }
    }

    /// Whether the change is told of this person, apart from where they reside.
    fn is_in(&self, change: &Change, told_apart: &[ChoiceClass]) -> bool {
        // Of the other classes, each holds what no policy names.
        let kind = scope_has(change.kinds(), |class| match class {
            KindClass::Named(kind) => *kind == self.kind,
            KindClass::Other => self.kind.as_str() == "unheard-of",
        });
        let audience = scope_has(change.audiences(), |class| match class {
            AudienceClass::Named(name) => Some(name.as_str()) == self.audience,
            AudienceClass::Other => self.audience == Some("unheard-of"),
            AudienceClass::Unknown => self.audience.is_none(),
        });
        let age = scope_has(change.ages(), |class| match (*class, self.age) {
            (AgeClass::Any, _) | (AgeClass::Unknown, None) => true,
            (AgeClass::Between { from, until }, Some(age)) => {
                from <= age && until.is_none_or(|until| age < until)
            }
            (AgeClass::Unknown, Some(_)) | (AgeClass::Between { .. }, None) => false,
        });
        let created = scope_has(change.created(), |class| class.span().contains(self.created));
        let choice = told_apart.contains(&self.choice);
        let choice = scope_has(change.choices(), |class| *class == self.choice) && choice;
        kind && audience && age && created && choice
    }
}

fn scope_has<T>(scope: &Scope<T>, has: impl Fn(&T) -> bool) -> bool {
    match scope {
        Scope::Any => true,
        Scope::Only(classes) => classes.iter().any(has),
    }
}

/// The histories that a comparison tells apart.
fn told_apart(before: PolicyAt<'_>, after: PolicyAt<'_>) -> Vec<ChoiceClass> {
    let revisions = || [before, after].into_iter().filter_map(PolicyAt::revision);
    let at_the_creation = revisions().any(|r| r.opt_out_reaches() != OptOutReach::FutureRuns);
    let expires = revisions()
        .flat_map(may_train::Revision::rules)
        .map(may_train::Rule::terms)
        .any(|terms| terms.opt_in_lifetime_days().is_some() || terms.opt_in_from().is_some());
    let plain = [ChoiceClass::Silent, ChoiceClass::OptedIn, ChoiceClass::OptedOut];
    let told = |choice: &&ChoiceClass| {
        plain.contains(choice)
            || if **choice == ChoiceClass::OptInExpired { expires } else { at_the_creation }
    };
    ChoiceClass::ALL.iter().filter(told).copied().collect()
}

/// The directions in which a change is told of people by where they reside.
fn told_of(
    diff: &Diff,
    person: &Person,
    choices: &[ChoiceClass],
    of: impl Fn(&People) -> bool,
) -> BTreeSet<Direction> {
    let changes = diff.changes().iter().filter(|change| of(change.people()));
    changes.filter(|c| person.is_in(c, choices)).map(Change::direction).collect()
}

const PLACES: [&str; 8] = ["GB", "FR", "RE", "CH", "US", "US-CA", "US-NY", "JP"];

fn people(created: Timestamp, choices: &[ChoiceClass]) -> Vec<Person> {
    let mut people = Vec::new();
    for kind in ["post", "comment", "unheard-of"] {
        for audience in [Some("consumer"), Some("business"), Some("unheard-of"), None] {
            for age in AGES {
                for choice in choices {
                    people.push(Person {
                        residences: Vec::new(),
                        kind: kind.parse().expect("a kind"),
                        audience,
                        age,
                        created,
                        choice: *choice,
                    });
                }
            }
        }
    }
    people
}

/// Whether a policy names every word that `people` use besides `unheard-of`: if it does not, these
/// words are of the class of what is not named, under a name of their own.
fn as_named(before: PolicyAt<'_>, after: PolicyAt<'_>, person: &Person) -> Person {
    let rules = || {
        [before, after]
            .into_iter()
            .filter_map(PolicyAt::revision)
            .flat_map(may_train::Revision::rules)
    };
    let mut person = person.clone();
    let kind = |kind: &Kind| {
        rules().any(|rule| {
            rule.terms().covers().contains(kind) || rule.kinds().is_some_and(|k| k.contains(kind))
        })
    };
    if !kind(&person.kind) {
        person.kind = "unheard-of".parse().expect("a kind");
    }
    let audience = |name: &str| {
        let mut audiences = rules().flat_map(|rule| rule.audiences().unwrap_or_default());
        audiences.any(|audience| audience.as_str() == name)
    };
    person.audience = person.audience.map(|a| if audience(a) { a } else { "unheard-of" });
    person
}

#[derive(Default)]
struct Reached {
    looser: usize,
    stricter: usize,
    movers: usize,
    passing: usize,
}

fn check_residents(
    diff: &Diff,
    (before, after): (PolicyAt<'_>, PolicyAt<'_>),
    created: Timestamp,
    reached: &mut Reached,
) {
    let choices = told_apart(before, after);
    let is_acknowledged = diff.guard::<&str>(&[]).is_ok() && before.revision().is_some();
    for person in people(created, &choices) {
        let person = as_named(before, after, &person);
        for code in PLACES {
            let person =
                Person { residences: vec![(Timestamp::MIN, place(code))], ..person.clone() };
            let expected: BTreeSet<Direction> =
                person.direction(before, after).into_iter().collect();
            let of = |people: &People| match people {
                People::Of(places) => has(places, code),
                People::Movers { .. } | People::Passing { .. } => false,
            };
            let found = told_of(diff, &person, &choices, of);
            assert_eq!(found, expected, "{person:?}\n{diff}");
            if person.choice == ChoiceClass::Silent && expected.contains(&Direction::Looser) {
                assert!(!is_acknowledged, "nobody acknowledged {person:?}\n{diff}");
            }
            reached.looser += usize::from(expected.contains(&Direction::Looser));
            reached.stricter += usize::from(expected.contains(&Direction::Stricter));
        }
    }
}

fn has(places: &Places, code: &str) -> bool {
    places.contains(place(code))
}

/// People who were elsewhere at one of the sampled instants.
fn travels(created: Timestamp, as_of: Timestamp) -> Vec<(bool, &'static str, &'static str)> {
    let ends = [("FR", "US"), ("US", "GB"), ("US-CA", "US"), ("CH", "RE"), ("GB", "JP")];
    let between = created.as_micros() + 1 < as_of.as_micros();
    let passing = ends.into_iter().filter(|_| between).map(|(a, b)| (true, a, b));
    ends.into_iter().map(|(a, b)| (false, a, b)).chain(passing).collect()
}

fn check_movers(
    diff: &Diff,
    (before, after): (PolicyAt<'_>, PolicyAt<'_>),
    created: Timestamp,
    reached: &mut Reached,
) {
    let choices = told_apart(before, after);
    let as_of = before.as_of();
    let is_acknowledged = diff.guard::<&str>(&[]).is_ok() && before.revision().is_some();
    for person in people(created, &choices).into_iter().step_by(5) {
        let person = as_named(before, after, &person);
        for (passes, from, to) in travels(created, as_of) {
            let between = Timestamp::from_micros(created.as_micros() + 1).expect("in range");
            let residences = if passes {
                vec![(Timestamp::MIN, place(to)), (between, place(from)), (as_of, place(to))]
            } else {
                vec![(Timestamp::MIN, place(from)), (as_of, place(to))]
            };
            let person = Person { residences, ..person.clone() };
            let expected = person.direction(before, after);
            if person.choice == ChoiceClass::Silent && expected == Some(Direction::Looser) {
                assert!(!is_acknowledged, "nobody acknowledged {person:?}\n{diff}");
            }
            let travellers = |people: &People| match people {
                People::Movers { from: a, to: b } => !passes && has(a, from) && has(b, to),
                People::Passing { through, home } => passes && has(through, from) && has(home, to),
                People::Of(_) => false,
            };
            let residents = |people: &People| match people {
                People::Of(places) => has(places, from) || has(places, to),
                People::Movers { .. } | People::Passing { .. } => false,
            };
            let as_travellers = told_of(diff, &person, &choices, travellers);
            let as_residents = told_of(diff, &person, &choices, residents);
            // What happens to them is told; what is told of them as travellers happens to them.
            let told = |way| as_travellers.contains(&way) || as_residents.contains(&way);
            assert!(expected.is_none_or(told), "{expected:?} {person:?}\n{diff}");
            assert!(as_travellers.iter().all(|way| expected == Some(*way)), "{person:?}\n{diff}");
            match (as_travellers.is_empty(), passes) {
                (true, _) => {}
                (false, false) => reached.movers += 1,
                (false, true) => reached.passing += 1,
            }
        }
    }
}

/// The same policy with residences sampled at other instants.
fn resampled(policy: &Policy, sampling: ResidenceAt) -> Policy {
    let mut written = serde_json::to_value(policy).expect("it is written");
    for revision in written["revisions"].as_array_mut().expect("revisions") {
        revision["residence_at"] = sampling.as_str().into();
    }
    serde_json::from_value(written).expect("it reads back")
}

/// Runs a check over so many generated worlds in which time passes between creation and cut-off.
fn over_worlds(
    worlds: usize,
    mut check: impl FnMut(&Policy, &Policy, Timestamp, Timestamp, ResidenceAt),
) {
    let rng = proptest::test_runner::TestRng::deterministic_rng(
        proptest::test_runner::RngAlgorithm::ChaCha,
    );
    let mut runner =
        proptest::test_runner::TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let vocabulary = Vocabulary::small();
    let sampling = proptest::sample::select(ResidenceAt::ALL.to_vec());
    let inputs = (policies(), policies(), vocabulary.cut_offs(), vocabulary.instants(), sampling);
    let inputs = inputs.prop_filter("time passes", |(_, _, cut_off, created, _)| created < cut_off);
    for _ in 0..worlds {
        let tree = inputs.new_tree(&mut runner).expect("a world");
        let (before, after, cut_off, created, sampling) = tree.current();
        check(&before, &after, cut_off, created, sampling);
    }
}

#[test]
fn a_diff_is_every_resident_decided_twice() {
    let mut reached = Reached::default();
    over_worlds(24, |before, after, cut_off, created, _| {
        let sides = (PolicyAt::new(before, cut_off), PolicyAt::new(after, cut_off));
        let diff = Diff::between(sides.0, sides.1);
        check_residents(&diff, sides, created, &mut reached);
    });
    let Reached { looser, stricter, .. } = reached;
    assert!(looser > 1_000 && stricter > 1_000, "too few to prove a thing: {looser}, {stricter}");
}

#[test]
fn a_diff_is_every_traveller_decided_twice() {
    let mut reached = Reached::default();
    over_worlds(40, |before, _, cut_off, created, sampling| {
        let after = resampled(before, sampling);
        let sides = (PolicyAt::new(before, cut_off), PolicyAt::new(&after, cut_off));
        let diff = Diff::between(sides.0, sides.1);
        check_movers(&diff, sides, created, &mut reached);
    });
    let Reached { movers, passing, .. } = reached;
    assert!(movers > 100 && passing > 30, "too few to prove a thing: {movers}, {passing}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Records are counted as they are decided; a subject moves at least where a record of theirs
    /// does.
    #[test]
    fn an_effect_is_every_record_decided_twice(
        before in policies(),
        after in policies(),
        cut_offs in (Vocabulary::small().cut_offs(), Vocabulary::small().cut_offs()),
        registry in Vocabulary::small().registries(),
        records in proptest::collection::vec(Vocabulary::small().records(), 40),
    ) {
        let (before, after) = (PolicyAt::new(&before, cut_offs.0), PolicyAt::new(&after, cut_offs.1));
        let effect = Effect::of(before, after, &registry, &records);
        let admits = |side: PolicyAt<'_>, record: &Record| {
            registry.view(side.policy(), side.as_of()).decide(record).verdict() == Verdict::Eligible
        };
        let count = |from: bool, to: bool| {
            let moves = |r: &&Record| admits(before, r) == from && admits(after, r) == to;
            records.iter().filter(moves).count() as u64
        };
        prop_assert_eq!(effect.records().total(), 40);
        prop_assert_eq!(effect.records().looser(), count(false, true));
        prop_assert_eq!(effect.records().stricter(), count(true, false));
        prop_assert_eq!(effect.subjects().total(), registry.len() as u64);
        // Plain records of one subject that exist on both sides.
        let plain = |r: &&Record| {
            let created = r.created_at() <= before.as_of().min(after.as_of());
            r.subjects().len() == 1 && r.restrictions().is_empty() && r.deleted_at().is_none() && created
        };
        let moved = |from: bool, to: bool| {
            let moves = |r: &&Record| admits(before, r) == from && admits(after, r) == to;
            let of = records.iter().filter(plain).filter(moves).map(|r| r.subjects()[0].as_str());
            of.collect::<BTreeSet<_>>().len() as u64
        };
        prop_assert!(effect.subjects().looser() >= moved(false, true));
        prop_assert!(effect.subjects().stricter() >= moved(true, false));
    }
}

#[test]
fn people_who_moved_or_came_of_age_count_by_what_they_wrote_then() {
    let before = policy("{ in = [\"*\"], regime = \"opt-out\", minimum_age = 18 }", RUNS);
    let after = policy("{ in = [\"*\"], regime = \"opt-out\", minimum_age = 17 }", RUNS);
    let day = at("2024-06-01");
    let subject = |born: &str| {
        let subject =
            Subject::new("u1".parse().expect("an id")).with_birth(born.parse().expect("a day"));
        subject.with_residence(place("US"), at("2000-01-01"))
    };
    for (born, moves) in [("1990-01-01", 1), ("2007-05-31", 1), ("2007-06-02", 0)] {
        let mut registry = Registry::new();
        registry.insert(subject(born)).expect("it is the first");
        let none: [Record; 0] = [];
        let effect =
            Effect::of(PolicyAt::new(&before, day), PolicyAt::new(&after, day), &registry, &none);
        assert_eq!(effect.subjects().looser(), moves, "{born}");
        assert_eq!(effect.subjects().stricter(), 0, "{born}");
    }
}

#[test]
fn a_record_of_the_time_between_becomes_eligible_for_being_created() {
    let policy = policy("{ in = [\"*\"], regime = \"opt-out\" }", RUNS);
    let mut registry = Registry::new();
    let subject = Subject::new("u1".parse().expect("an id"));
    registry
        .insert(subject.with_residence(place("US"), at("2000-01-01")))
        .expect("it is the first");
    let record = |id: &str, created: &str| {
        Record::new(id.parse().expect("an id"), "post".parse().expect("a kind"), at(created))
            .with_subject("u1".parse().expect("an id"))
    };
    let records = [record("r1", "2023-01-01"), record("r2", "2024-06-02")];
    let early = PolicyAt::new(&policy, at("2024-06-01"));
    let effect = Effect::of(early, PolicyAt::new(&policy, at("2024-07-01")), &registry, &records);
    assert_eq!((effect.records().looser(), effect.not_yet_created()), (1, 1));
    assert_eq!(effect.subjects().looser(), 0);
}
