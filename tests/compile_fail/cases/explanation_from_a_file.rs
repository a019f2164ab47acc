//! Nor is an explanation.

fn read<T: for<'de> serde::Deserialize<'de>>() {}

fn main() {
    read::<may_train::Explanation<'static>>();
}
