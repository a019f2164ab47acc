//! The replay of past runs: decides records with a cut-off each, from packed histories.
//!
//! Rows are decided in chunks, in two passes. The first pass reads a sketch of each subject, and
//! looks a row of grounds up by it ([`Sketches`]). If sketches do not hold most subjects, it reads
//! headers instead, and computes a [`SituationCode`]. Neither way has branches.
//!
//! The second pass decides the rows that the first could not, in the exact way. It reads all
//! changes of the subject, and asks the scalar decision about a new situation.

use crate::bulk::decisions::Decisions;
use crate::bulk::ids::{code, index};
use crate::bulk::input::checks::{Column, ColumnError, check_instants};
use crate::bulk::input::record_columns::RecordColumns;
use crate::bulk::packed::header::Header;
use crate::bulk::packed::histories::{Histories, PurposeError};
use crate::bulk::replay::outline::Lens;
use crate::bulk::replay::situation_code::{NO_ROW, Radix, RowCache, SampledFacts, SituationCode};
use crate::bulk::replay::sketch::{NO_CELL, Sketches};
use crate::bulk::situation::codes::{Codes, Epoch};
use crate::bulk::situation::resolved::{History, UNKNOWN};
use crate::bulk::situation::rows::Rows;
use crate::people::choice::SampledChoice;
use crate::people::record::existence;
use crate::policy::policy::Policy;
use crate::policy::revision::ResidenceAt;
use crate::values::ground::Grounds;
use crate::values::time::Timestamp;

/// Packed histories under a policy, which decide each record at a cut-off of its own, as an audit
/// of past training does.
///
/// Every answer is one that the scalar decision gave. It was asked about the first subject in the
/// same situation, at a cut-off under the same revision and memberships.
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
    /// The row of an unknown subject, by epoch.
    nobody: Vec<u32>,
    /// The epochs' first cut-offs.
    starts: Vec<i64>,
    radix: Radix,
    sampled: SampledFacts,
    /// The class of each place, by the code of the place.
    classes: Vec<u32>,
    /// For each minimum age, the instants at which it was reached, by [`Header::birth`].
    birthdays: Vec<Vec<i64>>,
    /// Whether an epoch counts the residences between creation and cut-off, too.
    throughout: Vec<bool>,
    /// Whether opt-ins expire.
    tells_opt_ins_apart: bool,
    cache: RowCache,
    /// `None` if headers are read instead.
    sketches: Option<Sketches>,
    scratch: History,
}

/// Marks a row in the cache that the header is not enough to decide.
const UNSETTLED: u32 = u32::MAX;

/// How many rows are decided at a time: few enough that their headers stay in the nearest cache.
const CHUNK: usize = 256;

impl<'a> Replay<'a> {
    /// Binds packed histories to a policy.
    ///
    /// # Errors
    ///
    /// Returns [`PurposeError`] if the histories are packed for another purpose than the policy's.
    pub fn new(histories: &'a Histories, policy: &Policy) -> Result<Self, PurposeError> {
        histories.are_for(policy)?;
        let mut rows = Rows::new(policy, Codes::over_time(policy));
        rows.words = histories.words.clone();
        let epochs = rows.codes.epochs.clone();
        let class = |place| rows.codes.class_of_place(place, &rows.words);
        let classes: Vec<u32> = (0..=code(rows.words.places())).map(class).collect();
        let ages = rows.codes.ages.len();
        // An age that is never reached has its birthday after the last instant; so has an unknown
        // birth.
        let mut birthdays = vec![vec![i64::MAX]; ages];
        for birth in histories.births.values() {
            let reached = rows.birthdays(Some(*birth)).iter().map(|at| at.as_micros());
            let reached = reached.chain(std::iter::repeat(i64::MAX));
            birthdays.iter_mut().zip(reached).for_each(|(age, at)| age.push(at));
        }
        let sampled = SampledFacts::of(&rows.codes);
        let radix = Radix::new(counts(&rows.codes, sampled, &classes));
        let throughout = |epoch: &Epoch| match epoch.sampling {
            Some((ResidenceAt::Throughout, _)) => true,
            Some((ResidenceAt::AsOf | ResidenceAt::Created | ResidenceAt::Both, _)) | None => false,
        };
        let first_rule = epochs.iter().find(|epoch| epoch.sampling.is_some());
        let first_rule = first_rule.map_or(Timestamp::MAX, |epoch| epoch.from);
        let lens = Lens { rows: &rows, sampled, classes: &classes, first_rule };
        Ok(Self {
            sketches: Sketches::new(histories, &lens, &birthdays),
            histories,
            nobody: epochs.iter().map(|epoch| rows.row_of_nobody(epoch.from)).collect(),
            starts: epochs.iter().map(|epoch| epoch.from.as_micros()).collect(),
            throughout: epochs.iter().map(throughout).collect(),
            tells_opt_ins_apart: rows.codes.tells_opt_ins_apart(),
            classes,
            birthdays,
            cache: RowCache::new(&radix),
            radix,
            sampled,
            rows,
            scratch: History::default(),
        })
    }

