//! One identifier cannot be taken for another.

fn find<'a>(
    registry: &'a may_train::Registry,
    id: &may_train::RecordId,
) -> Option<&'a may_train::Subject> {
    registry.get(id)
}

fn main() {}
