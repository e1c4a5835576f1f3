//! Addresses for emergency calls. No number is sold on the strength of one.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::body::{Body, check_length};
use super::book::Row;
use super::error::{ApiError, Problem, Result, noted};
use super::page::{PageRequest, Source};
use super::query::{Query, contains};
use super::state::State;
use super::{Context, SignalWire, json};
use crate::clock::Recorded;
use crate::exchange::Answer;

/// The longest text in an address, in characters.
const LONGEST: usize = 250;

const NEEDED: [&str; 9] = [
    "label",
    "country",
    "first_name",
    "last_name",
    "street_number",
    "street_name",
    "city",
    "state",
    "postal_code",
];

const TYPES: [&str; 10] = [
    "Apartment",
    "Basement",
    "Building",
    "Department",
    "Floor",
    "Office",
    "Penthouse",
    "Suite",
    "Trailer",
    "Unit",
];

/// An address of a project.
#[derive(Clone, Debug)]
pub(super) struct Address {
    id: String,
    project: &'static str,
    /// In the order of [`NEEDED`].
    texts: [String; 9],
    kind: Option<String>,
    number: Option<String>,
    emergency: bool,
    validated: Option<Recorded>,
}

impl Row for Address {
    fn id(&self) -> &str {
        &self.id
    }

    fn project(&self) -> &str {
        self.project
    }
}

impl Address {
    /// Whether emergency calls can be sent from there.
    pub(super) const fn is_valid(&self) -> bool {
        self.validated.is_some()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    label: &'a str,
    country: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    street_number: &'a str,
    street_name: &'a str,
    address_type: Option<&'a str>,
    address_number: Option<&'a str>,
    city: &'a str,
    state: &'a str,
    postal_code: &'a str,
    zip_code: &'a str,
    emergency_enabled: bool,
    validated: bool,
    validated_at: Option<String>,
}

impl<'a> From<&'a Address> for Document<'a> {
    fn from(address: &'a Address) -> Self {
        let [
            label,
            country,
            first_name,
            last_name,
            street_number,
            street_name,
            city,
            state,
            postal_code,
        ] = &address.texts;
        Self {
            id: &address.id,
            label,
            country,
            first_name,
            last_name,
            street_number,
            street_name,
            address_type: address.kind.as_deref(),
            address_number: address.number.as_deref(),
            city,
            state,
            postal_code,
            zip_code: postal_code,
            emergency_enabled: address.emergency,
            validated: address.validated.is_some(),
            validated_at: address.validated.map(Recorded::iso),
        }
    }
}

impl SignalWire {
    /// Answered with 200, though something is made.
    pub(super) fn create_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let address = self.read(context, &body)?;
        let address = Arc::new(Address {
            id: self.new_id(),
            ..address
        });
        self.lock().addresses.insert(Arc::clone(&address));
        Ok(json(StatusCode::OK, &Document::from(&*address)))
    }

    pub(super) fn list_addresses(&self, context: &Context<'_>) -> Result<Answer> {
        let query = Query::of(context.request);
        let page = PageRequest::of(&query)?;
        let label = query.filled("filter_label");
        let project = context.project.id;
        let cut = page.cut(&self.lock().addresses, project, |row: &Address| {
            label.is_none_or(|label| contains(&row.texts[0], label))
        });
        let source = Source {
            path: &context.request.path,
            query: &query,
            filters: &["filter_label"],
        };
        source.answer(&page, cut.as_ref(), Document::from)
    }

    pub(super) fn get_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let address = find(&self.lock(), context, id)?;
        Ok(json(StatusCode::OK, &Document::from(&*address)))
    }

    pub(super) fn update_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let old = find(&state, context, id)?;
        let new = Arc::new(Address {
            id: old.id.clone(),
            ..self.read(context, &body)?
        });
        state.addresses.replace(Arc::clone(&new));
        Ok(json(StatusCode::OK, &Document::from(&*new)))
    }

    pub(super) fn delete_address(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        find(&state, context, id)?;
        let now = self.clock.now();
        let used = state.numbers.of(context.project.id).any(|owned| {
            let emergency = owned.emergency.as_ref();
            emergency.and_then(|emergency| emergency.address(now)) == Some(id)
        });
        if used {
            return Err(ApiError::invalid(
                "resource_not_deletable",
                "The address is assigned to a phone number.",
            ));
        }
        state.addresses.remove(id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    /// An address without an id. One in the United States is taken to be a real place, any other can't be checked.
    fn read(&self, context: &Context<'_>, body: &Body) -> Result<Address> {
        let mut problems = Vec::new();
        let texts = NEEDED.map(|name| {
            let text = body.needed(name).and_then(|text| {
                check_length(name, text, LONGEST)?;
                Ok(text.to_owned())
            });
            noted(&mut problems, text)
        });
        let kind = noted(&mut problems, body.text("address_type"));
        if kind.is_some_and(|kind| !TYPES.contains(&kind)) {
            problems.push(Problem::new(
                "unsupported_option",
                format!(
                    "address_type is not included in the list: {}",
                    TYPES.join(", ")
                ),
            ));
        }
        noted(&mut problems, body.flag("auto_correct_address"));
        let number = noted(&mut problems, body.text("address_number"));
        let emergency = noted(&mut problems, body.flag("emergency_enabled"));
        ApiError::check(problems)?;
        Ok(Address {
            id: String::new(),
            project: context.project.id,
            validated: (texts[1] == "US").then(|| self.written_now()),
            texts,
            kind: kind.map(str::to_owned),
            number: number.map(str::to_owned),
            emergency: emergency.unwrap_or(false),
        })
    }
}

fn find(state: &State, context: &Context<'_>, id: &str) -> Result<Arc<Address>> {
    state
        .addresses
        .get(context.project.id, id)
        .map(Arc::clone)
        .ok_or(ApiError::not_found())
}
