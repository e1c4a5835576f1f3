//! What the OpenAPI document says beside the routes.

use utoipa::OpenApi;

/// Title, tags and the like; the routes add themselves.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "trunkline",
        description = "One API for the phone numbers you hold at every carrier.\n\n\
            Errors are problem documents (RFC 9457). Times are RFC 3339 in UTC. Numbers are E.164. \
            Unknown query parameters and body fields are refused by name.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This gateway")),
    tags(
        (name = "Search", description = "Numbers for sale, at every carrier at once"),
        (name = "Purchases", description = "Buying exactly once"),
        (name = "Numbers", description = "What you hold, across accounts"),
        (name = "Caller IDs", description = "Numbers you may present on outgoing calls, and the proof of it"),
        (name = "Accounts", description = "Configured accounts and what they can do"),
        (name = "Audit", description = "Who did what to which number, and what came of it"),
        (name = "Events", description = "What happened, as a feed and pushed to webhooks"),
        (name = "Operations", description = "Health and metrics")
    )
)]
struct Base;

/// The document without routes.
#[must_use]
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}
