//! Basic value types: instants, places, identifiers, grounds, and the decision table of regimes.

pub(crate) mod error;
pub(crate) mod ground;
pub(crate) mod id;
pub(crate) mod kind;
pub(crate) mod object;
pub(crate) mod place;
pub(crate) mod regime;
pub(crate) mod short_text;
pub(crate) mod steps;
mod territory;
pub(crate) mod text;
pub(crate) mod time;
