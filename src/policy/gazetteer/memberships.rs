//! The gazetteer's data: which country was in which region, from when until when, with sources.
//!
//! Compiled on 2026-11-22, completed on 2026-11-25. The first and the last day of a membership both
//! count. A date without a known source carries the source `unsourced` and a confidence.

use super::Confidence::{self, High, Low, Medium};
use super::{Membership, Source};
use crate::values::place::Country;
use crate::values::time::Timestamp;

/// The version of this data: the day on which it was compiled. New data means a new release.
pub(super) const VERSION: &str = "2026-11-25";

/// Returns the first instant of a membership that begins on this day.
const fn since(year: i32, month: u32, day: u32) -> Timestamp {
    Timestamp::midnight(year, month, day)
}

/// Creates an open membership of a state.
const fn member(
    country: [u8; 2],
    from: Timestamp,
    confidence: Confidence,
    sources: &'static [&'static str],
) -> Membership {
    let country = Country::checked(country);
    Membership { country, via: None, from, until: None, confidence, sources }
}

impl Membership {
    /// Names the state that a territory belongs to.
    const fn through(mut self, state: [u8; 2]) -> Self {
        self.via = Some(Country::checked(state));
        self
    }

    /// Ends the membership with this day.
    const fn last_day(mut self, year: i32, month: u32, day: u32) -> Self {
        self.until = Some(Timestamp::midnight_after(year, month, day));
        self
    }
}

/// The sources that the memberships name.
pub(super) const SOURCES: &[Source] = &[
    Source {
        id: "europa",
        url: Some("https://europa.eu/european-union/about-eu/countries_en?country=ES"),
    },
    Source {
        id: "tfeu355",
        url: Some("https://eur-lex.europa.eu/legal-content/EN/TXT/HTML/?uri=CELEX:12016E355"),
    },
    Source {
        id: "hr-eea",
        url: Some("https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:22014A0611(01)"),
    },
    Source { id: "eea-wiki", url: Some("https://en.wikipedia.org/wiki/European_Economic_Area") },
    Source {
        id: "cnil",
        url: Some(
            "https://www.cnil.fr/fr/comment-la-loi-informatique-et-libertes-sapplique-t-elle-loutre-mer",
        ),
    },
    Source {
        id: "cloudflare",
        url: Some(
            "https://developers.cloudflare.com/ruleset-engine/rules-language/fields/reference/ip.src.is_in_european_union",
        ),
    },
    Source {
        id: "kochenov",
        url: Some(
            "https://kiwix.casplantje.nl/wikipedia_en_top_maxi/A/Special_member_state_territories_and_the_European_Union",
        ),
    },
    Source {
        id: "omr-status",
        url: Some(
            "http://www.dissertation.xlibx.info/d1-economy/293901-2-influence-law-taxation-the-member-states-overseas-territories-an.php",
        ),
    },
    Source { id: "unsourced", url: None },
];

