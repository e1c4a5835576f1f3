//! Tokens that expire: one of them for all callers, renewed once, and kept before it is used.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderName;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::sleep;
use trunkline_core::vault::{RenewalLease, TokenVault, Tokens};
use trunkline_core::{Call, Error, ErrorKind, Lane, Result, Retry};

use crate::secret::same;

/// How long one renewal may take: less than the lease that it is made under.
const RENEWAL: Duration = Duration::from_secs(8);

/// How often to look whether another process has finished renewing.
const POLL: Duration = Duration::from_millis(100);

/// How a carrier issues new tokens.
#[async_trait]
pub trait Grant: Debug + Send + Sync + 'static {
    /// Asks the carrier for tokens. `current` are the last ones kept, if any.
    ///
    /// # Errors
    /// `CredentialRefused` if the carrier issues none, or what went wrong on the way there.
    async fn issue(&self, current: Option<&Tokens>) -> Result<Tokens>;

    /// How long before its end a token is renewed; never more than half its life.
    fn margin(&self) -> Duration;

    /// The header that carries the token; default `Authorization: Bearer`. Any other header is sent with the bare token.
    fn header(&self) -> HeaderName {
        AUTHORIZATION
    }

    /// What tokens are asked for with: the carrier may echo it in any error.
    fn secrets(&self) -> Vec<SecretString> {
        Vec::new()
    }
}

/// A token that a [`Grant`] issues and a [`TokenVault`] keeps: one for all callers, renewed once.
///
/// A renewal runs to its end even if every caller has left: the carrier may have forgotten the old tokens.
#[derive(Debug)]
pub struct Renewing {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    grant: Box<dyn Grant>,
    vault: Arc<dyn TokenVault>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Tokens>,
    /// What the carrier refused last.
    refused: Option<SecretString>,
    /// Issued, and not kept yet: the vault failed.
    unkept: Option<(RenewalLease, Tokens)>,
}

impl Renewing {
    /// Tokens of this name in the vault; nothing is asked of the carrier yet.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        grant: impl Grant,
        vault: Arc<dyn TokenVault>,
    ) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::new(Inner {
                name: name.into(),
                grant: Box::new(grant),
                vault,
                state: Mutex::default(),
            }),
        })
    }

    /// The current token, renewed if need be.
    ///
    /// # Errors
    /// Those of the grant and the vault.
    pub(crate) async fn token(&self) -> Result<SecretString> {
        let inner = self.inner.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "it is waited for here, and must outlive a caller who leaves"
        )]
        let renewal = tokio::spawn(async move { inner.token().await });
        renewal.await.unwrap_or_else(|error| {
            let message = "the renewal of a token broke off";
            Err(Error::new(ErrorKind::Internal, message).with_source(error))
        })
    }

    /// Called once after the carrier answered 401 to this token: the next [`Renewing::token`] is another one, unless it has
    /// been renewed in the meantime anyway.
    pub(crate) async fn refused(&self, token: &SecretString) {
        let mut state = self.inner.state.lock().await;
        state.refused = Some(token.clone());
    }

    pub(crate) fn header(&self) -> HeaderName {
        self.inner.grant.header()
    }

    pub(crate) fn secrets(&self) -> Vec<SecretString> {
        self.inner.grant.secrets()
    }
}

impl Inner {
    async fn token(&self) -> Result<SecretString> {
        let mut state = self.state.lock().await;
        if let Some((lease, tokens)) = state.unkept.take() {
            self.keep(&mut state, lease, tokens).await?;
        }
        if let Some(access) = self.usable(state.current.as_ref(), &state) {
            return Ok(access);
        }
        let lease = loop {
            if let Some(access) = self.reload(&mut state).await? {
                return Ok(access);
            }
            match self.vault.lock(&self.name).await? {
                Some(lease) => break lease,
                None => sleep(POLL).await,
            }
        };
        // The previous holder of the lease may have renewed in between.
        match self.reload(&mut state).await {
            Ok(None) => self.renew(&mut state, lease).await,
            found => {
                self.vault.unlock(&lease).await?;
                found.map(Option::unwrap_or_default)
            }
        }
    }

    async fn renew(&self, state: &mut State, lease: RenewalLease) -> Result<SecretString> {
        let call = Call::within(RENEWAL, Lane::Reconcile);
        match call.scope(self.grant.issue(state.current.as_ref())).await {
            Ok(tokens) => {
                let tokens = Tokens {
                    renew_at: renew_at(tokens.expires_at, self.grant.margin()),
                    ..tokens
                };
                let access = tokens.access.clone();
                self.keep(state, lease, tokens).await?;
                Ok(access)
            }
            Err(error) => {
                self.vault.unlock(&lease).await?;
                Err(error)
            }
        }
    }

    /// Keeps tokens before anybody uses them. If that fails they wait for the next caller.
    async fn keep(&self, state: &mut State, lease: RenewalLease, tokens: Tokens) -> Result<()> {
        if let Err(error) = self.vault.keep(&lease, &tokens).await {
            state.unkept = Some((lease, tokens));
            return Err(error.with_retry(Retry::Backoff));
        }
        state.current = Some(tokens);
        Ok(())
    }

    async fn reload(&self, state: &mut State) -> Result<Option<SecretString>> {
        if let Some(kept) = self.vault.load(&self.name).await? {
            state.current = Some(kept);
        }
        Ok(self.usable(state.current.as_ref(), state))
    }

