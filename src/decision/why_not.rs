//! Obstacles: the facts that would have to differ for a record to be eligible, and who may change
//! each.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::decision::decision::Decision;
use crate::decision::evidence::{Evidence, RuleInForce};
use crate::decision::explain::{Finding, SOMEBODY_ELSE};
use crate::people::choice::{Choice, ChoiceSample, ChosenBy};
use crate::values::ground::Ground;
use crate::values::id::SubjectId;
use crate::values::regime::Regime;
use crate::values::text::words;
use crate::values::time::Timestamp;

words! {
    /// The person or body that may change a fact against a record.
    ///
    /// Every [`Obstacle`] names it, so that a list of obstacles is not used as a list of people to
    /// ask. A choice of the subject is theirs alone to revise. Asking people removes few other
    /// obstacles.
    pub enum ChangedBy as "a changer of facts" {
        /// The data subject, by a choice of their own.
        Subject = "subject",
        /// The holder of parental responsibility, who made the choice.
        Guardian = "guardian",
        /// The platform, by its policy or by its knowledge.
        Platform = "platform",
        /// The law of a place, or the authority that applies it.
        Regulator = "regulator",
        /// Nobody: the fact lies in the past, or is final.
        Nobody = "nobody",
    }
}

/// A fact that would have to differ for the record to be eligible, with its ground and who may
/// change it.
///
/// ```
/// use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};
/// use may_train::decision::ChangedBy;
///
/// let policy = Policy::shipped("linkedin")?;
/// let mut registry = Registry::new();
/// registry.insert(Subject::new("u1".parse()?)
///     .with_residence("FR".parse()?, "2019-01-01".parse()?)
///     .with_choice(
///         Choice::OptOut,
///         ChosenBy::Subject,
///         "ai-training".parse()?,
///         "2024-09-30".parse()?,
///     ))?;
/// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
///     .with_subject("u1".parse()?);
/// let view = registry.view(&policy, "2024-10-01".parse()?);
///
/// let why_not = view.decide(&record).why_not();
/// assert_eq!(why_not[0].to_string(), "the subject would have to opt in, which is theirs alone to do");
/// assert!(why_not.iter().any(|obstacle| obstacle.by() == ChangedBy::Regulator));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Obstacle<'a> {
    ground: Ground,
    by: ChangedBy,
    evidence: Evidence<'a>,
}

impl<'a> Obstacle<'a> {
    /// Returns the ground that the fact gives.
    #[must_use]
    pub const fn ground(&self) -> Ground {
        self.ground
    }

    /// Returns who may change the fact.
    #[must_use]
    pub const fn by(&self) -> ChangedBy {
        self.by
    }

    /// Returns the fact.
    #[must_use]
    pub const fn evidence(&self) -> Evidence<'a> {
        self.evidence
    }

    /// Returns the key by which duplicates are found.
    fn key(&self) -> (Ground, ChangedBy, Option<&'a SubjectId>, Option<Timestamp>, Option<usize>) {
        let rule = match self.evidence {
            Evidence::Setting { rule, .. }
            | Evidence::Terms { rule, .. }
            | Evidence::Subdivision { rule, .. }
            | Evidence::Audience { rule, .. } => Some(rule.rule.number()),
            Evidence::Policy { .. }
            | Evidence::Record { .. }
            | Evidence::Nobody { .. }
            | Evidence::Known { .. }
            | Evidence::Restriction { .. }
            | Evidence::Erasure { .. }
            | Evidence::ResidenceUnknown { .. }
            | Evidence::Choice { .. } => None,
        };
        let instant = match self.evidence {
            Evidence::Choice { choice, .. } => Some(choice.instant()),
            Evidence::Setting { residence, .. }
            | Evidence::Terms { residence, .. }
            | Evidence::Subdivision { residence, .. } => Some(residence.instant),
            Evidence::ResidenceUnknown { instant, .. } => Some(instant),
            Evidence::Policy { .. }
            | Evidence::Record { .. }
            | Evidence::Nobody { .. }
            | Evidence::Known { .. }
            | Evidence::Restriction { .. }
            | Evidence::Erasure { .. }
            | Evidence::Audience { .. } => None,
        };
        (self.ground, self.by, self.evidence.subject(), instant, rule)
    }
}

