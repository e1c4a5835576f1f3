//! How a proof ends.

use super::CallerIds;
use crate::error::Result;
use crate::model::CallerIdState;
use crate::service::journal::CallerIdRecord;

impl CallerIds {
    /// Ends a proof, whoever brings the news, and tells of it. A verified caller ID is the carrier's to show and is
    /// forgotten here; one that failed is kept and shown.
    pub(super) async fn end(&self, seen: &CallerIdRecord, state: CallerIdState) -> Result<()> {
        let mut told = seen.clone().told_of_end(state);
        if state == CallerIdState::Verified {
            return self.store.end_caller_id(&told).await;
        }
        told.caller_id.state = state;
        told.caller_id.validation_code = None;
        self.store.keep_caller_id(&told).await
    }
}
