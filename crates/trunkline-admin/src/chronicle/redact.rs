//! Taking secrets out of what is written down for people to read.

use serde_json::Value;

/// What stands for a secret.
const HIDDEN: &str = "***";

/// Names of members, and of parameters in addresses, that hold secrets.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "auth",
    "apikey",
    "api_key",
    "signature",
    "credential",
    "validation_code",
];

/// Replaces secrets with `***`: members and URL parameters with telling names, and passwords in URLs.
#[must_use]
pub fn redacted(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let value = if is_secret(&name) && !value.is_null() {
                    HIDDEN.into()
                } else {
                    redacted(value)
                };
                (name, value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(redacted).collect(),
        Value::String(text) => Value::String(without_secrets(text)),
        other => other,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|secret| name.contains(secret))
}

/// An address without its password and the values of telling parameters; any other text as it is.
fn without_secrets(text: String) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text;
    };
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !is_scheme || !rest.contains(['@', '?']) {
        return text;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{HIDDEN}@{host}"),
        None => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) => {
            let pairs: Vec<String> = query.split('&').map(hide).collect();
            format!("{path}?{}", pairs.join("&"))
        }
        None => path.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

fn hide(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) if is_secret(name) || name.eq_ignore_ascii_case("key") => {
            format!("{name}={HIDDEN}")
        }
        _ => pair.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_whose_names_tell_a_secret_are_hidden() {
        let hidden = redacted(json!({
            "label": "Front desk",
            "validation_code": "123456",
            "sip": {"sipPassword": "hunter2", "user": "a"},
            "auth_token": null,
        }));
        let seen = json!({
            "label": "Front desk",
            "validation_code": "***",
            "sip": {"sipPassword": "***", "user": "a"},
            "auth_token": null,
        });
        assert_eq!(hidden, seen);
    }

    #[test]
    fn an_address_loses_its_password_and_its_tokens() {
        for (given, seen) in [
            ("https://me:pw@a.test/x", "https://***@a.test/x"),
            (
                "https://a.test/x?token=abc&a=1",
                "https://a.test/x?token=***&a=1",
            ),
            ("https://a.test/x?key=abc", "https://a.test/x?key=***"),
            ("https://a.test/x@y", "https://a.test/x@y"),
            (
                "no address: me@a.test?token=1",
                "no address: me@a.test?token=1",
            ),
        ] {
            assert_eq!(redacted(json!(given)), json!(seen));
        }
    }
}
