//! Caller IDs.

use trunkline_core::{CallerIdQuery, CallerIdRequest, E164, Error, Operation, Result};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{Fields, reject};

use crate::config::PAGE_SIZE_MAX;
use crate::request::base::{CALLER_IDS, collection, instance, once};

/// Most characters of a caller ID's name (upstream limit).
const NAME_MAX: usize = 200;

/// A new caller ID: SignalWire calls the number at once, and the callee hears a code. Never repeated: the phone would
/// ring twice. Errors: `InvalidRequest` or `Unsupported` naming the field.
pub(crate) fn caller_id_create(
    operation: Operation,
    request: &CallerIdRequest,
) -> Result<ApiRequest> {
    let fields = [
        ("call_delay", request.call_delay.is_some()),
        ("status_callback", request.status_callback.is_some()),
        (
            "status_callback_method",
            request.status_callback_method.is_some(),
        ),
    ];
    let why = "SignalWire calls at once and does not report how it went";
    reject(&fields, why)?;
    let mut body = Fields::from([("number", request.number.as_str())]);
    if let Some(label) = &request.label {
        body.set("name", label_of_caller_id(label)?);
    }
    if let Some(extension) = &request.extension {
        body.set("extension", extension);
    }
    ApiRequest::post(operation, collection(CALLER_IDS)).json(&body)
}

/// A name of up to 200 characters. Errors: `InvalidRequest` naming it.
pub(crate) fn label_of_caller_id(text: &str) -> Result<&str> {
    if text.chars().count() > NAME_MAX {
        return Err(Error::invalid("label", "at most 200 characters"));
    }
    Ok(text)
}

/// Calls a number again whose caller ID is pending. Never repeated: it rings.
pub(crate) fn caller_id_redial(operation: Operation, id: &str) -> Result<ApiRequest> {
    let path = instance(CALLER_IDS, id, "/verification")?;
    Ok(ApiRequest::post(operation, path))
}

/// Submits the code that the callee heard. Not repeated blindly: only so many wrong ones are let pass. Errors:
/// `InvalidRequest` without a code.
pub(crate) fn caller_id_code(id: &str, code: &str) -> Result<ApiRequest> {
    if code.is_empty() {
        return Err(Error::invalid("code", "missing"));
    }
    let path = instance(CALLER_IDS, id, "/verification")?;
    let request = ApiRequest::put(Operation::CompleteCallerId, path);
    let body = Fields::from([("verification_code", code)]);
    Ok(once(request.json(&body)?))
}

/// A page of the caller IDs. SignalWire's filters find parts of a number and of a name: compare what comes back.
/// Errors: `InvalidRequest` for an invalid cursor, `Unsupported` for a filter by what caller IDs don't have here.
pub(crate) fn caller_ids(query: &CallerIdQuery) -> Result<ApiRequest> {
    let operation = Operation::ListCallerIds;
    let fields = [
        ("owner", query.owner.is_some()),
        ("location", query.location.is_some()),
    ];
    reject(&fields, "SignalWire's caller IDs are the whole project's")?;
    if let Some(cursor) = &query.cursor {
        return ApiRequest::at_cursor(operation, &collection(CALLER_IDS), cursor);
    }
    Ok(ApiRequest::get(operation, collection(CALLER_IDS))
        .query_opt("filter_name", query.label.clone())
        .query_opt("filter_number", query.number.clone())
        .page_size("page_size", query.limit, PAGE_SIZE_MAX))
}

/// The first page of what could be the caller ID of this number.
pub(crate) fn find_caller_id(operation: Operation, number: &E164) -> ApiRequest {
    ApiRequest::get(operation, collection(CALLER_IDS)).query("filter_number", number.as_str())
}

/// One caller ID by SignalWire's id, shown or removed.
pub(crate) fn caller_id(operation: Operation, id: &str) -> Result<ApiRequest> {
    let path = instance(CALLER_IDS, id, "")?;
    Ok(match operation {
        Operation::DeleteCallerId => ApiRequest::delete(operation, path),
        _ => ApiRequest::get(operation, path),
    })
}

/// Gives a caller ID another name.
pub(crate) fn rename_caller_id(operation: Operation, id: &str, name: &str) -> Result<ApiRequest> {
    let body = Fields::from([("name", label_of_caller_id(name)?)]);
    ApiRequest::put(operation, instance(CALLER_IDS, id, "")?).json(&body)
}

/// The name that SignalWire gives what gets none, the formatted number: a caller ID can't be without one.
pub(crate) fn default_name(number: &str) -> String {
    match number.parse::<E164>() {
        Ok(e164) if number.starts_with("+1") => format!("+1 {}", e164.describe().display),
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_http::{Body, Replay};

    use super::*;

    const ID: &str = "bbbbbbbb-0000-4000-8000-000000000001";

    fn request() -> CallerIdRequest {
        CallerIdRequest::new("+14155550142".parse().unwrap())
    }

    fn refused(request: &CallerIdRequest) -> (ErrorKind, String) {
        let error = caller_id_create(Operation::StartCallerId, request).unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    fn body(request: ApiRequest) -> String {
        match request.body {
            Body::Json(json) => String::from_utf8(json).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn start_is_never_repeated_and_sends_only_given_fields() {
        let start = caller_id_create(Operation::StartCallerId, &request()).unwrap();
        assert_eq!(start.replay, Replay::Never);
        assert_eq!(body(start), r#"{"number":"+14155550142"}"#);
        let whole = CallerIdRequest {
            label: Some("Front desk".into()),
            extension: Some("12".into()),
            ..request()
        };
        let start = caller_id_create(Operation::StartCallerId, &whole).unwrap();
        let wanted = r#"{"number":"+14155550142","name":"Front desk","extension":"12"}"#;
        assert_eq!(body(start), wanted);
    }

    #[test]
    fn impossible_call_setting_is_named() {
        let late = CallerIdRequest {
            call_delay: Some(0),
            ..request()
        };
        assert_eq!(
            refused(&late),
            (ErrorKind::Unsupported, "call_delay".into())
        );
        let told = CallerIdRequest {
            status_callback: Some("https://a.example".into()),
            ..request()
        };
        assert_eq!(
            refused(&told),
            (ErrorKind::Unsupported, "status_callback".into())
        );
        let long = CallerIdRequest {
            label: Some("é".repeat(201)),
            ..request()
        };
        assert_eq!(refused(&long), (ErrorKind::InvalidRequest, "label".into()));
    }

    #[test]
    fn calling_again_and_submitting_a_code_are_never_repeated() {
        let redial = caller_id_redial(Operation::ResendCallerId, ID).unwrap();
        assert_eq!((redial.replay, redial.body), (Replay::Never, Body::Empty));
        let code = caller_id_code(ID, "048213").unwrap();
        assert_eq!(code.replay, Replay::Never);
        assert_eq!(body(code), r#"{"verification_code":"048213"}"#);
        assert!(caller_id_code(ID, "").is_err());
    }

    #[test]
    fn the_default_name_is_the_formatted_number() {
        assert_eq!(default_name("+14155550142"), "+1 (415) 555-0142");
        assert_eq!(default_name("+442079460123"), "+442079460123");
    }
}
