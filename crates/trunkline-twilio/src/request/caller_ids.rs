//! Verified caller IDs.

use trunkline_core::{CallerIdQuery, CallerIdRequest, Error, Operation, Result};
use trunkline_http::ApiRequest;
use trunkline_http::wire::web_address;

use crate::config::PAGE_SIZE_MAX;
use crate::request::base::{CALLER_IDS, instance, label, path};

/// Starts a proof: Twilio calls the number. Never repeated: the phone would ring twice, and the code
/// shown would be void. Errors: `InvalidRequest` naming the field.
pub(crate) fn caller_id_start(
    account_sid: &str,
    operation: Operation,
    request: &CallerIdRequest,
) -> Result<ApiRequest> {
    if request.call_delay.is_some_and(|seconds| seconds > 60) {
        return Err(Error::invalid("call_delay", "0 to 60 seconds"));
    }
    let digits = |text: &String| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'*' || b == b'#')
    };
    if request.extension.as_ref().is_some_and(|text| !digits(text)) {
        return Err(Error::invalid("extension", "digits, * and #"));
    }
    let callback = request
        .status_callback
        .clone()
        .filter(|url| !url.is_empty());
    web_address("status_callback", callback.as_deref().unwrap_or_default())?;
    let name = request.label.as_deref().map(label).transpose()?;
    let method = request
        .status_callback_method
        .map(|method| method.as_str().to_owned());
    let form = [
        ("PhoneNumber", Some(request.number.to_string())),
        ("FriendlyName", name),
        (
            "CallDelay",
            request.call_delay.map(|seconds| seconds.to_string()),
        ),
        ("Extension", request.extension.clone()),
        ("StatusCallback", callback),
        ("StatusCallbackMethod", method),
    ];
    let form = form
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(ApiRequest::post(operation, path(account_sid, CALLER_IDS)).form(form))
}

/// A page of the verified caller IDs; those of `operation`, which may be looking for a single one.
pub(crate) fn caller_ids(
    account_sid: &str,
    operation: Operation,
    query: &CallerIdQuery,
) -> Result<ApiRequest> {
    if let Some(cursor) = &query.cursor {
        return ApiRequest::at_cursor(operation, &path(account_sid, CALLER_IDS), cursor);
    }
    Ok(ApiRequest::get(operation, path(account_sid, CALLER_IDS))
        .query_opt("PhoneNumber", query.number.clone())
        .query_opt("FriendlyName", query.label.clone())
        .page_size("PageSize", query.limit, PAGE_SIZE_MAX))
}

/// One verified caller ID by Twilio's sid: shown, renamed if there is a name, or removed.
pub(crate) fn caller_id(
    account_sid: &str,
    operation: Operation,
    sid: &str,
    name: Option<String>,
) -> Result<ApiRequest> {
    let path = instance(account_sid, CALLER_IDS, sid)?;
    Ok(match (operation, name) {
        (Operation::DeleteCallerId, _) => ApiRequest::delete(operation, path),
        (_, None) => ApiRequest::get(operation, path),
        (_, Some(name)) => ApiRequest::post(operation, path)
            .form([("FriendlyName", name)])
            .replay_safe(),
    })
}

#[cfg(test)]
mod tests {
    use trunkline_http::{Body, Replay};

    use super::*;

    fn request() -> CallerIdRequest {
        CallerIdRequest::new("+14155550100".parse().unwrap())
    }

    fn field_of(request: &CallerIdRequest) -> String {
        let error = caller_id_start("AC1", Operation::StartCallerId, request).unwrap_err();
        error.fields()[0].field.clone()
    }

    #[test]
    fn start_is_never_repeated_and_sends_only_given_fields() {
        let start = caller_id_start("AC1", Operation::StartCallerId, &request()).unwrap();
        assert_eq!(start.replay, Replay::Never);
        assert_eq!(
            start.body,
            Body::Form(vec![("PhoneNumber".into(), "+14155550100".into())])
        );
    }

    #[test]
    fn impossible_call_setting_is_named() {
        let late = CallerIdRequest {
            call_delay: Some(61),
            ..request()
        };
        assert_eq!(field_of(&late), "call_delay");
        for extension in ["", "12a", "1 2"] {
            let odd = CallerIdRequest {
                extension: Some(extension.into()),
                ..request()
            };
            assert_eq!(field_of(&odd), "extension");
        }
        let long = CallerIdRequest {
            label: Some("é".repeat(65)),
            ..request()
        };
        assert_eq!(field_of(&long), "label");
        let fits = CallerIdRequest {
            label: Some("é".repeat(64)),
            call_delay: Some(60),
            ..request()
        };
        assert!(caller_id_start("AC1", Operation::StartCallerId, &fits).is_ok());
    }
}
