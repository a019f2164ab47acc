//! Places: countries (ISO 3166-1) and their subdivisions (ISO 3166-2). Only this file uses
//! isocountry.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use isocountry::CountryCode;

use crate::values::error::ValueError;
use crate::values::territory;
use crate::values::text::serde_as_text;

/// A country, as an upper-case ISO 3166-1 alpha-2 code.
///
/// It is ordered, printed and serialised by its code. A territory with a code of its own (`RE`,
/// `GG`) is a country of its own. So is `XK`, Kosovo: ISO 3166-1 leaves the code to its users, and
/// the EU, SWIFT and CLDR use it.
///
/// # Errors
///
/// Reading accepts `XK` and the 249 assigned codes. It fails for anything else: lower case,
/// alpha-3, reserved and withdrawn codes, and names. The error says which code to write. For `UK`
/// it is `GB`. For `AN` it is any of its successors.
///
/// ```
/// use may_train::Country;
///
/// let country: Country = "RE".parse()?;
/// assert_eq!(country.as_str(), "RE");
/// assert!("ß".parse::<Country>().is_err()); // its upper case is SS, the code of South Sudan
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Kosovo, to which ISO 3166-1 assigns no code.
    const KOSOVO: Self = Self(*b"XK");

    /// Returns every country, ordered by code.
    pub fn all() -> impl Iterator<Item = Self> {
        let assigned = CountryCode::iter().filter_map(|country| country.alpha2().parse().ok());
        let mut all: Vec<Self> = assigned.chain([Self::KOSOVO]).collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// The number of possible values of [`Country::number`].
    pub(crate) const NUMBERS: usize = 26 * 26;

    /// Returns the number of the code, below [`Country::NUMBERS`].
    #[inline]
    pub(crate) fn number(self) -> usize {
        let [first, second] = self.0.map(|letter| usize::from(letter.wrapping_sub(b'A')));
        first.wrapping_mul(26).wrapping_add(second)
    }

    /// Returns the code, as in ISO 3166-1 alpha-2.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// Returns the English short name, as in ISO 3166-1 in 2018.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::KOSOVO {
            return "Kosovo";
        }
        CountryCode::for_alpha2(self.as_str()).map_or("", |country| country.name())
    }

    /// Returns the country of a code that a test has checked.
    pub(crate) const fn checked(code: [u8; 2]) -> Self {
        Self(code)
    }
}

impl FromStr for Country {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // Checked first, because isocountry folds Unicode: `ß` would be South Sudan.
        if let &[a @ b'A'..=b'Z', b @ b'A'..=b'Z'] = text.as_bytes()
            && (CountryCode::for_alpha2(text).is_ok() || Self([a, b]) == Self::KOSOVO)
        {
            return Ok(Self([a, b]));
        }
        Err(ValueError::new("a country", text, remedy(text)))
    }
}

/// Returns what to write instead of a text that is no country.
fn remedy(text: &str) -> Cow<'static, str> {
    let upper = text.to_ascii_uppercase();
    if let Some(remedy) = territory::remedy(&upper) {
        remedy.into()
    } else if upper != text && upper.parse::<Country>().is_ok() {
        format!("use upper case, `{upper}`").into()
    } else if let Some(country) =
        CountryCode::for_alpha3(&upper).ok().filter(|_| text.is_ascii() && text.len() == 3)
    {
        format!("use `{}`, its alpha-2 code", country.alpha2()).into()
    } else if let Some(country) = named(text) {
        format!("use `{country}`, its ISO 3166-1 code").into()
    } else {
        "use an ISO 3166-1 code of two upper-case letters, as in `FR`".into()
    }
}

/// Returns the country of an English name; `None` if no country or several have it.
///
/// The addition of ISO 3166-1 may be missing: `Bolivia` is `Bolivia (Plurinational State of)`.
pub(crate) fn named(text: &str) -> Option<Country> {
    let is_named = |country: &Country| {
        let (name, rest) = country.name().split_at_checked(text.len()).unwrap_or_default();
        let added = |start| rest.starts_with(start);
        !name.is_empty()
            && name.eq_ignore_ascii_case(text)
            && (rest.is_empty() || [" (", ", ", " of "].into_iter().any(added))
    };
    let mut found = Country::all().filter(is_named);
    found.next().filter(|_| found.next().is_none())
}

impl TryFrom<CountryCode> for Country {
    type Error = ValueError;

    /// Converts a code of isocountry.
    ///
    /// # Errors
    ///
    /// Fails for a code that ISO 3166-1 does not assign. Today, isocountry has none of these.
    fn try_from(code: CountryCode) -> Result<Self, ValueError> {
        code.alpha2().parse()
    }
}

impl TryFrom<Country> for CountryCode {
    type Error = ValueError;

