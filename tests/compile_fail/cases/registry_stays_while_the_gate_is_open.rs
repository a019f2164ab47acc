fn behind_its_back(
    registry: &mut may_train::Registry,
    policy: &may_train::Policy,
    now: may_train::Timestamp,
    subject: may_train::Subject,
    record: &may_train::Record,
) {
    let gate = registry.gate(policy, now, now);
    registry.replace(subject);
    let _ = gate.admit(record);
}

fn main() {}
