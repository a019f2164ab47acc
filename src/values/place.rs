//! Places: countries and their subdivisions. The only file that names isocountry.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use isocountry::CountryCode;

use crate::values::error::ValueError;
use crate::values::territory;
use crate::values::text::serde_as_text;

/// A country: an ISO 3166-1 code, upper-case alpha-2.
///
/// Ordered, printed and serialised by its code. Territories with a code of their own (`RE`, `GG`)
/// are countries of their own. So is `XK`, Kosovo: ISO 3166-1 leaves the code to its users, and the
/// EU, SWIFT and CLDR use it.
///
/// # Errors
///
/// Reading fails for everything but `XK` and the 249 assigned codes: lower case, alpha-3, reserved
/// and withdrawn codes, names. The error says which code to write: for `UK` it is `GB`, for `AN`
/// any of its successors.
///
/// ```
/// use may_train::Country;
///
/// let country: Country = "RE".parse()?;
/// assert_eq!(country.as_str(), "RE");
/// assert!("ß".parse::<Country>().is_err()); // which upper-cases to SS, South Sudan
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Kosovo, which ISO 3166-1 has no code for.
    const KOSOVO: Self = Self(*b"XK");

    /// Every country, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        let assigned = CountryCode::iter().filter_map(|country| country.alpha2().parse().ok());
        let mut all: Vec<Self> = assigned.chain([Self::KOSOVO]).collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// How many numbers countries have.
    pub(crate) const NUMBERS: usize = 26 * 26;

    /// The number of the country's code, below [`Country::NUMBERS`].
    #[inline]
    pub(crate) fn number(self) -> usize {
        let [first, second] = self.0.map(|letter| usize::from(letter.wrapping_sub(b'A')));
        first.wrapping_mul(26).wrapping_add(second)
    }

    /// The code, as in ISO 3166-1 alpha-2.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }

    /// The English short name, as ISO 3166-1 had it in 2018.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::KOSOVO {
            return "Kosovo";
        }
        CountryCode::for_alpha2(self.as_str()).map_or("", |country| country.name())
    }

    /// A code that a test has checked.
    pub(crate) const fn checked(code: [u8; 2]) -> Self {
        Self(code)
    }
}

impl FromStr for Country {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // Looked at before isocountry does, which folds Unicode: `ß` would be South Sudan.
        if let &[a @ b'A'..=b'Z', b @ b'A'..=b'Z'] = text.as_bytes()
            && (CountryCode::for_alpha2(text).is_ok() || Self([a, b]) == Self::KOSOVO)
        {
            return Ok(Self([a, b]));
        }
        Err(ValueError::new("a country", text, remedy(text)))
    }
}

/// What to write instead of a text that is no country.
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

/// The only country of an English name, with or without what ISO 3166-1 adds to it: `Bolivia` is
/// `Bolivia (Plurinational State of)`.
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

    /// # Errors
    ///
    /// For codes that ISO 3166-1 does not assign: today, isocountry has none.
    fn try_from(code: CountryCode) -> Result<Self, ValueError> {
        code.alpha2().parse()
    }
}

impl TryFrom<Country> for CountryCode {
    type Error = ValueError;

    /// # Errors
    ///
    /// For `XK`, which isocountry does not know.
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

/// A set of countries, looked up without a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Countries {
    /// A bit for the second letter, by the first.
    by_letters: [u32; 26],
}

impl Countries {
    /// Where the bits of the first letter are, and the bit of the second.
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

/// A subdivision of a country: an ISO 3166-2 code, such as `US-CA`.
///
/// Checked for shape: the country's code, a hyphen, one to three upper-case letters or digits.
///
/// # Errors
///
/// Reading fails for any other shape, and for the ISO 3166-2 code of a territory that has an
/// ISO 3166-1 code of its own: `CN-HK` is the country `HK`. Read it as a [`Place`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subdivision {
    country: Country,
    /// Padded with zeros.
    code: [u8; 3],
}

impl Subdivision {
    /// The country it is a part of.
    #[must_use]
    pub const fn country(self) -> Country {
        self.country
    }

    /// What stands for the parts of a country that nobody names: a code that ISO 3166-2 does not give.
    pub(crate) const fn rest_of(country: Country) -> Self {
        Self { country, code: [b'0', 0, 0] }
    }

    /// The part of the code after the hyphen.
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

/// Where a subject resides: a country, perhaps with its subdivision.
///
/// One place has one spelling. A territory with an ISO 3166-1 code of its own is that country under
/// whatever code it is read: `CN-HK` is `HK`, and `FR-974` is `RE`.
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
    /// The country.
    #[must_use]
    pub const fn country(self) -> Country {
        match self {
            Self::Country(country) => country,
            Self::Subdivision(subdivision) => subdivision.country(),
        }
    }

    /// The subdivision, where it is known.
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

    /// # Errors
    ///
    /// As for a [`Country`].
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

/// The text of bytes that were checked to be ASCII when they came in.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
