fn twice(set: &mut may_train::TrainingSet, admission: may_train::Admission) {
    let _ = set.enter(admission);
    let _ = set.enter(admission);
}

fn main() {}
