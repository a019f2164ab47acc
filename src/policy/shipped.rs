//! The shipped policies, which [`Policy::shipped`] finds by id.

use crate::policy::policy::Policy;
use crate::values::error::{ReadError, ValueError};

macro_rules! shipped {
    ($($id:literal),+ $(,)?) => {
        /// The shipped documents, sorted by id.
        const SHIPPED: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("shipped/", $id, ".toml")))),+];
    };
}

shipped! {
    "adobe", "anthropic", "atlassian", "automattic", "figma", "github", "google", "google-gemini",
    "linkedin", "linkedin-microsoft", "meta", "microsoft-copilot", "mistral", "openai", "pinterest",
    "quora", "reddit", "slack", "slack-global-models", "stackoverflow", "wetransfer", "x",
    "xai-grok", "youtube-third-parties", "zoom",
}

impl Policy {
    /// Returns the ids of the shipped policies, such as `linkedin`, sorted.
    pub fn shipped_ids() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(id, _)| *id)
    }

    /// Reads a shipped policy by its id.
    ///
    /// # Errors
    ///
    /// Returns an error if the id is not one of [`Policy::shipped_ids`].
    ///
    /// ```
    /// use may_train::Policy;
    ///
    /// let linkedin = Policy::shipped("linkedin")?;
    /// assert_eq!(linkedin.purpose().as_str(), "ai-training.generative");
    /// assert!(Policy::shipped("linkedout").is_err());
    /// # Ok::<(), may_train::ReadError>(())
    /// ```
    pub fn shipped(id: &str) -> Result<Self, ReadError> {
        let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == id) else {
            let ids: Vec<_> = Self::shipped_ids().collect();
            let remedy = format!("use one of {}", ids.join(", "));
            return Err(ReadError::new(ValueError::new("a shipped policy", id, remedy)));
        };
        Self::from_toml(text).map_err(|error| error.in_file(format!("{id}.toml")))
    }
}
