//! What the OpenAPI document says beside the routes.

mod answers;
mod bounds;
mod complete;
mod routing;

use trunkline_admin::KeyScope;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::guard::{BEARER, SESSION};

pub(crate) use complete::complete;

/// Title, tags and the like; the routes add themselves.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "trunkline",
        description = "One API for the phone numbers you hold at every carrier.\n\n\
            Errors are problem documents (RFC 9457). Times are RFC 3339 in UTC. Numbers are E.164. \
            Unknown query parameters and body fields are refused by name.\n\n\
            Every call needs an API key with the scope that stands at the route; only a sandbox that never had one answers \
            callers on its own machine without. What is not the key's is `not_found`. Answers to a key tell its rate \
            in `RateLimit` and `RateLimit-Policy`.",
        contact(name = "The trunkline authors", url = "https://github.com/trunkline/trunkline"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This gateway")),
    tags(
        (name = "Search", description = "Numbers for sale, at every carrier at once"),
        (name = "Purchases", description = "Buying exactly once"),
        (name = "Numbers", description = "What you hold, across accounts"),
        (name = "Caller ids", description = "Numbers you may present on outgoing calls, and the proof of it"),
        (name = "Accounts", description = "Configured accounts and what they can do"),
        (name = "Access", description = "API keys, and sessions of browsers"),
        (name = "Audit", description = "Who did what to which number, and what came of it"),
        (name = "Events", description = "What happened, as a feed and pushed to webhooks"),
        (name = "Operations", description = "Health and metrics")
    )
)]
struct Base;

/// The document without routes.
#[must_use]
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    let components = document.components.get_or_insert_default();
    components
        .security_schemes
        .extend(schemes().map(|(name, scheme)| (name.to_owned(), scheme.into())));
    document
}

/// How a key is sent.
fn schemes() -> [(&'static str, SecurityScheme); 2] {
    let scopes = KeyScope::ALL.map(|scope| format!("`{scope}`")).join(", ");
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("tl_...")
        .description(Some(format!(
            "An API key. Its scopes: {scopes}; none includes another."
        )))
        .build();
    let cookie = ApiKeyValue::with_description(
        "trunkline_session",
        "A session of a browser, begun with `POST /v1/session`. Writes are taken from this gateway's own pages alone.",
    );
    [
        (BEARER, SecurityScheme::Http(bearer)),
        (SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
    ]
}
