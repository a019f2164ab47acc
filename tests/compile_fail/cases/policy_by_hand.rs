//! A policy that was checked stays as it was checked.

fn loosen(mut policy: may_train::Policy) -> may_train::Policy {
    policy.revisions.clear();
    policy
}

fn main() {}
