//! What Twilio alone has: the `provider_options` of an order or update, spelled as in Twilio's answers.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use trunkline_core::{Error, Patch, ProviderData, PurchaseOrder, Result};
use trunkline_http::wire::{Fields, Setting, settings};

use crate::request::base::sid;

/// Where the options stand.
const FIELD: &str = "provider_options";

/// The writable fields of a number that have no unified name.
const OPTIONS: [Setting; 13] = [
    // Moves the number to another account of the same parent.
    Setting::checked("account_sid", |field, text| sid(field, "AC", text)),
    Setting::checked("address_sid", |field, text| sid(field, "AD", text)),
    Setting::text("api_version").or("2010-04-01"),
    Setting::checked("bundle_sid", |field, text| sid(field, "BU", text)),
    Setting::checked("identity_sid", |field, text| sid(field, "RI", text)),
    Setting::checked("sms_application_sid", |field, text| sid(field, "AP", text)),
    Setting::address("status_callback"),
    Setting::checked("trunk_sid", |field, text| sid(field, "TK", text)),
    Setting::checked("voice_application_sid", |field, text| {
        sid(field, "AP", text)
    }),
    // Twilio accepts it and, since October 2021, ignores it.
    Setting::words("emergency_status", &["Inactive", "Active"]),
    Setting::method("status_callback_method"),
    Setting::flag("voice_caller_id_lookup"),
    Setting::words("voice_receive_mode", &["voice", "fax"]),
];

/// The options that Twilio wants to see to sell a number.
const SALE: [&str; 3] = ["address_sid", "bundle_sid", "identity_sid"];

/// Name and value of every option that is to be changed. A null goes back to Twilio's default. Errors: `InvalidRequest`
/// naming the option that is unknown or invalid.
pub(super) fn changes(options: &ProviderData) -> Result<Vec<(&'static str, String)>> {
    let changes = settings(FIELD, &OPTIONS, options)?;
    if changes.contains(&("account_sid", String::new())) {
        let field = "provider_options.account_sid";
        return Err(Error::invalid(field, "can't be unset"));
    }
    Ok(changes)
}

/// The fields of an order that Twilio wants to see to sell a number. Errors: `InvalidRequest` if an option is unknown
/// or invalid, moves the number elsewhere or names another address.
pub(super) fn of_sale(order: &PurchaseOrder) -> Result<Fields> {
    let mut sale = Fields::default();
    let address = order.address_id.as_deref();
    if let Some(address) = address {
        sale.set("address_sid", address);
    }
    for (name, value) in settings(FIELD, &OPTIONS, &order.provider_options)? {
        match name {
            "account_sid" => {
                let why = "a number can be moved only once it is held";
                return Err(Error::invalid("provider_options.account_sid", why));
            }
            "address_sid" if address.is_some_and(|address| address != value) => {
                let why = "differs from address_id";
                return Err(Error::invalid("provider_options.address_sid", why));
            }
            name if SALE.contains(&name) && !value.is_empty() => sale.set(name, value),
            _ => {}
        }
    }
    sid("address_id", "AD", address.unwrap_or_default())?;
    Ok(sale)
}

/// The other options, for the update that follows the sale.
pub(super) fn after_sale(options: &ProviderData) -> Result<Patch<ProviderData>> {
    let given: BTreeMap<String, Box<RawValue>> = serde_json::from_str(options.as_json())
        .map_err(|error| Error::invalid(FIELD, error.to_string()))?;
    let rest: BTreeMap<_, _> = given
        .iter()
        .filter(|(name, _)| !SALE.contains(&name.as_str()))
        .collect();
    if rest.is_empty() {
        return Ok(Patch::Keep);
    }
    ProviderData::of(&rest).map(Patch::Set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<(&'static str, String)>> {
        changes(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn null_goes_back_to_the_default() {
        let read_null =
            read(r#"{"bundle_sid": null, "voice_receive_mode": null, "api_version": null}"#);
        assert_eq!(
            read_null.unwrap(),
            [
                ("api_version", "2010-04-01".to_owned()),
                ("bundle_sid", String::new()),
                ("voice_receive_mode", "voice".to_owned())
            ]
        );
        assert!(read(r#"{"account_sid": null}"#).is_err());
    }

    #[test]
    fn invalid_option_is_named() {
        let error = read(r#"{"voice_caller_id_lookup": "yes"}"#).unwrap_err();
        assert_eq!(
            error.fields()[0].field,
            "provider_options.voice_caller_id_lookup"
        );
        let error = read(r#"{"voice_url": "https://a.example"}"#).unwrap_err();
        assert!(error.message().contains("voice_url"), "{error}");
    }

    #[test]
    fn method_is_read_in_upper_or_lower_case() {
        let read = read(r#"{"status_callback_method": "get"}"#).unwrap();
        assert_eq!(read[0].1, "GET");
    }
}
