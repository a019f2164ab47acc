fn without_a_decision(set: &mut may_train::ledger::TrainingSet, record: may_train::Record) {
    let _ = set.enter(record);
}

fn main() {}
