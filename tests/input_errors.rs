//! Bad input: each is refused with an error that names the file, the line, the field, what was
//! found and what is accepted.

use std::io::{BufReader, Read};

use may_train::ndjson::{self, Lines};
use may_train::{Country, Place, Policy, Purpose, Record, Registry, Subject, SubjectId, Timestamp};
use serde_json::json;

// ---- Values ----

fn refusal<T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Debug>(text: &str) -> String {
    text.parse::<T>().expect_err(text).to_string()
}

/// Every text of a table is refused, for the reason beside it.
fn assert_refused<T>(noun: &str, cases: &[(&str, &str)])
where
    T: std::str::FromStr<Err: std::fmt::Display> + std::fmt::Debug,
{
    for (text, remedy) in cases {
        assert_eq!(refusal::<T>(text), format!("`{text}` is not {noun}: {remedy}"));
    }
}

const FORM_OF_A_TIME: &str =
    "write RFC 3339 with an offset, as in `2024-09-20T12:00:00Z`, or a bare date";
const RANGE_OF_TIMES: &str = "the years 0001 to 9999 are accepted";

#[test]
fn times() {
    assert_refused::<Timestamp>(
        "a timestamp",
        &[
            ("", FORM_OF_A_TIME),
            ("yesterday", FORM_OF_A_TIME),
            ("2024", FORM_OF_A_TIME),
            ("2024-1-1", FORM_OF_A_TIME),
            ("20240101", FORM_OF_A_TIME),
            ("10000-01-01", FORM_OF_A_TIME),
            ("+2024-01-01", FORM_OF_A_TIME),
            (" 2024-01-01", FORM_OF_A_TIME),
            ("2024-01-01 00:00:00Z", FORM_OF_A_TIME),
            ("2024-01-01T25:00:00Z", FORM_OF_A_TIME),
            ("2024-01-01T24:00:00Z", FORM_OF_A_TIME),
            ("2024-01-01T00:00:00+24:00", FORM_OF_A_TIME),
            ("2024-01-01T00:00:00\u{2212}01:00", FORM_OF_A_TIME),
            ("2024-09-20T12:00:00", "it has no offset; write `2024-09-20T12:00:00Z` for UTC"),
            ("2024-09-20T12:00:00.5", "it has no offset; write `2024-09-20T12:00:00.5Z` for UTC"),
            ("0000-01-01T00:00:00Z", RANGE_OF_TIMES),
            ("0001-01-01T00:00:00+01:00", RANGE_OF_TIMES),
            ("9999-12-31T23:59:59-01:00", RANGE_OF_TIMES),
        ],
    );
    // Days that there are not.
    for day in ["2024-02-30", "2023-02-29", "2024-13-01", "2024-04-31", "0000-01-01"] {
        assert!(refusal::<Timestamp>(day).starts_with(&format!("`{day}` is not a timestamp: ")));
        let time = format!("{day}T12:00:00Z");
        assert!(refusal::<Timestamp>(&time).starts_with(&format!("`{time}` is not a timestamp: ")));
    }
    for micros in [i64::MIN, i64::MAX, Timestamp::MIN.as_micros() - 1] {
        let error = Timestamp::from_micros(micros).expect_err("out of range").to_string();
        assert_eq!(error, format!("`{micros}` is not a timestamp: {RANGE_OF_TIMES}"));
    }
}

const FORM_OF_A_COUNTRY: &str = "use an ISO 3166-1 code of two upper-case letters, as in `FR`";

const NO_COUNTRY: &str = "it stands for no country; write the place as null where it is not known";

/// What is no country, and what to do instead.
const NO_COUNTRIES: [(&str, &str); 27] = [
    ("UK", "use `GB`, its ISO 3166-1 code"),
    ("uk", "use `GB`, its ISO 3166-1 code"),
    ("EL", "use `GR`, its ISO 3166-1 code"),
    ("fr", "use upper case, `FR`"),
    ("Fr", "use upper case, `FR`"),
    ("FRA", "use `FR`, its alpha-2 code"),
    // What upper-cases to the codes of South Sudan, Finland and Italy.
    ("ß", FORM_OF_A_COUNTRY),
    ("ﬁ", FORM_OF_A_COUNTRY),
    ("ıt", FORM_OF_A_COUNTRY),
    ("QQ", FORM_OF_A_COUNTRY),
    ("XX", NO_COUNTRY),
    ("A1", NO_COUNTRY),
    ("EU", "it is a region, not a country"),
    ("EN", "use `GB-ENG` for England"),
    ("KO", "use `KR` or `KP`"),
    ("XKX", "use `XK`, its alpha-2 code"),
    ("xk", "use upper case, `XK`"),
    ("AN", "ISO 3166-1 has withdrawn it; use `CW`, `SX` or `BQ`"),
    ("SU", "ISO 3166-1 has withdrawn it; use `RU` or the state meant"),
    ("TP", "ISO 3166-1 has withdrawn it; use `TL`"),
    ("usa", "use `US`, its alpha-2 code"),
    ("Brazil", "use `BR`, its ISO 3166-1 code"),
    ("bolivia", "use `BO`, its ISO 3166-1 code"),
    ("United Kingdom", "use `GB`, its ISO 3166-1 code"),
    // There are two.
    ("Korea", FORM_OF_A_COUNTRY),
    ("F", FORM_OF_A_COUNTRY),
    ("", FORM_OF_A_COUNTRY),
];

const FORM_OF_A_SUBDIVISION: &str = "use an ISO 3166-2 code, as in `US-CA`";

/// What is no subdivision, and what to do instead.
const NO_SUBDIVISIONS: [(&str, &str); 9] = [
    ("US-", FORM_OF_A_SUBDIVISION),
    ("US-CALI", FORM_OF_A_SUBDIVISION),
    ("US-ca", FORM_OF_A_SUBDIVISION),
    ("US-C\u{c4}", FORM_OF_A_SUBDIVISION),
    ("US-CA-1", FORM_OF_A_SUBDIVISION),
    ("us-CA", "`us` is not a country: use upper case, `US`"),
    ("UK-ENG", "`UK` is not a country: use `GB`, its ISO 3166-1 code"),
    ("QQ-A", "`QQ` is not a country: use an ISO 3166-1 code of two upper-case letters, as in `FR`"),
    ("AN-A", "`AN` is not a country: ISO 3166-1 has withdrawn it; use `CW`, `SX` or `BQ`"),
];

#[test]
fn places() {
    assert_refused::<Country>("a country", &NO_COUNTRIES);
    assert_refused::<Place>("a country", &NO_COUNTRIES);
    assert_refused::<Place>("a subdivision", &NO_SUBDIVISIONS);
}

