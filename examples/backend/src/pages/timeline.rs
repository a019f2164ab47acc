//! The picture of a member's own timeline, as SVG, and the same in words.
//!
//! Widths are per cent, so that letters stay as large as on the page at any width.

use std::collections::BTreeSet;

use maud::{Markup, html};
use may_train::{
    ChoiceState, Entry, Policy, Record, Regime, Registry, Revision, Subject, Timestamp, Verdict,
};

use super::language::Language;
use super::setting::Setting;
use crate::say;

/// A stretch of a row: until the next one, or until the end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    from: Timestamp,
    /// The class of the style sheet.
    class: &'static str,
    /// What fits into a bar.
    short: String,
    /// The same in full.
    long: String,
}

/// A row of the picture.
struct Row {
    title: String,
    stretches: Vec<Stretch>,
}

/// Whose timeline is drawn.
pub struct Timeline<'a> {
    /// The language.
    pub language: &'a Language,
    /// The policy.
    pub policy: &'a Policy,
    /// The member, and everybody else in their records.
    pub registry: &'a Registry,
    /// The member.
    pub subject: &'a Subject,
    /// The records to draw.
    pub records: &'a [Record],
    /// The present.
    pub now: Timestamp,
}

/// The height of a row, and of the bar in it.
const ROW: usize = 56;
const BAR: usize = 26;

