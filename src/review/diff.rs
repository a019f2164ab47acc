//! Comparison of two policies, or of one policy at two cut-offs: which groups become looser or
//! stricter.

mod compare;
mod widened;

use std::fmt;

use serde::Serialize;

use crate::review::block::blocks;
use crate::review::class::{
    AgeClass, AudienceClass, ChoiceClass, CreatedClass, KindClass, Origin, Places, PolicyAt, Scope,
    list,
};
use crate::values::regime::{ChoiceState, Regime};
use crate::values::text::words;
use compare::{Comparison, Found, Travel};
pub use widened::Widened;

words! {
    /// The direction of a change for a class of people and data.
    pub enum Direction as "a direction" {
        /// The data was kept out, and can now be used.
        Looser = "looser",
        /// The data could be used, and is now kept out.
        Stricter = "stricter",
    }
}

/// The difference between two policies, each at a cut-off, or between two cut-offs of one policy.
///
/// *Moves* list the groups whose regime differs. *Changes* list the groups whose data is admitted
/// on one side only. Both sides are decided for one representative of each class of place, kind,
/// audience, age, creation time and choice history. The results are then grouped so that a person
/// can read them.
///
/// Data created after the cut-off of a side counts as created at that cut-off. Choice histories
/// that need time between creation and cut-off are then left out.
///
/// ```
/// use may_train::review::{Diff, PolicyAt};
/// use may_train::Policy;
///
/// let policy = Policy::shipped("linkedin")?;
/// let before = PolicyAt::new(&policy, "2024-10-10".parse()?);
/// let after = PolicyAt::new(&policy, "2024-10-11".parse()?);
/// assert_eq!(Diff::between(before, after).to_string(),
///     "from linkedin/2024-09-20 (ai-training.generative) at 2024-10-10\n\
///      to linkedin/2024-10-11 (ai-training.generative) at 2024-10-11\n\
///      move: HK: opt-out -> excluded\n\
///      stricter: HK; kinds: article, feedback, genai-input, genai-output, language-preference, \
///      post, usage-frequency; choices: silent, opted-in\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    before: Origin,
    after: Origin,
    moves: Vec<Move>,
    changes: Vec<Change>,
    /// The widenings, by code.
    widenings: Vec<Widened>,
}

/// The people of a group, described by their residences.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum People {
    /// Residents of these places.
    Of(Places),
    /// People who moved after the record was created. Listed only if the two sides sample
    /// residences differently, and if the change does not follow from what happens to residents.
    Movers {
        /// The residences when the record was created.
        from: Places,
        /// The residences at the cut-off.
        to: Places,
    },
    /// People who resided elsewhere for a while in between. Listed under the same conditions as
    /// movers.
    Passing {
        /// The temporary residences.
        through: Places,
        /// The residences at the creation and at the cut-off.
        home: Places,
    },
}

/// A group whose regime differs between the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    people: People,
    kinds: Scope<KindClass>,
    audiences: Scope<AudienceClass>,
    created: Scope<CreatedClass>,
    before: Option<Regime>,
    after: Option<Regime>,
}

/// A group whose data is admitted on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    direction: Direction,
    people: People,
    kinds: Scope<KindClass>,
    audiences: Scope<AudienceClass>,
    ages: Scope<AgeClass>,
    created: Scope<CreatedClass>,
    choices: Scope<ChoiceClass>,
}

impl People {
    /// Returns the people as words without spaces: residents have one for each region and each
    /// remaining place.
    fn names(&self) -> Vec<String> {
        let all = |places: &Places| places.names().join("+");
        match self {
            Self::Of(places) => places.names().to_vec(),
            Self::Movers { from, to } => {
                vec![format!("movers-from-{}-to-{}", all(from), all(to))]
            }
            Self::Passing { through, home } => {
                vec![format!("passing-through-{}-of-{}", all(through), all(home))]
            }
        }
    }
}

impl Move {
    /// Returns the people of the group.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// Returns the kinds of data.
    #[must_use]
    pub const fn kinds(&self) -> &Scope<KindClass> {
        &self.kinds
    }

    /// Returns the regime before; `None` if no revision was in force.
    #[must_use]
    pub const fn before(&self) -> Option<Regime> {
        self.before
    }

    /// Returns the regime after; `None` if no revision is in force.
    #[must_use]
    pub const fn after(&self) -> Option<Regime> {
        self.after
    }

    /// Returns whether silence meant no before and means yes after: from `excluded` or `opt-in` to
    /// `opt-out` or `no-choice`.
    #[must_use]
    pub fn is_widening(&self) -> bool {
        let silence_means_yes = |regime: Regime| regime.grounds(ChoiceState::Silent).is_empty();
        self.before.is_some_and(|before| !silence_means_yes(before))
            && self.after.is_some_and(silence_means_yes)
    }
}

