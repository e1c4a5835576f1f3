//! Changes to a number as a caller asks for them.

use serde_json::Value;

use crate::journal::Annotation;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{NumberUpdate, Patch, Routing};

/// Changes to a number as a caller asks for them: a merge patch (RFC 7396), the routing in it too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberPatch {
    /// Fields that are set whole.
    pub update: NumberUpdate,
    /// Merged into the number's `voice`; a `type` other than the current one replaces it whole.
    pub voice: Patch<Value>,
    /// Merged into the number's `messaging`, likewise.
    pub messaging: Patch<Value>,
    /// trunkline's own labels.
    pub tags: Patch<Vec<String>>,
    /// trunkline's own protection.
    pub protected: Option<bool>,
}

impl NumberPatch {
    /// trunkline's own fields as they are after it.
    pub(super) fn noted(&self, mut note: Annotation) -> Annotation {
        note.protected = self.protected.unwrap_or(note.protected);
        if let Some(tags) = self.tags.change() {
            note.tags = tags.cloned().unwrap_or_default();
        }
        note
    }
}

/// Merges a patch into a routing. A `type` other than the current one replaces it whole.
pub(super) fn merge(
    field: &str,
    current: Option<&Routing>,
    patch: &Patch<Value>,
) -> Result<Patch<Routing>> {
    let patch = match patch {
        Patch::Keep => return Ok(Patch::Keep),
        Patch::Clear => return Ok(Patch::Set(Routing::None)),
        Patch::Set(Value::Object(patch)) => patch,
        Patch::Set(_) => {
            return Err(Error::invalid(
                field,
                "an object with a type, such as webhook, or null",
            ));
        }
    };
    let current = current.map(serde_json::to_value).transpose();
    let current = current
        .map_err(|e| Error::new(ErrorKind::Internal, "a routing is not JSON").with_source(e))?;
    let mut merged = match current {
        Some(Value::Object(now))
            if patch
                .get("type")
                .is_none_or(|kind| now.get("type") == Some(kind)) =>
        {
            now
        }
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    Routing::parse(field, Value::Object(merged)).map(Patch::Set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_core::model::Webhook;

    fn patch(text: &str) -> Patch<Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn partial_routing_changes_only_the_named_fields() {
        let now: Routing = serde_json::from_str(
            r#"{"type":"webhook","url":"https://a.test","method":"GET","fallback_url":"https://b.test"}"#,
        )
        .unwrap();
        let merged = merge(
            "voice",
            Some(&now),
            &patch(r#"{"url":"https://c.test","fallback_url":null}"#),
        )
        .unwrap();
        let Patch::Set(Routing::Webhook(Webhook {
            url,
            method,
            fallback_url,
            ..
        })) = merged
        else {
            panic!()
        };
        assert_eq!(
            (url.as_deref(), method.map(|m| m.as_str()), fallback_url),
            (Some("https://c.test"), Some("GET"), None)
        );
    }

    #[test]
    fn another_type_replaces_the_routing() {
        let now: Routing =
            serde_json::from_str(r#"{"type":"webhook","url":"https://a.test"}"#).unwrap();
        let merged = merge(
            "voice",
            Some(&now),
            &patch(r#"{"type":"application","id":"AP1"}"#),
        )
        .unwrap();
        assert_eq!(
            merged,
            Patch::Set(Routing::Application { id: "AP1".into() })
        );
        assert_eq!(
            merge("voice", Some(&now), &Patch::Clear).unwrap(),
            Patch::Set(Routing::None)
        );
    }

    #[test]
    fn an_unknown_member_names_the_field() {
        let error = merge(
            "voice",
            None,
            &patch(r#"{"type":"webhook","uri":"https://a.test"}"#),
        )
        .unwrap_err();
        assert_eq!(error.fields()[0].field, "voice.uri");
    }
}
