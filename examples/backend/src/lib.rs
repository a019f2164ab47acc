//! A service that asks [`may_train`] for each record: may it enter a training set?
//!
//! Read it in this order: [`app`] is the whole; [`store`] is what must never be lost; [`live`] is
//! what decides; [`auth`] is who may ask; [`api`] and [`pages`] are what they ask.

pub mod api;
pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod live;
pub mod ops;
pub mod pages;
pub mod problem;
pub mod sample;
pub mod store;
