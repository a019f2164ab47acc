//! Patterns for the paths of URLs, as robots.txt (RFC 9309) and tdmrep.json use them.

/// A pattern for paths: a prefix, in which `*` stands for any text and a final `$` for the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<u8>);

impl Pattern {
    /// Returns the pattern, with one spelling for each character.
    pub(super) fn new(text: &[u8]) -> Self {
        Self(spelled(text, false))
    }

    /// Returns the length in bytes. The longest pattern that matches is the most specific one.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks whether the pattern matches a path.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let (pattern, ends) = match self.0.strip_suffix(b"$") {
            Some(pattern) => (pattern, true),
            None => (self.0.as_slice(), false),
        };
        let mut parts = pattern.split(|byte| *byte == b'*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = path.0.strip_prefix(first) else { return false };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return !ends || rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if ends && parts.peek().is_none() {
                return rest.ends_with(part);
            }
            match after(rest, part) {
                Some(later) => rest = later,
                None => return false,
            }
        }
        true
    }
}

/// The path of a URL, perhaps with its query, with one spelling for each character.
#[derive(Debug, Clone)]
pub(super) struct Path(Vec<u8>);

impl Path {
    /// Returns the path, with one spelling for each character.
    pub(super) fn new(text: &str) -> Self {
        Self(spelled(text.as_bytes(), true))
    }
}

/// Returns what follows the first occurrence of a part in a text.
fn after<'t>(text: &'t [u8], part: &[u8]) -> Option<&'t [u8]> {
    if part.is_empty() {
        return Some(text);
    }
    let at = text.windows(part.len()).position(|window| window == part)?;
    text.get(at..)?.strip_prefix(part)
}

/// Returns a text with one spelling for each character.
///
/// An encoded character that needs no encoding is decoded. Bytes beyond ASCII are encoded, and so
/// are `*` and `$` in a path, since they mean something else in a pattern.
fn spelled(text: &[u8], is_path: bool) -> Vec<u8> {
    let mut spelled = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if let Some((decoded, after)) = encoded(*byte, after) {
            rest = after;
            push(&mut spelled, decoded, !is_unreserved(decoded));
        } else {
            let encode = !byte.is_ascii() || (is_path && matches!(byte, b'*' | b'$'));
            push(&mut spelled, *byte, encode);
        }
    }
    spelled
}

/// Returns the byte that a percent sign and two digits stand for, and what follows them.
fn encoded(byte: u8, after: &[u8]) -> Option<(u8, &[u8])> {
    let (b'%', [high, low, after @ ..]) = (byte, after) else { return None };
    let digits = [*high, *low];
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(&digits).ok()?;
    Some((u8::from_str_radix(digits, 16).ok()?, after))
}

/// Checks whether a byte never needs encoding (RFC 3986, section 2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Appends a byte, as it is or encoded.
fn push(text: &mut Vec<u8>, byte: u8, encode: bool) {
    if encode {
        text.extend_from_slice(format!("%{byte:02X}").as_bytes());
    } else {
        text.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Pattern};

    #[test]
    fn patterns_match_as_rfc_9309_says() {
        // RFC 9309, section 2.2.3, and Google's table of path matches, restated.
        for (pattern, matched, others) in [
            ("/", "/ /a /a/b.html", ""),
            ("/fish", "/fish /fish.html /fish/salmon.html /fishheads", "/Fish.asp /catfish"),
            ("/fish/", "/fish/ /fish/salmon.htm", "/fish /fish.html"),
            ("/*.php", "/index.php /a/b.php?x=1 /.php/a", "/ /windows.PHP"),
            ("/*.php$", "/a.php /a/b.php /a.php.php", "/a.php?x /a.php/ /a.php5"),
            ("/fish*.php", "/fish.php /fishheads/catfish.php?x", "/Fish.PHP"),
            ("/this/path/exactly$", "/this/path/exactly", "/this/path/exactly/not"),
            ("/this/*/exactly", "/this/a/b/exactly/c", "/this/exactly"),
            ("/file-%2A", "/file-* /file-%2A /file-%2a", "/file-x"),
            ("/file-%24", "/file-$", "/file-"),
            ("/%7ea", "/~a /%7Ea", "/a"),
            ("/caf\u{e9}", "/caf%C3%A9 /caf\u{e9}", "/cafe"),
            ("/a%3Cd", "/a%3cd", "/a<d"),
            ("*", "/ /a", ""),
            ("$", "", "/a"),
            ("/100%", "/100% /100%a", "/100"),
        ] {
            let pattern = Pattern::new(pattern.as_bytes());
            for path in matched.split(' ') {
                assert!(pattern.matches(&Path::new(path)), "{pattern:?} {path}");
            }
            for path in others.split(' ').filter(|path| !path.is_empty()) {
                assert!(!pattern.matches(&Path::new(path)), "{pattern:?} {path}");
            }
        }
    }
}
