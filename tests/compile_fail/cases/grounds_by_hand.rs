//! A set of grounds has no bits but those of the grounds.

fn main() {
    let _ = Some(1 << 12).map(may_train::Grounds);
}
