//! Eligibility over time: what the decision is at every cut-off.

use std::collections::BTreeSet;

use crate::decision::Decision;
use crate::log::Entry;
use crate::policy::{Policy, Revision, Status};
use crate::record::Record;
use crate::region::Area;
use crate::restriction::Restriction;
use crate::subject::Subject;
use crate::time::{Span, Timestamp};
use crate::timeline::Timeline;
use crate::view::View;

impl<'a> View<'a> {
    /// The decision on the record at every cut-off, as a step function; the view's own cut-off is
    /// not looked at.
    ///
    /// What is in force at `t` has the grounds and the revision of the decision at `t`, because it
    /// is made of decisions: one at each of the finitely many instants at which something can change
    /// (a revision, a membership, a residence, an audience, a choice, its expiry, a restriction, an
    /// erasure, a birthday, the record's creation and deletion). A change of the grounds or of the
    /// revision starts a new step.
    ///
    /// ```
    /// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Verdict};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// registry.insert(Subject::new("u1".parse()?)
    ///     .born("1990".parse()?)
    ///     .resides("US".parse()?, "2019-01-01".parse()?)
    ///     .chooses(
    ///         Choice::OptOut,
    ///         ChosenBy::Subject,
    ///         "ai-training".parse()?,
    ///         "2024-10-01T09:30:00Z".parse()?,
    ///     ))?;
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .of("u1".parse()?);
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
        let turns = Turns::of(self.policy());
        let mut instants = turns.fixed.clone();
        instants.insert(Timestamp::MIN);
        Turns::of_record(record, &mut |instant| _ = instants.insert(instant));
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
    /// Whether another decision comes to the same, by the same revision.
    fn is_alike(&self, other: &Self) -> bool {
        self.grounds() == other.grounds()
            && self.revision().map(Revision::id) == other.revision().map(Revision::id)
    }
}

/// The instants at which a decision can turn merely because the cut-off moves: between two of them
/// that follow each other it cannot. There may be more of them than turns; never fewer.
#[derive(Debug, Clone)]
pub(crate) struct Turns {
    /// Those of the policy, whoever is asked about.
    pub(crate) fixed: BTreeSet<Timestamp>,
    /// How long opt-ins live under one rule or another, in days.
    lifetimes: BTreeSet<u32>,
    /// The minimum ages of one rule or another.
    ages: BTreeSet<u8>,
}

impl Turns {
    pub(crate) fn of(policy: &Policy) -> Self {
        let mut turns =
            Self { fixed: BTreeSet::new(), lifetimes: BTreeSet::new(), ages: BTreeSet::new() };
        let in_force = policy.revisions().iter().filter(|revision| match revision.status() {
            Status::InForce => true,
            Status::Withdrawn => false,
        });
        for revision in in_force {
            turns.fixed.insert(revision.effective());
            for rule in revision.rules() {
                turns.fixed.extend(rule.terms().created_from());
                rule.created().into_iter().for_each(|span| turns.add_span(span));
                turns.lifetimes.extend(rule.terms().opt_in_lifetime_days());
                turns.ages.extend(rule.terms().minimum_age());
                for area in rule.places().iter().chain(rule.except()) {
                    match area {
                        Area::Everywhere | Area::Country(_) | Area::Subdivision(_) => {}
                        Area::Region(region) => {
                            region.members().for_each(|(_, span)| turns.add_span(span));
                        }
                    }
                }
            }
        }
        turns
    }

    fn add_span(&mut self, span: Span) {
        self.fixed.insert(span.start());
        self.fixed.extend(span.end());
    }

    /// Hands over the instants that are the record's own.
    pub(crate) fn of_record(record: &Record, add: &mut impl FnMut(Timestamp)) {
        add(record.created_at());
        record.deleted_at().into_iter().for_each(&mut *add);
        of_restrictions(record.restrictions(), add);
    }

    /// Hands over the instants that are the subject's own, as far as anything is ever learned.
    pub(crate) fn of_subject(&self, subject: &Subject, add: &mut impl FnMut(Timestamp)) {
        subject.residences().iter().map(Entry::at).for_each(&mut *add);
        subject.audiences().iter().map(Entry::at).for_each(&mut *add);
        for (_, choice) in subject.choices().iter() {
            add(choice.at());
            self.lifetimes
                .iter()
                .filter_map(|days| choice.at().plus_days(*days))
                .for_each(&mut *add);
        }
        of_restrictions(subject.restrictions(), add);
        subject.erasure().map(Entry::at).into_iter().for_each(&mut *add);
        if let Some(birth) = subject.birth() {
            self.ages.iter().filter_map(|years| birth.birthday(*years)).for_each(add);
        }
    }
}

fn of_restrictions(restrictions: &[Restriction], add: &mut impl FnMut(Timestamp)) {
    for restriction in restrictions {
        add(restriction.span().start());
        restriction.span().end().into_iter().for_each(&mut *add);
    }
}
