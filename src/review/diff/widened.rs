//! What a step lets in that was kept out, as the codes that acknowledge it.

use std::fmt;

use serde::Serialize;

use super::Move;
use crate::review::class::{AgeClass, AudienceClass, CreatedClass, KindClass, Scope};
use crate::values::ground::Ground;
use crate::values::regime::{ChoiceState, Regime};

/// A step that lets in data of people who said nothing, or no: of whom, and what kept it out before.
///
/// Prints as the code that acknowledges it: `widening:`, the people, the ground that is lost, and then
/// only those kinds, audiences, ages and times of creation that the step is about, as in
/// `widening:EEA:region-excluded:audience=consumer` or
/// `widening:everywhere:under-age:age=16-to-17`. People are a region, a place, `everywhere`, or
/// `everywhere-but-` the others; or those who moved, `movers-from-GB-to-US`, or lived elsewhere for a
/// while, `passing-through-GB-of-US`.
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
    /// What a move takes from its people, if it does; one for each of their names.
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

    /// Whose data comes in, in one word: a region, a place, or others as in the code.
    #[must_use]
    pub fn people(&self) -> &str {
        &self.people
    }

    /// What kept the data out before.
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

/// `:what=which`, unless it is any.
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
