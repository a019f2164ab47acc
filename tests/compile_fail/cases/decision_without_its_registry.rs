//! A decision cites the facts it rests on, and so does not outlive them.

use may_train::{Decision, Policy, Record, Registry, Timestamp};

fn decide<'a>(policy: &'a Policy, record: &'a Record, as_of: Timestamp) -> Decision<'a> {
    let registry = Registry::new();
    registry.view(policy, as_of).decide(record)
}

fn main() {}
