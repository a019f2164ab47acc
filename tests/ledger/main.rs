//! The laws of the past: training sets, sealed runs, the ledger and what is said of them.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "test code"
)]

mod audit;
#[path = "../common/mod.rs"]
mod common;
mod crash;
mod laws;
mod lineage;
mod model;
mod page;
mod people;
#[path = "../common/policy.rs"]
mod policy;
mod worlds;
