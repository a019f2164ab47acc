//! Sealed runs: which records a model was trained on, and under which policy.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::decision::digest::{Digest, Digester, count};
use crate::ledger::admission::{Bound, Refused};
use crate::ledger::id_set::{IdSet, Layout};
use crate::policy::gazetteer::Gazetteer;
use crate::values::ground::Ground;
use crate::values::id::{Platform, RecordId, RevisionId, SubjectId};
use crate::values::kind::Purpose;
use crate::values::regime::SEMANTICS_VERSION;
use crate::values::text::{checked_text, printable};
use crate::values::time::Timestamp;

checked_text! {
    /// The platform's own identifier of a training run.
    ///
    /// Not empty, without control or invisible characters, without space around it. Compared byte
    /// by byte.
    RunId, "a run id", printable
}

/// A training run that took place, as a value that cannot change.
///
/// [`TrainingSet::seal`](crate::ledger::TrainingSet::seal) makes one, and
/// [`SealedRun::read_manifest`] reads one whose digest matches. A later choice does not change a
/// sealed run; it changes the next run.
///
/// No method lets a record in:
///
/// ```compile_fail
/// # fn f(mut run: may_train::ledger::SealedRun, admission: may_train::ledger::Admission) {
/// run.enter(admission); // there is no such method
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SealedRun {
    pub(crate) head: Head,
    pub(crate) digest: Digest,
    pub(crate) records: IdSet,
    pub(crate) subjects: IdSet,
}

/// A run without its identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub format: Format,
    pub semantics: u32,
    pub gazetteer: String,
    pub run: RunId,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub builds_on: BTreeSet<Parent>,
    pub platform: Platform,
    pub purpose: Purpose,
    pub revision: Option<RevisionId>,
    pub policy: Digest,
    pub policy_at_cut_off: Digest,
    pub registry: Digest,
    pub as_of: Timestamp,
    pub known_at: Timestamp,
    pub admitted: u64,
    pub refused: u64,
    pub grounds: BTreeMap<Ground, u64>,
    pub records: Layout,
    pub subjects: Layout,
}

/// The version of the manifest format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Format {
    /// A run without parents.
    #[serde(rename = "may-train-run/1")]
    First,
    /// A run with parents. A reader of the first format would overlook them.
    #[serde(rename = "may-train-run/2")]
    WithParents,
}

impl Format {
    /// Returns the format that a run with these parents needs.
    pub(crate) fn of(parents: &BTreeSet<Parent>) -> Self {
        if parents.is_empty() { Self::First } else { Self::WithParents }
    }
}

/// An earlier run whose model a run starts from, given by id and digest: fine-tuning, continued
/// training and distillation have one.
///
/// Serialises as `{"run":"run-1","digest":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    run: RunId,
    digest: Digest,
}

impl Parent {
    /// Returns the reference to a sealed run.
    pub(crate) fn of(run: &SealedRun) -> Self {
        Self { run: run.id().clone(), digest: run.digest() }
    }

    /// Returns the id of the earlier run.
    #[must_use]
    pub const fn run(&self) -> &RunId {
        &self.run
    }

    /// Returns the digest of the earlier run.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }
}

