//! How wide words are, and where lines break: an SVG cannot ask the font.

use may_train::{Country, Place};

/// The width of a text, in pixels, in the widest of the common fonts (`DejaVu Sans`).
pub fn width(text: &str, size: f64) -> f64 {
    let ems = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' => 0.34,
        'f' | 't' | 'r' | '-' | '(' | ')' | '/' | 'J' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' => 0.99,
        'A'..='Z' => 0.72,
        _ => 0.64,
    };
    text.chars().map(ems).sum::<f64>() * size
}

/// Bold letters are so much wider.
pub const BOLD: f64 = 1.12;

/// Lines no wider than `most`, broken at spaces; a word that is wider is cut.
pub fn wrap(text: &str, size: f64, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(shorten(word, size, most)),
        }
    }
    lines
}

/// The text, cut so that it is no wider than `most`.
pub fn shorten(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        if width(&format!("{short}{c}…"), size) > most {
            break;
        }
        short.push(c);
    }
    short + "…"
}

/// A country's English name, without what ISO 3166 adds to it.
pub fn country_name(country: Country) -> String {
    match country.as_str() {
        "GB" => "United Kingdom".into(),
        "US" => "United States".into(),
        "KR" => "South Korea".into(),
        "KP" => "North Korea".into(),
        "CD" => "DR Congo".into(),
        _ => {
            let name = country.name();
            let short = name.split([',', '(']).next().unwrap_or(name);
            short.trim_end().to_owned()
        }
    }
}

/// A place's English name, with the code of a subdivision.
pub fn place_name(place: Place) -> String {
    match place {
        Place::Country(country) => country_name(country),
        Place::Subdivision(part) => format!("{} ({part})", country_name(part.country())),
    }
}
