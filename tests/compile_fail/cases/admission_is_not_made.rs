fn made(record: may_train::Record) -> may_train::ledger::Admission {
    may_train::ledger::Admission(Box::new(record))
}

fn main() {}
