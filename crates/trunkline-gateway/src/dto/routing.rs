//! Where calls and messages go.

use serde::{Deserialize, Serialize};
use trunkline_core::{HttpMethod, ProviderData, ProviderRouting, Routing, Webhook};
use utoipa::ToSchema;

/// Where a call or message to a number goes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Routing)]
pub enum RoutingDto {
    /// Nowhere.
    None,
    /// A web address is asked what to do.
    Webhook(WebhookDto),
    /// An application at the carrier.
    Application {
        /// The carrier's id of it.
        #[schema(examples("AP00000000000000000000000000000001"))]
        id: String,
    },
    /// A SIP endpoint at the carrier.
    SipEndpoint {
        /// The carrier's id of it.
        id: String,
    },
    /// A SIP trunk at the carrier.
    Trunk {
        /// The carrier's id of it.
        id: String,
    },
    /// Groups of people.
    Group {
        /// The carrier's ids of them.
        ids: Vec<String>,
    },
    /// A voice menu.
    Ivr {
        /// The carrier's id of it.
        id: String,
    },
    /// What one carrier alone has.
    Provider {
        /// The carrier's name of the handler.
        handler: String,
        /// The handler's fields.
        #[serde(default)]
        #[schema(value_type = Object)]
        options: ProviderData,
    },
}

/// A web address that is asked what to do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Webhook)]
pub struct WebhookDto {
    /// Asked first.
    #[serde(default)]
    #[schema(examples("https://voice.example.com/in"))]
    pub url: Option<String>,
    /// `GET` or `POST` (`POST` unless said; read in either case).
    #[serde(default)]
    #[schema(examples("POST"))]
    pub method: Option<String>,
    /// Asked if `url` fails.
    #[serde(default)]
    pub fallback_url: Option<String>,
    /// Method of `fallback_url`.
    #[serde(default)]
    pub fallback_method: Option<String>,
    /// Told how it went.
    #[serde(default)]
    pub status_callback_url: Option<String>,
    /// Method of `status_callback_url`.
    #[serde(default)]
    pub status_callback_method: Option<String>,
}

impl From<Routing> for RoutingDto {
    fn from(routing: Routing) -> Self {
        match routing {
            Routing::None => Self::None,
            Routing::Webhook(hook) => Self::Webhook(hook.into()),
            Routing::Application { id } => Self::Application { id },
            Routing::SipEndpoint { id } => Self::SipEndpoint { id },
            Routing::Trunk { id } => Self::Trunk { id },
            Routing::Group { ids } => Self::Group { ids },
            Routing::Ivr { id } => Self::Ivr { id },
            Routing::Provider(ProviderRouting { handler, options }) => {
                Self::Provider { handler, options }
            }
        }
    }
}

impl From<Webhook> for WebhookDto {
    fn from(hook: Webhook) -> Self {
        let text = |method: Option<HttpMethod>| method.map(|method| method.as_str().to_owned());
        Self {
            url: hook.url,
            method: text(hook.method),
            fallback_url: hook.fallback_url,
            fallback_method: text(hook.fallback_method),
            status_callback_url: hook.status_callback_url,
            status_callback_method: text(hook.status_callback_method),
        }
    }
}
