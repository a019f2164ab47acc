//! Time: UTC instants in whole microseconds, spans, and dates of birth. Only this file uses chrono.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};

use crate::values::error::ValueError;
use crate::values::object::Object;
use crate::values::text::{read_from_text, try_from_text};

/// An instant in UTC, in whole microseconds, from the year 0001 to the year 9999.
///
/// Finer input is floored, so that every engine orders two events in the same way. Its text is
/// RFC 3339 with an offset, or a bare date, which means 00:00:00Z of that day. A time without an
/// offset is refused, because it does not name one instant. There is no `now`: a decision takes its
/// instants as arguments.
///
/// It prints as a bare date at midnight, and otherwise as RFC 3339 in UTC. It always serialises as
/// RFC 3339 in UTC, so that other programs read an instant and not a date. Each of these texts
/// reads back as the same instant.
///
/// # Errors
///
/// Reading fails for a text of another form, for a missing offset, and for a year outside 0001 to
/// 9999.
///
/// ```
/// use may_train::Timestamp;
///
/// let start: Timestamp = "2024-09-20".parse()?;
/// assert_eq!(start, "2024-09-20T01:00:00+01:00".parse()?);
/// assert_eq!(start.to_string(), "2024-09-20");
/// assert_eq!(serde_json::to_string(&start).unwrap(), "\"2024-09-20T00:00:00Z\"");
///
/// let floored: Timestamp = "2024-09-20T12:00:00.123456789Z".parse()?;
/// assert_eq!(floored.to_string(), "2024-09-20T12:00:00.123456Z");
///
/// assert_eq!("2024-09-20T12:00:00".parse::<Timestamp>().unwrap_err().to_string(),
///     "`2024-09-20T12:00:00` is not a timestamp: \
///      it has no offset; write `2024-09-20T12:00:00Z` for UTC");
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const NOUN: &str = "a timestamp";
const RANGE: &str = "the years 0001 to 9999 are accepted";
const FORM: &str = "write RFC 3339 with an offset, as in `2024-09-20T12:00:00Z`, or a bare date";
const FOUR_DIGITS: &str = "write a year of four digits, as in `1990`";

/// The microseconds of a day of 24 hours.
pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The first instant: 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self::midnight(1, 1, 1);

    /// The last instant: 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(Self::midnight(9999, 12, 31).0 + (MICROS_PER_DAY - 1));

    /// Returns the instant that lies `micros` microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// Fails for an instant outside the years 0001 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self, ValueError> {
        let instant = Self(micros);
        if (Self::MIN..=Self::MAX).contains(&instant) {
            Ok(instant)
        } else {
            Err(ValueError::new(NOUN, micros, RANGE))
        }
    }

    /// Returns the instant `micros` microseconds after 1970-01-01T00:00:00Z, or the nearest valid
    /// one.
    ///
    /// For numbers that were checked before.
    pub(crate) fn nearest(micros: i64) -> Self {
        Self(micros).clamp(Self::MIN, Self::MAX)
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns 00:00:00Z of a day that is known at compile time.
    #[allow(clippy::panic, reason = "evaluated at compile time: a wrong date does not build")]
    pub(crate) const fn midnight(year: i32, month: u32, day: u32) -> Self {
        match NaiveDate::from_ymd_opt(year, month, day) {
            Some(date) => Self(date.and_time(NaiveTime::MIN).and_utc().timestamp_micros()),
            None => panic!("no such day"),
        }
    }

    /// Returns the end of a day that is known at compile time: 00:00:00Z of the next day.
    pub(crate) const fn midnight_after(year: i32, month: u32, day: u32) -> Self {
        Self(Self::midnight(year, month, day).0.saturating_add(MICROS_PER_DAY))
    }

    /// Returns the instant that many days of 24 hours later; `None` if it lies beyond the last
    /// instant.
    pub(crate) fn plus_days(self, days: u32) -> Option<Self> {
        let micros = i64::from(days).saturating_mul(MICROS_PER_DAY);
        Self::from_micros(self.0.saturating_add(micros)).ok()
    }

    /// Returns the instant one microsecond earlier. For the first instant, returns that instant.
    pub(crate) fn just_before(self) -> Self {
        Self::nearest(self.0.saturating_sub(1))
    }

    fn to_chrono(self) -> DateTime<Utc> {
        // Every timestamp is in range. The epoch is a fallback that is never used.
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn to_rfc_3339(self) -> String {
        self.to_chrono().to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    fn of_date(date: NaiveDate) -> Option<Self> {
        let days = i64::from(date.to_epoch_days());
        Self::from_micros(days.saturating_mul(MICROS_PER_DAY)).ok()
    }
}

impl<Tz: TimeZone> TryFrom<DateTime<Tz>> for Timestamp {
    type Error = ValueError;

    /// Converts a time, and floors it to whole microseconds.
    ///
    /// # Errors
    ///
    /// Fails if the year in UTC is outside 0001 to 9999.
    fn try_from(time: DateTime<Tz>) -> Result<Self, ValueError> {
        Self::from_micros(time.timestamp_micros())
            .map_err(|_| ValueError::new(NOUN, time.to_utc().year(), RANGE))
    }
}

impl TryFrom<NaiveDate> for Timestamp {
    type Error = ValueError;

    /// Returns 00:00:00Z of the day.
    ///
    /// # Errors
    ///
    /// Fails for a year outside 0001 to 9999.
    fn try_from(date: NaiveDate) -> Result<Self, ValueError> {
        Self::of_date(date).ok_or_else(|| ValueError::new(NOUN, date.year(), RANGE))
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        time.to_chrono()
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let error = |remedy: String| ValueError::new(NOUN, text, remedy);
        if text.len() == 10 {
            let date = date(text).map_err(|why| error(why.unwrap_or(FORM).into()))?;
            return Self::of_date(date).ok_or_else(|| error(RANGE.into()));
        }
        let no_such_day = || text.get(..10).and_then(|day| date(day).err()).flatten();
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) if has_rfc_3339_shape(text) => {
                Self::from_micros(time.timestamp_micros()).map_err(|_| error(RANGE.into()))
            }
            Err(_)
                if has_rfc_3339_shape(text)
                    && DateTime::parse_from_rfc3339(&format!("{text}Z")).is_ok() =>
            {
                Err(error(format!("it has no offset; write `{text}Z` for UTC")))
            }
            Ok(_) | Err(_) => Err(error(no_such_day().unwrap_or(FORM).into())),
        }
    }
}

