//! The chain that the rows of a tenant make: each row holds the hash of the one before it.

use sha2::{Digest, Sha256};

use crate::audit::Entry;
use trunkline_core::model::Tenant;
use trunkline_engine::seal::{Sealer, hex};

/// The last row of a chain: nothing may be missing before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its place, from 1; 0 of an empty chain.
    pub seq: i64,
    /// Its hash, 64 hexadecimal digits; empty of an empty chain.
    pub hash: String,
}

impl Head {
    /// The head once this row is added: SHA-256 over the hash before, the place and the row's text.
    #[must_use]
    pub fn next(&self, text: &str) -> Self {
        let seq = self.seq + 1;
        let mut hash = Sha256::new_with_prefix(b"trunkline audit 1\0");
        hash.update(format!("{}\n{seq}\n{text}", self.hash).as_bytes());
        let hash = hex(&hash.finalize());
        Self { seq, hash }
    }
}

/// A row as a store holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
    /// Its text: the JSON of an [`Entry`].
    pub text: String,
    /// Its time in milliseconds, as it stands beside the text.
    pub at_ms: i64,
    /// What stands beside the text, as in [`Entry::copies`].
    pub copies: [Option<String>; 7],
}

impl Link {
    /// The next row of a chain.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub fn after(head: &Head, entry: &Entry) -> serde_json::Result<Self> {
        let text = trunkline_core::json::to_string(entry)?;
        let Head { seq, hash } = head.next(&text);
        Ok(Self {
            seq,
            hash,
            text,
            at_ms: entry.at.as_millisecond(),
            copies: entry.copies(),
        })
    }
}

/// A row of a chain that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its place and its hash.
    pub head: Head,
    /// The HMAC-SHA256 over tenant, place and hash, 64 hexadecimal digits.
    pub mac: String,
}

impl Anchor {
    /// Signs the end of a tenant's chain.
    #[must_use]
    pub fn new(sealer: &Sealer, tenant: &Tenant, head: Head) -> Self {
        let mac = sign(sealer, tenant, &head);
        Self { head, mac }
    }

    /// Whether it was made with this secret for this tenant.
    pub fn is_genuine(&self, sealer: &Sealer, tenant: &Tenant) -> bool {
        use subtle::ConstantTimeEq;
        let wanted = sign(sealer, tenant, &self.head);
        wanted.as_bytes().ct_eq(self.mac.as_bytes()).into()
    }
}

fn sign(sealer: &Sealer, tenant: &Tenant, head: &Head) -> String {
    sealer.sign("audit", &format!("{tenant}\n{}\n{}", head.seq, head.hash))
}
