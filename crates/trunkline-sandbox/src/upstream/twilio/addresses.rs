//! Addresses that regulated numbers are bought with.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::book::Row;
use super::error::{ApiError, Result};
use super::page::{self, PageRequest, Source};
use super::params::Params;
use super::text::cut_name;
use super::wire::DependentPhoneNumber;
use super::{Context, Twilio, json};
use crate::exchange::Answer;

/// A postal address of an account's customer.
#[derive(Clone, Debug)]
pub(super) struct Address {
    sid: String,
    account: String,
    customer_name: String,
    friendly_name: String,
    street: String,
    street_secondary: Option<String>,
    city: String,
    region: String,
    postal_code: String,
    /// ISO 3166-1 alpha-2; it can't be changed.
    pub(super) iso_country: String,
    emergency_enabled: bool,
    date_created: String,
    date_updated: String,
}

impl Row for Address {
    fn sid(&self) -> &str {
        &self.sid
    }

    fn account(&self) -> &str {
        &self.account
    }
}

#[derive(Serialize)]
struct AddressDocument<'a> {
    account_sid: &'a str,
    city: &'a str,
    customer_name: &'a str,
    date_created: &'a str,
    date_updated: &'a str,
    emergency_enabled: bool,
    friendly_name: &'a str,
    iso_country: &'a str,
    postal_code: &'a str,
    region: &'a str,
    sid: &'a str,
    street: &'a str,
    street_secondary: Option<&'a str>,
    validated: bool,
    verified: bool,
    uri: String,
}

impl<'a> From<&'a Address> for AddressDocument<'a> {
    fn from(address: &'a Address) -> Self {
        Self {
            account_sid: &address.account,
            city: &address.city,
            customer_name: &address.customer_name,
            date_created: &address.date_created,
            date_updated: &address.date_updated,
            emergency_enabled: address.emergency_enabled,
            friendly_name: &address.friendly_name,
            iso_country: &address.iso_country,
            postal_code: &address.postal_code,
            region: &address.region,
            sid: &address.sid,
            street: &address.street,
            street_secondary: address.street_secondary.as_deref(),
            validated: false,
            verified: false,
            uri: format!(
                "/2010-04-01/Accounts/{}/Addresses/{}.json",
                address.account, address.sid
            ),
        }
    }
}

impl Address {
    fn change(&mut self, params: &Params) -> Result<()> {
        for (name, slot) in [
            ("CustomerName", &mut self.customer_name),
            ("Street", &mut self.street),
            ("City", &mut self.city),
            ("Region", &mut self.region),
            ("PostalCode", &mut self.postal_code),
        ] {
            match params.get(name) {
                None => {}
                Some("") => return Err(ApiError::bad(21_628, format!("{name} is required"))),
                Some(value) => value.clone_into(slot),
            }
        }
        if let Some(name) = params.get("FriendlyName") {
            self.friendly_name = cut_name(name);
        }
        if let Some(second) = params.get("StreetSecondary") {
            self.street_secondary = Some(second.to_owned()).filter(|text| !text.is_empty());
        }
        if let Some(enabled) = params.flag("EmergencyEnabled")? {
            self.emergency_enabled = enabled;
        }
        params.flag("AutoCorrectAddress")?;
        Ok(())
    }
}

impl Twilio {
    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_form(context.request);
        for name in [
            "CustomerName",
            "Street",
            "City",
            "Region",
            "PostalCode",
            "IsoCountry",
        ] {
            if params.filled(name).is_none() {
                return Err(ApiError::bad(21_628, format!("{name} is required")));
            }
        }
        let iso_country = params.filled("IsoCountry").unwrap_or_default();
        if iso_country.len() != 2 || !iso_country.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(ApiError::bad(
                21_628,
                format!("IsoCountry {iso_country} is not valid"),
            ));
        }
        let now = self.written_now();
        let mut address = Address {
            sid: self.new_sid("AD"),
            account: context.caller.account.sid.to_owned(),
            customer_name: String::new(),
            friendly_name: String::new(),
            street: String::new(),
            street_secondary: None,
            city: String::new(),
            region: String::new(),
            postal_code: String::new(),
            iso_country: iso_country.to_owned(),
            emergency_enabled: false,
            date_created: now.clone(),
            date_updated: now,
        };
        address.change(&params)?;
        let address = Arc::new(address);
        self.lock().addresses.insert(Arc::clone(&address));
        Ok(json(StatusCode::CREATED, &AddressDocument::from(&*address)))
    }

    pub(super) fn list_addresses(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let page = PageRequest::of(&params)?;
        let emergency = params.flag("EmergencyEnabled")?;
        let is = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
        let cut = {
            let state = self.lock();
            page.cut(
                state
                    .addresses
                    .of(context.caller.account.sid)
                    .filter(|address| {
                        is("CustomerName", &address.customer_name)
                            && is("FriendlyName", &address.friendly_name)
                            && is("IsoCountry", &address.iso_country)
                            && emergency.is_none_or(|enabled| enabled == address.emergency_enabled)
                    }),
            )?
        };
        let source = Source {
            path: &context.request.path,
            params: &params,
            collection: "addresses",
        };
        Ok(page::answer(&source, &page, &cut, |address| {
            AddressDocument::from(address)
        }))
    }

    pub(super) fn get_address(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let state = self.lock();
        let found = state
            .addresses
            .get(context.caller.account.sid, sid)
            .ok_or_else(|| context.not_found())?;
        Ok(json(StatusCode::OK, &AddressDocument::from(&**found)))
    }

    pub(super) fn update_address(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let params = Params::of_form(context.request);
        let mut state = self.lock();
        let found = state
            .addresses
            .get(context.caller.account.sid, sid)
            .ok_or_else(|| context.not_found())?;
        let mut new = Address::clone(found);
        new.change(&params)?;
        new.date_updated = self.written_now();
        let new = Arc::new(new);
        state.addresses.replace(Arc::clone(&new));
        Ok(json(StatusCode::OK, &AddressDocument::from(&*new)))
    }

    pub(super) fn delete_address(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let account = context.caller.account.sid;
        let mut state = self.lock();
        state
            .addresses
            .get(account, sid)
            .ok_or_else(|| context.not_found())?;
        if state
            .numbers
            .of(account)
            .any(|owned| uses(&owned.settings, sid))
        {
            return Err(ApiError::bad(21_630, "Address is in use by a phone number"));
        }
        state.addresses.remove(sid);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) fn dependent_numbers(&self, context: &Context<'_>, sid: &str) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let page = PageRequest::of(&params)?;
        let account = context.caller.account.sid;
        let cut = {
            let state = self.lock();
            state
                .addresses
                .get(account, sid)
                .ok_or_else(|| context.not_found())?;
            page.cut(
                state
                    .numbers
                    .of(account)
                    .filter(|owned| uses(&owned.settings, sid)),
            )?
        };
        let source = Source {
            path: &context.request.path,
            params: &params,
            collection: "dependent_phone_numbers",
        };
        Ok(page::answer(&source, &page, &cut, |owned| {
            DependentPhoneNumber::from(owned)
        }))
    }
}

fn uses(settings: &super::settings::Settings, address: &str) -> bool {
    settings.address_sid == address || settings.emergency_address_sid == address
}