impl Change {
    /// Returns whether the data comes in or goes out.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Returns the people of the group.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

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

    /// Returns the ages when the record was created.
    #[must_use]
    pub const fn ages(&self) -> &Scope<AgeClass> {
        &self.ages
    }

    /// Returns the spans of creation times.
    #[must_use]
    pub const fn created(&self) -> &Scope<CreatedClass> {
        &self.created
    }

    /// Returns the choice histories.
    #[must_use]
    pub const fn choices(&self) -> &Scope<ChoiceClass> {
        &self.choices
    }
}

impl Diff {
    /// Returns the difference between two revisions of a policy (at two cut-offs), two policies, or
    /// two platforms.
    ///
    /// Each side counts the choices for its own purpose.
    #[must_use]
    pub fn between(before: PolicyAt<'_>, after: PolicyAt<'_>) -> Self {
        let comparison = Comparison::new(before, after);
        let mut diff = Self {
            before: Origin::of(before),
            after: Origin::of(after),
            moves: Vec::new(),
            changes: Vec::new(),
            widenings: Vec::new(),
        };
        let stayed = comparison.compare(Travel::Stayed, &Found::default());
        diff.add(&comparison, Travel::Stayed, &stayed);
        let sampling = |side: PolicyAt<'_>| {
            side.revision().map(crate::policy::revision::Revision::residence_at)
        };
        if sampling(before) != sampling(after) {
            for travel in [Travel::Moved, Travel::Passed] {
                let found = comparison.compare(travel, &stayed);
                diff.add(&comparison, travel, &found);
            }
        }
        diff.widenings.sort_by_cached_key(Widened::to_string);
        diff.widenings.dedup();
        diff
    }

    fn add(&mut self, comparison: &Comparison<'_>, travel: Travel, found: &Found) {
        let moves = blocks(found.moves.iter().copied());
        let moves = moves.iter().map(|block| comparison.describe_move(travel, block));
        for moved in moves {
            self.widenings.extend(Widened::by_move(&moved));
            self.moves.push(moved);
        }
        let losses = blocks(found.losses.iter().copied());
        let losses = losses.iter().flat_map(|block| comparison.describe_loss(travel, block));
        self.widenings.extend(losses);
        let changes = blocks(found.changes.iter().copied());
        self.changes.extend(changes.iter().map(|block| comparison.describe_change(travel, block)));
    }

    /// Returns the groups whose regime differs.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// Returns the steps that [`guard`](Diff::guard) stops, by code. Each names a reason that kept
    /// out data of people who said nothing, or no, and that no longer does.
    #[must_use]
    pub fn widenings(&self) -> &[Widened] {
        &self.widenings
    }

    /// Returns the groups whose data comes in or goes out.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the groups whose data changes in the given direction.
    pub fn changes_to(&self, direction: Direction) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.direction == direction)
    }
}

impl fmt::Display for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(places) => fmt::Display::fmt(places, f),
            Self::Movers { from, to } => write!(f, "those who moved (from: {from}; to: {to})"),
            Self::Passing { through, home } => {
                write!(f, "those who lived elsewhere for a while (in: {through}; home: {home})")
            }
        }
    }
}

/// Writes `; what: which`, unless the scope is any.
fn write_scope<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    scope: &Scope<T>,
) -> fmt::Result {
    match scope {
        Scope::Any => Ok(()),
        Scope::Only(classes) => write!(f, "; {what}: {}", list(classes)),
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |regime: Option<Regime>| regime.map_or("no policy", Regime::as_str);
        let verb = if self.is_widening() { "widening" } else { "move" };
        write!(f, "{verb}: {}: {} -> {}", self.people, word(self.before), word(self.after))?;
        write_scope(f, "kinds", &self.kinds)?;
        write_scope(f, "audiences", &self.audiences)?;
        write_scope(f, "created", &self.created)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.direction, self.people)?;
        write_scope(f, "kinds", &self.kinds)?;
        write_scope(f, "audiences", &self.audiences)?;
        write_scope(f, "ages", &self.ages)?;
        write_scope(f, "created", &self.created)?;
        write_scope(f, "choices", &self.choices)
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "from {}\nto {}", self.before, self.after)?;
        for moved in &self.moves {
            writeln!(f, "{moved}")?;
        }
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        if self.moves.is_empty() && self.changes.is_empty() {
            writeln!(f, "no difference")?;
        }
        Ok(())
    }
}
