//! The pattern of the `contains` filter: digits, letters by their keys, and `*` for any one digit.

use crate::text::key;

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contains(Vec<Option<u8>>);

impl Contains {
    /// None if the pattern has other characters in it.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        pattern
            .chars()
            .map(|sign| match sign {
                '*' => Some(None),
                _ => key(sign).and_then(|key| u8::try_from(key).ok()).map(Some),
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Whether the digits of a number, calling code included, have the pattern somewhere in them.
    pub(super) fn matches(&self, digits: &str) -> bool {
        let is = |(wanted, have): (&Option<u8>, &u8)| wanted.is_none_or(|wanted| wanted == *have);
        digits
            .as_bytes()
            .windows(self.0.len().max(1))
            .any(|window| self.0.iter().zip(window).all(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_letters_and_wildcards_match_anywhere() {
        for pattern in ["4155550100", "14155550100", "KL5", "5*0100", "1415*******"] {
            let pattern = Contains::parse(pattern).unwrap();
            assert!(pattern.matches("14155550100"), "{pattern:?}");
        }
        for pattern in ["4156", "*14155550100", "pizza"] {
            assert!(!Contains::parse(pattern).unwrap().matches("14155550100"));
        }
    }

    #[test]
    fn other_characters_make_no_pattern() {
        for pattern in ["+1415", "41-5", "(415)", "41 5", "é"] {
            assert_eq!(Contains::parse(pattern), None, "{pattern}");
        }
    }
}
