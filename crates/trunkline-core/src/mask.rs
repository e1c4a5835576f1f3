//! Texts as they may be shown: telephone numbers in logs by their end alone, texts of others on one line.

use std::borrow::Cow;

/// A shorter run of digits is no number that anyone can be called on.
const SHORTEST_NUMBER: usize = 7;
/// Digits left at the end of a number, to tell two apart.
const SHOWN: usize = 4;

/// A text for the log with the telephone numbers in it masked, all but their last four digits. Ids stay whole.
#[must_use]
pub fn mask_numbers(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let words = text.split_inclusive(|c: char| !is_part(c));
    let mut masked = String::with_capacity(text.len());
    for word in words {
        let id = word.strip_suffix(|c: char| !is_part(c)).unwrap_or(word);
        if is_id(id) {
            masked.push_str(word);
        } else {
            mask_digits(word, &mut masked);
        }
    }
    masked
}

/// Whether a word is one of the long ids that programs make, in which a run of digits is chance: at least 32 hexadecimal
/// digits, perhaps in groups or behind capitals that say of what (`PN...`), or the 26 characters of one of our own.
fn is_id(word: &str) -> bool {
    let has_letter = word.bytes().any(|b| b.is_ascii_lowercase());
    let hex = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let is_hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    let is_ours = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase();
    has_letter
        && (hex.len() >= 32 && hex.bytes().all(is_hex)
            || word.len() == 26 && word.starts_with('0') && word.bytes().all(is_ours))
}

fn mask_digits(text: &str, masked: &mut String) {
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits_on) = rest.split_at(start);
        masked.push_str(before);
        let end = digits_on
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits_on.len());
        let (digits, after) = digits_on.split_at(end);
        let masked_digits = if digits.len() >= SHORTEST_NUMBER {
            digits.len() - SHOWN
        } else {
            0
        };
        masked.extend(std::iter::repeat_n('*', masked_digits));
        masked.push_str(&digits[masked_digits..]);
        rest = after;
    }
    masked.push_str(rest);
}

/// Makes foreign text one plain line: control characters, line breaks and direction marks become U+FFFD.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(is_control) {
        Cow::Owned(text.replace(is_control, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A cell of a table that no spreadsheet reads as a formula. Telephone numbers and amounts are unchanged.
#[must_use]
pub fn inert_cell(cell: String) -> String {
    let is_number = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_formula = match cell.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r') => true,
        Some(b'+' | b'-') => !is_number(&cell[1..]),
        _ => false,
    };
    if is_formula { format!("'{cell}") } else { cell }
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidi_characters_are_replaced() {
        assert_eq!(
            one_line("a\nb\r\u{1b}[31mc\u{85}d"),
            "a\u{fffd}b\u{fffd}\u{fffd}[31mc\u{fffd}d"
        );
        assert_eq!(
            one_line("\u{202e}evil\u{2067}\u{2028}"),
            "\u{fffd}evil\u{fffd}\u{fffd}"
        );
        assert!(matches!(one_line("Grüße, שלום"), Cow::Borrowed(_)));
    }

    #[test]
    fn numbers_in_a_path_are_masked_but_for_their_end() {
        let masked = mask_numbers("/v1/phone_numbers/+14155550100/calls");
        assert_eq!(masked, "/v1/phone_numbers/+*******0100/calls");
        let masked = mask_numbers("/numbers/%2B14155550100");
        assert_eq!(masked, "/numbers/%2B*******0100");
    }

    #[test]
    fn ids_stay_whole_whatever_digits_are_in_them() {
        for id in [
            "twilio:PN57061ad64995e46a69c3a27688795369",
            "signalwire:6c2149e5-dbb7-43c4-b95e-b25d12345678",
            "sold as pur_01m8x38drv1111234567830qmg, then",
        ] {
            assert_eq!(mask_numbers(id), id);
        }
        for (number, masked) in [
            ("webex:+14155550100", "webex:+*******0100"),
            (
                "a number4155550100x is no id",
                "a number******0100x is no id",
            ),
        ] {
            assert_eq!(mask_numbers(number), masked);
        }
    }

    #[test]
    fn versions_and_short_ids_stay_readable() {
        let path = "/2010-04-01/Accounts/AC12/Calls.json";
        assert_eq!(mask_numbers(path), path);
    }

    #[test]
    fn formulas_are_escaped_and_numbers_are_not() {
        for formula in [
            "=1+1",
            "@SUM(A1)",
            "+HYPERLINK(1)",
            "-2+3",
            "+14155550100 x",
        ] {
            assert_eq!(inert_cell(formula.to_owned()), format!("'{formula}"));
        }
        for plain in ["+14155550100", "-1.50", "", "Front desk", "a=b"] {
            assert_eq!(inert_cell(plain.to_owned()), plain);
        }
    }
}