#[test]
fn a_long_text_is_quoted_from_its_beginning_and_on_one_line() {
    let long = format!("U\nK{}", "x".repeat(100));
    let quoted = format!("U\\nK{}…", "x".repeat(57));
    assert_eq!(
        refusal::<Country>(&long),
        format!("`{quoted}` is not a country: {FORM_OF_A_COUNTRY}")
    );
}

// ---- Policies ----

const POLICY: &str = r#"platform = "acme"
purpose = "ai-training.generative"

[regions]
near = ["FR", "CH"]
far = ["near", "US"]

[[revisions]]
id = "first"
effective = "2024-01-01"
opt_out_reaches = "future-runs"
residence_at = "both"
covers = ["post", "article"]
minimum_age = 18

[[revisions.rules]]
in = ["near", "GB"]
regime = "excluded"

[[revisions.rules]]
in = ["*"]
regime = "opt-out"

[[revisions]]
id = "second"
effective = "2024-06-01"
opt_out_reaches = "both"
residence_at = "as-of"
covers = ["post"]

[[revisions.rules]]
in = ["*"]
except = ["US-CA"]
audience = "business"
created = { from = "2020-01-01", until = "2024-01-01" }
regime = "opt-in"

[[revisions.rules]]
in = ["*"]
regime = "opt-out"
"#;

fn policy_error(text: &str) -> String {
    Policy::from_toml(text).expect_err(text).in_file("policy.toml").to_string()
}

/// The policy with the first of a text changed.
fn changed(from: &str, to: &str) -> String {
    assert!(POLICY.contains(from), "{from}");
    POLICY.replacen(from, to, 1)
}

/// Every change of a table is refused with the whole message beside it.
fn assert_policy_errors(cases: &[(&str, &str, &str)]) {
    for (from, to, message) in cases {
        assert_eq!(policy_error(&changed(from, to)), *message, "{to}");
    }
}

/// Every change of a table is refused where it stands, and the message says all of the words.
fn assert_policy_errors_say(cases: &[(&str, &str, &[&str])]) {
    for (from, to, words) in cases {
        let error = policy_error(&changed(from, to));
        for word in *words {
            assert!(error.contains(word), "{to}: {error}, without {word}");
        }
    }
}

#[test]
fn the_policy_is_right_before_it_is_changed() {
    Policy::from_toml(POLICY).expect("a policy");
}

#[test]
fn unknown_keys_of_a_policy() {
    assert_policy_errors(&[
        (
            "platform = \"acme\"",
            "platform = \"acme\"\nplatfrom = \"acme\"",
            "policy.toml:2: platfrom: unknown field `platfrom`, expected one of `platform`, \
             `purpose`, `title`, `not_modelled`, `regions`, `revisions`",
        ),
        (
            "[regions]",
            "[region]",
            "policy.toml:4: region: unknown field `region`, expected one of `platform`, \
             `purpose`, `title`, `not_modelled`, `regions`, `revisions`",
        ),
        (
            "covers = [\"post\", \"article\"]",
            "cover = [\"post\"]",
            "policy.toml:13: revisions[0].cover: unknown field `cover`, expected one of `id`, \
             `effective`, `announced`, `status`, `opt_out_reaches`, `residence_at`, `covers`, \
             `minimum_age`, `created_from`, `opt_in_lifetime_days`, `opt_in_from`, `legal_basis`, \
             `confidence`, `sources`, `note`, `rules`",
        ),
        (
            "in = [\"near\", \"GB\"]",
            "in = [\"near\", \"GB\"]\nregions = [\"near\"]",
            "policy.toml:18: revisions[0].rules[0].regions: unknown field `regions`, expected one \
             of `in`, `except`, `kinds`, `audience`, `created`, `regime`, `covers`, `minimum_age`, \
             `created_from`, `opt_in_lifetime_days`, `opt_in_from`, `legal_basis`, `confidence`, \
             `note`",
        ),
        (
            "{ from =",
            "{ form =",
            "policy.toml:35: revisions[1].rules[0].created.form: unknown field `form`, expected \
             `from` or `until`",
        ),
    ]);
}

#[test]
fn missing_keys_of_a_policy() {
    assert_policy_errors(&[
        ("platform = \"acme\"\n", "", "policy.toml:1: platform: missing field `platform`"),
        (
            "purpose = \"ai-training.generative\"\n",
            "",
            "policy.toml:1: purpose: missing field `purpose`",
        ),
        ("id = \"first\"\n", "", "policy.toml:8: revisions[0].id: missing field `id`"),
        (
            "effective = \"2024-01-01\"\n",
            "",
            "policy.toml:8: revisions[0].effective: missing field `effective`",
        ),
        (
            "opt_out_reaches = \"future-runs\"\n",
            "",
            "policy.toml:8: revisions[0].opt_out_reaches: missing field `opt_out_reaches`",
        ),
        (
            "residence_at = \"both\"\n",
            "",
            "policy.toml:8: revisions[0].residence_at: missing field `residence_at`",
        ),
        (
            "covers = [\"post\", \"article\"]\n",
            "",
            "policy.toml:15: revisions[0].rules[0].covers: missing; neither the rule nor its \
             revision says which kinds it covers",
        ),
        (
            "regime = \"excluded\"\n",
            "",
            "policy.toml:16: revisions[0].rules[0].regime: missing field `regime`",
        ),
        (
            "in = [\"near\", \"GB\"]\n",
            "",
            "policy.toml:16: revisions[0].rules[0].in: missing field `in`",
        ),
    ]);
}

