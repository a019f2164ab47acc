fn twice(admission: &may_train::ledger::Admission) -> may_train::ledger::Admission {
    <may_train::ledger::Admission as Clone>::clone(admission)
}

fn main() {}
