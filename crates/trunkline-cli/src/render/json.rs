//! JSON for people: indented, its members in the order of the answer.

/// Indents a JSON text by two spaces for each level. The text is not validated: text that is not JSON is kept and broken
/// at its brackets.
pub(super) fn pretty(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => out.push(c),
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn members_keep_their_order_and_values() {
        let text = r#"{"z":[1,{"a":"x, \"y\": {"}],"b":{},"c":[ ],"d":"\\"}"#;
        let wanted = "{\n  \"z\": [\n    1,\n    {\n      \"a\": \"x, \\\"y\\\": {\"\n    }\n  ],\n  \"b\": {},\n  \"c\": [],\n  \"d\": \"\\\\\"\n}";
        assert_eq!(pretty(text), wanted);
        assert_eq!(
            serde_json::from_str::<Value>(&pretty(text)).unwrap(),
            serde_json::from_str::<Value>(text).unwrap()
        );
    }

    #[test]
    fn indentation_is_that_of_serde_json() {
        let value = json!({"a": [1, 2, {"b": null}], "c": "d", "e": {}, "f": []});
        assert_eq!(
            pretty(&value.to_string()),
            serde_json::to_string_pretty(&value).unwrap()
        );
    }
}
