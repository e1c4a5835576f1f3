//! The errors, and the headers, that routes share.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::to_value;
use trunkline_core::{Error, ErrorKind};
use utoipa::IntoResponses;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Type,
};

use crate::dto::problem::Problem;
use crate::error::PROBLEM;

/// The meaning of an error status.
struct Refusal {
    status: u16,
    /// Its name among the shared answers.
    name: &'static str,
    description: &'static str,
    /// Kind and message of the error that is shown as an example.
    kind: ErrorKind,
    message: &'static str,
}

macro_rules! refusals {
    ($($status:literal $name:ident $kind:ident $description:literal $message:literal;)+) => {
        &[$(Refusal {
            status: $status, name: stringify!($name), description: $description,
            kind: ErrorKind::$kind, message: $message,
        }),+]
    };
}

const REFUSALS: &[Refusal] = refusals! {
    400 BadRequest InvalidRequest "The request is invalid; `errors` names the fields"
        "country: not an ISO 3166-1 alpha-2 country code with telephone numbers";
    402 PaymentRequired PaymentRequired "The account's balance, or a ceiling on spending, does not allow it"
        "the account's balance does not cover it";
    403 Forbidden PermissionDenied "The key may not do this, the request comes from a foreign page, or the carrier did not sign the callback"
        "requests with a foreign Origin are refused; name your own in server.allowed_hosts";
    404 NotFound NotFound "It does not exist, or your key does not see it"
        "no account us-west";
    409 Conflict Conflict "It is taken or under way, or the request could mean several things (`ids`)"
        "a purchase of +14155550100 is open";
    413 ContentTooLarge InvalidRequest "The body is too large"
        "the body is larger than 1048576 bytes";
    415 UnsupportedMediaType InvalidRequest "The body has another content type than this route accepts"
        "send application/json";
    422 Unprocessable Unsupported "The carrier does not support it, the `Idempotency-Key` was used with another request, or a verification is needed first"
        "the carrier does not offer purchase";
    423 Locked Locked "The number is protected, too young to be released, or in use"
        "the number is protected";
    500 InternalError Internal "Internal error; the log has details under the request id"
        "";
    502 BadGateway Protocol "The carrier refused our credential, or its answer can't be read"
        "the carrier's answer can't be read at .: it is not JSON";
    503 Unavailable UpstreamUnavailable "The carrier or the database is unavailable"
        "the database can't be reached";
    504 GatewayTimeout Timeout "The carrier or the gateway did not answer in time"
        "no answer within 30000 ms";
};

type Answers = BTreeMap<String, RefOr<Response>>;

