//! The OpenAPI document, apart from the parts at routes and types.

mod answers;
mod routing;
pub(crate) mod rules;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use trunkline_admin::KeyScope;
use utoipa::OpenApi as _;
use utoipa::openapi::schema::{AdditionalProperties, Schema};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr};

pub(crate) use answers::{Also, Common, Lookup, Upstream};
pub(crate) use routing::{AnyRouting, RoutingPatch};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The API key as a bearer token, by its name in the document.
const BEARER: &str = "key";

/// The API key's session, by its name in the document.
const SESSION: &str = "session";

/// Title, tags and servers; the routes add themselves.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "trunkline",
        description = "One API for the phone numbers you hold at every carrier.\n\n\
            Errors are problem documents (RFC 9457). Times are RFC 3339 in UTC. Numbers are E.164. \
            Unknown query parameters and body fields are refused by name.\n\n\
            Every call needs an API key with the scope named at the route. A sandbox without any key answers callers on its \
            own machine without one. Resources that the key does not see are `not_found`. `RateLimit` and \
            `RateLimit-Policy` show the rate of the key.",
        contact(name = "The trunkline authors", url = "https://github.com/trunkline/trunkline"),
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This gateway")),
    tags(
        (name = "Search", description = "Numbers for sale, at all carriers"),
        (name = "Purchases", description = "Purchases, each exactly once"),
        (name = "Numbers", description = "Numbers that you hold, across accounts"),
        (name = "Inventory", description = "What is held, as it is remembered, and what was changed elsewhere"),
        (name = "Caller ids", description = "Numbers you may present on outgoing calls, and their verification"),
        (name = "Accounts", description = "Configured accounts and what they can do"),
        (name = "Access", description = "API keys, and sessions of browsers"),
        (name = "Audit", description = "Who did what to which number, and the outcome"),
        (name = "Events", description = "Events, as a feed and by webhook"),
        (name = "Operations", description = "Health and metrics")
    )
)]
struct Base;

/// The document without routes.
fn base() -> OpenApi {
    let mut document = Base::openapi();
    let components = document.components.get_or_insert_default();
    let schemes = schemes().map(|(name, scheme)| (name.to_owned(), scheme.into()));
    components.security_schemes.extend(schemes);
    components.headers.extend(answers::headers());
    components.responses.extend(answers::responses());
    document
}

/// The document with the rules for all its schemas.
fn complete(mut document: OpenApi) -> OpenApi {
    let bodies = bodies(&document);
    if let Some(components) = &mut document.components {
        share_items(&mut components.schemas);
        close(&mut components.schemas, bodies);
    }
    document
}

/// The document as JSON, with what utoipa can't say.
fn written(document: &OpenApi) -> Value {
    let mut written = serde_json::to_value(document).unwrap_or_default();
    if let Some(body) = written.pointer_mut("/components/schemas/PurchaseRequest") {
        body["allOf"] = json!([{ "anyOf": ways_to_order() }]);
    }
    written
}

/// The three ways to ask for a purchase: what each needs, and what it excludes.
fn ways_to_order() -> Value {
    let (text, absent) = (json!({ "type": "string" }), json!({ "type": "null" }));
    json!([
        {
            "title": "An offer", "required": ["offer"],
            "properties": {
                "offer": text, "account": absent, "number": absent,
                "criteria": absent, "strategy": absent, "max_monthly_price": absent,
            },
        },
        {
            "title": "A number of an account", "required": ["account", "number"],
            "properties": {
                "account": text, "number": text, "offer": absent,
                "criteria": absent, "strategy": absent, "max_monthly_price": absent,
            },
        },
        {
            "title": "Any number that meets criteria", "required": ["criteria"],
            "properties": {
                "criteria": { "$ref": "#/components/schemas/Criteria" },
                "offer": absent, "account": absent, "number": absent,
            },
        },
    ])
}

/// Refers to the items of each list by name: written in place, every list would have its own type.
fn share_items(schemas: &mut Schemas) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names.iter().filter(|name| name.starts_with("List_")) {
        let item = name.trim_start_matches("List_");
        if names.iter().any(|name| name == item)
            && let Some(RefOr::T(Schema::Object(list))) = schemas.get_mut(name)
            && let Some(RefOr::T(Schema::Array(data))) = list.properties.get_mut("data")
        {
            data.items = Ref::from_schema_name(item).into();
        }
    }
}

/// The schemas of all JSON bodies of requests.
fn bodies(document: &OpenApi) -> Vec<String> {
    let items = document.paths.paths.values();
    let operations = items.flat_map(|item| [&item.put, &item.post, &item.patch, &item.delete]);
    let bodies = operations
        .flatten()
        .filter_map(|operation| match &operation.request_body {
            Some(RefOr::T(body)) => body.content.get("application/json"),
            _ => None,
        });
    let named = bodies.filter_map(|content| match content {
        RefOr::T(content) => content.schema.as_ref().and_then(named),
        RefOr::Ref(_) => None,
    });
    named.collect()
}

/// Marks bodies, and the objects in them, as closed: other members are refused.
fn close(schemas: &mut Schemas, mut open: Vec<String>) {
    while let Some(name) = open.pop() {
        match schemas.get_mut(&name) {
            Some(RefOr::T(Schema::OneOf(either))) => {
                open.extend(either.items.iter().filter_map(named));
            }
            Some(RefOr::T(Schema::Object(body)))
                if !body.properties.is_empty() && body.additional_properties.is_none() =>
            {
                body.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                open.extend(body.properties.values().filter_map(named));
            }
            _ => {}
        }
    }
}

/// The name of a referenced schema, also of a nullable one.
fn named(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(known) => Some(known.ref_location.rsplit('/').next()?.to_owned()),
        RefOr::T(Schema::OneOf(either)) => either.items.iter().find_map(named),
        RefOr::T(_) => None,
    }
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
        "A browser session, started with `POST /v1/session`. Writes are accepted from this gateway's own pages only.",
    );
    [
        (BEARER, SecurityScheme::Http(bearer)),
        (SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie))),
    ]
}
