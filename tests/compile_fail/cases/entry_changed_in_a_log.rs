//! What was recorded in a log is not changed there.

fn backdate(
    log: &mut may_train::Log<may_train::Place>,
    entry: may_train::Entry<may_train::Place>,
) {
    for old in log.iter() {
        *old = entry;
    }
}

fn main() {}
