//! Whether a chain is whole: every row as it was written, none missing, none put in.

use crate::audit::{Checkpoint, Entry, Head, Link};
use crate::trails::Trails;
use trunkline_core::error::Result;
use trunkline_core::model::Tenant;

/// What is wrong with a chain at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The place.
    pub seq: i64,
    /// The row's id, if there is a row that can be read.
    pub id: Option<String>,
    /// What is wrong, for a person.
    pub what: String,
}

/// What came of looking at a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Rows that were read.
    pub rows: u64,
    /// Where the chain ends, as the store says.
    pub head: Head,
    /// What is left of the rows before them that were deleted because of their age, if any were.
    pub checkpoint: Option<Checkpoint>,
    /// Whether the checkpoint's signature was checked: not without the secret that made it.
    pub checkpoint_checked: bool,
    /// What is wrong, in order; the first hundred.
    pub faults: Vec<Fault>,
}

impl Verification {
    /// Most faults that are named.
    const FAULTS_MAX: usize = 100;

    /// Whether every row is as it was written, and none is missing.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) fn fault(&mut self, seq: i64, id: Option<String>, what: impl Into<String>) {
        if self.faults.len() < Self::FAULTS_MAX {
            let what = what.into();
            self.faults.push(Fault { seq, id, what });
        }
    }

    /// Whether the rows up to this one were deleted, and it is the last of them.
    pub(super) fn begins_after(&self, head: &Head) -> bool {
        let checkpoint = self.checkpoint.as_ref();
        checkpoint.is_some_and(|checkpoint| checkpoint.head == *head)
    }

    /// Checks the next row. Returns what the one after it must follow, so that one change shows as one fault.
    fn take(&mut self, last: &Head, link: &Link) -> Head {
        self.rows += 1;
        let entry: Option<Entry> = serde_json::from_str(&link.text).ok();
        let id = entry.as_ref().map(|entry| entry.id.to_string());
        let id = id.or_else(|| link.copies[0].clone());
        if link.seq > last.seq + 1 {
            let missing = match link.seq - last.seq - 1 {
                1 => "a row is missing here".to_owned(),
                rows => format!("{rows} rows are missing from here on"),
            };
            self.fault(last.seq + 1, None, missing);
        } else if last.next(&link.text).hash != link.hash {
            self.fault(
                link.seq,
                id,
                "it is not as it was written, or not in its place",
            );
        } else if entry.is_none_or(|entry| {
            entry.copies() != link.copies || entry.at.as_millisecond() != link.at_ms
        }) {
            self.fault(link.seq, id, "what is filtered by is not as it was written");
        }
        Head {
            seq: link.seq,
            hash: link.hash.clone(),
        }
    }
}

/// Reads a tenant's chain from its first row, or the one after its checkpoint, to its last. Signatures are not checked.
///
/// # Errors
/// Those of the store.
pub async fn verify(store: &dyn Trails, tenant: &Tenant) -> Result<Verification> {
    const BATCH: usize = 1_000;
    let heads = store.audit_heads().await?;
    let head = heads.into_iter().find(|(of, _)| of == tenant);
    let mut found = Verification {
        head: head.map(|(_, head)| head).unwrap_or_default(),
        ..Verification::default()
    };
    let mut last = Head::default();
    loop {
        let links = store.audit_links(tenant, last.seq, BATCH).await?;
        if links.first().is_none_or(|link| link.seq > last.seq + 1) {
            // They were deleted before, or since the last batch was read.
            let checkpoint = store.checkpoint(tenant).await?;
            if let Some(checkpoint) = checkpoint.filter(|it| it.head.seq > last.seq) {
                last = checkpoint.head.clone();
                found.checkpoint = Some(checkpoint);
                continue;
            }
        }
        for link in &links {
            // Rows written since the head was read are for the next time.
            if link.seq > found.head.seq && !is_next(&last, link) {
                found.fault(link.seq, link.copies[0].clone(), "a row nobody wrote");
                return Ok(found);
            }
            last = found.take(&last, link);
        }
        if links.len() < BATCH {
            break;
        }
    }
    if last.seq < found.head.seq {
        let missing = found.head.seq - last.seq;
        let what = format!("the last {missing} of {} rows are missing", found.head.seq);
        found.fault(last.seq + 1, None, what);
    } else if last.seq == found.head.seq && last.hash != found.head.hash {
        found.fault(
            last.seq,
            None,
            "the end of the chain is not as it was written",
        );
    } else if last.seq > found.head.seq {
        let now = store.audit_heads().await?;
        let now = now.into_iter().find(|(of, _)| of == tenant);
        let now = now.map(|(_, head)| head).unwrap_or_default();
        if now.seq < last.seq {
            found.fault(last.seq, None, "the chain goes on beyond its end");
        }
        found.head = now;
    }
    Ok(found)
}

fn is_next(last: &Head, link: &Link) -> bool {
    link.seq == last.seq + 1 && last.next(&link.text).hash == link.hash
}
