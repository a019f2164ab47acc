//! Decisions on past runs: every record at a cut-off of its own.

use hashbrown::HashMap;

use crate::bulk::columns::{BadColumn, Column, Columns, check_instants};
use crate::bulk::decide::CHUNK;
use crate::bulk::decided::Decided;
use crate::bulk::distinctions::Distinctions;
use crate::bulk::histories::{Header, Histories, WrongPurpose};
use crate::bulk::history::History;
use crate::bulk::ids::index;
use crate::bulk::rows::{NO_CELL, Rows};
use crate::facts::Instants;
use crate::ground::Grounds;
use crate::policy::{OptOutReach, Policy, ResidenceAt};
use crate::record::existence;
use crate::time::Timestamp;

/// Packed histories under a policy: decides each record at a cut-off of its own, as an audit of past
/// training does.
///
/// Every answer is one that the scalar decision gave, about the first subject who was seen in the same
/// situation at a cut-off under the same revision and memberships.
///
/// ```
/// use may_train::bulk::{Columns, Histories, Replay};
/// use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut histories = Histories::new(policy.purpose(), None);
/// histories.push(&Subject::new("u0".parse()?)
///     .resides("US".parse()?, "2019-01-01".parse()?)
///     .chooses(
///         Choice::OptOut,
///         ChosenBy::Subject,
///         policy.purpose().clone(),
///         "2024-10-01".parse()?,
///     ))?;
///
/// let micros = |day: &str| day.parse::<Timestamp>().map(Timestamp::as_micros);
/// let kinds = ["post".parse()?];
/// let created_at = [micros("2023-02-01")?; 2];
/// let columns = Columns::new(&[0, 0], &created_at, &[0, 0], &kinds)?;
/// let as_of = [micros("2024-09-30")?, micros("2024-10-01")?];
/// let decided = Replay::new(&histories, &policy)?.decide(&columns, &as_of)?;
/// assert_eq!(decided.mask(), [true, false]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Replay<'a> {
    histories: &'a Histories,
    rows: Rows,
    nobody: Vec<u32>,
    /// The epochs' first cut-offs.
    starts: Vec<Timestamp>,
    samplings: Vec<Sampling>,
    /// By the numbers of places: their classes.
    places: Vec<u32>,
    /// By the numbers of births, for each minimum age in turn, when it was reached.
    birthdays: Vec<i64>,
    memo: Memo,
    scratch: History,
}

/// What an epoch looks at, at a record's creation and at the cut-off.
#[derive(Debug, Clone, Copy)]
struct Sampling {
    residences: [bool; 2],
    choices: [bool; 2],
    /// The residences in between count, too.
    throughout: bool,
}

impl Sampling {
    fn of(sampling: Option<(ResidenceAt, OptOutReach)>) -> Self {
        let (created, as_of) = (Timestamp::MIN, Timestamp::MAX);
        let instants = Instants { created, as_of, known_at: None };
        let spans: Vec<_> = sampling.iter().flat_map(|(r, _)| instants.of_residences(*r)).collect();
        let choices: Vec<_> = sampling.iter().flat_map(|(_, c)| instants.of_choices(*c)).collect();
        let is_held =
            |instant| spans.iter().any(|(from, until)| [*from, *until].contains(&instant));
        Self {
            residences: [created, as_of].map(is_held),
            choices: [created, as_of].map(|instant| choices.contains(&instant)),
            throughout: spans.contains(&(created, as_of)),
        }
    }
}

/// The rows of the situations that were seen, by all that was sampled, mixed into one number.
#[derive(Debug, Clone)]
struct Memo {
    /// How many bits each part of the number has.
    bits: [u32; PARTS],
    /// By the number itself, where there are few enough.
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
}

/// What is sampled: epoch, window, ages, audience, and places and choices at creation and cut-off.
const PARTS: usize = 8;

/// How many bits a number may have so that rows are kept by it.
const DENSE: u32 = 20;

const NO_ROW: u32 = u32::MAX;

impl Memo {
    /// For parts below these limits.
    fn new(limits: [usize; PARTS]) -> Self {
        let bits = limits.map(|limit| limit.max(1).next_power_of_two().ilog2());
        let all = bits.iter().fold(0_u32, |all, bits| all.saturating_add(*bits));
        let dense = if all <= DENSE { vec![NO_ROW; 1 << all] } else { Vec::new() };
        Self { bits, dense, sparse: HashMap::new() }
    }

