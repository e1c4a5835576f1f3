//! The capability tells the truth, both ways round.

use trunkline_core::capability::{Capability, ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    Callback, CallerId, CallerIdMethod, CallerIdState, Error, ErrorKind, Features, ListQuery, Near,
    NumberState, NumberType, NumberUpdate, Operation, Patch, Provider, ProviderData, Routing,
    SearchQuery,
};

use super::{Args, Subject, call};
use crate::harness::{CallOutcome, Harness};

/// Each with everything done that has to come before it.
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

/// The error names the filter.
pub async fn every_search_filter_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::SearchAvailable]).await else {
        return;
    };
    let capability = subject.provider().capability();
    for filter in &SearchFilter::ALL {
        if !capability.can_filter_search(*filter) {
            let query = search_by(*filter, subject.samples().stock.clone().unwrap());
            let search = subject.provider().search_available(&query);
            names(&subject.unsent(search).await, filter.as_str());
        }
    }
}

/// A search in the middle of nowhere that uses a filter.
fn search_by(filter: SearchFilter, query: SearchQuery) -> SearchQuery {
    let text = || Some("1".to_owned());
    let near = Some(Near::Point {
        latitude: 0.0,
        longitude: 0.0,
    });
    match filter {
        SearchFilter::AreaCode => SearchQuery {
            area_code: text(),
            ..query
        },
        SearchFilter::Contains => SearchQuery {
            contains: "11".parse().ok(),
            ..query
        },
        SearchFilter::Features => SearchQuery {
            features: voice(),
            ..query
        },
        SearchFilter::Region => SearchQuery {
            region: text(),
            ..query
        },
        SearchFilter::Locality => SearchQuery {
            locality: text(),
            ..query
        },
        SearchFilter::PostalCode => SearchQuery {
            postal_code: text(),
            ..query
        },
        SearchFilter::Near => SearchQuery { near, ..query },
        // There is no distance without a place.
        SearchFilter::Distance => SearchQuery {
            near,
            distance: Some(1),
            ..query
        },
        SearchFilter::AddressRequirement => SearchQuery {
            address_requirement: Some("none".into()),
            ..query
        },
        SearchFilter::RateCenter => SearchQuery {
            rate_center: text(),
            ..query
        },
        SearchFilter::Lata => SearchQuery {
            lata: text(),
            ..query
        },
        SearchFilter::Beta => SearchQuery {
            beta: Some(true),
            ..query
        },
    }
}

fn voice() -> Features {
    Features {
        voice: true,
        ..Features::default()
    }
}

fn names(error: &Error, field: &str) {
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{field}: {error:?}");
    // A distance without a place to measure from is named by the place, where that is missing too.
    let named = error.fields().iter().any(|named| named.field == field);
    let by_place = field == "distance" && error.fields().iter().any(|f| f.field == "near");
    assert!(named || by_place, "{field} is not named: {error:?}");
}

/// The error names the type.
pub async fn every_number_type_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::SearchAvailable]).await else {
        return;
    };
    let invented = NumberType::Other("holographic".to_owned());
    for number_type in NumberType::KNOWN.iter().chain([&invented]) {
        if !subject
            .provider()
            .capability()
            .number_types
            .contains(number_type)
        {
            let query = SearchQuery {
                number_type: number_type.clone(),
                ..subject.samples().stock.clone().unwrap()
            };
            let search = subject.provider().search_available(&query);
            names(&subject.unsent(search).await, "type");
        }
    }
}

/// The error names the filter.
pub async fn every_list_filter_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List]).await else {
        return;
    };
    for filter in &ListFilter::ALL {
        if !subject.provider().capability().can_filter_list(*filter) {
            let query = list_by(*filter);
            names(
                &subject.unsent(subject.provider().list(&query)).await,
                filter.as_str(),
            );
        }
    }
}

