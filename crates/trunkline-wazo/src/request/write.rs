//! Changing the directory.

use serde::Serialize;
use trunkline_core::capability::NumberField;
use trunkline_core::{Error, NumberUpdate, Operation, Patch, Register, Result};
use trunkline_http::wire::only_writable;
use trunkline_http::{ApiRequest, options};

use super::path::{NUMBERS, instance, is_number, nowhere};

/// Most characters of a caller-ID name (Wazo's own limit).
const NAME_MAX: usize = 256;

/// A new entry, or a change of one; what is left out stays as it is.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    caller_id_name: Patch<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<bool>,
}

options! {
    /// The options of a registration.
    struct RegisterOptions {
        caller_id_name: Option<String>,
    }

    /// The options of an update.
    struct UpdateOptions {
        number: Patch<String>,
    }
}

/// Records a number. A second one of the same number is refused by Wazo, so it may be repeated. Errors:
/// `InvalidRequest` or `Unsupported` naming the field.
pub(crate) fn register(request: &Register) -> Result<ApiRequest> {
    nowhere(request.location.as_deref())?;
    let [digits] = request.numbers.as_slice() else {
        return Err(Error::invalid("numbers", "exactly one at a time"));
    };
    let options: RegisterOptions = options::read(&request.provider_options)?;
    let name = options.caller_id_name.as_deref();
    let body = Entry {
        number: Some(number("number", digits)?),
        caller_id_name: match name {
            Some(text) => Patch::Set(self::name("provider_options.caller_id_name", text)?),
            None => Patch::Keep,
        },
        shared: request.shared,
    };
    Ok(ApiRequest::post(Operation::Register, NUMBERS)
        .json(&body)?
        .replay_safe())
}

/// Changes an entry; `None` if nothing would change. Errors: `InvalidRequest` or `Unsupported` naming the field,
/// `NotFound` for what is no id.
pub(crate) fn update(uuid: &str, update: &NumberUpdate) -> Result<Option<ApiRequest>> {
    const WRITABLE: [NumberField; 3] = [
        NumberField::CallerIdName,
        NumberField::Shared,
        NumberField::ProviderOptions,
    ];
    only_writable(update, &WRITABLE)?;
    let options: UpdateOptions = options::read_change(&update.provider_options)?;
    let body = Entry {
        number: match &options.number {
            Patch::Keep => None,
            Patch::Clear => return Err(Error::invalid(NUMBER, "can't be unset")),
            Patch::Set(digits) => Some(number(NUMBER, digits)?),
        },
        caller_id_name: change("caller_id_name", &update.caller_id_name)?,
        shared: update.shared.change().map(|shared| shared == Some(&true)),
    };
    let path = instance(uuid)?;
    if body == Entry::default() {
        return Ok(None);
    }
    Ok(Some(ApiRequest::put(Operation::Update, path).json(&body)?))
}

/// The number of an entry, as an option of an update.
const NUMBER: &str = "provider_options.number";

/// Whether an update takes an entry away from everybody, which Wazo can't do to the main one.
pub(crate) fn unshares(update: &NumberUpdate) -> bool {
    update
        .shared
        .change()
        .is_some_and(|shared| shared != Some(&true))
}

/// Names a caller ID, or takes its name away. Errors: `InvalidRequest` naming `label`, `NotFound` for what is no id.
pub(crate) fn rename(uuid: &str, label: &Patch<String>) -> Result<ApiRequest> {
    let body = Entry {
        caller_id_name: change("label", label)?,
        ..Entry::default()
    };
    ApiRequest::put(Operation::UpdateCallerId, instance(uuid)?).json(&body)
}

/// Lets everybody show a number, or nobody any longer. Errors: `NotFound` for what is no id.
pub(crate) fn share(operation: Operation, uuid: &str, shared: bool) -> Result<ApiRequest> {
    let body = Entry {
        shared: Some(shared),
        ..Entry::default()
    };
    ApiRequest::put(operation, instance(uuid)?).json(&body)
}

fn change<'a>(field: &'static str, patch: &'a Patch<String>) -> Result<Patch<&'a str>> {
    Ok(match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(text) => Patch::Set(name(field, text)?),
    })
}

fn name<'a>(field: &'static str, text: &'a str) -> Result<&'a str> {
    if (1..=NAME_MAX).contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(Error::invalid(
        field,
        "1 to 256 characters, or null for none",
    ))
}

