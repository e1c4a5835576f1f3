//! How Zendesk writes identifiers, dates and numbers.

use crate::seed::scatter;
use crate::text::national;
use crate::world::catalog::find_country;

/// The `n`th identifier of a record: twelve digits, each larger than the last.
pub(super) fn id(seed: u64, n: u64) -> u64 {
    let jump = u64::try_from(scatter(seed, n) % 977).unwrap_or_default();
    900_000_100_000 + n * 977 + jump
}

/// As people read it: `+1 (415) 555-0100`, elsewhere in groups after the calling code.
pub(super) fn display(e164: &str, country: &str) -> String {
    let digits = e164.trim_start_matches('+');
    let code = find_country(country)
        .map(|country| country.calling_code)
        .filter(|code| digits.starts_with(code))
        .unwrap_or_default();
    if let Some(national) = national(e164).filter(|_| code == "1") {
        return format!("+1 {national}");
    }
    let mut shown = format!("+{code}");
    let mut rest = &digits[code.len()..];
    while !rest.is_empty() {
        // Nothing of one digit is left at the end.
        let cut = if rest.len() <= 4 { rest.len() } else { 3 };
        shown.push(' ');
        shown.push_str(&rest[..cut]);
        rest = &rest[cut..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_grow_and_never_repeat() {
        let ids: Vec<_> = (0..1_000).map(|n| id(1, n)).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn numbers_are_grouped_as_people_read_them() {
        assert_eq!(display("+14155550100", "US"), "+1 (415) 555-0100");
        assert_eq!(display("+442079460123", "GB"), "+44 207 946 0123");
        assert_eq!(display("+35315550100", "IE"), "+353 155 501 00");
    }
}
