//! Coverage: the regime in force in every country, at an instant and over time.

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

/// A table of the regimes in force at an instant, for every country and every subdivision that a
/// rule names.
///
/// A place has one [`Line`] for each way in which the policy treats its people or their data. It
/// has several lines if kinds, audiences or creation times make a difference. The lines of a place
/// are disjoint, and together they cover everything.
///
/// The table is not read from the rules. For each class, the crate decides about one adult who has
/// opted in, and the [`Treatment`] is the result.
///
/// Prints as a table, without the lines of kinds that are not covered: a kind that no line names is
/// not used. The confidence in the sources, and what the policy does not model, stand above it.
/// [`Coverage::to_csv`] writes every line and nothing else; serde writes everything.
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

/// The confidence in one rule, if it differs from the confidence in its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RuleConfidence {
    rule: usize,
    confidence: Confidence,
}

impl RuleConfidence {
    /// Returns the number of the rule in its revision, counted from 1.
    #[must_use]
    pub const fn rule(&self) -> usize {
        self.rule
    }

    /// Returns the confidence that the sources give for the rule.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }
}

/// A place with its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    place: Place,
    name: &'static str,
    lines: Vec<Line>,
}

/// A class of people and data of a place, with their treatment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    kinds: Scope<KindClass>,
    audiences: Scope<AudienceClass>,
    created: Scope<CreatedClass>,
    #[serde(flatten)]
    treatment: Treatment,
}

impl Line {
    /// Returns the kinds of data.
    #[must_use]
    pub const fn kinds(&self) -> &Scope<KindClass> {
        &self.kinds
    }

    /// Returns the audiences.
    #[must_use]
    pub const fn audiences(&self) -> &Scope<AudienceClass> {
        &self.audiences
    }

    /// Returns the spans of creation times.
    #[must_use]
    pub const fn created(&self) -> &Scope<CreatedClass> {
        &self.created
    }

    /// Returns the treatment.
    #[must_use]
    pub const fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// Returns whether the regime is `excluded`.
    #[must_use]
    pub fn is_excluded(&self) -> bool {
        self.treatment.regime() == Some(crate::values::regime::Regime::Excluded)
    }
}

impl Row {
    /// Returns the place: a subdivision, or a country without the subdivisions that have a row of
    /// their own.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Returns the lines of the place.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

impl Coverage {
    /// Returns the coverage of a policy at an instant. If no revision is in force, no place has a
    /// regime.
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

    /// Returns the confidence that the sources give for the revision in force. Returns `None` if
    /// the revision states none, or no revision is in force.
    #[must_use]
    pub const fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// Returns the rules of the revision in force whose confidence is higher or lower than
    /// the confidence of the revision.
    #[must_use]
    pub fn rules_of_other_confidence(&self) -> &[RuleConfidence] {
        &self.rules_of_other_confidence
    }

    /// Returns the parts of the real policy that the document does not model, so that no row covers
    /// them.
    #[must_use]
    pub fn not_modelled(&self) -> &[String] {
        &self.not_modelled
    }

    /// Returns one row for every country and every subdivision that a rule names, by code.
    ///
    /// If a rule names a subdivision of a country, the code `0`, as in `US-0`, means the rest of
    /// the country. The country itself then means residents whose subdivision is unknown.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Returns the lines of a place. A subdivision that no rule names counts as the rest of its
    /// country.
    #[must_use]
    pub fn lines(&self, place: Place) -> &[Line] {
        let of = |place| self.rows.iter().find(|row| row.place == place);
        let rest = Subdivision::rest_of(place.country()).into();
        let row = of(place).or_else(|| of(rest)).or_else(|| of(place.country().into()));
        row.map_or(&[], Row::lines)
    }

    /// Returns the treatments of a place, one for each line.
    pub fn treatments(&self, place: Place) -> impl Iterator<Item = Treatment> {
        self.lines(place).iter().map(Line::treatment)
    }

    /// Returns the revision in force; `None` if no revision is in force.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        self.origin.revision()
    }

    /// Returns the instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.origin.as_of()
    }
}

/// Returns the lines of a place.
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

/// Returns every instant at which the lines of a place changed, with the lines from then on. The
/// timeline is empty before the first revision took effect.
///
/// The lines change if a revision changes them, or if the place enters or leaves a region that a
/// rule names. They also change where a span of creation times begins that rules distinguish.
///
/// A new revision that treats the place as before is no change, unless it names other kinds,
/// audiences or ages: then the lines distinguish these.
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
