//! Addresses that regulated numbers are bought with.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::error::{ApiError, Result, refuse};
use super::params;
use super::params::{document, wrapped};
use super::state::{Address, Context, State, Zendesk};
use crate::exchange::Answer;
use crate::json::object;

const NAME: &str = "address";

fn shown(status: StatusCode, address: &Address) -> Answer {
    Answer::json_utf8(status, &object! { [NAME]: address })
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
                return refuse(name, "BlankValue", description);
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
        let state = self.lock();
        let own = state.addresses.values();
        let own = own.filter(|address| address.account == context.caller.subdomain);
        let own: Vec<_> = own.map(Arc::clone).collect();
        drop(state);
        Ok(params::answer(context, "addresses", &own, |address| {
            &**address
        }))
    }

    pub(super) fn show_address(&self, context: &Context<'_>) -> Result<Answer> {
        Ok(shown(StatusCode::OK, own(&self.lock(), context)?))
    }

    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = document(context.request)?;
        let members = wrapped(&body, NAME)?;
        let mut address = Address {
            id: self.new_id(),
            account: context.caller.subdomain,
            provider_reference: format!("AD{}", self.new_hex()),
            ..Address::default()
        };
        address.change(members)?;
        let answer = shown(StatusCode::CREATED, &address);
        let addresses = &mut self.lock().addresses;
        addresses.insert(address.id, Arc::new(address));
        Ok(answer)
    }

    pub(super) fn update_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let mut address = Address::clone(own(&state, context)?);
        let body = document(context.request)?;
        address.change(wrapped(&body, NAME)?)?;
        let answer = shown(StatusCode::OK, &address);
        state.addresses.insert(address.id, Arc::new(address));
        Ok(answer)
    }

    pub(super) fn delete_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let id = own(&state, context)?.id;
        state.addresses.remove(&id);
        Ok(Answer::no_content())
    }
}

fn own<'s>(state: &'s State, context: &Context<'_>) -> Result<&'s Arc<Address>> {
    let id = context.id().parse::<u64>().ok();
    let found = id.and_then(|id| state.addresses.get(&id));
    let own = found.filter(|address| address.account == context.caller.subdomain);
    own.ok_or_else(ApiError::not_found)
}
