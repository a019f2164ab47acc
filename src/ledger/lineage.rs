//! Lineage: which models learned from a subject, directly or through the runs that they build on.

use std::collections::HashSet;

use crate::ledger::ledger::Ledger;
use crate::ledger::run::{RunId, SealedRun};
use crate::values::id::SubjectId;

/// The runs that learned from a subject's data, as two lists in the order of the ledger.
///
/// A model that starts from an earlier model has learned what that one learned, even if none of the
/// data was given to it again.
#[derive(Debug, Clone, PartialEq)]
pub struct Models<'a> {
    direct: Vec<&'a SealedRun>,
    inherited: Vec<&'a SealedRun>,
}

impl<'a> Models<'a> {
    /// Returns the runs that used a record of the subject.
    #[must_use]
    pub fn direct(&self) -> &[&'a SealedRun] {
        &self.direct
    }

    /// Returns the runs that used no record of the subject, but build on a run that did, directly
    /// or through other runs.
    #[must_use]
    pub fn inherited(&self) -> &[&'a SealedRun] {
        &self.inherited
    }
}

impl Ledger {
    /// Returns the runs that build on a run, directly or through others, in the order of the
    /// ledger.
    ///
    /// An authority can order that a model be deleted together with everything derived from it
    /// (*algorithmic disgorgement*, FTC). This method lists the derived models.
    ///
    /// ```
    /// use may_train::{Policy, Registry};
    /// use may_train::ledger::{Ledger, RunId, TrainingSet};
    ///
    /// let (policy, registry) = (Policy::shipped("linkedin")?, Registry::new());
    /// let now = "2024-12-01".parse()?;
    /// let gate = registry.gate(&policy, now, now);
    /// let set = |id: &str| Ok::<_, may_train::ValueError>(TrainingSet::new(id.parse()?, &gate));
    ///
    /// let base = set("base")?.seal();
    /// let tuned = set("tuned")?.with_parent(&base).seal();
    /// let mut ledger = Ledger::new();
    /// // The parent is not in the ledger yet.
    /// let tuned = ledger.append(tuned).unwrap_err().into_run();
    /// ledger.append(base)?;
    /// let distilled = set("distilled")?.with_parent(&tuned).seal();
    /// ledger.append(tuned)?;
    /// ledger.append(distilled)?;
    ///
    /// let with = |id: &str| -> Result<Vec<String>, may_train::ValueError> {
    ///     Ok(ledger.descendants(&id.parse()?).iter().map(|run| run.id().to_string()).collect())
    /// };
    /// assert_eq!(with("base")?, ["tuned", "distilled"]);
    /// assert!(with("distilled")?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn descendants(&self, run: &RunId) -> Vec<&SealedRun> {
        self.built_on(|other| other.id() == run)
    }

    /// Returns the runs that learned from a subject's data, directly or through a run that they
    /// build on.
    #[must_use]
    pub fn models_of(&self, subject: &SubjectId) -> Models<'_> {
        let direct: Vec<&SealedRun> = self.uses_of_subject(subject).collect();
        let ids: HashSet<&RunId> = direct.iter().map(|run| run.id()).collect();
        let mut inherited = self.built_on(|run| ids.contains(run.id()));
        inherited.retain(|run| !ids.contains(run.id()));
        Models { direct, inherited }
    }

    /// Returns the runs that build on a wanted run, directly or through others. Each run stands
    /// after its parents, so that one pass finds them all.
    fn built_on(&self, is_wanted: impl Fn(&SealedRun) -> bool) -> Vec<&SealedRun> {
        let (mut reached, mut found) = (HashSet::new(), Vec::new());
        for run in self.runs() {
            let builds_on = run.builds_on().iter().any(|parent| reached.contains(parent.run()));
            if builds_on {
                found.push(run);
            }
            if builds_on || is_wanted(run) {
                reached.insert(run.id());
            }
        }
        found
    }
}

/// Returns the ids of runs.
pub(crate) fn ids<'a>(runs: impl IntoIterator<Item = &'a SealedRun>) -> Vec<RunId> {
    runs.into_iter().map(|run| run.id().clone()).collect()
}

/// Returns the part of a sentence that says that these runs build on runs which it has just named.
pub(crate) fn build_on(inherited: &[RunId]) -> String {
    let verb = if inherited.len() == 1 { "builds" } else { "build" };
    format!("{} {verb} on a run that did", list(inherited))
}

/// Returns the runs as a list in a sentence: "`a`, `b` and `c`".
pub(crate) fn list(runs: &[RunId]) -> String {
    let quoted: Vec<String> = runs.iter().map(|run| format!("`{run}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some(_) | None => quoted.concat(),
    }
}