    /// Decides whether each record may have entered a training set with the cut-off of its row.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Snapshot::decide`](crate::bulk::Snapshot::decide), and an error for
    /// a cut-off that is missing or outside the years 0001 to 9999.
    pub fn decide<'c>(
        &mut self,
        columns: &RecordColumns<'_>,
        as_of: impl Into<Column<'c, i64>>,
    ) -> Result<Decisions, ColumnError> {
        let mut decided = Decisions::new();
        self.decide_into(columns, as_of, &mut decided)?;
        Ok(decided)
    }

    /// Decides into memory that is reused.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Replay::decide`]; then no decision is left.
    pub fn decide_into<'c>(
        &mut self,
        columns: &RecordColumns<'_>,
        as_of: impl Into<Column<'c, i64>>,
        decided: &mut Decisions,
    ) -> Result<(), ColumnError> {
        let as_of = columns.cut_offs(as_of.into())?;
        decided.fill(columns.len(), |grounds| {
            let codes = columns.codes(&self.rows.codes);
            let chunks = grounds.chunks_mut(CHUNK).zip((0..).step_by(CHUNK));
            chunks
                .into_iter()
                .try_for_each(|(into, from)| self.chunk(columns, as_of, &codes, from, into))
        })
    }

    /// Decides in parallel, in the thread pool from which it is called.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Replay::decide`]; of several bad rows, it names any one.
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
        // Each part starts from what is known here, and has enough rows to be worth it.
        const PART: usize = CHUNK * 512;
        let as_of = columns.cut_offs(as_of.into())?;
        let codes = columns.codes(&self.rows.codes);
        decided.fill(columns.len(), |grounds| {
            grounds.par_chunks_mut(PART).enumerate().try_for_each_init(
                || self.clone(),
                |replay, (part, grounds)| {
                    let from = part.saturating_mul(PART);
                    let mut chunks = grounds.chunks_mut(CHUNK).zip((from..).step_by(CHUNK));
                    chunks.try_for_each(|(into, from)| {
                        replay.chunk(columns, as_of, &codes, from, into)
                    })
                },
            )
        })
    }

    /// Decides the rows from one on, as many as fit into `into`.
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
        let (mut cells, mut ground_rows) = ([NO_CELL; CHUNK], [NO_ROW; CHUNK]);
        match &self.sketches {
            Some(sketches) => sketches.find(&some, as_of, &mut cells, &mut ground_rows),
            None => self.find_by_headers(&some, as_of, &mut ground_rows),
        }
        let unsettled =
            self.decide_settled(&some, as_of, codes, &ground_rows, into, &mut unsettled);
        self.decide_unsettled(&some, as_of, codes, into, (unsettled, &cells));
        let known_at = self.histories.known_at();
        columns.unite_more(rows, as_of, known_at, codes, into, |subject, created, as_of, kind| {
            let header = self.histories.header(subject);
            let ground_row = self.ground_row(subject, &header, created, as_of);
            self.rows.table.grounds(ground_row, kind)
        });
        Ok(())
    }

    /// Returns the row of grounds of a subject, for data created at an instant, at a cut-off.
    fn ground_row(&mut self, subject: u32, header: &Header, created: i64, as_of: i64) -> u32 {
        let epoch = self.starts.partition_point(|start| *start <= as_of).saturating_sub(1);
        let created = created.min(as_of);
        let is_throughout = self.throughout.get(epoch) == Some(&true);
        if header.has_vetoes()
            || (is_throughout && header.is_moved_since(created))
            || self.radix.is_too_large()
        {
            return self.ask(subject, created, as_of, epoch);
        }
        let slot = self.radix.slot(&self.code(header, created, as_of));
        if let Some(ground_row) = self.cache.get(slot) {
            return ground_row;
        }
        let ground_row = self.ask(subject, created, as_of, epoch);
        self.cache.insert(slot, ground_row);
        ground_row
    }

    /// Returns the code of a subject's situation, from all changes of the subject.
    fn code(&self, header: &Header, created: i64, as_of: i64) -> SituationCode {
        let Self { histories, rows, .. } = self;
        let changes = histories.changes(header);
        let residence = |instant| self.class(changes.residence(instant));
        let choice = |micros| {
            let (at, preference) = changes.preference(micros);
            let preference = histories.preference(preference, at);
            let choice = SampledChoice { instant: Timestamp::nearest(micros), preference };
            rows.codes.choice(choice).into()
        };
        let audience = if self.sampled.audience { changes.audience(as_of) } else { UNKNOWN };
        SituationCode {
            audience: rows.codes.class_of_audience(rows.words.audience(audience)),
            residence_at_creation: residence(created),
            residence_at_cut_off: residence(as_of),
            choice_at_creation: choice(created),
            choice_at_cut_off: choice(as_of),
            ..self.code_of_header(header, created, as_of)
        }
    }

    /// Returns the code of a situation, from the header alone. Epoch, window and age are exact; the
    /// other digits are only as exact as the header. The function has no branches, because the data
    /// of the next row cannot be predicted.
    #[expect(clippy::inline_always, reason = "two callers: 13 % more instructions a row if called")]
    #[inline(always)]
    fn code_of_header(&self, header: &Header, created: i64, as_of: i64) -> SituationCode {
        let if_true = |is_true: bool, digit: u32| if is_true { digit } else { 0 };
        let class = self.class(header.residence);
        // A lasting opt-in is one opt-in, whenever it began.
        let choice = u32::from(header.preference.without_offset());
        let later = self.starts.iter().skip(1);
        let first_age = self.birthdays.first().map_or(0, |age| header.has_birthday(age, created));
        // Few policies have further ages.
        let further = self.birthdays.iter().skip(1).map(|age| header.has_birthday(age, created));
        let ages = header.has_birth().wrapping_add(first_age);
        SituationCode {
            epoch: later.fold(0, |epoch, start| epoch.wrapping_add(u32::from(as_of >= *start))),
            window: self.rows.codes.window(created),
            age: further.fold(ages, u32::wrapping_add),
            audience: UNKNOWN,
            residence_at_creation: if_true(created >= header.residence_at, class),
            residence_at_cut_off: if_true(as_of >= header.residence_at, class),
            choice_at_creation: if_true(created >= header.preference_at, choice),
            choice_at_cut_off: if_true(as_of >= header.preference_at, choice),
        }
    }

    /// Returns the number of the situation if the header is enough, or else [`UNSETTLED`].
    #[inline]
    fn settled_slot(&self, header: &Header, created: i64, as_of: i64) -> u32 {
        let slot = self.radix.slot(&self.code_of_header(header, created, as_of));
        // A subject with more changes can be decided from the header if the sampled instants lie
        // after the last ones.
        let first = |at_creation: bool| if at_creation { created } else { as_of };
        let is_last = first(self.sampled.residence_at_creation) >= header.residence_at
            && first(self.sampled.choice_at_creation) >= header.preference_at
            && !self.sampled.audience;
        let may_expire = header.preference.is_opt_in() && self.tells_opt_ins_apart;
        let is_enough = !header.has_vetoes() && !may_expire && (!header.has_tail() || is_last);
        if is_enough { slot } else { UNSETTLED }
    }

    /// Finds the row of grounds of each record whose header is enough, if the situation occurred
    /// before; [`NO_ROW`] for the others.
    fn find_by_headers(
        &self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        ground_rows: &mut [u32; CHUNK],
    ) {
        touch(some.subjects, |subject| self.histories.header(*subject).tail);
        let cache = self.cache.dense();
        let facts = some.subjects.iter().zip(some.created_at).zip(as_of);
        for (ground_row, ((subject, created_at), as_of)) in ground_rows.iter_mut().zip(facts) {
            let header = self.histories.header(*subject);
            let slot = self.settled_slot(&header, (*created_at).min(*as_of), *as_of);
            *ground_row = cache.get(index(slot)).copied().unwrap_or(NO_ROW);
        }
    }

    /// Decides the records with a row of grounds, and returns the indices of the others.
    fn decide_settled<'r>(
        &self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        ground_rows: &[u32; CHUNK],
        into: &mut [Grounds],
        unsettled: &'r mut [u32; CHUNK],
    ) -> &'r [u32] {
        let table = &self.rows.table;
        let mut count = 0_usize;
        let facts = ground_rows.iter().zip(some.created_at).zip(as_of).zip(some.kinds);
        for ((((ground_row, created_at), as_of), kind), into) in facts.zip(into.iter_mut()) {
            let kind = codes.get(usize::from(*kind)).copied().unwrap_or_default();
            *into = table.grounds(*ground_row, kind).union(existence(*created_at, None, *as_of));
        }
        for (some, records) in ground_rows.chunks(16).zip((0..code(into.len())).step_by(16)) {
            // Sixteen at a time, because few are unsettled.
            if !some.contains(&NO_ROW) {
                continue;
            }
            for (ground_row, record) in some.iter().zip(records..code(into.len())) {
                if let Some(next) = unsettled.get_mut(count) {
                    *next = record;
                }
                count = count.wrapping_add(usize::from(*ground_row == NO_ROW));
            }
        }
        unsettled.get(..count).unwrap_or_default()
    }

    /// Decides rows one by one, from all changes of their subjects.
    fn decide_unsettled(
        &mut self,
        some: &RecordColumns<'_>,
        as_of: &[i64],
        codes: &[u32; 256],
        into: &mut [Grounds],
        (records, cells): (&[u32], &[u32; CHUNK]),
    ) {
        let subject_of = |record: u32| some.subjects.get(index(record)).copied();
        let header_of = |replay: &Self, record: u32| {
            let subject = subject_of(record).unwrap_or(RecordColumns::UNKNOWN_SUBJECT);
            (subject, replay.histories.header(subject))
        };
        touch(records, |record| self.histories.word_of_tail(&header_of(self, *record).1));
        for record in records {
            let (subject, header) = header_of(self, *record);
            let record = index(*record);
            let facts = some.created_at.get(record).zip(as_of.get(record));
            let kind = some.kinds.get(record).and_then(|kind| codes.get(usize::from(*kind)));
            let (Some((created, as_of)), Some(kind), Some(into)) =
                (facts, kind, into.get_mut(record))
            else {
                // The columns have one length. A row without a value would keep `NO_CELL`.
                continue;
            };
            let ground_row = self.ground_row(subject, &header, *created, *as_of);
            if let Some((sketches, cell)) = self.sketches.as_mut().zip(cells.get(record)) {
                sketches.keep(*cell, ground_row);
            }
            let grounds = self.rows.table.grounds(ground_row, *kind);
            *into = grounds.union(existence(*created, None, *as_of));
        }
    }

    #[inline]
    fn class(&self, place: u32) -> u32 {
        #[cold]
        fn no_class() -> u32 {
            UNKNOWN
        }
        self.classes.get(index(place)).copied().unwrap_or_else(no_class)
    }

    /// Returns the row of the subject's situation, from the cache or else from the scalar decision.
    #[expect(clippy::expect_used, reason = "another row would be a wrong answer")]
    #[cold]
    fn ask(&mut self, subject: u32, created: i64, as_of: i64, epoch: usize) -> u32 {
        let (created, as_of) = (Timestamp::nearest(created), Timestamp::nearest(as_of));
        if index(subject) >= self.histories.len() {
            return *self.nobody.get(epoch).expect("each epoch has a row of nobody");
        }
        self.histories.unpack(subject, &mut self.scratch);
        self.rows.row(&self.scratch, created, as_of, epoch)
    }
}

