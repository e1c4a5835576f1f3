//! Settling a purchase by a person's verdict.

use std::time::Duration;

use crate::domain_event::DomainEvent;
use crate::journal::{Change, Commit, Record};
use crate::purchase::read::seen_by;
use crate::purchase::service::{Purchases, now};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{Caller, Number, NumberId, PurchaseId, PurchaseState};

/// A person's verdict on a purchase.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'a> {
    /// The carrier's id of the number if it was bought, `None` if it was not.
    pub provider_id: Option<&'a str>,
    /// How the person knows.
    pub reason: &'a str,
}

impl Purchases {
    /// Settles by a person's verdict a purchase that is unknown or presumed failed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if its outcome is certain, or the number is another purchase's, or is being bought.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: &PurchaseId,
        verdict: Resolution<'_>,
    ) -> Result<Record> {
        let asked = self.whole(caller, id).await?;
        let won = match verdict.provider_id {
            Some(written) => Some(self.check_held(&asked, written).await?),
            None => None,
        };
        loop {
            let mut record = self.whole(caller, id).await?;
            let before = record.clone();
            let provider_id = won.as_ref().map(|won| won.provider_id.as_str());
            if !record.resolve(provider_id, verdict.reason, now()) {
                return Err(undecidable(record.purchase.state, &verdict));
            }
            if let Some(won) = &won {
                record.purchase.held = won.number.clone().map(Box::new);
            }
            let change = Change {
                event: Some(DomainEvent::PurchaseResolved {
                    caller,
                    before: &before,
                    after: &record,
                    reason: verdict.reason,
                }),
                look_in: self.next_look(&record),
                forget_answer: true,
                unclaimed: before.purchase.state == PurchaseState::Failed,
                ..Change::to(&record)
            };
            match self.0.store.commit(change).await? {
                Commit::Done(version) => {
                    record.version = version;
                    self.settle_others(&record).await;
                    return Ok(seen_by(caller, record));
                }
                Commit::Busy => {
                    let message = format!(
                        "{} is being bought or released by another request",
                        record.purchase.number
                    );
                    let wait = Duration::from_secs(2);
                    return Err(
                        Error::new(ErrorKind::Conflict, message).with_retry(Retry::After(wait))
                    );
                }
                Commit::NotOurs(other) => {
                    let message = format!("the carrier's number was bought by {other}");
                    return Err(
                        Error::new(ErrorKind::Conflict, message).with_purchase(other.as_str())
                    );
                }
                Commit::Stale | Commit::LeaseLost | Commit::Full(_) => {}
            }
        }
    }

    /// A number that a person says was bought must be there, if the account can be asked. Gives the one spelling of its id.
    async fn check_held(&self, record: &Record, written: &str) -> Result<Won> {
        let field = |message: String| Error::invalid("provider_id", message);
        NumberId::of(&record.purchase.account, written)
            .map_err(|_| field("not an id of a carrier's".to_owned()))?;
        let Some(entry) = self.entry(record) else {
            return Ok(Won {
                provider_id: written.to_owned(),
                number: None,
            });
        };
        let call = Call::within(self.0.timing.look, Lane::Purchase);
        let own = entry.provider.canonical(written);
        match call.scope(entry.provider.get(&own)).await {
            Ok(number) if number.e164() != Some(record.purchase.number) => {
                Err(field(format!("that is not {}", record.purchase.number)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(field("the account holds no such number".to_owned()))
            }
            Ok(number) => Ok(Won {
                provider_id: number.provider_id.clone(),
                number: Some(number),
            }),
            Err(_) => Ok(Won {
                provider_id: own,
                number: None,
            }),
        }
    }
}

/// What a person says was bought.
struct Won {
    provider_id: String,
    /// The number, if the account shows it now.
    number: Option<Number>,
}

/// The error for a verdict on a purchase whose outcome is certain.
fn undecidable(state: PurchaseState, verdict: &Resolution<'_>) -> Error {
    let message = match state {
        PurchaseState::Failed if verdict.provider_id.is_none() => {
            "it has failed already".to_owned()
        }
        state => format!(
            "only an outcome that is unknown, or presumed failed, can be decided by hand; this purchase is {}",
            state.as_str()
        ),
    };
    Error::new(ErrorKind::Conflict, message)
}
