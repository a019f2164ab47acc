//! The picture of a policy over time: places down, time across.

use std::collections::BTreeSet;

use may_train::policy::Status;
use may_train::{DefaultSetting, Policy, Regime, Revision, Timestamp};

use crate::asked::{self, Ruling};
use crate::palette::{FAINT_INK, Fill, INK};
use crate::rows::{self, Row};
use crate::scale::{MICROS_PER_DAY, Scale, later, written};
use crate::sheet::{
    BOLD, Bar, FAINT, Flag, LINE, MARGIN, PLOT_LEFT, PLOT_RIGHT, SIZE, SMALL, Sheet, Side, WIDTH,
    count, room,
};
use crate::words::{width, wrap};

type Failure = Box<dyn std::error::Error>;

/// The height of a bar.
const BAR: f64 = 24.0;
/// Above and below the bars of a row.
const GAP: f64 = 7.0;

/// Draws a policy.
pub fn draw(policy: &Policy) -> Result<String, Failure> {
    let (first, last) = extent(policy).ok_or("no revision was ever in force")?;
    let scale = Scale::around(first, last);
    let rows = rows::rows(policy, scale.until())?;

    let title = policy.title().map_or_else(|| policy.platform().to_string(), str::to_owned);
    let purpose = policy.purpose();
    let description = [
        "Which regime rules where, and since when.".into(),
        format!("Platform {}, purpose {purpose}.", policy.platform()),
    ];
    let mut sheet = Sheet::new(&title, &description);
    sheet.y += 8.0;
    let top = header(&mut sheet, policy, &scale);
    let bottom = top + rows.iter().map(height).sum::<f64>();
    sheet.verticals(asked::in_force(policy).map(|r| scale.x(r.effective())), top, bottom);
    let notes = notes(&rows);
    for row in &rows {
        draw_row(&mut sheet, row, &notes, &scale);
    }
    sheet.axis(&scale, "Time");
    sheet.legend(&regimes(&rows).into_iter().map(regime_entry).collect::<Vec<_>>());
    marks(&mut sheet, policy);
    for (number, ruling) in (1..).zip(&notes) {
        let note = numbered(number, ruling);
        for line in wrap(&note, SMALL, WIDTH - 2.0 * MARGIN) {
            sheet.y += LINE + 4.0;
            sheet.text(MARGIN, sheet.y, FAINT, &line);
        }
    }
    Ok(sheet.finish())
}

/// From the first to the last thing that the picture has to show of a policy; at least so long that
/// what is in force shows.
pub fn extent(policy: &Policy) -> Option<(Timestamp, Timestamp)> {
    let first_in_force = asked::in_force(policy).next()?.effective();
    let instants = policy.revisions().iter().flat_map(|r| [Some(r.effective()), r.announced()]);
    let instants = || instants.clone().flatten();
    let last = instants().max()?.max(later(first_in_force, 60 * MICROS_PER_DAY));
    Some((instants().min()?, last))
}

/// The revisions above the plot, and beneath them a line with the announcements. Gives the top of
/// the bars.
pub fn header(sheet: &mut Sheet, policy: &Policy, scale: &Scale) -> f64 {
    let shown = |r: &&Revision| scale.from() <= r.effective() && r.effective() < scale.until();
    let flag = |r: &Revision| {
        let id = match r.status() {
            Status::InForce => r.id().to_string(),
            Status::Withdrawn => format!("{} (withdrawn)", r.id()),
        };
        Flag { x: scale.x(r.effective()), lines: vec![(id, BOLD)] }
    };
    let flags: Vec<_> = policy.revisions().iter().filter(shown).map(flag).collect();
    let edge = sheet.y + room(&flags);
    sheet.flags(&flags, edge, Side::Above);
    sheet.text(MARGIN, edge - 6.0, FAINT, "Revision");
    let announced = edge + 12.0;
    for revision in policy.revisions().iter().filter(shown) {
        let x = scale.x(revision.effective());
        sheet.line((x, edge), (x, announced + 10.0), FAINT_INK, "none");
        if let Some(at) = revision.announced() {
            sheet.line((scale.x(at), announced), (x, announced), INK, "none");
        }
    }
    for at in policy.revisions().iter().filter(shown).filter_map(Revision::announced) {
        sheet.diamond(scale.x(at), announced);
    }
    sheet.text(MARGIN, announced + 4.0, FAINT, "Announced");
    sheet.y = announced + 14.0;
    sheet.y
}

