fn twice(admission: &may_train::Admission) -> may_train::Admission {
    <may_train::Admission as Clone>::clone(admission)
}

fn main() {}
