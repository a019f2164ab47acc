//! There is no toggle: a choice says what it means.

fn flip(choice: may_train::Choice) -> may_train::Choice {
    choice.toggle()
}

fn main() {}
