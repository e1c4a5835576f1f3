//! Errors of deserializers in plain words.

/// What was found and what is needed, from a message of a deserializer. The position is left out: the field is named.
pub(super) fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    if message.starts_with("missing field") {
        return "missing".to_owned();
    }
    if message.starts_with("duplicate field") {
        return "given twice".to_owned();
    }
    let number = [
        "invalid digit found in string",
        "cannot parse integer from empty string",
        "number too large to fit in target type",
        "number too small to fit in target type",
    ];
    if number.contains(&message) {
        return "a whole number in the allowed range is needed".to_owned();
    }
    if message.starts_with("provided string was not") {
        return "true or false is needed".to_owned();
    }
    match message.split_once(", expected ") {
        Some((found, wanted)) => format!(
            "{} is needed, {}",
            kind(wanted),
            found
                .replacen("invalid type:", "found", 1)
                .replacen("invalid value:", "found", 1)
        ),
        None => message.to_owned(),
    }
}

/// A type in words.
fn kind(wanted: &str) -> String {
    let numbers = [
        "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "nonzero",
    ];
    match wanted {
        "a string" | "a borrowed string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        wanted
            if numbers
                .iter()
                .any(|name| wanted.starts_with(name) || wanted.starts_with("a nonzero")) =>
        {
            "a whole number".to_owned()
        }
        wanted if wanted.starts_with("struct ") => "an object".to_owned(),
        wanted => wanted.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parser_errors_are_reworded_for_people() {
        for (said, wanted) in [
            ("missing field `url` at line 1 column 51", "missing"),
            (
                "invalid type: string \"x\", expected u8 at line 1 column 64",
                "a whole number is needed, found string \"x\"",
            ),
            (
                "invalid type: map, expected a string at line 1 column 4",
                "a text is needed, found map",
            ),
            (
                "invalid type: integer `5`, expected struct Body at line 1 column 4",
                "an object is needed, found integer `5`",
            ),
            (
                "provided string was not `true` or `false`",
                "true or false is needed",
            ),
            ("one of a, b", "one of a, b"),
        ] {
            assert_eq!(plain(said), wanted, "{said}");
        }
        assert_eq!(
            plain("invalid digit found in string"),
            "a whole number in the allowed range is needed"
        );
    }
}
