//! The comparison of two policies cell by cell, and the description of blocks of cells.

use std::collections::BTreeSet;

use super::{Change, Direction, Move, People, Widened};
use crate::review::block::{Block, cells};
use crate::review::class::{ChoiceClass, PolicyAt, Scope};
use crate::review::space::{Cell, Gaps, Journey, Space};
use crate::review::treatment::Treatment;
use crate::values::ground::{Ground, Grounds};
use crate::values::regime::Regime;

/// The coordinates of a cell: residence at the creation and at the cut-off, kind, audience, age,
/// creation, choice.
pub(super) type Coordinates = [usize; 7];

/// The regimes before and after.
type Regimes = (Option<Regime>, Option<Regime>);

/// How to read the two residences of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Travel {
    Stayed,
    Moved,
    Passed,
}

/// The two sides, with the space that both distinguish.
pub(super) struct Comparison<'a> {
    before: PolicyAt<'a>,
    after: PolicyAt<'a>,
    space: Space,
}

/// The cells that changed.
#[derive(Default)]
pub(super) struct Found {
    pub(super) moves: Vec<(Coordinates, Regimes)>,
    pub(super) changes: Vec<(Coordinates, Direction)>,
    /// The grounds that kept out data of subjects who said nothing, or no, and that are gone. The
    /// regime admitted data of silent subjects before.
    pub(super) losses: BTreeSet<(Coordinates, Ground)>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(before: PolicyAt<'a>, after: PolicyAt<'a>) -> Self {
        Self { before, after, space: Space::of(&[before, after], Gaps::With) }
    }

    /// Returns the sizes of the dimensions for a way of travelling.
    fn sizes(&self, travel: Travel) -> Coordinates {
        let Space { places, kinds, audiences, ages, created, choices, .. } = &self.space;
        let other = match travel {
            Travel::Stayed => 1,
            Travel::Moved | Travel::Passed => places.len(),
        };
        let people = [places.len(), other];
        let data = [kinds.len(), audiences.len(), ages.len(), created.len(), choices.len()];
        let mut sizes = people.into_iter().chain(data);
        std::array::from_fn(|_| sizes.next().unwrap_or(0))
    }

