//! Explanations: the facts that a decision depends on. The module [`words`] has the sentences.

mod words;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::decision::case::Case;
use crate::decision::evidence::Evidence;
use crate::decision::registry::Registry;
use crate::people::subject::Subject;
use crate::policy::revision::Revision;
use crate::values::ground::{Grounds, Verdict};
use crate::values::id::SubjectId;

/// The explanation of a decision: every fact that it depends on, each with the grounds that it
/// gives.
///
/// It is a value, not text. `Display` prints sentences for people, and serde writes the facts. The
/// explanation is sufficient: a [registry of the cited facts](Explanation::cited_facts) alone gives
/// the same grounds.
///
/// ```
/// use may_train::{Policy, Record, Registry, Subject};
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?).with_residence("FR".parse()?, "2019-01-01".parse()?))?;
/// registry.insert(Subject::new("u2".parse()?).with_residence("US".parse()?, "2019-01-01".parse()?))?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2024-12-01".parse()?)
///     .with_subject("u1".parse()?)
///     .with_subject("u2".parse()?);
///
/// let view = registry.view(&policy, "2024-12-01".parse()?);
/// let explanation = view.decide(&record).explanation();
/// assert_eq!(explanation.to_string(),
///     "ineligible: subject `u1` resided in FR on 2024-12-01 (since 2019-01-01), which rule 1 of \
///      linkedin/2024-10-11 excludes");
/// assert_eq!(explanation.for_subject(&"u2".parse()?).to_string(),
///     "ineligible: something about somebody else in the record stands against it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Explanation<'a> {
    case: Case<'a>,
    findings: Vec<Finding<'a>>,
}

/// A fact that was weighed, with the grounds that it gives against the record.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    grounds: Grounds,
    evidence: Evidence<'a>,
}

/// The only sentence that a subject gets about the facts of other subjects.
pub(crate) const SOMEBODY_ELSE: &str =
    "something about somebody else in the record stands against it";

impl<'a> Finding<'a> {
    /// Returns the grounds that the fact gives. The set is empty if the fact speaks for the record.
    #[must_use]
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Returns the fact.
    #[must_use]
    pub const fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }
}

impl<'a> Explanation<'a> {
    pub(crate) fn new(case: Case<'a>) -> Self {
        // A subject with two sampled residences, under one rule each, gives about eleven findings.
        let mut findings = Vec::with_capacity(16);
        case.weigh(&mut |grounds, evidence| findings.push(Finding { grounds, evidence }));
        Self { case, findings }
    }

    /// Returns every fact that was weighed, in that order.
    #[must_use]
    pub fn findings(&self) -> &[Finding<'a>] {
        &self.findings
    }

    /// Returns the grounds of the decision: the union of the grounds of all findings.
    #[must_use]
    pub fn grounds(&self) -> Grounds {
        self.findings.iter().fold(Grounds::NONE, |all, finding| all | finding.grounds)
    }

    /// Returns the verdict of the grounds.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.grounds().verdict()
    }

    /// Returns the explanation for one subject. It addresses the subject as `you`, and leaves out
    /// facts about other subjects.
    #[must_use]
    pub fn for_subject<'e>(&'e self, subject: &'e SubjectId) -> impl fmt::Display + use<'e, 'a> {
        words::ForSubject { explanation: self, subject }
    }

    /// Returns a registry with only the facts that the explanation cites. A decision on the record
    /// over that registry has the same grounds.
    #[must_use]
    pub fn cited_facts(&self) -> Registry {
        let mut cited: BTreeMap<&SubjectId, Subject> = BTreeMap::new();
        for finding in &self.findings {
            match finding.evidence {
                Evidence::Policy { .. }
                | Evidence::Record { .. }
                | Evidence::Nobody { .. }
                | Evidence::Restriction { subject: None, .. } => {}
                evidence => {
                    let Some(id) = evidence.subject() else { continue };
                    let subject = cited.remove(id).unwrap_or_else(|| Subject::new(id.clone()));
                    cited.insert(id, evidence.add_to(subject));
                }
            }
        }
        let mut registry = Registry::new();
        for subject in cited.into_values() {
            registry.replace(subject);
        }
        registry
    }
}

impl fmt::Debug for Explanation<'_> {
    /// Prints the grounds and the number of findings, but no fact.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("record", &self.case.record.id().as_str())
            .field("as_of", &self.case.as_of)
            .field("grounds", &self.grounds())
            .field("findings", &self.findings.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words::write_all(self, f)
    }
}

impl Serialize for Explanation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", self.case.record.id())?;
        map.serialize_entry("policy", self.case.policy.platform())?;
        map.serialize_entry("revision", &self.case.revision().map(Revision::id))?;
        map.serialize_entry("as_of", &self.case.as_of)?;
        map.serialize_entry("known_at", &self.case.known_at)?;
        map.serialize_entry("verdict", &self.verdict())?;
        map.serialize_entry("grounds", &self.grounds())?;
        map.serialize_entry("findings", &self.findings)?;
        map.end()
    }
}

impl Serialize for Finding<'_> {
    /// Writes one flat object: the grounds, the fact, and the subject that it is about.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("grounds", &self.grounds)?;
        map.serialize_entry("fact", self.evidence.name())?;
        if let Some(subject) = self.evidence.subject() {
            map.serialize_entry("subject", subject)?;
        }
        self.evidence.serialize_into(&mut map)?;
        map.end()
    }
}
