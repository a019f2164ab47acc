//! IETF AIPREF in robots.txt: which rules `Content-Usage` hold for a crawler and a path.

use crate::signals::aipref::TrainAi;
use crate::signals::path::{Path, Pattern};
use crate::signals::signal::{Signal, Source};
use crate::values::time::Timestamp;

/// A line of robots.txt that matters here.
enum Line<'f> {
    UserAgent(&'f [u8]),
    Crawl { pattern: Pattern, allowed: bool },
    Usage { pattern: Pattern, statement: &'f [u8], text: &'f [u8] },
}

impl<'f> Line<'f> {
    /// Reads a line without its end. Returns `None` for any other line.
    fn read(line: &'f [u8]) -> Option<Self> {
        let content = line.split(|byte| *byte == b'#').next()?;
        let colon = content.iter().position(|byte| *byte == b':')?;
        let (label, rest) = content.split_at_checked(colon)?;
        let (label, value) = (label.trim_ascii(), rest.strip_prefix(b":")?.trim_ascii());
        let is = |name: &str| label.eq_ignore_ascii_case(name.as_bytes());
        if is("user-agent") {
            Some(Self::UserAgent(value))
        } else if is("content-usage") {
            let (path, statement) = path_and_statement(value);
            Some(Self::Usage { pattern: Pattern::new(path), statement, text: value })
        } else if is("allow") || is("disallow") {
            // An empty rule matches no path.
            let pattern = Some(Pattern::new(value)).filter(|_| !value.is_empty())?;
            Some(Self::Crawl { pattern, allowed: is("allow") })
        } else {
            None
        }
    }
}

/// Returns the path of a rule and its statement. A rule without a path holds for every path.
fn path_and_statement(value: &[u8]) -> (&[u8], &[u8]) {
    if !value.starts_with(b"/") {
        return (&[], value);
    }
    let blank = value.iter().position(|byte| matches!(byte, b' ' | b'\t'));
    let (path, statement) =
        value.split_at_checked(blank.unwrap_or(value.len())).unwrap_or_default();
    (path, statement.trim_ascii())
}

/// Returns the product token at the beginning of a crawler's name: letters, `-` and `_`.
fn product(name: &[u8]) -> &[u8] {
    let end = name.iter().position(|b| !b.is_ascii_alphabetic() && !matches!(b, b'-' | b'_'));
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// Returns the rules for a crawler: those of the groups that name it, or else of the groups `*`.
fn rules<'f>(file: &'f [u8], crawler: &str) -> Vec<Line<'f>> {
    let crawler = product(crawler.as_bytes());
    let (mut own, mut others) = (Vec::new(), Vec::new());
    let (mut names_it, mut names_all, mut in_rules, mut is_named) = (false, false, true, false);
    let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    for line in file.split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(Line::read) {
        if let Line::UserAgent(agent) = line {
            if std::mem::replace(&mut in_rules, false) {
                (names_it, names_all) = (false, false);
            }
            names_all |= agent == b"*";
            names_it |= !crawler.is_empty() && product(agent).eq_ignore_ascii_case(crawler);
            is_named |= names_it;
            continue;
        }
        in_rules = true;
        if names_it {
            own.push(line);
        } else if names_all {
            others.push(line);
        }
    }
    if is_named { own } else { others }
}

/// Reads robots.txt for a crawler (its product token) and the path of a URL.
///
/// The rules `Content-Usage` with the longest path that matches hold. Returns a signal if one of them
/// disallows `train-ai`, or cannot be read. Returns `None` otherwise, and for a path that the crawler
/// may not fetch: it has no usage preference.
///
/// The file need not be UTF-8. Limit its size before: RFC 9309 asks for 500 KiB.
///
/// ```
/// use may_train::signals::robots_txt;
///
/// let file = b"User-Agent: *\nContent-Usage: / train-ai=n\nContent-Usage: /open/ train-ai=y\n";
/// let seen = "2026-03-01".parse()?;
/// let signal = robots_txt(file, "ExampleBot", "/posts/1", seen).ok_or("no signal")?;
/// assert_eq!(signal.text(), "/ train-ai=n");
/// assert_eq!(robots_txt(file, "ExampleBot", "/open/1", seen), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn robots_txt(file: &[u8], crawler: &str, path: &str, seen: Timestamp) -> Option<Signal> {
    let path = Path::new(path);
    let rules = rules(file, crawler);
    let crawl = rules.iter().filter_map(|rule| match rule {
        Line::Crawl { pattern, allowed } if pattern.matches(&path) => {
            Some((pattern.len(), *allowed))
        }
        _ => None,
    });
    // Of two rules as long, the one that allows holds.
    if crawl.max().is_some_and(|(_, allowed)| !allowed) {
        return None;
    }
    let usage: Vec<_> = rules
        .iter()
        .filter_map(|rule| match rule {
            Line::Usage { pattern, statement, text } if pattern.matches(&path) => {
                Some((pattern.len(), *statement, *text))
            }
            _ => None,
        })
        .collect();
    let longest = usage.iter().map(|(length, ..)| *length).max()?;
    let signals = usage.into_iter().filter(|(length, ..)| *length == longest).filter_map(
        |(_, statement, text)| TrainAi::read(statement).signal(Source::RobotsTxt, text, seen),
    );
    // A rule that can be read says more than one that cannot.
    signals.min_by_key(Signal::is_malformed)
}
