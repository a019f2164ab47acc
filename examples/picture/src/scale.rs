//! From instants to places on the time axis.

use may_train::Timestamp;

use crate::sheet::{PLOT_LEFT, PLOT_RIGHT};

pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The time axis: a span of time across the plot, in proportion.
pub struct Scale {
    from: Timestamp,
    until: Timestamp,
}

/// So many microseconds later; the same instant where that is out of range.
pub fn later(instant: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(instant.as_micros().saturating_add(micros)).unwrap_or(instant)
}

impl Scale {
    /// An axis on which everything from `first` to `last` has room: a little before it, and more
    /// after it, where the words are that belong to the last change.
    pub fn around(first: Timestamp, last: Timestamp) -> Self {
        let span = (last.as_micros() - first.as_micros()).max(60 * MICROS_PER_DAY);
        Self { from: later(first, -span / 8), until: later(last, span * 3 / 10) }
    }

    pub const fn from(&self) -> Timestamp {
        self.from
    }

    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// Where the instant is; one outside the axis is at its end.
    #[allow(clippy::cast_precision_loss, reason = "a share of the width is rounded to pixels")]
    pub fn x(&self, instant: Timestamp) -> f64 {
        let instant = instant.clamp(self.from, self.until);
        let part = instant.as_micros() - self.from.as_micros();
        let whole = self.until.as_micros() - self.from.as_micros();
        PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * part as f64 / whole as f64
    }

    /// The first days of months that the axis names, so far apart that the names do not touch.
    pub fn ticks(&self) -> Vec<Tick> {
        let days = (self.until.as_micros() - self.from.as_micros()) / MICROS_PER_DAY;
        // Some 11 names fit: a step in months that gives no more.
        let step = [1, 2, 3, 6, 12, 24, 60, 120]
            .into_iter()
            .find(|months| days / (30 * i64::from(*months)) <= 11)
            .unwrap_or(240);
        let year_of = |t: Timestamp| t.to_string().get(..4).and_then(|y| y.parse::<u32>().ok());
        let (first, last) = (year_of(self.from).unwrap_or(1), year_of(self.until).unwrap_or(9999));
        let months = (first * 12..(last + 1) * 12).filter(|month| month % step == 0);
        let tick = |month: u32| {
            let at = format!("{:04}-{:02}-01", month / 12, month % 12 + 1).parse().ok()?;
            let within = self.from <= at && at < self.until;
            within.then_some(Tick { at, month: (month % 12) as usize, year: month / 12 })
        };
        months.filter_map(tick).collect()
    }
}

/// The first day of a month.
pub struct Tick {
    pub at: Timestamp,
    month: usize,
    year: u32,
}

impl Tick {
    /// `Oct`; with its year where `before` is in another, or nothing.
    pub fn name(&self, before: Option<&Self>) -> String {
        const NAMES: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = NAMES.get(self.month).copied().unwrap_or_default();
        match before {
            Some(before) if before.year == self.year => month.to_owned(),
            Some(_) | None => format!("{month} {}", self.year),
        }
    }
}

/// An instant for people: `2024-11-20`, or `2024-11-20 09:30Z`.
pub fn written(instant: Timestamp) -> String {
    let text = instant.to_string();
    match text.split_once('T') {
        Some((date, time)) => format!("{date} {}Z", time.get(..5).unwrap_or(time)),
        None => text,
    }
}
