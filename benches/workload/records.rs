//! Records, as columns.

use super::people::People;
use super::random::Random;
use super::{as_of, instant};

/// The kinds by code. The policy covers all but the last.
pub const KINDS: &[&str] = &["post", "article", "comment", "profile", "message"];

const DAY: i64 = 86_400_000_000;

/// How the records lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those of a subject lie together.
    Clustered,
    /// By lot.
    Shuffled,
}

impl Order {
    pub const ALL: [Self; 2] = [Self::Clustered, Self::Shuffled];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Clustered => "clustered",
            Self::Shuffled => "shuffled",
        }
    }
}

/// Records of one subject each.
pub struct Records {
    /// The number of the subject.
    pub subject: Vec<u32>,
    /// Microseconds since 1970.
    pub created_at: Vec<i64>,
    /// Codes into [`KINDS`].
    pub kind: Vec<u8>,
    /// The cut-off of each for job B.
    pub as_of: Vec<i64>,
}

impl Records {
    pub fn new(records: usize, people: &People, order: Order) -> Self {
        Self::batch(0, records, people, order)
    }

    /// Other records for each number, for whoever does not want all at once.
    pub fn batch(number: u64, records: usize, people: &People, order: Order) -> Self {
        let mut random = Random::new(2 + number);
        let scramble = Scramble::new(people.len());
        let mut subject: Vec<u32> =
            (0..records).map(|_| scramble.subject(random.fraction())).collect();
        if order == Order::Clustered {
            subject.sort_unstable();
        }
        let mut created_at = Vec::with_capacity(records);
        let mut kind = Vec::with_capacity(records);
        let mut as_of = Vec::with_capacity(records);
        let calendar = Calendar::new();
        for &subject in &subject {
            let created = calendar.creation(&mut random, people.joined(subject as usize));
            created_at.push(created);
            kind.push(u8::try_from(random.below(KINDS.len() as u64)).expect("a kind"));
            as_of.push(calendar.cut_off(&mut random, created));
        }
        Self { subject, created_at, kind, as_of }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.subject.len()
    }
}

/// Draws subjects by Zipf's law: the rank is n to the power of a fraction, and a fixed permutation
/// scatters the ranks over the numbers.
struct Scramble {
    subjects: u64,
    ln: f64,
}

impl Scramble {
    /// A prime, so that multiplying by it is a permutation for every smaller number of subjects.
    const PRIME: u64 = 4_294_967_291;

    #[allow(clippy::cast_precision_loss, reason = "fewer than 2^32")]
    fn new(subjects: usize) -> Self {
        let subjects = subjects as u64;
        Self { subjects, ln: (subjects as f64).ln() }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to the number of subjects"
    )]
    fn subject(&self, fraction: f64) -> u32 {
        let rank = (fraction * self.ln).exp() as u64;
        u32::try_from(rank * Self::PRIME % self.subjects).expect("fewer than 2^32 subjects")
    }
}

/// When records are created, and when they were trained on.
struct Calendar {
    /// Records are created from then on.
    opening: i64,
    /// Most are created before then: the cut-off of job A.
    cut_off: i64,
    closing: i64,
    /// The cut-offs of job B.
    trained_from: i64,
    trained_until: i64,
}

impl Calendar {
    fn new() -> Self {
        Self {
            opening: instant("2010-01-01"),
            cut_off: as_of(),
            closing: instant("2025-03-01"),
            trained_from: instant("2024-01-01"),
            trained_until: instant("2025-07-01"),
        }
    }

    /// One in 25 is created after the cut-off of job A.
    fn creation(&self, random: &mut Random, joined: i64) -> i64 {
        if random.one_in(25) {
            random.between(self.cut_off, self.closing)
        } else {
            random.between(self.opening.max(joined), self.cut_off)
        }
    }

    /// Any instant after the creation; of those created late, one in 16 is not yet created then, and
    /// one in 16 is created at that instant. Now and then it is midnight, as policies change then.
    fn cut_off(&self, random: &mut Random, created: i64) -> i64 {
        let earliest = created.max(self.trained_from);
        let as_of = match random.below(16) {
            0 => random.between(self.trained_from, earliest),
            1 => earliest,
            _ => random.between(earliest, self.trained_until),
        };
        if random.one_in(64) { as_of - as_of.rem_euclid(DAY) } else { as_of }
    }
}