/// What the marks of the header mean.
pub fn marks(sheet: &mut Sheet, policy: &Policy) {
    sheet.y += 24.0;
    let y = sheet.y;
    sheet.line((MARGIN + 6.0, y - 11.0), (MARGIN + 6.0, y + 3.0), FAINT_INK, "none");
    let pole = "a revision takes effect, under its id";
    sheet.text(MARGIN + 17.0, y, FAINT, pole);
    if policy.revisions().iter().any(|revision| revision.announced().is_some()) {
        let x = MARGIN + 17.0 + width(pole, SMALL) + 24.0;
        sheet.diamond(x, y - 4.0);
        sheet.text(x + 12.0, y, FAINT, "it was announced");
    }
}

/// A regime, and what it offers, in words.
pub fn regime_words(regime: Regime) -> String {
    let setting = match (regime.default_setting(), regime) {
        (DefaultSetting::On, _) => "on by default",
        (DefaultSetting::Off, _) => "off by default",
        (DefaultSetting::NotOffered, Regime::Excluded) => "data is not used",
        (DefaultSetting::NotOffered, Regime::OptIn | Regime::OptOut | Regime::NoChoice) => {
            "data is used"
        }
    };
    format!("{regime}: {setting}")
}

pub fn regime_entry(regime: Regime) -> (Fill, String) {
    (Fill::Regime(regime), regime_words(regime))
}

fn regimes(rows: &[Row]) -> BTreeSet<Regime> {
    let rulings = rows.iter().flat_map(|row| &row.history).flat_map(|(_, rulings)| rulings);
    rulings.map(|ruling| ruling.regime).collect()
}

/// The name of a row, in lines.
fn name(row: &Row) -> Vec<String> {
    wrap(&row.name, BOLD.letters(), PLOT_LEFT - MARGIN - 14.0)
}

/// The most regimes that a row has at one time.
fn lanes(row: &Row) -> usize {
    row.history.iter().map(|(_, rulings)| rulings.len()).max().unwrap_or(1).max(1)
}

fn height(row: &Row) -> f64 {
    let lines = name(row).len() + usize::from(row.size.is_some());
    f64::max(count(lines) * LINE, count(lanes(row)) * BAR) + 2.0 * GAP
}

fn draw_row(sheet: &mut Sheet, row: &Row, notes: &[Ruling], scale: &Scale) {
    let top = sheet.y;
    sheet.line((MARGIN, top), (PLOT_RIGHT, top), "#e3e6ea", "none");
    let mut y = top + GAP + SIZE;
    for line in name(row) {
        sheet.text(MARGIN, y, BOLD, &line);
        y += LINE;
    }
    if let Some(size) = &row.size {
        sheet.text(MARGIN, y, FAINT, size);
    }
    let lane = (height(row) - 2.0 * GAP) / count(lanes(row));
    let ends = row.history.iter().skip(1).map(|(at, _)| *at).chain([scale.until()]);
    for ((from, rulings), until) in row.history.iter().zip(ends) {
        // Where there are fewer regimes than lanes, the first has the room of the others too.
        let spare = lanes(row) - rulings.len();
        let mut top = top + GAP;
        for (number, ruling) in rulings.iter().enumerate() {
            let lanes = if number == 0 { 1 + spare } else { 1 };
            let height = lane * count(lanes);
            sheet.bar(&Bar {
                from: scale.x(*from),
                until: scale.x(until),
                top,
                height,
                fill: Fill::Regime(ruling.regime),
                labels: labels(ruling, notes).into(),
                tooltip: Some(tooltip(row, ruling, *from)),
            });
            top += height;
        }
    }
    sheet.y += height(row);
}

/// The regimes that are only for some, in the order in which they come up.
fn notes(rows: &[Row]) -> Vec<Ruling> {
    let mut notes: Vec<Ruling> = Vec::new();
    for (_, rulings) in rows.iter().flat_map(|row| &row.history) {
        for ruling in rulings.iter().filter(|ruling| ruling.only.is_some()) {
            if !notes.contains(ruling) {
                notes.push(ruling.clone());
            }
        }
    }
    notes
}

/// A regime that is only for some, and for whom.
fn numbered(number: usize, ruling: &Ruling) -> String {
    let only = ruling.only.as_deref().unwrap_or("everybody");
    format!("({number}) {}, only for: {only}", ruling.regime)
}

/// What may be written on a bar, the longest first.
fn labels(ruling: &Ruling, notes: &[Ruling]) -> [String; 2] {
    let regime = ruling.regime;
    match (1..).zip(notes).find(|(_, note)| *note == ruling) {
        Some((number, _)) => [numbered(number, ruling), format!("({number}) {regime}")],
        None => [regime_words(regime), regime.to_string()],
    }
}

fn tooltip(row: &Row, ruling: &Ruling, from: Timestamp) -> String {
    let only = ruling.only.as_ref().map_or_else(String::new, |only| format!(" for {only}"));
    format!("{}: {}{only}, since {}", row.name, ruling.regime, written(from))
}