impl<'a> Decision<'a> {
    /// Returns the facts that would have to differ for the record to be eligible at this cut-off.
    ///
    /// The list is empty if the record is eligible. It has the grounds of the decision and no
    /// others. The list is for the platform, because it names facts about every subject of the
    /// record. [`Decision::why_not_for_subject`] returns the part that one subject may see.
    #[must_use]
    pub fn why_not(&self) -> Vec<Obstacle<'a>> {
        let explanation = self.explanation();
        let mut obstacles: Vec<Obstacle<'a>> = Vec::new();
        for finding in explanation.findings() {
            for ground in finding.grounds().iter() {
                let Some(by) = changed_by(ground, finding, self.as_of()) else { continue };
                let obstacle = Obstacle { ground, by, evidence: finding.evidence() };
                if obstacles.iter().all(|other| other.key() != obstacle.key()) {
                    obstacles.push(obstacle);
                }
            }
        }
        obstacles.sort_by_key(|obstacle| (obstacle.by, obstacle.ground));
        obstacles
    }

    /// Returns the obstacles that one subject may see, without facts about other subjects.
    ///
    /// ```
    /// use may_train::{Policy, Record, Registry, Subject};
    ///
    /// let policy = Policy::shipped("linkedin")?;
    /// let mut registry = Registry::new();
    /// for (id, place) in [("u1", "FR"), ("u2", "US")] {
    ///     let subject = Subject::new(id.parse()?).with_birth("1990".parse()?);
    ///     registry.insert(subject.with_residence(place.parse()?, "2019-01-01".parse()?))?;
    /// }
    /// let record = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?)
    ///     .with_subject("u1".parse()?)
    ///     .with_subject("u2".parse()?);
    /// let view = registry.view(&policy, "2024-12-01".parse()?);
    ///
    /// let for_u2 = view.decide(&record).why_not_for_subject(&"u2".parse()?);
    /// assert!(for_u2.obstacles().is_empty());
    /// assert_eq!(for_u2.to_string(), "something about somebody else in the record stands against it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn why_not_for_subject(&self, subject: &SubjectId) -> ObstaclesForSubject<'a> {
        let mut obstacles = self.why_not();
        let all = obstacles.len();
        obstacles.retain(|obstacle| obstacle.evidence.is_for(subject));
        ObstaclesForSubject { others: obstacles.len() < all, obstacles }
    }
}

/// The obstacles that one subject of a record may see, and whether there are others.
///
/// It prints as sentences joined by `; `. It serialises as `{"obstacles":[…],"others":true}`.
#[derive(Debug, Clone, Serialize)]
pub struct ObstaclesForSubject<'a> {
    obstacles: Vec<Obstacle<'a>>,
    others: bool,
}

impl<'a> ObstaclesForSubject<'a> {
    /// Returns the obstacles that are about the subject, the policy or the record.
    #[must_use]
    pub fn obstacles(&self) -> &[Obstacle<'a>] {
        &self.obstacles
    }

    /// Checks whether there are obstacles about other subjects of the record.
    #[must_use]
    pub const fn others(&self) -> bool {
        self.others
    }
}

impl fmt::Display for ObstaclesForSubject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.obstacles.iter().map(ToString::to_string);
        let others = self.others.then(|| SOMEBODY_ELSE.to_owned());
        f.write_str(&own.chain(others).collect::<Vec<_>>().join("; "))
    }
}

/// Returns who may change the fact; `None` if another finding already gives the same obstacle.
fn changed_by(ground: Ground, finding: &Finding<'_>, as_of: Timestamp) -> Option<ChangedBy> {
    Some(match ground {
        Ground::OptedOut => match finding.evidence() {
            Evidence::Choice { choice, .. } => chooser(choice, as_of),
            // Lifting the opt-out would not be enough.
            Evidence::Setting { rule, choice, .. } if is_before_notice(rule, choice, as_of) => {
                ChangedBy::Platform
            }
            // The evidence `Choice` already gives this obstacle.
            _ => return None,
        },
        Ground::NotOptedIn | Ground::OptInExpired => match finding.evidence() {
            Evidence::Setting { rule, choice, .. } if is_before_notice(rule, choice, as_of) => {
                ChangedBy::Platform
            }
            Evidence::Setting { choice, .. } => chooser(choice, as_of),
            _ => return None,
        },
        Ground::RegionExcluded => ChangedBy::Regulator,
        Ground::NoPolicyInForce
        | Ground::KindNotCovered
        | Ground::CreatedOutsideWindow
        | Ground::Restricted
        | Ground::SubjectUnknown
        | Ground::ResidenceUnknown
        | Ground::AudienceUnknown
        | Ground::AgeUnknown
        | Ground::SubdivisionUnknown => ChangedBy::Platform,
        Ground::UnderAge
        | Ground::SubjectErased
        | Ground::RecordDeleted
        | Ground::NotYetCreated => ChangedBy::Nobody,
    })
}

