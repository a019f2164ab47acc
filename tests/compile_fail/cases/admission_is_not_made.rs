fn made(record: may_train::Record) -> may_train::Admission {
    may_train::Admission(Box::new(record))
}

fn main() {}
