//! A lease that is renewed while work is done under it.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::journal::{Lease, Leases};

/// A lease that is renewed while work is done under it.
#[derive(Debug)]
pub struct HeldLease(Mutex<Lease>);

impl HeldLease {
    /// Holds a lease that was just acquired.
    #[must_use]
    pub const fn new(lease: Lease) -> Self {
        Self(Mutex::new(lease))
    }

    /// The lease as it was renewed last.
    pub fn lease(&self) -> Lease {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Lease> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the lease while it can. A lost lease does not stop the work: the journal refuses the steps that need it.
    async fn keep(&self, leases: &(impl Leases + ?Sized)) -> Infallible {
        loop {
            tokio::time::sleep(Lease::TTL / 3).await;
            match leases.renew(&self.lease()).await {
                Ok(Some(lease)) => *self.lock() = lease,
                Ok(None) => std::future::pending().await,
                Err(error) => tracing::warn!(%error, "a lease can't be renewed"),
            }
        }
    }

    /// Does some work, and renews the lease meanwhile.
    pub async fn hold<T>(
        &self,
        leases: &(impl Leases + ?Sized),
        work: impl Future<Output = T>,
    ) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = self.keep(leases) => match never {},
        }
    }

    /// Does some work as long as the lease is held, and gives it back. `None` if it was lost: the work is left where it
    /// was, so that nothing is sent while somebody else has the lease.
    pub async fn only_during<T>(
        &self,
        leases: &(impl Leases + ?Sized),
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let done = tokio::select! {
            biased;
            () = self.lapses() => None,
            done = self.hold(leases, work) => Some(done),
        };
        self.give_back(leases).await;
        done
    }

    /// Waits until the lease does not hold any more.
    async fn lapses(&self) {
        loop {
            let left = self.lock().remaining();
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }

    /// Does some work, renews the lease meanwhile, and gives it back.
    pub async fn during<T>(
        &self,
        leases: &(impl Leases + ?Sized),
        work: impl Future<Output = T>,
    ) -> T {
        let done = self.hold(leases, work).await;
        self.give_back(leases).await;
        done
    }

    /// Gives the lease back.
    pub async fn give_back(&self, leases: &(impl Leases + ?Sized)) {
        if let Err(error) = leases.unlock(&self.lease()).await {
            tracing::debug!(%error, "a lease is left to lapse");
        }
    }
}
