//! The picture of one subject: residence, choice and regime, and beneath them what may be trained on.

use std::collections::BTreeSet;

use may_train::{
    ChoiceState, Entry, Grounds, Kind, Place, Policy, Record, RecordId, Regime, Registry, Subject,
    Timestamp, Verdict,
};

use crate::asked::{self, Steps};
use crate::palette::Fill;
use crate::policy::{extent, header, marks, regime_entry};
use crate::scale::{MICROS_PER_DAY, Scale, later, written};
use crate::sheet::{
    BOLD, Bar, FAINT, Flag, LINE, MARGIN, PLOT_LEFT, PLOT_RIGHT, SIZE, SMALL, Sheet, Side, Style,
    room,
};
use crate::words::{place_name, wrap};

type Failure = Box<dyn std::error::Error>;

const BAR: f64 = 26.0;

/// Whom to draw, and which of their records.
pub struct Sitting<'a> {
    pub registry: &'a Registry,
    pub subject: &'a Subject,
    pub policy: &'a Policy,
    /// What the records are called in decisions, and their kind.
    pub record: RecordId,
    pub kind: Kind,
    /// When the records were created.
    pub created: &'a [Timestamp],
    /// Where to stop, shortly after this; else it is shortly after the last change.
    pub until: Option<Timestamp>,
    pub title: Option<&'a str>,
}

/// A part of a band.
struct Part {
    fill: Fill,
    labels: Vec<String>,
    tooltip: Option<String>,
}

