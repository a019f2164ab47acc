use may_train::bulk::Ids;

/// However many values there are, each keeps the number that it was given.
#[test]
fn every_value_keeps_its_number() {
    let mut ids = Ids::new();
    for value in 0..5_000_u64 {
        assert_eq!(ids.insert(value * 7), u32::try_from(value).ok());
        let first = value / 2;
        assert_eq!(ids.insert(first * 7), u32::try_from(first).ok(), "after {value}");
    }
    for value in 0..5_000_u64 {
        assert_eq!(ids.get(&(value * 7)), u32::try_from(value).ok());
    }
    assert_eq!((ids.len(), ids.get(&1)), (5_000, None));
}
