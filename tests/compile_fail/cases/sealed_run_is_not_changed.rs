fn whitewash(run: &mut may_train::SealedRun) {
    run.head.refused = 0;
}

fn main() {}