impl Sitting<'_> {
    /// Draws the subject.
    pub fn draw(&self) -> Result<String, Failure> {
        let scale = self.scale()?;
        let instants = self.instants(&scale);
        let asking = asked::policy_for_asking(self.policy)?;
        let policy = self.policy;
        // Asked with a record of that very instant: nothing but that instant is sampled.
        let choice = |at| asked::choice_of(self.registry, &asking, &self.record(at), at);
        let choices = asked::steps(&instants, scale.until(), choice);
        let regime = |at| {
            let in_force = policy.in_force(at);
            in_force.map(|_| asked::regime_of(self.registry, policy, &self.record(at), at))
        };
        let regimes = asked::steps(&instants, scale.until(), regime);

        let whose = format!("Subject {}, platform {}", self.subject.id(), policy.platform());
        let title = self.title.unwrap_or(&whose);
        let description = [
            format!("May a {} of this person enter a training set with that cut-off?", self.kind),
            format!("{whose}, purpose {}.", policy.purpose()),
        ];
        let mut sheet = Sheet::new(title, &description);
        sheet.y += 8.0;
        let top = header(&mut sheet, policy, &scale);
        let bottom = top + 3.0 * (BAR + 10.0) - 10.0;
        let effective = asked::in_force(policy).map(may_train::Revision::effective);
        let within = effective.filter(|t| scale.from() <= *t && *t < scale.until());
        sheet.verticals(within.map(|t| scale.x(t)), top, bottom);
        band(&mut sheet, &scale, "Residence", &self.residences(&scale), |place| match place {
            Some(place) => residence(*place),
            None => nothing(&["unknown"]),
        });
        band(&mut sheet, &scale, "Choice", &choices, |choice| choice_part(*choice));
        band(&mut sheet, &scale, "Regime there", &regimes, |regime| match regime {
            Some(Some(regime)) => regime_part(*regime),
            Some(None) => nothing(&["unknown"]),
            None => nothing(&["no policy in force", "none"]),
        });
        let mut verdicts = BTreeSet::new();
        for created in self.created {
            verdicts.extend(self.eligibility(&mut sheet, &scale, &instants, *created));
        }
        sheet.y += 4.0;
        sheet.axis(&scale, "Cut-off");
        let mut legend: Vec<_> = seen(&choices)
            .map(|choice| (Fill::Choice(choice), choice_words(choice).to_owned()))
            .collect();
        legend.extend(seen(&regimes).flatten().map(regime_entry));
        legend.extend(verdicts.into_iter().map(|v| (Fill::Verdict(v), verdict_words(v).into())));
        sheet.legend(&legend);
        marks(&mut sheet, policy);
        Ok(sheet.finish())
    }

    /// A record of the subject.
    fn record(&self, created: Timestamp) -> Record {
        let record = Record::new(self.record.clone(), self.kind.clone(), created);
        record.with_subject(self.subject.id().clone())
    }

    /// From the first thing that the policy or the subject did to the last; what the subject did
    /// before the policy began is where the bands begin.
    fn scale(&self) -> Result<Scale, Failure> {
        let (first, last) = extent(self.policy).ok_or("no revision was ever in force")?;
        let last = self.facts().into_iter().max().map_or(last, |fact| fact.max(last));
        Ok(Scale::around(first, self.until.map_or(last, |until| until.clamp(first, last))))
    }

    /// Every instant at which something of the subject or of a record changes.
    fn facts(&self) -> BTreeSet<Timestamp> {
        let subject = self.subject;
        let mut facts: BTreeSet<_> = self.created.iter().copied().collect();
        facts.extend(subject.residences().iter().map(Entry::at));
        facts.extend(subject.audiences().iter().map(Entry::at));
        facts.extend(subject.choices().iter().map(|(_, choice)| choice.at()));
        facts.extend(subject.erasures().iter().map(Entry::at));
        let spans = subject.restrictions().iter().map(may_train::Restriction::span);
        facts.extend(spans.flat_map(|span| [Some(span.start()), span.end()]).flatten());
        facts.extend(self.expiries());
        facts
    }

    /// When an opt-in can be too old, under whichever rule.
    fn expiries(&self) -> impl Iterator<Item = Timestamp> {
        let rules = self.policy.revisions().iter().flat_map(may_train::Revision::rules);
        let lifetimes = rules.filter_map(|rule| rule.terms().opt_in_lifetime_days());
        lifetimes.flat_map(|days| {
            let choices = self.subject.choices().iter();
            choices.map(move |(_, choice)| later(choice.at(), i64::from(days) * MICROS_PER_DAY))
        })
    }

    /// Every instant on the axis at which something changes, and its start.
    fn instants(&self, scale: &Scale) -> BTreeSet<Timestamp> {
        let mut instants = self.facts();
        instants.extend(asked::instants(self.policy));
        instants.insert(scale.from());
        instants.range(scale.from()..scale.until()).copied().collect()
    }

    fn residences(&self, scale: &Scale) -> Steps<Option<Place>> {
        let timeline = self.subject.residences().known_at(None);
        let at = |t| match timeline.at(t) {
            Some([entry]) => *entry.value(),
            Some(_) | None => None,
        };
        asked::steps(&self.instants(scale), scale.until(), at)
    }

    /// The band of one record over the cut-off, with the grounds at each change beneath it. Gives
    /// the verdicts that came up.
    fn eligibility(
        &self,
        sheet: &mut Sheet,
        scale: &Scale,
        instants: &BTreeSet<Timestamp>,
        created: Timestamp,
    ) -> BTreeSet<Verdict> {
        let record = self.record(created);
        let grounds = |as_of| self.registry.view(self.policy, as_of).decide(&record).grounds();
        let steps = asked::steps(instants, scale.until(), grounds);

        sheet.y += 6.0;
        let top = sheet.y;
        sheet.line((MARGIN, top), (PLOT_RIGHT, top), "#8c8c8c", "none");
        sheet.y += 10.0;
        let name = format!("A {} of {}", self.kind, written(created));
        let mut y = sheet.y + SIZE;
        for line in wrap(&name, BOLD.letters(), PLOT_LEFT - MARGIN - 14.0) {
            sheet.text(MARGIN, y, BOLD, &line);
            y += LINE;
        }
        let place = match self.subject.residences().in_force(created, None) {
            [entry] => *entry.value(),
            _ => None,
        };
        let place = place.map_or_else(
            || "created nobody knows where".into(),
            |place| format!("created in {}", place_name(place)),
        );
        for line in wrap(&place, SMALL, PLOT_LEFT - MARGIN - 14.0) {
            sheet.text(MARGIN, y, FAINT, &line);
            y += LINE;
        }
        bars(sheet, scale, &steps, |at, grounds| {
            verdict_part(grounds.verdict(), {
                let decision = self.registry.view(self.policy, at).decide(&record);
                decision.explanation().to_string()
            })
        });
        let flags: Vec<_> =
            (0..).zip(&steps).map(|(number, step)| flag(scale, number, step)).collect();
        let edge = sheet.y + BAR;
        sheet.flags(&flags, edge, Side::Below);
        sheet.y = (edge + room(&flags)).max(y) + 8.0;
        steps.iter().map(|(_, grounds)| grounds.verdict()).collect()
    }
}

