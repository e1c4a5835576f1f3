//! Something done at a carrier, from before it is sent until it is known what came of it.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::model::Caller;
use crate::service::audit::{Audit, Entry, Outcome};
use crate::service::events::Draft;
use crate::service::trail::Trail;

/// What there is to tell of something that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The fields that changed, as they are.
    pub after: Option<Value>,
    /// The number it turned out to be about.
    pub number: Option<String>,
    /// The id of what it turned out to be about.
    pub resource: Option<String>,
    /// What happened.
    pub events: Vec<Draft>,
    /// What came of it, if it is not simply done.
    pub outcome: Option<Outcome>,
}

/// Something that is being done.
#[derive(Clone, Debug)]
pub struct Deed {
    /// What will be said of it, as far as it is known.
    pub entry: Entry,
    written: bool,
}

impl Deed {
    /// Something that this caller asks for.
    #[must_use]
    pub fn new(caller: &Caller, action: &'static str) -> Self {
        Self {
            entry: Entry::new(caller, action),
            written: false,
        }
    }

    /// The same about something with an id, or what the caller took for one.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.entry = self.entry.on(resource);
        self
    }

    /// The same at an account.
    #[must_use]
    pub fn at(mut self, account: impl Into<String>) -> Self {
        self.entry = self.entry.at(account);
        self
    }

    /// It is written down elsewhere, whatever comes of it.
    pub(crate) fn leave(&mut self) {
        self.written = true;
    }
}

impl Audit {
    /// Writes down that something is about to be sent. If that can't be written, it must not be sent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn begin(&self, deed: &Deed) -> Result<()> {
        let row = deed.entry.anew().ended(Outcome::Begun);
        self.store.note(&Trail::default().with(row)).await
    }

    /// Writes down what came of it. A request that was refused as it stands, before anybody was asked, is not told of.
    pub async fn end<T>(&self, deed: Deed, result: &Result<T>, tell: impl FnOnce(&T) -> Told) {
        if deed.written {
            return;
        }
        let mut row = deed.entry.anew();
        let mut trail = Trail::default();
        match result {
            Ok(done) => {
                let told = tell(done);
                row = row.ended(told.outcome.unwrap_or(Outcome::Ok));
                row.after = told.after.or(row.after);
                row.number = told.number.or(row.number);
                row.resource = told.resource.or(row.resource);
                trail.events = told.events;
            }
            Err(error) if is_about_the_request(error) => return,
            Err(error) => row = row.refused(error),
        }
        self.write(&trail.with(row)).await;
    }

    /// Writes down that something was refused before it began.
    pub async fn refuse(&self, entry: &Entry, error: &Error) {
        if !is_about_the_request(error) {
            self.write(&Trail::default().with(entry.anew().refused(error)))
                .await;
        }
    }

    /// Writes down something that is over, and can't be undone because of a database that is away for a moment.
    pub async fn write(&self, trail: &Trail) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.store.note(trail).await {
                Ok(()) => return,
                Err(error) if pause < Duration::from_secs(2) => {
                    tracing::debug!(%error, "the audit trail can't be written yet");
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
                Err(error) => {
                    let what = trail.audit.first().map(|row| row.action.as_ref());
                    tracing::error!(%error, action = what, "what was done is missing from the audit trail");
                    return;
                }
            }
        }
    }
}

/// Whether the request made no sense, so that nobody was asked.
fn is_about_the_request(error: &Error) -> bool {
    error.kind() == ErrorKind::InvalidRequest && error.upstream().is_none()
}
