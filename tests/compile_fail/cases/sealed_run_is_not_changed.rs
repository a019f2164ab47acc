fn whitewash(run: &mut may_train::ledger::SealedRun) {
    run.head.refused = 0;
}

fn main() {}