#[test]
fn wrong_words_of_a_policy() {
    const REGIMES: &str =
        "is not a regime: use one of `excluded`, `opt-in`, `opt-out`, `no-choice`";
    let regime = |word: &str| {
        let change = changed("regime = \"excluded\"", &format!("regime = \"{word}\""));
        let message = format!("policy.toml:18: revisions[0].rules[0].regime: `{word}` {REGIMES}");
        assert_eq!(policy_error(&change), message);
    };
    ["exclude", "Excluded", "opt_out", "optout", "", "excluded "].into_iter().for_each(regime);
    assert_policy_errors(&[
        (
            "opt_out_reaches = \"future-runs\"",
            "opt_out_reaches = \"future\"",
            "policy.toml:11: revisions[0].opt_out_reaches: `future` is not a reach: use one of \
             `future-runs`, `future-data`, `both`",
        ),
        (
            "residence_at = \"both\"",
            "residence_at = \"as_of\"",
            "policy.toml:12: revisions[0].residence_at: `as_of` is not a sampling of residences: \
             use one of `as-of`, `created`, `both`, `throughout`",
        ),
        (
            "id = \"first\"",
            "id = \"first\"\nstatus = \"withdrew\"",
            "policy.toml:10: revisions[0].status: `withdrew` is not a status: use one of \
             `in-force`, `withdrawn`",
        ),
        (
            "covers = [\"post\", \"article\"]",
            "covers = [\"post\", \"Blog Post\"]",
            "policy.toml:13: revisions[0].covers[1]: `Blog Post` is not a kind of data: write it \
             in kebab-case, as in `public-post`",
        ),
        (
            "covers = [\"post\", \"article\"]",
            "covers = [\"private_message\"]",
            "policy.toml:13: revisions[0].covers[0]: `private_message` is not a kind of data: \
             write it in kebab-case, as in `public-post`",
        ),
        (
            "purpose = \"ai-training.generative\"",
            "purpose = \"AI training\"",
            "policy.toml:2: purpose: `AI training` is not a purpose: write kebab-case words joined \
             by dots, as in `ai-training.generative`",
        ),
        (
            "effective = \"2024-01-01\"",
            "effective = \"2024-01-01T09:00:00\"",
            "policy.toml:10: revisions[0].effective: `2024-01-01T09:00:00` is not a timestamp: it \
             has no offset; write `2024-01-01T09:00:00Z` for UTC",
        ),
        (
            "effective = \"2024-01-01\"",
            "effective = \"9999-12-31T23:59:59-01:00\"",
            "policy.toml:10: revisions[0].effective: `9999-12-31T23:59:59-01:00` is not a \
             timestamp: the years 0001 to 9999 are accepted",
        ),
    ]);
    for purpose in ["", ".", "ai-training.", "ai--training", "ai_training", "ai-training..x"] {
        assert!(purpose.parse::<Purpose>().is_err(), "{purpose}");
    }
}

#[test]
fn wrong_types_in_a_policy() {
    let age = |value: &str, found: &str| {
        let change = changed("minimum_age = 18", &format!("minimum_age = {value}"));
        let message = format!(
            "policy.toml:14: revisions[0].minimum_age: {found}, expected a whole number from 0 to \
             255"
        );
        assert_eq!(policy_error(&change), message);
    };
    age("\"18\"", "invalid type: string \"18\"");
    age("300", "invalid value: integer `300`");
    age("-1", "invalid value: integer `-1`");
    age("18.5", "invalid type: floating point `18.5`");
    age("true", "invalid type: boolean `true`");
    age("[18]", "invalid type: sequence");
    // A date of TOML's own.
    assert_policy_errors(&[(
        "effective = \"2024-01-01\"",
        "effective = 2024-01-01",
        "policy.toml:10: revisions[0].effective: a timestamp is a text, RFC 3339 or a bare date; \
         write it in quotes, as in `\"2024-09-20\"`",
    )]);
    assert_policy_errors(&[(
        "minimum_age = 18",
        "opt_in_lifetime_days = 4294967296",
        "policy.toml:14: revisions[0].opt_in_lifetime_days: invalid value: integer `4294967296`, \
         expected a whole number from 0 to 4294967295",
    )]);
    assert_policy_errors_say(&[
        (
            "minimum_age = 18",
            "opt_in_lifetime_days = \"30 days\"",
            &["policy.toml:14: revisions[0].opt_in_lifetime_days: ", "\"30 days\"", "whole number"],
        ),
        (
            "effective = \"2024-01-01\"",
            "effective = 2024",
            &["policy.toml:10: revisions[0].effective: ", "`2024`", "RFC 3339"],
        ),
        (
            "platform = \"acme\"",
            "platform = 3",
            &["policy.toml:1: platform: ", "`3`", "a platform"],
        ),
        (
            "regime = \"excluded\"",
            "regime = 3",
            &["policy.toml:18: revisions[0].rules[0].regime: ", "`3`", "a regime"],
        ),
        (
            "covers = [\"post\", \"article\"]",
            "covers = \"post\"",
            &["policy.toml:13: revisions[0].covers: ", "\"post\""],
        ),
        (
            "in = [\"near\", \"GB\"]",
            "in = \"near\"",
            &["policy.toml:17: revisions[0].rules[0].in: ", "\"near\""],
        ),
        (
            "in = [\"near\", \"GB\"]",
            "in = [\"near\", 1]",
            &["policy.toml:17: revisions[0].rules[0].in[1]: ", "`1`"],
        ),
        (
            "{ from = \"2020-01-01\", until = \"2024-01-01\" }",
            "[\"2020-01-01\", \"2024-01-01\"]",
            &["policy.toml:35: revisions[1].rules[0].created: ", "sequence"],
        ),
        (
            "audience = \"business\"",
            "audience = 3",
            &["policy.toml:34: revisions[1].rules[0].audience: ", "list"],
        ),
    ]);
}

#[test]
fn empty_names() {
    assert_policy_errors_say(&[
        (
            "platform = \"acme\"",
            "platform = \"\"",
            &["policy.toml:1: platform: `` is not a platform: "],
        ),
        (
            "purpose = \"ai-training.generative\"",
            "purpose = \"\"",
            &["policy.toml:2: purpose: `` is not a purpose: write kebab-case words"],
        ),
        (
            "id = \"first\"",
            "id = \"\"",
            &["policy.toml:9: revisions[0].id: `` is not a revision id: "],
        ),
        (
            "audience = \"business\"",
            "audience = \"\"",
            &["policy.toml:34: revisions[1].rules[0].audience: "],
        ),
        (
            "covers = [\"post\", \"article\"]",
            "covers = [\"\"]",
            &["policy.toml:13: revisions[0].covers[0]: `` is not a kind of data: write it in"],
        ),
    ]);
    assert_eq!(
        refusal::<SubjectId>(" u1"),
        "` u1` is not a subject id: leave out control and invisible characters, and the space around it"
    );
    assert_eq!(
        refusal::<SubjectId>("u\n1"),
        "`u\\n1` is not a subject id: leave out control and invisible characters, and the space around it"
    );
}

