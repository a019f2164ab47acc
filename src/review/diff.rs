//! Comparing two policies, or one at two instants: who becomes looser, who stricter.

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
    /// Which way a class of people and data goes.
    pub enum Direction as "a direction" {
        /// Their data was kept out, and can now be used.
        Looser = "looser",
        /// Their data could be used, and is now kept out.
        Stricter = "stricter",
    }
}

/// The difference between a policy at a cut-off and another one, or the same, at another cut-off.
///
/// It has two parts. *Moves* say where another regime rules. *Changes* say whose data is admitted
/// now and was not before, or the other way round, for every place, kind, audience, age, span of
/// creation and history of choices that either side tells apart. Both were decided, case by case, for
/// one representative of each class, and then put together into groups that a person can read.
///
/// Data created after the cut-off of a side counts as created at it: what the side said of data
/// from then on. Histories that need time between creation and cut-off are not told of it.
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
    /// By code.
    widenings: Vec<Widened>,
}

/// The people of a group, by where they resided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum People {
    /// Residents of these places, by code.
    Of(Places),
    /// Those who moved after the record was created. Told only where the two sides sample
    /// residences differently, and where it does not follow from what happens to residents.
    Movers {
        /// Where they resided at the creation.
        from: Places,
        /// Where they reside at the cut-off.
        to: Places,
    },
    /// Those who resided elsewhere for a while in between; told as movers are.
    Passing {
        /// Where they resided for a while.
        through: Places,
        /// Where they resided at the creation and at the cut-off.
        home: Places,
    },
}

/// A group over whom another regime rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    people: People,
    kinds: Scope<KindClass>,
    audiences: Scope<AudienceClass>,
    created: Scope<CreatedClass>,
    before: Option<Regime>,
    after: Option<Regime>,
}

/// A group whose data is admitted now and was not, or was and is not.
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
    /// The people as words without a space: for residents, one for each region and each other place.
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
    /// Who.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// Of which kinds of data.
    #[must_use]
    pub const fn kinds(&self) -> &Scope<KindClass> {
        &self.kinds
    }

    /// The regime before; nothing where no revision was in force.
    #[must_use]
    pub const fn before(&self) -> Option<Regime> {
        self.before
    }

    /// The regime after; nothing where no revision is in force.
    #[must_use]
    pub const fn after(&self) -> Option<Regime> {
        self.after
    }

    /// Whether silence meant no, and now means yes: from `excluded` or `opt-in` to `opt-out` or
    /// `no-choice`.
    #[must_use]
    pub fn is_widening(&self) -> bool {
        let silence_means_yes = |regime: Regime| regime.grounds(ChoiceState::Silent).is_empty();
        self.before.is_some_and(|before| !silence_means_yes(before))
            && self.after.is_some_and(silence_means_yes)
    }
}

impl Change {
    /// Whether their data comes in or goes out.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Who.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// Of which kinds of data.
    #[must_use]
    pub const fn kinds(&self) -> &Scope<KindClass> {
        &self.kinds
    }

    /// Of which audiences.
    #[must_use]
    pub const fn audiences(&self) -> &Scope<AudienceClass> {
        &self.audiences
    }

    /// How old, when the record was created.
    #[must_use]
    pub const fn ages(&self) -> &Scope<AgeClass> {
        &self.ages
    }

    /// Data created when.
    #[must_use]
    pub const fn created(&self) -> &Scope<CreatedClass> {
        &self.created
    }

    /// Having chosen what.
    #[must_use]
    pub const fn choices(&self) -> &Scope<ChoiceClass> {
        &self.choices
    }
}

impl Diff {
    /// Compares: two revisions of a policy (at two cut-offs), two policies, or two platforms.
    ///
    /// Each side's choices are those for its own purpose.
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

    /// Where another regime rules.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// What kept data out of people who said nothing, or no, and does not any more: the steps that
    /// [`guard`](Diff::guard) stops, by code.
    #[must_use]
    pub fn widenings(&self) -> &[Widened] {
        &self.widenings
    }

    /// Whose data comes in or goes out.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Those whose data comes in, or those whose data goes out.
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

/// `; what: which`, unless it is any.
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
