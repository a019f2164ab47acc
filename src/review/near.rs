//! Words that are nearly alike: what a slip of the pen makes of one.

/// With fewer letters, words that differ by one letter are taken for two words.
const SHORTEST: usize = 5;

/// Whether two different words are probably meant as one: they differ by case, by what joins their
/// parts, by a plural, or, if they are long enough, by one letter or two letters that changed places.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    let (one, other) = (plain(one), plain(other));
    one == other || (one.len().min(other.len()) >= SHORTEST && is_one_slip(&one, &other))
}

/// The letters and digits of a word in lower case, in the singular.
pub(super) fn plain(word: &str) -> Vec<char> {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    let mut letters: Vec<char> = letters.flat_map(char::to_lowercase).collect();
    if letters.len() > 3 && letters.ends_with(&['s']) && !letters.ends_with(&['s', 's']) {
        letters.pop();
    }
    letters
}

/// Whether a letter is added, left out or another, or two neighbours changed places. Another digit is
/// another word: `gpt4` is not `gpt5`.
fn is_one_slip(one: &[char], other: &[char]) -> bool {
    let start = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (one.get(start..).unwrap_or(&[]), other.get(start..).unwrap_or(&[]));
    let end = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let middle = |word: &[char]| word.get(..word.len().saturating_sub(end)).map(<[char]>::to_vec);
    let (Some(one), Some(other)) = (middle(one), middle(other)) else { return false };
    match (one.as_slice(), other.as_slice()) {
        ([letter], []) | ([], [letter]) => letter.is_alphabetic(),
        ([a], [b]) => a.is_alphabetic() && b.is_alphabetic(),
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        for (one, other) in [
            ("Business", "business"),
            ("posts", "post"),
            ("private-mesage", "private-message"),
            ("deletedAt", "deleted_at"),
            ("deletd_at", "deleted_at"),
            ("restriction", "restrictions"),
            ("busniess", "business"),
        ] {
            assert!(is_near(one, other) && is_near(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("post", "post"),
            ("post", "poll"),
            ("pro", "prod"),
            ("genai-input", "genai-output"),
            ("plan-2024", "plan-2025"),
            ("business", "businesslike"),
            ("", "post"),
        ] {
            assert!(!is_near(one, other), "{one} {other}");
        }
    }
}