/// Members of the EU.
pub(super) const EU: &[Membership] = &[
    member(*b"BE", since(1958, 1, 1), High, &["europa"]),
    member(*b"FR", since(1958, 1, 1), High, &["europa"]),
    member(*b"DE", since(1958, 1, 1), High, &["europa"]),
    member(*b"IT", since(1958, 1, 1), High, &["europa"]),
    member(*b"LU", since(1958, 1, 1), High, &["europa"]),
    member(*b"NL", since(1958, 1, 1), High, &["europa"]),
    member(*b"DK", since(1973, 1, 1), High, &["europa"]),
    member(*b"IE", since(1973, 1, 1), High, &["europa"]),
    member(*b"GB", since(1973, 1, 1), High, &["europa"]).last_day(2020, 1, 31),
    member(*b"GR", since(1981, 1, 1), High, &["europa"]),
    member(*b"PT", since(1986, 1, 1), High, &["europa"]),
    member(*b"ES", since(1986, 1, 1), High, &["europa"]),
    member(*b"AT", since(1995, 1, 1), High, &["europa"]),
    member(*b"FI", since(1995, 1, 1), High, &["europa"]),
    member(*b"SE", since(1995, 1, 1), High, &["europa"]),
    member(*b"CY", since(2004, 5, 1), High, &["europa"]),
    member(*b"CZ", since(2004, 5, 1), High, &["europa"]),
    member(*b"EE", since(2004, 5, 1), High, &["europa"]),
    member(*b"HU", since(2004, 5, 1), High, &["europa"]),
    member(*b"LV", since(2004, 5, 1), High, &["europa"]),
    member(*b"LT", since(2004, 5, 1), High, &["europa"]),
    member(*b"MT", since(2004, 5, 1), High, &["europa"]),
    member(*b"PL", since(2004, 5, 1), High, &["europa"]),
    member(*b"SK", since(2004, 5, 1), High, &["europa"]),
    member(*b"SI", since(2004, 5, 1), High, &["europa"]),
    member(*b"BG", since(2007, 1, 1), High, &["europa"]),
    member(*b"RO", since(2007, 1, 1), High, &["europa"]),
    member(*b"HR", since(2013, 7, 1), High, &["europa"]),
    member(*b"GP", since(1958, 1, 1), Low, &["tfeu355", "cloudflare", "cnil"]).through(*b"FR"),
    member(*b"MQ", since(1958, 1, 1), Low, &["tfeu355", "cloudflare", "cnil"]).through(*b"FR"),
    member(*b"GF", since(1958, 1, 1), Low, &["tfeu355", "cloudflare", "cnil"]).through(*b"FR"),
    member(*b"RE", since(1958, 1, 1), Low, &["tfeu355", "cloudflare", "cnil"]).through(*b"FR"),
    member(*b"MF", since(1958, 1, 1), Low, &["tfeu355", "cloudflare", "cnil"]).through(*b"FR"),
    member(
        *b"YT",
        since(2014, 1, 1),
        Medium,
        &["tfeu355", "cloudflare", "cnil", "omr-status", "unsourced"],
    )
    .through(*b"FR"),
    member(*b"BL", since(1958, 1, 1), Medium, &["omr-status", "unsourced"])
        .last_day(2011, 12, 31)
        .through(*b"FR"),
    member(*b"AX", since(1995, 1, 1), High, &["tfeu355", "cloudflare"]).through(*b"FI"),
    member(*b"GL", since(1973, 1, 1), Medium, &["kochenov", "unsourced"])
        .last_day(1985, 1, 31)
        .through(*b"DK"),
    member(*b"GI", since(1973, 1, 1), Medium, &["omr-status", "unsourced"])
        .last_day(2020, 1, 31)
        .through(*b"GB"),
];

/// Members of the EEA.
pub(super) const EEA: &[Membership] = &[
    member(*b"BE", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"FR", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"DE", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"IT", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"LU", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"NL", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"DK", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"IE", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"GB", since(1994, 1, 1), High, &["eea-wiki"]).last_day(2020, 12, 31),
    member(*b"GR", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"PT", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"ES", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"AT", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"FI", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"SE", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"CY", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"CZ", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"EE", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"HU", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"LV", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"LT", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"MT", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"PL", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"SK", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"SI", since(2004, 5, 1), High, &["eea-wiki"]),
    member(*b"BG", since(2007, 8, 1), High, &["eea-wiki"]),
    member(*b"RO", since(2007, 8, 1), High, &["eea-wiki"]),
    member(*b"HR", since(2014, 4, 12), Medium, &["eea-wiki", "hr-eea"]),
    member(*b"IS", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"NO", since(1994, 1, 1), High, &["eea-wiki"]),
    member(*b"LI", since(1995, 5, 1), Medium, &["unsourced"]),
    member(*b"GP", since(1994, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"MQ", since(1994, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"GF", since(1994, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"RE", since(1994, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"MF", since(1994, 1, 1), Low, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"YT", since(2014, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FR"),
    member(*b"BL", since(1994, 1, 1), Low, &["omr-status", "unsourced"])
        .last_day(2011, 12, 31)
        .through(*b"FR"),
    member(*b"AX", since(1995, 1, 1), Medium, &["tfeu355", "unsourced"]).through(*b"FI"),
];

/// Members of EFTA. A state that acceded to the EU left EFTA on the day before.
pub(super) const EFTA: &[Membership] = &[
    member(*b"AT", since(1960, 5, 3), Low, &["unsourced"]).last_day(1994, 12, 31),
    member(*b"DK", since(1960, 5, 3), Low, &["unsourced"]).last_day(1972, 12, 31),
    member(*b"FI", since(1986, 1, 1), Low, &["unsourced"]).last_day(1994, 12, 31),
    member(*b"GB", since(1960, 5, 3), Low, &["unsourced"]).last_day(1972, 12, 31),
    member(*b"PT", since(1960, 5, 3), Low, &["unsourced"]).last_day(1985, 12, 31),
    member(*b"SE", since(1960, 5, 3), Low, &["unsourced"]).last_day(1994, 12, 31),
    member(*b"CH", since(1960, 5, 3), Low, &["unsourced"]),
    member(*b"NO", since(1960, 5, 3), Low, &["unsourced"]),
    member(*b"IS", since(1970, 3, 1), Low, &["unsourced"]),
    member(*b"LI", since(1991, 9, 1), Low, &["unsourced"]),
];
