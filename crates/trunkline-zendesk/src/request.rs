//! The unified model to Zendesk's requests: pure functions, tested without a server.

mod list;
mod options;
mod search;
mod update;

use serde_json::json;
use trunkline_core::{
    AddressRequirement, Error, ErrorKind, NumberUpdate, Operation, PurchaseOrder, Result,
};
use trunkline_http::ApiRequest;

pub(crate) use list::{ListOptions, PAGE_SIZE_MAX, Place, View};
pub(crate) use options::NumberOptions;
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

/// Everything that a single number can be shown with: its settings, and beside it what it may refer to.
pub(super) const INCLUDE: &str = "settings,ivrs,all_greetings,all_groups,all_schedules";

/// The path of a resource of Talk. Zendesk takes a `.json` behind it too, and does not need it.
pub(super) fn path(resource: &str) -> String {
    format!("api/v2/channels/voice/{resource}")
}

/// The path of a number. Errors: `NotFound` for a text that is not an id of Zendesk's, an integer.
pub(super) fn number(id: &str) -> Result<String> {
    if !is_id(id) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no number of this id",
        ));
    }
    Ok(path(&format!("phone_numbers/{id}")))
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// One number held, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(operation, number(id)?).query("include", INCLUDE))
}

#[cfg(test)]
mod tests;