    #[inline]
    fn key(&self, parts: [u32; PARTS]) -> u64 {
        let mix = |key: u64, (part, bits): (u32, u32)| key.wrapping_shl(bits) | u64::from(part);
        parts.into_iter().zip(self.bits).fold(0, mix)
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u32> {
        let dense = usize::try_from(key).ok().and_then(|key| self.dense.get(key)).copied();
        dense.filter(|row| *row != NO_ROW).or_else(|| self.sparse.get(&key).copied())
    }

    fn insert(&mut self, key: u64, row: u32) {
        match usize::try_from(key).ok().and_then(|key| self.dense.get_mut(key)) {
            Some(place) => *place = row,
            None => _ = self.sparse.insert(key, row),
        }
    }
}

impl<'a> Replay<'a> {
    /// Packed histories under a policy.
    ///
    /// # Errors
    ///
    /// If they are packed for another purpose than the policy's.
    pub fn new(histories: &'a Histories, policy: &Policy) -> Result<Self, WrongPurpose> {
        histories.are_for(policy)?;
        let mut rows = Rows::new(policy, Distinctions::over_time(policy));
        rows.words = histories.words.clone();
        let epochs = rows.distinctions.epochs.clone();
        let numbers = 0..=u32::try_from(rows.words.places()).unwrap_or(u32::MAX);
        let class = |number| rows.distinctions.class_of_place(number, &rows.words);
        let places: Vec<u32> = numbers.map(class).collect();
        let ages = rows.distinctions.ages.len();
        let mut birthdays = Vec::with_capacity(histories.births.len().saturating_mul(ages));
        for birth in histories.births.values() {
            let reached = rows.birthdays(Some(*birth)).iter().map(|at| at.as_micros());
            // An age that is never reached is reached after the last instant.
            birthdays.extend(reached.chain(std::iter::repeat(i64::MAX)).take(ages));
        }
        let Distinctions { windows, lifetimes, .. } = &rows.distinctions;
        let above = |limit: usize, more: usize| limit.saturating_add(more);
        let classes = above(index(places.iter().copied().max().unwrap_or_default()), 1);
        let choices = above(lifetimes.len(), 4);
        let memo = Memo::new([
            epochs.len(),
            above(windows.len(), 1),
            above(ages, 2),
            above(rows.distinctions.audiences(), 2),
            classes,
            classes,
            choices,
            choices,
        ]);
        Ok(Self {
            histories,
            nobody: epochs.iter().map(|epoch| rows.row_of_nobody(epoch.from)).collect(),
            starts: epochs.iter().map(|epoch| epoch.from).collect(),
            samplings: epochs.iter().map(|epoch| Sampling::of(epoch.sampling)).collect(),
            places,
            birthdays,
            memo,
            rows,
            scratch: History::default(),
        })
    }

    /// Decides whether each record may have entered a training set with the cut-off of its row.
    ///
    /// # Errors
    ///
    /// As [`Standing::decide`](crate::bulk::Standing::decide), and for cut-offs that are missing or
    /// outside the years 0001 to 9999.
    pub fn decide<'c>(
        &mut self,
        columns: &Columns<'_>,
        as_of: impl Into<Column<'c, i64>>,
    ) -> Result<Decided, BadColumn> {
        let mut decided = Decided::new();
        self.decide_into(columns, as_of, &mut decided)?;
        Ok(decided)
    }

