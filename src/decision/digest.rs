//! Digests: hashes of the facts and rules that decide, by which they can be recognised later.

use std::fmt;
use std::str::FromStr;

use crate::people::choice::ChoiceMade;
use crate::people::log::Entry;
use crate::people::record::Record;
use crate::people::restriction::Restriction;
use crate::people::subject::Subject;
use crate::policy::policy::Policy;
use crate::policy::region::Area;
use crate::policy::revision::{Revision, Status};
use crate::policy::rule::Rule;
use crate::values::error::ValueError;
use crate::values::kind::Audience;
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::text::serde_as_text;
use crate::values::time::{Span, Timestamp};

/// A BLAKE3 digest: 32 bytes, written as 64 lower-case hexadecimal digits.
///
/// A digest depends on the meaning of a value, not on its bytes. Sets are sorted first, so that
/// order and duplicates do not matter. Text that decides nothing (titles, notes, sources) is left
/// out. A digest shows that something changed. It is not a signature: anyone who can write a file
/// can also write its digest.
///
/// # Errors
///
/// Reading fails for anything but 64 lower-case hexadecimal digits.
///
/// ```
/// use may_train::Policy;
/// use may_train::decision::Digest;
///
/// let digest = Policy::shipped("linkedin")?.digest();
/// assert_eq!(digest.to_string().parse::<Digest>()?, digest);
/// assert_eq!("ABCD".parse::<Digest>().unwrap_err().to_string(),
///     "`ABCD` is not a digest: write its 64 lower-case hexadecimal digits");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of bytes under a key.
    pub(crate) fn keyed(key: &[u8; 32], bytes: &[u8]) -> Self {
        Self(*blake3::keyed_hash(key, bytes).as_bytes())
    }

    /// Returns the first eight bytes as a number, for tables with integers of 64 bits.
    #[cfg(feature = "arrow")]
    #[allow(clippy::many_single_char_names, reason = "eight bytes that have no names")]
    pub(crate) const fn number(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        i64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        // A digest has only one text, but blake3 also reads upper case.
        let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match blake3::Hash::from_hex(text) {
            Ok(hash) if plain => Ok(Self(*hash.as_bytes())),
            Ok(_) | Err(_) => {
                let remedy = "write its 64 lower-case hexadecimal digits";
                Err(ValueError::new("a digest", text, remedy))
            }
        }
    }
}

serde_as_text!(Digest, "a digest of 64 lower-case hexadecimal digits");

/// Converts a length to the number that digests and files contain.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A hasher of a sequence of values.
///
/// Each value is hashed with its length, so that two different sequences never give the same bytes.
pub(crate) struct Digester(blake3::Hasher);

impl Digester {
    /// Creates a digester for one sort of value. Values of different sorts never share a digest.
    pub(crate) fn of(sort: &str) -> Self {
        let mut digester = Self(blake3::Hasher::new());
        digester.text("may-train");
        digester.text(sort);
        digester
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(count(bytes.len()));
        self.0.update(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.update(&number.to_le_bytes());
    }

    pub(crate) fn digest(&mut self, digest: Digest) {
        self.0.update(&digest.0);
    }

    pub(crate) fn instant(&mut self, instant: Timestamp) {
        self.0.update(&instant.as_micros().to_le_bytes());
    }

    /// Adds an optional value. `None` differs from every value.
    pub(crate) fn maybe<T>(&mut self, value: Option<T>, take: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.number(0),
            Some(value) => {
                self.number(1);
                take(self, value);
            }
        }
    }

    fn span(&mut self, span: Span) {
        self.instant(span.start());
        self.maybe(span.end(), Self::instant);
    }

    /// Adds a set of texts, in any order.
    fn texts(&mut self, texts: impl Iterator<Item = String>) {
        let mut texts: Vec<String> = texts.collect();
        texts.sort_unstable();
        texts.dedup();
        self.number(count(texts.len()));
        for text in texts {
            self.text(&text);
        }
    }

