//! Connections of strangers: no valid key was sent on them so far. Their number is limited, in all and for each address. The
//! oldest is closed when another one arrives, so that a client with a key always gets in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::limits::network;

/// At most one of this many connections is a stranger's.
const SHARE: usize = 8;

/// At most one of this many strangers is from the same address.
const SHARE_OF_ONE: usize = 4;

/// This many are always allowed.
const FEW: usize = 16;

/// The connections of strangers.
#[derive(Debug)]
pub(super) struct Strangers {
    most: usize,
    most_of_one: usize,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    next: u64,
    /// Oldest first.
    waiting: BTreeMap<u64, Waiting>,
    /// Those whose key is being looked up.
    held: BTreeSet<u64>,
}

#[derive(Debug)]
struct Waiting {
    from: IpAddr,
    end: CancellationToken,
}

/// The client of a connection, in the extensions of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    strangers: Arc<Strangers>,
    place: u64,
    known: Arc<AtomicBool>,
}

/// Keeps a connection open while its key is looked up.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a Visitor);

impl Visitor {
    /// The client has sent a valid key, so that its connection may stay; or it has left.
    pub(crate) fn let_in(&self) {
        self.known.store(true, Ordering::Release);
        self.strangers.all().waiting.remove(&self.place);
    }

    /// Keeps the connection until the key was looked up.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.strangers.all().held.insert(self.place);
        Held(self)
    }

    /// Counts the connection among those of strangers, unless a valid key was shown already; `end` is cancelled when it has
    /// to be closed. To be called once everything was read that had arrived with the connection.
    pub(super) fn wait(&self, from: IpAddr, end: CancellationToken) {
        let from = network(Some(from));
        let mut all = self.strangers.all();
        if !self.known.load(Ordering::Acquire) {
            all.waiting.insert(self.place, Waiting { from, end });
            all.make_room(&self.strangers, from);
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.strangers.all().held.remove(&self.0.place);
    }
}

impl Strangers {
    /// The share of strangers in this many connections.
    pub(super) fn new(max_connections: usize) -> Self {
        Self {
            most: (max_connections / SHARE).max(FEW),
            most_of_one: (max_connections / SHARE / SHARE_OF_ONE).max(FEW),
            all: Mutex::default(),
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client of the next connection.
    pub(super) fn visitor(self: &Arc<Self>) -> Visitor {
        let mut all = self.all();
        let place = all.next;
        all.next += 1;
        Visitor {
            strangers: Arc::clone(self),
            place,
            known: Arc::default(),
        }
    }
}

impl All {
    /// Closes the oldest connection from an address that has too many, or the oldest of all if there are too many.
    fn make_room(&mut self, strangers: &Strangers, from: IpAddr) {
        let is_same = |other: &Waiting| other.from == from;
        let of_one = self.waiting.values().filter(|other| is_same(other)).count();
        let too_many_of_one = of_one > strangers.most_of_one;
        if !too_many_of_one && self.waiting.len() <= strangers.most {
            return;
        }
        let mut oldest_first = self.waiting.iter();
        let oldest = oldest_first.find(|(place, other)| {
            !self.held.contains(place) && (!too_many_of_one || is_same(other))
        });
        if let Some(gone) = oldest
            .map(|(place, _)| *place)
            .and_then(|place| self.waiting.remove(&place))
        {
            gone.end.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_unauthenticated_connection_is_closed_and_authenticated_stays() {
        let strangers = Arc::new(Strangers::new(0));
        let from = |last: u8| IpAddr::from([127, 0, 0, last]);
        let come = |last: u8| {
            let end = CancellationToken::new();
            let visitor = strangers.visitor();
            visitor.wait(from(last), end.clone());
            (visitor, end)
        };
        let (known, stays) = come(1);
        known.let_in();
        let many: Vec<_> = (0..FEW).map(|_| come(2)).collect();
        assert!(!many[0].1.is_cancelled());
        let _other = come(3);
        assert!(many[0].1.is_cancelled() && !many[1].1.is_cancelled());
        assert!(!stays.is_cancelled());
        let ended = |many: &[(Visitor, CancellationToken)]| {
            many.iter().filter(|(_, end)| end.is_cancelled()).count()
        };
        for (visitor, _) in &many {
            visitor.let_in();
        }
        assert_eq!(ended(&many), 1);
        assert_eq!(strangers.all().waiting.len(), 1);
    }

    #[test]
    fn connection_stays_while_its_key_is_looked_up() {
        let strangers = Arc::new(Strangers::new(0));
        let come = || {
            let end = CancellationToken::new();
            let visitor = strangers.visitor();
            visitor.wait(IpAddr::from([127, 0, 0, 1]), end.clone());
            (visitor, end)
        };
        let (visitor, end) = come();
        let held = visitor.hold();
        let _many: Vec<_> = (0..4 * FEW).map(|_| come()).collect();
        assert!(!end.is_cancelled());
        drop(held);
        come();
        assert!(end.is_cancelled(), "its key opened nothing");
        let (known, stays) = come();
        known.let_in();
        let _many: Vec<_> = (0..4 * FEW).map(|_| come()).collect();
        assert!(!stays.is_cancelled());
    }

    #[test]
    fn authenticated_connection_is_never_counted() {
        let strangers = Arc::new(Strangers::new(0));
        let visitor = strangers.visitor();
        visitor.let_in();
        visitor.wait(IpAddr::from([127, 0, 0, 1]), CancellationToken::new());
        assert!(strangers.all().waiting.is_empty());
    }

    #[test]
    fn one_address_gets_only_a_share_of_unauthenticated_connections() {
        let strangers = Arc::new(Strangers::new(64 * SHARE * SHARE_OF_ONE));
        let admit = |last: u8| {
            let end = CancellationToken::new();
            strangers
                .visitor()
                .wait(IpAddr::from([127, 0, 0, last]), end.clone());
            end
        };
        let other = admit(1);
        let many: Vec<_> = (0..100).map(|_| admit(2)).collect();
        let ended = many.iter().filter(|end| end.is_cancelled()).count();
        assert_eq!(ended, 100 - 64);
        assert!(!other.is_cancelled());
    }
}
