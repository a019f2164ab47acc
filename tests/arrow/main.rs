//! Tables as engines have them, over Parquet: the standing, joined by hand, gives the grounds of the
//! decision. Needs the feature `parquet`.

#[path = "../common/mod.rs"]
mod common;
mod files;
mod join;
mod standing;