impl Timeline<'_> {
    /// Returns the picture, its legend, and the same in words.
    #[must_use]
    pub fn draw(&self) -> Markup {
        let language = self.language;
        let start = self.start();
        let rows = self.rows(start);
        let end = self.end(start);
        let x = |at: Timestamp| {
            let part = at.as_micros().saturating_sub(start.as_micros());
            let whole = end.as_micros().saturating_sub(start.as_micros()).max(1);
            per_cent(part, whole)
        };
        let height = rows.len() * ROW + 24;
        html! {
            svg.picture role="img" aria-labelledby="picture-title picture-text" height=(height) {
                title #picture-title { (say!(language, "picture-title")) }
                desc #picture-text { (say!(language, "picture-text")) }
                @for (number, row) in rows.iter().enumerate() {
                    text x="0" y=(number * ROW + 16) { (row.title) }
                    @for (index, stretch) in row.stretches.iter().enumerate() {
                        @let until = row.stretches.get(index + 1).map_or(end, |next| next.from);
                        svg x=(x(stretch.from)) y=(number * ROW + 22) width=(width(stretch.from, until, start, end))
                            height=(BAR) {
                            title { (stretch.long) }
                            rect class={ "bar " (stretch.class) } width="100%" height="100%" {}
                            @if has_room(stretch.from, until, start, end) {
                                text x="5" y="18" { (stretch.short) }
                            }
                        }
                    }
                }
                @for (year, at) in self.years(start) {
                    line x1=(x(at)) x2=(x(at)) y1="0" y2=(height - 18) stroke="#8c8c8c" stroke-dasharray="1 4" {}
                    text x=(x(at)) y=(height - 4) { (year) }
                }
            }
            details {
                summary { (say!(language, "picture-in-words")) }
                @for row in &rows {
                    h3 { (row.title) }
                    ul {
                        @for stretch in &row.stretches {
                            li { (say!(language, "since", date = language.date(stretch.from), what = stretch.long.as_str())) }
                        }
                    }
                }
            }
        }
    }

    /// Returns where the picture begins: a little before the first thing that can be decided.
    fn start(&self) -> Timestamp {
        const YEAR: i64 = 365 * 24 * 3600 * 1_000_000;
        let first = self.policy.revisions().iter().map(Revision::effective).min();
        let first = first.unwrap_or(self.now).min(self.now);
        Timestamp::from_micros(first.as_micros() - YEAR / 4).unwrap_or(first)
    }

    /// Returns where the picture ends: a little after the present, so that what holds now shows.
    fn end(&self, start: Timestamp) -> Timestamp {
        let shown = self.now.as_micros().saturating_sub(start.as_micros());
        Timestamp::from_micros(self.now.as_micros() + shown / 25).unwrap_or(self.now)
    }

    /// Returns the years that begin within the picture; every second one if they are many.
    fn years(&self, start: Timestamp) -> Vec<(String, Timestamp)> {
        let year = |at: Timestamp| at.to_string().get(..4).and_then(|y| y.parse::<u32>().ok());
        let (Some(first), Some(last)) = (year(start), year(self.now)) else { return Vec::new() };
        let every = usize::try_from((last - first) / 5 + 1).unwrap_or(1);
        (first + 1..=last)
            .step_by(every)
            .filter_map(|year| Some((year.to_string(), format!("{year}-01-01").parse().ok()?)))
            .collect()
    }

    fn rows(&self, start: Timestamp) -> Vec<Row> {
        let language = self.language;
        let subject = self.subject;
        let mut instants: BTreeSet<Timestamp> = [start].into();
        instants.extend(self.policy.revisions().iter().map(Revision::effective));
        instants.extend(subject.residences().iter().map(Entry::at));
        instants.extend(subject.choices().iter().map(|(_, entry)| entry.at()));
        instants.retain(|at| (start..=self.now).contains(at));
        let settings: Vec<(Timestamp, Setting)> =
            instants.iter().map(|at| (*at, Setting::at(self.policy, subject, *at))).collect();
        let of = |stretch: &dyn Fn(Timestamp, &Setting) -> Stretch| {
            let mut stretches: Vec<Stretch> =
                settings.iter().map(|(at, setting)| stretch(*at, setting)).collect();
            stretches.dedup_by(|next, last| (next.class, &next.long) == (last.class, &last.long));
            stretches
        };
        let mut rows = vec![
            Row {
                title: say!(language, "row-residence"),
                stretches: of(&|from, _| self.residence(from)),
            },
            Row {
                title: say!(language, "row-regime"),
                stretches: of(&|from, setting| self.regime(from, setting.regime())),
            },
            Row {
                title: say!(language, "row-choice"),
                stretches: of(&|from, setting| self.choice(from, setting.choice)),
            },
        ];
        rows.extend(self.records.iter().map(|record| self.record(record, start)));
        rows
    }

    fn residence(&self, from: Timestamp) -> Stretch {
        let known = match self.subject.residences().in_force(from, None) {
            [only] => *only.value(),
            _ => None,
        };
        match known {
            Some(place) => Stretch {
                from,
                class: "residence",
                short: place.to_string(),
                long: self.language.place(place),
            },
            None => self.stretch(from, "unknown", "unknown"),
        }
    }

    fn regime(&self, from: Timestamp, regime: Option<Regime>) -> Stretch {
        match regime {
            Some(regime) => self.stretch(from, regime.as_str(), regime.as_str()),
            None => self.stretch(from, "unknown", "nothing"),
        }
    }

    fn choice(&self, from: Timestamp, choice: ChoiceState) -> Stretch {
        self.stretch(from, choice.as_str(), choice.as_str())
    }

    /// Returns a stretch with the words of a message and of its short form.
    fn stretch(&self, from: Timestamp, class: &'static str, word: &str) -> Stretch {
        let language = self.language;
        Stretch {
            from,
            class,
            short: language.say(&format!("short-{word}"), &fluent_bundle::FluentArgs::new()),
            long: language.say(&format!("long-{word}"), &fluent_bundle::FluentArgs::new()),
        }
    }

    /// Returns the row of a record: for each cut-off, whether a run could have used it.
    fn record(&self, record: &Record, start: Timestamp) -> Row {
        let eligibility = self.registry.view(self.policy, self.now).eligibility(record);
        let before = eligibility.at(start).map(|decision| (start, decision.verdict()));
        let changes = eligibility
            .changes()
            .map(|(at, decision)| (at, decision.verdict()))
            .filter(|(at, _)| start < *at && *at <= self.now);
        let mut verdicts: Vec<(Timestamp, Verdict)> = before.into_iter().chain(changes).collect();
        verdicts.dedup_by_key(|(_, verdict)| *verdict);
        let stretches = verdicts
            .into_iter()
            .map(|(from, verdict)| self.stretch(from, verdict.as_str(), verdict.as_str()))
            .collect();
        let (kind, date) =
            (self.language.kind(record.kind()), self.language.date(record.created_at()));
        Row { title: say!(self.language, "row-record", kind = kind, date = date), stretches }
    }
}

/// Returns a part of a whole in per cent, with two digits.
fn per_cent(part: i64, whole: i64) -> String {
    let hundredths = i128::from(part) * 10_000 / i128::from(whole);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

/// Checks whether a bar has room for a word, also on a narrow screen.
fn has_room(from: Timestamp, until: Timestamp, start: Timestamp, end: Timestamp) -> bool {
    let part = until.as_micros().saturating_sub(from.as_micros());
    part.saturating_mul(10) > end.as_micros().saturating_sub(start.as_micros())
}

fn width(from: Timestamp, until: Timestamp, start: Timestamp, end: Timestamp) -> String {
    let part = until.as_micros().saturating_sub(from.as_micros()).max(0);
    per_cent(part, end.as_micros().saturating_sub(start.as_micros()).max(1))
}
