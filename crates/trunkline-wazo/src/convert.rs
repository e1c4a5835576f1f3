//! Wazo's documents to the unified model: all that names both.

use serde::Serialize;
use trunkline_core::{AccountName, CallerId, Number, NumberType, ProviderData, Result};
use trunkline_http::wire::{self as shared, Flag, Member, Text, Unnamed, lacks, listed_caller_id};

use crate::PROVIDER;
use crate::wire;

/// An entry of the directory. Digits that are not an E.164 number are kept as they are. Errors: `Protocol` naming the
/// id or the number, if it is missing.
pub(crate) fn number(account: &AccountName, mut row: wire::PhoneNumber<'_>) -> Result<Number> {
    let uuid = row.uuid.take().into_string().ok_or_else(|| lacks("uuid"))?;
    let digits = row.number.take();
    let digits = digits.get().ok_or_else(|| lacks("number"))?;
    let mut number = shared::number(account, &PROVIDER, uuid, digits)?;
    // What the numbering plan does not know it can't format either: four digits after a plus are such.
    if let (NumberType::Other(_), Some(digits)) = (&number.number_type, &number.number) {
        number.display_number.clone_from(digits);
    }
    number.caller_id_name = row.caller_id_name.take().into_string();
    number.main = row.main.is_on();
    number.shared = row.shared.is_on();
    number.provider_data = ProviderData::of(&wire::PhoneNumber {
        main: Flag::default(),
        shared: Flag::default(),
        ..row
    })?;
    Ok(number)
}

/// A shared entry: any entry of the directory may be shown, nobody has to prove anything. Errors: `Protocol` if it has
/// no number.
pub(crate) fn caller_id(account: &AccountName, mut row: wire::PhoneNumber<'_>) -> Result<CallerId> {
    let digits = row.number.take().into_string();
    let digits = digits.ok_or_else(|| lacks("number"))?;
    Ok(CallerId {
        label: row.caller_id_name.take().into_string(),
        provider_data: ProviderData::of(&wire::PhoneNumber {
            main: Flag(Some(row.main.is_on())),
            shared: Flag::default(),
            ..row
        })?,
        ..listed_caller_id(account, &digits, Some(digits.clone()))
    })
}

/// A caller ID that one user may show: a number, or none. Errors: `Protocol` if it has no number and is not the one
/// without.
pub(crate) fn user_caller_id(
    account: &AccountName,
    row: wire::UserCallerId<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(rename = "type", skip_serializing_if = "Member::is_unset")]
        kind: Text<'a>,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let digits = row.number.into_string();
    if digits.is_none() && row.kind.get() != Some(ANONYMOUS) {
        return Err(lacks("number"));
    }
    let key = digits.as_deref().unwrap_or(ANONYMOUS);
    Ok(CallerId {
        label: row.caller_id_name.into_string(),
        provider_data: ProviderData::of(&Data {
            kind: row.kind,
            rest: row.rest,
        })?,
        ..listed_caller_id(account, key, digits.clone())
    })
}

/// The type of Wazo's caller ID that shows no number.
const ANONYMOUS: &str = "anonymous";

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    fn read(json: &str) -> Result<Number> {
        let row = serde_json::from_str(json).unwrap();
        number(&"office".parse().unwrap(), row)
    }

    fn held(digits: &str) -> Number {
        read(&format!(r#"{{"uuid": "u1", "number": "{digits}"}}"#)).unwrap()
    }

    #[test]
    fn only_an_e164_number_has_a_country() {
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
    fn members_without_a_unified_place_are_kept() {
        let links = r#"[{"rel":"phone_numbers","href":"https://localhost/x"}]"#;
        let row = format!(
            r#"{{"uuid": "u1", "number": "1111", "tenant_uuid": "t1", "links": {links}, "new": 1}}"#
        );
        let wanted = format!(r#"{{"tenant_uuid":"t1","links":{links},"new":1}}"#);
        assert_eq!(read(&row).unwrap().provider_data.as_json(), wanted);
        assert_eq!(held("1111").provider_data.as_json(), "{}");
    }

    #[test]
    fn row_without_number_or_id_is_an_error() {
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