/// Checks what chrono does not: that the text is ASCII, and that a `T` separates date and time.
fn has_rfc_3339_shape(text: &str) -> bool {
    text.is_ascii() && matches!(text.as_bytes().get(10), Some(b'T' | b't'))
}

/// Reads a day that is written as exactly `YYYY-MM-DD`.
///
/// An error says what is wrong with the day; it is `None` if the text has another shape.
fn date(text: &str) -> Result<NaiveDate, Option<&'static str>> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| part.parse::<u32>().ok()).flatten()
    };
    let numbers = number(4).zip(number(2)).zip(number(2)).filter(|_| parts.next().is_none());
    let ((year, month), day) = numbers.ok_or(None)?;
    let year = i32::try_from(year).ok().filter(|year| *year > 0).ok_or(Some(RANGE))?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or(Some("there is no such day"))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.rem_euclid(MICROS_PER_DAY) == 0 {
            f.pad(&self.to_chrono().format("%Y-%m-%d").to_string())
        } else {
            f.pad(&self.to_rfc_3339())
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Timestamp {
    /// Writes RFC 3339 in UTC, with time and offset even at midnight.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc_3339())
    }
}

read_from_text!(Timestamp, "a timestamp in quotes: RFC 3339 with an offset, or a bare date");

/// A half-open interval of time: from its first instant up to, but not including, its end.
///
/// A span may have no end. A span whose end is not after its start contains no instant.
///
/// It serialises as `{"from":"2024-01-01T00:00:00Z","until":"2025-01-01T00:00:00Z"}`. If it has no
/// end, `until` is left out.
///
/// ```
/// use may_train::Span;
///
/// let span = Span::new("2024-01-01".parse()?).until("2025-01-01".parse()?);
/// assert!(span.contains("2024-01-01".parse()?));
/// assert!(!span.contains("2025-01-01".parse()?));
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(from = "Object<SpanDocument>")]
pub struct Span {
    from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// The file format of a span.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SpanDocument {
    from: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
}

impl From<Object<SpanDocument>> for Span {
    fn from(Object(SpanDocument { from, until }): Object<SpanDocument>) -> Self {
        Self { from, until }
    }
}

impl Span {
    /// Returns the span from an instant on, without an end.
    #[must_use]
    pub const fn new(from: Timestamp) -> Self {
        Self { from, until: None }
    }

    /// Returns the span with an end. It does not include the instant `until`.
    #[must_use]
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Returns the first instant.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.from
    }

    /// Returns the first instant after the span; `None` if it never ends.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        self.until
    }

    /// Checks whether the instant lies in the span.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.from <= instant && self.until.is_none_or(|until| instant < until)
    }
}

/// A date of birth, or a year of birth, which counts as 31 December.
///
/// A subject reaches an age at 12:00:00Z of the birthday. That day has then begun everywhere on
/// earth, so that nobody is of age too early. In years without a 29 February, that birthday is on
/// 1 March. Reading accepts `1990-05-01`, `"1990"` and, in serde formats with numbers, `1990`.
///
/// ```
/// use may_train::Birth;
///
/// let birth: Birth = "2006-02-28".parse()?;
/// assert!(!birth.has_age(18, "2024-02-28T11:59:59.999999Z".parse()?));
/// assert!(birth.has_age(18, "2024-02-28T12:00:00Z".parse()?));
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Birth {
    /// The day is known.
    On(BirthDate),
    /// Only the year is known.
    In(BirthYear),
}

