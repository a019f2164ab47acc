//! The functions of a snapshot in the engine itself.

#![allow(missing_docs, reason = "tests")]

mod agrees;
mod edges;
mod example;
mod lake;
#[expect(dead_code, reason = "the worlds of the laws")]
#[path = "../../../../tests/worlds/mod.rs"]
mod worlds;
