//! Wazo's documents to the unified model: all that names both.

use serde::Serialize;
use serde_json::value::RawValue;
use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdState, E164, Error, ErrorKind, Number,
    NumberType, ProviderData, Result,
};

use trunkline_http::Unnamed;

use crate::PROVIDER;
use crate::wire::{self, Text};

/// What the unified model has no place for.
#[derive(Serialize)]
struct NumberData<'a> {
    #[serde(skip_serializing_if = "Text::is_unset")]
    tenant_uuid: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<&'a RawValue>,
    #[serde(flatten)]
    rest: Unnamed<'a>,
}

/// An entry of the directory. Digits that are no E.164 number are kept as they are.
///
/// # Errors
/// `Protocol` naming the member without which it is no number.
pub(crate) fn number(account: &AccountName, row: wire::PhoneNumber<'_>) -> Result<Number> {
    let uuid = row.uuid.into_string().ok_or_else(|| lacks("uuid"))?;
    let digits = row.number.into_string().ok_or_else(|| lacks("number"))?;
    let (account, provider) = (account.clone(), PROVIDER.clone());
    let mut number = match digits.parse::<E164>() {
        Ok(e164) => Number::new(account, provider, uuid, e164),
        Err(_) => Number::bare(account, provider, uuid).map(|bare| Number {
            number: Some(digits),
            ..bare
        }),
    }
    .map_err(|_| lacks("uuid"))?;
    // What the numbering plan does not know it can't format either: four digits after a plus are such.
    if let (NumberType::Other(_), Some(digits)) = (&number.number_type, &number.number) {
        number.display_number.clone_from(digits);
    }
    number.caller_id_name = row.caller_id_name.into_string();
    number.main = row.main.0;
    number.shared = row.shared.0;
    number.provider_data = ProviderData::of(&NumberData {
        tenant_uuid: row.tenant_uuid,
        links: row.links,
        rest: row.rest,
    })?;
    Ok(number)
}

/// A shared entry: whatever is in the directory may be shown, nobody has to prove anything.
///
/// # Errors
/// `Protocol` if it has no number.
pub(crate) fn caller_id(account: &AccountName, row: wire::PhoneNumber<'_>) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        uuid: Text<'a>,
        main: bool,
        #[serde(flatten)]
        number: NumberData<'a>,
    }

    let digits = row.number.into_string().ok_or_else(|| lacks("number"))?;
    let data = ProviderData::of(&Data {
        uuid: row.uuid,
        main: row.main.0,
        number: NumberData {
            tenant_uuid: row.tenant_uuid,
            links: row.links,
            rest: row.rest,
        },
    })?;
    let label = row.caller_id_name.into_string();
    Ok(entry(account, Some(digits), label, data))
}

/// What one user may show: numbers, and to show none.
///
/// # Errors
/// `Protocol` if it has neither a number nor is the one without.
pub(crate) fn user_caller_id(
    account: &AccountName,
    row: wire::UserCallerId<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(rename = "type", skip_serializing_if = "Text::is_unset")]
        kind: Text<'a>,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let digits = row.number.into_string();
    if digits.is_none() && row.kind.get() != Some(ANONYMOUS) {
        return Err(lacks("number"));
    }
    let label = row.caller_id_name.into_string();
    let data = ProviderData::of(&Data {
        kind: row.kind,
        rest: row.rest,
    })?;
    Ok(entry(account, digits, label, data))
}

/// What Wazo calls a caller ID that shows no number.
const ANONYMOUS: &str = "anonymous";

fn entry(
    account: &AccountName,
    number: Option<String>,
    label: Option<String>,
    provider_data: ProviderData,
) -> CallerId {
    let key = number.as_deref().unwrap_or(ANONYMOUS);
    CallerId {
        id: format!("{account}:{key}"),
        account: account.clone(),
        number,
        label,
        state: CallerIdState::Verified,
        method: CallerIdMethod::Directory,
        validation_code: None,
        extension: None,
        call_delay: None,
        status_callback: None,
        created_at: None,
        verified_at: None,
        error: None,
        provider_data,
    }
}

/// An answer that lacks a member without which it means nothing.
pub(crate) fn lacks(member: &str) -> Error {
    let message = format!("Wazo's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message).with_provider(PROVIDER.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Number> {
        let row = serde_json::from_str(json).unwrap();
        number(&"office".parse().unwrap(), row)
    }

    fn held(digits: &str) -> Number {
        read(&format!(r#"{{"uuid": "u1", "number": "{digits}"}}"#)).unwrap()
    }

    #[test]
    fn an_e164_number_gets_its_country_and_nothing_else_does() {
        let number = held("+14155550100");
        assert_eq!(number.country, "US".parse().ok());
        let long = "1".repeat(128);
        for bare in ["1111", "14155550100", "5555550100", "0100", long.as_str()] {
            let number = held(bare);
            assert_eq!(number.number.as_deref(), Some(bare));
            assert_eq!(
                (number.display_number.as_str(), number.country),
                (bare, None)
            );
            assert_eq!(number.number_type, NumberType::Other("unknown".to_owned()));
            assert_eq!(number.e164(), None);
        }
    }

    #[test]
    fn what_has_no_unified_place_is_kept() {
        let links = r#"[{"rel":"phone_numbers","href":"https://localhost/x"}]"#;
        let row = format!(
            r#"{{"uuid": "u1", "number": "1111", "tenant_uuid": "t1", "links": {links}, "new": 1}}"#
        );
        let wanted = format!(r#"{{"tenant_uuid":"t1","links":{links},"new":1}}"#);
        assert_eq!(read(&row).unwrap().provider_data.as_json(), wanted);
        assert_eq!(held("1111").provider_data.as_json(), "{}");
    }

    #[test]
    fn a_row_without_its_essentials_is_no_number() {
        for row in [
            r#"{"uuid": "u1"}"#,
            r#"{"number": "1111"}"#,
            r#"{"uuid": "", "number": "1"}"#,
        ] {
            assert_eq!(read(row).unwrap_err().kind(), ErrorKind::Protocol, "{row}");
        }
    }

    #[test]
    fn only_the_anonymous_caller_id_may_lack_a_number() {
        let read = |json: &str| {
            let row = serde_json::from_str(json).unwrap();
            user_caller_id(&"office".parse().unwrap(), row)
        };
        let anonymous = read(r#"{"type": "anonymous"}"#).unwrap();
        assert_eq!(anonymous.id, "office:anonymous");
        assert!(read(r#"{"type": "shared", "number": ""}"#).is_err());
        let shared = read(r#"{"type": "shared", "number": "1111", "caller_id_name": ""}"#).unwrap();
        assert_eq!((shared.id.as_str(), shared.label), ("office:1111", None));
    }
}
