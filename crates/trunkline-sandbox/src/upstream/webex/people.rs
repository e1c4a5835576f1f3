//! Who has numbers, as far as one must know it to find them.

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::ids;
use super::params::Body;
use super::route::Holder;
use super::state::{Org, Owner, OwnerKind, State};
use super::{Context, Webex, json};
use crate::exchange::Answer;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'s> {
    id: String,
    emails: [String; 1],
    display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'s str>,
    last_name: &'s str,
    org_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Workspace<'s> {
    id: String,
    org_id: String,
    location_id: String,
    display_name: &'s str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VirtualLines<'s> {
    virtual_lines: Vec<VirtualLine<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VirtualLine<'s> {
    id: String,
    first_name: Option<&'s str>,
    last_name: &'s str,
    location: Place<'s>,
}

#[derive(Serialize)]
struct Place<'s> {
    id: String,
    name: &'s str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnNumbers<'s> {
    distinctive_ring_enabled: bool,
    phone_numbers: Vec<OwnNumber<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnNumber<'s> {
    primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<&'s str>,
}

/// The owner that a path names, with the refusal of each kind if there is none or it has no licence.
pub(super) fn holder<'s>(
    state: &'s State,
    org: Org,
    (holder, id): (Holder, &str),
) -> Result<&'s Owner> {
    let kind = match holder {
        Holder::Person => OwnerKind::Person,
        Holder::Workspace => OwnerKind::Workspace,
        Holder::VirtualLine => OwnerKind::VirtualLine,
    };
    let found = ids::decode(id)
        .and_then(|uuid| state.owner(uuid))
        .filter(|owner| owner.kind == kind && owner.licensed)
        .filter(|owner| {
            let location = state.location_of(owner.location);
            location.is_some_and(|location| location.org == org)
        });
    found.ok_or_else(|| match holder {
        Holder::Person => ApiError::new(StatusCode::NOT_FOUND, 4_003, "User not found."),
        Holder::Workspace => ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            25_409,
            format!("Invalid Professional Place: {}", ids::named(id)),
        ),
        Holder::VirtualLine => ApiError::usual(StatusCode::NOT_FOUND),
    })
}

fn person(state: &State, owner: &Owner) -> Person<'static> {
    let location = state.location_of(owner.location);
    let org = location.map_or(Org::Own, |location| location.org);
    let first = owner.first_name.unwrap_or_default().to_lowercase();
    Person {
        id: owner.id(),
        emails: [format!("{first}@sandbox.example")],
        display_name: owner.name(),
        first_name: owner.first_name,
        last_name: owner.last_name,
        org_id: org.id(),
        location_id: location.map(super::state::Location::id),
        kind: "person",
    }
}

impl Webex {
    /// The administrator that the token is of, who has no number.
    pub(super) fn me(&self) -> Answer {
        let document = Person {
            id: ids::encode("PEOPLE", super::seeded::uuid(3, 0)),
            emails: ["admin@sandbox.example".to_owned()],
            display_name: "Sandbox Administrator".to_owned(),
            first_name: Some("Sandbox"),
            last_name: "Administrator",
            org_id: Org::Own.id(),
            location_id: None,
            kind: "person",
        };
        json(StatusCode::OK, &document)
    }

    pub(super) fn list_people(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = owners(&state, context.caller.org, OwnerKind::Person);
        self.paged(context, &found, |page| Items {
            items: page.iter().map(|owner| person(&state, owner)).collect(),
        })
    }

    pub(super) fn get_person(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let found = holder(&state, context.caller.org, (Holder::Person, id));
        let owner = found.map_err(|_| ApiError::usual(StatusCode::NOT_FOUND))?;
        Ok(json(StatusCode::OK, &person(&state, owner)))
    }

    pub(super) fn list_workspaces(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let org = context.caller.org;
        let found = owners(&state, org, OwnerKind::Workspace);
        self.paged(context, &found, |page| Items {
            items: page
                .iter()
                .map(|owner| Workspace {
                    id: owner.id(),
                    org_id: org.id(),
                    location_id: ids::encode("LOCATION", owner.location),
                    display_name: owner.last_name,
                })
                .collect(),
        })
    }

    pub(super) fn list_virtual_lines(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = owners(&state, context.caller.org, OwnerKind::VirtualLine);
        let shown = |owner: &&Owner| {
            let location = state.location_of(owner.location)?;
            Some(VirtualLine {
                id: owner.id(),
                first_name: owner.first_name,
                last_name: owner.last_name,
                location: Place {
                    id: location.id(),
                    name: location.name,
                },
            })
        };
        self.paged(context, &found, |page| VirtualLines {
            virtual_lines: page.iter().filter_map(shown).collect(),
        })
    }

    pub(super) fn owner_numbers(
        &self,
        context: &Context<'_>,
        kind: Holder,
        id: &str,
    ) -> Result<Answer> {
        let state = self.lock();
        let owner = holder(&state, context.caller.org, (kind, id))?;
        let of_owner = state
            .numbers
            .iter()
            .filter(|(_, number)| number.owner == Some(owner.uuid));
        let mut phone_numbers: Vec<_> = of_owner
            .map(|(text, number)| {
                let primary = number.role == Some("PRIMARY");
                OwnNumber {
                    primary,
                    direct_number: Some(text),
                    extension: owner.extension.filter(|_| primary),
                }
            })
            .collect();
        if phone_numbers.is_empty() {
            phone_numbers.push(OwnNumber {
                primary: true,
                direct_number: None,
                extension: owner.extension,
            });
        }
        let document = OwnNumbers {
            distinctive_ring_enabled: true,
            phone_numbers,
        };
        Ok(json(StatusCode::OK, &document))
    }

    /// Gives somebody a primary number, as is done in the console; what they had before is free again.
    pub(super) fn assign_number(
        &self,
        context: &Context<'_>,
        kind: Holder,
        id: &str,
    ) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owner = holder(&state, context.caller.org, (kind, id))?;
        let (owner, location) = (owner.uuid, owner.location);
        let wanted = body
            .text("primaryNumber")?
            .ok_or_else(|| ApiError::missing(&["primaryNumber"]))?;
        let free = state.numbers.get(wanted).is_some_and(|number| {
            let vacant = number.owner.is_none_or(|has| has == owner);
            number.location == location && vacant && !number.reserved
        });
        if !free {
            return Err(ApiError::bad(format!(
                "Phone number is not available: {wanted}"
            )));
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
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

fn owners(state: &State, org: Org, kind: OwnerKind) -> Vec<&Owner> {
    let of_org = |owner: &&Owner| {
        let location = state.location_of(owner.location);
        owner.kind == kind && location.is_some_and(|location| location.org == org)
    };
    state.owners.iter().filter(of_org).collect()
}
