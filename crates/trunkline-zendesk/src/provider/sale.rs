//! The token and the address that a sale needs besides the number.

use trunkline_core::{
    AvailableNumber, CountryCode, E164, Effect, Error, ErrorKind, PurchaseOrder, Result,
    SearchQuery,
};

use super::Zendesk;
use crate::{convert, request, wire};

const SEARCH_AGAIN: &str = "search again: the number is sold, or Zendesk has forgotten its token";

impl Zendesk {
    /// The token that buys the number: the offer's, or else the one that a search for this number alone gives. Errors:
    /// `NotAvailable` if it is not on sale, `VerificationRequired` if the sale would lack an address.
    pub(super) async fn token(&self, order: &PurchaseOrder) -> Result<String> {
        if let Some(token) = &order.handle {
            request::for_sale(order, None)?;
            return Ok(token.clone());
        }
        let found = self.on_sale(&order.number).await?;
        let Some(available) = found else {
            let message = "Zendesk does not have this number on sale";
            return Err(not_available(message));
        };
        request::for_sale(order, Some(&available.address_requirement))?;
        available.handle.ok_or_else(|| not_available(SEARCH_AGAIN))
    }

    async fn on_sale(&self, number: &E164) -> Result<Option<AvailableNumber>> {
        for request in request::searches_of(number) {
            let answer = self.http.send(request).await?;
            let query = SearchQuery::new(number.country().unwrap_or(CountryCode::US));
            let expires = answer.date().unwrap_or_default();
            let rows = answer.rows::<wire::Numbers, wire::AvailableNumber<'_>>()?;
            let rows = rows.convert(|row| convert::available(&query, expires, row));
            let mut rows = rows.rows.into_iter();
            let found = rows.find(|available| available.number == *number);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The address that goes with the sale, by the reference that Zendesk's supplier knows it by. An id of Zendesk's
    /// own is looked up. Errors: `InvalidRequest` naming `address_id` if it does not exist, or the supplier does not
    /// know it.
    pub(super) async fn address(&self, order: &PurchaseOrder) -> Result<Option<String>> {
        let Some(address) = &order.address_id else {
            return Ok(None);
        };
        let Some(request) = request::address(address) else {
            return Ok(Some(address.clone()));
        };
        let unknown = |message| Error::invalid("address_id", message);
        let answer = match self.http.send(request).await {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(unknown("Zendesk has no address of this id"));
            }
            sent => sent?,
        };
        let single: wire::SingleAddress<'_> = answer.json()?;
        let address = single.address;
        let reference = address.and_then(|address| address.provider_reference.into_string());
        let none = || unknown("Zendesk's supplier does not know this address yet");
        reference.map(Some).ok_or_else(none)
    }

    /// Says what to do about a number that is not available.
    pub(super) fn hint(error: Error, order: &PurchaseOrder) -> Error {
        let named = error.fields().iter().any(|field| field.field == "offer");
        if error.kind() != ErrorKind::NotAvailable || error.effect() != Effect::None || named {
            return error;
        }
        let field = if order.handle.is_some() {
            "offer"
        } else {
            "number"
        };
        error.with_field(field, SEARCH_AGAIN)
    }
}

fn not_available(message: &str) -> Error {
    Error::new(ErrorKind::NotAvailable, message).with_field("number", message)
}
