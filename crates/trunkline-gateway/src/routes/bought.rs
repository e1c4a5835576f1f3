//! The answer to a purchase.

use axum::response::Response;
use trunkline_admin::Answer;
use trunkline_core::{Error, ErrorKind, Result};
use trunkline_engine::buy::Bought;
use trunkline_engine::journal::{Record, Scope};

use crate::answer::{accepted, json, kept, replayed};
use crate::dto::problem::{Problem, status_of};
use crate::dto::purchase::PurchaseResult;
use crate::error::{ApiError, ApiResult, PROBLEM};
use crate::state::AppState;

/// The answer to a purchase. A repeated request gets the same answer: a success is made from the purchase again, which does
/// not change any more, and a failure is stored under the request's key once the purchase is settled.
///
/// # Errors
/// The purchase's own, if the key may start another one; those of the store.
pub(crate) async fn answer(
    state: &AppState,
    scope: &Scope,
    bought: Bought,
    request_id: &str,
) -> ApiResult<Response> {
    let (record, known) = match bought {
        Bought::Purchase { record, known } => (*record, known),
        Bought::Mismatch => return Err(ApiError::key_mismatch()),
    };
    if !record.purchase.is_done() {
        let location = format!("/v1/purchases/{}", record.purchase.id);
        return Ok(accepted(&location, &PurchaseResult::from(record)));
    }
    let answers = &state.services().admin;
    if known && let Some(answer) = answers.answer(scope).await? {
        return Ok(replayed(kept(answer)));
    }
    let error = record.purchase.error.clone();
    if let Some(error) = error.filter(|_| record.may_start_over()) {
        return Err(about(&record, error).into());
    }
    let (version, failed) = (record.version, record.purchase.error.is_some());
    let rendered = render(as_kept(record)?, request_id)?;
    if !failed {
        let answer = kept(rendered);
        return Ok(if known { replayed(answer) } else { answer });
    }
    let stored = answers.keep_answer(scope, rendered.clone(), Some(version));
    let stored = stored.await?;
    let is_again = known || stored != rendered;
    let answer = kept(stored);
    Ok(if is_again { replayed(answer) } else { answer })
}

/// The error of a purchase, naming it, or the other one that has the number.
fn about(record: &Record, error: Error) -> Error {
    match error.purchase() {
        Some(_) => error,
        None => error.with_purchase(record.purchase.id.as_str()),
    }
}

/// The purchase as the journal gives it from now on, where members of what a carrier wrote may stand in another order.
fn as_kept(mut record: Record) -> Result<Record> {
    if let Some(held) = &mut record.purchase.held {
        let kept = serde_json::to_value(&*held).and_then(serde_json::from_value);
        *held = kept.map_err(|error| {
            Error::new(ErrorKind::Internal, "a number can't be read again").with_source(error)
        })?;
    }
    Ok(record)
}

fn render(record: Record, request_id: &str) -> Result<Answer> {
    if let Some(error) = &record.purchase.error {
        let error = about(&record, error.clone());
        let problem = Problem::new(&error, status_of(&error), request_id);
        return Ok(Answer {
            status: problem.status,
            content_type: PROBLEM.to_owned(),
            location: Some(format!("/v1/purchases/{}", record.purchase.id)),
            body: json(&problem)?,
        });
    }
    let id = record.purchase.number_id.as_ref();
    Ok(Answer {
        status: 201,
        content_type: "application/json".to_owned(),
        location: id.map(|id| format!("/v1/numbers/{id}")),
        body: json(&PurchaseResult::from(record))?,
    })
}
