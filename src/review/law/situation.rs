//! Situations: a cell of the space, with the subjects and the record that represent it.

use crate::decision::registry::Registry;
use crate::people::record::Record;
use crate::people::subject::Subject;
use crate::review::class::PolicyAt;
use crate::review::space::Cell;
use crate::values::ground::Grounds;

/// A record, and those of its subjects who are known.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    pub(super) subjects: Vec<Subject>,
    pub(super) record: Record,
}

/// A cell of the space, with the situation that represents it and the grounds found there.
pub(super) struct Case<'a> {
    pub(super) side: PolicyAt<'a>,
    pub(super) cell: Cell<'a>,
    pub(super) situation: Situation,
    pub(super) grounds: Grounds,
}

impl Situation {
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        for subject in &self.subjects {
            registry.replace(subject.clone());
        }
        registry
    }

    /// Returns the situation with its subjects changed.
    pub(super) fn with(&self, change: impl Fn(Subject) -> Subject) -> Self {
        let subjects = self.subjects.iter().cloned().map(change).collect();
        Self { subjects, record: self.record.clone() }
    }
}
