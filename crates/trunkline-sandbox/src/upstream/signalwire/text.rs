//! How SignalWire writes dates, identifiers and numbers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::seed::scatter;
use crate::text::{self, north_american, version_4};

/// As in the text of a refusal: `2026-03-16 10:00:00 UTC`.
pub(super) fn date_in_words(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The `n`th UUID of version 4.
pub(super) fn uuid(seed: u64, n: u64) -> String {
    // Twilio's fake scatters the same counters: another seed keeps the two apart.
    text::dashed(version_4(scatter(seed ^ 0x5167_7717, n)))
}

/// `(415) 555-0100` for +1, else the digits after the plus sign.
pub(super) fn national(e164: &str) -> String {
    text::national(e164).unwrap_or_else(|| e164.trim_start_matches('+').to_owned())
}

/// `+1 (415) 555-0100` for +1, else the number itself.
pub(super) fn international(e164: &str) -> String {
    text::national(e164).map_or_else(|| e164.to_owned(), |national| format!("+1 {national}"))
}

/// `415-555-0100` for +1, else the number itself.
pub(super) fn dashed(e164: &str) -> String {
    north_american(e164).map_or_else(
        || e164.to_owned(),
        |(area, exchange, line)| format!("{area}-{exchange}-{line}"),
    )
}

/// E.164, with eleven digits after `+1`.
pub(super) fn is_e164(text: &str) -> bool {
    text::is_e164(text) && (!text.starts_with("+1") || text.len() == 12)
}

/// Whether `text` contains `part`, in upper or lower case.
pub(super) fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_uuid;

    #[test]
    fn dates_have_whole_seconds() {
        let at: Timestamp = "2026-03-02T10:00:00.987Z".parse().unwrap();
        assert_eq!(date_in_words(at), "2026-03-02 10:00:00 UTC");
        assert_eq!(
            crate::text::mail_date(at),
            "Mon, 02 Mar 2026 10:00:00 +0000"
        );
    }

    #[test]
    fn ids_are_uuids_of_version_4_and_differ() {
        for n in 0..100 {
            let id = uuid(1, n);
            assert!(is_uuid(&id), "{id}");
            assert_eq!(&id[14..15], "4", "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
            assert_ne!(id, uuid(1, n + 1));
        }
    }

    #[test]
    fn partial_uuid_is_rejected() {
        for text in ["", "x", "00000000-0000-4000-8000-00000000000", "no such id"] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn numbers_are_formatted_in_three_ways() {
        let number = "+14155550100";
        assert_eq!(national(number), "(415) 555-0100");
        assert_eq!(international(number), "+1 (415) 555-0100");
        assert_eq!(dashed(number), "415-555-0100");
    }

    #[test]
    fn a_north_american_number_has_eleven_digits() {
        assert!(is_e164("+14155550100") && is_e164("+442079460123"));
        for text in [
            "14155550100",
            "+1415555010",
            "+0123456789",
            "+1415555010x",
            "",
        ] {
            assert!(!is_e164(text), "{text}");
        }
    }
}
