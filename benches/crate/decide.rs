//! A point decision, beside the version that one writes first: a `HashMap` and a `match`.
//!
//! Both are given the same members and posts, and must give the same answers before anything is
//! timed.

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject, Timestamp, Verdict};

const AS_OF: &str = "2024-12-01";
const MEMBERS: usize = 10_000;
const PLACES: [&str; 8] = ["US", "FR", "GB", "US-CA", "IN", "CH", "BR", "HK"];

fn day(n: usize) -> String {
    format!("20{:02}-{:02}-{:02}", 15 + n % 9, 1 + n % 12, 1 + n % 28)
}

/// The version that one writes first: for this one policy, with strings, and without reasons.
struct Naive {
    residences: HashMap<String, Vec<(Timestamp, String)>>,
    choices: HashMap<String, Vec<(Timestamp, bool)>>,
}

impl Naive {
    fn may_train(&self, author: &str, created: Timestamp, as_of: Timestamp, kind: &str) -> bool {
        let last = |changes: &[(Timestamp, String)], at: Timestamp| {
            changes.iter().rev().find(|(since, _)| *since <= at).map(|(_, place)| place.clone())
        };
        let Some(residences) = self.residences.get(author) else { return false };
        for at in [created, as_of] {
            let Some(place) = last(residences, at) else { return false };
            match place.split('-').next().unwrap_or("") {
                "GB" | "CH" | "HK" | "FR" | "DE" | "IE" | "IT" | "ES" | "RE" | "IS" | "NO" => {
                    return false;
                }
                _ => {}
            }
        }
        let choices = self.choices.get(author).map_or(&[][..], Vec::as_slice);
        let choice = choices.iter().rev().find(|(at, _)| *at <= as_of);
        matches!(kind, "post" | "article" | "feedback") && choice.is_none_or(|(_, on)| *on)
    }
}

fn decide(c: &mut Criterion) {
    let policy = Policy::shipped("linkedin").expect("a policy");
    let as_of: Timestamp = AS_OF.parse().expect("a time");
    let mut registry = Registry::new();
    let mut naive = Naive { residences: HashMap::new(), choices: HashMap::new() };
    let mut posts = Vec::new();
    for n in 0..MEMBERS {
        let id = format!("member-{n}");
        let place = |n: usize| PLACES[n % PLACES.len()];
        let mut residences = vec![("2010-01-01".to_owned(), place(n))];
        if n % 10 == 0 {
            residences.push((day(n), place(n / 10)));
        }
        let mut subject = Subject::new(id.parse().expect("an id"));
        for (since, place) in &residences {
            subject = subject
                .with_residence(place.parse().expect("a place"), since.parse().expect("a day"));
        }
        if n % 5 == 0 {
            let at: Timestamp = day(n + 3).parse().expect("a day");
            let choice = if n % 15 == 0 { Choice::OptIn } else { Choice::OptOut };
            subject = subject.with_choice(choice, ChosenBy::Subject, policy.purpose().clone(), at);
            naive.choices.entry(id.clone()).or_default().push((at, choice == Choice::OptIn));
        }
        naive.residences.insert(
            id.clone(),
            residences.iter().map(|(t, p)| (t.parse().expect("a day"), (*p).to_owned())).collect(),
        );
        registry.insert(subject).expect("a new member");
        let kind = ["post", "article", "private-message"][n % 3];
        let created = day(n + 7).parse().expect("a day");
        let post = Record::new(
            format!("post-{n}").parse().expect("an id"),
            kind.parse().expect("a kind"),
            created,
        );
        posts.push(post.with_subject(id.parse().expect("an id")));
    }

    let view = registry.view(&policy, as_of);
    let by_hand = |post: &Record| {
        naive.may_train(post.subjects()[0].as_str(), post.created_at(), as_of, post.kind().as_str())
    };
    let admitted = posts.iter().filter(|post| by_hand(post)).count();
    for post in &posts {
        assert_eq!(view.decide(post).verdict() == Verdict::Eligible, by_hand(post), "{post:?}");
    }
    assert!(admitted > MEMBERS / 20 && admitted < MEMBERS / 2, "{admitted} admitted");

    let mut group = c.benchmark_group("decide");
    group.throughput(Throughput::Elements(MEMBERS as u64));
    group.bench_function("may-train, all grounds", |b| {
        b.iter(|| {
            posts
                .iter()
                .map(|post| black_box(view.decide(post).grounds()))
                .filter(|g| g.is_empty())
                .count()
        });
    });
    group.bench_function("may-train, with the explanation", |b| {
        b.iter(|| {
            posts.iter().map(|post| black_box(view.explain(post)).findings().len()).sum::<usize>()
        });
    });
    group.bench_function("naive, yes or no", |b| {
        b.iter(|| posts.iter().filter(|post| black_box(by_hand(post))).count());
    });
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
