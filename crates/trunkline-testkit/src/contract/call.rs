//! One valid call of every operation, as data.

use trunkline_core::{
    CallerIdQuery, CallerIdRequest, CallerIdUpdate, CountryCode, E164, ErrorKind, ListQuery,
    NumberUpdate, Operation, Patch, Provider, PurchaseOrder, RangeRequest, Register, Result,
    SearchQuery,
};

use super::Subject;
use crate::harness::Harness;
use crate::with;

/// The arguments of a call; which of them count depends on the operation.
#[derive(Clone, Debug)]
pub(crate) struct Args {
    pub(crate) id: String,
    pub(crate) number: E164,
    /// Of a caller ID: what follows the account in its id.
    key: String,
    code: String,
    search: SearchQuery,
    order: PurchaseOrder,
    register: Register,
    range: RangeRequest,
    location: Option<String>,
    update: NumberUpdate,
    country: CountryCode,
}

impl Args {
    /// Well-formed arguments about things that don't exist.
    pub(crate) fn of_nothing(subject: &Subject<'_>) -> Self {
        let samples = subject.samples();
        let number = samples.unknown_number();
        let range = || RangeRequest {
            start_number: number.to_string(),
            end_number: number.to_string(),
            location: samples.location.clone(),
        };
        Self {
            id: samples.unknown_id.clone(),
            number,
            key: number.to_string(),
            code: "000000".to_owned(),
            search: (samples.stock.clone()).unwrap_or_else(|| SearchQuery::new(CountryCode::US)),
            order: subject.order_of(number),
            register: subject.register(samples.register.iter().take(1)),
            range: samples.range.clone().unwrap_or_else(range),
            location: samples.location.clone(),
            update: samples.updates.first().cloned().unwrap_or_default(),
            country: samples.price_country.unwrap_or(CountryCode::US),
        }
    }

    /// Arguments with which the operation must work, everything done that has to come before it.
    pub(crate) async fn prepared(subject: &Subject<'_>, operation: Operation) -> Self {
        let nothing = Self::of_nothing(subject);
        match operation {
            Operation::SearchAvailable
            | Operation::ListPrices
            | Operation::ListCountries
            | Operation::Register
            | Operation::RegisterRange
            | Operation::List
            | Operation::ListCallerIds
            | Operation::CheckHealth => nothing,
            Operation::Purchase => {
                let order = subject.order().await;
                Self { order, ..nothing }
            }
            Operation::Get
            | Operation::FindOwned
            | Operation::Update
            | Operation::Release
            | Operation::GetMain
            | Operation::SetMain => {
                let held = subject.hold_one().await;
                let number = held.e164().unwrap_or(nothing.number);
                subject.harness().let_time_pass();
                if operation == Operation::GetMain && subject.supports(Operation::SetMain) {
                    subject.choose_main(&held).await;
                }
                with(nothing, |it| {
                    (it.id, it.number) = (held.provider_id, number)
                })
            }
            Operation::StartCallerId => Self {
                number: subject.samples().caller_id(),
                ..nothing
            },
            Operation::CompleteCallerId | Operation::ResendCallerId => {
                let number = subject.start_caller_id().await;
                subject.harness().let_time_pass();
                let code = subject.harness().validation_code(&number);
                Self {
                    number,
                    key: number.to_string(),
                    code: code.unwrap_or_default(),
                    ..nothing
                }
            }
            Operation::GetCallerId | Operation::UpdateCallerId | Operation::DeleteCallerId => {
                let key = subject.caller_id_key().await;
                Self { key, ..nothing }
            }
        }
    }
}

pub(crate) async fn call(provider: &dyn Provider, operation: Operation, args: &Args) -> Result<()> {
    let key = args.key.as_str();
    match operation {
        Operation::SearchAvailable => provider.search_available(&args.search).await.map(drop),
        Operation::ListPrices => provider.list_prices(args.country).await.map(drop),
        Operation::ListCountries => provider.list_countries().await.map(drop),
        Operation::Purchase => provider.purchase(&args.order).await.map(drop),
        Operation::Register => provider.register(&args.register).await.map(drop),
        Operation::RegisterRange => provider.register_range(&args.range).await.map(drop),
        Operation::List => provider.list(&ListQuery::default()).await.map(drop),
        Operation::Get => provider.get(&args.id).await.map(drop),
        Operation::FindOwned => provider.find_owned(&args.number).await.map(drop),
        Operation::Update => provider.update(&args.id, &args.update).await.map(drop),
        Operation::Release => provider.release(&args.id).await,
        Operation::GetMain => provider.get_main(args.location.as_deref()).await.map(drop),
        Operation::SetMain => {
            let place = args.location.as_deref();
            provider.set_main(place, &args.id).await.map(drop)
        }
        Operation::StartCallerId => {
            let request = CallerIdRequest::new(args.number);
            provider.start_caller_id(&request).await.map(drop)
        }
        Operation::CompleteCallerId => provider.complete_caller_id(key, &args.code).await.map(drop),
        Operation::ResendCallerId => {
            let request = CallerIdRequest::new(args.number);
            provider.resend_caller_id(&request).await.map(drop)
        }
        Operation::ListCallerIds => {
            let query = CallerIdQuery::default();
            provider.list_caller_ids(&query).await.map(drop)
        }
        Operation::GetCallerId => provider.get_caller_id(key).await.map(drop),
        Operation::UpdateCallerId => {
            let label = Patch::Set("Reception".to_owned());
            let update = with(CallerIdUpdate::default(), |it| it.label = label);
            provider.update_caller_id(key, &update).await.map(drop)
        }
        Operation::DeleteCallerId => provider.delete_caller_id(key).await,
        Operation::CheckHealth => provider.check_health().await,
    }
}

impl<'h> Subject<'h> {
    /// A new adapter, if the account has all of these operations. If not, the ones it lacks must be refused unsent.
    pub(crate) async fn offering(
        harness: &'h dyn Harness,
        operations: &[Operation],
    ) -> Option<Self> {
        let subject = Self::new(harness).await;
        let mut all = true;
        for operation in operations {
            if !subject.supports(*operation) {
                subject.is_refused_unsent(*operation).await;
                all = false;
            }
        }
        all.then_some(subject)
    }

    /// Checks that an operation which the account lacks is refused, by the guard and by the adapter itself.
    pub(crate) async fn is_refused_unsent(&self, operation: Operation) {
        let args = Args::of_nothing(self);
        let bare = self.harness().provider();
        for provider in [self.provider() as &dyn Provider, &*bare] {
            let error = self.unsent(call(provider, operation, &args)).await;
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
            assert_eq!(error.provider(), Some(provider.provider()), "{error:?}");
            assert_eq!(error.operation(), Some(operation), "{error:?}");
        }
    }

    /// Every read that the account has, with arguments for it.
    pub(crate) async fn reads(&self) -> Vec<(Operation, Args)> {
        let mut reads = Vec::new();
        let all = Operation::ALL.iter().copied();
        let reads_of = |operation: &Operation| !operation.is_write() && self.supports(*operation);
        for operation in all.filter(reads_of) {
            reads.push((operation, Args::prepared(self, operation).await));
        }
        reads
    }

    pub(crate) async fn counted(&self, operation: Operation, args: &Args) -> (Result<()>, u64) {
        let before = self.sent_as(operation);
        let result = call(self.provider(), operation, args).await;
        (result, self.sent_as(operation) - before)
    }
}
