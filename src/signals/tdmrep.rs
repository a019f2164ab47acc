//! TDMRep, the TDM Reservation Protocol: rights to text and data mining are reserved.

use serde::Deserialize;
use serde_json::Value;

use crate::signals::gpc::elements;
use crate::signals::path::{Path, Pattern};
use crate::signals::signal::{Signal, Source};
use crate::values::object::Object;
use crate::values::time::Timestamp;

/// Reads the values of the response header `tdm-reservation`, one for each line in which it was sent.
///
/// Returns a signal if one of them is `1`: the rights are reserved. Returns `None` otherwise. Any
/// value but `0` and `1` counts as unset, as the standard demands (TDMRep, section
/// "tdm-reservation").
///
/// ```
/// use may_train::signals::tdm_reservation;
///
/// let seen = "2026-03-01".parse()?;
/// assert!(tdm_reservation(["1"], seen).is_some());
/// assert_eq!(tdm_reservation(["0"], seen), None);
/// assert_eq!(tdm_reservation(["yes"], seen), None);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn tdm_reservation<V: AsRef<[u8]>>(
    values: impl IntoIterator<Item = V>,
    seen: Timestamp,
) -> Option<Signal> {
    reserved(Source::TdmHeader, values, seen)
}

/// Reads the attribute `content` of each HTML element `meta` with the name `tdm-reservation`.
///
/// Returns what [`tdm_reservation`] returns. Finding the elements is left to an HTML parser.
///
/// ```
/// use may_train::signals::tdm_meta;
///
/// // <meta name="tdm-reservation" content="1">
/// assert!(tdm_meta(["1"], "2026-03-01".parse()?).is_some());
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn tdm_meta<V: AsRef<[u8]>>(
    contents: impl IntoIterator<Item = V>,
    seen: Timestamp,
) -> Option<Signal> {
    reserved(Source::TdmMeta, contents, seen)
}

/// Returns a signal of the source if one of the values is `1`.
fn reserved<V: AsRef<[u8]>>(
    source: Source,
    values: impl IntoIterator<Item = V>,
    seen: Timestamp,
) -> Option<Signal> {
    let refuses = elements(values).iter().any(|value| value == b"1");
    refuses.then(|| Signal::new(source, b"1", seen))
}

/// A rule of the file. Other keys are ignored.
#[derive(Deserialize)]
struct Rule {
    location: Option<Value>,
    #[serde(rename = "tdm-reservation")]
    reservation: Option<Value>,
}

/// Reads the file `/.well-known/tdmrep.json` for the path of a URL.
///
/// The first rule whose location matches holds. Returns a signal if it reserves the rights. Returns
/// `None` if it does not, and if no location matches. A value of `tdm-reservation` other than `0` and
/// `1` counts as unset, as the standard demands. A file that is no list of rules refuses, and so does
/// a rule without a location that can be read: it may be the one that holds.
///
/// ```
/// use may_train::signals::tdmrep_json;
///
/// let file = br#"[{"location":"/photos/*.jpg","tdm-reservation":0},
///                 {"location":"/","tdm-reservation":1}]"#;
/// let seen = "2026-03-01".parse()?;
/// assert!(tdmrep_json(file, "/posts/1", seen).is_some());
/// assert_eq!(tdmrep_json(file, "/photos/1.jpg", seen), None);
/// # Ok::<(), may_train::ValueError>(())
/// ```
#[must_use]
pub fn tdmrep_json(file: &[u8], path: &str, seen: Timestamp) -> Option<Signal> {
    let path = Path::new(path);
    let Ok(rules) = serde_json::from_slice::<Vec<Value>>(file) else {
        return Some(Signal::malformed(Source::TdmFile, file, seen));
    };
    let mut rules = rules.into_iter();
    rules.find_map(|rule| {
        let text = rule.to_string();
        let unreadable = || Some(Some(Signal::malformed(Source::TdmFile, text.as_bytes(), seen)));
        let Ok(Object(rule)) = serde_json::from_value::<Object<Rule>>(rule) else {
            return unreadable();
        };
        let location = rule.location.as_ref().and_then(Value::as_str);
        let Some(location) = location.filter(|text| text.starts_with(['/', '*'])) else {
            return unreadable();
        };
        if !Pattern::new(location.as_bytes()).matches(&path) {
            return None;
        }
        let refuses = rule.reservation.is_some_and(|value| match value {
            Value::Number(number) => number.as_f64() == Some(1.0),
            Value::String(text) => text.trim() == "1",
            _ => false,
        });
        Some(refuses.then(|| Signal::new(Source::TdmFile, text.as_bytes(), seen)))
    })?
}
