//! The shapes of the crate's JSON, for the OpenAPI document alone: the crate reads and writes them.

#![allow(dead_code, missing_docs, reason = "these types describe; nothing makes a value of them")]

use utoipa::ToSchema;

/// A change of one fact about one subject, with exactly one of the six facts.
#[derive(ToSchema)]
#[schema(example = json!({"subject": "u013", "at": "2024-10-01T09:30:00Z", "choice": {"purpose": "ai-training.generative", "choice": "opt-out"}}))]
pub struct Event {
    pub subject: String,
    /// When the fact became true: RFC 3339 with an offset, or a date.
    #[schema(example = "2024-10-01T09:30:00Z")]
    pub at: String,
    #[schema(nullable = false)]
    pub residence: Option<Residence>,
    #[schema(nullable = false)]
    pub audience: Option<Audience>,
    #[schema(nullable = false)]
    pub choice: Option<Choice>,
    #[schema(nullable = false)]
    pub birth: Option<Birth>,
    #[schema(nullable = false)]
    pub restriction: Option<Restriction>,
}

#[derive(ToSchema)]
pub struct Residence {
    /// ISO 3166-1 alpha-2, or ISO 3166-2; null if it is unknown from then on.
    #[schema(required = true, example = "US-CA")]
    pub place: Option<String>,
}

#[derive(ToSchema)]
pub struct Audience {
    #[schema(required = true, example = "consumer")]
    pub value: Option<String>,
}

#[derive(ToSchema)]
pub struct Choice {
    #[schema(example = "ai-training.generative")]
    pub purpose: String,
    pub choice: ChoiceMade,
    #[schema(nullable = false)]
    pub by: Option<ChosenBy>,
}

#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum ChoiceMade {
    OptIn,
    OptOut,
}

#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
pub enum ChosenBy {
    Subject,
    Guardian,
    Signal,
    Admin,
    Migrated,
}

#[derive(ToSchema)]
pub struct Birth {
    /// A date, or a year.
    #[schema(example = "1990-05-01")]
    pub born: String,
}

#[derive(ToSchema)]
pub struct Restriction {
    #[schema(example = "baa")]
    pub id: String,
    pub until: Option<String>,
}

/// A piece of data of one or more subjects.
#[derive(ToSchema)]
#[schema(example = json!({"id": "r1", "subjects": ["u013"], "kind": "post", "created_at": "2023-02-01"}))]
pub struct Record {
    pub id: String,
    pub subjects: Vec<String>,
    pub kind: String,
    pub created_at: String,
    pub deleted_at: Option<String>,
}

#[derive(ToSchema)]
pub struct Decision {
    pub record: String,
    /// `eligible`, `ineligible` or `indeterminate`.
    pub verdict: String,
    /// Every ground against the record; empty if it may enter.
    pub grounds: Vec<String>,
    pub revision: Option<String>,
    /// Sentences for people.
    pub explanation: String,
}
