//! Tables as engines have them, over Parquet: the snapshot, joined by hand, gives the grounds of the
//! decision; subjects as columns are those of NDJSON. Needs the feature `parquet`.

#[path = "../common/mod.rs"]
mod common;
mod files;
mod ids;
mod join;
mod people;
mod snapshot;
mod sql;
mod stored;
mod subjects;
#[expect(dead_code, reason = "the worlds of the laws")]
#[path = "../worlds/mod.rs"]
mod worlds;
