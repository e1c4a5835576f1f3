//! The journal in memory keeps the promises of every journal.

use std::sync::Arc;
use std::time::Duration;

use trunkline_admin::{MemoryAdmin, Stores};
use trunkline_engine::MemoryJournal;
use trunkline_testkit::journal_contract::Subject;

#[expect(clippy::unused_async, reason = "other journals have to be opened")]
async fn memory(lease_ttl: Duration) -> Subject {
    let admin = MemoryAdmin::beside(MemoryJournal::with_lease_ttl(lease_ttl));
    Subject::new(Stores {
        engine: admin.journal(),
        admin: Arc::new(admin),
    })
}

trunkline_testkit::journal_contract!(memory);
