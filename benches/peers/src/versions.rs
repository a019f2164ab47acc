//! The versions of the peers that are crates, as they were locked.

/// The version of a crate.
pub fn of(name: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let package = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = lock.split_once(&package).expect("a locked crate");
    rest.split('"').next().expect("a version")
}