fn number<'a>(field: &'static str, text: &'a str) -> Result<&'a str> {
    if is_number(text) {
        return Ok(text);
    }
    let why = "1 to 128 digits, with or without a plus before them";
    Err(Error::invalid(field, why))
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_http::{Body, Replay};

    use super::*;

    const UUID: &str = "7d1e0a52-6b1f-4f0f-9f0e-3f4b0f6c9a10";

    fn body(request: &ApiRequest) -> &str {
        let Body::Json(json) = &request.body else {
            panic!("{request:?}")
        };
        std::str::from_utf8(json).unwrap()
    }

    fn updated(patch: &str) -> Result<Option<ApiRequest>> {
        update(UUID, &serde_json::from_str(patch).unwrap())
    }

    fn registered(request: &str) -> Result<ApiRequest> {
        register(&serde_json::from_str(request).unwrap())
    }

    #[test]
    fn only_changed_fields_are_sent() {
        for (patch, wanted) in [
            (r#"{"caller_id_name": null}"#, r#"{"caller_id_name":null}"#),
            (r#"{"shared": true}"#, r#"{"shared":true}"#),
            (r#"{"shared": null}"#, r#"{"shared":false}"#),
            (
                r#"{"provider_options": {"number": "1111"}}"#,
                r#"{"number":"1111"}"#,
            ),
        ] {
            assert_eq!(body(&updated(patch).unwrap().unwrap()), wanted);
        }
        assert_eq!(updated("{}"), Ok(None));
        assert_eq!(updated(r#"{"provider_options": null}"#), Ok(None));
    }

    #[test]
    fn unsupported_or_invalid_field_is_rejected_by_name() {
        for (patch, kind, field) in [
            (r#"{"label": "x"}"#, ErrorKind::Unsupported, "label"),
            (r#"{"state": "active"}"#, ErrorKind::Unsupported, "state"),
            (
                r#"{"caller_id_name": ""}"#,
                ErrorKind::InvalidRequest,
                "caller_id_name",
            ),
            (
                r#"{"provider_options": {"number": null}}"#,
                ErrorKind::InvalidRequest,
                NUMBER,
            ),
            (
                r#"{"provider_options": {"number": "+1 416"}}"#,
                ErrorKind::InvalidRequest,
                NUMBER,
            ),
            (
                r#"{"provider_options": {"number": 1}}"#,
                ErrorKind::InvalidRequest,
                NUMBER,
            ),
            (
                r#"{"provider_options": {"main": true}}"#,
                ErrorKind::InvalidRequest,
                "provider_options.main",
            ),
        ] {
            let error = updated(patch).unwrap_err();
            assert_eq!(
                (error.kind(), error.fields()[0].field.as_str()),
                (kind, field),
                "{patch}"
            );
        }
    }

    #[test]
    fn registration_may_be_repeated_and_sends_only_given_fields() {
        let request = registered(
            r#"{"numbers": ["1111"], "location": null, "shared": true, "provider_options": {"caller_id_name": "Northwind"}}"#,
        )
        .unwrap();
        assert_eq!(request.replay, Replay::Safe);
        assert_eq!(
            body(&request),
            r#"{"number":"1111","caller_id_name":"Northwind","shared":true}"#
        );
        let bare = registered(
            r#"{"numbers": ["+14165550142"], "location": null, "shared": null, "provider_options": {}}"#,
        )
        .unwrap();
        assert_eq!(body(&bare), r#"{"number":"+14165550142"}"#);
    }

    #[test]
    fn registration_needs_exactly_one_valid_number() {
        for (numbers, field) in [
            ("[]", "numbers"),
            (r#"["1111", "1112"]"#, "numbers"),
            (r#"["+1 416 555 0142"]"#, "number"),
            (r#"[""]"#, "number"),
        ] {
            let request = format!(
                r#"{{"numbers": {numbers}, "location": null, "shared": null, "provider_options": {{}}}}"#
            );
            assert_eq!(registered(&request).unwrap_err().fields()[0].field, field);
        }
    }

    #[test]
    fn unsharing_differs_from_sharing_and_from_neither() {
        let takes = |patch: &str| unshares(&serde_json::from_str(patch).unwrap());
        assert!(takes(r#"{"shared": false}"#) && takes(r#"{"shared": null}"#));
        assert!(!takes(r#"{"shared": true}"#) && !takes("{}"));
    }
}