    /// The access token, if it was not refused and lasts a while.
    fn usable(&self, tokens: Option<&Tokens>, state: &State) -> Option<SecretString> {
        let tokens = tokens?;
        let refused = state.refused.as_ref();
        if refused.is_some_and(|refused| same(refused, &tokens.access)) {
            return None;
        }
        let due = tokens
            .renew_at
            .or_else(|| tokens.expires_at?.checked_sub(self.grant.margin()).ok());
        let enough = due.is_none_or(|due| Timestamp::now() < due);
        enough.then(|| tokens.access.clone())
    }
}

/// When a token that was issued now is renewed. A margin longer than half its life would have every request renew it.
fn renew_at(expires_at: Option<Timestamp>, margin: Duration) -> Option<Timestamp> {
    let (end, now) = (expires_at?, Timestamp::now());
    let life = Duration::try_from(end.duration_since(now)).unwrap_or_default();
    end.checked_sub(margin.min(life / 2)).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use trunkline_core::vault::MemoryVault;

    use super::*;

    #[derive(Debug)]
    struct Counting {
        issued: Arc<AtomicUsize>,
        lasts: Duration,
    }

    #[async_trait]
    impl Grant for Counting {
        async fn issue(&self, _current: Option<&Tokens>) -> Result<Tokens> {
            sleep(Duration::from_millis(5)).await;
            let count = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
            Ok(Tokens {
                access: format!("access-{count}").into(),
                refresh: Some(format!("refresh-{count}").into()),
                expires_at: Timestamp::now().checked_add(self.lasts).ok(),
                renew_at: None,
            })
        }

        fn margin(&self) -> Duration {
            Duration::from_secs(60)
        }
    }

    fn source(vault: Arc<dyn TokenVault>, lasts: u64) -> (Arc<Renewing>, Arc<AtomicUsize>) {
        let issued = Arc::new(AtomicUsize::new(0));
        let grant = Counting {
            issued: issued.clone(),
            lasts: Duration::from_secs(lasts),
        };
        (Renewing::new("acme/main", grant, vault), issued)
    }

    fn memory() -> Arc<dyn TokenVault> {
        Arc::new(MemoryVault::default())
    }

    #[tokio::test]
    async fn callers_at_once_share_one_renewal() {
        let (source, issued) = source(memory(), 3_600);
        let calls = (0..8).map(|_| source.token());
        for token in futures_util::future::join_all(calls).await {
            assert!(same(&token.unwrap(), &"access-1".into()));
        }
        assert_eq!(issued.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_token_near_its_end_is_renewed() {
        let (source, issued) = source(memory(), 0);
        source.token().await.unwrap();
        source.token().await.unwrap();
        assert_eq!(issued.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn short_lived_token_is_used_for_half_its_lifetime() {
        let vault = memory();
        let (one, issued) = source(vault.clone(), 30);
        one.token().await.unwrap();
        one.token().await.unwrap();
        assert_eq!(issued.load(Ordering::SeqCst), 1);
        let kept = vault.load("acme/main").await.unwrap().unwrap();
        let (due, end) = (kept.renew_at.unwrap(), kept.expires_at.unwrap());
        let before = end.duration_since(due).as_secs();
        assert!((14..=15).contains(&before), "{before}");
        let (other, issued) = source(vault, 30);
        other.token().await.unwrap();
        assert_eq!(issued.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        let (source, issued) = source(memory(), 3_600);
        let first = source.token().await.unwrap();
        source.refused(&first).await;
        let second = source.token().await.unwrap();
        source.refused(&first).await;
        assert!(same(&source.token().await.unwrap(), &second));
        assert_eq!(issued.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn another_process_finds_the_tokens_that_were_kept() {
        let vault = memory();
        source(vault.clone(), 3_600).0.token().await.unwrap();
        let (other, issued) = source(vault, 3_600);
        assert!(same(&other.token().await.unwrap(), &"access-1".into()));
        assert_eq!(issued.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn token_renewal_continues_when_its_caller_leaves() {
        let vault = memory();
        let (source, issued) = source(vault.clone(), 3_600);
        let left = tokio::time::timeout(Duration::from_millis(1), source.token()).await;
        assert!(left.is_err());
        source.token().await.unwrap();
        assert_eq!(issued.load(Ordering::SeqCst), 1);
        assert!(vault.load("acme/main").await.unwrap().is_some());
    }

    #[derive(Debug, Default)]
    struct Failing {
        memory: MemoryVault,
        healed: AtomicBool,
    }

    #[async_trait]
    impl TokenVault for Failing {
        async fn load(&self, name: &str) -> Result<Option<Tokens>> {
            self.memory.load(name).await
        }
        async fn lock(&self, name: &str) -> Result<Option<RenewalLease>> {
            self.memory.lock(name).await
        }
        async fn keep(&self, lease: &RenewalLease, tokens: &Tokens) -> Result<()> {
            if self.healed.load(Ordering::SeqCst) {
                return self.memory.keep(lease, tokens).await;
            }
            Err(Error::new(ErrorKind::UpstreamUnavailable, "no database"))
        }
        async fn unlock(&self, lease: &RenewalLease) -> Result<()> {
            self.memory.unlock(lease).await
        }
    }

    #[tokio::test]
    async fn tokens_that_could_not_be_kept_are_neither_used_nor_lost() {
        let vault = Arc::new(Failing::default());
        let (source, issued) = source(vault.clone(), 3_600);
        assert!(source.token().await.is_err());
        vault.healed.store(true, Ordering::SeqCst);
        assert!(same(&source.token().await.unwrap(), &"access-1".into()));
        assert_eq!(issued.load(Ordering::SeqCst), 1);
        assert!(vault.load("acme/main").await.unwrap().is_some());
    }
}