    /// Adds a set of values by their digests, in any order.
    fn digests(&mut self, digests: impl Iterator<Item = Digest>) {
        let mut digests: Vec<Digest> = digests.collect();
        digests.sort_unstable();
        digests.dedup();
        self.number(count(digests.len()));
        for digest in digests {
            self.digest(digest);
        }
    }

    /// Adds a log, which is already sorted and without duplicates.
    fn log<'a, T: 'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry<T>>,
        value: impl Fn(&mut Self, &T),
    ) {
        let mut entered = 0_u64;
        for entry in entries {
            self.number(1);
            self.instant(entry.at());
            self.instant(entry.recorded());
            value(self, entry.value());
            entered = entered.saturating_add(1);
        }
        self.number(0);
        self.number(entered);
    }

    fn restrictions(&mut self, restrictions: &[Restriction]) {
        let mut restrictions: Vec<&Restriction> = restrictions.iter().collect();
        restrictions.sort_unstable();
        restrictions.dedup();
        self.number(count(restrictions.len()));
        for restriction in restrictions {
            self.text(restriction.id().as_str());
            self.span(restriction.span());
            self.instant(restriction.recorded());
        }
    }

    /// Returns the digest of a value that consists of others, in their order.
    pub(crate) fn all(sort: &str, digests: impl ExactSizeIterator<Item = Digest>) -> Digest {
        let mut digester = Self::of(sort);
        digester.number(count(digests.len()));
        digests.for_each(|digest| digester.digest(digest));
        digester.finish()
    }

    pub(crate) fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

impl Subject {
    /// Returns the digest of all facts about the subject.
    ///
    /// The order in which facts were added, and duplicates, do not matter.
    ///
    /// ```
    /// use may_train::Subject;
    ///
    /// let subject = Subject::new("u1".parse()?);
    /// let (gb, us) = ("GB".parse()?, "US".parse()?);
    /// let (then, now) = ("2019-01-01".parse()?, "2024-03-01".parse()?);
    /// let one = subject.clone().with_residence(gb, then).with_residence(us, now);
    /// let other = subject.clone().with_residence(us, now).with_residence(gb, then).with_residence(us, now);
    /// assert_eq!(one.digest(), other.digest());
    /// assert_ne!(one.digest(), subject.digest());
    /// # Ok::<(), may_train::ValueError>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digester = Digester::of("subject");
        digester.text(self.id().as_str());
        digester.texts(self.births().iter().map(ToString::to_string));
        // No place or audience has an empty text: it stands for an unknown one.
        digester.log(self.residences().iter(), |d, place| {
            d.text(&place.map_or_else(String::new, |place| place.to_string()));
        });
        digester.log(self.audiences().iter(), |d, audience| {
            d.text(audience.as_ref().map_or("", Audience::as_str));
        });
        digester.number(count(self.choices().iter().count()));
        for (purpose, choice) in self.choices().iter() {
            digester.text(purpose.as_str());
            digester.log([choice].into_iter(), |d, made: &ChoiceMade| {
                d.text(made.choice().as_str());
                d.text(made.by().as_str());
            });
        }
        digester.restrictions(self.restrictions());
        digester.log(self.erasures().iter(), |_, ()| {});
        digester.finish()
    }
}

impl Record {
    /// Returns the digest of all parts of the record that a decision depends on.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digester = Digester::of("record");
        digester.text(self.id().as_str());
        digester.texts(self.subjects().iter().map(ToString::to_string));
        digester.text(self.kind().as_str());
        digester.instant(self.created_at());
        digester.maybe(self.deleted_at(), Digester::instant);
        digester.restrictions(self.restrictions());
        digester.finish()
    }
}

