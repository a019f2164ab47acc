//! Nor can a part of a policy be changed through what the policy lends.

fn loosen(policy: &mut may_train::Policy) {
    policy.revisions()[0] = policy.revisions()[1].clone();
}

fn main() {}
