//! Taking contiguous numbers on an account's books that are held elsewhere, part by part.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use crate::action::json;
use crate::action::{Action, ActionKind, Findings};
use crate::domain_event::DomainEvent;
use crate::inventory::{HoldingKey, HoldingStep};
use crate::numbers::Numbers;
use crate::numbers::register::worth_repeating;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Capability;
use trunkline_core::error::{Effect, Error, Result};
use trunkline_core::failpoint;
use trunkline_core::model::{Caller, E164, RangeItem, RangeOutcome, RangeRequest};
use trunkline_core::registry::AccountEntry;
use trunkline_core::telemetry::trace;

/// Longest that a part takes: a carrier may make its numbers one by one.
const PART_TIMEOUT: Duration = Duration::from_secs(60);

/// The outcomes of each part, in order. An error ends it, before any number.
pub type RangeParts = mpsc::Receiver<Result<Vec<RangeItem>>>;

impl Numbers {
    /// Records contiguous numbers, both ends included, and says what became of each.
    ///
    /// # Errors
    /// As [`Numbers::register_range_in_parts`], and those of the carrier for its first part.
    pub async fn register_range(
        &self,
        caller: &Caller,
        account: &str,
        request: &RangeRequest,
    ) -> Result<Vec<RangeItem>> {
        let mut parts = self
            .register_range_in_parts(caller, account, request)
            .await?;
        let mut items = Vec::new();
        while let Some(part) = parts.recv().await {
            items.extend(part?);
        }
        Ok(items)
    }

    /// The same, each part as soon as it is done, also if the receiver is dropped. A part that fails or whose outcome
    /// is unknown ends it: its numbers and those after it are reported as failed.
    ///
    /// # Errors
    /// `NotFound` for an account that is not the tenant's; `InvalidRequest` naming the bound that is wrong.
    pub async fn register_range_in_parts(
        &self,
        caller: &Caller,
        account: &str,
        request: &RangeRequest,
    ) -> Result<RangeParts> {
        let entry = self.registry.of_caller(caller, account)?;
        let parts = parts(request, entry.provider.capability())?;
        let mut action = Action::new(caller, ActionKind::RangeRegister).at(account);
        action.after = Some(json(request));
        self.actions.begin(&action).await?;
        let (told, listener) = mpsc::channel(1);
        let (numbers, request) = (self.clone(), request.clone());
        let work = async move {
            let done = numbers.add(&entry, parts, &told).await;
            let outcome = |items: &Vec<RangeItem>| told_of(&request, items);
            numbers.actions.end(action, &done, outcome).await;
            if let Err(error) = done {
                let _ = told.send(Err(error)).await;
            }
        };
        self.purchases.tasks().spawn(trace::carried(work));
        Ok(listener)
    }
}

impl Numbers {
    /// Adds part after part, and tells of each. While the carrier may still be at one, no other is sent.
    async fn add(
        &self,
        entry: &Arc<AccountEntry>,
        parts: Vec<RangeRequest>,
        told: &mpsc::Sender<Result<Vec<RangeItem>>>,
    ) -> Result<Vec<RangeItem>> {
        let mut all = Vec::new();
        let mut failed: Option<Error> = None;
        for part in parts {
            let items = match &failed {
                Some(error) => {
                    let message = format!(
                        "not sent, since a number before it failed: {}",
                        error.message()
                    );
                    let error = error.clone().with_message(message);
                    failed_items(&part, &error.with_effect(Effect::None))
                }
                None => match self.send(entry, &part).await {
                    Ok(items) => {
                        failed = unfinished(&items);
                        items
                    }
                    Err(error) if all.is_empty() => return Err(error),
                    Err(error) => {
                        let items = failed_items(&part, &error);
                        failed = Some(error);
                        items
                    }
                },
            };
            all.extend(items.iter().cloned());
            // The receiver may have gone.
            let _ = told.send(Ok(items)).await;
        }
        Ok(all)
    }

    /// Sends a part. The inventory knows of it beforehand, and of what came of it.
    async fn send(&self, entry: &AccountEntry, part: &RangeRequest) -> Result<Vec<RangeItem>> {
        let identity = entry.provider.identity();
        let key = |number: &String| HoldingStep::Begun(HoldingKey::new(identity, number));
        let begun: Vec<_> = numbers_of(part).iter().map(key).collect();
        self.step(&begun).await?;
        let sent = send(entry, part).await;
        let steps = match &sent {
            Ok(items) => items
                .iter()
                .filter_map(|item| step_of(entry, item))
                .collect(),
            Err(error) if error.effect() == Effect::None => begun.into_iter().map(over).collect(),
            Err(_) => Vec::new(),
        };
        if let Err(error) = self.step(&steps).await {
            tracing::warn!(%error, "the inventory learns of a range by the next reading of its account");
        }
        sent
    }

    async fn step(&self, steps: &[HoldingStep]) -> Result<()> {
        let events: Vec<_> = steps.iter().map(DomainEvent::HoldingStep).collect();
        self.store.tell(&events).await
    }
}

