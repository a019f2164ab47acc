//! Default dependence: which share of a training set is eligible only because the subjects said
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::decision::registry::Registry;
use crate::people::log::unambiguous;
use crate::people::record::Record;
use crate::policy::policy::Policy;
use crate::review::class::Origin;
use crate::review::class::PolicyAt;
use crate::values::ground::Verdict;
use crate::values::place::Country;
use crate::values::time::Timestamp;

/// The count of eligible records, and of those that an opt-in rule would still admit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    eligible: u64,
    opt_in_only: u64,
}

impl Share {
    /// Returns the number of eligible records.
    #[must_use]
    pub const fn eligible(self) -> u64 {
        self.eligible
    }

    /// Returns how many records would still be eligible if every rule required an opt-in.
    #[must_use]
    pub const fn opt_in_only(self) -> u64 {
        self.opt_in_only
    }

    /// Returns how many records are eligible only because no subject objected.
    #[must_use]
    pub const fn through_silence(self) -> u64 {
        self.eligible.saturating_sub(self.opt_in_only)
    }

    /// Returns the share of eligible records that are eligible only because no subject objected,
    /// from 0 to 1. Returns `None` if no record is eligible.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::as_conversions, reason = "a share, for people")]
    pub fn dependence(self) -> Option<f64> {
        (self.eligible > 0).then(|| self.through_silence() as f64 / self.eligible as f64)
    }
}

/// The share of a training set that is eligible only because no subject objected, by country of
/// residence at the cut-off.
///
/// Each record is decided twice: under the policy, and under [`Policy::opt_in_only`], in which an
/// opt-in replaces every milder regime.
///
/// A record counts once in the total, and once for each country in which one of its subjects
/// resides at the cut-off. If a policy ignores that residence, it may be unknown. Such a record
/// counts under [`Dependence::elsewhere`] and for no country.
///
/// ```
/// use may_train::review::Dependence;
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let purpose = policy.purpose();
/// let (long_ago, lately) = ("2019-01-01".parse()?, "2024-09-25".parse()?);
/// let silent = Subject::new("u1".parse()?).with_residence("US".parse()?, long_ago);
/// let asked = Subject::new("u2".parse()?)
///     .with_residence("US".parse()?, long_ago)
///     .with_choice(Choice::OptIn, ChosenBy::Subject, purpose.clone(), lately);
/// let mut registry = Registry::new();
/// registry.insert(silent)?;
/// registry.insert(asked)?;
/// let record = |id: &str, of: &str| -> Result<Record, may_train::ValueError> {
///     Ok(Record::new(id.parse()?, "post".parse()?, "2023-02-01".parse()?).with_subject(of.parse()?))
/// };
/// let records = [record("r1", "u1")?, record("r2", "u1")?, record("r3", "u2")?];
///
/// let dependence = Dependence::of(&policy, "2024-10-01".parse()?, &registry, &records);
/// assert_eq!(dependence.to_string(),
///     "linkedin/2024-09-20 (ai-training.generative) at 2024-10-01\n\
///      place  eligible  opt-in only  through silence\n\
///      all           3            1           66.7 %\n\
///      US            3            1           66.7 %\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependence {
    #[serde(flatten)]
    origin: Origin,
    total: Share,
    countries: BTreeMap<Country, Share>,
    elsewhere: Share,
}

impl Dependence {
    /// Counts the records. Every entry of the registry counts, whatever its recording time.
    #[must_use]
    pub fn of<'r>(
        policy: &Policy,
        as_of: Timestamp,
        registry: &Registry,
        records: impl IntoIterator<Item = &'r Record>,
    ) -> Self {
        let strict = policy.opt_in_only();
        let mut dependence = Self {
            origin: Origin::of(PolicyAt::new(policy, as_of)),
            total: Share::default(),
            countries: BTreeMap::new(),
            elsewhere: Share::default(),
        };
        for record in records {
            if registry.view(policy, as_of).decide(record).verdict() != Verdict::Eligible {
                continue;
            }
            let stays = registry.view(&strict, as_of).decide(record).verdict();
            let counted = Share { eligible: 1, opt_in_only: u64::from(stays == Verdict::Eligible) };
            dependence.add(counted, &countries(record, registry, as_of));
        }
        dependence
    }

    fn add(&mut self, counted: Share, countries: &BTreeSet<Option<Country>>) {
        let add = |share: &mut Share| {
            share.eligible += counted.eligible;
            share.opt_in_only += counted.opt_in_only;
        };
        add(&mut self.total);
        for country in countries {
            match country {
                Some(country) => add(self.countries.entry(*country).or_default()),
                None => add(&mut self.elsewhere),
            }
        }
    }

    /// Returns the share over all eligible records.
    #[must_use]
    pub const fn total(&self) -> Share {
        self.total
    }

    /// Returns the share of each country of residence at the cut-off that has an eligible record.
    pub fn countries(&self) -> impl Iterator<Item = (Country, Share)> {
        self.countries.iter().map(|(country, share)| (*country, *share))
    }

    /// Returns the share of one country, which is zero if it has no eligible record.
    #[must_use]
    pub fn country(&self, country: Country) -> Share {
        self.countries.get(&country).copied().unwrap_or_default()
    }

    /// Returns the share of the records with a subject whose residence at the cut-off is unknown.
    #[must_use]
    pub const fn elsewhere(&self) -> Share {
        self.elsewhere
    }
}

/// Returns the countries in which the subjects of a record reside at the cut-off; `None` stands for
/// an unknown residence.
fn countries(record: &Record, registry: &Registry, as_of: Timestamp) -> BTreeSet<Option<Country>> {
    let country = |id| {
        let (place, _) = unambiguous(registry.get(id)?.residences().in_force(as_of, None))?;
        Some(place.country())
    };
    record.subjects().iter().map(country).collect()
}

impl fmt::Display for Dependence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.origin)?;
        writeln!(f, "place  eligible  opt-in only  through silence")?;
        let mut row = |place: &str, share: Share| {
            let percent = share
                .dependence()
                .map_or_else(String::new, |share| format!("{:.1} %", share * 100.0));
            let Share { eligible, opt_in_only } = share;
            writeln!(f, "{place:5}  {eligible:>8}  {opt_in_only:>11}  {percent:>15}")
        };
        row("all", self.total)?;
        for (country, share) in self.countries() {
            row(country.as_str(), share)?;
        }
        if self.elsewhere.eligible > 0 {
            row("?", self.elsewhere)?;
        }
        Ok(())
    }
}
