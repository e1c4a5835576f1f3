//! The capability tells the truth, both ways round.

use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    Callback, CallerId, CallerIdMethod, CallerIdState, Error, ErrorKind, Features, ListQuery, Near,
    NumberState, NumberType, NumberUpdate, Operation, Patch, Provider, ProviderData, Routing,
    SearchQuery,
};

use super::{Args, Subject, call};
use crate::harness::{CallOutcome, Harness};
use crate::with;

pub async fn every_operation_offered_works(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for operation in subject.provider().capability().operations.iter() {
        let args = Args::prepared(&subject, operation).await;
        let before = subject.sent();
        let result = call(subject.provider(), operation, &args).await;
        assert!(result.is_ok(), "{operation}: {result:?}");
        assert!(subject.sent() > before, "{operation} asked nobody");
        forget_caller_id(&subject).await;
    }
}

/// Makes room for the next proof of the sample's caller ID.
async fn forget_caller_id(subject: &Subject<'_>) {
    let Some(number) = subject.samples().caller_id else {
        return;
    };
    if subject.harness().validation_code(&number).is_some() {
        let harness = subject.harness();
        harness.answer_caller_id(&number, CallOutcome::Failed).await;
    }
    if subject.supports(Operation::DeleteCallerId) {
        let gone = subject.provider().delete_caller_id(number.as_str()).await;
        let kind = gone.err().map(|error| error.kind());
        assert!(matches!(kind, None | Some(ErrorKind::NotFound)), "{kind:?}");
    }
    // The callee may have to be left alone for a while.
    subject.harness().let_time_pass();
}

/// By the guard and by the adapter itself, naming provider and operation.
pub async fn every_operation_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    for operation in &Operation::ALL {
        if !subject.supports(*operation) {
            subject.is_refused_unsent(*operation).await;
        }
    }
}

pub async fn every_search_filter_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let capability = subject.provider().capability();
    for filter in &SearchFilter::ALL {
        if !capability.can_filter_search(*filter) {
            let query = search_by(*filter, subject.stock());
            let search = subject.provider().search_available(&query);
            names(&subject.unsent(search).await, filter.as_str());
        }
    }
}

fn search_by(filter: SearchFilter, mut query: SearchQuery) -> SearchQuery {
    let text = Some("1".to_owned());
    let near = Some(Near::Point {
        latitude: 0.0,
        longitude: 0.0,
    });
    match filter {
        SearchFilter::AreaCode => query.area_code = text,
        SearchFilter::Contains => query.contains = "11".parse().ok(),
        SearchFilter::Features => query.features = voice(),
        SearchFilter::Region => query.region = text,
        SearchFilter::Locality => query.locality = text,
        SearchFilter::PostalCode => query.postal_code = text,
        SearchFilter::Near => query.near = near,
        // There is no distance without a place.
        SearchFilter::Distance => (query.near, query.distance) = (near, Some(1)),
        SearchFilter::AddressRequirement => query.address_requirement = Some("none".into()),
        SearchFilter::RateCenter => query.rate_center = text,
        SearchFilter::Lata => query.lata = text,
        SearchFilter::Beta => query.beta = Some(true),
    }
    query
}

fn voice() -> Features {
    with(Features::default(), |it| it.voice = true)
}

fn names(error: &Error, field: &str) {
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{field}: {error:?}");
    // A distance without a place to measure from is named by the place, where that is missing too.
    let named = error.fields().iter().any(|named| named.field == field);
    let by_place = field == "distance" && error.fields().iter().any(|f| f.field == "near");
    assert!(named || by_place, "{field} is not named: {error:?}");
}

pub async fn every_number_type_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let subject = offering!(harness, SearchAvailable);
    let invented = NumberType::Other("holographic".to_owned());
    for number_type in NumberType::KNOWN.iter().chain([&invented]) {
        let offered = &subject.provider().capability().number_types;
        if !offered.contains(number_type) {
            let query = with(subject.stock(), |it| it.number_type = number_type.clone());
            let search = subject.provider().search_available(&query);
            names(&subject.unsent(search).await, "type");
        }
    }
}

pub async fn every_list_filter_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let subject = offering!(harness, List);
    for filter in &ListFilter::ALL {
        if !subject.provider().capability().can_filter_list(*filter) {
            let query = list_by(*filter);
            let list = subject.provider().list(&query);
            names(&subject.unsent(list).await, filter.as_str());
        }
    }
}

fn list_by(filter: ListFilter) -> ListQuery {
    let (text, mut query) = (Some("1".to_owned()), ListQuery::default());
    match filter {
        ListFilter::Number => query.number = text,
        ListFilter::Contains => query.contains = text,
        ListFilter::Country => query.country = "US".parse().ok(),
        ListFilter::Type => query.number_type = Some(NumberType::Local),
        ListFilter::State => query.state = Some(NumberState::Active),
        ListFilter::Features => query.features = voice(),
        ListFilter::Label => query.label = text,
        ListFilter::Owner => query.owner = text,
        ListFilter::Location => query.location = text,
        ListFilter::Main => query.main = Some(true),
        ListFilter::Available => query.available = Some(true),
    }
    query
}