impl SealedRun {
    /// Builds the run of a training set, with its digest.
    pub(crate) fn new<'a>(
        run: &RunId,
        builds_on: BTreeSet<Parent>,
        bound: &Bound,
        refused: &Refused,
        records: impl Iterator<Item = &'a str>,
        subjects: impl Iterator<Item = &'a str>,
    ) -> Self {
        let (records, subjects) = (IdSet::new(records), IdSet::new(subjects));
        let mut body = Vec::new();
        let head = Head {
            format: Format::of(&builds_on),
            semantics: SEMANTICS_VERSION,
            gazetteer: Gazetteer::VERSION.into(),
            run: run.clone(),
            builds_on,
            platform: bound.platform.clone(),
            purpose: bound.purpose.clone(),
            revision: bound.revision.clone(),
            policy: bound.policy,
            policy_at_cut_off: bound.policy_at_cut_off,
            registry: bound.registry.digest(),
            as_of: bound.as_of,
            known_at: bound.known_at,
            admitted: records.len(),
            refused: refused.records,
            grounds: refused.grounds.clone(),
            records: records.write_to(&mut body),
            subjects: subjects.write_to(&mut body),
        };
        let digest = head.digest(&body);
        Self { head, digest, records, subjects }
    }

    /// Returns the id of the run.
    #[must_use]
    pub const fn id(&self) -> &RunId {
        &self.head.run
    }

    /// Returns the earlier runs that the run builds on directly; see [`TrainingSet::with_parent`].
    ///
    /// [`TrainingSet::with_parent`]: crate::ledger::TrainingSet::with_parent
    #[must_use]
    pub const fn builds_on(&self) -> &BTreeSet<Parent> {
        &self.head.builds_on
    }

    /// Returns the platform.
    #[must_use]
    pub const fn platform(&self) -> &Platform {
        &self.head.platform
    }

    /// Returns the purpose for which the data was used.
    #[must_use]
    pub const fn purpose(&self) -> &Purpose {
        &self.head.purpose
    }

    /// Returns the revision of the policy in force at the cut-off; `None` if none was.
    #[must_use]
    pub const fn revision(&self) -> Option<&RevisionId> {
        self.head.revision.as_ref()
    }

    /// Returns the digest of the whole policy; see [`Policy::digest`](crate::Policy::digest).
    #[must_use]
    pub const fn policy_digest(&self) -> Digest {
        self.head.policy
    }

    /// Returns the digest of the parts of the policy that count at the cut-off; see
    /// [`Policy::digest_at`](crate::Policy::digest_at).
    #[must_use]
    pub const fn policy_digest_at_cut_off(&self) -> Digest {
        self.head.policy_at_cut_off
    }

    /// Returns the digest of the registry over which the run was decided.
    #[must_use]
    pub const fn registry_digest(&self) -> Digest {
        self.head.registry
    }

    /// Returns the cut-off.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.head.as_of
    }

    /// Returns the instant of knowledge: facts recorded later did not count.
    #[must_use]
    pub const fn known_at(&self) -> Timestamp {
        self.head.known_at
    }

    /// Returns the [version of the semantics](SEMANTICS_VERSION) under which the run was decided.
    #[must_use]
    pub const fn semantics_version(&self) -> u32 {
        self.head.semantics
    }

    /// Returns the version of the shipped regions with which the run was decided.
    #[must_use]
    pub fn gazetteer_version(&self) -> &str {
        &self.head.gazetteer
    }

    /// Returns how many records were used.
    #[must_use]
    pub const fn admitted(&self) -> u64 {
        self.head.admitted
    }

    /// Returns how many records were refused. Only those that the platform counted are included.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.head.refused
    }

    /// Returns how many records were refused on each ground. A record with several grounds counts
    /// for each.
    #[must_use]
    pub const fn refused_by_ground(&self) -> &BTreeMap<Ground, u64> {
        &self.head.grounds
    }

    /// Returns the digest of the whole run, identifiers included.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Returns whether the record was used.
    #[must_use]
    pub fn uses(&self, record: &RecordId) -> bool {
        self.records.contains(record.as_str())
    }

    /// Returns whether a record of the subject was used.
    #[must_use]
    pub fn uses_subject(&self, subject: &SubjectId) -> bool {
        self.subjects.contains(subject.as_str())
    }

    /// Returns the records that were used, in an order that the set of identifiers defines.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        // Each text was parsed from an identifier, so that parsing it again cannot fail.
        self.records.iter().filter_map(|id| id.parse().ok())
    }

    /// Returns the subjects whose records were used, in an order that the set of identifiers
    /// defines.
    pub fn subjects(&self) -> impl Iterator<Item = SubjectId> {
        self.subjects.iter().filter_map(|id| id.parse().ok())
    }

    /// Returns the bytes of the identifiers.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        self.records.write_to(&mut body);
        self.subjects.write_to(&mut body);
        body
    }
}

impl Serialize for SealedRun {
    /// Writes the first line of the manifest: the head and the digest, without the identifiers.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut run = serializer.serialize_struct("SealedRun", 2)?;
        run.serialize_field("head", &self.head)?;
        run.serialize_field("digest", &self.digest)?;
        run.end()
    }
}

impl Head {
    /// Returns the digest of the head and the bytes of the identifiers.
    pub(crate) fn digest(&self, body: &[u8]) -> Digest {
        // Every field counts by its value, so that the spelling of an instant does not change the
        // digest. The pattern names every field, so that the compiler asks for each new one.
        let Self {
            format,
            semantics,
            gazetteer,
            run,
            builds_on,
            platform,
            purpose,
            revision,
            policy,
            policy_at_cut_off,
            registry,
            as_of,
            known_at,
            admitted,
            refused,
            grounds,
            records,
            subjects,
        } = self;
        let mut digester = match format {
            Format::First => Digester::of("run"),
            Format::WithParents => Digester::of("run with parents"),
        };
        digester.number((*semantics).into());
        digester.text(gazetteer);
        digester.text(run.as_str());
        if !builds_on.is_empty() {
            digester.number(count(builds_on.len()));
        }
        for parent in builds_on {
            digester.text(parent.run.as_str());
            digester.digest(parent.digest);
        }
        digester.text(platform.as_str());
        digester.text(purpose.as_str());
        digester.maybe(revision.as_ref(), |d, revision| d.text(revision.as_str()));
        digester.digest(*policy);
        digester.digest(*policy_at_cut_off);
        digester.digest(*registry);
        digester.instant(*as_of);
        digester.instant(*known_at);
        digester.number(*admitted);
        digester.number(*refused);
        digester.number(count(grounds.len()));
        for (ground, refused) in grounds {
            digester.text(ground.as_str());
            digester.number(*refused);
        }
        records.digest_into(&mut digester);
        subjects.digest_into(&mut digester);
        digester.bytes(body);
        digester.finish()
    }
}
