//! Telling the journal of actions: before something is sent, and once its outcome is known.

use std::sync::Arc;
use std::time::Duration;

use crate::action::{Action, Ended, Findings, Outcome};
use crate::domain_event::DomainEvent;
use crate::inventory::HoldingStep;
use crate::journal::Store;
use trunkline_core::error::{Error, ErrorKind, Result};

/// Tells the journal of actions. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ActionLog(Arc<dyn Store>);

impl ActionLog {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Writes down that something is about to be sent. If that can't be written, it must not be sent.
    pub(crate) async fn begin(&self, action: &Action) -> Result<()> {
        self.0.tell(&[DomainEvent::ActionBegun(action)]).await
    }

    /// Writes down how it ended. A request that was refused as it stands, before anybody was asked, is left out.
    pub(crate) async fn end<T>(
        &self,
        mut action: Action,
        result: &Result<T>,
        find: impl FnOnce(&T) -> Findings,
    ) {
        if action.told {
            return;
        }
        match result {
            Ok(done) => {
                let found = find(done);
                action.after = found.after.or(action.after);
                action.number = found.number.or(action.number);
                action.resource = found.resource.or(action.resource);
                action.held.extend(found.held);
                self.done(action, found.outcome.unwrap_or(Outcome::Ok))
                    .await;
            }
            Err(error) => self.refuse(action, error).await,
        }
    }

    /// Writes down that something is over.
    pub(crate) async fn done(&self, action: Action, outcome: Outcome) {
        let ended = Ended::new(action, outcome, None);
        self.tell(DomainEvent::ActionEnded(&ended)).await;
    }

    /// Writes down that something ended with an error.
    pub(crate) async fn refuse(&self, action: Action, error: &Error) {
        if !is_about_the_request(error) {
            let ended = Ended::new(action, Outcome::of_error(error), Some(error));
            self.tell(DomainEvent::ActionEnded(&ended)).await;
            return;
        }
        for key in action.touches {
            let over = HoldingStep::Over(key);
            self.tell(DomainEvent::HoldingStep(&over)).await;
        }
    }

    /// Writes down something that is over.
    pub(crate) async fn tell(&self, event: DomainEvent<'_>) {
        let action = match event {
            DomainEvent::ActionEnded(ended) => Some(ended.action.kind.as_str()),
            _ => None,
        };
        let events = [event];
        write_patiently(action, || self.0.tell(&events)).await;
    }
}

/// Writes to the audit trail that something is over. Tries again for some seconds, then logs an error naming the
/// `action`.
pub async fn write_patiently<F: Future<Output = Result<()>>>(
    action: Option<&str>,
    write: impl Fn() -> F,
) {
    let mut pause = Duration::from_millis(50);
    while let Err(error) = write().await {
        if pause >= Duration::from_secs(2) {
            tracing::error!(%error, action, "what was done is missing from the audit trail");
            return;
        }
        tracing::debug!(%error, "the audit trail can't be written yet");
        tokio::time::sleep(pause).await;
        pause *= 3;
    }
}

/// True when the request made no sense, so that nobody was asked.
fn is_about_the_request(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidRequest && error.upstream().is_none()
}
