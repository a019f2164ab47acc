//! Codes that are not accepted as a country: ISO 3166-2 codes of territories, codes that ISO 3166-1
//! has withdrawn, and common mistakes.

/// Returns the country of an ISO 3166-2 code whose territory has an ISO 3166-1 code of its own;
/// `None` for any other code.
///
/// The table has current and former codes. ISO 3166-2 marks the current ones with `has its own
/// ISO 3166-1 code`. The former ones are the codes that `FR-971` to `FR-976` replaced.
pub(super) fn country_of(code: &str) -> Option<[u8; 2]> {
    Some(*match code {
        "US-AS" => b"AS",
        "NL-AW" => b"AW",
        "FI-01" => b"AX",
        "FR-BL" => b"BL",
        "NL-BQ1" | "NL-BQ2" | "NL-BQ3" => b"BQ",
        "NL-CW" => b"CW",
        "FR-973" | "FR-GF" => b"GF",
        "FR-971" | "FR-GP" => b"GP",
        "US-GU" => b"GU",
        "CN-91" | "CN-HK" => b"HK",
        "FR-MF" => b"MF",
        "CN-92" | "CN-MO" => b"MO",
        "US-MP" => b"MP",
        "FR-972" | "FR-MQ" => b"MQ",
        "FR-NC" => b"NC",
        "FR-PF" => b"PF",
        "FR-PM" => b"PM",
        "US-PR" => b"PR",
        "FR-974" | "FR-RE" => b"RE",
        "NO-21" | "NO-22" => b"SJ",
        "NL-SX" => b"SX",
        "FR-TF" => b"TF",
        "CN-71" | "CN-TW" => b"TW",
        "US-UM" => b"UM",
        "US-VI" => b"VI",
        "FR-WF" => b"WF",
        "FR-976" | "FR-YT" => b"YT",
        _ => return None,
    })
}

/// Returns what to write instead of a known code that is no country; `None` for any other text.
pub(super) fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "UK" => "use `GB`, its ISO 3166-1 code",
        "EL" => "use `GR`, its ISO 3166-1 code",
        "SF" => "use `FI`, its ISO 3166-1 code",
        "XKX" => "use `XK`, its alpha-2 code",
        "EN" => "use `GB-ENG` for England",
        "KO" => "use `KR` or `KP`",
        "EU" => "it is a region, not a country",
        "XX" | "ZZ" | "T1" | "A1" | "A2" | "AP" => {
            "it stands for no country; write the place as null where it is not known"
        }
        "AN" => "ISO 3166-1 has withdrawn it; use `CW`, `SX` or `BQ`",
        "BU" => "ISO 3166-1 has withdrawn it; use `MM`",
        "CS" | "YU" => "ISO 3166-1 has withdrawn it; use `RS` or `ME`",
        "DD" => "ISO 3166-1 has withdrawn it; use `DE`",
        "FX" => "ISO 3166-1 has withdrawn it; use `FR`",
        "NT" => "ISO 3166-1 has withdrawn it; use `IQ` or `SA`",
        "SU" => "ISO 3166-1 has withdrawn it; use `RU` or the state meant",
        "TP" => "ISO 3166-1 has withdrawn it; use `TL`",
        "ZR" => "ISO 3166-1 has withdrawn it; use `CD`",
        "DY" => "ISO 3166-1 has withdrawn it; use `BJ`",
        "HV" => "ISO 3166-1 has withdrawn it; use `BF`",
        "RH" => "ISO 3166-1 has withdrawn it; use `ZW`",
        "NH" => "ISO 3166-1 has withdrawn it; use `VU`",
        "VD" => "ISO 3166-1 has withdrawn it; use `VN`",
        "YD" => "ISO 3166-1 has withdrawn it; use `YE`",
        _ => return None,
    })
}
