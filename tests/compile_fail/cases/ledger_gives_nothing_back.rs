fn forget(ledger: &mut may_train::ledger::Ledger) {
    ledger.entries().pop();
    ledger.entries.clear();
}

fn main() {}
