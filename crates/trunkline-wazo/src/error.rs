//! What Wazo's refusals mean. It has no codes, only a status and words for people, of which some never change.

mod body;

use http::StatusCode;
use trunkline_core::{Effect, Error, ErrorKind, Operation};
use trunkline_http::{Explained, Refusal};

/// What every refusal of a number that is in the directory already says.
const ALREADY_EXISTS: &str = "already exists";

/// Status, what the words or the page must have in them, and the kind. The first row that fits counts; whatever fits
/// none is explained by its status. The effect follows from the status too: a 4xx of Wazo's comes before it acts, and
/// after a 5xx it may have, for with its message broker down it stores a number and answers 500.
const TABLE: &[(u16, Says, ErrorKind)] = &[
    (400, Says::Words(ALREADY_EXISTS), ErrorKind::Conflict),
    // The token is good: what it may do, or in which tenant, is not enough.
    (401, Says::NoAccess, ErrorKind::PermissionDenied),
    // No route: ids are checked before they are sent, so the stack is too old, or it is not Wazo.
    (404, Says::Page, ErrorKind::InvalidRequest),
    (504, Says::Anything, ErrorKind::Timeout),
];

/// What a refusal must say to fit a row.
#[derive(Clone, Copy, Debug)]
enum Says {
    Anything,
    Words(&'static str),
    NoAccess,
    Page,
}

impl Says {
    fn fits(self, body: &body::Body) -> bool {
        match self {
            Self::Anything => true,
            Self::Words(words) => body.messages.iter().any(|text| text.contains(words)),
            Self::NoAccess => body.lacks_access(),
            Self::Page => body.is_page,
        }
    }
}

/// Explains a refusal of confd's.
pub(crate) fn explain(refusal: &Refusal<'_>) -> Explained {
    let body = body::read(refusal.body);
    let fallback = Explained::by_status(refusal);
    let status = refusal.status.as_u16();
    let row = TABLE
        .iter()
        .find(|(known, says, _)| *known == status && says.fits(&body));
    if refusal.operation == Operation::Register
        && refusal.status == StatusCode::BAD_REQUEST
        && body.is_broken
    {
        // It may say that the number is there: sent by us, before an answer was lost.
        return Explained {
            kind: ErrorKind::Protocol,
            effect: Effect::Unknown,
            ..fallback
        };
    }
    Explained {
        kind: row.map_or(fallback.kind, |(.., kind)| *kind),
        message: match refusal.status {
            StatusCode::UNAUTHORIZED => body.access_wanted(),
            status if status.is_server_error() => body.without_sql(),
            _ => body.message(),
        },
        code: body.code,
        ..fallback
    }
}

/// Explains a refusal of wazo-auth's, which has words but no more.
pub(crate) fn explain_login(refusal: &Refusal<'_>) -> Explained {
    let body = body::read(refusal.body);
    Explained {
        message: body.message(),
        code: body.code,
        ..Explained::by_status(refusal)
    }
}

/// Whether a number is in the directory already.
pub(crate) fn is_there_already(error: &Error) -> bool {
    let upstream = error.upstream();
    let words = upstream.and_then(|upstream| upstream.message.as_deref());
    error.kind() == ErrorKind::Conflict && words.is_some_and(|text| text.contains(ALREADY_EXISTS))
}

/// Adds the fields that Wazo's words are about, by our names.
pub(crate) fn refine(error: Error) -> Error {
    let upstream = error.upstream();
    let Some(words) = upstream.and_then(|upstream| upstream.message.clone()) else {
        return error;
    };
    let operation = error.operation();
    if is_there_already(&error) {
        return error.with_field(field(operation, "number"), "is in the directory already");
    }
    body::field_errors(&words)
        .into_iter()
        .fold(error, |error, (theirs, why)| {
            error.with_field(field(operation, theirs), why)
        })
}

/// Our name of a field of Wazo's, in what was asked.
fn field(operation: Option<Operation>, theirs: &str) -> String {
    match (operation, theirs) {
        (Some(Operation::Update), "number")
        | (Some(Operation::Register | Operation::List), "caller_id_name")
        | (_, "order" | "direction" | "search" | "recurse") => format!("provider_options.{theirs}"),
        (Some(Operation::List), "shared") => "provider_options.shared".to_owned(),
        (Some(Operation::UpdateCallerId | Operation::ListCallerIds), "caller_id_name") => {
            "label".to_owned()
        }
        (_, "offset") => "cursor".to_owned(),
        (_, "phone_number_uuid") => "id".to_owned(),
        _ => theirs.to_owned(),
    }
}

#[cfg(test)]
mod tests;
