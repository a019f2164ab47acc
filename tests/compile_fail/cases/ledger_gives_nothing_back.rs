fn forget(ledger: &mut may_train::Ledger) {
    ledger.entries().pop();
    ledger.entries.clear();
}

fn main() {}
