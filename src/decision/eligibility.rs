//! Eligibility over time: the decision on a record at every cut-off.

use crate::decision::decision::Decision;
use crate::decision::transitions::Transitions;
use crate::decision::view::View;
use crate::people::record::Record;
use crate::people::timeline::Timeline;
use crate::policy::revision::Revision;
use crate::values::time::Timestamp;

impl<'a> View<'a> {
    /// Returns the decision on the record at every cut-off, as a step function. The cut-off of the
    /// view does not matter.
    ///
    /// The step at `t` has the grounds and the revision of the decision at `t`. The function
    /// decides at each of the finitely many instants at which a decision can change. A policy
    /// changes by a revision or a membership of a region. A record changes by its creation,
    /// deletion and restrictions. A subject changes by residences, audiences, choices and their
    /// expiry, restrictions, erasures and birthdays. A change of the grounds or of the revision
    /// starts a new step.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Verdict};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .with_birth("1990".parse()?)
    ///     .with_residence("US".parse()?, "2019-01-01".parse()?)
    ///     .with_choice(
    ///         Choice::OptOut,
    ///         ChosenBy::Subject,
    ///         "ai-training".parse()?,
    ///         "2024-10-01T09:30:00Z".parse()?,
    ///     ))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u1".parse()?);
    ///
    /// let view = registry.view(&policy, "2025-01-01".parse()?);
    /// let eligibility = view.eligibility(&record);
    /// let before = "2024-10-01".parse()?;
    /// assert_eq!(eligibility.at(before).unwrap().verdict(), Verdict::Eligible);
    /// let (when, then) = eligibility.next_after(before).unwrap();
    /// assert_eq!(when.to_string(), "2024-10-01T09:30:00Z");
    /// assert_eq!(then.grounds().to_string(), "opted-out");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn eligibility(&self, record: &'a Record) -> Timeline<Decision<'a>> {
        let turns = Transitions::of(self.policy());
        let mut instants = turns.fixed.clone();
        instants.insert(Timestamp::MIN);
        Transitions::of_record(record, &mut |instant| _ = instants.insert(instant));
        for subject in self.subjects_of(record) {
            turns.of_subject(subject, &mut |instant| _ = instants.insert(instant));
        }
        let mut steps: Vec<(Timestamp, Decision<'a>)> = Vec::new();
        for instant in instants {
            let decision = self.at(instant).decide(record);
            if !steps.last().is_some_and(|(_, before)| before.is_alike(&decision)) {
                steps.push((instant, decision));
            }
        }
        Timeline::from_ascending(steps.into_iter())
    }
}

impl Decision<'_> {
    /// Checks whether another decision has the same grounds and the same revision.
    fn is_alike(&self, other: &Self) -> bool {
        self.grounds() == other.grounds()
            && self.revision().map(Revision::id) == other.revision().map(Revision::id)
    }
}
