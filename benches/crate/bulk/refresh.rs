//! Refreshing: as many events, whatever the number of subjects.

use std::time::Duration;

use may_train::bulk::Snapshot;
use may_train::{Choice, ChosenBy, Policy, Subject, Timestamp};

use crate::measure::{as_of, timed};
use crate::sizes::Sizes;
use crate::tell::{Racer, count, table};
use crate::workload::{self, ChoicesEach, People, Residence};

pub fn tell(sizes: &Sizes) {
    let policy = workload::policy();
    for residence in [Residence::AtLaunch, Residence::SinceSignUp] {
        let platforms = sizes.refreshed.iter();
        let mut platforms: Vec<Platform> =
            platforms.map(|n| Platform::new(*n, residence, &policy)).collect();
        for platform in &mut platforms {
            platform.refresh(sizes.events);
            platform.check();
        }
        let mut racers: Vec<Racer<'_>> = platforms
            .iter_mut()
            .map(|platform| {
                let name = format!("{} subjects", count(platform.subjects.len()));
                Racer::new(name, sizes.events, || platform.refresh(sizes.events))
            })
            .collect();
        let title = format!(
            "**Refreshing after {} events, residence known {}**",
            count(sizes.events),
            residence.name()
        );
        table(title, &["", "ns an event", "ratio"], &mut racers, sizes.rounds, |_| 0);
        drop(racers);
        platforms.iter().for_each(Platform::check);
    }
}

struct Platform {
    policy: Policy,
    subjects: Vec<Subject>,
    snapshot: Snapshot,
    now: Timestamp,
    choice: Choice,
}

impl Platform {
    fn new(subjects: usize, residence: Residence, policy: &Policy) -> Self {
        let people = People::new(subjects, residence, ChoicesEach::Few);
        let subjects = (0..people.len()).map(|n| workload::subject(&people, policy, n)).collect();
        let now = as_of();
        let snapshot = frozen(&subjects, policy, now);
        Self { policy: policy.clone(), subjects, snapshot, now, choice: Choice::OptOut }
    }

    /// A minute later so many subjects, far from each other, have chosen otherwise.
    fn refresh(&mut self, events: usize) -> Duration {
        let Self { policy, subjects, snapshot, now, choice } = self;
        *now = Timestamp::from_micros(now.as_micros() + 60_000_000).expect("an instant");
        let step = subjects.len() / events;
        let changed: Vec<u32> = (0..subjects.len())
            .step_by(step.max(1))
            .take(events)
            .map(|number| u32::try_from(number).expect("fewer than 2^32"))
            .collect();
        assert_eq!(changed.len(), events, "a subject for each event");
        for number in &changed {
            let subject = &mut subjects[*number as usize];
            let purpose = policy.purpose().clone();
            *subject = subject.clone().with_choice(*choice, ChosenBy::Subject, purpose, *now);
        }
        *choice = if *choice == Choice::OptOut { Choice::OptIn } else { Choice::OptOut };
        let (took, refreshed) = timed(|| {
            let subject = |number: u32| subjects.get(number as usize);
            snapshot.refresh(*now, None, changed.iter().copied(), subject)
        });
        assert!(refreshed.expect("numbers of subjects").len() > events / 4, "profiles changed");
        took
    }

    /// Asserts that the snapshot is what freezing everybody anew gives.
    fn check(&self) {
        let Self { policy, subjects, snapshot, now, .. } = self;
        assert!(*snapshot == frozen(subjects, policy, *now), "refreshed, and frozen anew");
    }
}

fn frozen(subjects: &Vec<Subject>, policy: &Policy, as_of: Timestamp) -> Snapshot {
    let mut snapshot = Snapshot::new(policy, as_of, None);
    for subject in subjects {
        snapshot.push(subject).expect("there are numbers left");
    }
    snapshot
}