    /// Converts a country to a code of isocountry.
    ///
    /// # Errors
    ///
    /// Fails for `XK`, which isocountry does not know.
    fn try_from(country: Country) -> Result<Self, ValueError> {
        Self::for_alpha2(country.as_str()).map_err(|_| {
            let remedy = "ISO 3166-1 leaves the code to its users; keep it as text";
            ValueError::new("a country of isocountry", country, remedy)
        })
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of countries, as a table of bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Countries {
    /// A word for each first letter, with a bit for each second letter.
    by_letters: [u32; 26],
}

impl Countries {
    /// Returns the index of the word of the first letter, and the bit of the second letter.
    fn place(country: Country) -> (usize, u32) {
        let [first, second] = country.0.map(|letter| letter.wrapping_sub(b'A'));
        (first.into(), 1_u32.wrapping_shl(second.into()))
    }

    pub(crate) fn contains(&self, country: Country) -> bool {
        let (first, second) = Self::place(country);
        self.by_letters.get(first).is_some_and(|bits| bits & second != 0)
    }
}

impl FromIterator<Country> for Countries {
    fn from_iter<I: IntoIterator<Item = Country>>(countries: I) -> Self {
        let mut by_letters = [0; 26];
        for country in countries {
            let (first, second) = Self::place(country);
            if let Some(bits) = by_letters.get_mut(first) {
                *bits |= second;
            }
        }
        Self { by_letters }
    }
}

serde_as_text!(Country, "an ISO 3166-1 code of two upper-case letters");

/// A subdivision of a country, as an ISO 3166-2 code, such as `US-CA`.
///
/// Only the shape is checked: the code of the country, a hyphen, and one to three upper-case
/// letters or digits.
///
/// # Errors
///
/// Reading fails for any other shape. It also fails for a territory that has an ISO 3166-1 code of
/// its own: `CN-HK` is the country `HK`. Such a code can be read as a [`Place`].
///
/// ```
/// use may_train::{Place, Subdivision};
///
/// let california: Subdivision = "US-CA".parse()?;
/// assert_eq!(california.country().as_str(), "US");
/// let error = "CN-HK".parse::<Subdivision>().unwrap_err();
/// assert_eq!(error.remedy(), "use `HK`, a country of its own");
/// assert_eq!("CN-HK".parse::<Place>()?, "HK".parse()?);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subdivision {
    country: Country,
    /// Padded with zeros.
    code: [u8; 3],
}

impl Subdivision {
    /// Returns the country that the subdivision belongs to.
    #[must_use]
    pub const fn country(self) -> Country {
        self.country
    }

    /// Returns a stand-in for the subdivisions of a country that no rule names. ISO 3166-2 has no
    /// such code.
    pub(crate) const fn rest_of(country: Country) -> Self {
        Self { country, code: [b'0', 0, 0] }
    }

    /// Returns the part of the code after the hyphen.
    fn part(&self) -> &str {
        let used = self.code.iter().position(|byte| *byte == 0).unwrap_or(self.code.len());
        ascii(self.code.get(..used).unwrap_or_default())
    }
}

impl FromStr for Subdivision {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let error = |remedy: String| ValueError::new("a subdivision", text, remedy);
        let form = "use an ISO 3166-2 code, as in `US-CA`";
        let (country, part) = text.split_once('-').ok_or_else(|| error(form.into()))?;
        let country = country.parse().map_err(|e: ValueError| error(e.to_string()))?;
        let mut code = [0; 3];
        let fits = (1..=3).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !fits {
            return Err(error(form.into()));
        }
        if let Some(country) = territory::country_of(text) {
            return Err(error(format!("use `{}`, a country of its own", Country(country))));
        }
        for (slot, byte) in code.iter_mut().zip(part.bytes()) {
            *slot = byte;
        }
        Ok(Self { country, code })
    }
}

impl fmt::Display for Subdivision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.country, self.part())
    }
}

impl fmt::Debug for Subdivision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(Subdivision, "an ISO 3166-2 code, as in `US-CA`");

/// A place of residence: a country, or a subdivision of a country.
///
/// Each place has one spelling. A territory with an ISO 3166-1 code of its own becomes that
/// country, even if its ISO 3166-2 code is read: `CN-HK` is `HK`, and `FR-974` is `RE`.
///
/// ```
/// use may_train::Place;
///
/// let place: Place = "US-CA".parse()?;
/// assert_eq!(place.country().as_str(), "US");
/// assert_eq!("FR-974".parse::<Place>()?, "RE".parse()?);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Only the country is known.
    Country(Country),
    /// The subdivision is known.
    Subdivision(Subdivision),
}

impl Place {
    /// Returns the country.
    #[must_use]
    pub const fn country(self) -> Country {
        match self {
            Self::Country(country) => country,
            Self::Subdivision(subdivision) => subdivision.country(),
        }
    }

    /// Returns the subdivision; `None` if only the country is known.
    #[must_use]
    pub const fn subdivision(self) -> Option<Subdivision> {
        match self {
            Self::Country(_) => None,
            Self::Subdivision(subdivision) => Some(subdivision),
        }
    }
}

impl From<Country> for Place {
    fn from(country: Country) -> Self {
        Self::Country(country)
    }
}

impl From<Subdivision> for Place {
    fn from(subdivision: Subdivision) -> Self {
        Self::Subdivision(subdivision)
    }
}

impl TryFrom<CountryCode> for Place {
    type Error = ValueError;

    /// Converts a code of isocountry.
    ///
    /// # Errors
    ///
    /// Fails for the codes that a [`Country`] cannot be made from.
    fn try_from(code: CountryCode) -> Result<Self, ValueError> {
        Country::try_from(code).map(Self::Country)
    }
}

impl FromStr for Place {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if let Some(country) = territory::country_of(text) {
            Ok(Self::Country(Country(country)))
        } else if text.contains('-') {
            text.parse().map(Self::Subdivision)
        } else {
            text.parse().map(Self::Country)
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => fmt::Display::fmt(country, f),
            Self::Subdivision(subdivision) => fmt::Display::fmt(subdivision, f),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

serde_as_text!(Place, "a place: a country as in `FR`, or a subdivision as in `US-CA`");

/// Returns the text of bytes that are known to be ASCII.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
