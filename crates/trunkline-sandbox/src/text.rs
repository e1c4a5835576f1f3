//! How several carriers write numbers, dates and identifiers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// `+` and 7 to 15 digits, the first not zero.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && !digits.starts_with('0') && is_digits(digits)
    })
}

/// Area code, exchange and line of a number of North America in E.164 form.
pub(crate) fn north_american(e164: &str) -> Option<(&str, &str, &str)> {
    let digits = e164.strip_prefix("+1")?;
    let fits = digits.len() == 10 && digits.is_ascii();
    fits.then(|| (&digits[..3], &digits[3..6], &digits[6..]))
}

/// `(415) 555-0100` for `+1`, else nothing.
pub(crate) fn national(e164: &str) -> Option<String> {
    north_american(e164).map(|(area, exchange, line)| format!("({area}) {exchange}-{line}"))
}

/// The digit on the telephone key of a letter; a digit is its own.
pub(crate) const fn key(character: char) -> Option<char> {
    Some(match character.to_ascii_uppercase() {
        digit @ '0'..='9' => digit,
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        _ => return None,
    })
}

/// RFC 2822 to the second: `Mon, 02 Mar 2026 10:00:00 +0000`.
pub(crate) fn mail_date(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// 32 hex digits in the five groups of a UUID.
pub(crate) fn dashed(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    let groups = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    groups.join("-")
}

/// Makes 128 bits a random-looking UUID of version 4.
pub(crate) const fn version_4(bits: u128) -> u128 {
    let version = (bits & !(0xf << 76)) | (0x4 << 76);
    (version & !(0x3 << 62)) | (0x2 << 62)
}

/// Five groups of hex digits, of either case.
pub(crate) fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// Whether `text` is an absolute web address.
pub(crate) fn is_web_address(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