#[test]
fn wrong_places_in_a_policy() {
    let codes = NO_COUNTRIES.map(|case| ("a country", case)).into_iter();
    for (noun, (code, remedy)) in codes.chain(NO_SUBDIVISIONS.map(|case| ("a subdivision", case))) {
        // `EU` is a region; `Korea` could be one of the policy's own.
        if ["EU", "Korea"].contains(&code) {
            continue;
        }
        for (key, line, field) in [
            ("in", 17, "revisions[0].rules[0].in[1]"),
            ("except", 33, "revisions[1].rules[0].except[0]"),
        ] {
            let change = match key {
                "in" => changed("[\"near\", \"GB\"]", &format!("[\"near\", \"{code}\"]")),
                _ => changed("[\"US-CA\"]", &format!("[\"{code}\"]")),
            };
            let message = format!("policy.toml:{line}: {field}: `{code}` is not {noun}: {remedy}");
            assert_eq!(policy_error(&change), message);
        }
    }
    for unknown in ["nearby", "Korea", "Near", "US_CA"] {
        let change = changed("[\"near\", \"GB\"]", &format!("[\"near\", \"{unknown}\"]"));
        assert_eq!(
            policy_error(&change),
            format!(
                "policy.toml:17: revisions[0].rules[0].in[1]: `{unknown}` is not a place or a \
                 known region: use `*`, a region (EEA, EFTA, EU, far, near), a country as in \
                 `FR`, or a subdivision as in `US-CA`"
            )
        );
    }
    assert_policy_errors(&[(
        "in = [\"near\", \"GB\"]",
        "in = []",
        "policy.toml:17: revisions[0].rules[0].in: no place; name at least one, or `*` for \
         everywhere",
    )]);
}

#[test]
fn wrong_regions() {
    assert_policy_errors(&[
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"FR\", \"UK\"]",
            "policy.toml:5: regions.near[1]: `UK` is not a country: use `GB`, its ISO 3166-1 code",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"far\"]",
            "policy.toml:6: regions.far: `far` takes in itself, through far, near",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"US-CA\"]",
            "policy.toml:5: regions.near[0]: `US-CA`: a region consists of countries and regions",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"*\"]",
            "policy.toml:5: regions.near[0]: `*`: a region consists of countries and regions",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = []",
            "policy.toml:5: regions.near: an empty region; name at least one country",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "EEA = [\"FR\"]\nnear = [\"FR\"]",
            "policy.toml:5: regions.EEA: `EEA` is not a name for a region: it is a region that \
             comes with the crate; choose another name",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"FR\"]\nUK = [\"GB\"]",
            "policy.toml:6: regions.UK: `UK` is not a name for a region: it could be taken for a \
             country's code; choose another name",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"FR\"]\nUS-CA = [\"US\"]",
            "policy.toml:6: regions.US-CA: `US-CA` is not a name for a region: it could be taken \
             for a country's code; choose another name",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"FR\"]\n\"*\" = [\"US\"]",
            "policy.toml:6: regions.*: `*` is not a name for a region: use letters, digits, \
             hyphens and underscores",
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"FR\"]\n\"the west\" = [\"US\"]",
            "policy.toml:6: regions.the west: `the west` is not a name for a region: use letters, \
             digits, hyphens and underscores",
        ),
    ]);
    assert_policy_errors_say(&[
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"near\"]",
            &["policy.toml:5: regions.near: `near` takes in itself, through "],
        ),
        (
            "near = [\"FR\", \"CH\"]",
            "near = [\"nowhere\"]",
            &["policy.toml:5: regions.near[0]: `nowhere` is not a place or a known region: use "],
        ),
        ("near = [\"FR\", \"CH\"]", "near = \"FR\"", &["policy.toml:5: regions.near: ", "\"FR\""]),
    ]);
}

#[test]
fn wrong_revisions_and_rules() {
    const CATCH_ALL: &str = "\n[[revisions.rules]]\nin = [\"*\"]\nregime = \"opt-out\"\n";
    let no_catch_all = |rule: &str| {
        assert_eq!(
            policy_error(&changed(CATCH_ALL, rule)),
            "policy.toml:16: revisions[0].rules: no rule is a catch-all; give one `in = [\"*\"]` \
             without `except` or selectors"
        );
    };
    no_catch_all("");
    for selector in [
        "except = [\"US\"]",
        "kinds = [\"post\"]",
        "audience = \"business\"",
        "created = { from = \"2020-01-01\" }",
    ] {
        no_catch_all(&format!("{CATCH_ALL}{selector}\n"));
    }
    assert_policy_errors(&[
        (
            "id = \"second\"",
            "id = \"first\"",
            "policy.toml:25: revisions[1].id: a second revision `first`; give each its own id",
        ),
        (
            "effective = \"2024-06-01\"",
            "effective = \"2024-01-01T01:00:00+01:00\"",
            "policy.toml:26: revisions[1].effective: revision `first` is in force from 2024-01-01, \
             too; give another instant, or mark one as `withdrawn`",
        ),
        (
            "audience = \"business\"",
            "audience = []",
            "policy.toml:34: revisions[1].rules[0].audience: it selects nothing; name at least \
             one, or leave the key out",
        ),
        (
            "audience = \"business\"",
            "kinds = []",
            "policy.toml:34: revisions[1].rules[0].kinds: it selects nothing; name at least one, or \
             leave the key out",
        ),
    ]);
    // A withdrawn one may share the instant, for it never was in force.
    let withdrawn =
        changed("effective = \"2024-06-01\"", "effective = \"2024-01-01\"\nstatus = \"withdrawn\"");
    Policy::from_toml(&withdrawn).expect("a policy");

    let head = POLICY.split("[regions]").next().expect("a head");
    let one = POLICY.split("[[revisions.rules]]").next().expect("a revision");
    assert_eq!(
        policy_error(&format!("{head}revisions = []\n")),
        "policy.toml:4: revisions: a policy without revisions; give at least one `[[revisions]]`"
    );
    assert_eq!(
        policy_error(&format!("{one}rules = []\n")),
        "policy.toml:16: revisions[0].rules: a revision without rules; give at least `in = \
         [\"*\"]` with a `regime`"
    );
    assert_eq!(policy_error(one), "policy.toml:8: revisions[0].rules: missing field `rules`");
    assert_eq!(policy_error(head), "policy.toml:1: revisions: missing field `revisions`");
}

#[test]
fn what_is_no_toml() {
    for empty in ["", " ", "\n\n"] {
        assert_eq!(
            policy_error(empty),
            "policy.toml: the file is empty; a policy needs `platform`, `purpose`, `revisions`"
        );
    }
    for (text, line) in [
        ("platform = \n", 1),
        ("platform = \"acme\"\npurpose = \"ai\n", 2),
        ("[[revisions]\n", 1),
        ("platform = \"acme\"\nplatform = \"acme\"\n", 2),
        ("{\"platform\": \"acme\"}", 1),
        ("platform: acme", 1),
        ("\n\nplatform = \"acme\" purpose = \"ai\"\n", 3),
    ] {
        let error = policy_error(text);
        assert!(error.starts_with(&format!("policy.toml:{line}: ")), "{error}");
        assert!(!error.contains('\n') && !error.contains("::"), "{error}");
    }
    assert_eq!(
        policy_error("platform = \"acme\"\nplatform = \"acme\"\n"),
        "policy.toml:2: duplicate key `platform`; give it once"
    );
}

