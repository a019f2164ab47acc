fn too_late(mut set: may_train::ledger::TrainingSet, admission: may_train::ledger::Admission) {
    let _run = set.seal();
    let _ = set.enter(admission);
}

fn main() {}
