//! The widening guard: nobody goes from "silence means no" to "silence means yes" unnoticed.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::review::class::list;
use crate::review::diff::{Diff, Move, People};
use crate::values::place::Place;
use crate::values::regime::Regime;

/// Who was widened: a place, or those who do not reside in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Widened {
    /// Residents of a place.
    Place(Place),
    /// Those who moved after a record was created.
    Movers,
    /// Those who resided elsewhere for a while after a record was created.
    Passing,
}

impl fmt::Display for Widened {
    /// The stable code that acknowledges it: `widening:GB`, `widening:movers`, `widening:passing`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(place) => write!(f, "widening:{place}"),
            Self::Movers => f.write_str("widening:movers"),
            Self::Passing => f.write_str("widening:passing"),
        }
    }
}

/// People for whom silence meant no and now means yes, and nobody acknowledged it.
///
/// ```
/// use may_train::review::{Diff, PolicyAt};
/// use may_train::Policy;
///
/// let policy = Policy::from_toml(r#"
/// platform = "acme"
/// purpose = "ai-training"
///
/// [[revisions]]
/// id = "pause"
/// effective = "2024-09-20"
/// opt_out_reaches = "future-runs"
/// residence_at = "both"
/// covers = ["post"]
/// rules = [{ in = ["GB"], regime = "excluded" }, { in = ["*"], regime = "opt-out" }]
///
/// [[revisions]]
/// id = "resume"
/// effective = "2025-11-03"
/// opt_out_reaches = "future-runs"
/// residence_at = "both"
/// covers = ["post"]
/// rules = [{ in = ["*"], regime = "opt-out" }]
/// "#)?;
/// let before = PolicyAt::new(&policy, "2025-11-02".parse()?);
/// let after = PolicyAt::new(&policy, "2025-11-03".parse()?);
/// let diff = Diff::between(before, after);
/// assert_eq!(diff.guard::<&str>(&[]).unwrap_err().to_string(),
///     "silence used to mean no, and now means yes, for GB (from excluded); acknowledge each by its \
///      code: widening:GB");
/// assert!(diff.guard(&["widening:GB"]).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Widening {
    /// With the strictest regime each came from.
    unacknowledged: BTreeMap<String, (Widened, Regime)>,
}

impl Widening {
    /// Who was widened and not acknowledged, by code.
    pub fn unacknowledged(&self) -> impl Iterator<Item = Widened> {
        self.unacknowledged.values().map(|(who, _)| *who)
    }
}

impl fmt::Display for Widening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = |wanted: Regime| -> Vec<String> {
            let of_regime = self.unacknowledged.values().filter(|(_, regime)| *regime == wanted);
            let name = |who: Widened| match who {
                Widened::Place(place) => place.to_string(),
                Widened::Movers => "those who moved".to_owned(),
                Widened::Passing => "those who lived elsewhere for a while".to_owned(),
            };
            of_regime.map(|(who, _)| name(*who)).collect()
        };
        let groups: Vec<String> = Regime::ALL
            .iter()
            .map(|regime| (regime, from(*regime)))
            .filter(|(_, names)| !names.is_empty())
            .map(|(regime, names)| format!("{} (from {regime})", list(&names)))
            .collect();
        let codes: Vec<&String> = self.unacknowledged.keys().collect();
        write!(
            f,
            "silence used to mean no, and now means yes, for {}; acknowledge each by its code: {}",
            groups.join(", "),
            list(&codes)
        )
    }
}

impl std::error::Error for Widening {}

impl Diff {
    /// Everybody for whom silence meant no and now means yes, by code; with the strictest regime
    /// they come from.
    #[must_use]
    pub fn widenings(&self) -> Vec<(Widened, Regime)> {
        self.widened().into_values().collect()
    }

    fn widened(&self) -> BTreeMap<String, (Widened, Regime)> {
        let mut widened: BTreeMap<String, (Widened, Regime)> = BTreeMap::new();
        for moved in self.moves().iter().filter(|moved| moved.is_widening()) {
            let Some(from) = moved.before() else { continue };
            for who in who(moved) {
                let strictest = widened.entry(who.to_string()).or_insert((who, from));
                strictest.1 = strictest.1.min(from);
            }
        }
        widened
    }

    /// Lets the step pass if everybody for whom silence meant no and now means yes is
    /// acknowledged by code: `widening:` and the place, as in `widening:GB` or `widening:US-CA`,
    /// or `widening:movers` and `widening:passing` for people who do not reside in one place.
    ///
    /// The regime alone counts, not whether any data can be used under it yet: otherwise a first
    /// revision could lift an exclusion while it covers nothing, and a second one cover everything.
    ///
    /// What does *not* count as a widening, and is only among the [`changes`](Diff::changes): a new
    /// kind of data where silence meant yes already, a lower age, a wider window, the first revision
    /// of a policy.
    ///
    /// # Errors
    ///
    /// If somebody is not acknowledged; the error names them all.
    pub fn guard<C: AsRef<str>>(&self, acknowledged: &[C]) -> Result<(), Widening> {
        let mut unacknowledged = self.widened();
        unacknowledged.retain(|code, _| acknowledged.iter().all(|known| known.as_ref() != code));
        if unacknowledged.is_empty() { Ok(()) } else { Err(Widening { unacknowledged }) }
    }
}

fn who(moved: &Move) -> Vec<Widened> {
    match moved.people() {
        People::Of(places) => places.iter().map(Widened::Place).collect(),
        People::Movers { .. } => vec![Widened::Movers],
        People::Passing { .. } => vec![Widened::Passing],
    }
}
