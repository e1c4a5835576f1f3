//! Addresses that regulated numbers are bought with.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::accounts::SANDBOX;
use super::error::{ApiError, Result};
use super::params::{document, wrapped};
use super::state::State;
use super::{Context, Zendesk, json, page, text};
use crate::credentials::ZENDESK_ADDRESS_SIDS;
use crate::exchange::Answer;

const NAME: &str = "address";

/// A postal address of an account.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Address {
    id: u64,
    /// The subdomain of its account.
    #[serde(skip)]
    pub(super) account: &'static str,
    name: String,
    street: String,
    zip: String,
    city: String,
    state: Option<String>,
    province: String,
    pub(super) country_code: String,
    /// What a purchase names it by.
    pub(super) provider_reference: String,
}

/// An address in its envelope.
#[derive(Serialize)]
struct Shown<'a> {
    address: &'a Address,
}

/// The addresses that the main account has at first: country, city, province, street, zip.
const FIRST: [[&str; 5]; 4] = [
    [
        "US",
        "San Francisco",
        "California",
        "1 Example Street",
        "94103",
    ],
    ["DE", "Berlin", "Berlin", "Beispielweg 1", "10115"],
    ["FR", "Paris", "Paris", "1 rue de l'Exemple", "75001"],
    [
        "NL",
        "Amsterdam",
        "Noord-Holland",
        "Voorbeeldstraat 1",
        "1011 AB",
    ],
];

/// The addresses that are there at first.
pub(super) fn first() -> BTreeMap<u64, Arc<Address>> {
    (900_000_000_601..)
        .zip(FIRST.iter().zip(ZENDESK_ADDRESS_SIDS))
        .map(|(id, ([country, city, province, street, zip], (_, sid)))| {
            let address = Address {
                id,
                account: SANDBOX.subdomain,
                name: format!("Office {city}"),
                street: (*street).to_owned(),
                zip: (*zip).to_owned(),
                city: (*city).to_owned(),
                state: None,
                province: (*province).to_owned(),
                country_code: (*country).to_owned(),
                provider_reference: sid.to_owned(),
            };
            (id, Arc::new(address))
        })
        .collect()
}

impl Address {
    /// Takes over what `members` have; what they lack must have been there before.
    fn change(&mut self, members: &Map<String, Value>) -> Result<()> {
        for (name, slot) in [
            ("name", &mut self.name),
            ("street", &mut self.street),
            ("zip", &mut self.zip),
            ("city", &mut self.city),
            ("province", &mut self.province),
            ("country_code", &mut self.country_code),
        ] {
            match members.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => text.clone_into(slot),
                Some(_) => return Err(ApiError::attribute(name, "must be a string")),
            }
            if slot.trim().is_empty() {
                let description = format!("{name}: can not be blank");
                return Err(ApiError::invalid(name, "BlankValue", description));
            }
        }
        match members.get("state") {
            None => {}
            Some(Value::Null) => self.state = None,
            Some(Value::String(text)) => self.state = Some(text.clone()),
            Some(_) => return Err(ApiError::attribute("state", "must be a string")),
        }
        Ok(())
    }
}

impl Zendesk {
    pub(super) fn list_addresses(&self, context: &Context<'_>) -> Result<Answer> {
        let own: Vec<_> = {
            let state = self.lock();
            let all = state.addresses.values();
            all.filter(|address| address.account == context.account.subdomain)
                .map(Arc::clone)
                .collect()
        };
        Ok(page::answer(context, "addresses", &own, |address| {
            &**address
        }))
    }

    pub(super) fn show_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let address = Arc::clone(own(&self.lock(), context, id)?);
        Ok(json(&Shown { address: &address }))
    }

    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let members = wrapped(&body, NAME)?;
        let mut address = Address {
            id: self.new_id(),
            account: context.account.subdomain,
            name: String::new(),
            street: String::new(),
            zip: String::new(),
            city: String::new(),
            state: None,
            province: String::new(),
            country_code: String::new(),
            provider_reference: format!("AD{}", text::hex(self.seed, self.next())),
        };
        address.change(members)?;
        let address = Arc::new(address);
        self.lock()
            .addresses
            .insert(address.id, Arc::clone(&address));
        let mut answer = json(&Shown { address: &address });
        answer.status = StatusCode::CREATED;
        Ok(answer)
    }

    pub(super) fn update_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let mut address = Address::clone(own(&state, context, id)?);
        let body = document(context.request)?;
        address.change(wrapped(&body, NAME)?)?;
        let address = Arc::new(address);
        state.addresses.insert(address.id, Arc::clone(&address));
        drop(state);
        Ok(json(&Shown { address: &address }))
    }

    pub(super) fn delete_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let id = own(&state, context, id)?.id;
        state.addresses.remove(&id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

fn own<'s>(state: &'s State, context: &Context<'_>, id: &str) -> Result<&'s Arc<Address>> {
    id.parse()
        .ok()
        .and_then(|id: u64| state.addresses.get(&id))
        .filter(|address| address.account == context.account.subdomain)
        .ok_or_else(ApiError::not_found)
}
