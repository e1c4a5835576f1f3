//! Ranges part by part, at a carrier that does not finish one of them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use trunkline_core::{
    AccountEntry, AccountName, Caller, Capability, Effect, Error, ErrorKind, Number, Operation,
    OperationSet, Provider, ProviderName, RangeItem, RangeOutcome, RangeRequest, Registry, Result,
    Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::seal::Sealer;
use trunkline_engine::{MemoryJournal, Timing};

/// A carrier that makes ten numbers at once, and does not say in time what has become of those of one part.
#[derive(Debug)]
struct Directory {
    account: AccountName,
    provider: ProviderName,
    capability: Capability,
    unfinished: &'static str,
    asked: Mutex<Vec<String>>,
}

impl Directory {
    fn new(unfinished: &'static str) -> Self {
        Self {
            account: "pbx".parse().unwrap(),
            provider: ProviderName::new("directory"),
            capability: Capability {
                operations: OperationSet::of(&[Operation::RegisterRange]),
                range_max: 100,
                range_chunk: 10,
                ..Capability::default()
            },
            unfinished,
            asked: Mutex::default(),
        }
    }

    fn outcome(&self, first: &str, number: &str) -> RangeOutcome {
        if first == self.unfinished {
            let error = Error::new(ErrorKind::Timeout, "not finished yet");
            let error = error.with_effect(Effect::Unknown);
            return RangeOutcome::Failed(error.with_retry(Retry::Backoff));
        }
        let (account, provider) = (self.account.clone(), self.provider.clone());
        let e164 = number.parse().unwrap();
        let made = Number::new(account, provider, number.to_owned(), e164);
        RangeOutcome::Created(Box::new(made.unwrap()))
    }
}

#[async_trait]
impl Provider for Directory {
    fn account(&self) -> &AccountName {
        &self.account
    }

    fn provider(&self) -> &ProviderName {
        &self.provider
    }

    fn identity(&self) -> &str {
        "pbx"
    }

    fn capability(&self) -> &Capability {
        &self.capability
    }

    async fn register_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        let first = &request.start_number;
        self.asked.lock().unwrap().push(first.clone());
        let digits = |text: &str| text[1..].parse::<u64>().unwrap();
        let numbers = digits(first)..=digits(&request.end_number);
        let item = |number: u64| {
            let number = format!("+{number}");
            RangeItem {
                outcome: self.outcome(first, &number),
                number,
            }
        };
        Ok(numbers.map(item).collect())
    }
}

#[tokio::test(start_paused = true)]
async fn range_stops_after_a_part_with_unknown_outcome() {
    let directory = Arc::new(Directory::new("+14155550110"));
    let mut registry = Registry::default();
    let entry = AccountEntry::new(Arc::clone(&directory) as Arc<dyn Provider>);
    registry.insert(entry).unwrap();
    let store = Arc::new(MemoryJournal::default());
    let services = Engine::new(registry, store, Sealer::new(b"test"), Timing::default());
    let request = RangeRequest {
        start_number: "+14155550100".to_owned(),
        end_number: "+14155550149".to_owned(),
        location: None,
    };
    let (numbers, caller) = (&services.numbers, Caller::default());
    let told = numbers.register_range(&caller, "pbx", &request);
    let items = told.await.unwrap();
    assert_eq!(items.len(), 50);
    assert_eq!(
        *directory.asked.lock().unwrap(),
        ["+14155550100", "+14155550110"]
    );
    for (at, item) in items.iter().enumerate() {
        let effect = match &item.outcome {
            RangeOutcome::Failed(error) => Some(error.effect()),
            _ => None,
        };
        let wanted = match at {
            0..10 => None,
            10..20 => Some(Effect::Unknown),
            _ => Some(Effect::None),
        };
        assert_eq!(effect, wanted, "{}", item.number);
    }
}
