//! Changing a number held.

use serde::Serialize;
use trunkline_core::capability::NumberField;
use trunkline_core::{CallerIdUpdate, Error, NumberUpdate, Operation, Patch, Result, Routing};
use trunkline_http::ApiRequest;
use trunkline_http::options::{self, Given};
use trunkline_http::wire::{only_writable, unsupported};

use super::options::{CallerIdOptions, NumberOptions};
use super::path::{INCLUDE, get, number};

/// Fields of a number that can be changed.
pub(crate) const WRITABLE: [NumberField; 4] = [
    NumberField::Label,
    NumberField::Voice,
    NumberField::Messaging,
    NumberField::ProviderOptions,
];

/// The fields of a number that change.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Changes {
    #[serde(skip_serializing_if = "Patch::is_keep")]
    nickname: Patch<String>,
    #[serde(flatten)]
    options: NumberOptions,
}

impl Changes {
    /// Whether nothing changes. Zendesk takes an update of nothing for one without its number, a 400.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The request that makes them. Every value is absolute, so it may be repeated. It asks for the settings, without
    /// which they are not changed, and for all that a number is shown with.
    pub(crate) fn request(&self, operation: Operation, id: &str) -> Result<ApiRequest> {
        #[derive(Serialize)]
        struct Body<'a> {
            phone_number: &'a Changes,
        }

        ApiRequest::put(operation, number(id)?)
            .query("include", INCLUDE)
            .json(&Body { phone_number: self })
    }
}

/// Changes a number. An update of nothing reads it. Errors: `Unsupported` or `InvalidRequest` naming the field.
pub(crate) fn update(id: &str, update: &NumberUpdate) -> Result<ApiRequest> {
    let changes = changes(update)?;
    if changes.is_empty() {
        return get(Operation::Update, id);
    }
    changes.request(Operation::Update, id)
}

/// What an update changes.
pub(super) fn changes(update: &NumberUpdate) -> Result<Changes> {
    only_writable(update, &WRITABLE)?;
    let mut options = NumberOptions::read(&update.provider_options)?;
    if let Some(routing) = update.voice.change() {
        voice(&mut options, routing.unwrap_or(&Routing::None))?;
    }
    if let Some(routing) = update.messaging.change() {
        messaging(&mut options, routing.unwrap_or(&Routing::None))?;
    }
    Ok(Changes {
        nickname: nickname(&update.label),
        options,
    })
}

/// What an update of a caller ID changes. Errors: `InvalidRequest` naming the option.
pub(crate) fn caller_id_changes(update: &CallerIdUpdate) -> Result<Changes> {
    let options: CallerIdOptions = options::read_change(&update.provider_options)?;
    Ok(Changes {
        nickname: nickname(&update.label),
        options: NumberOptions::outbound(options.outbound_enabled),
    })
}

/// Takes a bought number out of use for outgoing calls.
pub(crate) fn outbound_disabled() -> Changes {
    Changes {
        nickname: Patch::Keep,
        options: NumberOptions::outbound(Given(Some(false))),
    }
}

/// An empty name unsets it.
fn nickname(label: &Patch<String>) -> Patch<String> {
    match label {
        Patch::Set(name) if name.is_empty() => Patch::Clear,
        other => other.clone(),
    }
}

/// Where a call goes, whole: to groups or to a voice menu, and then to no groups.
fn voice(options: &mut NumberOptions, routing: &Routing) -> Result<()> {
    let (groups, menu) = match routing {
        Routing::None => (Vec::new(), Patch::Clear),
        Routing::Group { ids } => (groups("voice.ids", ids)?, Patch::Clear),
        Routing::Ivr { id } => (Vec::new(), Patch::Set(integer("voice.id", id)?)),
        _ => {
            return Err(unsupported(
                "voice",
                "Zendesk routes calls to groups or an ivr",
            ));
        }
    };
    set("group_ids", &mut options.group_ids, Patch::Set(groups))?;
    set("ivr_id", &mut options.ivr_id, menu)
}

/// Where a message goes: to one group.
fn messaging(options: &mut NumberOptions, routing: &Routing) -> Result<()> {
    let group = match routing {
        Routing::None => Patch::Clear,
        Routing::Group { ids } => match groups("messaging.ids", ids)?[..] {
            [one] => Patch::Set(one),
            _ => {
                return Err(unsupported(
                    "messaging.ids",
                    "Zendesk routes messages to one group",
                ));
            }
        },
        _ => {
            return Err(unsupported(
                "messaging",
                "Zendesk routes messages to a group",
            ));
        }
    };
    set("sms_group_id", &mut options.sms_group_id, group)
}

fn groups(field: &str, ids: &[String]) -> Result<Vec<u64>> {
    if ids.is_empty() {
        return Err(Error::invalid(field, "at least one group"));
    }
    ids.iter().map(|id| integer(field, id)).collect()
}

fn integer(field: &str, id: &str) -> Result<u64> {
    let wrong = |_| Error::invalid(field, "an id of Zendesk's is a whole number");
    id.parse().map_err(wrong)
}

/// Sets what a routing says, unless an option says something else.
fn set<T: PartialEq>(name: &str, option: &mut Patch<T>, value: Patch<T>) -> Result<()> {
    if !option.is_keep() && *option != value {
        let field = format!("provider_options.{name}");
        return Err(Error::invalid(
            field,
            "another field sets it to something else",
        ));
    }
    *option = value;
    Ok(())
}

#[cfg(test)]
mod tests;
