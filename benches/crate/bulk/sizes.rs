//! How large everything is.

pub struct Sizes {
    pub records: usize,
    pub subjects: usize,
    pub rounds: usize,
    /// How many records are decided one by one beforehand.
    pub sample: usize,
    /// Subjects who change in a refresh, of each of these numbers.
    pub events: usize,
    pub refreshed: Vec<usize>,
    /// Records, and at most how many of them at a time.
    pub records_grow: Vec<usize>,
    pub batch: usize,
    pub subjects_grow: Vec<usize>,
    /// Choices a subject, of so many subjects.
    pub choices_grow: Vec<usize>,
    pub choosers: usize,
    pub rules_grow: Vec<usize>,
}

impl Sizes {
    pub fn read(arguments: &[String]) -> Self {
        let is_asked = |flag: &str| arguments.iter().any(|argument| argument == flag);
        if is_asked("--test") {
            Self::test()
        } else if is_asked("--huge") {
            Self { subjects_grow: vec![1_000_000, 10_000_000, 100_000_000], ..Self::full() }
        } else if is_asked("--full") {
            Self::full()
        } else {
            Self::small()
        }
    }

    fn test() -> Self {
        Self {
            records: 20_000,
            subjects: 2_000,
            rounds: 1,
            sample: 2_000,
            events: 200,
            refreshed: vec![500, 2_000],
            records_grow: vec![10_000, 50_000],
            batch: 20_000,
            subjects_grow: vec![1_000, 5_000],
            choices_grow: vec![1, 50],
            choosers: 200,
            rules_grow: vec![2, 200],
        }
    }

    fn small() -> Self {
        Self {
            records: 2_000_000,
            subjects: 100_000,
            rounds: 5,
            sample: 50_000,
            events: 1_000,
            refreshed: vec![10_000, 100_000],
            records_grow: vec![1_000_000, 10_000_000],
            batch: 2_000_000,
            subjects_grow: vec![100_000, 1_000_000],
            choices_grow: vec![1, 10, 100, 1_000],
            choosers: 1_000,
            rules_grow: vec![2, 20, 200, 2_000],
        }
    }

    fn full() -> Self {
        Self {
            records: 20_000_000,
            subjects: 1_000_000,
            events: 10_000,
            refreshed: vec![10_000, 100_000, 1_000_000],
            records_grow: vec![1_000_000, 10_000_000, 100_000_000],
            batch: 10_000_000,
            subjects_grow: vec![1_000_000, 10_000_000],
            choosers: 10_000,
            ..Self::small()
        }
    }
}
