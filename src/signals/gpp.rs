//! The IAB Global Privacy Platform: opt-outs of sale and sharing in the United States.

use std::str::FromStr;

use iab_gpp::sections::us_common::OptOut;
use iab_gpp::sections::usnat::Core;
use iab_gpp::sections::uspv1::{Flag, UspV1};
use iab_gpp::sections::{
    SectionDecodeError, usca::UsCa, usco::UsCo, usct::UsCt, usde::UsDe, usfl::UsFl, usia::UsIa,
    usmn::UsMn, usmt::UsMt, usnat::UsNat, usne::UsNe, usnh::UsNh, usnj::UsNj, usor::UsOr,
    ustn::UsTn, ustx::UsTx, usut::UsUt, usva::UsVa,
};

use crate::signals::signal::{Signal, Source};
use crate::values::time::Timestamp;

/// The header's type and version, in base64: sections follow as a range of Fibonacci numbers.
const HEADER: [u16; 2] = [3, 1];

/// Reads a GPP string.
///
/// Returns a signal if a section of the United States says that the person opted out of the sale or
/// the sharing of personal data, or that the browser sent GPC. Returns `None` if no section does, and
/// for an empty string. The sections of the TCF ask other questions, and are not read.
///
/// A string or a section that cannot be read refuses: it may hold an opt-out. Each section is read
/// by itself, so that one of a future state does not hide the others.
///
/// ```
/// use may_train::signals::gpp;
///
/// let seen = "2026-03-01".parse()?;
/// assert!(gpp("DBABTA~1YYN", seen).is_some_and(|signal| !signal.is_malformed()));
/// assert_eq!(gpp("DBABTA~1YNN", seen), None);
/// assert!(gpp("DBABTA", seen).is_some_and(|signal| signal.is_malformed()));
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn gpp(text: &str, seen: Timestamp) -> Option<Signal> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut parts = text.split('~');
    let header = parts.next().unwrap_or_default();
    let sections: Vec<&str> = parts.collect();
    let Some(ids) = section_ids(header).filter(|ids| ids.len() == sections.len()) else {
        return Some(Signal::malformed(Source::Gpp, text.as_bytes(), seen));
    };
    let read: Vec<Option<bool>> =
        ids.into_iter().zip(sections).map(|(id, section)| refuses(id, section)).collect();
    if read.contains(&Some(true)) {
        Some(Signal::new(Source::Gpp, text.as_bytes(), seen))
    } else if read.contains(&None) {
        Some(Signal::malformed(Source::Gpp, text.as_bytes(), seen))
    } else {
        None
    }
}

/// Checks whether a section opts out of sale or sharing. Returns `None` if it cannot be read.
fn refuses(id: u16, text: &str) -> Option<bool> {
    /// Reads a section of one state, whose opt-outs and GPC are the named fields.
    macro_rules! state {
        ($type:ident, $($opt_out:ident)+ $(; $gpc:ident)?) => {
            $type::from_str(text).map(|section| {
                $(section.core.$opt_out == OptOut::OptedOut)||+
                $(|| section.$gpc == Some(true))?
            })
        };
    }
    let read: Result<bool, SectionDecodeError> = match id {
        // The TCF of Europe and Canada, the header, and the signature.
        1..=5 => Ok(false),
        6 => UspV1::from_str(text).map(|section| section.opt_out_sale == Flag::Yes),
        7 => UsNat::from_str(text).map(|section| {
            let opt_outs = match &section.core {
                Core::V1(core) => [&core.sale_opt_out, &core.sharing_opt_out],
                Core::V2(core) => [&core.sale_opt_out, &core.sharing_opt_out],
                _ => return true,
            };
            opt_outs.contains(&&OptOut::OptedOut) || section.gpc == Some(true)
        }),
        8 => state!(UsCa, sale_opt_out sharing_opt_out; gpc),
        9 => state!(UsVa, sale_opt_out),
        10 => state!(UsCo, sale_opt_out; gpc),
        11 => state!(UsUt, sale_opt_out),
        12 => state!(UsCt, sale_opt_out; gpc),
        13 => state!(UsFl, sale_opt_out),
        14 => state!(UsMt, sale_opt_out; gpc),
        15 => state!(UsOr, sale_opt_out; gpc),
        16 => state!(UsTx, sale_opt_out; gpc),
        17 => state!(UsDe, sale_opt_out; gpc),
        18 => state!(UsIa, sale_opt_out; gpc),
        19 => state!(UsNe, sale_opt_out; gpc),
        20 => state!(UsNh, sale_opt_out; gpc),
        21 => state!(UsNj, sale_opt_out; gpc),
        22 => state!(UsTn, sale_opt_out; gpc),
        23 => state!(UsMn, sale_opt_out; gpc),
        _ => return None,
    };
    read.ok()
}

/// Returns the ids of the sections that a header lists. Returns `None` if it cannot be read.
///
/// `iab_gpp` 0.1.2 adds the ids up without a check, and forgets a part of each after the second.
fn section_ids(header: &str) -> Option<Vec<u16>> {
    let mut bits = Bits::of(header)?;
    if [bits.number(6)?, bits.number(6)?] != HEADER {
        return None;
    }
    let entries = bits.number(12)?;
    let (mut ids, mut last) = (Vec::new(), 0_u16);
    for _ in 0..entries {
        let is_group = bits.next()?;
        let first = last.checked_add(bits.fibonacci()?)?;
        last = if is_group { first.checked_add(bits.fibonacci()?)? } else { first };
        // No list of sections is that long, and no list makes this one long.
        if last > MOST_SECTIONS {
            return None;
        }
        ids.extend(first..=last);
    }
    Some(ids)
}

/// The highest id of a section that is read. The standard has used 27 up to now.
const MOST_SECTIONS: u16 = 1024;

/// The bits of a text in base64url, six for each character.
struct Bits(std::vec::IntoIter<bool>);

impl Bits {
    /// Returns the bits. Returns `None` if a character is not of base64url.
    fn of(text: &str) -> Option<Self> {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bits = Vec::new();
        for byte in text.bytes() {
            let value = ALPHABET.iter().position(|letter| *letter == byte)?;
            bits.extend([32, 16, 8, 4, 2, 1].map(|bit| value & bit != 0));
        }
        Some(Self(bits.into_iter()))
    }

    fn next(&mut self) -> Option<bool> {
        self.0.next()
    }

    /// Returns the number that the next bits are.
    fn number(&mut self, length: usize) -> Option<u16> {
        (0..length).try_fold(0_u16, |number, _| {
            number.checked_mul(2)?.checked_add(u16::from(self.next()?))
        })
    }

    /// Returns the number in Fibonacci coding, which ends with two ones.
    fn fibonacci(&mut self) -> Option<u16> {
        let (mut total, mut before) = (0_u16, false);
        let (mut value, mut next) = (Some(1_u16), Some(2_u16));
        loop {
            let bit = self.next()?;
            if bit && before {
                return Some(total);
            }
            if bit {
                total = total.checked_add(value?)?;
            }
            (value, next) = (next, value.zip(next).and_then(|(a, b)| a.checked_add(b)));
            before = bit;
        }
    }
}
