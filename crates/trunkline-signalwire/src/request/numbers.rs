//! Requests about numbers.

use trunkline_core::{E164, ListQuery, NumberUpdate, Operation, Patch, PurchaseOrder, Result};
use trunkline_http::ApiRequest;
use trunkline_http::wire::{Fields, reject};

use crate::config::PAGE_SIZE_MAX;
use crate::request::base::{NUMBERS, collection, instance, once};
use crate::request::options::changes;
use crate::request::update::{Change, change};

/// Buys exactly one number; SignalWire takes nothing else with it. Errors: `Unsupported` for an order with an address:
/// none is wanted, and none can be given.
pub(crate) fn purchase(order: &PurchaseOrder) -> Result<ApiRequest> {
    for_sale(order)?;
    let body = Fields::from([("number", order.number.as_str())]);
    ApiRequest::post(Operation::Purchase, collection(NUMBERS)).json(&body)
}

fn for_sale(order: &PurchaseOrder) -> Result<()> {
    let why = "SignalWire sells numbers without an address and can keep none with them";
    reject(&[("address_id", order.address_id.is_some())], why)
}

/// What is to be set once the ordered number is held; `None` if nothing is. Errors: `InvalidRequest` or `Unsupported`
/// naming what can't be set or sold so.
pub(crate) fn settings_after(
    order: &PurchaseOrder,
    deprecated: bool,
) -> Result<Option<NumberUpdate>> {
    for_sale(order)?;
    let options = &order.provider_options;
    let settings = NumberUpdate {
        provider_options: if changes(options, deprecated)?.is_empty() {
            Patch::Keep
        } else {
            Patch::Set(options.clone())
        },
        ..order.settings()
    };
    // Built to report now what would be refused after the number has been paid for.
    change(&settings, deprecated)?;
    Ok((!settings.is_empty()).then_some(settings))
}

/// A page of the numbers held. SignalWire's filters find parts of a number and of a name: compare what comes back.
/// Errors: `InvalidRequest` for an invalid cursor.
pub(crate) fn list(query: &ListQuery) -> Result<ApiRequest> {
    if let Some(cursor) = &query.cursor {
        return ApiRequest::at_cursor(Operation::List, &collection(NUMBERS), cursor);
    }
    let digits = query.number.as_ref().or(query.contains.as_ref());
    Ok(ApiRequest::get(Operation::List, collection(NUMBERS))
        .query_opt("filter_number", digits.cloned())
        .query_opt("filter_name", query.label.clone())
        .page_size("page_size", query.limit, PAGE_SIZE_MAX))
}

/// The first page of what could be this number, for itself or for what `operation` needs to know.
pub(crate) fn find_owned(operation: Operation, number: &E164) -> ApiRequest {
    ApiRequest::get(operation, collection(NUMBERS))
        .query("filter_number", number.as_str())
        .query("page_size", "50")
}

/// One number held, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(operation, instance(NUMBERS, id, "")?))
}

/// Changes a number. Only what changes is sent: what it can be routed to can be more than what can be written. Every
/// value is absolute, so it may be repeated. A change of nothing reads it.
pub(crate) fn update(id: &str, change: &Change) -> Result<ApiRequest> {
    let path = instance(NUMBERS, id, "")?;
    if change.fields.is_empty() {
        return Ok(ApiRequest::get(Operation::Update, path));
    }
    ApiRequest::put(Operation::Update, path).json(&change.fields)
}

/// Gives a number an emergency address, or takes it away. Not repeated: the second time may be refused for what the
/// first has done, so it is looked up instead.
pub(crate) fn emergency_address(id: &str, address: Option<&str>) -> Result<ApiRequest> {
    let path = instance(NUMBERS, id, "/e911_address")?;
    let request = match address {
        Some(address) => ApiRequest::post(Operation::Update, path)
            .json(&Fields::from([("e911_address_id", address)]))?,
        None => ApiRequest::delete(Operation::Update, path),
    };
    Ok(once(request))
}

/// Gives a number back.
pub(crate) fn release(id: &str) -> Result<ApiRequest> {
    let path = instance(NUMBERS, id, "")?;
    Ok(ApiRequest::delete(Operation::Release, path))
}

/// The first of a collection: something harmless that shows whether the token has the collection's scope.
pub(crate) fn health(name: &str) -> ApiRequest {
    ApiRequest::get(Operation::CheckHealth, collection(name)).query("page_size", "1")
}

#[cfg(test)]
mod tests;
