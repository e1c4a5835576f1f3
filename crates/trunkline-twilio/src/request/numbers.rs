//! Requests about numbers.

use trunkline_core::{
    CountryCode, E164, ListQuery, NumberUpdate, Operation, PurchaseOrder, Result,
};
use trunkline_http::ApiRequest;
use trunkline_http::wire::Fields;

use crate::config::PAGE_SIZE_MAX;
use crate::request::base::{NUMBERS, form, instance, path};
use crate::request::options::{after_sale, of_sale};
use crate::request::update::fields;

/// Buys exactly one number, by its digits and what the sale needs: on a number that is held already Twilio answers 201 too,
/// and may apply whatever else it was sent.
pub(crate) fn purchase(account_sid: &str, order: &PurchaseOrder) -> Result<ApiRequest> {
    let mut fields = Fields::from([("phone_number", order.number.as_str())]);
    for (name, value) in of_sale(order)? {
        fields.set(name, value);
    }
    let path = path(account_sid, NUMBERS);
    Ok(form(ApiRequest::post(Operation::Purchase, path), fields))
}

/// What is to be set once the ordered number is held; `None` if nothing is. Errors: `InvalidRequest` or `Unsupported`
/// naming what can't be set or sold so.
pub(crate) fn settings_after(order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
    of_sale(order)?;
    let settings = NumberUpdate {
        provider_options: after_sale(&order.provider_options)?,
        ..order.settings()
    };
    // Built to report now what would be refused after the number has been paid for.
    fields(&settings)?;
    Ok((!settings.is_empty()).then_some(settings))
}

/// A page of the numbers held. Twilio's number filter finds parts of a number, and `*` in it is any digit: compare what
/// comes back.
pub(crate) fn list(account_sid: &str, query: &ListQuery) -> Result<ApiRequest> {
    let path = path(account_sid, NUMBERS);
    if let Some(cursor) = &query.cursor {
        return ApiRequest::at_cursor(Operation::List, &path, cursor);
    }
    let digits = query.number.as_ref().or(query.contains.as_ref());
    Ok(ApiRequest::get(Operation::List, path)
        .query_opt("PhoneNumber", digits.cloned())
        .query_opt("FriendlyName", query.label.clone())
        .page_size("PageSize", query.limit, PAGE_SIZE_MAX))
}

/// The first page of what could be this number.
pub(crate) fn find_owned(account_sid: &str, number: &E164) -> ApiRequest {
    ApiRequest::get(Operation::FindOwned, path(account_sid, NUMBERS))
        .query("PhoneNumber", number.as_str())
        .query("PageSize", "50")
}

/// One number held, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, account_sid: &str, sid: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(
        operation,
        instance(account_sid, NUMBERS, sid)?,
    ))
}

/// Gives a number back.
pub(crate) fn release(account_sid: &str, sid: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::delete(
        Operation::Release,
        instance(account_sid, NUMBERS, sid)?,
    ))
}

/// Something harmless that every credential may read: the balance, or for an API key, which may be
/// restricted to numbers, one of those. Never the account itself: that answer shows its auth token.
pub(crate) fn health(account_sid: &str, api_key: bool) -> ApiRequest {
    if api_key {
        ApiRequest::get(Operation::CheckHealth, path(account_sid, NUMBERS)).query("PageSize", "1")
    } else {
        ApiRequest::get(Operation::CheckHealth, path(account_sid, "Balance"))
    }
}

/// The first page of the countries with numbers on sale.
pub(crate) fn countries(account_sid: &str) -> ApiRequest {
    let path = path(account_sid, "AvailablePhoneNumbers");
    let first = ApiRequest::get(Operation::ListCountries, path);
    first.query("PageSize", PAGE_SIZE_MAX.to_string())
}