pub async fn every_field_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let subject = offering!(harness, Update);
    let id = &subject.samples().unknown_id;
    for field in &NumberField::ALL {
        if !subject.writes(*field) {
            let change = change_of(*field);
            let update = subject.provider().update(id, &change);
            names(&subject.unsent(update).await, field.as_str());
        }
    }
}

fn change_of(field: NumberField) -> NumberUpdate {
    let (text, mut update) = (Patch::Set("1".to_owned()), NumberUpdate::default());
    match field {
        NumberField::Label => update.label = text,
        NumberField::Voice => update.voice = Patch::Set(Routing::None),
        NumberField::Messaging => update.messaging = Patch::Set(Routing::None),
        NumberField::EmergencyAddressId => update.emergency_address_id = text,
        NumberField::CallerIdName => update.caller_id_name = text,
        NumberField::Location => update.location = text,
        NumberField::Owner => update.owner = text,
        NumberField::State => update.state = text,
        NumberField::Shared => update.shared = Patch::Set(true),
        NumberField::ProviderOptions => {
            update.provider_options = Patch::Set(ProviderData::default());
        }
    }
    update
}

/// What belongs to an operation is there with it, and nothing is declared twice.
pub async fn the_capability_is_consistent(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let capability = subject.provider().capability();
    let has = |operation| capability.supports(operation);
    for (operation, declared) in [
        (Operation::SearchAvailable, capability.search_limit_max > 0),
        (
            Operation::SearchAvailable,
            !capability.number_types.is_empty(),
        ),
        (Operation::List, capability.page_size_max > 0),
        (Operation::Register, capability.batch_max > 0),
        (Operation::Update, !capability.writable.is_empty()),
        (
            Operation::ListCallerIds,
            capability.caller_id_method.is_some(),
        ),
    ] {
        assert_eq!(has(operation), declared, "{operation}");
    }
    assert!(
        !has(Operation::Purchase) || has(Operation::FindOwned),
        "a purchase can't be settled"
    );
    let provider = subject.provider();
    assert!(!provider.checks_callbacks() || has(Operation::StartCallerId));
    let unsigned = provider.check_callback("https://h.example/", &Callback::default(), &nobody());
    let refusal = if provider.checks_callbacks() {
        ErrorKind::PermissionDenied
    } else {
        ErrorKind::Unsupported
    };
    assert_eq!(unsigned.map_err(|error| error.kind()), Err(refusal));
    each_once(&capability.search_filters, &capability.search_filters_local);
    each_once(&capability.list_filters, &capability.list_filters_local);
    each_once(&capability.writable, &[]);
    each_once(&capability.number_types, &[]);
    assert!(!subject.provider().identity().is_empty());
    let all = subject.harness().provider();
    assert_eq!(all.identity(), subject.provider().identity());
}

fn nobody() -> CallerId {
    let (account, number) = ("nobody".parse().unwrap(), "+14155550100".parse().unwrap());
    let method = CallerIdMethod::CallEnterCode;
    CallerId::new(account, number, method, CallerIdState::Pending)
}

fn each_once<T: PartialEq + std::fmt::Debug>(here: &[T], there: &[T]) {
    let all: Vec<&T> = here.iter().chain(there).collect();
    for (at, item) in all.iter().enumerate() {
        assert!(!all[..at].contains(item), "{item:?} is declared twice");
    }
}

/// What the samples leave out would go untested.
pub async fn the_samples_cover_the_capability(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let (capability, samples) = (subject.provider().capability(), subject.samples());
    assert!(!samples.secrets.is_empty(), "the account has no secrets");
    assert!(samples.refusal.is_some(), "no refusal");
    for number_type in &capability.number_types {
        let mut all = samples.types.iter().chain(&samples.types_out_of_stock);
        let known = all.any(|(known, _)| known == number_type);
        assert!(known, "no sample of type {number_type:?}");
    }
    for filter in &SearchFilter::ALL {
        let known = samples.searches.iter().any(|(known, _)| known == filter);
        assert_eq!(known, capability.can_filter_search(*filter), "{filter}");
    }
    for field in &NumberField::ALL {
        let mut updates = samples.updates.iter();
        let known = updates.any(|update| update.fields().contains(field));
        assert_eq!(known, subject.writes(*field), "{field}");
    }
    let searches = samples.stock.is_some() && samples.nothing.is_some();
    let registers = samples.register.len() >= samples.crowd.max(8);
    for (operation, there) in [
        (Operation::Purchase, samples.taken.is_some()),
        (Operation::SearchAvailable, searches),
        (Operation::Register, registers),
        (Operation::RegisterRange, samples.range.is_some()),
        (Operation::StartCallerId, samples.caller_id.is_some()),
        (Operation::ListPrices, samples.price_country.is_some()),
    ] {
        let needed = capability.supports(operation);
        assert!(there || !needed, "no sample for {operation}");
    }
}
