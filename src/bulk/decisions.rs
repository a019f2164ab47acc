//! The decisions on columns of records: a set of grounds for each row, and counts of them.

use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;

use crate::bulk::ids::index;
use crate::values::ground::{Ground, Grounds, Verdict};

/// The decisions on many records: one set of grounds for each row.
///
/// A row without grounds may enter. A row with any ground may not.
///
/// ```
/// use may_train::bulk::{RecordColumns, Snapshot};
/// use may_train::{Ground, Policy, Subject, Timestamp};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut snapshot = Snapshot::new(&policy, "2024-12-01".parse()?, None);
/// for (id, place) in [("u0", "US"), ("u1", "FR")] {
///     let subject = Subject::new(id.parse()?).with_residence(place.parse()?, "2019-01-01".parse()?);
///     snapshot.push(&subject)?;
/// }
///
/// let created_at = ["2023-02-01".parse::<Timestamp>()?.as_micros(); 2];
/// let kinds = ["post".parse()?];
/// let columns = RecordColumns::new(&[0, 1], &created_at, &[0, 0], &kinds)?;
/// let decisions = snapshot.decide(&columns)?;
/// assert_eq!(decisions.mask(), [true, false]);
/// assert_eq!(decisions.grounds()[1], Ground::RegionExcluded.alone());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    pub(crate) grounds: Vec<Grounds>,
}

impl Decisions {
    /// Creates an empty list, into which you can decide.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the grounds against each record, by row.
    #[must_use]
    pub fn grounds(&self) -> &[Grounds] {
        &self.grounds
    }

    /// Returns the verdict on each record, by row.
    pub fn verdicts(&self) -> impl Iterator<Item = Verdict> {
        self.grounds.iter().map(|grounds| grounds.verdict())
    }

    /// Returns whether each record may enter, as a mask over the rows.
    #[must_use]
    pub fn mask(&self) -> Vec<bool> {
        self.grounds.iter().map(|grounds| grounds.is_empty()).collect()
    }

    /// Returns the rows that may enter, ascending.
    pub fn eligible(&self) -> impl Iterator<Item = usize> {
        let rows = self.grounds.iter().enumerate();
        rows.filter_map(|(row, grounds)| grounds.is_empty().then_some(row))
    }

    /// Returns how many records have each verdict and each ground.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.grounds.iter().copied().collect()
    }
}

/// The counts of records by their grounds.
///
/// A record may have several grounds, so the counts of grounds may add up to more than the count of
/// records.
///
/// Serialises as one object: `records`, one count per verdict, and `grounds` as a map from code to
/// count.
///
/// ```
/// use may_train::bulk::Counts;
/// use may_train::{Ground, Grounds, Verdict};
///
/// let counts: Counts = [Grounds::NONE, Ground::OptedOut | Ground::UnderAge].into_iter().collect();
/// assert_eq!((counts.records(), counts.of(Verdict::Eligible)), (2, 1));
/// assert_eq!(counts.against(Ground::UnderAge), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    sets: BTreeMap<Grounds, u64>,
}

impl Counts {
    /// Adds one record to the counts.
    pub fn add(&mut self, grounds: Grounds) {
        self.add_many(grounds, 1);
    }

    fn add_many(&mut self, grounds: Grounds, records: u64) {
        let count = self.sets.entry(grounds).or_default();
        *count = count.saturating_add(records);
    }

    /// Adds the counts of another value.
    pub fn merge(&mut self, other: &Self) {
        for (grounds, records) in &other.sets {
            self.add_many(*grounds, *records);
        }
    }

    /// Returns the number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.sum(|_| true)
    }

    /// Returns the number of records with a verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u64 {
        self.sum(|grounds| grounds.verdict() == verdict)
    }

    /// Returns the number of records with a ground against them.
    #[must_use]
    pub fn against(&self, ground: Ground) -> u64 {
        self.sum(|grounds| grounds.contains(ground))
    }

    /// Returns every ground that stands against any record, by code, with its count.
    pub fn grounds(&self) -> impl Iterator<Item = (Ground, u64)> {
        let mut all = Ground::ALL.to_vec();
        all.sort_unstable_by_key(|ground| ground.as_str());
        let counted = all.into_iter().map(|ground| (ground, self.against(ground)));
        counted.filter(|(_, count)| *count > 0)
    }

    fn sum(&self, counts: impl Fn(Grounds) -> bool) -> u64 {
        let counted = self.sets.iter().filter(|(grounds, _)| counts(**grounds));
        counted.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }
}

impl FromIterator<Grounds> for Counts {
    fn from_iter<I: IntoIterator<Item = Grounds>>(grounds: I) -> Self {
        let mut counts = Self::default();
        counts.extend(grounds);
        counts
    }
}

impl Extend<Grounds> for Counts {
    fn extend<I: IntoIterator<Item = Grounds>>(&mut self, grounds: I) {
        // One slot for each set of grounds.
        let mut places = vec![0_u64; 1 << Ground::ALL.len()];
        for set in grounds {
            if let Some(count) = places.get_mut(index(set.bits())) {
                *count = count.saturating_add(1);
            }
        }
        for (bits, count) in (0..).zip(places) {
            if count > 0 {
                self.add_many(Grounds::from_bits(bits), count);
            }
        }
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("records", &self.records())?;
        for verdict in Verdict::ALL {
            map.serialize_entry(verdict.as_str(), &self.of(*verdict))?;
        }
        let grounds: BTreeMap<&str, u64> =
            self.grounds().map(|(ground, count)| (ground.as_str(), count)).collect();
        map.serialize_entry("grounds", &grounds)?;
        map.end()
    }
}
