//! Addresses for emergency calls. No number is sold on the strength of one.

use super::body::{Body, check_length};
use super::error::{ApiError, Problem, Result, noted, refuse};
use super::page::List;
use super::state::{ADDRESS, Address, Context, SignalWire};
use super::text::contains;
use crate::clock::Recorded;
use crate::exchange::Answer;
use crate::json::{Object, object};

/// The longest text in an address, in characters.
const LONGEST: usize = 250;

const TYPES: &str =
    "Apartment, Basement, Building, Department, Floor, Office, Penthouse, Suite, Trailer, Unit";

fn document(address: &Address) -> Object {
    let [label, country, first_name, last_name, rest @ ..] = &address.texts;
    let [street_number, street_name, city, state, postal_code] = rest;
    object! {
        "id": &address.id,
        "label": label,
        "country": country,
        "first_name": first_name,
        "last_name": last_name,
        "street_number": street_number,
        "street_name": street_name,
        "address_type": &address.kind,
        "address_number": &address.number,
        "city": city,
        "state": state,
        "postal_code": postal_code,
        "zip_code": postal_code,
        "emergency_enabled": address.emergency,
        "validated": address.validated.is_some(),
        "validated_at": address.validated.map(Recorded::iso),
    }
}

impl SignalWire {
    /// Answered with 200, though something is made.
    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let address = Address {
            id: self.new_id(),
            ..self.read_address(context)?
        };
        let address = self.lock().addresses.insert(address);
        Ok(Answer::ok_utf8(&document(&address)))
    }

    pub(super) fn list_addresses(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let list = List::of(context, &query, &["filter_label"])?;
        let label = query.filled("filter_label");
        let cut = list.cut(&self.lock().addresses, |row| {
            label.is_none_or(|label| contains(&row.texts[0], label))
        })?;
        Ok(list.answer(&cut, document))
    }

    pub(super) fn get_address(&self, context: &Context<'_>) -> Result<Answer> {
        let address = context.find(&self.lock().addresses)?;
        Ok(Answer::ok_utf8(&document(&address)))
    }

    pub(super) fn update_address(&self, context: &Context<'_>) -> Result<Answer> {
        Body::of(context.request)?;
        let mut state = self.lock();
        let new = Address {
            id: context.find(&state.addresses)?.id.clone(),
            ..self.read_address(context)?
        };
        let new = state.addresses.replace(new);
        Ok(Answer::ok_utf8(&document(&new)))
    }

    pub(super) fn delete_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let id = &context.find(&state.addresses)?.id;
        let now = self.clock.now();
        let used = state.numbers.of(context.caller.id).any(|owned| {
            let emergency = owned.emergency.as_ref();
            emergency.and_then(|emergency| emergency.address(now)) == Some(id)
        });
        if used {
            let detail = "The address is assigned to a phone number.";
            return refuse("resource_not_deletable", detail);
        }
        state.addresses.remove(id);
        Ok(Answer::no_content())
    }

    /// An address without an id. One in the United States is taken to be a real place, any other can't be checked.
    fn read_address(&self, context: &Context<'_>) -> Result<Address> {
        let body = &Body::of(context.request)?;
        let mut problems = Vec::new();
        let texts = ADDRESS.map(|name| {
            let text = body.needed(name).and_then(|text| {
                check_length(name, text, LONGEST)?;
                Ok(text.to_owned())
            });
            noted(&mut problems, text)
        });
        let kind = noted(&mut problems, body.text("address_type"));
        if kind.is_some_and(|kind| !TYPES.split(", ").any(|known| known == kind)) {
            let detail = format!("address_type is not included in the list: {TYPES}");
            problems.push(Problem::new("unsupported_option", detail));
        }
        noted(&mut problems, body.flag("auto_correct_address"));
        let number = noted(&mut problems, body.text("address_number"));
        let emergency = noted(&mut problems, body.flag("emergency_enabled"));
        ApiError::check(problems)?;
        Ok(Address {
            id: String::new(),
            project: context.caller,
            validated: (texts[1] == "US").then(|| self.written_now()),
            texts,
            kind: kind.map(str::to_owned),
            number: number.map(str::to_owned),
            emergency: emergency.unwrap_or(false),
        })
    }
}