    fn cell(&self, travel: Travel, coordinates: Coordinates) -> Option<Cell<'_>> {
        let [from, to, kind, audience, age, created, choice] = coordinates;
        let place = |n: usize| self.space.places.get(n).map(|class| class.representative);
        let journey = match travel {
            Travel::Stayed => Journey::Stayed(place(from)?),
            Travel::Moved | Travel::Passed if from == to => return None,
            Travel::Moved => Journey::Moved { from: place(from)?, to: place(to)? },
            Travel::Passed => Journey::Passed { through: place(from)?, home: place(to)? },
        };
        Some(Cell {
            journey,
            kind: &self.space.kinds.get(kind)?.representative,
            audience: self.space.audiences.get(audience)?.representative.as_ref(),
            age: *self.space.ages.get(age)?,
            created: *self.space.created.get(created)?,
            choice: *self.space.choices.get(choice)?,
        })
    }

    /// Returns what changes for people who travel this way, without what changes equally for
    /// residents of one of the two places.
    pub(super) fn compare(&self, travel: Travel, residents: &Found) -> Found {
        let known_moves: BTreeSet<_> = residents.moves.iter().copied().collect();
        let known_changes: BTreeSet<_> = residents.changes.iter().copied().collect();
        let as_resident = |[from, to, rest @ ..]: Coordinates| {
            [from, to].map(|place| {
                let [kind, audience, age, created, choice] = rest;
                [place, 0, kind, audience, age, created, choice]
            })
        };
        let mut found = Found::default();
        for coordinates in cells(self.sizes(travel)) {
            let Some(cell) = self.cell(travel, coordinates) else { continue };
            let [.., age, _, choice] = coordinates;
            // Treatments depend on neither the age nor the choice.
            if age == 0
                && choice == 0
                && let Some(regimes) = self.moved(cell)
                && !as_resident(coordinates)
                    .iter()
                    .any(|cell| known_moves.contains(&(*cell, regimes)))
            {
                found.moves.push((coordinates, regimes));
            }
            let Some((before, after)) = self.grounds(cell) else { continue };
            for ground in lost(cell.choice, before, after).iter() {
                let loss = (told_by(ground, coordinates), ground);
                let is_known = |cell| residents.losses.contains(&(cell, ground));
                if !as_resident(loss.0).into_iter().any(is_known) {
                    found.losses.insert(loss);
                }
            }
            if let Some(direction) = changed(before, after)
                && !as_resident(coordinates)
                    .iter()
                    .any(|cell| known_changes.contains(&(*cell, direction)))
            {
                found.changes.push((coordinates, direction));
            }
        }
        found
    }

    fn moved(&self, cell: Cell<'_>) -> Option<Regimes> {
        let before = Treatment::of(self.before, cell)?.regime();
        let after = Treatment::of(self.after, cell)?.regime();
        (before != after).then_some((before, after))
    }

    /// Returns the grounds against the representative of a cell, before and after; `None` if there
    /// can be no representative.
    fn grounds(&self, cell: Cell<'_>) -> Option<(Grounds, Grounds)> {
        let of = |side: PolicyAt<'_>| {
            let (registry, record) = cell.realise(side)?;
            Some(registry.view(side.policy(), side.as_of()).decide(&record).grounds())
        };
        Some((of(self.before)?, of(self.after)?))
    }

    fn people(&self, travel: Travel, from: &[usize], to: &[usize]) -> People {
        let places = |selected: &[usize]| self.space.members_of(selected);
        match travel {
            Travel::Stayed => People::Of(places(from)),
            Travel::Moved => People::Movers { from: places(from), to: places(to) },
            Travel::Passed => People::Passing { through: places(from), home: places(to) },
        }
    }

    pub(super) fn describe_move(&self, travel: Travel, block: &Block<7, Regimes>) -> Move {
        let [from, to, kinds, audiences, _, created, _] = &block.sides;
        let (before, after) = block.value;
        Move {
            people: self.people(travel, from, to),
            kinds: self.space.kind_scope(kinds),
            audiences: self.space.audience_scope(audiences),
            created: self.space.created_scope(created),
            before,
            after,
        }
    }

    pub(super) fn describe_loss(&self, travel: Travel, block: &Block<7, Ground>) -> Vec<Widened> {
        let [from, to, kinds, audiences, ages, created, _] = &block.sides;
        let lost = block.value;
        let of = |people| Widened {
            people,
            lost,
            kinds: match lost {
                Ground::KindNotCovered => self.space.kind_scope(kinds),
                _ => Scope::Any,
            },
            audiences: self.space.audience_scope(audiences),
            ages: match lost {
                Ground::UnderAge => self.space.age_scope(ages),
                _ => Scope::Any,
            },
            created: match lost {
                Ground::CreatedOutsideWindow => self.space.created_scope(created),
                _ => Scope::Any,
            },
        };
        self.people(travel, from, to).names().into_iter().map(of).collect()
    }

    pub(super) fn describe_change(&self, travel: Travel, block: &Block<7, Direction>) -> Change {
        let [from, to, kinds, audiences, ages, created, choices] = &block.sides;
        Change {
            direction: block.value,
            people: self.people(travel, from, to),
            kinds: self.space.kind_scope(kinds),
            audiences: self.space.audience_scope(audiences),
            ages: self.space.age_scope(ages),
            created: self.space.created_scope(created),
            choices: self.space.choice_scope(choices),
        }
    }
}

fn changed(before: Grounds, after: Grounds) -> Option<Direction> {
    match (before.is_empty(), after.is_empty()) {
        (false, true) => Some(Direction::Looser),
        (true, false) => Some(Direction::Stricter),
        (true, true) | (false, false) => None,
    }
}

/// Returns the grounds that kept out the data of a subject who said nothing, or no, and that are
/// gone. Moves already report a regime under which silence meant no. The first revision of a policy
/// loosens nothing.
fn lost(choice: ChoiceClass, before: Grounds, after: Grounds) -> Grounds {
    const BY_MOVES: [Ground; 3] =
        [Ground::NoPolicyInForce, Ground::RegionExcluded, Ground::NotOptedIn];
    if !after.is_empty() {
        return Grounds::NONE;
    }
    match choice {
        ChoiceClass::Silent if BY_MOVES.iter().all(|ground| !before.contains(*ground)) => before,
        ChoiceClass::OptedOut | ChoiceClass::OptedOutLater | ChoiceClass::OptInWithdrawn
            if before.contains(Ground::OptedOut) =>
        {
            Ground::OptedOut.alone()
        }
        ChoiceClass::Silent
        | ChoiceClass::OptedOut
        | ChoiceClass::OptedOutLater
        | ChoiceClass::OptInWithdrawn
        | ChoiceClass::OptedIn
        | ChoiceClass::OptedInLater
        | ChoiceClass::OptedBackIn
        | ChoiceClass::OptInExpired => Grounds::NONE,
    }
}

/// Returns the cell without the coordinates that do not matter to a ground: 0 stands for all.
fn told_by(
    ground: Ground,
    [from, to, kind, audience, age, created, _]: Coordinates,
) -> Coordinates {
    let only_for = |matters: bool, class: usize| if matters { class } else { 0 };
    let kind = only_for(ground == Ground::KindNotCovered, kind);
    let age = only_for(ground == Ground::UnderAge, age);
    let created = only_for(ground == Ground::CreatedOutsideWindow, created);
    [from, to, kind, audience, age, created, 0]
}
