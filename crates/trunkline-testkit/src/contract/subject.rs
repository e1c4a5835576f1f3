//! The adapter under test, and what a behaviour does around it.

use std::time::Duration;

use tokio::time::Instant;
use trunkline_core::capability::NumberField;
use trunkline_core::{
    Call, CallerIdMethod, CallerIdQuery, CallerIdRequest, CallerIdState, E164, Effect, Error,
    Guarded, Lane, ListQuery, Number, NumberUpdate, Operation, Patch, Provider, ProviderData,
    ProviderExt, PurchaseOrder, Register, Result, SearchQuery, Sighting,
};

use crate::harness::{CallOutcome, Harness, Ledger, PurchaseEntry, Samples};
use crate::with;

/// A new adapter behind its guard, with the carrier it talks to.
pub(crate) struct Subject<'h> {
    harness: &'h dyn Harness,
    provider: Guarded,
}

impl<'h> Subject<'h> {
    /// A new adapter that has made one call: one that needs a token has it.
    pub(crate) async fn new(harness: &'h dyn Harness) -> Self {
        let provider = Guarded::new(harness.provider());
        let first = if provider.capability().supports(Operation::CheckHealth) {
            provider.check_health().await
        } else {
            provider.list(&ListQuery::default()).await.map(drop)
        };
        first.unwrap();
        Self { harness, provider }
    }

    /// The error of a call that must fail without sending anything.
    pub(crate) async fn unsent<T>(&self, work: impl Future<Output = Result<T>>) -> Error {
        let before = self.sent();
        let error = work.await.err().unwrap();
        assert_eq!(self.sent(), before, "nothing must be sent: {error:?}");
        assert_eq!(error.effect(), Effect::None, "{error:?}");
        error
    }

