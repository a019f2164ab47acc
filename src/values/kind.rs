//! Kinds of data, audiences and purposes: the words by which rules select.

use crate::values::text::{checked_text, kebab_case, printable};

checked_text! {
    /// A kind of data, as a kebab-case word that the platform chooses: `post`, `private-message`.
    ///
    /// ```
    /// use may_train::Kind;
    ///
    /// assert!("private-message".parse::<Kind>().is_ok());
    /// assert_eq!("Private Message".parse::<Kind>().unwrap_err().to_string(),
    ///     "`Private Message` is not a kind of data: write it in kebab-case, as in `public-post`");
    /// ```
    Kind, "a kind of data", kebab_case
}

checked_text! {
    /// The plan or group of a subject, such as `consumer` or `business`.
    ///
    /// Two audiences are the same if their bytes are.
    Audience, "an audience", printable
}

checked_text! {
    /// A purpose of using data (DPV: *Purpose*): kebab-case words joined by dots, from wide to
    /// narrow.
    ///
    /// `ai-training` is wider than `ai-training.generative`. An opt-out for a wider purpose holds
    /// for every narrower one. An opt-in counts for exactly the purpose that it names.
    ///
    /// ```
    /// use may_train::Purpose;
    ///
    /// let wide: Purpose = "ai-training".parse()?;
    /// let narrow: Purpose = "ai-training.generative".parse()?;
    /// assert!(wide.includes(&narrow) && wide.includes(&wide));
    /// assert!(!narrow.includes(&wide));
    /// assert!(!wide.includes(&"ai-training-data".parse()?));
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    Purpose, "a purpose", dotted
}

/// Checks that a text is kebab-case words joined by dots. An error says what to write instead.
fn dotted(text: &str) -> Result<(), &'static str> {
    if text.split('.').all(|word| kebab_case(word).is_ok()) {
        Ok(())
    } else {
        Err("write kebab-case words joined by dots, as in `ai-training.generative`")
    }
}

impl Purpose {
    /// Returns every wider purpose, the narrowest first: for `a.b.c`, `a.b` and then `a`.
    pub(crate) fn wider(&self) -> impl Iterator<Item = Self> + use<'_> {
        let text = self.as_str();
        text.rmatch_indices('.').filter_map(|(dot, _)| text.get(..dot)?.parse().ok())
    }

    /// Checks whether `other` is this purpose or a narrower one.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        other
            .as_bytes()
            .strip_prefix(self.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
    }
}
