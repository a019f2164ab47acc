//! A hash tree over the subjects of a registry: the digest of each subject, and of all of them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::decision::digest::{Digest, Digester};
use crate::people::subject::Subject;
use crate::values::id::SubjectId;

/// A hash tree (Merkle tree) with the digest of every subject of a registry.
///
/// Comparing two trees costs time in proportion to their differences. A clone is cheap, because it
/// shares unchanged parts. The shape of the tree depends only on the subjects in it, so that
/// registries with equal subjects have equal digests.
#[derive(Clone)]
pub(crate) struct SubjectTree(Arc<Node>);

/// A node of the tree: the subjects whose keys begin with the same bits.
#[derive(Clone)]
struct Node {
    /// The digest of all subjects below, computed on first use.
    digest: OnceLock<Digest>,
    below: Below,
}

/// The content of a node: a leaf, or two halves.
#[derive(Clone)]
enum Below {
    /// A leaf: one entry for each subject, in ascending order.
    Few(Vec<Entry>),
    /// Two halves: the subjects whose next key bit is unset, and those whose next key bit is set.
    Many([Arc<Node>; 2]),
}

/// A subject in the tree. The order of the fields is the order within the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    id: SubjectId,
    digest: Digest,
}

/// The largest number of subjects in a leaf. A change copies and hashes a whole leaf, and each leaf
/// costs memory.
const FEW: usize = 32;

impl SubjectTree {
    /// Builds the tree of subjects, each of which occurs once.
    pub(super) fn of<'a>(subjects: impl Iterator<Item = &'a Subject>) -> Self {
        let mut entries: Vec<Entry> = subjects.map(Entry::of).collect();
        entries.sort_unstable();
        Self(Arc::new(Node::of(entries, 0)))
    }

    /// Adds a new subject, or replaces one that has changed.
    pub(super) fn note(&mut self, subject: &Subject) {
        note(&mut self.0, Entry::of(subject), 0);
    }

    /// Removes a subject.
    pub(super) fn forget(&mut self, subject: &Subject) {
        forget(&mut self.0, &Entry::of(subject), 0);
    }

    /// Returns the digest of all facts about all subjects.
    pub(crate) fn digest(&self) -> Digest {
        self.0.digest()
    }

    /// Returns the subjects that only one tree has, or that have different digests in the two
    /// trees.
    pub(crate) fn differing<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a SubjectId> {
        let mut ids = BTreeSet::new();
        differing(&self.0, &other.0, &mut ids);
        ids
    }
}

impl fmt::Debug for SubjectTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SubjectTree").field(&self.digest()).finish()
    }
}

impl Node {
    /// Builds the node of subjects in ascending order whose keys have the same first `same` bits.
    fn of(mut entries: Vec<Entry>, same: u32) -> Self {
        let below = if entries.len() <= FEW || same >= u64::BITS {
            entries.shrink_to_fit();
            Below::Few(entries)
        } else {
            let set = entries.split_off(entries.partition_point(|entry| !entry.bit(same)));
            let next = same.saturating_add(1);
            Below::Many([entries, set].map(|half| Arc::new(Self::of(half, next))))
        };
        Self { digest: OnceLock::new(), below }
    }

    fn digest(&self) -> Digest {
        *self.digest.get_or_init(|| match &self.below {
            Below::Few(few) => Digester::all("subjects", few.iter().map(|few| few.digest)),
            Below::Many(halves) => Digester::all("halves", halves.iter().map(|h| h.digest())),
        })
    }

    /// Collects all entries below.
    fn gather<'a>(&'a self, entries: &mut BTreeSet<&'a Entry>) {
        match &self.below {
            Below::Few(few) => entries.extend(few),
            Below::Many(halves) => halves.iter().for_each(|half| half.gather(entries)),
        }
    }
}

