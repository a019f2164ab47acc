//! Decisions on past runs: every record at a cut-off of its own.

use crate::bulk::decisions::Decisions;
use crate::bulk::ids::index;
use crate::bulk::input::checks::{Column, ColumnError, check_instants};
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::packed::header::{Header, OPTED_OUT, SILENT};
use crate::bulk::packed::histories::{Histories, PurposeError};
use crate::bulk::replay::situation_code::{Looks, Memo, NO_ROW, PARTS, Scale};
use crate::bulk::situation::codes::{Distinctions, Epoch};
use crate::bulk::situation::resolved::{History, UNKNOWN};
use crate::bulk::situation::rows::Rows;
use crate::people::record::existence;
use crate::policy::policy::Policy;
use crate::policy::revision::ResidenceAt;
use crate::values::ground::Grounds;
use crate::values::time::Timestamp;

/// Packed histories under a policy: decides each record at a cut-off of its own, as an audit of past
/// training does.
///
/// Every answer is one that the scalar decision gave, about the first subject who was seen in the same
/// situation at a cut-off under the same revision and memberships.
///
/// ```
/// use may_train::bulk::{RecordColumns, Histories, Replay};
/// use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut histories = Histories::new(policy.purpose(), None);
/// histories.push(&Subject::new("u0".parse()?)
///     .with_residence("US".parse()?, "2019-01-01".parse()?)
///     .with_choice(
///         Choice::OptOut,
///         ChosenBy::Subject,
///         policy.purpose().clone(),
///         "2024-10-01".parse()?,
///     ))?;
///
/// let micros = |day: &str| day.parse::<Timestamp>().map(Timestamp::as_micros);
/// let kinds = ["post".parse()?];
/// let created_at = [micros("2023-02-01")?; 2];
/// let columns = RecordColumns::new(&[0, 0], &created_at, &[0, 0], &kinds)?;
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
    starts: Vec<i64>,
    scale: Scale,
    looks: Looks,
    /// By the numbers of places: their classes.
    places: Vec<u32>,
    /// For each minimum age, by what headers say of births: when it was reached.
    birthdays: Vec<Vec<i64>>,
    /// Whether an epoch counts the residences between creation and cut-off, too.
    throughout: Vec<bool>,
    /// Whether opt-ins expire.
    tells_opt_ins_apart: bool,
    memo: Memo,
    scratch: History,
}

/// The place of what the header does not say enough for.
const UNSETTLED: u32 = u32::MAX;

/// How many rows are decided at a time: few enough that their headers stay in the nearest cache.
const CHUNK: usize = 256;

impl<'a> Replay<'a> {
    /// Packed histories under a policy.
    ///
    /// # Errors
    ///
    /// If they are packed for another purpose than the policy's.
    pub fn new(histories: &'a Histories, policy: &Policy) -> Result<Self, PurposeError> {
        histories.are_for(policy)?;
        let mut rows = Rows::new(policy, Distinctions::over_time(policy));
        rows.words = histories.words.clone();
        let epochs = rows.distinctions.epochs.clone();
        let numbers = 0..=u32::try_from(rows.words.places()).unwrap_or(u32::MAX);
        let class = |number| rows.distinctions.class_of_place(number, &rows.words);
        let places: Vec<u32> = numbers.map(class).collect();
        let ages = rows.distinctions.ages.len();
        // An age that is never reached is reached after the last instant; so is one of the unknown.
        let mut birthdays = vec![vec![i64::MAX]; ages];
        for birth in histories.births.values() {
            let reached = rows.birthdays(Some(*birth)).iter().map(|at| at.as_micros());
            let reached = reached.chain(std::iter::repeat(i64::MAX));
            birthdays.iter_mut().zip(reached).for_each(|(age, at)| age.push(at));
        }
        let Distinctions { windows, .. } = &rows.distinctions;
        let classes = index(places.iter().copied().max().unwrap_or_default());
        let looks = Looks::of(&rows.distinctions);
        let [place_then, place_now] =
            looks.residence_at.map(|looks| if looks { classes.saturating_add(1) } else { 1 });
        let [choice_then, choice_now] =
            looks.choice_at.map(|looks| if looks { rows.distinctions.choices() } else { 1 });
        let scale = Scale::new([
            epochs.len(),
            windows.len().saturating_add(1),
            if ages > 0 { ages.saturating_add(2) } else { 1 },
            rows.distinctions.classes_of_audiences(),
            place_then,
            place_now,
            choice_then,
            choice_now,
        ]);
        let throughout = |epoch: &Epoch| match epoch.sampling {
            Some((ResidenceAt::Throughout, _)) => true,
            Some((ResidenceAt::AsOf | ResidenceAt::Created | ResidenceAt::Both, _)) | None => false,
        };
        Ok(Self {
            histories,
            nobody: epochs.iter().map(|epoch| rows.row_of_nobody(epoch.from)).collect(),
            starts: epochs.iter().map(|epoch| epoch.from.as_micros()).collect(),
            throughout: epochs.iter().map(throughout).collect(),
            tells_opt_ins_apart: rows.distinctions.tells_opt_ins_apart(),
            places,
            birthdays,
            memo: Memo::new(scale.size),
            scale,
            looks,
            rows,
            scratch: History::default(),
        })
    }

