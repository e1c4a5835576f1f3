//! Which members of an answer become columns.

use super::shape::Shape;

/// Countries with numbers for sale.
pub(crate) const COUNTRIES: Shape = Shape {
    table: "country name types=number_types account",
    csv: "country name number_types account provider",
};

const AVAILABLE_CSV: &str = "
    number account provider display_number country number_type features
    location/region location/locality location/postal_code location/rate_center location/latitude location/longitude
    address_requirement monthly_price=monthly_price/amount monthly_price_currency=monthly_price/currency
    setup_price=setup_price/amount setup_price_currency=setup_price/currency price_source
    expires_at offer provider_data";

/// Numbers for sale.
pub(crate) const AVAILABLE: Shape = Shape {
    table:
        "number type=number_type location/locality location/region features monthly=monthly_price
        address=address_requirement account",
    csv: AVAILABLE_CSV,
};

/// Numbers for sale, with their offers.
pub(crate) const OFFERS: Shape = Shape {
    table: "number type=number_type monthly=monthly_price account offer",
    csv: AVAILABLE_CSV,
};

/// Numbers held.
pub(crate) const NUMBERS: Shape = Shape {
    table: "id number extension country type=number_type features state label tags",
    csv: "id account provider provider_id number extension display_number country number_type features state label
        caller_id_name main shared external service_number location_id=location/id location_name=location/name
        location/region location/locality owner_id=owner/id owner_kind=owner/kind owner_name=owner/name voice messaging
        emergency_address_id address_requirement monthly_price=monthly_price/amount
        monthly_price_currency=monthly_price/currency purchased_at updated_at next_billing_at tags protected release_at
        release_held provider_data",
};

/// Outcomes of releases.
pub(crate) const RELEASES: Shape = Shape::same("id outcome release_at error");

/// Purchases. The question stands early, so that it shows on a terminal of 80 columns.
pub(crate) const PURCHASES: Shape = Shape {
    table: "id state question=needs_person/why number account late recovered monthly=price created=created_at number_id
        error=error/kind",
    csv: "id state late recovered needs_person_why=needs_person/why needs_person_since=needs_person/since
        needs_person_provider_id=needs_person/provider_id needs_person_created_at=needs_person/created_at
        needs_person_t0=needs_person/t0 account number number_id configuration=configuration/state idempotency_key
        price=price/amount price_currency=price/currency price_source error_kind=error/kind error=error/detail
        created_at settled_at",
};

/// The result of a purchase.
pub(crate) const RESULT: Shape = Shape {
    table: "purchase/number purchase/state purchase/number_id monthly=purchase/price
        settings=purchase/configuration/state question=purchase/needs_person/why purchase/late purchase/recovered
        purchase=purchase/id",
    csv: "purchase/id purchase/state purchase/late purchase/recovered needs_person_why=purchase/needs_person/why
        purchase/account purchase/number purchase/number_id configuration=purchase/configuration/state
        purchase/idempotency_key price=purchase/price/amount price_currency=purchase/price/currency
        purchase/price_source error_kind=purchase/error/kind error=purchase/error/detail purchase/created_at
        purchase/settled_at",
};

/// API keys.
pub(crate) const KEYS: Shape = Shape {
    table: "id name tenant state scopes accounts expires=expires_at last_used=last_used_at",
    csv: "id name tenant state scopes accounts
        spend_monthly_ceiling=spend/monthly/ceiling/amount spend_monthly_committed=spend/monthly/committed/amount
        spend_monthly_currency=spend/monthly/ceiling/currency spend_setup_ceiling=spend/setup/ceiling/amount
        spend_setup_committed=spend/setup/committed/amount spend_setup_currency=spend/setup/ceiling/currency
        created_at rotated_at expires_at revoked_at last_used_at",
};

/// API keys with their secrets.
pub(crate) const ISSUED_KEYS: Shape = Shape {
    table: KEYS.table,
    csv: "id name tenant state scopes accounts
        spend_monthly_ceiling=spend/monthly/ceiling/amount spend_monthly_committed=spend/monthly/committed/amount
        spend_monthly_currency=spend/monthly/ceiling/currency spend_setup_ceiling=spend/setup/ceiling/amount
        spend_setup_committed=spend/setup/committed/amount spend_setup_currency=spend/setup/ceiling/currency
        created_at rotated_at expires_at revoked_at last_used_at secret",
};