#[test]
fn a_policy_of_another_format_names_the_field() {
    let policy = Policy::from_toml(POLICY).expect("a policy");
    let document = serde_json::to_value(&policy).expect("it is written");
    let error = |pointer: &str, value: serde_json::Value| {
        let mut document = document.clone();
        *document.pointer_mut(pointer).expect("a key") = value;
        serde_json::from_value::<Policy>(document).expect_err(pointer).to_string()
    };
    assert_eq!(
        error("/revisions/0/rules/0/in/1", json!("UK")),
        "revisions[0].rules[0].in[1]: `UK` is not a country: use `GB`, its ISO 3166-1 code"
    );
    assert_eq!(
        error("/revisions/1/rules", json!([])),
        "revisions[1].rules: a revision without rules; give at least `in = [\"*\"]` with a `regime`"
    );
}

#[test]
fn an_unknown_shipped_policy() {
    let error = Policy::shipped("linkedout").expect_err("no policy").to_string();
    let (found, known) = error.split_once(": use one of ").expect("what there is");
    assert_eq!(found, "`linkedout` is not a shipped policy");
    assert_eq!(known, Policy::shipped_ids().collect::<Vec<_>>().join(", "));
}

// ---- Subjects and records ----

fn subject_error(lines: &str) -> String {
    let error = ndjson::read_registry(lines.as_bytes()).expect_err(lines);
    error.in_file("subjects.ndjson").to_string()
}

fn record_error(lines: &str) -> String {
    let mut read = Lines::<_, Record>::new(lines.as_bytes());
    loop {
        match read.read() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("nothing is wrong with {lines}"),
            Err(error) => return error.in_file("records.ndjson").to_string(),
        }
    }
}

