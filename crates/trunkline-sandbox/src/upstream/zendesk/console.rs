//! What a person does in Zendesk's admin centre, as requests to the API.

use http::{Method, header};
use serde_json::{Map, json};

use super::accounts::{SANDBOX, token_of};
use super::offers::Offer;
use super::state::Zendesk;
use crate::carrier::Console;
use crate::console::{ConsoleError, Step};
use crate::credentials::ZENDESK_ADDRESS_SIDS;
use crate::exchange::Request;
use crate::world::stock::AddressNeed;

impl Console for Zendesk {
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        if matches!(step, Step::Buy) {
            return self.console_purchase(number);
        }
        let state = self.lock();
        let mut lines = state.lines.values();
        let held = lines.find(|line| line.number() == Some(number));
        let held = held.ok_or(ConsoleError::NotHeld)?;
        let below = format!("/{}", held.id);
        let request = request(step.method(Method::PUT), held.account, &below);
        let Step::Change(change) = step else {
            return Ok(request);
        };
        let mut fields = Map::new();
        if let Some(label) = &change.label {
            fields.insert("nickname".to_owned(), label.as_str().into());
        }
        if let Some(groups) = &change.routing {
            fields.insert("group_ids".to_owned(), groups.clone());
        }
        Ok(request.with_json(&json!({ "phone_number": fields })))
    }
}

impl Zendesk {
    /// With a token as a search gives it, and with the account's address where one is needed.
    fn console_purchase(&self, number: &str) -> Result<Request, ConsoleError> {
        let mut state = self.lock();
        let wanted = state.market.on_sale(number);
        let wanted = wanted.ok_or_else(|| ConsoleError::number("it is not on sale"))?;
        let mut addresses = ZENDESK_ADDRESS_SIDS.into_iter();
        let address = addresses.find(|(country, _)| *country == wanted.country);
        let address = address.filter(|_| wanted.address != AddressNeed::None);
        let (now, life) = (self.clock.now(), self.options.zendesk_token_life);
        let offer = Offer::of(SANDBOX.subdomain, number, now, life);
        let quote = state.offers.quote(offer, now, || self.new_hex());
        let mut body = json!({ "phone_number": { "token": quote.token } });
        if let Some((_, sid)) = address {
            body["address_sid"] = sid.into();
        }
        Ok(request(Method::POST, SANDBOX.subdomain, "").with_json(&body))
    }
}

fn request(method: Method, account: &str, below: &str) -> Request {
    let path = format!("/api/v2/channels/voice/phone_numbers{below}.json");
    let login = format!("Bearer {}", token_of(account));
    Request::internal(method, &path).with_header(header::AUTHORIZATION, login)
}
