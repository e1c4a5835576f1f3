//! The bodies of refusals: a word, a list of reasons in either of two forms, or a flat object.

use serde_json::value::RawValue;

use crate::wire::{self, Text};

/// What the text of a refusal is about, as far as it has been seen or announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// The number was bought too recently to be released.
    TooRecent,
    /// Balance, a limit, an upgrade, a trial.
    Money,
    /// Anything else.
    Other,
}

/// Code and text of a refusal, of the one reason that decides if there are several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    code: Option<String>,
    message: Option<String>,
    /// Stands where there is no text.
    title: Option<String>,
}

impl Said {
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref().or(self.title.as_deref())
    }

    pub(super) fn words(&self) -> Words {
        self.message.as_deref().map_or(Words::Other, words_of)
    }
}

pub(super) fn words_of(text: &str) -> Words {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["too recently"]) {
        Words::TooRecent
    } else if has(&["balance", "limit", "upgrade", "trial"]) {
        Words::Money
    } else {
        Words::Other
    }
}

/// Reads a body; one that is none of the forms says nothing.
pub(super) fn read(body: &[u8]) -> Said {
    let Ok(refusal) = serde_json::from_slice::<wire::Refusal<'_>>(body) else {
        return Said::default();
    };
    let mut reasons = refusal.errors.map(reasons).unwrap_or_default();
    let decisive = reasons.iter().position(Said::decides).unwrap_or_default();
    if !reasons.is_empty() {
        return reasons.swap_remove(decisive);
    }
    Said {
        code: refusal.code.into_string(),
        message: refusal
            .message
            .into_string()
            .or_else(|| refusal.error.into_string()),
        title: None,
    }
}

/// The reasons of a list, those left out that are neither objects nor texts.
fn reasons(list: &RawValue) -> Vec<Said> {
    let list: Vec<&RawValue> = serde_json::from_str(list.get()).unwrap_or_default();
    list.into_iter().filter_map(reason).collect()
}

fn reason(entry: &RawValue) -> Option<Said> {
    if let Ok(entry) = serde_json::from_str::<wire::Reason<'_>>(entry.get()) {
        return Some(Said {
            code: entry.code.into_string(),
            message: entry
                .detail
                .into_string()
                .or_else(|| entry.message.into_string()),
            title: entry.title.into_string(),
        });
    }
    let text = serde_json::from_str::<Text<'_>>(entry.get()).ok()?;
    text.into_string().map(|message| Said {
        message: Some(message),
        ..Said::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> (Option<String>, Option<String>) {
        let said = read(body.as_bytes());
        (
            said.code().map(str::to_owned),
            said.message().map(str::to_owned),
        )
    }

    fn pair(code: Option<&str>, message: Option<&str>) -> (Option<String>, Option<String>) {
        (code.map(str::to_owned), message.map(str::to_owned))
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(
            said(r#"{"error": "Unauthorized"}"#),
            pair(None, Some("Unauthorized"))
        );
        let listed =
            r#"{"errors":[{"detail":"no","status":"422","title":"Invalid Attribute","code":"x"}]}"#;
        assert_eq!(said(listed), pair(Some("x"), Some("no")));
        let typed = r#"{"errors":[{"type":"validation_error","code":"x","message":"no","attribute":"to","url":"u"}]}"#;
        assert_eq!(said(typed), pair(Some("x"), Some("no")));
        assert_eq!(
            said(r#"{"code": 21401, "message": "no"}"#),
            pair(Some("21401"), Some("no"))
        );
        assert_eq!(said(r#"{"errors": ["no"]}"#), pair(None, Some("no")));
    }

    #[test]
    fn a_title_stands_where_there_is_no_detail() {
        let opaque = r#"{"errors":[{"detail":null,"status":"422","title":"Invalid Attribute","code":"422"}]}"#;
        assert_eq!(said(opaque), pair(Some("422"), Some("Invalid Attribute")));
    }

    #[test]
    fn of_several_reasons_the_one_that_is_known_decides() {
        let both = r#"{"errors":[{"code":"422","detail":"?"},{"code":"insufficient_balance","detail":"!"}]}"#;
        assert_eq!(said(both), pair(Some("insufficient_balance"), Some("!")));
        let unknown = r#"{"errors":[{"code":"a","detail":"1"},{"code":"b","detail":"2"}]}"#;
        assert_eq!(said(unknown), pair(Some("a"), Some("1")));
    }

    #[test]
    fn what_is_no_form_says_nothing() {
        for body in [
            "",
            "no",
            "[]",
            "<html>",
            r#"{"errors": {"a": 1}}"#,
            r#"{"errors": [7.5, null]}"#,
        ] {
            let said = read(body.as_bytes());
            assert_eq!(said.code(), None, "{body}");
        }
    }
}
