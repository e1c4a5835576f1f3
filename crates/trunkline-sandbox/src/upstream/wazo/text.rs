//! How Wazo writes identifiers, dates and, in Python's way, values; and how it compares texts.

use crate::clock::Recorded;
use crate::text::{dashed, version_4};

/// A random-looking uuid of version 4 whose 17th digit is an `a`.
pub(super) fn uuid(bits: u128) -> String {
    dashed(version_4(bits) & !(0x3 << 60) | (0x2 << 60))
}

/// A date that doesn't name its zone: `2026-11-20T10:00:00.000000`.
pub(super) fn naive_date(at: Recorded) -> String {
    at.local().strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// Small letters without the accents of western Europe, as a search compares them.
pub(super) fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(plain)
        .collect()
}

/// Whether a part of `text` is like the pattern, as SQL has it: `%` stands for any characters, `_` for any one, and a
/// backslash takes the meaning from what follows it.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    fn fits(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            // The pattern may end anywhere: what is asked for is a part.
            ([], _) => true,
            (['%', rest @ ..], _) => (0..=text.len()).any(|at| fits(rest, &text[at..])),
            (['\\', wanted, rest @ ..], [first, others @ ..]) => {
                wanted == first && fits(rest, others)
            }
            (['_', rest @ ..], [_, others @ ..]) => fits(rest, others),
            ([wanted, rest @ ..], [first, others @ ..]) => wanted == first && fits(rest, others),
            (_, []) => false,
        }
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    (0..=text.len()).any(|at| fits(&pattern, &text[at..]))
}

const fn plain(letter: char) -> char {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' => 'i',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

/// Whether two texts are the same phone number, one of them perhaps written without its country code.
pub(super) fn same_number(one: &str, other: &str) -> bool {
    let (whole, bare) = match (one.strip_prefix('+'), other.strip_prefix('+')) {
        (Some(whole), None) => (whole, other),
        (None, Some(whole)) => (whole, one),
        (Some(_), Some(_)) | (None, None) => return one == other,
    };
    // A country code has one to three digits, and a trunk prefix of zero stands before a national number only.
    let national = bare.trim_start_matches('0');
    !national.is_empty() && whole.ends_with(national) && whole.len() - national.len() <= 3
}

/// A text in quotes, as in `'N'`.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut written = String::with_capacity(text.len() + 2);
    written.push(quote);
    for c in text.chars() {
        match c {
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if c == quote => written.extend(['\\', c]),
            _ => written.push(c),
        }
    }
    written.push(quote);
    written
}

/// A list of texts: `['a', 'b']`.
pub(super) fn list(texts: &[&str]) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| repr(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// A text, or `None`.
pub(super) fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), repr)
}

/// `True` or `False`.
pub(super) const fn boolean(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_uuid;

    #[test]
    fn uuids_are_valid_and_differ() {
        let (one, other) = (uuid(1), uuid(2));
        assert!(is_uuid(&one), "{one}");
        assert_ne!(one, other);
        assert_eq!(&one[14..15], "4");
        assert!(!is_uuid(&one.replace('-', "")));
        assert!(!is_uuid(&format!("{one}-0")));
    }

    #[test]
    fn dates_have_microseconds_and_no_zone() {
        let at: jiff::Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        assert_eq!(
            naive_date(Recorded::exact(at)),
            "2026-11-20T10:00:00.000000"
        );
    }

    #[test]
    fn accents_and_case_don_t_count() {
        assert_eq!(folded("Écoles ÎLE Ñandú"), "ecoles ile nandu");
    }

    #[test]
    fn a_search_has_the_wildcards_of_the_database() {
        for pattern in ["", "%", "415", "4%0", "4_5", "_", "%%0", "0%"] {
            assert!(like(pattern, "14150"), "{pattern}");
        }
        for pattern in ["5%4", "4__5", "\\%", "______"] {
            assert!(!like(pattern, "14150"), "{pattern}");
        }
        assert!(like("100\\%", "at 100% off") && like("\\_", "a_b"));
    }

    #[test]
    fn a_number_is_the_same_without_its_country_code() {
        assert!(same_number("5551234567", "+15551234567"));
        assert!(same_number("+442079460123", "02079460123"));
        assert!(same_number("15551234567", "+15551234567"));
        assert!(!same_number("1234567", "+15551234567"));
        assert!(!same_number("5551234567", "15551234567"));
    }

    #[test]
    fn quotes_are_chosen_as_python_does() {
        assert_eq!(repr("N"), "'N'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("it's \"so\""), "'it\\'s \"so\"'");
        assert_eq!(list(&["a", "b"]), "['a', 'b']");
        assert_eq!(optional(None), "None");
    }
}