/// Every subject of a table, given without its id, is refused with the whole message beside it.
fn assert_subject_errors(cases: &[(&str, &str)]) {
    for (keys, message) in cases {
        let line = format!(r#"{{"id":"u1",{keys}}}"#);
        assert_eq!(subject_error(&line), format!("subjects.ndjson:1: {message}"), "{line}");
    }
}

/// Every record of a table, given as the value of one key, is refused with the message beside it.
fn assert_record_errors(cases: &[(&str, serde_json::Value, &str)]) {
    for (key, value, message) in cases {
        let mut record =
            json!({"id":"r1","subjects":["u1"],"kind":"post","created_at":"2023-02-01"});
        record[key] = value.clone();
        let lines = format!("\n{record}\n");
        assert_eq!(record_error(&lines), format!("records.ndjson:2: {message}"), "{record}");
    }
}

#[test]
fn wrong_places_of_a_subject() {
    let place = |place: &str| {
        let good = r#"{"at":"2019-01-01","place":"GB"}"#;
        let bad = json!({"at": "2020-01-01", "place": place});
        subject_error(&format!(r#"{{"id":"u1","residence":[{good},{bad}]}}"#))
    };
    let codes = NO_COUNTRIES.map(|case| ("a country", case)).into_iter();
    for (noun, (code, remedy)) in codes.chain(NO_SUBDIVISIONS.map(|case| ("a subdivision", case))) {
        let message = format!("residence[1].place: `{code}` is not {noun}: {remedy}");
        assert_eq!(place(code), format!("subjects.ndjson:1: {message}"));
    }
    // Nobody resides in a region, or everywhere.
    for area in ["*", "EEA", "EFTA"] {
        assert!(place(area).starts_with("subjects.ndjson:1: residence[1].place: "), "{area}");
    }
}

#[test]
fn unknown_keys_of_a_subject() {
    assert_subject_errors(&[
        (
            r#""name":"x""#,
            "name: unknown field `name`, expected one of `id`, `born`, `births`, `residence`, `audience`, \
             `choices`, `restrictions`, `erased_at`, `erased_recorded`, `erasures`",
        ),
        (
            r#""residence":[{"at":"2019-01-01","place":"GB","since":"x"}]"#,
            "residence[0].since: unknown field `since`, expected one of `at`, `place`, `recorded`",
        ),
        (
            r#""audience":[{"at":"2019-01-01","value":"x","plan":"y"}]"#,
            "audience[0].plan: unknown field `plan`, expected one of `at`, `value`, `recorded`",
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai","choice":"opt-out","who":"u1"}]"#,
            "choices[0].who: unknown field `who`, expected one of `at`, `purpose`, `choice`, `by`, \
             `recorded`",
        ),
        (
            r#""restrictions":[{"id":"baa","from":"2024-01-01","till":"2025-01-01"}]"#,
            "restrictions[0].till: unknown field `till`, expected one of `id`, `from`, `until`, \
             `recorded`",
        ),
        (
            r#""erasures":[{"at":"2024-01-01","erased_at":"2024-01-01"}]"#,
            "erasures[0].erased_at: unknown field `erased_at`, expected `at` or `recorded`",
        ),
    ]);
}

#[test]
fn missing_keys_of_a_subject() {
    assert_eq!(subject_error("{}"), "subjects.ndjson:1: id: missing field `id`");
    assert_subject_errors(&[
        (r#""residence":[{"at":"2019-01-01"}]"#, "residence[0].place: missing field `place`"),
        (r#""residence":[{"place":"GB"}]"#, "residence[0].at: missing field `at`"),
        (r#""audience":[{"at":"2019-01-01"}]"#, "audience[0].value: missing field `value`"),
        (
            r#""choices":[{"at":"2024-10-01","choice":"opt-out"}]"#,
            "choices[0].purpose: missing field `purpose`",
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai"}]"#,
            "choices[0].choice: missing field `choice`",
        ),
        (r#""restrictions":[{"id":"baa"}]"#, "restrictions[0].from: missing field `from`"),
        (r#""erasures":[{"recorded":"2024-01-01"}]"#, "erasures[0].at: missing field `at`"),
    ]);
    // Of which the message does not name the field yet.
    let error = subject_error(r#"{"id":"u1","erased_recorded":"2024-01-01"}"#);
    for words in ["subjects.ndjson:1: ", "`2024-01-01`", "give `erased_at` with it"] {
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn erasures_that_are_given_in_both_ways() {
    for both in [
        r#""erased_at":"2024-01-01","erasures":[{"at":"2024-03-01"}]"#,
        r#""erasures":[{"at":"2024-01-01"}],"erased_at":"2024-01-01""#,
        r#""erased_recorded":"2024-01-01","erasures":[{"at":"2024-03-01"}]"#,
        r#""erased_at":"2024-01-01","erased_recorded":"2024-01-02","erasures":[{"at":"2024-03-01"}]"#,
    ] {
        let error = subject_error(&format!(r#"{{"id":"u1",{both}}}"#));
        assert_eq!(
            error,
            "subjects.ndjson:1: `2024-01-01` is not the only erasure: give each in `erasures`, and \
             no `erased_at` or `erased_recorded`"
        );
    }
}

#[test]
fn wrong_values_of_a_subject() {
    const BIRTH: &str =
        "is not a birth: write a date, as in `1990-05-01`, or a year of four digits";
    for birth in ["", "11", "90", "0000", "May 1990", "1990-05", "1990-05-01T00:00:00Z"] {
        assert_subject_errors(&[(
            &format!(r#""born":"{birth}""#),
            &format!("born: `{birth}` {BIRTH}"),
        )]);
    }
    for year in [0, 11, 999, 10_000, -5, i64::MAX] {
        let message = format!(
            "born: `{year}` is not a year of birth: write a year of four digits, as in `1990`"
        );
        assert_subject_errors(&[(&format!(r#""born":{year}"#), &message)]);
    }
    for day in ["1990-02-30", "0000-01-01"] {
        let error = subject_error(&format!(r#"{{"id":"u1","born":"{day}"}}"#));
        assert!(error.starts_with(&format!("subjects.ndjson:1: born: `{day}` is not a birth: ")));
    }
    assert!(subject_error(r#"{"id":"u1","born":1990.5}"#).contains("born: invalid type: floating"));
    let both = r#""births":[1990],"born":"1990-05-01""#;
    let only = "`1990-05-01` is not the only birth: give each in `births`, and no `born`";
    let bad = format!("births[1]: `May` {BIRTH}");
    assert_subject_errors(&[(both, only), (r#""births":[1990,"May"]"#, &bad)]);
    assert_subject_errors(&[
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai","choice":"opt_out"}]"#,
            "choices[0].choice: `opt_out` is not a choice: use one of `opt-in`, `opt-out`",
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai","choice":"opt-out","by":"user"}]"#,
            "choices[0].by: `user` is not a maker of choices: use one of `subject`, `guardian`, \
             `signal`, `admin`, `migrated`",
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"AI","choice":"opt-out"}]"#,
            "choices[0].purpose: `AI` is not a purpose: write kebab-case words joined by dots, as \
             in `ai-training.generative`",
        ),
        (
            r#""choices":[{"at":"2024-10-01T09:30:00","purpose":"ai","choice":"opt-out"}]"#,
            "choices[0].at: `2024-10-01T09:30:00` is not a timestamp: it has no offset; write \
             `2024-10-01T09:30:00Z` for UTC",
        ),
    ]);
    for (keys, words) in [
        (r#""residence":{"at":"2019-01-01","place":"GB"}"#, ["residence: ", "map"]),
        (r#""residence":["GB"]"#, ["residence[0]: ", "\"GB\""]),
        (r#""residence":[["2019-01-01","GB"]]"#, ["residence[0]: ", "sequence"]),
        (r#""audience":["consumer"]"#, ["audience[0]: ", "\"consumer\""]),
        (
            r#""choices":[{"at":1727773200,"purpose":"ai","choice":"opt-out"}]"#,
            ["choices[0].at: ", "`1727773200`"],
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai","choice":null}]"#,
            ["choices[0].choice: ", "null"],
        ),
        (
            r#""choices":[{"at":"2024-10-01","purpose":"ai","choice":true}]"#,
            ["choices[0].choice: ", "`true`"],
        ),
        (r#""restrictions":[{"id":"","from":"2024-01-01"}]"#, ["restrictions[0].id: ", "``"]),
        (r#""audience":[{"at":"2019-01-01","value":""}]"#, ["audience[0].value: ", "``"]),
        (r#""erased_at":"2024-13-01""#, ["erased_at: ", "`2024-13-01`"]),
        (r#""erased_at":false"#, ["erased_at: ", "`false`"]),
        (r#""erasures":[{"at":"2024-13-01"}]"#, ["erasures[0].at: ", "`2024-13-01`"]),
        (r#""erasures":["2024-01-01"]"#, ["erasures[0]: ", "\"2024-01-01\""]),
        (r#""erasures":[["2024-01-01"]]"#, ["erasures[0]: ", "sequence"]),
        (r#""erasures":"2024-01-01""#, ["erasures: ", "\"2024-01-01\""]),
        (r#""erasures":null"#, ["erasures: ", "null"]),
    ] {
        let error = subject_error(&format!(r#"{{"id":"u1",{keys}}}"#));
        for word in words.into_iter().chain(["subjects.ndjson:1: "]) {
            assert!(error.contains(word), "{keys}: {error}, without {word}");
        }
        assert!(!error.contains("struct ") && !error.contains("Document"), "{error}");
    }
}

#[test]
fn ids_of_subjects() {
    // What cannot be seen would make two people of one who look the same.
    for (id, quoted) in [
        ("u\u{200b}1", "u\\u{200b}1"),
        ("\u{feff}u1", "\\u{feff}u1"),
        ("u\u{ad}1", "u\\u{ad}1"),
        ("u1\u{e0041}", "u1\\u{e0041}"),
        ("u\u{7f}1", "u\\u{7f}1"),
        ("u1\u{3000}", "u1\u{3000}"),
    ] {
        assert_eq!(
            refusal::<SubjectId>(id),
            format!(
                "`{quoted}` is not a subject id: leave out control and invisible characters, and \
                 the space around it"
            )
        );
    }
    assert!("ü 1 名前".parse::<SubjectId>().is_ok());
    assert!(
        subject_error(r#"{"id":""}"#)
            .starts_with("subjects.ndjson:1: id: `` is not a subject id: ")
    );
    assert!(
        subject_error(r#"{"id":1}"#)
            .starts_with("subjects.ndjson:1: id: invalid type: integer `1`")
    );
    assert_eq!(
        subject_error("{\"id\":\"u1\"}\n\n{\"id\":\"u2\"}\r\n{\"id\":\"u1\"}\n"),
        "subjects.ndjson:4: id: a second subject `u1`; give each subject once, with all its entries"
    );
    let subject = || Subject::new("u1".parse().expect("an id"));
    let mut registry = Registry::new();
    registry.insert(subject()).expect("the first");
    assert_eq!(
        registry.insert(subject()).expect_err("the second").to_string(),
        "a second subject `u1`; give each subject once, with all its entries"
    );
}

#[test]
fn wrong_records() {
    assert_record_errors(&[
        (
            "kind",
            json!("Private Message"),
            "kind: `Private Message` is not a kind of data: write it in kebab-case, as in \
             `public-post`",
        ),
        (
            "kind",
            json!("private_message"),
            "kind: `private_message` is not a kind of data: write it in kebab-case, as in \
             `public-post`",
        ),
        (
            "kind",
            json!(""),
            "kind: `` is not a kind of data: write it in kebab-case, as in `public-post`",
        ),
        (
            "created_at",
            json!("2023-02-01T10:00:00"),
            "created_at: `2023-02-01T10:00:00` is not a timestamp: it has no offset; write \
             `2023-02-01T10:00:00Z` for UTC",
        ),
        (
            "restrictions",
            json!([{"id": "baa", "from": "2024-01-01", "unti": "2025-01-01"}]),
            "restrictions[0].unti: unknown field `unti`, expected one of `id`, `from`, `until`, \
             `recorded`",
        ),
        ("restrictions", json!([{"id": "baa"}]), "restrictions[0].from: missing field `from`"),
        (
            "restrictions",
            json!([{"id": "baa", "from": "2025-01-01", "until": "2024-01-01"}]),
            "restrictions[0]: `2024-01-01` is not the end of a restriction: give an `until` after \
             `from`, which is `2025-01-01`",
        ),
    ]);
    for key in ["id", "kind", "created_at"] {
        let mut record = json!({"id": "r1", "kind": "post", "created_at": "2023-02-01"});
        record.as_object_mut().expect("an object").remove(key);
        let message = format!("records.ndjson:1: {key}: missing field `{key}`");
        assert_eq!(record_error(&record.to_string()), message);
    }
    for (key, value, words) in [
        ("id", json!(""), ["id: ", "`` is not a record id: "]),
        ("subject", json!("u2"), ["give ", "`subjects`"]),
        ("subjects", json!("u1"), ["subjects: ", "\"u1\""]),
        ("subjects", json!(["u1", ""]), ["subjects[1]: ", "`` is not a subject id: "]),
        ("subjects", json!([1]), ["subjects[0]: ", "`1`"]),
        ("created_at", json!(null), ["created_at: ", "null"]),
        ("created_at", json!(1_675_209_600), ["created_at: ", "`1675209600`"]),
        ("deleted_at", json!(""), ["deleted_at: ", "`` is not a timestamp"]),
        ("deleted_at", json!(false), ["deleted_at: ", "`false`"]),
        ("restrictions", json!([["baa", "2024-01-01"]]), ["restrictions[0]: ", "sequence"]),
    ] {
        let mut record =
            json!({"id":"r1","subjects":["u1"],"kind":"post","created_at":"2023-02-01"});
        record[key] = value;
        let error = record_error(&record.to_string());
        for word in words.into_iter().chain(["records.ndjson:1: "]) {
            assert!(error.contains(word), "{record}: {error}, without {word}");
        }
        assert!(!error.contains("struct ") && !error.contains("Document"), "{error}");
    }
}

#[test]
fn what_is_no_object() {
    for line in ["[]", r#"["u1"]"#, r#"["u1",null,[],[],[],[],null,null]"#, "\"u1\"", "null", "3"] {
        for error in [subject_error(line), record_error(line)] {
            assert!(error.contains(".ndjson:1: invalid type: "), "{line}: {error}");
            assert!(error.contains("object"), "{line}: {error}");
            assert!(!error.contains("Document"), "{line}: {error}");
        }
    }
    let record = r#"["r1",null,["u1"],"post","2023-02-01",null,[]]"#;
    assert!(record_error(record).contains("records.ndjson:1: invalid type: sequence"));
    serde_json::from_str::<Policy>(r#"["acme","ai",null,{},[]]"#).expect_err("no object");
}

// ---- Files ----

#[test]
fn what_is_no_json() {
    for (lines, message) in [
        ("{\"id\":\"u1\"}\n{\"id\":\"u2", "2: the line ends too early, at column 9: "),
        ("{\"id\":\"u1\"", "1: the line ends too early, at column 10: "),
        ("{\"id\":\"u1\"}\n{\n\"id\":\"u2\"\n}", "2: the line ends too early, at column 1: "),
        ("{\"id\":\"u1\"} {\"id\":\"u2\"}", "1: not JSON, at column 13: "),
        ("{\"id\":\"u1\"},", "1: not JSON, at column 12: "),
        ("{\"id\":\"u1\",}", "1: not JSON, at column 12: "),
        ("\n\n{id:\"u1\"}", "3: not JSON, at column 2: "),
        ("{\"id\":\"u1\",\"born\":NaN}", "1: born: not JSON, at column 19: "),
        ("id,born\nu1,1990", "1: not JSON, at column 1: "),
    ] {
        let (number, problem) = message.split_once(": ").expect("a line");
        let error = subject_error(lines);
        assert!(error.starts_with(&format!("subjects.ndjson:{number}: ")), "{error}");
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn what_is_no_utf_8() {
    let error = |bytes: &[u8]| {
        let error = ndjson::read_registry(bytes).expect_err("not UTF-8");
        error.in_file("subjects.ndjson").to_string()
    };
    assert_eq!(
        error(b"{\"id\":\"u1\"}\n{\"id\":\"u2\xff\"}\n"),
        "subjects.ndjson:2: not UTF-8, at byte 10; write UTF-8"
    );
    for utf_16 in [&b"\xff\xfe{\0"[..], b"\xfe\xff\0{", b"{\0\"\0", b"\0{\0\""] {
        assert_eq!(error(utf_16), "subjects.ndjson:1: UTF-16; write UTF-8");
    }
}

#[test]
fn an_empty_file() {
    assert_eq!(
        subject_error(""),
        "subjects.ndjson: the file is empty; give one JSON object a line"
    );
    // A partition without records is none the worse.
    for records in ["", "\n \r\n", "\u{feff}"] {
        assert_eq!(Lines::<_, Record>::new(records.as_bytes()).read(), Ok(None), "{records:?}");
    }
}

#[test]
fn a_file_that_is_something_else() {
    const RECORD: &str = r#"{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01"}"#;
    const SUBJECT: &str = r#"{"id":"u1","born":"1990"}"#;
    let arrays = "a JSON array; write one JSON object a line, as `jq -c '.[]'` does";
    let lines = "an object over several lines; write each on one line, as `jq -c .` does";
    let swapped = "which is not what is read here; were subjects and records swapped?";
    let csv = "not JSON, at column 1: it looks like CSV; give one JSON object a line";
    for (subjects, problem) in [
        (format!("[{SUBJECT}]"), arrays),
        (format!("[\n{SUBJECT}\n]"), arrays),
        (format!("[ {SUBJECT}"), arrays),
        ("{\n  \"id\": \"u1\"\n}".into(), lines),
        ("id,born\nu1,1990".into(), csv),
        ("\"id\";\"born\"".into(), csv),
        ("id\tborn".into(), csv),
        (RECORD.into(), &format!("a record, {swapped}")),
        ("\u{1f}\u{8b}".into(), "not JSON, at column 1: expected value"),
        ("PAR1...".into(), "Parquet, and not NDJSON; give one JSON object a line"),
    ] {
        assert_eq!(subject_error(&subjects), format!("subjects.ndjson:1: {problem}"));
    }
    let packed = [(&b"\x1f\x8b\x08"[..], "gzip"), (b"\x28\xb5\x2f\xfd", "Zstandard")];
    for (bytes, by) in packed {
        let error = ndjson::read_registry(bytes).expect_err("packed").to_string();
        assert_eq!(error, format!("line 1: packed by {by}; unpack it first"));
    }
    assert_eq!(record_error(SUBJECT), format!("records.ndjson:1: a subject, {swapped}"));
    // What a subject could be, but is more likely a record that was not written to its end.
    assert!(record_error(r#"{"id":"r1"}"#).contains("missing field `kind`"));
    // And a byte order mark is no part of the first line.
    let marked = format!("\u{feff}{RECORD}");
    let mut lines = Lines::<_, Record>::new(marked.as_bytes());
    assert!(lines.read().expect("a record").is_some());
    assert_eq!(lines.text(), RECORD);
}

#[test]
fn a_long_or_hostile_text_is_told_on_one_line_and_without_its_middle() {
    let key = "x".repeat(1 << 20);
    let error = subject_error(&format!("{{\"id\":\"u1\",\"{key}\":1}}"));
    assert!(error.len() < 1_000 && error.contains("expected one of `id`"), "{error}");
    let error = subject_error("{\"id\":\"u1\",\"\\u001b[2J\\n\":1}");
    assert!(error.contains("unknown field `\\u{1b}[2J\\n`"), "{error}");
    let error = subject_error(&format!("{{\"id\":\"u1\",\"born\":[\"{key}\"]}}"));
    assert!(error.len() < 1_000, "{}", error.len());
}

#[test]
fn a_key_that_is_given_twice_and_values_nested_deeply() {
    let record = |more: &str| {
        format!(r#"{{"id":"r1","subject":"u1","kind":"post","created_at":"2023-02-01"{more}}}"#)
    };
    assert!(record_error(&record(r#","kind":"comment""#)).contains("duplicate field `kind`"));
    // What is carried through is not read.
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for more in [format!(r#","text":{deep}"#), r#","a":1,"a":2"#.into(), r#","n":1e999"#.into()] {
        let line = record(&more);
        assert!(Lines::<_, Record>::new(line.as_bytes()).read().is_ok(), "{}", more.len());
    }
    let error = subject_error(&format!("{{\"id\":\"u1\",\"choices\":{deep}}}"));
    assert!(error.starts_with("subjects.ndjson:1: choices"), "{error}");
    let error = record_error(&record("").replace("\"u1\"", "7"));
    assert!(error.starts_with("records.ndjson:1: subject: invalid type: integer `7`"), "{error}");
    assert!(record_error(&record("\0")).contains("not JSON, at column "));
}

/// Lines of so many bytes, made as they are read: an id that fills the line.
fn long_line(bytes: usize) -> impl Read {
    let (before, after): (&[u8], &[u8]) = (b"{\"id\":\"", b"\"}\n");
    let filled = u64::try_from(bytes + 1 - before.len() - after.len()).expect("a length");
    before.chain(std::io::repeat(b'u').take(filled)).chain(after)
}

#[test]
fn a_line_that_is_too_long() {
    let first: &[u8] = b"{\"id\":\"u1\"}\n";
    let read = |bytes| ndjson::read_registry(BufReader::new(first.chain(long_line(bytes))));
    assert_eq!(read(ndjson::LONGEST_LINE).expect("just short enough").len(), 2);
    assert_eq!(
        read(ndjson::LONGEST_LINE + 1)
            .expect_err("too long")
            .in_file("subjects.ndjson")
            .to_string(),
        "subjects.ndjson:2: longer than 16 MiB; give one JSON object a line"
    );
    // Nor does a line without end fill the memory.
    let endless = BufReader::new(std::io::repeat(b' '));
    let error = ndjson::read_registry(endless).expect_err("too long").to_string();
    assert_eq!(error, "line 1: longer than 16 MiB; give one JSON object a line");
}

/// A reader that breaks off.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("the cable is out"))
    }
}

#[test]
fn a_reader_that_fails() {
    let first: &[u8] = b"{\"id\":\"u1\"}\n";
    let error = ndjson::read_registry(BufReader::new(first.chain(Broken))).expect_err("broken");
    assert_eq!(
        error.in_file("subjects.ndjson").to_string(),
        "subjects.ndjson:2: cannot be read: the cable is out"
    );
}

#[test]
fn an_error_hands_out_its_parts() {
    let error = Policy::from_toml(&changed("\"GB\"", "\"UK\"")).expect_err("no country");
    assert_eq!(error.line(), Some(17));
    assert_eq!(error.field(), Some("revisions[0].rules[0].in[1]"));
    assert_eq!(error.problem(), "`UK` is not a country: use `GB`, its ISO 3166-1 code");
}

#[test]
fn a_value_of_several_lines_is_read_and_its_errors_have_line_and_field() {
    let read = |json: &[u8]| ndjson::read_value::<Record>(json).map_err(|error| error.to_string());
    let good = b"{\n \"id\": \"r1\",\n \"kind\": \"post\",\n \"created_at\": \"2024-01-01\"\n}\n";
    assert_eq!(read(good).map(|record| record.id().to_string()), Ok("r1".into()));
    let bad = b"{\"id\": \"r1\",\n \"kind\": \"post\",\n \"created_at\": \"March\"}";
    let error = read(bad).unwrap_err();
    assert!(error.starts_with("line 3: created_at: `March` is not a timestamp"), "{error}");
    let error = read(br#"{"id":"r1","kind":"post","created_at":"March"}"#).unwrap_err();
    assert!(error.starts_with("created_at: `March`"), "{error}");
    let error = read(br#"{"id":"r1"} {"id":"r2"}"#).unwrap_err();
    assert!(error.contains("missing field `kind`"), "{error}");
    assert_eq!(read(b"\xff").unwrap_err(), "not UTF-8, at byte 1; write UTF-8");
    assert!(read(b"").unwrap_err().contains("too early"));
}