/// The values of a band, each once.
fn seen<T: Copy + Ord>(steps: &Steps<Option<T>>) -> impl Iterator<Item = T> + use<T> {
    let values: BTreeSet<T> = steps.iter().filter_map(|(_, value)| *value).collect();
    values.into_iter()
}

/// What stands from a change on.
fn flag(scale: &Scale, number: u32, (at, grounds): &(Timestamp, Grounds)) -> Flag {
    let when = match number {
        0 => "at first".into(),
        _ => format!("from {}", written(*at)),
    };
    let plain = Style { colour: crate::palette::INK, ..FAINT };
    let mut lines = vec![(when, FAINT)];
    lines.extend(grounds.iter().map(|ground| (ground.to_string(), plain)));
    if grounds.is_empty() {
        lines.push(("nothing stands against it".into(), plain));
    }
    Flag { x: scale.x(*at), lines }
}

/// A named band.
fn band<T>(
    sheet: &mut Sheet,
    scale: &Scale,
    name: &str,
    steps: &Steps<T>,
    part: impl Fn(&T) -> Part,
) {
    sheet.text(MARGIN, sheet.y + BAR / 2.0 + 4.5, BOLD, name);
    bars(sheet, scale, steps, |_, value| part(value));
    sheet.y += BAR + 10.0;
}

/// The bars of a band.
fn bars<T>(
    sheet: &mut Sheet,
    scale: &Scale,
    steps: &Steps<T>,
    part: impl Fn(Timestamp, &T) -> Part,
) {
    let ends = steps.iter().skip(1).map(|(at, _)| *at).chain([scale.until()]);
    for ((from, value), until) in steps.iter().zip(ends) {
        let Part { fill, labels, tooltip } = part(*from, value);
        let (from, until, top) = (scale.x(*from), scale.x(until), sheet.y);
        sheet.bar(&Bar { from, until, top, height: BAR, fill, labels, tooltip });
    }
}

fn nothing(labels: &[&str]) -> Part {
    let labels = labels.iter().copied().map(str::to_owned).collect();
    Part { fill: Fill::Nothing, labels, tooltip: None }
}

fn residence(place: Place) -> Part {
    let labels = vec![place_name(place), place.to_string()];
    Part { fill: Fill::Residence, labels, tooltip: None }
}

fn choice_part(choice: Option<ChoiceState>) -> Part {
    match choice {
        None => nothing(&["unknown"]),
        Some(choice) => {
            let labels = vec![choice_words(choice).into()];
            Part { fill: Fill::Choice(choice), labels, tooltip: None }
        }
    }
}

const fn choice_words(choice: ChoiceState) -> &'static str {
    match choice {
        ChoiceState::OptedOut => "opted out",
        ChoiceState::OptedIn | ChoiceState::OptInExpired => "opted in",
        ChoiceState::Silent => "silent",
    }
}

fn regime_part(regime: Regime) -> Part {
    let (fill, words) = regime_entry(regime);
    Part { fill, labels: vec![words, regime.to_string()], tooltip: None }
}

fn verdict_part(verdict: Verdict, explanation: String) -> Part {
    let fill = Fill::Verdict(verdict);
    Part { fill, labels: vec![verdict.to_string()], tooltip: Some(explanation) }
}

const fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Eligible => "eligible: may enter",
        Verdict::Ineligible => "ineligible",
        Verdict::Indeterminate => "indeterminate: facts are missing",
    }
}
