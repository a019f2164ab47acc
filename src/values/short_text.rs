//! Texts that keep a short text in themselves, so that an id or a word is read without another
//! access to memory.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The most bytes of a text without an allocation: enough for every integer of 64 bits.
const SHORT: usize = 22;

/// A text that never changes. It equals, orders and hashes as a `str` does.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ShortText {
    Short {
        length: u8,
        /// Padded with zeros.
        bytes: [u8; SHORT],
    },
    /// Longer than [`SHORT`].
    Long(Box<str>),
}

impl ShortText {
    /// Returns the text.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            // The bytes are of a `str`. The fallback is never used.
            Self::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Long(text) => text,
        }
    }

    /// Returns the bytes of the text.
    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::Long(text) => text.as_bytes(),
        }
    }

    /// Returns the text if it needs no allocation.
    fn short(text: &str) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self::Short { length: text.len().try_into().ok()?, bytes })
    }
}

impl From<&str> for ShortText {
    fn from(text: &str) -> Self {
        Self::short(text).unwrap_or_else(|| Self::Long(text.into()))
    }
}

impl From<String> for ShortText {
    fn from(text: String) -> Self {
        Self::short(&text).unwrap_or_else(|| Self::Long(text.into()))
    }
}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        // Texts are in the order of their bytes.
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for ShortText {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

    use super::{SHORT, ShortText};

    #[test]
    fn a_text_of_any_length_is_as_its_str() {
        let lengths = [0, 1, SHORT - 1, SHORT, SHORT + 1, 3 * SHORT];
        let texts: Vec<String> =
            lengths.iter().flat_map(|n| ["a", "é", "\0"].map(|part| part.repeat(*n))).collect();
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        for one in &texts {
            let text = ShortText::from(one.as_str());
            assert_eq!((text.as_str(), &text), (one.as_str(), &ShortText::from(one.clone())));
            assert_eq!(hasher.hash_one(&text), hasher.hash_one(one.as_str()));
            assert_eq!(matches!(text, ShortText::Short { .. }), one.len() <= SHORT);
            for other in &texts {
                let other_text = ShortText::from(other.as_str());
                assert_eq!(text.cmp(&other_text), one.cmp(other));
                assert_eq!(text == other_text, one == other);
            }
        }
    }
}
