//! Admissions that an audit cannot repeat, because the facts about a subject are gone.

use std::collections::HashSet;
use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::decision::decision::Decision;
use crate::decision::evidence::Evidence;
use crate::decision::explain::Finding;
use crate::decision::registry::Registry;
use crate::ledger::run::SealedRun;
use crate::people::log::Entry;
use crate::values::ground::{Ground, GroundClass};
use crate::values::id::{RecordId, SubjectId};
use crate::values::time::Timestamp;

/// An admission that an audit cannot decide again, because the facts about a subject are gone.
///
/// Nothing that is left speaks against the record. If another fact does, the admission is
/// [`Unsound`](crate::ledger::Unsound) instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    pub(crate) record: RecordId,
    pub(crate) subjects: Vec<(SubjectId, Lack)>,
}

/// The reason why the facts about a subject are gone, though the run used the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The registry does not hold the subject.
    Missing,
    /// The subject was erased after the cut-off, or the platform learned of the erasure after the
    /// run.
    Erased(Entry<()>),
}

impl Lacking {
    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the subjects whose facts are gone, each with the reason.
    #[must_use]
    pub fn subjects(&self) -> &[(SubjectId, Lack)] {
        &self.subjects
    }
}

impl Lack {
    /// Returns why facts about a subject may be gone that the run was decided on.
    ///
    /// Returns `None` if the registry has the facts, or if the run did not use the subject.
    fn of(id: &SubjectId, registry: &Registry, run: &SealedRun) -> Option<Self> {
        if !run.uses_subject(id) {
            return None;
        }
        let Some(subject) = registry.get(id) else { return Some(Self::Missing) };
        let is_later = |erasure: &&Entry<()>| {
            erasure.at() > run.as_of() || erasure.recorded() > run.known_at()
        };
        subject.erasures().iter().find(is_later).copied().map(Self::Erased)
    }
}

/// Returns the subjects whose facts are gone, if that alone explains every ground of the decision.
///
/// Returns `None` if another fact stands against the record.
pub(crate) fn lacks(
    decision: &Decision<'_>,
    registry: &Registry,
    run: &SealedRun,
) -> Option<Vec<(SubjectId, Lack)>> {
    let (mut lacking, mut seen) = (Vec::new(), HashSet::new());
    let explanation = decision.explanation();
    for finding in explanation.findings().iter().filter(|f| !f.grounds().is_empty()) {
        let id = finding.evidence().subject()?;
        let lack = Lack::of(id, registry, run).filter(|_| is_of_absence(finding))?;
        if seen.insert(id) {
            lacking.push((id.clone(), lack));
        }
    }
    Some(lacking)
}

/// Returns whether a missing fact gives the grounds of the finding. A fact that is present does not
/// count.
fn is_of_absence(finding: &Finding<'_>) -> bool {
    let contradict = match finding.evidence() {
        Evidence::ResidenceUnknown { entries, .. } => !entries.is_empty(),
        Evidence::Audience { entries, .. } => !entries.is_empty(),
        // The registry still knows the country.
        Evidence::Subdivision { .. } => true,
        Evidence::Policy { .. }
        | Evidence::Record { .. }
        | Evidence::Nobody { .. }
        | Evidence::Known { .. }
        | Evidence::Restriction { .. }
        | Evidence::Erasure { .. }
        | Evidence::Setting { .. }
        | Evidence::Terms { .. }
        | Evidence::Choice { .. } => false,
    };
    let is_gap = |ground: Ground| match ground.class() {
        GroundClass::Gap => true,
        GroundClass::Refusal => ground == Ground::NotOptedIn,
    };
    !contradict && finding.grounds().iter().all(is_gap)
}

impl Serialize for Lacking {
    /// Writes `{"record":"r1","subjects":[{"subject":"u1","erased":"2025-03-01"}]}`. `erased` is
    /// null for a subject that is not in the registry.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Subject<'a> {
            subject: &'a SubjectId,
            erased: Option<Timestamp>,
        }
        let erased = |lack: &Lack| match lack {
            Lack::Missing => None,
            Lack::Erased(erasure) => Some(erasure.at()),
        };
        let subjects = self.subjects.iter();
        let subjects: Vec<Subject<'_>> =
            subjects.map(|(subject, lack)| Subject { subject, erased: erased(lack) }).collect();
        let mut lacking = serializer.serialize_struct("Lacking", 2)?;
        lacking.serialize_field("record", &self.record)?;
        lacking.serialize_field("subjects", &subjects)?;
        lacking.end()
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: not audited:", self.record)?;
        for (place, (id, lack)) in self.subjects.iter().enumerate() {
            f.write_str(if place == 0 { " " } else { ", " })?;
            match lack {
                Lack::Missing => write!(f, "`{id}` is not in the registry")?,
                Lack::Erased(erasure) => write!(f, "`{id}` was erased on {}", erasure.at())?,
            }
        }
        Ok(())
    }
}