/// The day of a [`Birth`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthDate {
    // The order of the fields is the order of days.
    year: u16,
    month: u8,
    day: u8,
}

/// The year of a [`Birth`], of four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BirthYear(u16);

impl BirthDate {
    /// Returns the date; `None` for a year outside 0001 to 9999.
    fn new(date: NaiveDate) -> Option<Self> {
        let year = u16::try_from(date.year()).ok().filter(|year| (1..=9999).contains(year))?;
        let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
        Some(Self { year, month, day })
    }
}

/// Returns the days from 1970-01-01 to a day of the Gregorian calendar, from the year 1 on.
///
/// For a day that its month lacks, returns those to the next day. Days are counted from 1 March,
/// because the leap day then comes last: `days_from_civil` by Howard Hinnant.
#[inline]
fn days_to(year: u32, month: u32, day: u32) -> i64 {
    let (year, month) = if month > 2 {
        (year, month.wrapping_sub(3))
    } else {
        (year.wrapping_sub(1), month.wrapping_add(9))
    };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let before_month = month.wrapping_mul(153).wrapping_add(2) / 5;
    let before_year = year.wrapping_mul(365).wrapping_add(leap_days);
    i64::from(before_year.wrapping_add(before_month).wrapping_add(day)).wrapping_sub(719_469)
}

impl Birth {
    /// Returns the birth in a year of four digits, 1000 to 9999.
    ///
    /// # Errors
    ///
    /// Fails for any other year: `11` is more likely a mistake than a year of birth.
    pub fn in_year(year: i64) -> Result<Self, ValueError> {
        u16::try_from(year)
            .ok()
            .filter(|year| (1000..=9999).contains(year))
            .map(|year| Self::In(BirthYear(year)))
            .ok_or_else(|| ValueError::new("a year of birth", year, FOUR_DIGITS))
    }

    /// Returns the birth on the UTC day that contains an instant.
    ///
    /// ```
    /// use may_train::Birth;
    ///
    /// assert_eq!(Birth::on("1990-05-01T23:00:00Z".parse()?), "1990-05-01".parse()?);
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn on(instant: Timestamp) -> Self {
        let date = BirthDate::new(instant.to_chrono().date_naive());
        // Every timestamp has a year of four digits. The fallback is never used.
        Self::On(date.unwrap_or(BirthDate { year: 9999, month: 12, day: 31 }))
    }

    /// Checks whether the subject has reached an age, in whole years, at an instant.
    #[must_use]
    pub fn has_age(self, years: u8, instant: Timestamp) -> bool {
        self.birthday(years).is_some_and(|birthday| birthday <= instant)
    }

    /// Returns when the subject reaches an age: 12:00:00Z of the birthday. Returns `None` if that
    /// lies beyond the year 9999.
    pub(crate) fn birthday(self, years: u8) -> Option<Timestamp> {
        let (born, month, day) = match self {
            Self::On(BirthDate { year, month, day }) => (year, month, day),
            Self::In(BirthYear(year)) => (year, 12, 31),
        };
        let year = u32::from(born).wrapping_add(years.into());
        let noon = || {
            let days = days_to(year, month.into(), day.into());
            days.wrapping_mul(MICROS_PER_DAY).wrapping_add(MICROS_PER_DAY / 2)
        };
        (year <= 9999).then(|| Timestamp(noon()))
    }
}

impl TryFrom<NaiveDate> for Birth {
    type Error = ValueError;

    /// Returns the birth on a day.
    ///
    /// # Errors
    ///
    /// Fails for a year outside 0001 to 9999.
    fn try_from(date: NaiveDate) -> Result<Self, ValueError> {
        Timestamp::try_from(date)
            .map(Self::on)
            .map_err(|_| ValueError::new("a year of birth", date.year(), RANGE))
    }
}

try_from_text!(Birth);

impl FromStr for Birth {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let error = || {
            let remedy = "write a date, as in `1990-05-01`, or a year of four digits";
            ValueError::new("a birth", text, remedy)
        };
        if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
            let year = text.parse().ok().filter(|year: &u16| *year > 0);
            return year.map(|year| Self::In(BirthYear(year))).ok_or_else(error);
        }
        let date = date(text)
            .map_err(|why| why.map_or_else(error, |why| ValueError::new("a birth", text, why)))?;
        BirthDate::new(date).map(Self::On).ok_or_else(error)
    }
}

impl fmt::Display for Birth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On(BirthDate { year, month, day }) => write!(f, "{year:04}-{month:02}-{day:02}"),
            Self::In(BirthYear(year)) => write!(f, "{year:04}"),
        }
    }
}

impl serde::Serialize for Birth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Birth {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Birth;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date of birth or a year")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Birth, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, year: i64) -> Result<Birth, E> {
                Birth::in_year(year).map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, year: u64) -> Result<Birth, E> {
                i64::try_from(year)
                    .map_err(|_| ValueError::new("a year of birth", year, FOUR_DIGITS))
                    .and_then(Birth::in_year)
                    .map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
