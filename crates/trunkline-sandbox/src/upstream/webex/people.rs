//! Who has numbers, as far as one must know it to find them; and resources beside the numbers at which nothing can be done:
//! a refusal by one of them is what a client learns the shapes from.

use http::StatusCode;

use super::error::{ApiError, Result};
use super::ids::{self, Org, seeded};
use super::params::Body;
use super::state::{Context, Location, Owner, OwnerKind, State, Webex};
use crate::exchange::Answer;
use crate::json::{Object, object};

/// The owner that a path names. Each kind is refused in its own way if it is not there or has no licence.
pub(super) fn holder<'s>(state: &'s State, context: &Context<'_>) -> Result<&'s Owner> {
    let id = context.arg(1);
    let find = |kind| find(state, context.caller, kind, id);
    match context.arg(0) {
        "people" => find(OwnerKind::Person)
            .ok_or_else(|| ApiError::new(StatusCode::NOT_FOUND, 4_003, "User not found.")),
        "workspaces" => find(OwnerKind::Workspace).ok_or_else(|| {
            let message = format!("Invalid Professional Place: {}", ids::named(id));
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, 25_409, message)
        }),
        _ => find(OwnerKind::VirtualLine).ok_or_else(|| ApiError::usual(StatusCode::NOT_FOUND)),
    }
}

fn find<'s>(state: &'s State, org: Org, kind: OwnerKind, id: &str) -> Option<&'s Owner> {
    let owner = state.owner(ids::decode(id)?)?;
    let location = state.location_of(owner.location)?;
    let fits = owner.kind == kind && owner.licensed && location.org == org;
    fits.then_some(owner)
}

fn person(state: &State, owner: &Owner) -> Object {
    let location = state.location_of(owner.location);
    let org = location.map_or(Org::Own, |location| location.org);
    let first = owner.first_name.unwrap_or_default().to_lowercase();
    object! {
        "id": owner.id(),
        "emails": [format!("{first}@sandbox.example")],
        "displayName": owner.name(),
        "firstName"?: owner.first_name,
        "lastName": owner.last_name,
        "orgId": org.id(),
        "locationId"?: location.map(Location::id),
        "type": "person",
    }
}

impl Webex {
    /// The administrator that the token is of, who has no number.
    pub(super) fn me(&self, _context: &Context<'_>) -> Result<Answer> {
        Ok(Answer::ok(&object! {
            "id": ids::encode("PEOPLE", seeded(3, 0)),
            "emails": ["admin@sandbox.example"],
            "displayName": "Sandbox Administrator",
            "firstName": "Sandbox",
            "lastName": "Administrator",
            "orgId": Org::Own.id(),
            "type": "person",
        }))
    }

    pub(super) fn list_people(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = owners(&state, context.caller, OwnerKind::Person);
        self.paged(context, &found, |page| {
            let items = page.iter().map(|owner| person(&state, owner));
            object! { "items": items.collect::<Vec<_>>() }
        })
    }

    pub(super) fn get_person(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owner = find(&state, context.caller, OwnerKind::Person, context.id());
        let owner = owner.ok_or_else(|| ApiError::usual(StatusCode::NOT_FOUND))?;
        Ok(Answer::ok(&person(&state, owner)))
    }

    pub(super) fn list_workspaces(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let org = context.caller;
        let found = owners(&state, org, OwnerKind::Workspace);
        let shown = |owner: &&Owner| {
            object! {
                "id": owner.id(),
                "orgId": org.id(),
                "locationId": ids::encode("LOCATION", owner.location),
                "displayName": owner.last_name,
            }
        };
        self.paged(context, &found, |page| {
            object! { "items": page.iter().map(shown).collect::<Vec<_>>() }
        })
    }

    pub(super) fn list_virtual_lines(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = owners(&state, context.caller, OwnerKind::VirtualLine);
        let shown = |owner: &&Owner| {
            let location = state.location_of(owner.location)?;
            Some(object! {
                "id": owner.id(),
                "firstName": owner.first_name,
                "lastName": owner.last_name,
                "location": object! { "id": location.id(), "name": location.name },
            })
        };
        self.paged(context, &found, |page| {
            object! { "virtualLines": page.iter().filter_map(shown).collect::<Vec<_>>() }
        })
    }

    pub(super) fn owner_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owner = holder(&state, context)?;
        let own = |primary: bool, number: Option<&String>| {
            object! {
                "primary": primary,
                "directNumber"?: number.cloned(),
                "extension"?: owner.extension.filter(|_| primary),
            }
        };
        let numbers = state.numbers.iter();
        let of_owner = numbers.filter(|(_, number)| number.owner == Some(owner.uuid));
        let mut rows: Vec<_> = of_owner
            .map(|(text, number)| own(number.role == Some("PRIMARY"), Some(text)))
            .collect();
        if rows.is_empty() {
            rows.push(own(true, None));
        }
        Ok(Answer::ok(
            &object! { "distinctiveRingEnabled": true, "phoneNumbers": rows },
        ))
    }

    /// Gives somebody a primary number, as is done in the console; what they had before is free again.
    pub(super) fn assign_number(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owner = holder(&state, context)?;
        let (owner, location) = (owner.uuid, owner.location);
        let wanted = body
            .text("primaryNumber")?
            .ok_or_else(|| ApiError::missing(&["primaryNumber"]))?;
        let free = state.numbers.get(wanted).is_some_and(|number| {
            let vacant = number.owner.is_none_or(|has| has == owner);
            number.location == location && vacant && !number.reserved
        });
        if !free {
            let message = format!("Phone number is not available: {wanted}");
            return Err(ApiError::bad(message));
        }
        for (text, number) in &mut state.numbers {
            if text == wanted {
                number.owner = Some(owner);
                number.role = Some("PRIMARY");
            } else if number.owner == Some(owner) && number.role == Some("PRIMARY") {
                number.owner = None;
                number.role = None;
            }
        }
        Ok(Answer::no_content())
    }
}

fn owners(state: &State, org: Org, kind: OwnerKind) -> Vec<&Owner> {
    let of_org = |owner: &&Owner| {
        let location = state.location_of(owner.location);
        owner.kind == kind && location.is_some_and(|location| location.org == org)
    };
    state.owners.iter().filter(of_org).collect()
}

impl Webex {
    pub(super) fn not_there(&self, _context: &Context<'_>) -> Result<Answer> {
        Err(ApiError::usual(StatusCode::NOT_FOUND))
    }

    pub(super) fn add_trunk(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let required = ["name", "locationId", "password"].into_iter();
        let missing: Vec<_> = required
            .filter(|name| !body.0.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            return Err(ApiError::missing(&missing));
        }
        self.not_there(context)
    }

    pub(super) fn add_queue(&self, context: &Context<'_>) -> Result<Answer> {
        self.lock().location(context.caller, context.id())?;
        self.not_there(context)
    }

    /// The code is that of a user who isn't there, the status says that it means something else.
    pub(super) fn outgoing_permission(&self, _context: &Context<'_>) -> Result<Answer> {
        let message = "[Error 4003] Unauthorized request: UserOutgoingCallingPlanPermissionsByTypeGetRequestWCV2";
        Err(ApiError::new(StatusCode::BAD_REQUEST, 4_003, message))
    }
}
