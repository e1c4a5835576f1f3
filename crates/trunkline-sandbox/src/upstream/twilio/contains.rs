//! The pattern of the `Contains` filter.
//!
//! 2 to 16 characters: digits and letters (by keypad), `*` for one digit and `%` for any run at either end, a leading
//! `+` and a trailing `$` as anchors. Runs of `*` are taken, as they are in practice.

use crate::text::key;

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contains {
    literal: String,
    /// Digits that must stand before and after the literal.
    around: (usize, usize),
    anchored: (bool, bool),
}

impl Contains {
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        if !(2..=16).contains(&pattern.chars().count()) {
            return None;
        }
        let (at_start, rest) = pattern
            .strip_prefix('+')
            .map_or((false, pattern), |rest| (true, rest));
        let (at_end, rest) = rest
            .strip_suffix('$')
            .map_or((false, rest), |rest| (true, rest));
        let (rest, before, any_before) = lead(rest);
        let reversed: String = rest.chars().rev().collect();
        let (reversed, after, any_after) = lead(&reversed);
        let literal = reversed
            .chars()
            .rev()
            .map(key)
            .collect::<Option<String>>()?;
        let wild = before + after > 0 || any_before || any_after;
        // Anchors and wildcards exclude each other at the same end.
        let clash =
            (at_start && (before > 0 || any_before)) || (at_end && (after > 0 || any_after));
        if clash || literal.is_empty() || (wild && literal.len() < 2) {
            return None;
        }
        Some(Self {
            literal,
            around: (before, after),
            anchored: (at_start, at_end),
        })
    }

    /// Whether the digits of an E.164 number, without the plus sign, match.
    pub(super) fn matches(&self, digits: &str) -> bool {
        let last = digits.len().checked_sub(self.literal.len());
        let fits = |at: usize| {
            let after = digits.len() - at - self.literal.len();
            digits[at..].starts_with(&self.literal)
                && at >= self.around.0
                && after >= self.around.1
                && (!self.anchored.0 || at == 0)
                && (!self.anchored.1 || after == 0)
        };
        last.is_some_and(|last| (0..=last).any(fits))
    }
}

/// Takes the wildcards off the beginning: how many `*`, or a `%`.
fn lead(text: &str) -> (&str, usize, bool) {
    if let Some(rest) = text.strip_prefix('%') {
        return (rest, 0, true);
    }
    let rest = text.trim_start_matches('*');
    (rest, text.len() - rest.len(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, digits: &str) -> bool {
        Contains::parse(pattern).unwrap().matches(digits)
    }

    #[test]
    fn a_bare_pattern_matches_anywhere() {
        assert!(matches("5501", "14155550100"));
        assert!(!matches("5502", "14155550100"));
    }

    #[test]
    fn letters_stand_for_their_keys() {
        assert!(matches("TRUNK", "14158786500"));
    }

    #[test]
    fn anchors_hold_either_end() {
        assert!(matches("+1415", "14155550100"));
        assert!(!matches("+415", "14155550100"));
        assert!(matches("0100$", "14155550100"));
        assert!(!matches("555$", "14155550100"));
    }

    #[test]
    fn asterisks_want_that_many_digits() {
        assert!(matches("415*******", "14155550100"));
        assert!(!matches("415********", "14155550100"));
        assert!(matches("*415", "14155550100"));
        assert!(!matches("**1415", "14155550100"));
    }

    #[test]
    fn invalid_pattern_is_rejected() {
        for pattern in [
            "1",
            "41*55",
            "^415",
            "4 15",
            "+*415",
            "415*$",
            "*4*",
            "%%",
            "$+",
            "12345678901234567",
        ] {
            assert_eq!(Contains::parse(pattern), None, "{pattern}");
        }
    }
}
