//! Every route in one place.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use axum::{Router, middleware};
use bytes::Bytes;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::routes::{audit, events, webhooks};
use crate::routes::{caller_ids, numbers, ops, providers, purchases, register, search};
use crate::state::AppState;
use crate::{idempotency, layers, openapi, telemetry};

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(providers::list_providers))
        .routes(routes!(providers::list_accounts))
        .routes(routes!(providers::get_account))
        .routes(routes!(search::search))
        .routes(routes!(numbers::list_numbers, purchases::purchase))
        .routes(routes!(
            numbers::get_number,
            numbers::update_number,
            numbers::release_number
        ))
        .routes(routes!(numbers::restore_number))
        .routes(routes!(register::register_number))
        .routes(routes!(register::register_range))
        .routes(routes!(
            register::get_main_number,
            register::set_main_number
        ))
        .routes(routes!(purchases::list_purchases))
        .routes(routes!(purchases::get_purchase))
        .routes(routes!(purchases::resolve_purchase))
        .routes(routes!(
            caller_ids::list_caller_ids,
            caller_ids::start_caller_id
        ))
        .routes(routes!(
            caller_ids::get_caller_id,
            caller_ids::update_caller_id,
            caller_ids::delete_caller_id
        ))
        .routes(routes!(caller_ids::verify_caller_id))
        .routes(routes!(caller_ids::resend_caller_id))
        .routes(routes!(audit::list_audit))
        .routes(routes!(audit::verify_audit))
        .routes(routes!(events::list_events))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(
            webhooks::get_webhook,
            webhooks::update_webhook,
            webhooks::delete_webhook
        ))
        .routes(routes!(webhooks::rotate_webhook))
        .routes(routes!(webhooks::redeliver))
        .routes(routes!(webhooks::list_deliveries))
        .routes(routes!(ops::healthz))
        .routes(routes!(ops::readyz))
        .routes(routes!(ops::metrics))
}

/// The OpenAPI 3.1 document of the routes.
#[must_use]
pub fn document() -> OpenApi {
    api().split_for_parts().1
}

/// The document as it is sent; written once, when it is first asked for.
fn written(document: &OpenApi) -> impl IntoResponse + use<> {
    static WRITTEN: OnceLock<Bytes> = OnceLock::new();
    let json = WRITTEN.get_or_init(|| document.to_json().unwrap_or_default().into());
    ([(header::CONTENT_TYPE, "application/json")], json.clone())
}

/// The gateway as a router, for a server or to be called in process.
pub fn router(state: AppState) -> Router {
    telemetry::install();
    let (routes, document) = api().split_for_parts();
    let docs = SwaggerUi::new("/docs").config(Config::new(["/openapi.json"]));
    routes
        .route(
            "/openapi.json",
            get(move || std::future::ready(written(&document))),
        )
        .route(
            "/",
            get(|| std::future::ready(Redirect::temporary("/docs/"))),
        )
        .merge(docs)
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
            layers::observe,
        ))
        .with_state(state)
}
