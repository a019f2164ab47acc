//! The sheet that is drawn on: bars, words, flags, the time axis, the legend.

use std::fmt::Write as _;

use svg::Document;
use svg::node::element::{Description, Group, Line, Path, Rectangle, Text, Title};

use crate::palette::{self, FAINT_INK, Fill, INK, RULE};
use crate::scale::Scale;
use crate::words::{self, wrap};

pub const WIDTH: f64 = 1000.0;
pub const MARGIN: f64 = 24.0;
pub const PLOT_LEFT: f64 = 216.0;
pub const PLOT_RIGHT: f64 = WIDTH - MARGIN;
/// The size of words.
pub const SIZE: f64 = 13.0;
pub const SMALL: f64 = 12.0;
/// From one line of words to the next.
pub const LINE: f64 = 16.0;

const FONTS: &str = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
/// The point of a bar that goes on beyond the picture.
const POINT: f64 = 9.0;

/// A picture in the making.
pub struct Sheet {
    drawn: Group,
    /// Down to where it is drawn on.
    pub y: f64,
    title: String,
    description: String,
}

/// How words look.
#[derive(Clone, Copy)]
pub struct Style {
    pub size: f64,
    pub colour: &'static str,
    pub weight: Weight,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

pub const PLAIN: Style = Style { size: SIZE, colour: INK, weight: Weight::Regular };
pub const BOLD: Style = Style { weight: Weight::Bold, ..PLAIN };
pub const FAINT: Style = Style { size: SMALL, colour: FAINT_INK, weight: Weight::Regular };

impl Style {
    /// The size of regular letters that are as wide.
    pub fn letters(self) -> f64 {
        match self.weight {
            Weight::Regular => self.size,
            Weight::Bold => self.size * words::BOLD,
        }
    }
}

/// A span of time in one colour.
pub struct Bar {
    pub from: f64,
    pub until: f64,
    pub top: f64,
    pub height: f64,
    pub fill: Fill,
    /// The first of these that fits is written on it.
    pub labels: Vec<String>,
    /// What a browser tells of it.
    pub tooltip: Option<String>,
}

/// Words on a pole that stands at an instant.
pub struct Flag {
    pub x: f64,
    pub lines: Vec<(String, Style)>,
}

/// On which side of the bars flags are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

fn rounded(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

/// A number of things, as a factor of their size.
#[allow(clippy::cast_precision_loss, reason = "a picture has fewer parts than that")]
pub const fn count(things: usize) -> f64 {
    things as f64
}

fn words_at(x: f64, y: f64, style: Style, words: &str) -> Text {
    let text = Text::new(words)
        .set("x", rounded(x))
        .set("y", rounded(y))
        .set("font-size", style.size)
        .set("fill", style.colour);
    match style.weight {
        Weight::Regular => text,
        Weight::Bold => text.set("font-weight", "bold"),
    }
}

impl Sheet {
    /// A sheet with its head: a title and sentences on what the picture shows.
    pub fn new(title: &str, description: &[String]) -> Self {
        let mut sheet = Self {
            drawn: Group::new(),
            y: MARGIN + 18.0,
            title: title.to_owned(),
            description: description.join(" "),
        };
        let style = Style { size: 20.0, ..BOLD };
        for line in wrap(title, style.letters(), WIDTH - 2.0 * MARGIN) {
            sheet.text(MARGIN, sheet.y, style, &line);
            sheet.y += 25.0;
        }
        let most = WIDTH - 2.0 * MARGIN;
        for line in description.iter().flat_map(|sentence| wrap(sentence, SIZE, most)) {
            sheet.text(MARGIN, sheet.y, Style { colour: FAINT_INK, ..PLAIN }, &line);
            sheet.y += LINE + 2.0;
        }
        sheet
    }

    fn draw(&mut self, node: impl Into<Box<dyn svg::Node>>) {
        let drawn = std::mem::take(&mut self.drawn);
        self.drawn = drawn.add(node);
    }

    /// Words that start at a place.
    pub fn text(&mut self, x: f64, y: f64, style: Style, words: &str) {
        self.draw(words_at(x, y, style, words));
    }

    /// A line behind or between the bars.
    pub fn line(&mut self, from: (f64, f64), until: (f64, f64), colour: &str, dashes: &str) {
        let line = Line::new()
            .set("x1", rounded(from.0))
            .set("y1", rounded(from.1))
            .set("x2", rounded(until.0))
            .set("y2", rounded(until.1))
            .set("stroke", colour)
            .set("stroke-dasharray", dashes);
        self.draw(line);
    }

    /// An announcement: a small diamond.
    pub fn diamond(&mut self, x: f64, y: f64) {
        let d = format!("M{:.1},{:.1} l5,5 l-5,5 l-5,-5 z", x, y - 5.0);
        self.draw(Path::new().set("d", d).set("fill", "#ffffff").set("stroke", INK));
    }

    pub fn bar(&mut self, bar: &Bar) {
        let Bar { from, until, top, height, fill, .. } = *bar;
        let mut d = format!("M{from:.1},{top:.1} ");
        if until < PLOT_RIGHT - 0.05 {
            let _ = write!(d, "H{until:.1} v{height:.1} ");
        } else {
            let half = height / 2.0;
            let shoulder = (until - POINT).max(from);
            let _ = write!(d, "H{shoulder:.1} l{POINT:.1},{half:.1} l-{POINT:.1},{half:.1} ");
        }
        let _ = write!(d, "H{from:.1} z");
        let (outline, dashes) = fill.outline();
        let shape = Path::new()
            .set("d", d)
            .set("fill", fill.paint())
            .set("stroke", outline)
            .set("stroke-width", 0.8)
            .set("stroke-dasharray", dashes);
        match &bar.tooltip {
            Some(tooltip) => self.draw(shape.add(Title::new(tooltip.as_str()))),
            None => self.draw(shape),
        }
        let room = until - from - 2.0 * POINT;
        let width = |label: &String| words::width(label, SMALL * words::BOLD);
        if let Some(label) = bar.labels.iter().find(|label| width(label) <= room) {
            self.label(from + POINT, top + height / 2.0, fill, label);
        }
    }

    /// Words on a bar; where it is hatched, with the plain colour around each letter.
    fn label(&mut self, x: f64, middle: f64, fill: Fill, label: &str) {
        let style = Style { size: SMALL, colour: fill.ink(), weight: Weight::Bold };
        let mut text = words_at(x, middle + 4.2, style, label);
        if fill.is_hatched() {
            text = text
                .set("paint-order", "stroke")
                .set("stroke", fill.colour())
                .set("stroke-width", 6)
                .set("stroke-linejoin", "round");
        }
        self.draw(text);
    }

    /// Draws flags, by their instants, along an edge. A flag whose words would
    /// run over the poles to the right of it has a longer pole, so that its words pass beyond them.
    pub fn flags(&mut self, flags: &[Flag], edge: f64, side: Side) {
        for (flag, step) in flags.iter().zip(staircase(flags)) {
            let height = flag.height();
            let (end, first) = match side {
                Side::Above => (edge - step - height, edge - step - height + SMALL),
                Side::Below => (edge + step + height - 3.0, edge + step + SMALL),
            };
            self.line((flag.x, edge), (flag.x, end), FAINT_INK, "none");
            for (number, (words, style)) in flag.lines.iter().enumerate() {
                let (x, y) = (flag.x + 5.0, first + count(number) * LINE);
                let words = words::shorten(words, style.letters(), WIDTH - 4.0 - x);
                self.text(x, y, *style, &words);
            }
        }
    }

    /// The months under the plot, a line at each, and what the axis is.
    pub fn axis(&mut self, scale: &Scale, name: &str) {
        let y = self.y;
        self.line((PLOT_LEFT, y), (PLOT_RIGHT, y), FAINT_INK, "none");
        self.text(MARGIN, y + 18.0, FAINT, name);
        let ticks = scale.ticks();
        for (number, tick) in ticks.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|before| ticks.get(before));
            let name = tick.name(before);
            let x = scale.x(tick.at);
            // A month whose name would run out of the picture is not named.
            if x + words::width(&name, SMALL) < WIDTH - 4.0 {
                self.line((x, y), (x, y + 5.0), FAINT_INK, "none");
                self.text(x - 2.0, y + 18.0, FAINT, &name);
            }
        }
        self.y += 18.0;
    }

