//! Python's way of writing values, which shows through in many of Wazo's messages.

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

    #[test]
    fn quotes_are_chosen_as_python_does() {
        assert_eq!(repr("N"), "'N'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("it's \"so\""), "'it\\'s \"so\"'");
        assert_eq!(list(&["a", "b"]), "['a', 'b']");
        assert_eq!(optional(None), "None");
    }
}
