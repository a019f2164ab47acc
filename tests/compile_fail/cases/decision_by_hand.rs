//! A decision comes from deciding.

fn forge<'a>(denied: may_train::Decision<'a>) -> may_train::Decision<'a> {
    may_train::Decision { grounds: may_train::Grounds::NONE, ..denied }
}

fn main() {}
