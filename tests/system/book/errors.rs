//! `docs/reference/errors.md` is written from the kinds of errors, with the status that the gateway gives each.

use std::fmt::Write;

use trunkline_core::model::ProviderName;
use trunkline_core::{Error, ErrorKind};
use trunkline_gateway::status_of;

use crate::snapshot;

const HEAD: &str = "\
# Errors

Every error of the API is a problem document (RFC 9457), `application/problem+json`. This page is written by a test from the kinds of
errors in the code. `kind` is for programs and does not change; `detail` is for people and may.

```json
{
  \"type\": \"urn:trunkline:problem:invalid_request\", \"title\": \"Invalid request\", \"status\": 400, \"kind\": \"invalid_request\",
  \"detail\": \"country: not an ISO 3166-1 alpha-2 country code with telephone numbers\",
  \"errors\": [{\"field\": \"country\", \"message\": \"not an ISO 3166-1 alpha-2 country code with telephone numbers\"}],
  \"request_id\": \"req_01j9zr2m4g7q8t5v6w7x8y9z0a\"
}
```

| field | meaning |
| --- | --- |
| `errors` | the fields to correct, each with `field` and `message` |
| `retry_after` | seconds to wait before the next attempt, as in the header `Retry-After` |
| `effect` | `unknown`: the carrier may have acted although the request failed. `applied`: it has acted. Absent: it has not |
| `purchase_id` | the purchase in question: `GET /v1/purchases/{id}`, or `trunkline purchases get ID` |
| `account`, `provider` | where it happened, if it happened at a carrier |
| `provider_code`, `provider_message`, `provider_request_id` | the carrier's own words, unchanged; the id is for its support |
| `ids` | the ids that the request could mean, if it was ambiguous |
| `request_id` | the id of this request, as in `X-Request-Id` and in the log |

**A write may be repeated with the same `Idempotency-Key`, whatever the error was**: the key never does the work twice. A repeated key
with another body is `conflict` with status 422. The column *again* says whether a repetition can succeed without a change.

| kind | status | meaning | what to do | again |
| --- | --- | --- | --- | --- |
";

const TAIL: &str = "
## Statuses without a kind of their own

| status | meaning | what to do |
| --- | --- | --- |
| 202 | the outcome of a purchase is not known yet, or an allocation or a grace period runs; this is no error | follow `Location` after `Retry-After` |
| 404, 405 | there is no such path, or it has no such method | see [the API](api.md) |
| 413 | the body is larger than `server.max_body` | send less |
| 415 | the body is not `application/json` | set `Content-Type` |
| 422 with `conflict` | the `Idempotency-Key` was used with another body | use a new key for a new order |
| 504 | the request took longer than `server.request_timeout`; a write goes on | repeat it with the same key |

## In the command line and the library

The command line prints `error: DETAIL (KIND)` and exits with 1, or with 4 if the outcome is unknown: [exit status](cli.md). In Rust
`Error::kind()`, `Error::retry()` and `Error::effect()` answer the same questions.
";

