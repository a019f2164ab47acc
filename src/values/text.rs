//! Macros and checks for values that are written as text: identifiers, codes and fixed words.

/// Implements `TryFrom<&str>` by `FromStr`.
macro_rules! try_from_text {
    ($type:ty) => {
        impl TryFrom<&str> for $type {
            type Error = $crate::values::error::ValueError;
            fn try_from(text: &str) -> Result<Self, $crate::values::error::ValueError> {
                text.parse()
            }
        }
    };
}

/// Implements serde and `TryFrom<&str>`: writing uses `Display`, and reading uses `FromStr`.
macro_rules! serde_as_text {
    ($type:ty, $expecting:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::values::text::read_from_text!($type, $expecting);
    };
}

/// Implements `Deserialize` and `TryFrom<&str>` by `FromStr`.
macro_rules! read_from_text {
    ($type:ty, $expecting:literal) => {
        $crate::values::text::try_from_text!($type);

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}

/// Defines a newtype over text. Every constructor runs the check.
macro_rules! checked_text {
    ($(#[$doc:meta])* $type:ident, $noun:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type($crate::values::short_text::ShortText);

        impl $type {
            /// Returns the text, as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// Returns the bytes of the text, faster than the text.
            #[allow(dead_code, reason = "only some texts are compared by their bytes")]
            pub(crate) fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::values::error::ValueError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(remedy) => Err($crate::values::error::ValueError::new($noun, text, remedy)),
                }
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::values::error::ValueError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                match $check(&text) {
                    Ok(()) => Ok(Self(text.into())),
                    Err(remedy) => Err($crate::values::error::ValueError::new($noun, text, remedy)),
                }
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        $crate::values::text::serde_as_text!($type, $noun);
    };
}

/// Implements conversions to an identifier from numbers and UUIDs, which are always valid.
macro_rules! ids_from_numbers {
    ($($type:ident),+) => {
        $(
            $crate::values::text::ids_from_numbers!(@ $type: u32, u64, u128, i32, i64, i128);

            #[cfg(feature = "uuid")]
            impl From<uuid::Uuid> for $type {
                /// Converts a UUID to its text in RFC 9562: lower-case and with hyphens.
                fn from(id: uuid::Uuid) -> Self {
                    Self(id.to_string().into())
                }
            }
        )+
    };
    (@ $type:ident: $($number:ty),+) => {
        $(
            impl From<$number> for $type {
                /// Converts a number to its decimal digits.
                fn from(id: $number) -> Self {
                    Self(id.to_string().into())
                }
            }
        )+
    };
}

/// Defines an enum whose variants are written as fixed words.
macro_rules! words {
    (
        $(#[$doc:meta])*
        pub enum $type:ident as $noun:literal { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }
    ) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        $(#[$doc])*
        pub enum $type {
            $($(#[$vdoc])* #[cfg_attr(feature = "schema", schemars(rename = $word))] $variant),+
        }

        impl $type {
            /// All values, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word that files use for the value.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::values::error::ValueError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::values::error::ValueError::new(
                        $noun,
                        text,
                        format!("use one of {}", [$(concat!("`", $word, "`")),+].join(", ")),
                    )),
                }
            }
        }

        $crate::values::text::serde_as_text!($type, $noun);
    };
}

pub(crate) use {
    checked_text, ids_from_numbers, read_from_text, serde_as_text, try_from_text, words,
};

/// Checks that a text can be an identifier. An error says what to change.
///
/// An identifier is not empty, and has no space at either end. It has no control or invisible
/// characters, so that two identifiers cannot look the same and differ by such a character.
pub(crate) fn printable(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(()); // As nearly every identifier.
    }
    if text.trim() != text || text.chars().any(is_unseen) {
        return Err("leave out control and invisible characters, and the space around it");
    }
    Ok(())
}

/// Checks whether a character is a control character or a format character of Unicode 16 (`Cf`).
///
/// The zero width space is such a format character.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}'
                | '\u{e0020}'..='\u{e007f}'
        )
}

/// Checks that a text is in kebab-case: lower-case ASCII letters and digits, joined by single
/// hyphens.
///
/// An error says what to write instead.
pub(crate) fn kebab_case(text: &str) -> Result<(), &'static str> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.split('-').all(word) {
        Ok(())
    } else {
        Err("write it in kebab-case, as in `public-post`")
    }
}
