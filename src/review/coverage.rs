//! Coverage: which regime rules where, for every country, at an instant and over time.

mod table;

use serde::Serialize;

use crate::people::timeline::Timeline;
use crate::policy::distinctions::turning_instants;
use crate::policy::gazetteer::Confidence;
use crate::policy::policy::Policy;
use crate::policy::revision::Revision;
use crate::policy::rule::Rule;
use crate::review::block::{blocks, cells};
use crate::review::class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Origin, PolicyAt, Scope,
};
use crate::review::space::{Cell, Gaps, Journey, Space};
use crate::review::treatment::Treatment;
use crate::values::id::RevisionId;
use crate::values::place::{Place, Subdivision};
use crate::values::time::Timestamp;

/// Which regime rules where, at an instant: every country, and every subdivision that a rule names.
///
/// A place has one [`Line`] for each way in which its people or their data are treated: several,
/// where kinds, audiences or the creation of records make a difference. Together the lines of a
/// place speak of everything, each of it once. Nothing of this is read off the rules: one adult who
/// opted in is decided for each class, and the treatment is what the decision found.
///
/// Prints as a table, without the lines of kinds that are not covered: what no line names is not
/// used. Above it stands how sure the sources are, and what the policy does not model.
/// [`Coverage::to_csv`] writes every line and nothing else, serde all of it.
///
/// ```
/// use may_train::review::Coverage;
/// use may_train::{Policy, Regime};
///
/// let policy = Policy::shipped("linkedin")?;
/// let coverage = Coverage::at(&policy, "2024-12-01".parse()?);
/// assert_eq!(coverage.rows().len(), 250);
///
/// let regimes = |place: &str| -> Result<Vec<_>, may_train::ValueError> {
///     Ok(coverage.treatments(place.parse()?).filter_map(|t| t.regime()).collect())
/// };
/// assert_eq!(regimes("RE")?, [Regime::Excluded]); // France overseas is in the EEA
/// // Canada's posts are used unless one opts out; other kinds of data are under the same rule, but
/// // not covered.
/// assert_eq!(regimes("CA")?, [Regime::OptOut, Regime::OptOut]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    #[serde(flatten)]
    origin: Origin,
    confidence: Option<Confidence>,
    rules_of_other_confidence: Vec<RuleConfidence>,
    not_modelled: Vec<String>,
    rows: Vec<Row>,
}

/// How sure the sources make one rule, where its revision's confidence is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RuleConfidence {
    rule: usize,
    confidence: Confidence,
}

impl RuleConfidence {
    /// The number of the rule in its revision, counted from 1.
    #[must_use]
    pub const fn rule(&self) -> usize {
        self.rule
    }

    /// How sure the sources make it.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }
}

/// A place, and how it is covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    place: Place,
    name: &'static str,
    lines: Vec<Line>,
}

/// Some people and data of a place, and how they are treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    kinds: Scope<KindClass>,
    audiences: Scope<AudienceClass>,
    created: Scope<CreatedClass>,
    #[serde(flatten)]
    treatment: Treatment,
}

impl Line {
    /// The kinds of data.
    #[must_use]
    pub const fn kinds(&self) -> &Scope<KindClass> {
        &self.kinds
    }

    /// The audiences.
    #[must_use]
    pub const fn audiences(&self) -> &Scope<AudienceClass> {
        &self.audiences
    }

    /// When the data was created.
    #[must_use]
    pub const fn created(&self) -> &Scope<CreatedClass> {
        &self.created
    }

    /// How they are treated.
    #[must_use]
    pub const fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// Whether people are excluded.
    #[must_use]
    pub fn is_excluded(&self) -> bool {
        self.treatment.regime() == Some(crate::values::regime::Regime::Excluded)
    }
}

impl Row {
    /// The country, without the subdivisions that have a row of their own; or a subdivision.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// How its people and their data are treated.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

impl Coverage {
    /// The coverage of a policy at an instant. Where no revision is in force, no place has a regime.
    #[must_use]
    pub fn at(policy: &Policy, instant: Timestamp) -> Self {
        let side = PolicyAt::new(policy, instant);
        let space = Space::of(&[side], Gaps::Without);
        let mut rows: Vec<Row> = Vec::new();
        for class in &space.places {
            let lines = lines(side, &space, class.representative);
            rows.extend(class.members.iter().map(|place| Row {
                place: *place,
                name: place.country().name(),
                lines: lines.clone(),
            }));
        }
        rows.sort_by_cached_key(|row| row.place.to_string());
        let confidence = side.revision().and_then(Revision::confidence);
        let rules = side.revision().map_or(&[][..], Revision::rules);
        let other = |rule: &Rule| {
            let own = rule.confidence().filter(|own| Some(*own) != confidence)?;
            Some(RuleConfidence { rule: rule.number(), confidence: own })
        };
        Self {
            origin: Origin::of(side),
            confidence,
            rules_of_other_confidence: rules.iter().filter_map(other).collect(),
            not_modelled: policy.not_modelled().to_vec(),
            rows,
        }
    }

