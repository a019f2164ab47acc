//! A decision is made, not read: a file could say `eligible` of anything.

fn read<T: for<'de> serde::Deserialize<'de>>() {}

fn main() {
    read::<may_train::Decision<'static>>();
}
