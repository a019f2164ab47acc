//! Widenings: the steps that let in data that was kept out, and the codes that acknowledge them.

use std::fmt;

use serde::Serialize;

use super::Move;
use crate::review::class::{AgeClass, AudienceClass, CreatedClass, KindClass, Scope};
use crate::values::ground::Ground;
use crate::values::regime::{ChoiceState, Regime};

/// A step that lets in data of people who said nothing, or no. It names the people, and what kept
/// the data out before.
///
/// Prints as the code that acknowledges it: `widening:`, the people, the lost ground, and then the
/// kinds, audiences, ages and creation times. A code leaves out whichever of these the step does
/// not depend on. Examples are `widening:EEA:region-excluded:audience=consumer` and
/// `widening:everywhere:under-age:age=16-to-17`.
///
/// The people are a region, a place, `everywhere`, or `everywhere-but-` the others. People who
/// moved are `movers-from-GB-to-US`; people who lived elsewhere for a while are
/// `passing-through-GB-of-US`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Widened {
    pub(super) people: String,
    pub(super) lost: Ground,
    pub(super) kinds: Scope<KindClass>,
    pub(super) audiences: Scope<AudienceClass>,
    pub(super) ages: Scope<AgeClass>,
    pub(super) created: Scope<CreatedClass>,
}

impl Widened {
    /// Returns the widenings that a move causes, one for each name of its people; an empty list if
    /// it widens nothing.
    pub(super) fn by_move(moved: &Move) -> Vec<Self> {
        let silent = |regime: Regime| regime.grounds(ChoiceState::Silent).iter().next();
        let Some(lost) = moved.before.filter(|_| moved.is_widening()).and_then(silent) else {
            return Vec::new();
        };
        let of = |people| Self {
            people,
            lost,
            kinds: moved.kinds.clone(),
            audiences: moved.audiences.clone(),
            ages: Scope::Any,
            created: moved.created.clone(),
        };
        moved.people.names().into_iter().map(of).collect()
    }

    /// Returns whose data comes in, in one word: a region, a place, or other people as in the code.
    #[must_use]
    pub fn people(&self) -> &str {
        &self.people
    }

    /// Returns the ground that kept the data out before.
    #[must_use]
    pub const fn lost(&self) -> Ground {
        self.lost
    }
}

impl fmt::Display for Widened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "widening:{}:{}", self.people, self.lost)?;
        write_only(f, "kind", &self.kinds)?;
        write_only(f, "audience", &self.audiences)?;
        write_only(f, "age", &self.ages)?;
        write_only(f, "created", &self.created)
    }
}

/// Writes `:what=which`, unless the scope is any.
fn write_only<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    scope: &Scope<T>,
) -> fmt::Result {
    match scope {
        Scope::Any => Ok(()),
        Scope::Only(classes) => {
            let classes = classes.iter().map(|class| class.to_string().replace(' ', "-"));
            write!(f, ":{what}={}", classes.collect::<Vec<_>>().join("+"))
        }
    }
}