struct Row {
    kind: ErrorKind,
    meaning: &'static str,
    action: &'static str,
    again: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        kind: ErrorKind::InvalidRequest,
        meaning: "the request makes no sense; `errors` names the fields",
        action: "correct the fields",
        again: "no",
    },
    Row {
        kind: ErrorKind::Unauthenticated,
        meaning: "your API key is missing, wrong, expired or revoked",
        action: "send `Authorization: Bearer tl_...` with a valid key",
        again: "no",
    },
    Row {
        kind: ErrorKind::CredentialRefused,
        meaning: "the carrier refuses the credential of the account",
        action: "the operator runs `trunkline doctor`, and replaces the credential",
        again: "no",
    },
    Row {
        kind: ErrorKind::PermissionDenied,
        meaning: "403: your key lacks the scope that `detail` names. 502: the account's credential lacks a right at the carrier",
        action: "403: use a key with the scope. 502: `trunkline doctor` says which right and where to get it",
        again: "no",
    },
    Row {
        kind: ErrorKind::NotFound,
        meaning: "there is no such thing, or your key may not see it",
        action: "check the id; a number that is missing or gone says so",
        again: "no",
    },
    Row {
        kind: ErrorKind::NotAvailable,
        meaning: "the number is not for sale any more, or the offer has expired",
        action: "search again",
        again: "no",
    },
    Row {
        kind: ErrorKind::Conflict,
        meaning: "it is so already, another request is working on it, or a purchase waits for a person",
        action: "read `detail` and `purchase_id`; with `effect: unknown` do not order again under a new key",
        again: "if `retry_after` is there",
    },
    Row {
        kind: ErrorKind::VerificationRequired,
        meaning: "the carrier needs an address, a bundle or an identity first",
        action: "create it at the carrier, and send its id: `detail` names where",
        again: "no",
    },
    Row {
        kind: ErrorKind::PaymentRequired,
        meaning: "the account has no credit or is a trial, or a spending limit leaves no room",
        action: "add credit, or raise the limit of the account or the key",
        again: "no",
    },
    Row {
        kind: ErrorKind::RateLimited,
        meaning: "too many requests, of your key or of the account at the carrier",
        action: "wait for `retry_after`",
        again: "yes",
    },
    Row {
        kind: ErrorKind::Locked,
        meaning: "it exists but can't be changed now: a protected number, a carrier's minimum term",
        action: "read `detail`: it names the date or the lock",
        again: "later",
    },
    Row {
        kind: ErrorKind::Unsupported,
        meaning: "the carrier or the account lacks this operation or option; nothing was sent",
        action: "see [carriers](../carriers.md) or `GET /v1/accounts`",
        again: "no",
    },
    Row {
        kind: ErrorKind::UpstreamUnavailable,
        meaning: "the carrier can't be reached or fails, or trunkline's own limit of open requests or its database does",
        action: "wait for `retry_after`, else with growing pauses",
        again: "yes",
    },
    Row {
        kind: ErrorKind::Timeout,
        meaning: "no answer in time",
        action: "repeat with the same key; look at `effect` first",
        again: "yes",
    },
    Row {
        kind: ErrorKind::Protocol,
        meaning: "the carrier's answer can't be read",
        action: "report it with `request_id`; look at `effect`",
        again: "no",
    },
    Row {
        kind: ErrorKind::Config,
        meaning: "the configuration is wrong",
        action: "the operator runs `trunkline config check`",
        again: "no",
    },
    Row {
        kind: ErrorKind::Internal,
        meaning: "a fault in trunkline or its database; the log has details under `request_id`",
        action: "report it with `request_id`",
        again: "yes",
    },
];

/// The statuses of a kind: the caller's own, and that of the same error at a carrier where it differs.
fn statuses(kind: ErrorKind) -> String {
    let own = Error::new(kind, "it failed");
    let carrier = own.clone().with_provider(ProviderName::new("carrier"));
    let (own, carrier) = (status_of(&own).as_u16(), status_of(&carrier).as_u16());
    match own == carrier {
        true => own.to_string(),
        false => format!("{own}, {carrier}"),
    }
}

#[test]
fn page_of_the_errors_is_current() {
    let mut text = HEAD.to_owned();
    for kind in ErrorKind::ALL {
        let row = ROWS.iter().find(|row| row.kind == kind);
        let row = row.unwrap_or_else(|| panic!("say here what {kind} means and what to do"));
        let (
            statuses,
            Row {
                meaning,
                action,
                again,
                ..
            },
        ) = (statuses(kind), row);
        writeln!(
            text,
            "| `{kind}` | {statuses} | {meaning} | {action} | {again} |"
        )
        .unwrap();
    }
    snapshot("docs/reference/errors.md", &(text + TAIL));
}