/// The numbers of a range.
pub(crate) const RANGE: Shape = Shape {
    table: "number status held/id error=error/detail",
    csv: "number status held/id error_kind=error/kind error=error/detail",
};

/// Caller IDs.
pub(crate) const CALLER_IDS: Shape = Shape {
    table: "id state label method code=validation_code verified=verified_at",
    csv: "id account number label state method validation_code extension call_delay status_callback created_at
        verified_at provider_data",
};

/// The numbers of an allocation.
pub(crate) const ALLOCATION: Shape = Shape {
    table: "number state account monthly=price number_id given_back=released/state from=released/at error=error/detail",
    csv: "item state account number number_id purchase_id presumed late price=price/amount
        price_currency=price/currency released=released/state released_at=released/at released_reason=released/reason
        error_kind=error/kind error=error/detail",
};

/// Allocations.
pub(crate) const ALLOCATIONS: Shape = Shape {
    table: "id state mode counts/wanted counts/bought counts/failed counts/unknown counts/open created=created_at",
    csv: "id state mode minimum strategy release_on_failure counts/wanted counts/bought counts/failed counts/unknown
        counts/open counts/released idempotency_key error_kind=error/kind error=error/detail created_at finished_at",
};

/// Accounts.
pub(crate) const ACCOUNTS: Shape = Shape {
    table: "name provider identity health/status health/in_flight limits/per_second health/last_error",
    csv: "name provider identity priority health/status health/breaker health/held_for_ms health/in_flight health/waiting
        health/last_error limits/per_second limits/burst limits/remaining limits/concurrency capability/operations
        monthly_ceiling=spend/monthly/ceiling/amount monthly_committed=spend/monthly/committed/amount
        setup_ceiling=spend/setup/ceiling/amount setup_committed=spend/setup/committed/amount",
};

/// Providers.
pub(crate) const PROVIDERS: Shape = Shape {
    table: "name capability/number_types caller_ids=capability/caller_id_method capability/writable",
    csv: "name capability/operations capability/number_types capability/countries capability/search_filters
        capability/search_filters_local capability/list_filters capability/list_filters_local capability/list_options
        capability/writable capability/caller_id_method capability/page_size_max capability/search_limit_max
        capability/batch_max capability/release_cooldown_days capability/search_has_prices
        capability/repeated_purchase_is_safe",
};

/// Findings of `doctor`.
pub(crate) const FINDINGS: Shape = Shape::same("status about detail remedy");

/// Differences between the accounts and the journal.
pub(crate) const DIFFERENCES: Shape = Shape {
    table: "found number id",
    csv: "found account number id provider_id purchase_id remedy",
};

/// What a reload has changed.
pub(crate) const RELOADED: Shape = Shape::same(
    "accounts/added accounts/removed accounts/changed accounts/unchanged applied ignored",
);

/// Rows of the audit trail.
pub(crate) const AUDIT: Shape = Shape {
    table: "at action outcome account number key=actor/key_name actor/via error=error/message",
    csv: "id at actor/key_id actor/key_name actor/via action account number resource outcome error_kind=error/kind
        error=error/message request_id before after",
};

/// Chains of the audit trail, and whether they are whole.
pub(crate) const CHAINS: Shape = Shape::same("tenant whole rows head");

/// Events.
pub(crate) const EVENTS: Shape = Shape {
    table: "at type account resource sequence",
    csv: "id at type tenant account resource sequence data",
};

/// Webhooks.
pub(crate) const WEBHOOKS: Shape = Shape {
    table: "id url enabled types accounts description",
    csv: "id url enabled disabled_reason types accounts description created_at secret",
};

/// Deliveries of webhooks.
pub(crate) const DELIVERIES: Shape = Shape::same(
    "event=event/id event/type event/resource event/sequence state attempts attempted_at status error",
);
