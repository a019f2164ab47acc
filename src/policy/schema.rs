//! The JSON Schema of the policy document, for editors that complete and check policies.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::policy::document::PolicyDocument;
use crate::policy::policy::Policy;
use crate::values::id::{Platform, RevisionId};
use crate::values::kind::{Audience, Kind, Purpose};
use crate::values::time::Timestamp;

impl Policy {
    /// Returns the JSON Schema (draft 07) of the policy document, for editors of TOML and JSON.
    ///
    /// An editor completes keys, regimes, regions and countries, and reports errors that one place
    /// shows. Only reading finds the others: a missing catch-all, an undefined region, or two
    /// revisions in force from the same instant. The crate ships the same schema as
    /// `examples/policy/policy.schema.json`.
    ///
    /// ```
    /// use may_train::Policy;
    ///
    /// let schema: serde_json::Value = serde_json::from_str(&Policy::json_schema()).unwrap();
    /// assert_eq!(schema["required"], serde_json::json!(["platform", "purpose", "revisions"]));
    /// ```
    #[must_use]
    pub fn json_schema() -> String {
        let generator = SchemaSettings::draft07().into_generator();
        let schema = generator.into_root_schema_for::<Self>();
        format!("{:#}\n", schema.as_value())
    }
}

impl JsonSchema for Policy {
    fn schema_name() -> Cow<'static, str> {
        "Policy".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Policy").into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        PolicyDocument::json_schema(generator)
    }
}

/// Implements `JsonSchema` for types that a document writes as text, each with a pattern.
macro_rules! text_schema {
    ($($type:ident, $description:literal, $pattern:literal;)+) => { $(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_id() -> Cow<'static, str> {
                concat!("may_train::", stringify!($type)).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "pattern": $pattern,
                })
            }
        }
    )+ };
}

text_schema! {
    Platform, "The platform, such as `linkedin`.", r"^\S(.*\S)?$";
    RevisionId, "An id of the revision, unique in the policy, such as its date.", r"^\S(.*\S)?$";
    Audience, "A subject's plan or group, such as `consumer` or `business`.", r"^\S(.*\S)?$";
    Kind, "A kind of data, in the platform's own kebab-case word, such as `public-post`.",
        "^[a-z0-9]+(-[a-z0-9]+)*$";
    Purpose, "The purpose of the use: dotted, from wide to narrow, as in `ai-training.generative`.",
        r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$";
    Timestamp, "An instant: RFC 3339 with an offset, or a bare date for 00:00:00Z of that day.",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$";
}
