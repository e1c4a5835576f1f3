//! Every route in one place.

use std::sync::{Arc, OnceLock};

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, middleware};
use bytes::Bytes;
use serde_json::Value;
use trunkline_admin::KeyScope::{
    Admin, CallerIdsRead, CallerIdsWrite, NumbersPurchase, NumbersRead, NumbersRelease,
    NumbersWrite,
};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{self, Gate};
use crate::guard::{Guards, keyed, local, open, scoped};
use crate::routes::{
    admin, allocations, audit, callbacks, caller_ids, countries, docs, events, keys, numbers, ops,
    providers, purchases, register, search, session, webhooks,
};
use crate::state::AppState;
use crate::{headers, idempotency, layers, limits, openapi, telemetry};

/// Every route, with what it asks of whoever calls it. One that says nothing is closed.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(numbers_and_callers())
        .merge(operation())
}

/// What is done with numbers, purchases and caller IDs.
fn numbers_and_callers() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(scoped(NumbersRead, routes!(providers::list_providers)))
        .routes(scoped(NumbersRead, routes!(providers::list_accounts)))
        .routes(scoped(NumbersRead, routes!(providers::get_account)))
        .routes(scoped(NumbersRead, routes!(search::search)))
        .routes(scoped(NumbersRead, routes!(countries::list_countries)))
        .routes(scoped(NumbersRead, routes!(numbers::list_numbers)))
        .routes(scoped(NumbersPurchase, routes!(purchases::purchase)))
        .routes(scoped(NumbersRead, routes!(numbers::get_number)))
        .routes(scoped(NumbersWrite, routes!(numbers::update_number)))
        .routes(scoped(NumbersRelease, routes!(numbers::release_number)))
        .routes(scoped(NumbersRelease, routes!(numbers::restore_number)))
        .routes(scoped(NumbersWrite, routes!(register::register_number)))
        .routes(scoped(NumbersWrite, routes!(register::register_range)))
        .routes(scoped(NumbersRead, routes!(register::get_main_number)))
        .routes(scoped(NumbersWrite, routes!(register::set_main_number)))
        .routes(scoped(NumbersRead, routes!(purchases::list_purchases)))
        .routes(scoped(NumbersRead, routes!(purchases::get_purchase)))
        .routes(scoped(Admin, routes!(purchases::resolve_purchase)))
        .routes(scoped(NumbersRead, routes!(allocations::list_allocations)))
        .routes(scoped(
            NumbersPurchase,
            routes!(allocations::start_allocation),
        ))
        .routes(scoped(NumbersRead, routes!(allocations::get_allocation)))
        .routes(scoped(CallerIdsRead, routes!(caller_ids::list_caller_ids)))
        .routes(scoped(CallerIdsWrite, routes!(caller_ids::start_caller_id)))
        .routes(scoped(CallerIdsRead, routes!(caller_ids::get_caller_id)))
        .routes(scoped(
            CallerIdsWrite,
            routes!(caller_ids::update_caller_id),
        ))
        .routes(scoped(
            CallerIdsWrite,
            routes!(caller_ids::delete_caller_id),
        ))
        .routes(scoped(
            CallerIdsWrite,
            routes!(caller_ids::verify_caller_id),
        ))
        .routes(scoped(
            CallerIdsWrite,
            routes!(caller_ids::resend_caller_id),
        ))
}

/// What the operator does, sees and is told.
fn operation() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(scoped(Admin, routes!(keys::list_keys, keys::create_key)))
        .routes(scoped(Admin, routes!(keys::get_key, keys::revoke_key)))
        .routes(scoped(Admin, routes!(keys::rotate_key)))
        .routes(scoped(Admin, routes!(audit::list_audit)))
        .routes(scoped(Admin, routes!(audit::verify_audit)))
        .routes(scoped(Admin, routes!(events::list_events)))
        .routes(scoped(
            Admin,
            routes!(webhooks::list_webhooks, webhooks::create_webhook),
        ))
        .routes(scoped(
            Admin,
            routes!(
                webhooks::get_webhook,
                webhooks::update_webhook,
                webhooks::delete_webhook
            ),
        ))
        .routes(scoped(Admin, routes!(webhooks::rotate_webhook)))
        .routes(scoped(Admin, routes!(webhooks::redeliver)))
        .routes(scoped(Admin, routes!(webhooks::list_deliveries)))
        .routes(scoped(Admin, routes!(admin::reload)))
        .routes(keyed(routes!(session::get_session)))
        .routes(open(routes!(session::begin_session, session::end_session)))
        .routes(open(routes!(callbacks::call_back)))
        .routes(open(routes!(ops::healthz)))
        .routes(open(routes!(ops::readyz)))
        .routes(local(Admin, routes!(ops::metrics)))
}

/// The OpenAPI 3.1 document of the routes.
#[must_use]
pub fn document() -> Value {
    whole(&api().split_for_parts().1)
}

fn whole(routes: &OpenApi) -> Value {
    openapi::complete(serde_json::to_value(routes).unwrap_or_default())
}

/// The document as it is sent; written once, when it is first asked for.
fn written(document: &OpenApi) -> impl IntoResponse + use<> {
    static WRITTEN: OnceLock<Bytes> = OnceLock::new();
    let json = WRITTEN.get_or_init(|| whole(document).to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], json.clone())
}

/// The gateway as a router, for a server or to be called in process.
pub fn router(state: AppState) -> Router {
    telemetry::install();
    let (routes, document) = api().split_for_parts();
    let gate = Gate {
        state: state.clone(),
        guards: Arc::new(Guards::of(
            &serde_json::to_value(&document.paths).unwrap_or_default(),
        )),
    };
    let app = routes
        .route(
            "/openapi.json",
            get(move || std::future::ready(written(&document))),
        )
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
        .layer(middleware::from_fn_with_state(state.clone(), limits::bound))
        .layer(middleware::from_fn_with_state(gate, auth::authenticate))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            layers::observe,
        ));
    match headers::cors(&state.settings()) {
        Some(cors) => app.layer(cors).with_state(state),
        None => app.with_state(state),
    }
}
