//! Checkpoints: what is left of the rows of a chain that were deleted because of their age.

use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{Anchor, Head, Link};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::Tenant;
use trunkline_engine::seal::Sealer;

/// The last row of a chain that was deleted, signed: all rows up to it were deleted on purpose. The chain goes on after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its place, which is also the number of rows that were deleted, and its hash.
    pub head: Head,
    /// When rows were last deleted, in milliseconds since 1970.
    pub at_ms: i64,
    /// The HMAC-SHA256 over tenant, place, hash and time, 64 hexadecimal digits.
    pub mac: String,
}

impl Checkpoint {
    /// Signs where a tenant's chain begins.
    #[must_use]
    pub fn new(sealer: &Sealer, tenant: &Tenant, head: Head) -> Self {
        let at_ms = host::now().as_millisecond();
        let mac = String::new();
        let unsigned = Self { head, at_ms, mac };
        unsigned.signed_anew(sealer, tenant)
    }

    /// The same with the signature of this secret.
    #[must_use]
    pub fn signed_anew(self, sealer: &Sealer, tenant: &Tenant) -> Self {
        let mac = self.sign(sealer, tenant);
        Self { mac, ..self }
    }

    /// When rows were last deleted.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at_ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whether it was made with this secret for this tenant.
    pub fn is_genuine(&self, sealer: &Sealer, tenant: &Tenant) -> bool {
        use subtle::ConstantTimeEq;
        let wanted = self.sign(sealer, tenant);
        wanted.as_bytes().ct_eq(self.mac.as_bytes()).into()
    }

    fn sign(&self, sealer: &Sealer, tenant: &Tenant) -> String {
        let Head { seq, hash } = &self.head;
        let text = format!("{tenant}\n{seq}\n{hash}\n{}", self.at_ms);
        sealer.sign("audit checkpoint", &text)
    }
}

/// Rows of a tenant's chain that are to be deleted because of their age.
#[derive(Clone, Debug)]
pub struct OldRows {
    /// Whose.
    pub tenant: Tenant,
    /// Rows older than this.
    pub kept: Duration,
    /// At most so many.
    pub limit: usize,
    /// Signs the checkpoint.
    pub sealer: Sealer,
}

impl OldRows {
    /// The checkpoint that takes the place of rows, of which only those may be deleted that it covers; `None` if none may.
    /// `old` are the rows after the `last` checkpoint that are old enough; a younger one in between ends what may be deleted,
    /// and so does the `signed` end of the chain.
    ///
    /// # Errors
    /// `Conflict` if checkpoint, signature or a row is not as it was written: what shows it must stay.
    pub fn checkpoint(
        &self,
        last: Option<&Checkpoint>,
        signed: Option<&Anchor>,
        old: &[Link],
    ) -> Result<Option<Checkpoint>> {
        let (sealer, tenant) = (&self.sealer, &self.tenant);
        let from = last.map(|last| last.head.clone()).unwrap_or_default();
        if last.is_some_and(|last| !last.is_genuine(sealer, tenant))
            || signed.is_some_and(|signed| !signed.is_genuine(sealer, tenant))
        {
            return Err(self.tampered());
        }
        let mut head = from.clone();
        for link in old {
            let is_signed = signed.is_none_or(|signed| link.seq <= signed.head.seq);
            if link.seq != head.seq + 1 || !is_signed {
                break;
            }
            head = head.next(&link.text);
            if head.hash != link.hash {
                return Err(self.tampered());
            }
        }
        Ok((head != from).then(|| Checkpoint::new(sealer, tenant, head)))
    }

    fn tampered(&self) -> Error {
        let message = format!(
            "the audit trail of {} is not as it was written, or was signed with another secret_key: none of it is deleted; \
             `trunkline audit verify` shows where",
            self.tenant
        );
        Error::new(ErrorKind::Conflict, message)
    }
}
