//! Telephone numbers in logs: only their end is shown.

/// A shorter run of digits is no number that anyone can be called on.
const SHORTEST_NUMBER: usize = 7;
/// Digits left at the end of a number, to tell two apart.
const SHOWN: usize = 4;

/// A text for the log with the telephone numbers in it masked, all but their last four digits.
#[must_use]
pub fn mask_numbers(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
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
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_a_path_are_masked_but_for_their_end() {
        let masked = mask_numbers("/v1/phone_numbers/+14155550100/calls");
        assert_eq!(masked, "/v1/phone_numbers/+*******0100/calls");
        let masked = mask_numbers("/numbers/%2B14155550100");
        assert_eq!(masked, "/numbers/%2B*******0100");
    }

    #[test]
    fn versions_and_short_ids_stay_readable() {
        let path = "/2010-04-01/Accounts/AC12/Calls.json";
        assert_eq!(mask_numbers(path), path);
    }
}
