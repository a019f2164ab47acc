//! The example commands at the edges of files and streams, run as a user would: with pipes, signals
//! and limits.

#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod clashes;
mod hostile;
mod inputs;
mod places;
mod streams;
mod unfinished;
mod world;
