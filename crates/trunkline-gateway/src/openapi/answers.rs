//! The errors that each route can answer with, and the headers of every answer.

use serde_json::{Value, json};

use super::complete::object;
use crate::error::PROBLEM;

/// What an error status stands for here.
struct Refusal {
    status: &'static str,
    /// Its name among the shared answers.
    name: &'static str,
    description: &'static str,
    /// Title and kind of the problem shown as an example.
    example: (&'static str, &'static str),
    detail: &'static str,
    /// Whether it may say when to come again.
    waits: bool,
}

macro_rules! refusals {
    ($($status:literal $name:ident $kind:literal $title:literal $waits:literal $description:literal $detail:literal;)+) => {
        &[$(Refusal {
            status: $status, name: stringify!($name), description: $description,
            example: ($title, $kind), detail: $detail, waits: $waits,
        }),+]
    };
}

const REFUSALS: &[Refusal] = refusals! {
    "400" BadRequest "invalid_request" "Invalid request" false "Something in the request is wrong; `errors` names it"
        "country: not an ISO 3166-1 alpha-2 country code with telephone numbers";
    "401" Unauthorized "unauthenticated" "Not authenticated" false "No key, or one that is not good (any more)"
        "an API key is needed";
    "402" PaymentRequired "payment_required" "Payment required" false "The account, or the ceiling on what may be spent, has no room for it"
        "the account's balance does not cover it";
    "403" Forbidden "permission_denied" "Permission denied" false "The key does not reach so far, the request came from a foreign page, or a callback is not genuine"
        "requests with a foreign Origin are refused; name your own in server.allowed_hosts";
    "404" NotFound "not_found" "Not found" false "It is not there, or not yours"
        "no account nobody";
    "409" Conflict "conflict" "Conflict" true "It is taken, under way, or several things could be meant (`ids`)"
        "a purchase of +14155550100 is open";
    "413" ContentTooLarge "invalid_request" "Invalid request" false "The body is too large"
        "the body is larger than 1048576 bytes";
    "415" UnsupportedMediaType "invalid_request" "Invalid request" false "The body is of another type than this route takes"
        "send application/json";
    "422" Unprocessable "unsupported" "Not supported" false "The carrier can't do it, the `Idempotency-Key` was used with another request, or a verification is needed first"
        "wazo does not offer purchase";
    "423" Locked "locked" "Locked" true "Not now: the number is protected, too young to be released, or in use"
        "the number is protected";
    "429" TooManyRequests "rate_limited" "Rate limited" true "Too many requests, here or at the carrier"
        "the carrier asked to wait";
    "500" InternalError "internal" "Internal error" false "Something went wrong inside trunkline; the log says more under the request id"
        "something went wrong inside trunkline; the log says more under this request id";
    "502" BadGateway "protocol" "Unreadable answer of the carrier" false "The carrier refused our credential, or its answer can't be read"
        "the carrier's answer can't be read at .: it is not JSON";
    "503" Unavailable "upstream_unavailable" "Unavailable" true "The carrier or the database is away"
        "the database can't be reached";
    "504" GatewayTimeout "timeout" "Timed out" false "The carrier did not answer in time"
        "no answer within 30000 ms";
};

/// Routes below these ask one carrier, and wait for what it says.
const ASKING: [&str; 5] = [
    "/v1/numbers",
    "/v1/number-ranges",
    "/v1/caller-ids",
    "/v1/allocations",
    "/v1/accounts/{account}/main-number",
];

