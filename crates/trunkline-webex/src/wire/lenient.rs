//! Members that Webex writes in several ways: an odd one costs itself and not the document that it stands in.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Member, Text};

/// An object; `None` for null and for a value of another type.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

/// A list, without the members that can't be read; of a text or an object the one member that it is.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

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

/// A text or an object: a document is never read from anything else.
fn one<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Option<T> {
    let begins_so = raw.get().starts_with(['{', '"']);
    begins_so.then(|| serde_json::from_str(raw.get()).ok())?
}

fn list<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Vec<T> {
    if !raw.get().starts_with('[') {
        return one(raw).into_iter().collect();
    }
    let all: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    all.into_iter().filter_map(one).collect()
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(one(raw)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(list(raw)))
    }
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

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Member for Lenient<T> {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl<T: Serialize> Member for List<T> {
    fn is_unset(&self) -> bool {
        self.0.is_empty()
    }
}

impl Member for First<'_> {
    fn is_unset(&self) -> bool {
        self.0.is_unset()
    }
}
