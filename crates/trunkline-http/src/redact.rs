//! What may be shown of an answer.

/// A carrier's text on one line of at most 300 characters, for messages that people and logs read.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .take(300)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriers_text_becomes_one_line() {
        assert_eq!(one_line("a\nb\r\u{1b}[31m"), "a b  [31m");
        assert_eq!(one_line(&"x".repeat(900)).len(), 300);
    }
}