impl Entry {
    fn of(subject: &Subject) -> Self {
        let id = subject.id().clone();
        let mut digester = Digester::of("subject id");
        digester.text(id.as_str());
        let key = digester.finish().as_bytes().first_chunk().map_or(0, |b| u64::from_be_bytes(*b));
        Self { key, id, digest: subject.digest() }
    }

    /// Returns a bit of the key. Bit 0 is the most significant one.
    const fn bit(&self, number: u32) -> bool {
        self.key.rotate_left(number).leading_zeros() == 0
    }
}

/// Adds or replaces an entry. It copies only the nodes on the path that other trees share.
fn note(node: &mut Arc<Node>, entry: Entry, same: u32) {
    let node = Arc::make_mut(node);
    match &mut node.below {
        Below::Few(entries) => {
            let place = |other: &Entry| (other.key, &other.id).cmp(&(entry.key, &entry.id));
            match entries.binary_search_by(place) {
                Ok(at) => {
                    if let Some(old) = entries.get_mut(at) {
                        *old = entry;
                    }
                }
                Err(at) => entries.insert(at, entry),
            }
            *node = Node::of(std::mem::take(entries), same);
        }
        Below::Many([unset, set]) => {
            node.digest = OnceLock::new();
            let half = if entry.bit(same) { set } else { unset };
            note(half, entry, same.saturating_add(1));
        }
    }
}

/// Removes an entry. It joins two halves that fit into one leaf, so that the shape depends only on
/// the remaining subjects.
fn forget(node: &mut Arc<Node>, entry: &Entry, same: u32) {
    let node = Arc::make_mut(node);
    node.digest = OnceLock::new();
    let joined = match &mut node.below {
        Below::Few(entries) => {
            entries.retain(|other| other.id != entry.id);
            return;
        }
        Below::Many([unset, set]) => {
            let half = if entry.bit(same) { &mut *set } else { &mut *unset };
            forget(half, entry, same.saturating_add(1));
            match (&unset.below, &set.below) {
                (Below::Few(unset), Below::Few(set))
                    if unset.len().saturating_add(set.len()) <= FEW =>
                {
                    [unset.as_slice(), set.as_slice()].concat()
                }
                _ => return,
            }
        }
    };
    node.below = Below::Few(joined);
}

