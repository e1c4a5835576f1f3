//! What becomes of a release of a number that is protected now.

use crate::domain_event::DomainEvent;
use crate::journal::{Annotation, Release, Store};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{Caller, NumberId};

/// What was known of a number before it was protected.
pub(crate) struct Earlier {
    /// Its release, known of before the number was looked at.
    release: Option<Release>,
    /// It was protected already.
    protected: bool,
}

impl Earlier {
    pub(crate) fn of(release: Option<Release>, note: &Annotation) -> Self {
        let protected = note.protected;
        Self { release, protected }
    }
}

/// Undoes the release that waits for a number, if one does: it is protected now.
///
/// # Errors
/// `Conflict` if one has been sent, is about to be, or was carried out meanwhile.
pub(crate) async fn hold_back(
    store: &dyn Store,
    caller: &Caller,
    id: &NumberId,
    earlier: &Earlier,
) -> Result<()> {
    let find = || store.find_release(&caller.tenant, id);
    let mut left = find().await?;
    if let Some(release) = left.as_ref().filter(|release| !release.done) {
        let event = DomainEvent::ReleaseUndone { caller, release };
        if store.undo_release(release, event).await? {
            return Ok(());
        }
        left = find().await?;
    }
    let message = match left {
        Some(left) if left.done && Some(&left) != earlier.release.as_ref() => {
            // Its id may come to stand for another number, or does already and protects that one.
            if !earlier.protected {
                store.annotate(id, &Annotation::default()).await?;
            }
            format!("{id} was released before it could be protected")
        }
        Some(left) if left.sent && !left.done => return Err(leaving(id)),
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::Conflict, message))
}

/// Refuses to call a number protected whose release was sent before its account got another name, which the release
/// does not follow.
///
/// # Errors
/// `Conflict` if that is so; those of the store.
pub(crate) async fn refuse_leaving(store: &dyn Store, identity: &str, id: &NumberId) -> Result<()> {
    let open = store.open_releases(1_000).await?;
    let is_of = |release: &Release| {
        release.identity == identity && release.number_id.provider_id() == id.provider_id()
    };
    match open.iter().any(|release| release.sent && is_of(release)) {
        true => Err(leaving(id)),
        false => Ok(()),
    }
}

fn leaving(id: &NumberId) -> Error {
    let message = format!("{id} is being released: protecting it may have come too late");
    Error::new(ErrorKind::Conflict, message)
}