    /// How sure the sources make the revision in force; `None` where it does not say, or none is in
    /// force.
    #[must_use]
    pub const fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// The rules of the revision in force of which the sources are more, or less, sure.
    #[must_use]
    pub fn rules_of_other_confidence(&self) -> &[RuleConfidence] {
        &self.rules_of_other_confidence
    }

    /// What the policy does not model, so that no row speaks of it.
    #[must_use]
    pub fn not_modelled(&self) -> &[String] {
        &self.not_modelled
    }

    /// Every country and every subdivision that a rule names, by code. Of a country of which one is
    /// named, the code `0`, as in `US-0`, stands for the rest, and the country for residents of whom
    /// no more is known.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How a place is covered; a subdivision that no rule names, as the rest of its country.
    #[must_use]
    pub fn lines(&self, place: Place) -> &[Line] {
        let of = |place| self.rows.iter().find(|row| row.place == place);
        let rest = Subdivision::rest_of(place.country()).into();
        let row = of(place).or_else(|| of(rest)).or_else(|| of(place.country().into()));
        row.map_or(&[], Row::lines)
    }

    /// How the people and the data of a place are treated: one treatment a line.
    pub fn treatments(&self, place: Place) -> impl Iterator<Item = Treatment> {
        self.lines(place).iter().map(Line::treatment)
    }

    /// The revision in force, if there is one.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        self.origin.revision()
    }

    /// The instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.origin.as_of()
    }
}

/// How the people and the data of a place are treated.
fn lines(side: PolicyAt<'_>, space: &Space, place: Place) -> Vec<Line> {
    let treated = |[kind, audience, created]: [usize; 3]| {
        let cell = Cell {
            journey: Journey::Stayed(place),
            kind: &space.kinds.get(kind)?.representative,
            audience: space.audiences.get(audience)?.representative.as_ref(),
            age: AgeClass::Unknown,
            created: *space.created.get(created)?,
            choice: ChoiceClass::Silent,
        };
        Some(([kind, audience, created], Treatment::of(side, cell)?))
    };
    let sizes = [space.kinds.len(), space.audiences.len(), space.created.len()];
    blocks(cells(sizes).filter_map(treated))
        .into_iter()
        .map(|block| {
            let [kinds, audiences, created] = &block.sides;
            Line {
                kinds: space.kind_scope(kinds),
                audiences: space.audience_scope(audiences),
                created: space.created_scope(created),
                treatment: block.value,
            }
        })
        .collect()
}

/// How a place was covered over time: every instant at which that changed, with the lines from then
/// on. Nothing before the first revision took effect.
///
/// It changes where a revision says so, where the place enters or leaves a region that a rule names,
/// and where a span of creation begins that rules tell apart; a new revision that treats the place
/// as the old one did is no change, unless it names other kinds, audiences or ages, which its lines
/// then tell apart.
///
/// ```
/// use may_train::review::regime_changes;
/// use may_train::{Policy, Regime};
///
/// let policy = Policy::shipped("linkedin")?;
/// let changes = regime_changes(&policy, "HK".parse()?);
/// let regimes: Vec<_> = changes
///     .changes()
///     .map(|(at, lines)| (at.to_string(), lines[0].treatment().regime().unwrap()))
///     .collect();
/// assert_eq!(regimes, [
///     ("2024-09-18".to_owned(), Regime::OptOut),
///     ("2024-10-11".to_owned(), Regime::Excluded),
///     ("2025-11-03".to_owned(), Regime::OptOut),
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn regime_changes(policy: &Policy, place: Place) -> Timeline<Vec<Line>> {
    let mut changes: Vec<(Timestamp, Vec<Line>)> = Vec::new();
    for instant in turning_instants(policy) {
        let side = PolicyAt::new(policy, instant);
        if side.revision().is_none() {
            continue;
        }
        let space = Space::of(&[side], Gaps::Without);
        let lines = lines(side, &space, place);
        if changes.last().is_none_or(|(_, before)| *before != lines) {
            changes.push((instant, lines));
        }
    }
    Timeline::from_ascending(changes.into_iter())
}