/// Checks whether the rule asks for an opt-in, and would not count one given at the cut-off.
fn is_before_notice(rule: RuleInForce<'_>, choice: ChoiceSample<'_>, as_of: Timestamp) -> bool {
    let asks = match rule.rule.regime() {
        Regime::OptIn => true,
        Regime::Excluded | Regime::OptOut | Regime::NoChoice => false,
    };
    let notice = rule.rule.terms().opt_in_from();
    asks && choice.instant() == as_of && notice.is_some_and(|notice| as_of < notice)
}

/// Returns who may change a sampled choice.
///
/// Nobody may change a choice that was sampled before the cut-off. The guardian may change an
/// opt-out that a guardian made, if the subject is known to be under 18 at the cut-off. Otherwise,
/// only the subject may.
fn chooser(choice: ChoiceSample<'_>, as_of: Timestamp) -> ChangedBy {
    if choice.instant() < as_of {
        return ChangedBy::Nobody;
    }
    let by_guardian = choice.in_force().any(|(_, entry)| match entry.value().choice() {
        Choice::OptOut => entry.value().by() == ChosenBy::Guardian,
        Choice::OptIn => false,
    });
    if by_guardian && choice.is_of_minor(as_of) { ChangedBy::Guardian } else { ChangedBy::Subject }
}

impl fmt::Display for Obstacle<'_> {
    /// Writes one sentence, without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = |subject: &'static str, past: &'static str| match self.by {
            ChangedBy::Guardian => {
                "the guardian would have to opt the subject in, which is theirs \
                                    alone to do"
            }
            ChangedBy::Subject => subject,
            ChangedBy::Platform => "the policy would have to count an opt-in given at the cut-off",
            ChangedBy::Regulator | ChangedBy::Nobody => past,
        };
        f.write_str(match self.ground {
            Ground::NoPolicyInForce => "a revision of the policy would have to be in force",
            Ground::RegionExcluded => "the place would have to stop being excluded",
            Ground::OptedOut => chosen(
                "the subject would have to opt in, which is theirs alone to do",
                "the subject was opted out when the record was created, which stays so",
            ),
            Ground::NotOptedIn => chosen(
                "the subject would have to opt in, which is theirs alone to do",
                "the subject had not opted in when the record was created, which stays so",
            ),
            Ground::OptInExpired => chosen(
                "the subject would have to opt in again, which is theirs alone to do",
                "the opt-in had expired when the record was created, which stays so",
            ),
            Ground::KindNotCovered => "the policy would have to cover the kind of data",
            Ground::UnderAge => "the subject was too young when the record was created",
            Ground::CreatedOutsideWindow => "the policy would have to take in older records",
            Ground::Restricted => "the restriction would have to end",
            Ground::SubjectErased => "the subject is erased, which is final",
            Ground::RecordDeleted => "the record is deleted, which is final",
            Ground::NotYetCreated => "the record was not there yet",
            Ground::SubjectUnknown => "the platform would have to know whose data it is",
            Ground::ResidenceUnknown => "the platform would have to know the residence",
            Ground::AudienceUnknown => "the platform would have to know the audience",
            Ground::AgeUnknown => "the platform would have to know the age",
            Ground::SubdivisionUnknown => "the platform would have to know the part of the country",
        })
    }
}

impl Serialize for Obstacle<'_> {
    /// Writes `{"ground":"opted-out","by":"subject","subject":"u1","sentence":"…"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut obstacle = serializer.serialize_struct("Obstacle", 4)?;
        obstacle.serialize_field("ground", &self.ground)?;
        obstacle.serialize_field("by", &self.by)?;
        obstacle.serialize_field("subject", &self.evidence.subject())?;
        obstacle.serialize_field("sentence", &self.to_string())?;
        obstacle.end()
    }
}