macro_rules! shared_answers {
    ($($(#[doc = $doc:literal])+ $name:ident $statuses:tt)+) => {$(
        $(#[doc = $doc])+
        pub(crate) struct $name;

        impl IntoResponses for $name {
            fn responses() -> Answers {
                all(&$statuses)
            }
        }
    )+};
}

shared_answers! {
    /// The errors of every route of the API.
    Common [400, 403, 500, 503, 504]

    /// The errors of a route that looks something up.
    Lookup [400, 403, 404, 500, 503, 504]

    /// The errors of a route that asks one carrier and waits for its answer.
    Upstream [400, 402, 403, 404, 409, 422, 423, 500, 502, 503, 504]
}

/// One error beside others.
pub(crate) struct Also<const STATUS: u16>;

impl<const STATUS: u16> IntoResponses for Also<STATUS> {
    fn responses() -> Answers {
        all(&[STATUS])
    }
}

fn all(statuses: &[u16]) -> Answers {
    let one = |status: &u16| (status.to_string(), shared(*status));
    statuses.iter().map(one).collect()
}

/// A reference to the shared answer of a status.
pub(crate) fn shared(status: u16) -> RefOr<Response> {
    let found = REFUSALS.iter().find(|refusal| refusal.status == status);
    RefOr::Ref(Ref::from_response_name(
        found.map_or("", |refusal| refusal.name),
    ))
}

/// The shared answers by their names.
pub(super) fn responses() -> impl Iterator<Item = (String, RefOr<Response>)> {
    REFUSALS.iter().map(|refusal| {
        let status = StatusCode::from_u16(refusal.status).unwrap_or_default();
        let error = Error::new(refusal.kind, refusal.message);
        let example = Problem::new(&error, status, REQUEST);
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(to_value(example).ok());
        let mut response = ResponseBuilder::new()
            .description(refusal.description)
            .content(PROBLEM, content.build())
            .header_ref("X-Request-Id", header("X-Request-Id"));
        if [409, 423, 503].contains(&refusal.status) {
            response = response.header_ref("Retry-After", header("Retry-After"));
        }
        (refusal.name.to_owned(), response.build().into())
    })
}

const REQUEST: &str = "req_01j9zr2m4g7q8t5v6w7x8y9z0a";

/// The shared headers by their names.
pub(super) fn headers() -> impl Iterator<Item = (String, RefOr<Header>)> {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0));
    let seconds = described("Seconds to wait")
        .schema(Some(seconds))
        .example(Some(2.into()));
    let text = |what: &str, example: &str| described(what).example(Some(example.into()));
    [
        (
            "X-Request-Id",
            text("The id of this request: yours, or a generated one", REQUEST),
        ),
        (
            "Location",
            text(
                "URL of the resource",
                "/v1/numbers/us-main:PN00000000000000000000000000000001",
            ),
        ),
        (
            "Idempotent-Replayed",
            text(
                "`true` if this answer repeats an earlier one to the same `Idempotency-Key`",
                "true",
            ),
        ),
        ("Retry-After", seconds),
    ]
    .into_iter()
    .map(|(name, header)| (name.to_owned(), header.build().into()))
}

fn described(what: &str) -> HeaderBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    HeaderBuilder::new()
        .description(Some(what))
        .schema(Some(text))
}

fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// Adds the headers of every answer and of a write that keeps its key, and shares the descriptions of the others.
pub(crate) fn add_headers(answer: &mut Response, is_kept: bool) {
    let mut set = |name: &str| {
        answer
            .headers
            .insert(name.to_owned(), RefOr::Ref(header(name)))
    };
    set("X-Request-Id");
    if is_kept {
        set("Idempotent-Replayed");
    }
    for name in ["Location", "Retry-After"] {
        if let Some(own) = answer.headers.get_mut(name) {
            *own = RefOr::Ref(header(name));
        }
    }
}

/// The header of a write that must not be done twice.
pub(crate) fn key_parameter(is_required: bool) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let (required, description) = if is_required {
        (
            Required::True,
            "1 to 255 visible ASCII characters of your choice",
        )
    } else {
        let what = "A repeated request with the same key gets the same answer, without secrets and codes, and does nothing else";
        (Required::False, what)
    };
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(text.pattern(Some("^[!-~]{1,255}$"))))
        .example(Some("order-4711".into()))
        .build()
}

/// The answers to a caller without a sufficient key, with what the key lacks.
pub(crate) fn of_key(lacking: &str) -> [(&'static str, Response); 3] {
    let problem = |what: &str| {
        let schema = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new().description(what);
        response.content(PROBLEM, schema.build())
    };
    let header = |what: &str| described(what).build();
    let challenge = header("`Bearer`, with the error and the missing scope, if any");
    [
        (
            "401",
            problem("The key is missing or invalid")
                .header("WWW-Authenticate", challenge.clone())
                .build(),
        ),
        (
            "403",
            problem(&format!("{lacking}, or the request comes from a foreign page"))
                .header("WWW-Authenticate", challenge)
                .build(),
        ),
        (
            "429",
            problem("Too many requests with this key, or too many with wrong keys")
                .header("Retry-After", header("Seconds to wait"))
                .header("RateLimit", header("The rest of the key's rate: `r` requests, and `t` seconds until it is complete again"))
                .header("RateLimit-Policy", header("The key's rate: `q` requests in `w` seconds"))
                .build(),
        ),
    ]
}
