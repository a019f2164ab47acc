//! The JSON Schema of an area's name, as `in`, `except` and `[regions]` list it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::policy::gazetteer::Gazetteer;
use crate::policy::region::Region;
use crate::values::place::Country;

/// A stand-in for the name of an area, which exists only for its JSON Schema.
pub(super) struct AreaName;

impl JsonSchema for AreaName {
    fn schema_name() -> Cow<'static, str> {
        "Area".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Area").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let regions: Vec<&str> = Gazetteer::regions().map(Region::name).collect();
        let countries: Vec<String> = Country::all().map(|country| country.to_string()).collect();
        json_schema!({
            "description": "`*`, a region, a country (ISO 3166-1) or a subdivision (ISO 3166-2).",
            "anyOf": [
                { "const": "*", "description": "Every known place." },
                { "enum": regions, "description": "A region that the crate ships." },
                { "enum": countries, "description": "A country, as in `FR`." },
                {
                    "type": "string",
                    "pattern": "^[A-Z]{2}-[A-Z0-9]{1,3}$",
                    "description": "A subdivision, as in `US-CA`."
                },
                own_region(),
            ]
        })
    }
}

/// Returns the JSON Schema for the name of a region that the policy defines.
pub(super) fn own_region() -> serde_json::Value {
    serde_json::json!({
        "type": "string",
        "pattern": "^(?![A-Z]{2}(-|$)|E(EA|FTA)$)[A-Za-z0-9_-]+$",
        "description": "A region that the policy defines in `regions`."
    })
}
