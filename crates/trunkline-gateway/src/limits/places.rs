//! Places for requests under way. No caller can take all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A caller gets another place only while they hold fewer than this many times the free ones.
const SHARE: usize = 4;

/// Places that all callers share.
#[derive(Debug)]
pub(crate) struct Places<K: Eq + Hash>(Arc<Shared<K>>);

#[derive(Debug)]
struct Shared<K: Eq + Hash> {
    most: usize,
    held: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by: HashMap<K, usize>,
}

/// A place, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Place<K: Eq + Hash> {
    shared: Arc<Shared<K>>,
    of: K,
}

impl<K: Clone + Eq + Hash> Places<K> {
    /// This many places.
    pub(crate) fn new(most: usize) -> Self {
        let held = Mutex::new(Taken {
            all: 0,
            by: HashMap::new(),
        });
        Self(Arc::new(Shared { most, held }))
    }

    /// Takes a place for a caller; `None` if none is free, or they hold their share.
    pub(crate) fn take(&self, of: &K) -> Option<Place<K>> {
        let mut held = self.0.held();
        let free = self.0.most.saturating_sub(held.all);
        let own = held.by.get(of).copied().unwrap_or_default();
        if own >= SHARE.saturating_mul(free) {
            return None;
        }
        held.all += 1;
        held.by.insert(of.clone(), own + 1);
        Some(Place {
            shared: Arc::clone(&self.0),
            of: of.clone(),
        })
    }
}

impl<K: Eq + Hash> Shared<K> {
    fn held(&self) -> MutexGuard<'_, Taken<K>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        held.all = held.all.saturating_sub(1);
        if let Some(own) = held.by.get_mut(&self.of) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                held.by.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_leaves_places_for_the_others() {
        let places = Places::new(64);
        let greedy: Vec<_> = std::iter::from_fn(|| places.take(&"a")).collect();
        assert_eq!(greedy.len(), 52);
        let other: Vec<_> = std::iter::from_fn(|| places.take(&"b")).collect();
        assert!(
            other.len() >= 9 && places.take(&"c").is_some(),
            "{}",
            other.len()
        );
        drop(greedy);
        assert!(places.take(&"a").is_some());
    }

    #[test]
    fn single_place_is_taken_once_and_given_back() {
        let places = Places::new(1);
        let place = places.take(&"a");
        assert!(place.is_some() && places.take(&"b").is_none());
        drop(place);
        assert!(places.take(&"b").is_some());
        assert!(places.0.held().by.is_empty(), "nobody is remembered");
        assert!(Places::new(0).take(&"a").is_none());
    }
}
