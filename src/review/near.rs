//! Near words: whether two words differ only by a probable typing error.

/// The length below which words that differ by one letter are two words.
const SHORTEST: usize = 5;

/// Returns whether two different words are probably meant as one. They differ by case, by what
/// joins their parts, or by a plural. Longer words may also differ by one letter, or by two
/// neighbouring letters that are swapped.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    let (one, other) = (plain(one), plain(other));
    one == other || (one.len().min(other.len()) >= SHORTEST && is_one_slip(&one, &other))
}

/// Returns the letters and digits of a word in lower case and in the singular.
pub(super) fn plain(word: &str) -> Vec<char> {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    let mut letters: Vec<char> = letters.flat_map(char::to_lowercase).collect();
    if letters.len() > 3 && letters.ends_with(&['s']) && !letters.ends_with(&['s', 's']) {
        letters.pop();
    }
    letters
}

/// Returns whether one letter is added, missing or different, or two neighbours are swapped. A
/// different digit makes a different word: `gpt4` is not `gpt5`.
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
