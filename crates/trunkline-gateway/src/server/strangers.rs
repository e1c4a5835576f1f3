//! Connections of strangers: nobody on them has shown a key so far. There are only so many, in all and from one address;
//! the oldest goes when another one comes, so that whoever comes to show a key always gets in.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::limits::network;

/// Of so many connections one is a stranger's at most, and of four times as many one from the same address.
const SHARE: usize = 4;

/// Fewer than that are never too many.
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
    of: HashMap<IpAddr, BTreeSet<u64>>,
}

#[derive(Debug)]
struct Waiting {
    from: IpAddr,
    end: CancellationToken,
}

/// Whoever is at the other end of a connection, among the extensions of its requests.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    strangers: Arc<Strangers>,
    place: u64,
}

impl Visitor {
    /// They have shown who they are, so that their connection may stay; or they have left.
    pub(crate) fn let_in(&self) {
        self.strangers.all().forget(self.place);
    }
}

impl Strangers {
    /// The share of so many connections that strangers may have.
    pub(super) fn new(max_connections: usize) -> Self {
        Self {
            most: (max_connections / SHARE).max(FEW),
            most_of_one: (max_connections / SHARE / SHARE).max(FEW),
            all: Mutex::default(),
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a connection from an address; `end` is cancelled when it has to go.
    pub(super) fn admit(self: &Arc<Self>, from: IpAddr, end: CancellationToken) -> Visitor {
        let (from, mut all) = (network(Some(from)), self.all());
        let place = all.next;
        all.next += 1;
        all.waiting.insert(place, Waiting { from, end });
        let of_one = all.of.entry(from).or_default();
        of_one.insert(place);
        let oldest_of_one = of_one.first().copied();
        let oldest = if of_one.len() > self.most_of_one {
            oldest_of_one
        } else if all.waiting.len() > self.most {
            all.waiting.keys().next().copied()
        } else {
            None
        };
        if let Some(gone) = oldest.and_then(|oldest| all.forget(oldest)) {
            gone.end.cancel();
        }
        Visitor {
            strangers: Arc::clone(self),
            place,
        }
    }
}

impl All {
    fn forget(&mut self, place: u64) -> Option<Waiting> {
        let gone = self.waiting.remove(&place)?;
        if let Some(of_one) = self.of.get_mut(&gone.from) {
            of_one.remove(&place);
            if of_one.is_empty() {
                self.of.remove(&gone.from);
            }
        }
        Some(gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_stranger_goes_and_who_was_let_in_stays() {
        let strangers = Arc::new(Strangers::new(0));
        let from = |last: u8| IpAddr::from([127, 0, 0, last]);
        let come = |last: u8| {
            let end = CancellationToken::new();
            (strangers.admit(from(last), end.clone()), end)
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
        assert!(strangers.all().waiting.len() == 1 && strangers.all().of.len() == 1);
    }

    #[test]
    fn one_address_has_a_share_of_what_strangers_have() {
        let strangers = Arc::new(Strangers::new(64 * SHARE * SHARE));
        let admit = |last: u8| {
            let end = CancellationToken::new();
            strangers.admit(IpAddr::from([127, 0, 0, last]), end.clone());
            end
        };
        let other = admit(1);
        let many: Vec<_> = (0..100).map(|_| admit(2)).collect();
        let ended = many.iter().filter(|end| end.is_cancelled()).count();
        assert_eq!(ended, 100 - 64);
        assert!(!other.is_cancelled());
    }
}
