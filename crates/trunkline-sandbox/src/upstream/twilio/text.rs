//! How Twilio writes dates, identifiers and national numbers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::seed::scatter;
use crate::world::stock::StockNumber;

/// RFC 2822 to the second: `Mon, 02 Mar 2026 10:00:00 +0000`.
pub(super) fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}

/// Two letters and 32 hex digits.
pub(super) fn sid(prefix: &str, seed: u64, n: u64) -> String {
    format!("{prefix}{:032x}", scatter(seed, n))
}

/// Whether `text` is an identifier of that kind.
pub(super) fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `(415) 555-0100` for +1, else nothing.
pub(super) fn north_american(e164: &str) -> Option<String> {
    let national = e164
        .strip_prefix("+1")
        .filter(|digits| digits.len() == 10)?;
    Some(format!(
        "({}) {}-{}",
        &national[..3],
        &national[3..6],
        &national[6..]
    ))
}

/// The name of a number on sale: the national format in North America, else the number itself.
pub(super) fn name_on_sale(number: &StockNumber) -> String {
    north_american(&number.number).unwrap_or_else(|| number.number.clone())
}

/// The name that a number or caller ID gets if none is given: outside North America without the plus sign.
pub(super) fn default_name(e164: &str) -> String {
    north_american(e164).unwrap_or_else(|| e164.trim_start_matches('+').to_owned())
}

/// Twilio keeps the first 64 characters of a name and says nothing about the rest.
pub(super) fn cut_name(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Whether `text` is an absolute web address.
pub(super) fn is_web_address(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// `+` and 7 to 15 digits, the first not zero.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_whole_seconds_and_a_numeric_zone() {
        let at: Timestamp = "2026-03-02T10:00:00.987Z".parse().unwrap();
        assert_eq!(date(at), "Mon, 02 Mar 2026 10:00:00 +0000");
    }

    #[test]
    fn sids_are_34_characters_and_differ() {
        assert!(is_sid("PN", &sid("PN", 1, 1)));
        assert_ne!(sid("PN", 1, 1), sid("PN", 1, 2));
        assert!(!is_sid("AP", &sid("PN", 1, 1)));
    }

    #[test]
    fn a_long_name_is_cut_in_the_middle_of_a_word() {
        assert_eq!(cut_name(&"é".repeat(70)).chars().count(), 64);
    }

    #[test]
    fn names_are_national_in_north_america_alone() {
        assert_eq!(default_name("+14155550100"), "(415) 555-0100");
        assert_eq!(default_name("+442079460123"), "442079460123");
    }
}
