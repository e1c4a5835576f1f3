//! Sessions of a browser: a random token behind a cookie, which stands for the API key that it was begun with.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::access::{Access, token};
use crate::access::{ApiKey, SecretHash};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::KeyId;

/// How long a session lasts.
const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// A session, as it is kept: a copy of it opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub token: SecretHash,
    /// The key it stands for.
    pub key: KeyId,
    /// The hash of the key's secret that it was begun with: with another secret it is over.
    pub secret: SecretHash,
    /// When it ends.
    pub until: Timestamp,
}

/// How a caller was recognized, to be checked again while an answer of theirs is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The key.
    pub key: KeyId,
    /// The hash of the secret that was shown.
    pub secret: SecretHash,
    /// The hash of the session's token, if there is a session.
    pub session: Option<SecretHash>,
}

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
        let now = Timestamp::now();
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
        let session = session.filter(|session| Timestamp::now() < session.until);
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
        let holds = session.is_some_and(|session| Timestamp::now() < session.until);
        holds.then_some(()).ok_or_else(over)
    }
}

fn over() -> Error {
    Error::new(
        ErrorKind::Unauthenticated,
        "the session is over: log in again",
    )
}