/// What became of one number of a part, for the inventory; `None` while the carrier may still make it.
fn step_of(entry: &AccountEntry, item: &RangeItem) -> Option<HoldingStep> {
    let (tenant, identity) = (&entry.tenant, entry.provider.identity());
    match &item.outcome {
        RangeOutcome::Created(number) => Some(HoldingStep::registered(tenant, identity, number)),
        RangeOutcome::Existing(number) => Some(HoldingStep::held(tenant, identity, number)),
        RangeOutcome::Failed(error) if error.effect() == Effect::None => {
            Some(HoldingStep::Over(HoldingKey::new(identity, &item.number)))
        }
        RangeOutcome::Failed(_) => None,
    }
}

fn over(begun: HoldingStep) -> HoldingStep {
    match begun {
        HoldingStep::Begun(key) => HoldingStep::Over(key),
        other => other,
    }
}

/// Why a number may be made yet, if one may.
fn unfinished(items: &[RangeItem]) -> Option<Error> {
    items.iter().find_map(|item| match &item.outcome {
        RangeOutcome::Failed(error) if error.effect() == Effect::Unknown => Some(error.clone()),
        _ => None,
    })
}

async fn send(entry: &AccountEntry, part: &RangeRequest) -> Result<Vec<RangeItem>> {
    let call = Call::within(PART_TIMEOUT, Lane::Purchase);
    failpoint::hit(failpoint::BEFORE_REGISTER);
    let sent = call.scope(entry.provider.register_range(part)).await;
    failpoint::hit(failpoint::REGISTER_SENT);
    sent.map_err(|error| match error.effect() {
        Effect::Unknown => worth_repeating(error),
        Effect::None | Effect::Applied => error,
    })
}

fn failed_items(part: &RangeRequest, error: &Error) -> Vec<RangeItem> {
    let item = |number: String| RangeItem {
        number,
        outcome: RangeOutcome::Failed(error.clone()),
    };
    numbers_of(part).into_iter().map(item).collect()
}

/// The numbers of a part.
fn numbers_of(part: &RangeRequest) -> Vec<String> {
    match bounds(part) {
        Some((first, last)) => (first..=last).map(|digits| format!("+{digits}")).collect(),
        None => vec![part.start_number.clone()],
    }
}

/// Splits a range at multiples of the part's size. An invalid range is left to the adapter, which says what is wrong.
fn parts(range: &RangeRequest, capability: &Capability) -> Result<Vec<RangeRequest>> {
    let size = capability.range_chunk as u64;
    let Some((first, last)) = bounds(range).filter(|_| size > 0) else {
        return Ok(vec![range.clone()]);
    };
    let most = capability.range_max as u64;
    if last - first >= most {
        let message = format!("at most {most} numbers at once");
        return Err(Error::invalid("end_number", message));
    }
    let (mut parts, mut start) = (Vec::new(), first);
    while start <= last {
        let end = last.min(start - start % size + size - 1);
        parts.push(RangeRequest {
            start_number: format!("+{start}"),
            end_number: format!("+{end}"),
            location: range.location.clone(),
        });
        start = end + 1;
    }
    Ok(parts)
}

/// The digits of both ends, of a range that makes sense.
fn bounds(range: &RangeRequest) -> Option<(u64, u64)> {
    let digits = |text: &str| {
        let number = text.parse::<E164>().ok()?;
        Some((number.digits().len(), number.digits().parse::<u64>().ok()?))
    };
    let (first, last) = (digits(&range.start_number)?, digits(&range.end_number)?);
    (first.0 == last.0 && first.1 <= last.1).then_some((first.1, last.1))
}

fn told_of(request: &RangeRequest, items: &[RangeItem]) -> Findings {
    let count =
        |which: fn(&RangeOutcome) -> bool| items.iter().filter(|item| which(&item.outcome)).count();
    let after = json!({
        "start_number": request.start_number,
        "end_number": request.end_number,
        "created": count(|outcome| matches!(outcome, RangeOutcome::Created(_))),
        "existing": count(|outcome| matches!(outcome, RangeOutcome::Existing(_))),
        "failed": count(|outcome| matches!(outcome, RangeOutcome::Failed(_))),
    });
    Findings {
        after: Some(after),
        ..Findings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> RangeRequest {
        RangeRequest {
            start_number: start.to_owned(),
            end_number: end.to_owned(),
            location: None,
        }
    }

    fn split(start: &str, end: &str) -> Result<Vec<(String, String)>> {
        let capability = Capability {
            range_max: 10_000,
            range_chunk: 500,
            ..Capability::default()
        };
        let parts = parts(&range(start, end), &capability)?;
        Ok(parts
            .into_iter()
            .map(|part| (part.start_number, part.end_number))
            .collect())
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn a_range_is_split_where_its_numbers_begin_alike() {
        assert_eq!(
            split("+14165550140", "+14165551010").unwrap(),
            [
                pair("+14165550140", "+14165550499"),
                pair("+14165550500", "+14165550999"),
                pair("+14165551000", "+14165551010"),
            ]
        );
        assert_eq!(split("+14165550000", "+14165559999").unwrap().len(), 20);
        assert_eq!(split("+14165550140", "+14165550140").unwrap().len(), 1);
    }

    #[test]
    fn too_long_range_is_rejected_and_invalid_one_is_left_to_the_adapter() {
        let error = split("+14165550000", "+14165560000").unwrap_err();
        assert_eq!(error.fields()[0].field, "end_number");
        for (start, end) in [
            ("100", "199"),
            ("+99", "+100"),
            ("+14165550144", "+14165550140"),
        ] {
            assert_eq!(split(start, end).unwrap(), [pair(start, end)]);
        }
    }
}
