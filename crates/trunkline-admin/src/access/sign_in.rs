//! Sessions of a browser: begun with a key whose secret was shown, and checked with every request.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::access::{Access, token};
use crate::access::{ApiKey, Proof, SecretHash, Session};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;

/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(12);

impl Access {
    /// Begins a session of a key whose secret was just shown: its token, and when it ends.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn begin_session(
        &self,
        key: &ApiKey,
        secret: SecretHash,
    ) -> Result<(SecretString, Timestamp)> {
        let now = host::now();
        let until = now.saturating_add(LASTS).unwrap_or(now);
        let until = key.expires_at.map_or(until, |end| end.min(until));
        let (text, token) = token::issue_session();
        let session = Session {
            token,
            key: key.id.clone(),
            secret,
            until,
        };
        self.store.add_session(&session).await?;
        Ok((text, until))
    }

    /// The key that a session stands for, by the session's token.
    ///
    /// # Errors
    /// `Unauthenticated` if there is no such session, or it is over; those of the store.
    pub async fn session(&self, text: &str) -> Result<(Arc<ApiKey>, Proof)> {
        let token = token::read_session(text).ok_or_else(over)?;
        let session = self.store.session(&token).await?;
        let session = session.filter(|session| host::now() < session.until);
        let session = session.ok_or_else(over)?;
        let key = self.opened(&session.key, &session.secret).await?;
        let proof = Proof {
            key: session.key,
            secret: session.secret,
            session: Some(token),
        };
        Ok((key, proof))
    }

    /// Ends a session, by its token. Ending it again changes nothing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_session(&self, text: &str) -> Result<()> {
        match token::read_session(text) {
            Some(token) => self.store.end_session(&token).await,
            None => Ok(()),
        }
    }

    /// Checks that a caller who was recognized earlier would be recognized again.
    ///
    /// # Errors
    /// `Unauthenticated` if the key or the session has ended since; those of the store.
    pub async fn recheck(&self, proof: &Proof) -> Result<()> {
        self.opened(&proof.key, &proof.secret).await?;
        let Some(token) = &proof.session else {
            return Ok(());
        };
        let session = self.store.session(token).await?;
        let holds = session.is_some_and(|session| host::now() < session.until);
        holds.then_some(()).ok_or_else(over)
    }
}

fn over() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "the session is over: log in again",
    )
}
