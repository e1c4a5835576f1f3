//! Members that Webex writes in several ways.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{List, Member, Text};

/// A text; the first of a list of texts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct First<'a>(pub(crate) Text<'a>);

/// Why something was refused: an object with one of several names for its words, or with a list of messages; or the bare
/// words.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Reason<'a> {
    pub(crate) code: Text<'a>,
    pub(crate) words: Text<'a>,
}

document! {
    /// A reason as an object.
    ReasonObject {
        code = "errorCode" | "code",
        description,
        error_message = "errorMessage",
        message: List<Reason<'a>>,
        error_title = "errorTitle",
    }
}

/// The first text that is set.
pub(crate) fn first<'a>(texts: impl IntoIterator<Item = Text<'a>>) -> Text<'a> {
    let mut texts = texts.into_iter();
    texts.find(|text| !text.is_unset()).unwrap_or_default()
}

impl<'de: 'a, 'a> Deserialize<'de> for First<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let texts: Vec<Text<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
        let text = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(Self(first(texts.into_iter().take(1).chain([text]))))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Reason<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('"') {
            let words = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
            let code = Text::default();
            return Ok(Self { code, words });
        }
        let object: ReasonObject<'_> = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        let inner = object.message.0.into_iter().next().unwrap_or_default();
        let words = [object.description, object.error_message, inner.words];
        Ok(Self {
            code: first([object.code, inner.code]),
            words: first(words.into_iter().chain([object.error_title])),
        })
    }
}

impl Member for First<'_> {
    fn is_unset(&self) -> bool {
        self.0.is_unset()
    }
}
