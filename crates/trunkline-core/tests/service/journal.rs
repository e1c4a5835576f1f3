//! The journal in memory keeps the promises of every journal.

use std::sync::Arc;
use std::time::Duration;

use trunkline_core::service::MemoryJournal;
use trunkline_testkit::journal_contract::Subject;

#[expect(clippy::unused_async, reason = "other journals have to be opened")]
async fn memory(lease_ttl: Duration) -> Subject {
    Subject::new(Arc::new(MemoryJournal::with_lease_ttl(lease_ttl)))
}

trunkline_testkit::journal_contract!(memory);