    /// Decides whether each record may have entered a training set with the cut-off of its row.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::decide`](crate::bulk::Snapshot::decide), and for cut-offs that are missing or
    /// outside the years 0001 to 9999.
    pub fn decide<'c>(
        &mut self,
        columns: &RecordColumns<'_>,
        as_of: impl Into<Column<'c, i64>>,
    ) -> Result<Decisions, ColumnError> {
        let mut decided = Decisions::new();
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
        columns: &RecordColumns<'_>,
        as_of: impl Into<Column<'c, i64>>,
        decided: &mut Decisions,
    ) -> Result<(), ColumnError> {
        let as_of = columns.cut_offs(as_of.into())?;
        decided.fill(columns.len(), |grounds| {
            let codes = columns.codes(&self.rows.distinctions);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks
                .into_iter()
                .try_for_each(|(into, row)| self.chunk(columns, as_of, &codes, row, into))
        })
    }

    /// The same, in the pool of threads that it is called in.
    ///
    /// # Errors
    ///
    /// As [`Replay::decide`]; of several bad rows any one is named.
    #[cfg(feature = "rayon")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rayon")))]
    pub fn decide_into_parallel<'c>(
        &self,
        columns: &RecordColumns<'_>,
        as_of: impl Into<Column<'c, i64>>,
        decided: &mut Decisions,
    ) -> Result<(), ColumnError> {
        use rayon::iter::{IndexedParallelIterator, ParallelIterator};
        use rayon::slice::ParallelSliceMut;
        // Each part starts from what is known here, and has enough rows for that to be worth it.
        const PART: usize = CHUNK * 512;
        let as_of = columns.cut_offs(as_of.into())?;
        let codes = columns.codes(&self.rows.distinctions);
        decided.fill(columns.len(), |grounds| {
            grounds.par_chunks_mut(PART).enumerate().try_for_each_init(
                || self.clone(),
                |replay, (part, grounds)| {
                    let from = part.saturating_mul(PART);
                    let mut chunks = grounds.chunks_mut(CHUNK).zip((from..).step_by(CHUNK));
                    chunks
                        .try_for_each(|(into, row)| replay.chunk(columns, as_of, &codes, row, into))
                },
            )
        })
    }

    fn chunk(
        &mut self,
        columns: &RecordColumns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        from: usize,
        into: &mut [Grounds],
    ) -> Result<(), ColumnError> {
        let rows = from..from.saturating_add(into.len());
        check_instants(as_of, &rows, "as_of")?;
        columns.check(&rows, self.histories.len())?;
        let some = columns.rows(rows.clone());
        let as_of = as_of.get(rows.clone()).unwrap_or_default();
        let mut unsettled = [0; CHUNK];
        let unsettled = self.decide_settled(&some, as_of, codes, into, &mut unsettled);
        self.decide_unsettled(&some, as_of, codes, into, unsettled);
        let known_at = self.histories.known_at();
        columns.unite_more(rows, as_of, known_at, codes, into, |subject, created, as_of, code| {
            let header = self.histories.header(subject);
            let row = self.row(subject, &header, created, as_of);
            self.rows.table.grounds(row, code)
        });
        Ok(())
    }

    /// The row of a subject for what was created at an instant, at a cut-off.
    fn row(&mut self, subject: u32, header: &Header, created: i64, as_of: i64) -> u32 {
        let epoch = self.starts.partition_point(|start| *start <= as_of).saturating_sub(1);
        let created = created.min(as_of);
        let is_throughout = self.throughout.get(epoch) == Some(&true);
        if header.is_rare()
            || (is_throughout && header.is_moved_since(created))
            || self.scale.is_too_large()
        {
            return self.ask(subject, created, as_of, epoch);
        }
        let place = self.scale.place(self.parts(header, created, as_of, epoch));
        if let Some(row) = self.memo.get(place) {
            return row;
        }
        let row = self.ask(subject, created, as_of, epoch);
        self.memo.insert(place, row);
        row
    }

    /// All that is sampled, part by part.
    fn parts(&self, header: &Header, created: i64, as_of: i64, epoch: usize) -> [u32; PARTS] {
        let Self { histories, rows, .. } = self;
        let distinctions = &rows.distinctions;
        let changes = histories.changes(header);
        let place = |instant| self.class(changes.residence(instant));
        let choice = |instant| {
            let (at, number) = changes.preference(instant);
            distinctions.choice_of(histories.preference(number, at), instant)
        };
        let audience = if self.looks.audience { changes.audience(as_of) } else { UNKNOWN };
        let reached = self.birthdays.iter().map(|age| header.has_birthday(age, created));
        [
            u32::try_from(epoch).unwrap_or(u32::MAX),
            distinctions.window(created),
            reached.fold(header.has_birth(), u32::wrapping_add),
            distinctions.class_of_audience(audience, &rows.words),
            place(created),
            place(as_of),
            choice(created),
            choice(as_of),
        ]
    }

    /// Decides the rows of those of whom the header says enough, in situations that were met before, and
    /// notes which the others are.
    fn decide_settled<'r>(
        &self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        into: &mut [Grounds],
        unsettled: &'r mut [u32; CHUNK],
    ) -> &'r [u32] {
        // First all headers, so that many are waited for at a time where they lie far apart.
        std::hint::black_box(
            some.subjects
                .iter()
                .fold(0, |any, subject| any | self.histories.header(*subject).longer),
        );
        let mut places = [0_u32; CHUNK];
        let facts = some.subjects.iter().zip(some.created_at).zip(as_of);
        for (place, ((subject, created_at), as_of)) in places.iter_mut().zip(facts) {
            let header = self.histories.header(*subject);
            *place = self.settled_place(&header, (*created_at).min(*as_of), *as_of);
        }
        let (memo, table) = (self.memo.dense(), &self.rows.table);
        let mut count = 0_usize;
        let facts = places.iter().zip(some.created_at).zip(as_of).zip(some.kinds);
        for ((number, (((place, created_at), as_of), kind)), into) in (0..).zip(facts).zip(into) {
            let row = memo.get(index(*place)).copied().unwrap_or(NO_ROW);
            let code = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            *into = table.grounds(row, code).union(existence(*created_at, None, *as_of));
            if let Some(next) = unsettled.get_mut(count) {
                *next = number;
            }
            count = count.wrapping_add(usize::from(row == NO_ROW));
        }
        unsettled.get(..count).unwrap_or_default()
    }

    /// Decides rows one by one.
    fn decide_unsettled(
        &mut self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        into: &mut [Grounds],
        rows: &[u32],
    ) {
        let header = |replay: &Self, row: u32| {
            let subject = some.subjects.get(index(row)).copied();
            let subject = subject.unwrap_or(RecordColumns::UNKNOWN_SUBJECT);
            (subject, replay.histories.header(subject))
        };
        // First where their changes lie, likewise.
        std::hint::black_box(rows.iter().fold(0, |any, row| {
            let (_, header) = header(self, *row);
            any ^ self.histories.fetched(&header)
        }));
        for row in rows {
            let (subject, header) = header(self, *row);
            let row = index(*row);
            let created = some.created_at.get(row).copied().unwrap_or_default();
            let as_of = as_of.get(row).copied().unwrap_or_default();
            let kind = some.kinds.get(row).copied().unwrap_or_default();
            let found = self.row(subject, &header, created, as_of);
            let code = codes.get(usize::from(kind)).copied().unwrap_or_default();
            let grounds =
                self.rows.table.grounds(found, code).union(existence(created, None, as_of));
            if let Some(into) = into.get_mut(row) {
                *into = grounds;
            }
        }
    }

    /// What the instants alone add to the place of a row: epoch and window.
    #[inline]
    fn place_of_times(&self, created: i64, as_of: i64) -> u32 {
        let [epoch_weight, window_weight, ..] = self.scale.weights;
        let later = self.starts.iter().skip(1);
        let epoch =
            later.fold(0_u32, |epoch, start| epoch.wrapping_add(u32::from(as_of >= *start)));
        let window = self.rows.distinctions.window(created);
        epoch.wrapping_mul(epoch_weight).wrapping_add(window.wrapping_mul(window_weight))
    }

    /// What the ages but the first add: few policies have any.
    #[inline]
    fn place_of_other_ages(&self, header: &Header, created: i64) -> u32 {
        let [_, _, weight, ..] = self.scale.weights;
        let reached = self.birthdays.iter().skip(1).map(|age| header.has_birthday(age, created));
        reached.fold(0, u32::wrapping_add).wrapping_mul(weight)
    }

    /// The place of the row of what was created at an instant, up to the cut-off, as far as the header
    /// says enough; or else [`UNSETTLED`].
    #[inline]
    fn settled_place(&self, header: &Header, created: i64, as_of: i64) -> u32 {
        let [_, _, age, _, place_then, place_now, choice_then, choice_now] = self.scale.weights;
        // Without branches, as nobody can foretell them.
        let part = |counts: bool, part: u32| if counts { part } else { 0 };
        let [resided_then, resided_now] = [created, as_of].map(|at| at >= header.residence_at);
        let [chosen_then, chosen_now] = [created, as_of].map(|at| at >= header.preference_at);
        let place = part(resided_then, place_then).wrapping_add(part(resided_now, place_now));
        let choice = part(chosen_then, choice_then).wrapping_add(part(chosen_now, choice_now));
        let silent = Distinctions::lasting_choice(SILENT);
        let chosen = Distinctions::lasting_choice(header.preference).wrapping_sub(silent);
        let birthday = self.birthdays.first().and_then(|age| age.get(index(header.birth)));
        let is_of_age = birthday.is_some_and(|birthday| *birthday <= created);
        let found = self
            .class(header.residence)
            .wrapping_mul(place)
            .wrapping_add(chosen.wrapping_mul(choice))
            .wrapping_add(silent.wrapping_mul(choice_then.wrapping_add(choice_now)))
            .wrapping_add(header.has_birth().wrapping_add(u32::from(is_of_age)).wrapping_mul(age))
            .wrapping_add(self.place_of_other_ages(header, created))
            .wrapping_add(self.place_of_times(created, as_of));
        // What is longer, the header says from its last changes on.
        let resided = if self.looks.place_at_creation() { resided_then } else { resided_now };
        let chosen = if self.looks.choice_at_creation() { chosen_then } else { chosen_now };
        let is_last = resided && chosen && !self.looks.audience;
        let is_mortal = header.preference > OPTED_OUT && self.tells_opt_ins_apart;
        let is_enough = !header.is_rare() && !is_mortal && (!header.is_longer() || is_last);
        if is_enough { found } else { UNSETTLED }
    }

    #[inline]
    fn class(&self, place: u32) -> u32 {
        self.places.get(index(place)).copied().unwrap_or_else(no_class)
    }

    /// Unpacks the subject, and looks the situation up or asks the decision.
    #[cold]
    fn ask(&mut self, subject: u32, created: i64, as_of: i64, epoch: usize) -> u32 {
        let (created, as_of) = (Timestamp::nearest(created), Timestamp::nearest(as_of));
        if index(subject) >= self.histories.len() {
            return self.nobody.get(epoch).copied().unwrap_or(NO_ROW);
        }
        self.histories.unpack(subject, &mut self.scratch);
        self.rows.row(&self.scratch, created, as_of, epoch)
    }
}

#[cold]
fn no_class() -> u32 {
    UNKNOWN
}
