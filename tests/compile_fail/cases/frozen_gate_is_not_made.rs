fn made<'a>(
    gate: &'a may_train::ledger::Gate<'a>,
    snapshot: may_train::bulk::Snapshot,
    subjects: may_train::bulk::Ids<may_train::SubjectId>,
) -> may_train::ledger::FrozenGate<'a> {
    may_train::ledger::FrozenGate { gate, snapshot, subjects }
}

fn main() {}
