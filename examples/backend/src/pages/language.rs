//! The languages of the pages: message files of Fluent in `locales`, and which one a visitor reads.
//!
//! Explanations are values, so each sentence is made here from a value, never from English text. The
//! test `tests/pages.rs` fails if a language lacks a sentence.

use std::sync::LazyLock;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_langneg::{NegotiationStrategy, negotiate_languages, parse_accepted_languages};
use may_train::{Country, Kind, Place, Platform, Timestamp};
use serde::Deserialize;
use unic_langid::{LanguageIdentifier, langid};

/// The name of the cookie that keeps the language a visitor chose.
pub const COOKIE: &str = "may_train_language";

/// A language with its messages.
pub struct Language {
    /// The tag, as in `lang="de"`.
    pub id: LanguageIdentifier,
    /// The name of the language in itself.
    pub name: &'static str,
    messages: FluentBundle<FluentResource>,
}

/// The message files of a language.
pub struct Source {
    /// The tag.
    pub id: LanguageIdentifier,
    /// The name of the language in itself.
    pub name: &'static str,
    /// The texts of the files.
    pub files: [&'static str; 2],
}

/// Every language, the default first.
pub const SOURCES: [Source; 2] = [
    Source {
        id: langid!("en"),
        name: "English",
        files: [
            include_str!("../../locales/en/pages.ftl"),
            include_str!("../../locales/en/countries.ftl"),
        ],
    },
    Source {
        id: langid!("de"),
        name: "Deutsch",
        files: [
            include_str!("../../locales/de/pages.ftl"),
            include_str!("../../locales/de/countries.ftl"),
        ],
    },
];

static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| SOURCES.iter().map(Language::read).collect());

/// Says a message with its arguments: `say!(language, "reason-subject-erased", date = "2025-06-01")`.
#[macro_export]
macro_rules! say {
    ($language:expr, $id:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut, reason = "a message may have no argument")]
        let mut arguments = ::fluent_bundle::FluentArgs::new();
        $(arguments.set(stringify!($name), $value);)*
        $language.say($id, &arguments)
    }};
}

impl Language {
    /// Returns every language, the default first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    fn read(source: &Source) -> Self {
        let mut messages = FluentBundle::new_concurrent(vec![source.id.clone()]);
        // Every argument is written from left to right, as both languages are.
        messages.set_use_isolating(false);
        for file in source.files {
            // The tests read the files, too, and fail for an error.
            let resource =
                FluentResource::try_new(file.to_owned()).unwrap_or_else(|(good, _)| good);
            messages.add_resource_overriding(resource);
        }
        Self { id: source.id.clone(), name: source.name, messages }
    }

    /// Returns a message; `None` if it is missing, or one of its arguments is.
    #[must_use]
    pub fn try_say(&self, id: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.messages.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let text = self.messages.format_pattern(pattern, Some(arguments), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }

    /// Returns a message. If it is missing, which the tests rule out, returns its id.
    #[must_use]
    pub fn say(&self, id: &str, arguments: &FluentArgs<'_>) -> String {
        self.try_say(id, arguments).unwrap_or_else(|| {
            tracing::error!(id, language = %self.id, "a message is missing");
            id.to_owned()
        })
    }

    /// Returns the day of an instant, as people write it.
    #[must_use]
    pub fn date(&self, instant: Timestamp) -> String {
        let text = instant.to_string();
        let (date, _) = text.split_once('T').unwrap_or((&text, ""));
        let mut parts = date.splitn(3, '-');
        let mut next = || parts.next().unwrap_or_default();
        let (year, month, day) = (next(), next(), next());
        let number = |text: &str| text.parse::<u8>().unwrap_or_default();
        say!(self, "date", day = number(day), month = number(month), year = year)
    }

    /// Returns the day of an instant and, unless it is midnight, the minute.
    #[must_use]
    pub fn date_and_time(&self, instant: Timestamp) -> String {
        let date = self.date(instant);
        match instant.to_string().split_once('T').and_then(|(_, time)| time.get(..5)) {
            None => date,
            Some(time) => say!(self, "date-and-time", date = date, time = time),
        }
    }

    /// Returns the name of a platform, or its own id.
    #[must_use]
    pub fn platform(&self, platform: &Platform) -> String {
        let id = format!("platform-{platform}");
        self.try_say(&id, &FluentArgs::new()).unwrap_or_else(|| platform.to_string())
    }

    /// Returns the name of a country.
    #[must_use]
    pub fn country(&self, country: Country) -> String {
        self.say(&format!("country-{country}"), &FluentArgs::new())
    }

    /// Returns the name of a place: the country, and the code of a part of it.
    #[must_use]
    pub fn place(&self, place: Place) -> String {
        let country = self.country(place.country());
        match place.subdivision() {
            None => country,
            Some(part) => format!("{country} ({part})"),
        }
    }

    /// Returns the name of a kind of data, or the platform's own word for it.
    #[must_use]
    pub fn kind(&self, kind: &Kind) -> String {
        self.try_say(&format!("kind-{kind}"), &FluentArgs::new())
            .unwrap_or_else(|| kind.to_string())
    }

    /// Returns the language of a request: the one that was chosen, or what the browser prefers.
    fn of(headers: &HeaderMap, chosen: Option<&str>) -> &'static Self {
        let cookies =
            headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        let kept = pairs.find(|(name, _)| name.trim() == COOKIE).map(|(_, value)| value.trim());
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let wanted = [chosen, kept].into_iter().flatten().chain(accepted).collect::<Vec<_>>();
        let wanted: Vec<LanguageIdentifier> = parse_accepted_languages(&wanted.join(","));
        let offered: Vec<&LanguageIdentifier> = Self::all().iter().map(|each| &each.id).collect();
        let found = negotiate_languages(&wanted, &offered, None, NegotiationStrategy::Lookup)
            .first()
            .copied();
        let all = Self::all();
        all.iter().find(|each| Some(&&each.id) == found).unwrap_or(&all[0])
    }
}

/// The language that a visitor reads, and whether they chose it just now.
#[derive(Clone, Copy)]
pub struct Reads {
    /// The language.
    pub language: &'static Language,
    /// Whether the request chose it, so that a cookie should keep it.
    pub is_chosen: bool,
}

#[derive(Deserialize)]
struct Chosen {
    lang: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Reads {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = <Query<Chosen> as FromRequestParts<S>>::from_request_parts(parts, state).await;
        let chosen = query.ok().and_then(|Query(Chosen { lang })| lang);
        let language = Language::of(&parts.headers, chosen.as_deref());
        Ok(Self { language, is_chosen: chosen.is_some() })
    }
}