/// Collects the ids that differ. It descends only into nodes with different digests.
fn differing<'a>(one: &'a Arc<Node>, other: &'a Arc<Node>, ids: &mut BTreeSet<&'a SubjectId>) {
    if Arc::ptr_eq(one, other) || one.digest() == other.digest() {
        return;
    }
    if let (Below::Many(halves), Below::Many(others)) = (&one.below, &other.below) {
        for (half, other) in halves.iter().zip(others) {
            differing(half, other, ids);
        }
        return;
    }
    // At least one side is a leaf, so that almost all entries of the other side differ.
    let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
    one.gather(&mut here);
    other.gather(&mut there);
    ids.extend(here.symmetric_difference(&there).map(|entry| &entry.id));
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::decision::registry::Registry;

    /// A subject, and its year of birth. There are only a few years, so that some changes are
    /// equal.
    type Change = (u8, u16);

    fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
        vec((any::<u8>(), 1990..1993_u16), 0..most)
    }

    fn subject((who, born): Change) -> Subject {
        Subject::new(format!("u{who}").parse().unwrap())
            .with_birth(born.to_string().parse().unwrap())
    }

    fn learn(registry: &mut Registry, changes: &[Change]) {
        for change in changes {
            // New subjects are inserted, so that the test uses both methods.
            if registry.insert(subject(*change)).is_err() {
                registry.replace(subject(*change));
            }
        }
    }

    /// Returns a registry of the same subjects that has no tree yet, inserted in descending order.
    fn afresh(registry: &Registry) -> Registry {
        let mut subjects: Vec<Subject> = registry.iter().cloned().collect();
        subjects.sort_unstable_by(|a, b| b.id().cmp(a.id()));
        let mut fresh = Registry::new();
        for subject in subjects {
            fresh.insert(subject).unwrap();
        }
        fresh
    }

    /// Returns the subjects that differ, by comparing one by one.
    fn plainly<'a>(one: &'a Registry, other: &'a Registry) -> BTreeSet<&'a SubjectId> {
        let everybody = one.iter().chain(other.iter()).map(Subject::id);
        let digest = |registry: &Registry, id: &SubjectId| registry.get(id).map(Subject::digest);
        everybody.filter(|id| digest(one, id) != digest(other, id)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn the_walk_of_two_trees_finds_exactly_the_subjects_that_differ(
            before in changes(400), first in changes(40), second in changes(400),
            asked_before in any::<bool>(), history_is_shared in any::<bool>(),
        ) {
            let mut one = Registry::new();
            learn(&mut one, &before);
            if asked_before {
                // Every node has its digest now. A change has to discard the old ones.
                let _ = one.digest();
            }
            let mut other = if history_is_shared { one.clone() } else { afresh(&one) };
            for (registry, changes) in [(&mut one, &first), (&mut other, &second)] {
                learn(registry, changes);
            }
            for (one, other) in [(&one, &other), (&other, &one), (&one, &afresh(&other))] {
                let expected = plainly(one, other);
                prop_assert_eq!(one.digest() == other.digest(), expected.is_empty());
                prop_assert_eq!(one.census().differing(other.census()), expected);
            }
        }

        #[test]
        fn equal_subjects_have_an_equal_digest_however_they_came(
            before in changes(400), after in changes(100), leaving in changes(400),
            asked in any::<bool>(),
        ) {
            let mut registry = Registry::new();
            learn(&mut registry, &before);
            if asked {
                let _ = registry.digest();
            }
            learn(&mut registry, &after);
            let fresh = afresh(&registry);
            prop_assert_eq!(registry.digest(), fresh.digest());
            prop_assert!(registry.census().differing(fresh.census()).is_empty());
            // A removed subject leaves no trace.
            for (who, _) in &leaving {
                let id = format!("u{who}");
                prop_assert_eq!(registry.get(id.as_str()).cloned(), registry.remove(id.as_str()));
                prop_assert!(registry.get(id.as_str()).is_none());
            }
            let fresh = afresh(&registry);
            prop_assert_eq!(registry.digest(), fresh.digest());
            prop_assert!(registry.census().differing(fresh.census()).is_empty());
            // Replacing a subject by an equal one changes nothing.
            let again: Vec<Subject> = registry.iter().cloned().collect();
            for subject in again {
                registry.replace(subject);
            }
            prop_assert_eq!(registry.digest(), fresh.digest());
        }
    }

    fn parts(node: &Arc<Node>, seen: &mut BTreeSet<*const Node>) {
        seen.insert(Arc::as_ptr(node));
        match &node.below {
            Below::Few(_) => {}
            Below::Many([unset, set]) => {
                parts(unset, seen);
                parts(set, seen);
            }
        }
    }

    #[test]
    fn a_change_copies_the_way_to_it_and_nothing_else() {
        let mut registry = Registry::new();
        for n in 0..20_000 {
            registry.insert(Subject::new(format!("u{n}").parse().unwrap())).unwrap();
        }
        let before = registry.census().clone();
        registry.replace(Subject::new("u7".parse().unwrap()).with_birth("1990".parse().unwrap()));
        let after = registry.census();
        let (mut old, mut new) = (BTreeSet::new(), BTreeSet::new());
        parts(&before.0, &mut old);
        parts(&after.0, &mut new);
        let copied = new.difference(&old).count();
        assert!(copied < 20 && old.len() > 1_000, "{copied} parts of {} are new", new.len());
        assert_eq!(
            before.differing(after).into_iter().map(SubjectId::as_str).collect::<Vec<_>>(),
            ["u7"]
        );
    }
}
