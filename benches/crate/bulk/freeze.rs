//! Freezing: from subjects one by one, and from packed histories.

use may_train::bulk::{Histories, Snapshot};
use may_train::{Policy, Subject};

use crate::measure::{as_of, pool, timed};
use crate::sizes::Sizes;
use crate::tell::{Racer, count, table};
use crate::workload::{self, ChoicesEach, People, Residence};

pub fn tell(sizes: &Sizes) {
    let policy = workload::policy();
    for residence in [Residence::AtLaunch, Residence::SinceSignUp] {
        let people = People::new(sizes.subjects, residence, ChoicesEach::Few);
        let subjects: Vec<Subject> =
            (0..people.len()).map(|n| workload::subject(&people, &policy, n)).collect();
        let packed = pack(&subjects, &policy);
        let pool = pool(2);
        let freeze = || packed.freeze(&policy, as_of()).expect("one purpose");
        let freeze_parallel =
            || pool.install(|| packed.freeze_parallel(&policy, as_of()).expect("one purpose"));
        let frozen = push(&subjects, &policy);
        assert_eq!(frozen, freeze(), "from subjects, and from packed histories");
        assert_eq!(frozen, freeze_parallel(), "on one thread, and on two");
        drop(frozen);

        let each = subjects.len();
        let mut racers = [
            Racer::new("`Histories::freeze`", each, || timed(freeze).0),
            Racer::new("`Histories::freeze_parallel`, 2 threads", each, || {
                timed(freeze_parallel).0
            }),
            Racer::new("`Snapshot::push`, from `Subject`s", each, || {
                timed(|| push(&subjects, &policy)).0
            }),
            Racer::new("`Histories::push`, from `Subject`s", each, || {
                timed(|| pack(&subjects, &policy)).0
            }),
        ];
        let title =
            format!("**Freezing {} subjects, residence known {}**", count(each), residence.name());
        table(title, &["", "ns a subject", "ratio"], &mut racers, sizes.rounds, |_| 0);
    }
}

fn push(subjects: &[Subject], policy: &Policy) -> Snapshot {
    let mut snapshot = Snapshot::new(policy, as_of(), None);
    snapshot.reserve(subjects.len());
    for subject in subjects {
        snapshot.push(subject).expect("there are numbers left");
    }
    snapshot
}

fn pack(subjects: &[Subject], policy: &Policy) -> Histories {
    let mut packed = Histories::new(policy.purpose(), None);
    for subject in subjects {
        packed.push(subject).expect("there are numbers left");
    }
    packed
}
