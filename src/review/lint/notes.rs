//! Notes that say something else than the keys beside them: by the words they use.

use super::{Lint, LintCode, LintPlace};
use crate::policy::revision::{OptOutReach, ResidenceAt, Revision};

/// Words for opt-outs that leave older data to later runs, as only `future-data` does.
const SPARES_OLDER_DATA: &[&str] = &[
    "only new data",
    "only to new",
    "new content only",
    "only to data created after",
    "only to content created after",
    "only to content posted after",
    "already posted may",
    "earlier content may",
    "older content may",
    "existing content may",
    "content stays in",
];

/// Words for opt-outs that keep older data out of later runs, as `future-data` does not.
const REACHES_OLDER_DATA: &[&str] = &[
    "future training",
    "later training",
    "later runs",
    "future runs",
    "whenever it was created",
    "all your data",
    "all your content",
    "also reaches existing",
];

/// Words for residence at the cut-off, which `created` does not sample.
const AT_THE_CUT_OFF: &[&str] =
    &["at training", "at the cut-off", "at the time of training", "current residence", "live now"];

/// Words for residence at the record's creation, which `as-of` does not sample.
const AT_CREATION: &[&str] = &[
    "at creation",
    "record's creation",
    "when it was created",
    "when the record was created",
    "when it was written",
    "when it was posted",
    "at the time of posting",
];

/// Words for every residence between the two, which only `throughout` samples.
const IN_BETWEEN: &[&str] =
    &["ever resided", "ever lived", "at any time in between", "throughout the time"];

/// Words of sentences that state nothing, or the contrary of what their other words say.
const DENIES_OR_DOUBTS: &[&str] =
    &[" not ", "n't ", " never ", "no longer", "nothing says", "nobody says", "whether", "unknown"];

/// Compares the notes of a revision with its `opt_out_reaches` and `residence_at`.
///
/// A plain search for a few English phrases, in the revision's note, sentence by sentence: those on
/// opting out where a sentence speaks of opting out or objecting, those on residence where it speaks
/// of residing or living. Sentences that deny or doubt are passed over. "Going forward" and "forward
/// only" contradict nothing: what they mean is the very question that `opt_out_reaches` answers; and
/// what has been trained stays trained under every reach.
pub(super) fn check(revision: &Revision, lints: &mut Vec<Lint>) {
    let note = revision.note().unwrap_or_default().to_lowercase();
    let sentences = || note.split(['.', ';']).filter(|sentence| !has(sentence, DENIES_OR_DOUBTS));
    let mut choice =
        sentences().filter(|s| has(s, &["opt-out", "opting out", "opt out", "object"]));
    let contradicted = match revision.opt_out_reaches() {
        OptOutReach::FutureData => REACHES_OLDER_DATA,
        OptOutReach::FutureRuns | OptOutReach::Both => SPARES_OLDER_DATA,
    };
    if let Some(phrase) = choice.find_map(|s| first(s, contradicted)) {
        lints.push(Lint::new(
            LintCode::ReachContradictsNote,
            LintPlace::of_revision(revision, "opt_out_reaches"),
            format!("the note says `{phrase}`, but it is `{}`", revision.opt_out_reaches()),
            "correct one of the two",
        ));
    }
    let residence =
        sentences().filter(|s| has(s, &["resid", "lived", "lives", "living", "live now"]));
    let unsampled: &[&[&str]] = match revision.residence_at() {
        ResidenceAt::AsOf => &[AT_CREATION, IN_BETWEEN],
        ResidenceAt::Created => &[AT_THE_CUT_OFF, IN_BETWEEN],
        ResidenceAt::Both => &[IN_BETWEEN],
        ResidenceAt::Throughout => &[],
    };
    let mut residence = residence.flat_map(|s| unsampled.iter().map(move |words| (s, words)));
    if let Some(phrase) = residence.find_map(|(s, words)| first(s, words)) {
        lints.push(Lint::new(
            LintCode::ResidenceContradictsNote,
            LintPlace::of_revision(revision, "residence_at"),
            format!("the note says `{phrase}`, but it is `{}`", revision.residence_at()),
            "correct one of the two",
        ));
    }
}

fn has(sentence: &str, words: &[&str]) -> bool {
    first(sentence, words).is_some()
}

fn first<'a>(sentence: &str, words: &[&'a str]) -> Option<&'a str> {
    words.iter().copied().find(|word| sentence.contains(word))
}