impl Policy {
    /// Returns the digest of all parts of the policy that a decision depends on: the purpose, and
    /// every revision that is ever in force. Two policies with the same digest give the same
    /// decisions.
    ///
    /// Text for readers does not count: titles, notes, sources, confidences, and what is not
    /// modelled. Withdrawn revisions, the order of rules and the way in which a region is written
    /// do not count either.
    ///
    /// ```
    /// use may_train::Policy;
    ///
    /// let text = r#"
    /// platform = "acme"
    /// purpose = "ai-training"
    /// [[revisions]]
    /// id = "first"
    /// effective = "2024-09-18"
    /// opt_out_reaches = "future-runs"
    /// residence_at = "as-of"
    /// covers = ["post"]
    /// rules = [{ in = ["*"], regime = "opt-out" }]
    /// "#;
    /// let policy = Policy::from_toml(text)?;
    /// let titled = Policy::from_toml(&format!("title = \"Acme\"\nnot_modelled = [\"Photos.\"]{text}"))?;
    /// let unsure = Policy::from_toml(&text.replace("covers", "confidence = \"low\"\ncovers"))?;
    /// let stricter = Policy::from_toml(&text.replace("opt-out\"", "opt-in\""))?;
    /// assert_eq!(policy.digest(), titled.digest());
    /// assert_eq!(policy.digest(), unsure.digest());
    /// assert_ne!(policy.digest(), stricter.digest());
    /// # Ok::<(), may_train::ReadError>(())
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digester = Digester::of("policy");
        self.digest_names(&mut digester);
        let in_force = self.revisions().iter().filter(|revision| match revision.status() {
            Status::InForce => true,
            Status::Withdrawn => false,
        });
        digester.digests(in_force.map(Revision::digest));
        digester.finish()
    }

    /// Returns the digest of the parts of the policy that decide at a cut-off: the purpose and the
    /// revision in force then.
    ///
    /// Later revisions do not change it. A run can therefore be audited under a newer policy.
    #[must_use]
    pub fn digest_at(&self, as_of: Timestamp) -> Digest {
        let mut digester = Digester::of("policy at a cut-off");
        self.digest_names(&mut digester);
        digester.maybe(self.in_force(as_of), |d, revision| d.digest(revision.digest()));
        digester.finish()
    }

    /// Adds the platform, the purpose and the version of the meaning of decisions.
    fn digest_names(&self, digester: &mut Digester) {
        digester.number(SEMANTICS_VERSION.into());
        digester.text(self.platform().as_str());
        digester.text(self.purpose().as_str());
    }
}

impl Revision {
    fn digest(&self) -> Digest {
        let mut digester = Digester::of("revision");
        digester.text(self.id().as_str());
        digester.instant(self.effective());
        digester.text(self.opt_out_reaches().as_str());
        digester.text(self.residence_at().as_str());
        digester.digests(self.rules().iter().map(Rule::digest));
        digester.finish()
    }
}

impl Rule {
    fn digest(&self) -> Digest {
        let mut digester = Digester::of("rule");
        digester.digests(self.places().iter().map(area_digest));
        digester.digests(self.except().iter().map(area_digest));
        digester.maybe(self.kinds(), |d, kinds| d.texts(kinds.iter().map(ToString::to_string)));
        digester.maybe(self.audiences(), |d, audiences| {
            d.texts(audiences.iter().map(ToString::to_string));
        });
        digester.maybe(self.created(), Digester::span);
        digester.text(self.regime().as_str());
        let terms = self.terms();
        digester.texts(terms.covers().iter().map(ToString::to_string));
        digester.maybe(terms.minimum_age(), |d, years| d.number(years.into()));
        digester.maybe(terms.created_from(), Digester::instant);
        digester.maybe(terms.opt_in_lifetime_days(), |d, days| d.number(days.into()));
        digester.maybe(terms.opt_in_from(), Digester::instant);
        digester.finish()
    }
}

/// Returns the digest of an area. The digest of a region depends on its members: if the data of a
/// shipped region changes, so does the digest.
fn area_digest(area: &Area) -> Digest {
    let mut digester = Digester::of("area");
    digester.text(&area.to_string());
    match area {
        Area::Everywhere | Area::Country(_) | Area::Subdivision(_) => {}
        Area::Region(region) => {
            digester.digests(region.members().map(|(country, span)| {
                let mut member = Digester::of("member");
                member.text(country.as_str());
                member.span(span);
                member.finish()
            }));
        }
    }
    digester.finish()
}