/// The price list of a country, on the pricing host.
pub(crate) fn prices(country: CountryCode) -> ApiRequest {
    ApiRequest::get(
        Operation::ListPrices,
        format!("v1/PhoneNumbers/Countries/{country}"),
    )
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_http::{Body, Replay};

    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn order() -> PurchaseOrder {
        PurchaseOrder::new("main".parse().unwrap(), "+14155550100".parse().unwrap())
    }

    fn options(json: &str) -> trunkline_core::ProviderData {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn purchase_sends_only_required_fields_and_is_never_repeated() {
        let order = PurchaseOrder {
            label: Some("Front desk".into()),
            address_id: Some("AD00000000000000000000000000000001".into()),
            provider_options: options(
                r#"{"bundle_sid": "BU00000000000000000000000000000001", "trunk_sid": "TK00000000000000000000000000000001"}"#,
            ),
            ..order()
        };
        let request = purchase(SID, &order).unwrap();
        assert_eq!(request.replay, Replay::Never);
        let Body::Form(form) = &request.body else {
            panic!("{request:?}")
        };
        let form: Vec<_> = form.iter().map(|(n, v)| (n.as_ref(), v.as_str())).collect();
        assert_eq!(
            form,
            [
                ("PhoneNumber", "+14155550100"),
                ("AddressSid", "AD00000000000000000000000000000001"),
                ("BundleSid", "BU00000000000000000000000000000001")
            ]
        );
    }

    #[test]
    fn settings_beyond_the_sale_are_set_afterwards() {
        let order = PurchaseOrder {
            label: Some("Front desk".into()),
            provider_options: options(
                r#"{"bundle_sid": "BU00000000000000000000000000000001", "trunk_sid": "TK00000000000000000000000000000001"}"#,
            ),
            ..order()
        };
        let after = settings_after(&order).unwrap().unwrap();
        assert_eq!(
            serde_json::to_string(&after).unwrap(),
            r#"{"label":"Front desk","provider_options":{"trunk_sid":"TK00000000000000000000000000000001"}}"#
        );
        assert_eq!(settings_after(&super::tests::order()).unwrap(), None);
    }

    #[test]
    fn order_with_an_impossible_setting_is_rejected_before_it_is_paid_for() {
        let refused = |order: PurchaseOrder| {
            let error = settings_after(&order).unwrap_err();
            (error.kind(), error.fields()[0].field.clone())
        };
        let long = PurchaseOrder {
            label: Some("x".repeat(65)),
            ..order()
        };
        assert_eq!(refused(long), (ErrorKind::InvalidRequest, "label".into()));
        for (text, field) in [
            (r#"{"bundel_sid": "BU1"}"#, "provider_options.bundel_sid"),
            (r#"{"account_sid": "AC1"}"#, "provider_options.account_sid"),
        ] {
            let order = PurchaseOrder {
                provider_options: options(text),
                ..order()
            };
            assert_eq!(refused(order), (ErrorKind::InvalidRequest, field.into()));
        }
        let two = PurchaseOrder {
            address_id: Some("AD00000000000000000000000000000001".into()),
            provider_options: options(r#"{"address_sid": "AD00000000000000000000000000000002"}"#),
            ..order()
        };
        assert_eq!(refused(two).1, "provider_options.address_sid");
    }

    #[test]
    fn order_with_an_invalid_sid_is_rejected_before_it_is_paid_for() {
        let refused = |order: PurchaseOrder| {
            let errors = [
                settings_after(&order).unwrap_err(),
                purchase(SID, &order).unwrap_err(),
            ];
            errors.map(|error| error.fields()[0].field.clone())
        };
        let address = PurchaseOrder {
            address_id: Some("AD1".into()),
            ..order()
        };
        assert_eq!(refused(address), ["address_id"; 2]);
        let bundle = PurchaseOrder {
            provider_options: options(r#"{"bundle_sid": "AD1"}"#),
            ..order()
        };
        assert_eq!(refused(bundle), ["provider_options.bundle_sid"; 2]);
    }

    #[test]
    fn api_key_is_checked_with_a_resource_that_it_may_read() {
        assert!(health(SID, false).path.ends_with("/Balance.json"));
        assert!(
            health(SID, true)
                .path
                .ends_with("/IncomingPhoneNumbers.json")
        );
    }

    #[test]
    fn digits_anywhere_are_asked_for_unless_the_whole_number_is_known() {
        let part = ListQuery {
            contains: Some("5550".to_owned()),
            ..ListQuery::default()
        };
        let whole = ListQuery {
            number: Some("+14155550100".to_owned()),
            ..part.clone()
        };
        for (query, digits) in [(part, "5550"), (whole, "+14155550100")] {
            let sent = list(SID, &query).unwrap().query;
            assert_eq!(sent, [("PhoneNumber".into(), digits.to_owned())]);
        }
    }

    #[test]
    fn page_size_is_at_most_twilios_limit() {
        let size = |limit| {
            let query = ListQuery {
                limit,
                ..ListQuery::default()
            };
            list(SID, &query)
                .unwrap()
                .query
                .into_iter()
                .map(|(_, v)| v)
                .next()
        };
        assert_eq!(size(0), None);
        assert_eq!(size(5000).as_deref(), Some("1000"));
    }
}
