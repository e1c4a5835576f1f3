//! How SignalWire writes dates, identifiers and numbers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::seed::scatter;

fn format(at: Timestamp, how: &str) -> String {
    at.to_zoned(TimeZone::UTC).strftime(how).to_string()
}

/// As in the text of a refusal: `2026-03-16 10:00:00 UTC`.
pub(super) fn date_in_words(at: Timestamp) -> String {
    format(at, "%Y-%m-%d %H:%M:%S UTC")
}

/// RFC 2822, as the compatibility API has it: `Mon, 02 Mar 2026 10:00:00 +0000`.
pub(super) fn mail_date(at: Timestamp) -> String {
    format(at, "%a, %d %b %Y %H:%M:%S +0000")
}

/// The `n`th UUID of version 4.
pub(super) fn uuid(seed: u64, n: u64) -> String {
    // Twilio's fake scatters the same counters: another seed keeps the two apart.
    let bits = scatter(seed ^ 0x5167_7717, n);
    let bits = bits & !(0xf << 76) | (0x4 << 76);
    let bits = bits & !(0x3 << 62) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Whether `text` is a UUID in the usual dress.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    lengths.iter().all(|length| {
        parts.next().is_some_and(|part| {
            part.len() == *length && part.bytes().all(|b| b.is_ascii_hexdigit())
        })
    }) && parts.next().is_none()
}

/// `(415) 555-0100` for +1, else the digits after the plus sign.
pub(super) fn national(e164: &str) -> String {
    north_american(e164).map_or_else(
        || e164.trim_start_matches('+').to_owned(),
        |(area, exchange, line)| format!("({area}) {exchange}-{line}"),
    )
}

/// `+1 (415) 555-0100` for +1, else the number itself.
pub(super) fn international(e164: &str) -> String {
    north_american(e164).map_or_else(
        || e164.to_owned(),
        |(area, exchange, line)| format!("+1 ({area}) {exchange}-{line}"),
    )
}

/// `415-555-0100` for +1, else the number itself.
pub(super) fn dashed(e164: &str) -> String {
    north_american(e164).map_or_else(
        || e164.to_owned(),
        |(area, exchange, line)| format!("{area}-{exchange}-{line}"),
    )
}

fn north_american(e164: &str) -> Option<(&str, &str, &str)> {
    let digits = e164
        .strip_prefix("+1")
        .filter(|digits| digits.len() == 10 && digits.is_ascii())?;
    Some((&digits[..3], &digits[3..6], &digits[6..]))
}

/// `+` and 7 to 15 digits, the first not zero; eleven of them after `+1`.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (!digits.starts_with('1') || digits.len() == 11)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_whole_seconds() {
        let at: Timestamp = "2026-03-02T10:00:00.987Z".parse().unwrap();
        assert_eq!(date_in_words(at), "2026-03-02 10:00:00 UTC");
        assert_eq!(mail_date(at), "Mon, 02 Mar 2026 10:00:00 +0000");
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
    fn only_whole_uuids_are_some() {
        for text in ["", "x", "00000000-0000-4000-8000-00000000000", "no such id"] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn numbers_have_three_dresses() {
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