/// Adds the answers and headers that routes refer to.
pub(super) fn shared(document: &mut Value) {
    if let Some(headers) = object(document, &["components", "headers"]) {
        let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
        headers.insert(
            "X-Request-Id".to_owned(),
            text(
                "The id of this request: yours, or one made here",
                "req_01j9zr2m4g7q8t5v6w7x8y9z0a",
            ),
        );
        headers.insert(
            "Location".to_owned(),
            text(
                "Where it is found",
                "/v1/numbers/us-main:PN00000000000000000000000000000001",
            ),
        );
        let replayed =
            "`true` if this answer was given before, to a request with the same `Idempotency-Key`";
        headers.insert("Idempotent-Replayed".to_owned(), text(replayed, "true"));
        headers.insert(
            "Retry-After".to_owned(),
            json!({"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 0}, "example": 2}),
        );
    }
    let Some(responses) = object(document, &["components", "responses"]) else {
        return;
    };
    for refusal in REFUSALS {
        responses.insert(refusal.name.to_owned(), written(refusal));
    }
}

fn written(refusal: &Refusal) -> Value {
    let (title, kind) = refusal.example;
    let mut headers = json!({"X-Request-Id": header("X-Request-Id")});
    if refusal.waits {
        headers["Retry-After"] = header("Retry-After");
    }
    let example = json!({
        "type": format!("urn:trunkline:problem:{kind}"),
        "title": title,
        "status": refusal.status.parse::<u16>().unwrap_or_default(),
        "detail": refusal.detail,
        "kind": kind,
        "request_id": "req_01j9zr2m4g7q8t5v6w7x8y9z0a",
    });
    json!({
        "description": refusal.description,
        "headers": headers,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    })
}

fn header(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// Puts every error that a route can answer with in place of its `default`, and the common headers to its answers.
pub(super) fn complete(method: &str, path: &str, operation: &mut Value) {
    let keyed = names(operation).any(|name| name == "Idempotency-Key");
    let statuses = statuses(method, path, operation, keyed);
    let Some(responses) = object(operation, &["responses"]) else {
        return;
    };
    if responses.remove("default").is_some() {
        for refusal in REFUSALS {
            if statuses.contains(&refusal.status) {
                let shared = json!({"$ref": format!("#/components/responses/{}", refusal.name)});
                responses.entry(refusal.status).or_insert(shared);
            }
        }
    }
    for (status, response) in responses {
        if response.get("$ref").is_some() {
            continue;
        }
        let created = matches!(status.as_str(), "201" | "202");
        let Some(headers) = object(response, &["headers"]) else {
            continue;
        };
        headers.insert("X-Request-Id".to_owned(), header("X-Request-Id"));
        if keyed {
            headers.insert(
                "Idempotent-Replayed".to_owned(),
                header("Idempotent-Replayed"),
            );
        }
        if created && headers.contains_key("Location") {
            headers.insert("Location".to_owned(), header("Location"));
        }
        if headers.contains_key("Retry-After") {
            headers.insert("Retry-After".to_owned(), header("Retry-After"));
        }
    }
}

fn names(operation: &Value) -> impl Iterator<Item = &str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters.filter_map(|parameter| parameter["name"].as_str())
}

fn statuses(method: &str, path: &str, operation: &Value, keyed: bool) -> Vec<&'static str> {
    let mut statuses = vec!["403", "500", "503"];
    if !path.starts_with("/v1/") {
        statuses.push("401");
        return statuses;
    }
    statuses.push("400");
    let body = operation.get("requestBody").is_some();
    let named = names(operation).any(|name| name.starts_with("account"));
    if path.contains('{') || body || named {
        statuses.push("404");
    }
    if body {
        statuses.extend(["413", "415"]);
    }
    if path.starts_with("/v1/callbacks/") {
        statuses.push("409");
        return statuses;
    }
    statuses.extend(["401", "429"]);
    if keyed {
        statuses.extend(["409", "413", "422"]);
    }
    if path == "/v1/admin/reload" {
        statuses.extend(["409", "422"]);
    }
    let one = method != "get" || path.contains('{');
    if one && ASKING.iter().any(|asking| path.starts_with(asking)) {
        statuses.extend(["402", "409", "422", "423", "502", "504"]);
    }
    statuses
}