/// Returns how many values each digit of a situation has. A fact that no epoch samples has one.
fn counts(codes: &Codes, sampled: SampledFacts, classes: &[u32]) -> SituationCode {
    let ages = codes.ages.len();
    let last_class = classes.iter().copied().max().unwrap_or_default();
    let of_classes = |is_sampled: bool| if is_sampled { last_class.saturating_add(1) } else { 1 };
    let of_choices = |is_sampled: bool| if is_sampled { code(codes.choices()) } else { 1 };
    SituationCode {
        epoch: code(codes.epochs.len()),
        window: code(codes.windows.len().saturating_add(1)),
        age: if ages > 0 { code(ages.saturating_add(2)) } else { 1 },
        audience: code(codes.classes_of_audiences()),
        residence_at_creation: of_classes(sampled.residence_at_creation),
        residence_at_cut_off: of_classes(sampled.residence_at_cut_off),
        choice_at_creation: of_choices(sampled.choice_at_creation),
        choice_at_cut_off: of_choices(sampled.choice_at_cut_off),
    }
}

/// Reads a word of each item before any of them is used. The processor then fetches their cache
/// lines at the same time instead of one after the other: a prefetch in safe code.
#[inline]
fn touch<T>(items: &[T], word: impl Fn(&T) -> u32) {
    std::hint::black_box(items.iter().fold(0, |any, item| any | word(item)));
}
