fn too_late(mut set: may_train::TrainingSet, admission: may_train::Admission) {
    let _run = set.seal();
    let _ = set.enter(admission);
}

fn main() {}
