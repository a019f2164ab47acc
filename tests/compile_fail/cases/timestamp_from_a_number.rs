//! A number does not say whether it counts seconds or microseconds.

fn main() {
    let _ = Some(1_726_790_400).map(may_train::Timestamp);
}