fn list_by(filter: ListFilter) -> ListQuery {
    let (text, query) = (Some("1".to_owned()), ListQuery::default());
    match filter {
        ListFilter::Number => ListQuery {
            number: text,
            ..query
        },
        ListFilter::Contains => ListQuery {
            contains: text,
            ..query
        },
        ListFilter::Country => ListQuery {
            country: "US".parse().ok(),
            ..query
        },
        ListFilter::Type => ListQuery {
            number_type: Some(NumberType::Local),
            ..query
        },
        ListFilter::State => ListQuery {
            state: Some(NumberState::Active),
            ..query
        },
        ListFilter::Features => ListQuery {
            features: voice(),
            ..query
        },
        ListFilter::Label => ListQuery {
            label: text,
            ..query
        },
        ListFilter::Owner => ListQuery {
            owner: text,
            ..query
        },
        ListFilter::Location => ListQuery {
            location: text,
            ..query
        },
        ListFilter::Main => ListQuery {
            main: Some(true),
            ..query
        },
        ListFilter::Available => ListQuery {
            available: Some(true),
            ..query
        },
    }
}

/// The error names the field.
pub async fn every_field_not_offered_is_refused_unsent(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::Update]).await else {
        return;
    };
    let id = &subject.samples().unknown_id;
    for field in &NumberField::ALL {
        if !subject.provider().capability().writable.contains(field) {
            let change = change_of(*field);
            let update = subject.provider().update(id, &change);
            names(&subject.unsent(update).await, field.as_str());
        }
    }
}

fn change_of(field: NumberField) -> NumberUpdate {
    let (text, update) = (Patch::Set("1".to_owned()), NumberUpdate::default());
    match field {
        NumberField::Label => NumberUpdate {
            label: text,
            ..update
        },
        NumberField::Voice => NumberUpdate {
            voice: Patch::Set(Routing::None),
            ..update
        },
        NumberField::Messaging => NumberUpdate {
            messaging: Patch::Set(Routing::None),
            ..update
        },
        NumberField::EmergencyAddressId => NumberUpdate {
            emergency_address_id: text,
            ..update
        },
        NumberField::CallerIdName => NumberUpdate {
            caller_id_name: text,
            ..update
        },
        NumberField::Location => NumberUpdate {
            location: text,
            ..update
        },
        NumberField::Owner => NumberUpdate {
            owner: text,
            ..update
        },
        NumberField::State => NumberUpdate {
            state: text,
            ..update
        },
        NumberField::Shared => NumberUpdate {
            shared: Patch::Set(true),
            ..update
        },
        NumberField::ProviderOptions => NumberUpdate {
            provider_options: Patch::Set(ProviderData::default()),
            ..update
        },
    }
}

/// What belongs to an operation is there with it, and nothing is declared twice.
pub async fn the_capability_is_consistent(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let capability = subject.provider().capability();
    let has = |operation| capability.supports(operation);
    assert_eq!(
        has(Operation::SearchAvailable),
        capability.search_limit_max > 0
    );
    assert_eq!(
        has(Operation::SearchAvailable),
        !capability.number_types.is_empty()
    );
    assert_eq!(has(Operation::List), capability.page_size_max > 0);
    assert_eq!(has(Operation::Register), capability.batch_max > 0);
    assert_eq!(has(Operation::Update), !capability.writable.is_empty());
    assert_eq!(
        has(Operation::ListCallerIds),
        capability.caller_id_method.is_some()
    );
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
        let all = samples.types.iter().chain(&samples.types_out_of_stock);
        let known = all
            .map(|(known, _)| known)
            .any(|known| known == number_type);
        assert!(known, "no sample of type {number_type:?}");
    }
    for filter in &SearchFilter::ALL {
        let known = samples.searches.iter().any(|(known, _)| known == filter);
        assert_eq!(known, capability.can_filter_search(*filter), "{filter}");
    }
    for field in &NumberField::ALL {
        let known = samples
            .updates
            .iter()
            .any(|update| update.fields().contains(field));
        assert_eq!(known, capability.writable.contains(field), "{field}");
    }
    needs(capability, Operation::Purchase, samples.taken.is_some());
    needs(
        capability,
        Operation::SearchAvailable,
        samples.stock.is_some() && samples.nothing.is_some(),
    );
    needs(
        capability,
        Operation::Register,
        samples.register.len() >= samples.crowd.max(8),
    );
    needs(
        capability,
        Operation::RegisterRange,
        samples.range.is_some(),
    );
    needs(
        capability,
        Operation::StartCallerId,
        samples.caller_id.is_some(),
    );
    needs(
        capability,
        Operation::ListPrices,
        samples.price_country.is_some(),
    );
}

fn needs(capability: &Capability, operation: Operation, there: bool) {
    assert!(
        there || !capability.supports(operation),
        "no sample for {operation}"
    );
}
