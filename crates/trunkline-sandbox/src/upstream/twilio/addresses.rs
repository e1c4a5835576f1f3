//! Addresses that regulated numbers are bought with.

use http::StatusCode;

use super::error::{Result, refuse};
use super::page::List;
use super::settings::Settings;
use super::state::{Address, Context, Twilio};
use super::text::cut_name;
use super::wire::dependent;
use crate::exchange::Answer;
use crate::json::{Object, object};
use crate::query::Query;

fn document(address: &Address) -> Object {
    let (account, sid) = (&address.account, &address.sid);
    object! {
        "account_sid": account,
        "city": &address.city,
        "customer_name": &address.customer_name,
        "date_created": &address.date_created,
        "date_updated": &address.date_updated,
        "emergency_enabled": address.emergency_enabled,
        "friendly_name": &address.friendly_name,
        "iso_country": &address.iso_country,
        "postal_code": &address.postal_code,
        "region": &address.region,
        "sid": sid,
        "street": &address.street,
        "street_secondary": &address.street_secondary,
        "validated": false,
        "verified": false,
        "uri": format!("/2010-04-01/Accounts/{account}/Addresses/{sid}.json"),
    }
}

impl Address {
    fn change(&mut self, params: &Query) -> Result<()> {
        for (name, slot) in [
            ("CustomerName", &mut self.customer_name),
            ("Street", &mut self.street),
            ("City", &mut self.city),
            ("Region", &mut self.region),
            ("PostalCode", &mut self.postal_code),
        ] {
            match params.get(name) {
                None => {}
                Some("") => return refuse(21_628, format!("{name} is required")),
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

const REQUIRED: [&str; 6] = [
    "CustomerName",
    "Street",
    "City",
    "Region",
    "PostalCode",
    "IsoCountry",
];

impl Twilio {
    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let mut required = REQUIRED.into_iter();
        if let Some(name) = required.find(|name| params.filled(name).is_none()) {
            return refuse(21_628, format!("{name} is required"));
        }
        let country = params.filled("IsoCountry").unwrap_or_default();
        if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
            return refuse(21_628, format!("IsoCountry {country} is not valid"));
        }
        let now = self.date_now();
        let mut address = Address {
            sid: self.new_sid("AD"),
            account: context.account().to_owned(),
            iso_country: country.to_owned(),
            date_created: now.clone(),
            date_updated: now,
            ..Address::default()
        };
        address.change(&params)?;
        let address = self.lock().addresses.insert(address);
        Ok(Answer::json_utf8(StatusCode::CREATED, &document(&address)))
    }

    pub(super) fn list_addresses(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let list = List::of(context, &params, "addresses")?;
        let emergency = params.flag("EmergencyEnabled")?;
        let is = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
        let cut = list.cut(&self.lock().addresses, |address| {
            is("CustomerName", &address.customer_name)
                && is("FriendlyName", &address.friendly_name)
                && is("IsoCountry", &address.iso_country)
                && emergency.is_none_or(|enabled| enabled == address.emergency_enabled)
        })?;
        Ok(list.answer(&cut, document))
    }

    pub(super) fn get_address(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = context.find(&state.addresses)?;
        Ok(Answer::ok_utf8(&document(found)))
    }

    pub(super) fn update_address(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Query::of_form(context.request);
        let mut state = self.lock();
        let mut new = Address::clone(context.find(&state.addresses)?);
        new.change(&params)?;
        new.date_updated = self.date_now();
        let new = state.addresses.replace(new);
        Ok(Answer::ok_utf8(&document(&new)))
    }

    pub(super) fn delete_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.addresses)?;
        let mut held = state.numbers.of(context.account());
        if held.any(|owned| uses(&owned.settings, context.id())) {
            return refuse(21_630, "Address is in use by a phone number");
        }
        drop(held);
        state.addresses.remove(context.id());
        Ok(Answer::no_content())
    }

    pub(super) fn dependent_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let list = List::of(context, &params, "dependent_phone_numbers")?;
        let sid = context.arg(1);
        let state = self.lock();
        let found = state.addresses.get(context.account(), sid);
        found.ok_or_else(|| context.not_found())?;
        let cut = list.cut(&state.numbers, |owned| uses(&owned.settings, sid))?;
        drop(state);
        Ok(list.answer(&cut, dependent))
    }
}

fn uses(settings: &Settings, address: &str) -> bool {
    settings.get("address_sid") == address || settings.get("emergency_address_sid") == address
}
