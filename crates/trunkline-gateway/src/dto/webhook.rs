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
use crate::dto::event::EventDto;
use crate::values::{one_of, parse};

/// Who wants to hear of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub(crate) struct WebhookDto {
    /// Its id.
    #[schema(examples("whk_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// Where events are sent.
    #[schema(examples("https://hooks.example.com/trunkline"))]
    pub(crate) url: String,
    /// Of these types; of all if empty.
    pub(crate) types: Vec<&'static str>,
    /// Of these accounts; of all if empty.
    pub(crate) accounts: Vec<String>,
    /// For people.
    pub(crate) description: Option<String>,
    /// Whether anything is sent.
    pub(crate) enabled: bool,
    /// Why nothing is, if it was not a person who decided so.
    pub(crate) disabled_reason: Option<String>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// What deliveries are signed with ([Standard Webhooks](https://www.standardwebhooks.com)): shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(examples("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))]
    pub(crate) secret: Option<String>,
}

impl WebhookDto {
    /// The webhook with its new secret.
    #[must_use]
    pub(crate) fn with(&self, secret: &Secret) -> Self {
        Self {
            secret: Some(secret.shown()),
            ..self.clone()
        }
    }
}

impl From<Endpoint> for WebhookDto {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.into(),
            url: endpoint.url,
            types: endpoint.types.into_iter().map(EventType::as_str).collect(),
            accounts: endpoint.accounts.into_iter().map(String::from).collect(),
            description: endpoint.description,
            enabled: endpoint.enabled,
            disabled_reason: endpoint.disabled_reason,
            created_at: endpoint.created_at,
            secret: None,
        }
    }
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = WebhookRequest, example = json!({"url": "https://hooks.example.com/trunkline", "types": ["number.purchased", "number.released"]}))]
pub(crate) struct WebhookBody {
    /// Where events are sent: `https`, at a public address unless the configuration allows others.
    pub(crate) url: String,
    /// Of these types; of all if left out.
    #[serde(default)]
    pub(crate) types: Vec<String>,
    /// Of these accounts; of all that the key sees if left out.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
    /// For people.
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
    /// Where events are sent.
    pub(crate) url: Option<String>,
    /// Of these types; of all if empty.
    pub(crate) types: Option<Vec<String>>,
    /// Of these accounts; of all that the key sees if empty.
    pub(crate) accounts: Option<Vec<String>>,
    /// For people; `null` clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) description: Patch<String>,
    /// Whether anything is sent. One that is enabled again hears of what happens from then on.
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
/// `InvalidRequest` naming the field, with the names that there are.
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

/// What is to be delivered once more: one event, or all since a time.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RedeliverRequest, example = json!({"event_id": "evt_01j9zr2m4g7q8t5v6w7x8y9z0a"}))]
pub(crate) struct RedeliverBody {
    /// This event.
    pub(crate) event_id: Option<String>,
    /// Everything that happened at or after this time.
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

/// How many events are delivered once more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Redelivered)]
pub(crate) struct RedeliveredDto {
    /// So many.
    #[schema(examples(1))]
    pub(crate) events: u64,
}

mirrors! {
    /// How far a delivery has come.
    DeliveryStateDto as DeliveryState = trunkline_admin::webhooks::DeliveryState {
        Pending "pending", Delivered "delivered", Dead "dead",
    }
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryDto {
    /// The event.
    pub(crate) event: EventDto,
    /// `pending` (it will be sent, perhaps again), `delivered` or `dead` (given up after a day).
    pub(crate) state: DeliveryStateDto,
    /// How often it was sent.
    #[schema(examples(1))]
    pub(crate) attempts: u32,
    /// When it was sent last.
    pub(crate) attempted_at: Option<Timestamp>,
    /// The status that came back.
    #[schema(examples(204))]
    pub(crate) status: Option<u16>,
    /// Why it was not accepted.
    pub(crate) error: Option<String>,
}

impl From<Delivery> for DeliveryDto {
    fn from(delivery: Delivery) -> Self {
        Self {
            event: delivery.event.into(),
            state: delivery.state.into(),
            attempts: delivery.attempts,
            attempted_at: delivery.attempted_at,
            status: delivery.status,
            error: delivery.error,
        }
    }
}
