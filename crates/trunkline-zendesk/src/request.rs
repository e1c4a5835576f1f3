//! The unified model to Zendesk's requests: pure functions, tested without a server.

mod list;
mod options;
mod path;
mod search;
mod update;

use serde_json::json;
use trunkline_core::{
    AddressRequirement, Error, ErrorKind, NumberUpdate, Operation, PurchaseOrder, Result,
};
use trunkline_http::ApiRequest;

pub(crate) use list::{ListOptions, PAGE_SIZE_MAX, Place, View};
pub(crate) use options::NumberOptions;
pub(crate) use path::get;
use path::{is_id, number, path};
pub(crate) use search::{SEARCH_FILTERS_LOCAL, coarse, misfit, search, searches_of};
pub(crate) use update::{WRITABLE, caller_id_changes, outbound_disabled, update};

/// Buys the one number that a token of the search stands for, with nothing but what the sale needs. The address is a
/// sibling of the number, by its `provider_reference`.
pub(crate) fn purchase(token: &str, address: Option<&str>) -> Result<ApiRequest> {
    let mut body = json!({"phone_number": {"token": token}});
    if let Some(address) = address {
        body["address_sid"] = json!(address);
    }
    ApiRequest::post(Operation::Purchase, path("phone_numbers")).json(&body)
}

/// Rejects an order for a number that Zendesk's search said to need an address, if it has none. Errors:
/// `VerificationRequired` naming `address_id`.
pub(crate) fn for_sale(order: &PurchaseOrder, needs: Option<&AddressRequirement>) -> Result<()> {
    let needs = needs.or(order.address_requirement.as_ref());
    if order.address_id.is_some() || needs.is_none_or(|needs| *needs == AddressRequirement::None) {
        return Ok(());
    }
    let message = "Zendesk sells this number only with an address: make one in its Admin Center under Channels, Talk";
    Err(Error::new(ErrorKind::VerificationRequired, message).with_field("address_id", message))
}

/// Reads an address for the sale, if Zendesk's own id of it was given instead of its reference at the supplier.
pub(crate) fn address(address: &str) -> Option<ApiRequest> {
    let path = path(&format!("addresses/{address}"));
    is_id(address).then(|| ApiRequest::get(Operation::Purchase, path))
}

/// What is to be set once the ordered number is held; `None` if nothing is. Errors: `InvalidRequest` or `Unsupported`
/// naming what can't be set, `VerificationRequired` for a sale that lacks an address.
pub(crate) fn settings_after(order: &PurchaseOrder) -> Result<Option<NumberUpdate>> {
    for_sale(order, None)?;
    let settings = NumberUpdate {
        provider_options: options::of_order(order)?,
        ..order.settings()
    };
    // Built only to hear now what would be refused when the number is paid for.
    update::changes(&settings)?;
    Ok((!settings.is_empty()).then_some(settings))
}

/// Gives a number back, or takes an external one off the books.
pub(crate) fn release(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::delete(operation, number(id)?))
}

/// Something harmless that every agent of Talk may read. Zendesk's page about the user itself does not
/// serve: without a credential it answers 200 too.
pub(crate) fn health() -> ApiRequest {
    ApiRequest::get(Operation::CheckHealth, path("phone_numbers")).query("minimal_mode", "true")
}

#[cfg(test)]
mod tests;
