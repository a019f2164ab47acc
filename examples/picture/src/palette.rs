//! Colours of Okabe and Ito, which the colour-blind tell apart, each with a hatching of its own, so
//! that a grey print tells them apart too.

use may_train::{ChoiceState, Regime, Verdict};
use svg::node::element::{Circle, Definitions, Path, Pattern, Rectangle};

/// The colour of words.
pub const INK: &str = "#1a1a1a";
/// The colour of words that can be passed over.
pub const FAINT_INK: &str = "#595959";
/// The colour of lines behind the bars.
pub const RULE: &str = "#c4c9cf";

const BLUE: &str = "#0072b2";
const SKY_BLUE: &str = "#56b4e9";
const ORANGE: &str = "#e69f00";
const VERMILLION: &str = "#d55e00";
const GREEN: &str = "#009e73";
const YELLOW: &str = "#f0e442";
const PURPLE: &str = "#cc79a7";

/// How a bar is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    Regime(Regime),
    Verdict(Verdict),
    Choice(ChoiceState),
    Residence,
    /// Nothing is known, or nothing is in force.
    Nothing,
}

/// What is drawn over a colour.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hatch {
    Plain,
    Dots(&'static str),
    Rising(&'static str),
    Crossed(&'static str),
    Upright(&'static str),
}

impl Fill {
    /// Every fill that may have a hatching.
    fn all() -> impl Iterator<Item = Self> {
        let regimes = Regime::ALL.iter().copied().map(Self::Regime);
        let choices = ChoiceState::ALL.iter().copied().map(Self::Choice);
        let verdicts = Verdict::ALL.iter().copied().map(Self::Verdict);
        regimes.chain(choices).chain(verdicts)
    }

    /// The colour, the hatching over it, and the colour of words on it.
    const fn style(self) -> (&'static str, Hatch, &'static str) {
        match self {
            Self::Regime(Regime::Excluded) => (BLUE, Hatch::Plain, "#ffffff"),
            Self::Regime(Regime::OptIn) => (SKY_BLUE, Hatch::Rising("#ffffff"), INK),
            Self::Regime(Regime::OptOut) => (ORANGE, Hatch::Dots("#ffffff"), INK),
            Self::Regime(Regime::NoChoice) => (VERMILLION, Hatch::Crossed("#ffffff"), INK),
            Self::Verdict(Verdict::Eligible) => (GREEN, Hatch::Plain, INK),
            Self::Verdict(Verdict::Ineligible) => ("#e6e6e6", Hatch::Rising("#a6a6a6"), INK),
            Self::Verdict(Verdict::Indeterminate) => ("#ffffff", Hatch::Dots("#8c8c8c"), INK),
            Self::Choice(ChoiceState::OptedOut) => (PURPLE, Hatch::Upright("#ffffff"), INK),
            Self::Choice(ChoiceState::OptedIn | ChoiceState::OptInExpired) => {
                (YELLOW, Hatch::Plain, INK)
            }
            Self::Choice(ChoiceState::Silent) => ("#f5f5f5", Hatch::Plain, INK),
            Self::Residence => ("#dde4ec", Hatch::Plain, INK),
            Self::Nothing => ("#ffffff", Hatch::Plain, FAINT_INK),
        }
    }

    pub const fn colour(self) -> &'static str {
        self.style().0
    }

    pub const fn ink(self) -> &'static str {
        self.style().2
    }

    /// Whether words on it need a plate of plain colour behind them.
    pub const fn is_hatched(self) -> bool {
        !matches!(self.style().1, Hatch::Plain)
    }

    /// The colour of the outline, and its dashes.
    pub const fn outline(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("#8c8c8c", "3 3"),
            Self::Regime(_) | Self::Verdict(_) | Self::Choice(_) | Self::Residence => {
                ("#6b6b6b", "none")
            }
        }
    }

    /// What the attribute `fill` says.
    pub fn paint(self) -> String {
        match (self.name(), self.style().1) {
            (
                Some(name),
                Hatch::Dots(_) | Hatch::Rising(_) | Hatch::Crossed(_) | Hatch::Upright(_),
            ) => {
                format!("url(#{name})")
            }
            (None, _) | (Some(_), Hatch::Plain) => self.colour().to_owned(),
        }
    }

    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Regime(regime) => Some(regime.as_str()),
            Self::Verdict(verdict) => Some(verdict.as_str()),
            Self::Choice(ChoiceState::OptedOut) => Some("opted-out"),
            Self::Choice(
                ChoiceState::OptedIn | ChoiceState::OptInExpired | ChoiceState::Silent,
            )
            | Self::Residence
            | Self::Nothing => None,
        }
    }
}

/// The hatchings, for the head of a picture.
pub fn hatchings() -> Definitions {
    Fill::all().filter_map(hatching).fold(Definitions::new(), Definitions::add)
}

fn hatching(fill: Fill) -> Option<Pattern> {
    let tile = Pattern::new()
        .set("id", fill.name()?)
        .set("width", 8)
        .set("height", 8)
        .set("patternUnits", "userSpaceOnUse")
        .add(Rectangle::new().set("width", 8).set("height", 8).set("fill", fill.colour()));
    let lines = |path: &str, colour: &str, width: f64| {
        let path = Path::new().set("d", path).set("stroke", colour).set("fill", "none");
        path.set("stroke-width", width)
    };
    match fill.style().1 {
        Hatch::Plain => None,
        Hatch::Dots(colour) => Some([(2, 2), (6, 6)].into_iter().fold(tile, |tile, (x, y)| {
            tile.add(Circle::new().set("cx", x).set("cy", y).set("r", 1.1).set("fill", colour))
        })),
        Hatch::Rising(colour) => {
            Some(tile.add(lines("M-2,2 L2,-2 M0,8 L8,0 M6,10 L10,6", colour, 1.3)))
        }
        Hatch::Upright(colour) => Some(tile.add(lines("M4,0 V8", colour, 1.3))),
        Hatch::Crossed(colour) => Some(tile.add(lines("M0,8 L8,0 M0,0 L8,8", colour, 0.8))),
    }
}