    pub(crate) fn harness(&self) -> &'h dyn Harness {
        self.harness
    }

    pub(crate) fn samples(&self) -> &'h Samples {
        self.harness.samples()
    }

    pub(crate) fn provider(&self) -> &Guarded {
        &self.provider
    }

    pub(crate) fn writes(&self, field: NumberField) -> bool {
        self.provider.capability().writable.contains(&field)
    }

    pub(crate) fn supports(&self, operation: Operation) -> bool {
        self.provider.capability().supports(operation)
    }

    pub(crate) async fn get(&self, id: &str) -> Number {
        self.provider.get(id).await.unwrap()
    }

    pub(crate) async fn look(&self, number: &E164) -> Sighting {
        self.provider.find_owned(number).await.unwrap()
    }

    pub(crate) async fn list_all(&self, query: &ListQuery) -> Vec<Number> {
        self.provider.list_all(query).await.unwrap()
    }

    pub(crate) async fn update(&self, id: &str, update: &NumberUpdate) -> Number {
        self.provider.update(id, update).await.unwrap()
    }

    pub(crate) fn sent(&self) -> u64 {
        self.harness.ledger().requests.values().sum()
    }

    pub(crate) fn sent_as(&self, operation: Operation) -> u64 {
        let name = self.harness.wire_name(operation);
        let requests = self.harness.ledger().requests;
        requests.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn charged_for(&self, number: &E164) -> usize {
        let purchases = self.harness.ledger().purchases;
        let of_it = |entry: &&PurchaseEntry| entry.number == number.as_str();
        purchases.iter().filter(of_it).count()
    }

    pub(crate) fn owns(&self, number: &str) -> bool {
        self.times_owned(number) > 0
    }

    /// How often a number stands in the carrier's ledger.
    pub(crate) fn times_owned(&self, number: &str) -> usize {
        let owned = self.harness.ledger().owned;
        owned.iter().filter(|entry| entry.number == number).count()
    }

    /// Checks that the ledger shows the same numbers and purchases as before.
    pub(crate) fn bought_nothing_since(&self, before: &Ledger) {
        let now = self.harness.ledger();
        assert_eq!(now.owned, before.owned);
        assert_eq!(now.purchases, before.purchases);
    }

    pub(crate) fn stock(&self) -> SearchQuery {
        self.samples().stock.clone().unwrap()
    }

    pub(crate) async fn order(&self) -> PurchaseOrder {
        self.orders(1).await.remove(0)
    }

    pub(crate) async fn hold_one(&self) -> Number {
        self.hold(1).await.remove(0)
    }

    /// An order for a number, with the papers that the carrier always wants.
    pub(crate) fn order_of(&self, number: E164) -> PurchaseOrder {
        PurchaseOrder {
            address_id: self.samples().address_id.clone(),
            ..PurchaseOrder::new(self.provider.account().clone(), number)
        }
    }

    pub(crate) async fn orders(&self, count: usize) -> Vec<PurchaseOrder> {
        let mut query = self.stock();
        query.limit = count;
        let found = self.harness.provider().search_available(&query).await;
        let found = found.unwrap().items.into_iter();
        let orders = found.map(|available| PurchaseOrder {
            handle: available.handle,
            ..self.order_of(available.number)
        });
        let orders: Vec<_> = orders.collect();
        assert_eq!(orders.len(), count, "the stock of the samples is too small");
        orders
    }

    /// A registration of these numbers where the samples say.
    pub(crate) fn register<'n>(&self, numbers: impl Iterator<Item = &'n String>) -> Register {
        Register {
            numbers: numbers.cloned().collect(),
            location: self.samples().location.clone(),
            shared: None,
            provider_options: ProviderData::default(),
        }
    }

    /// Makes the account hold so many more numbers: bought, or else registered.
    pub(crate) async fn hold(&self, count: usize) -> Vec<Number> {
        let provider = self.harness.provider();
        if self.supports(Operation::Purchase) {
            let mut held = Vec::new();
            for order in self.orders(count).await {
                held.push(provider.purchase(&order).await.unwrap());
            }
            return held;
        }
        if !self.supports(Operation::Register) {
            let held = provider.list_all(&ListQuery::default()).await.unwrap();
            assert!(held.len() >= count, "the account holds too few numbers");
            return held.into_iter().take(count).collect();
        }
        let samples = self.samples().register.iter();
        let free: Vec<&String> = samples.filter(|number| !self.owns(number)).collect();
        let enough = free.len() >= count;
        assert!(enough, "the samples have too few numbers to register");
        let mut held = Vec::new();
        for batch in free[..count].chunks(self.provider.capability().batch_max) {
            let request = self.register(batch.iter().copied());
            let registered = provider.register(&request).await.unwrap();
            held.extend(registered.into_iter().map(|(number, _)| number));
        }
        held
    }

    pub(crate) async fn choose_main(&self, number: &Number) {
        let provider = self.harness.provider();
        let place = self.samples().location.as_deref();
        let chosen = provider.set_main(place, &number.provider_id).await;
        chosen.unwrap();
    }

    /// Starts a proof of the sample's caller ID and gives its number.
    pub(crate) async fn start_caller_id(&self) -> E164 {
        let number = self.samples().caller_id();
        let request = CallerIdRequest::new(number);
        let started = self.harness.provider().start_caller_id(&request).await;
        started.unwrap();
        number
    }

    /// Takes a caller ID all the way through its proof, or to its failure, and gives its number.
    pub(crate) async fn verified_caller_id(&self, outcome: CallOutcome) -> E164 {
        let known = self.samples().caller_id();
        let shown = self.harness.provider().get_caller_id(known.as_str()).await;
        if shown.is_ok_and(|caller_id| caller_id.state == CallerIdState::Verified) {
            return known;
        }
        let number = self.start_caller_id().await;
        match self.provider.capability().caller_id_method {
            Some(CallerIdMethod::CallEnterCode) => {
                self.harness.answer_caller_id(&number, outcome).await;
            }
            Some(CallerIdMethod::CallSubmitCode) => {
                let code = match outcome {
                    CallOutcome::Verified => self.harness.validation_code(&number).unwrap(),
                    CallOutcome::Failed | CallOutcome::NoAnswer => return number,
                };
                let provider = self.harness.provider();
                let done = provider.complete_caller_id(number.as_str(), &code).await;
                done.unwrap();
            }
            Some(CallerIdMethod::Directory) | None => {}
        }
        number
    }

    /// The key of a caller ID that can be shown: a proved one, or where nothing is proved one that is there; if there
    /// is none, that of a number held.
    pub(crate) async fn caller_id_key(&self) -> String {
        if self.supports(Operation::StartCallerId) {
            let number = self.verified_caller_id(CallOutcome::Verified).await;
            return number.to_string();
        }
        let provider = self.harness.provider();
        let list = async || provider.list_caller_ids(&CallerIdQuery::default()).await;
        let mut shown = list().await.unwrap().items;
        if shown.is_empty() {
            self.share_a_number().await;
            shown = list().await.unwrap().items;
        }
        let account = format!("{}:", provider.account());
        shown[0].id.strip_prefix(&account).unwrap().to_owned()
    }

    /// Holds a number that everybody may show, which is a caller ID where nothing is proved.
    async fn share_a_number(&self) {
        let held = self.hold_one().await;
        if !self.writes(NumberField::Shared) {
            return;
        }
        let update = with(NumberUpdate::default(), |it| it.shared = Patch::Set(true));
        let provider = self.harness.provider();
        provider.update(&held.provider_id, &update).await.unwrap();
    }
}

impl Samples {
    pub(crate) fn caller_id(&self) -> E164 {
        self.caller_id.unwrap()
    }

    pub(crate) fn unknown_number(&self) -> E164 {
        self.unknown_number.unwrap()
    }
}

/// Runs something for a caller who waits so long, and says how long it took.
pub(crate) async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    let done = Call::within(patience, Lane::Search).scope(work).await;
    (done, started.elapsed())
}

/// Waits until a condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !condition().await {
        assert!(Instant::now() < give_up, "{what}, but it never did");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
