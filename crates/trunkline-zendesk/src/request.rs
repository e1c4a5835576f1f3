//! What is asked of Zendesk, as data: pure functions from the unified model to an [`ApiRequest`].

mod list;
mod options;
mod search;
mod update;

use serde::Serialize;
use trunkline_core::{
    AddressRequirement, Error, ErrorKind, NumberUpdate, Operation, PurchaseOrder, Result,
};
use trunkline_http::ApiRequest;

pub(crate) use list::{ListOptions, Place, View};
pub(crate) use search::{coarse, misfit, search, searches_of};
pub(crate) use update::{caller_id_changes, outbound_disabled, update};

use crate::PROVIDER;

/// Everything that a single number can be shown with: its settings, and beside it what it may refer to.
const INCLUDE: &str = "settings,ivrs,all_greetings,all_groups,all_schedules";

/// The path of a resource of Talk. Zendesk takes a `.json` behind it too, and does not need it.
fn path(resource: &str) -> String {
    format!("api/v2/channels/voice/{resource}")
}

/// The path of a number.
///
/// # Errors
/// `NotFound` for what is no id of Zendesk's, an integer.
fn number(id: &str) -> Result<String> {
    if !is_id(id) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no number of this id",
        ));
    }
    Ok(path(&format!("phone_numbers/{id}")))
}

fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Buys the one number that a token of the search stands for, with nothing but what the sale needs. The address is a
/// sibling of the number, by its `provider_reference`.
pub(crate) fn purchase(token: &str, address: Option<&str>) -> Result<ApiRequest> {
    #[derive(Serialize)]
    struct Body<'a> {
        phone_number: Token<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address_sid: Option<&'a str>,
    }

    #[derive(Serialize)]
    struct Token<'a> {
        token: &'a str,
    }

    ApiRequest::post(Operation::Purchase, path("phone_numbers")).json(&Body {
        phone_number: Token { token },
        address_sid: address,
    })
}

/// Refuses an order for a number that Zendesk's search said to need an address, if it has none.
///
/// # Errors
/// `VerificationRequired` naming `address_id`.
pub(crate) fn for_sale(order: &PurchaseOrder, needs: Option<&AddressRequirement>) -> Result<()> {
    let needs = needs.or(order.address_requirement.as_ref());
    if order.address_id.is_some() || needs.is_none_or(|needs| *needs == AddressRequirement::None) {
        return Ok(());
    }
    let message = "Zendesk sells this number only with an address: make one in its Admin Center under Channels, Talk";
    Err(Error::new(ErrorKind::VerificationRequired, message)
        .with_field("address_id", message)
        .with_provider(PROVIDER.clone()))
}

/// Reads an address for the sale, if Zendesk's own id of it was given instead of its reference at the supplier.
pub(crate) fn address(address: &str) -> Option<ApiRequest> {
    let path = path(&format!("addresses/{address}"));
    is_id(address).then(|| ApiRequest::get(Operation::Purchase, path))
}

/// What is to be set once the ordered number is held; `None` if nothing is.
///
/// # Errors
/// `InvalidRequest` or `Unsupported` naming what can't be set, `VerificationRequired` for a sale that lacks an address.
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

/// One number held, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(operation, number(id)?).query("include", INCLUDE))
}

/// Gives a number back, or takes an external one off the books.
pub(crate) fn release(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::delete(operation, number(id)?))
}

/// Something harmless that every agent of Talk may read. Zendesk's page about the user itself is no good: without a
/// credential it answers 200 too.
pub(crate) fn health() -> ApiRequest {
    ApiRequest::get(Operation::CheckHealth, path("phone_numbers")).query("minimal_mode", "true")
}

/// `Unsupported`, naming the field that Zendesk can't express.
pub(crate) fn cannot(field: &str, why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{field}: {why}"))
        .with_field(field, why)
        .with_provider(PROVIDER.clone())
}

#[cfg(test)]
mod tests;