    /// The same, into room that is used again.
    ///
    /// # Errors
    ///
    /// As [`Replay::decide`]; then no decision is left.
    pub fn decide_into<'c>(
        &mut self,
        columns: &Columns<'_>,
        as_of: impl Into<Column<'c, i64>>,
        decided: &mut Decided,
    ) -> Result<(), BadColumn> {
        let as_of = columns.cut_offs(as_of.into())?;
        decided.fill(columns.len(), |grounds| {
            let codes = columns.codes(&self.rows.distinctions);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks
                .into_iter()
                .try_for_each(|(into, row)| self.chunk(columns, as_of, &codes, row, into))
        })
    }

    fn chunk(
        &mut self,
        columns: &Columns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        from: usize,
        into: &mut [Grounds],
    ) -> Result<(), BadColumn> {
        let rows = from..from.saturating_add(into.len());
        columns.check(rows.clone(), self.histories.len())?;
        check_instants(as_of, &rows, "as_of")?;
        let Columns { subjects, created_at, kinds, .. } = columns.rows(rows.clone());
        let as_of = as_of.get(rows.clone()).unwrap_or_default();
        let facts = subjects.iter().zip(created_at).zip(kinds).zip(as_of);
        for ((((subject, created), kind), as_of), grounds) in facts.zip(into.iter_mut()) {
            let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            let found = self.at(*subject, *created, *as_of, code);
            *grounds = found.union(existence(*created, None, *as_of));
        }
        let known_at = self.histories.known_at();
        columns.unite_more(rows, as_of, known_at, codes, into, |subject, created, as_of, code| {
            self.at(subject, created, as_of, code)
        });
        Ok(())
    }

    /// The grounds that a subject gives for what was created at an instant, at a cut-off.
    #[inline]
    fn at(&mut self, subject: u32, created: i64, as_of: i64, code: u32) -> Grounds {
        let as_of = Timestamp::nearest(as_of);
        let created = Timestamp::nearest(created).min(as_of);
        let epoch = self.starts.partition_point(|start| *start <= as_of).saturating_sub(1);
        let row = match self.histories.headers.get(index(subject)) {
            Some(header) => self.row(subject, header, created, as_of, epoch),
            None => self.nobody.get(epoch).copied(),
        };
        row.map_or(NO_CELL, |row| self.rows.table.grounds(row, code))
    }

    #[inline]
    fn row(
        &mut self,
        subject: u32,
        header: &Header,
        created: Timestamp,
        as_of: Timestamp,
        epoch: usize,
    ) -> Option<u32> {
        let sampling = *self.samplings.get(epoch)?;
        let is_rare = self.histories.has_vetoes(header, subject)
            || (sampling.throughout && header.is_longer() && created < header.residence_at);
        if is_rare {
            return Some(self.ask(subject, created, as_of, epoch));
        }
        let key = self.memo.key(self.parts(header, sampling, created, as_of, epoch));
        Some(self.memo.get(key).unwrap_or_else(|| {
            let row = self.ask(subject, created, as_of, epoch);
            self.memo.insert(key, row);
            row
        }))
    }

    /// All that is sampled, part by part.
    #[inline]
    fn parts(
        &self,
        header: &Header,
        sampling: Sampling,
        created: Timestamp,
        as_of: Timestamp,
        epoch: usize,
    ) -> [u32; PARTS] {
        let Self { histories, rows, .. } = self;
        let instants = [created, as_of];
        let [place_then, place_now] = sampled(sampling.residences, instants, |instant| {
            self.places.get(index(histories.residence(header, instant))).copied()
        });
        let [choice_then, choice_now] = sampled(sampling.choices, instants, |instant| {
            let preference = histories.preference_at(header, instant);
            Some(rows.distinctions.choice(preference, instant))
        });
        let part = |part: usize| u32::try_from(part).unwrap_or(u32::MAX);
        let windows = &rows.distinctions.windows;
        [
            part(epoch),
            part(windows.partition_point(|end| *end <= created)),
            self.ages(header, created),
            rows.distinctions.class_of_audience(histories.audience(header, as_of), &rows.words),
            place_then,
            place_now,
            choice_then,
            choice_now,
        ]
    }

    /// One more than the number of minimum ages that were reached; nothing where that is not known.
    #[inline]
    fn ages(&self, header: &Header, created: Timestamp) -> u32 {
        let Some(birth) = header.birth.checked_sub(1) else { return 0 };
        let ages = self.rows.distinctions.ages.len();
        let from = index(birth).wrapping_mul(ages);
        let birthdays = self.birthdays.get(from..from.wrapping_add(ages)).unwrap_or_default();
        let reached = birthdays.iter().filter(|at| **at <= created.as_micros()).count();
        u32::try_from(reached).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Unpacks the subject, and looks the situation up or asks the decision.
    #[cold]
    fn ask(&mut self, subject: u32, created: Timestamp, as_of: Timestamp, epoch: usize) -> u32 {
        self.histories.unpack(subject, &mut self.scratch);
        self.rows.row(&self.scratch, created, as_of, epoch)
    }
}

/// What is sampled at each of two instants; nothing where it is not.
#[inline]
fn sampled(
    are_sampled: [bool; 2],
    instants: [Timestamp; 2],
    sample: impl Fn(Timestamp) -> Option<u32>,
) -> [u32; 2] {
    let [then, now] = are_sampled;
    let [created, as_of] = instants;
    let at = |is_sampled: bool, instant| if is_sampled { sample(instant) } else { None };
    [at(then, created).unwrap_or(0), at(now, as_of).unwrap_or(0)]
}
