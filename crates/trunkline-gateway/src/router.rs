//! Every route and its rules.

use std::sync::Arc;

use axum::{Router, middleware};
use trunkline_admin::KeyScope::{
    Admin, CallerIdsRead, CallerIdsWrite, NumbersPurchase, NumbersRead, NumbersRelease,
    NumbersWrite,
};

use crate::auth::{self, Gate};
use crate::route::{Api, Bound, keyed, local, open, routes, scoped};
use crate::routes::{
    admin, allocations, audit, callbacks, caller_ids, countries, docs, drift, events, inventory,
    keys, numbers, ops, providers, purchases, register, search, session, webhooks,
};
use crate::state::AppState;
use crate::{bounded, browser, compress, idempotency, layers, telemetry};

/// Every route and its rules.
pub(crate) fn api() -> Api {
    operator(caller_ids(inventory(numbers(Api::default()))))
}

/// Accounts, numbers, purchases and allocations.
fn numbers(api: Api) -> Api {
    api.routes(
        scoped(NumbersRead),
        routes![
            providers::list_providers,
            providers::list_accounts,
            providers::get_account,
            search::search,
            countries::list_countries,
            numbers::list_numbers,
            numbers::get_number,
            register::get_main_number,
            purchases::list_purchases,
            purchases::get_purchase,
            allocations::list_allocations,
            allocations::get_allocation
        ],
    )
    .routes(
        scoped(NumbersPurchase).kept_by_engine(),
        routes![purchases::purchase, allocations::start_allocation],
    )
    .routes(
        scoped(NumbersWrite).kept(),
        routes![
            numbers::update_number,
            register::register_number,
            register::set_main_number
        ],
    )
    .routes(
        scoped(NumbersWrite).kept().bound(Bound::Counted),
        routes![register::register_range],
    )
    .routes(
        scoped(NumbersRelease).kept(),
        routes![numbers::release_number, numbers::restore_number],
    )
    .routes(scoped(Admin).kept(), routes![purchases::resolve_purchase])
}

/// What is held, as it is remembered.
fn inventory(api: Api) -> Api {
    api.routes(
        scoped(NumbersRead),
        routes![
            inventory::list_inventory,
            inventory::summarize_inventory,
            inventory::get_inventory,
            inventory::where_is,
            drift::list_drift,
            drift::get_sync
        ],
    )
    .routes(scoped(NumbersRead).kept(), routes![drift::start_sync])
    .routes(
        scoped(NumbersWrite).kept(),
        routes![
            inventory::change_inventory,
            drift::accept_drift,
            drift::accept_drifts
        ],
    )
}

/// Caller IDs, and the callbacks of carriers.
fn caller_ids(api: Api) -> Api {
    api.routes(
        scoped(CallerIdsRead),
        routes![caller_ids::list_caller_ids, caller_ids::get_caller_id],
    )
    .routes(
        scoped(CallerIdsWrite).kept(),
        routes![
            caller_ids::start_caller_id,
            caller_ids::update_caller_id,
            caller_ids::delete_caller_id,
            caller_ids::verify_caller_id,
            caller_ids::resend_caller_id
        ],
    )
    .routes(open(), routes![callbacks::call_back])
}

/// Keys, audit, events, webhooks, sessions and health.
fn operator(api: Api) -> Api {
    api.routes(
        scoped(Admin).kept(),
        routes![
            keys::list_keys,
            keys::create_key,
            keys::get_key,
            keys::revoke_key,
            keys::rotate_key,
            webhooks::list_webhooks,
            webhooks::create_webhook,
            webhooks::get_webhook,
            webhooks::update_webhook,
            webhooks::delete_webhook,
            webhooks::rotate_webhook,
            webhooks::redeliver,
            admin::reload
        ],
    )
    .routes(
        scoped(Admin),
        routes![
            audit::list_audit,
            audit::verify_audit,
            events::list_events,
            webhooks::list_deliveries
        ],
    )
    .routes(keyed(), routes![session::get_session])
    .routes(
        open(),
        routes![session::begin_session, session::end_session, ops::readyz],
    )
    .routes(open().bound(Bound::Free), routes![ops::healthz])
    .routes(local(Admin), routes![ops::metrics])
}

/// The gateway as a router, for a server or to be called in process.
pub fn router(state: AppState) -> Router {
    telemetry::install();
    let (routes, rules) = api().into_router();
    let gate = Gate {
        state: state.clone(),
        rules: Arc::new(rules),
    };
    let app = routes
        .merge(trunkline_console::router())
        .merge(docs::router())
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::method_not_allowed)
        .layer(middleware::from_fn_with_state(
            state.clone(),
            idempotency::honour,
        ))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            layers::outlive_client,
        ))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            bounded::bound,
        ))
        .layer(middleware::from_fn_with_state(gate, auth::authenticate))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            layers::observe,
        ))
        .layer(middleware::from_fn(compress::compress));
    match browser::cors(&state.settings()) {
        Some(cors) => app.layer(cors).with_state(state),
        None => app.with_state(state),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::route::Keeper;

    #[test]
    fn every_route_has_rules_and_documents_its_idempotency_key() {
        let document = crate::document();
        let (_, rules) = api().into_router();
        let paths = document["paths"].as_object().unwrap();
        for (path, item) in paths {
            for (method, operation) in item.as_object().unwrap() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let rules = rules.get(&method, path);
                assert!(rules.is_some(), "{method} {path}");
                let kept = rules.is_some_and(|rules| rules.keeper != Keeper::Nobody);
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let named = parameters.filter(|parameter| parameter["name"] == "Idempotency-Key");
                let wanted = usize::from(kept && !method.is_safe());
                assert_eq!(named.count(), wanted, "{method} {path}");
            }
        }
    }

    #[test]
    fn unknown_route_has_no_rules() {
        let (_, rules) = api().into_router();
        assert_eq!(rules.get(&Method::PUT, "/v1/numbers"), None);
        assert_eq!(rules.get(&Method::GET, "/v1/nothing"), None);
        let listed = rules.get(&Method::HEAD, "/v1/numbers");
        assert_eq!(listed, Some(scoped(NumbersRead)), "as by GET");
    }
}
