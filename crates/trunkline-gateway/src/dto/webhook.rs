//! Webhooks and their deliveries.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trunkline_admin::events::EventType;
use trunkline_admin::webhooks::{
    Delivery, Endpoint, EndpointPatch, NewEndpoint, Redelivery, Secret,
};
use trunkline_core::{AccountName, Error, Patch, Result};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::event::EventDto;
use crate::dto::key::names;
use crate::values::{one_of, parse, time};

mirrors! {
    /// State of a delivery.
    DeliveryStateDto as DeliveryState = trunkline_admin::webhooks::DeliveryState {
        Pending "pending", Delivered "delivered", Dead "dead",
    }
}

dtos! {
    /// An event on its way to a webhook.
    pub(crate) DeliveryDto as Delivery = Delivery, |delivery| {
        /// The event.
        event: EventDto,
        /// `pending` (to be sent, perhaps again), `delivered` or `dead` (given up after a day).
        state: DeliveryStateDto,
        /// Attempts so far.
        #[schema(examples(1))]
        attempts: u32,
        /// Time of the last attempt.
        attempted_at: Option<Timestamp>,
        /// HTTP status of the last answer.
        #[schema(examples(204))]
        status: Option<u16>,
        /// Why it was not accepted.
        error: Option<String>,
    }
}

/// A webhook: an endpoint that gets events.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct WebhookDto {
    /// Id.
    #[schema(examples("whk_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    id: String,
    /// URL that gets the events.
    #[schema(examples("https://hooks.example.com/trunkline"))]
    url: String,
    /// Only events of these types; empty for all.
    types: Vec<String>,
    /// Only events of these accounts; empty for all.
    accounts: Vec<String>,
    /// Description, for people.
    description: Option<String>,
    /// True when events are sent.
    enabled: bool,
    /// Why it was disabled, if trunkline disabled it and not a person.
    disabled_reason: Option<String>,
    /// When it was created.
    created_at: Timestamp,
    /// The secret that signs deliveries ([Standard Webhooks](https://www.standardwebhooks.com)). It is shown only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))]
    secret: Option<String>,
}

impl From<Endpoint> for WebhookDto {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.into(),
            url: endpoint.url,
            types: endpoint.types.iter().map(ToString::to_string).collect(),
            accounts: names(&endpoint.accounts),
            description: endpoint.description,
            enabled: endpoint.enabled,
            disabled_reason: endpoint.disabled_reason,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}

impl WebhookDto {
    /// The webhook with its new secret.
    pub(crate) fn with(&self, secret: &Secret) -> Self {
        Self {
            secret: Some(secret.shown()),
            ..self.clone()
        }
    }
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookRequest, example = json!({"url": "https://hooks.example.com/trunkline", "types": ["number.purchased", "number.released"]}))]
pub(crate) struct WebhookBody {
    /// URL that gets the events: `https`, at a public address unless the configuration allows others.
    pub(crate) url: String,
    /// Only events of these types; default all.
    #[serde(default)]
    pub(crate) types: Vec<String>,
    /// Only events of these accounts; default all that the key sees.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
    /// Description, for people.
    pub(crate) description: Option<String>,
}

impl TryFrom<WebhookBody> for NewEndpoint {
    type Error = Error;

    fn try_from(body: WebhookBody) -> Result<Self> {
        Ok(Self {
            url: body.url,
            types: types("types", body.types.iter().map(String::as_str))?,
            accounts: accounts(&body.accounts)?,
            description: body.description,
        })
    }
}

/// Changes to a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookPatch, example = json!({"enabled": true}))]
pub(crate) struct WebhookPatchBody {
    /// URL that gets the events.
    pub(crate) url: Option<String>,
    /// Only events of these types; empty for all.
    pub(crate) types: Option<Vec<String>>,
    /// Only events of these accounts; empty for all that the key sees.
    pub(crate) accounts: Option<Vec<String>>,
    /// Description, for people; `null` clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) description: Patch<String>,
    /// True to send events. A webhook that is enabled again gets the events from then on.
    pub(crate) enabled: Option<bool>,
}

impl TryFrom<WebhookPatchBody> for EndpointPatch {
    type Error = Error;

    fn try_from(body: WebhookPatchBody) -> Result<Self> {
        let given = body.types.as_ref();
        let types = given.map(|given| types("types", given.iter().map(String::as_str)));
        Ok(Self {
            url: body.url,
            types: types.transpose()?,
            accounts: body.accounts.as_deref().map(accounts).transpose()?,
            description: body.description,
            enabled: body.enabled,
        })
    }
}

/// Event types by their names.
///
/// # Errors
/// `InvalidRequest` naming the field and the known types.
pub(crate) fn types<'n>(
    field: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<EventType>> {
    let known = EventType::ALL.map(|kind| (kind.as_str(), kind));
    let mut found = names
        .into_iter()
        .map(|name| one_of(field, name, &known))
        .collect::<Result<Vec<_>>>()?;
    found.sort();
    found.dedup();
    Ok(found)
}

fn accounts(names: &[String]) -> Result<BTreeSet<AccountName>> {
    let read = |name: &String| parse::<AccountName>("accounts", name);
    names.iter().map(read).collect()
}

/// What to deliver again: one event, or all since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RedeliverRequest, example = json!({"event_id": "evt_01j9zr2m4g7q8t5v6w7x8y9z0a"}))]
pub(crate) struct RedeliverBody {
    /// This event.
    pub(crate) event_id: Option<String>,
    /// Every event at or after this time.
    #[serde(default, deserialize_with = "time")]
    pub(crate) since: Option<Timestamp>,
}

impl TryFrom<RedeliverBody> for Redelivery {
    type Error = Error;

    fn try_from(body: RedeliverBody) -> Result<Self> {
        match (body.event_id, body.since) {
            (Some(id), None) => parse("event_id", &id).map(Self::Event),
            (None, Some(since)) => Ok(Self::Since(since)),
            _ => Err(Error::invalid("event_id", "either this or since")),
        }
    }
}

/// Number of events to deliver again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redelivered)]
pub(crate) struct RedeliveredDto {
    /// Number of events.
    #[schema(examples(1))]
    pub(crate) events: u64,
}