    /// What the colours mean.
    pub fn legend(&mut self, entries: &[(Fill, String)]) {
        let (mut x, swatch) = (MARGIN, 34.0);
        self.y += 30.0;
        for (fill, meaning) in entries {
            let width = swatch + 7.0 + words::width(meaning, SMALL) + 18.0;
            if x + width > WIDTH - MARGIN {
                x = MARGIN;
                self.y += 24.0;
            }
            let (from, top) = (x, self.y - 11.0);
            self.bar(&Bar {
                from,
                until: from + swatch,
                top,
                height: 15.0,
                fill: *fill,
                labels: Vec::new(),
                tooltip: None,
            });
            self.text(x + swatch + 7.0, self.y + 1.0, Style { colour: INK, ..FAINT }, meaning);
            x += width;
        }
    }

    /// The whole picture.
    pub fn finish(self) -> String {
        let height = (self.y + MARGIN).round();
        let background = Rectangle::new()
            .set("width", WIDTH)
            .set("height", height)
            .set("rx", 6)
            .set("fill", "#ffffff");
        let document = Document::new()
            .set("viewBox", (0, 0, WIDTH, height))
            .set("width", WIDTH)
            .set("height", height)
            .set("role", "img")
            .set("font-family", FONTS)
            .add(Title::new(self.title))
            .add(Description::new().add(svg::node::Text::new(self.description)))
            .add(palette::hatchings())
            .add(background)
            .add(self.drawn);
        format!("{document}\n")
    }

    /// Vertical lines behind the bars, from one height to another.
    pub fn verticals(&mut self, xs: impl IntoIterator<Item = f64>, top: f64, bottom: f64) {
        for x in xs {
            self.line((x, top), (x, bottom), RULE, "none");
        }
    }
}

impl Flag {
    fn width(&self) -> f64 {
        let width = |(words, style): &(String, Style)| words::width(words, style.letters());
        self.lines.iter().map(width).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        4.0 + count(self.lines.len()) * LINE
    }
}

/// How much room flags take.
pub fn room(flags: &[Flag]) -> f64 {
    let far = flags.iter().zip(staircase(flags)).map(|(flag, step)| step + flag.height());
    far.fold(0.0, f64::max)
}

/// How far from the edge the words of each flag are, for flags ascending by place.
fn staircase(flags: &[Flag]) -> Vec<f64> {
    let mut steps: Vec<(f64, f64, f64)> = Vec::with_capacity(flags.len());
    for flag in flags.iter().rev() {
        let end = flag.x + flag.width() + 12.0;
        let passed = steps.iter().filter(|(x, _, _)| *x < end);
        let step = passed.map(|(_, step, height)| step + height).fold(0.0, f64::max);
        steps.push((flag.x, step, flag.height()));
    }
    steps.into_iter().rev().map(|(_, step, _)| step).collect()
}
