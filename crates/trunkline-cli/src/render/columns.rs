//! Which members of an answer become columns.

use super::shape::Shape;

/// Countries with numbers for sale.
pub(crate) const COUNTRIES: Shape = Shape {
    table: "country ~name account ~types=number_types",
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
    table: "number type=number_type:3 ~place=location:1 features:2 monthly=monthly_price setup=setup_price:9
        address=address_requirement:4 account",
    csv: AVAILABLE_CSV,
};

/// Numbers for sale, with their offers.
pub(crate) const OFFERS: Shape = Shape {
    table: "number type=number_type:2 monthly=monthly_price:1 account ~offer",
    csv: AVAILABLE_CSV,
};

/// Numbers held.
pub(crate) const NUMBERS: Shape = Shape {
    table: "number=number|extension account state ~label:1 price=monthly_price:2 ~place=location:3 type=number_type:4
        country:9 features:9 ~tags:9 main:9 protected:9 release_at:9 ~id:5",
    csv: "id account provider provider_id number extension display_number country number_type features state label
        caller_id_name main shared external service_number location_id=location/id location_name=location/name
        location/region location/locality owner_id=owner/id owner_kind=owner/kind owner_name=owner/name voice messaging
        emergency_address_id address_requirement monthly_price=monthly_price/amount
        monthly_price_currency=monthly_price/currency purchased_at updated_at next_billing_at tags protected release_at
        release_held provider_data",
};

/// Outcomes of releases.
pub(crate) const RELEASES: Shape = Shape::same("id outcome release_at error");

/// Purchases.
pub(crate) const PURCHASES: Shape = Shape {
    table: "number account state question=needs_person/why:1 price:4 ~error=error/detail:5 late:3 created=created_at:2
        settled=settled_at:9 recovered:9 number_id:9 id",
    csv: "id state late recovered needs_person_why=needs_person/why needs_person_since=needs_person/since
        needs_person_provider_id=needs_person/provider_id needs_person_created_at=needs_person/created_at
        needs_person_t0=needs_person/t0 account number number_id configuration=configuration/state idempotency_key
        price=price/amount price_currency=price/currency price_source error_kind=error/kind error=error/detail
        created_at settled_at",
};

/// The result of a purchase. People read it fact by fact.
pub(crate) const RESULT: Shape = Shape {
    table: "number=purchase/number account=purchase/account state=purchase/state monthly=purchase/price
        settings=purchase/configuration/state question=purchase/needs_person/why late=purchase/late
        recovered=purchase/recovered id=purchase/number_id purchase=purchase/id",
    csv: "purchase/id purchase/state purchase/late purchase/recovered needs_person_why=purchase/needs_person/why
        purchase/account purchase/number purchase/number_id configuration=purchase/configuration/state
        purchase/idempotency_key price=purchase/price/amount price_currency=purchase/price/currency
        purchase/price_source error_kind=purchase/error/kind error=purchase/error/detail purchase/created_at
        purchase/settled_at",
};

/// API keys.
pub(crate) const KEYS: Shape = Shape {
    table: "name state tenant:3 ~scopes:2 ~accounts:5 last_used=last_used_at:1 expires=expires_at:4
        monthly_ceiling=spend/monthly/ceiling:9 created=created_at:9 id",
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
    table: "number status ~error=error/detail:1 ~id=held/id:2",
    csv: "number status held/id error_kind=error/kind error=error/detail",
};

/// Caller IDs.
pub(crate) const CALLER_IDS: Shape = Shape {
    table: "number account state ~label:1 verified=verified_at:2 code=validation_code:3 method:4 ~id",
    csv: "id account number label state method validation_code extension call_delay status_callback created_at
        verified_at provider_data",
};

/// The numbers of an allocation.
pub(crate) const ALLOCATION: Shape = Shape {
    table: "number account state monthly=price:1 given_back=released/state:3 from=released/at:9 ~error=error/detail:2 ~id=number_id:4",
    csv: "item state account number number_id purchase_id presumed late price=price/amount
        price_currency=price/currency released=released/state released_at=released/at released_reason=released/reason
        error_kind=error/kind error=error/detail",
};

/// Allocations.
pub(crate) const ALLOCATIONS: Shape = Shape {
    table: "state counts/wanted counts/bought counts/open:2 counts/failed:1 counts/unknown:3 mode:4 created=created_at:5 id",
    csv: "id state mode minimum strategy release_on_failure counts/wanted counts/bought counts/failed counts/unknown
        counts/open counts/released idempotency_key error_kind=error/kind error=error/detail created_at finished_at",
};

/// Accounts.
pub(crate) const ACCOUNTS: Shape = Shape {
    table: "name provider status=health/status ~last_error=health/last_error:1 ~identity:2
        in_flight=health/in_flight:9 per_second=limits/per_second:9",
    csv: "name provider identity priority health/status health/breaker health/held_for_ms health/in_flight health/waiting
        health/last_error limits/per_second limits/burst limits/remaining limits/concurrency capability/operations
        monthly_ceiling=spend/monthly/ceiling/amount monthly_committed=spend/monthly/committed/amount
        setup_ceiling=spend/setup/ceiling/amount setup_committed=spend/setup/committed/amount",
};

/// Providers.
pub(crate) const PROVIDERS: Shape = Shape {
    table: "name ~capability/number_types:1 caller_ids=capability/caller_id_method ~capability/writable:2",
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
    table: "found account number ~id",
    csv: "found account number id provider_id purchase_id remedy",
};

/// What a reload has changed.
pub(crate) const RELOADED: Shape = Shape::same(
    "accounts/added accounts/removed accounts/changed accounts/unchanged applied ignored",
);

/// Rows of the audit trail.
pub(crate) const AUDIT: Shape = Shape {
    table: "at action outcome account:2 number:1 key=actor/key_name:4 via=actor/via:5 ~error=error/message:3 request_id:9 ~resource:9",
    csv: "id at actor/key_id actor/key_name actor/via action account number resource outcome error_kind=error/kind
        error=error/message request_id before after",
};

/// Chains of the audit trail, and whether they are whole.
pub(crate) const CHAINS: Shape = Shape {
    table: "tenant whole rows deleted=deleted/rows:1 ~head",
    csv: "tenant whole rows head deleted=deleted/rows deleted_at=deleted/at signature_checked",
};

/// Events.
pub(crate) const EVENTS: Shape = Shape {
    table: "at type account:1 sequence:2 ~resource",
    csv: "id at type tenant account resource sequence data",
};

/// Webhooks.
pub(crate) const WEBHOOKS: Shape = Shape {
    table: "~url enabled ~types:1 ~accounts:3 ~description:2 id",
    csv: "id url enabled disabled_reason types accounts description created_at secret",
};

/// Deliveries of webhooks.
pub(crate) const DELIVERIES: Shape = Shape {
    table: "event/type state attempts:2 attempted=attempted_at:1 status:3 ~error:4 ~event/resource:5 event=event/id",
    csv: "event=event/id event/type event/resource event/sequence state attempts attempted_at status error",
};

/// Numbers of the inventory.
pub(crate) const INVENTORY: Shape = Shape {
    table: "number=number|extension account held=inventory/state ~label:1 price=inventory/monthly_price:2 ~tags:3
        type=number_type:4 state:6 country:9 protected:9 origin=inventory/origin/kind:9 purchased=purchased_at:9
        changed=inventory/changed_at:9 seen=inventory/last_seen_at:9 ~id:5",
    csv: "id account provider provider_id number extension country number_type features state held=inventory/state label
        caller_id_name main shared external location_id=location/id location_name=location/name location/region
        location/locality owner_id=owner/id owner_kind=owner/kind owner_name=owner/name voice messaging
        monthly_price=inventory/monthly_price/amount monthly_price_currency=inventory/monthly_price/currency
        price_source=inventory/price_source tags protected origin=inventory/origin/kind
        purchase_id=inventory/origin/purchase_id purchased_at first_seen_at=inventory/first_seen_at
        last_seen_at=inventory/last_seen_at changed_at=inventory/changed_at",
};

/// The inventory, counted.
pub(crate) const SUMMARY: Shape = Shape {
    table: "~group numbers=count monthly no_price=prices/unknown:1",
    csv: "account=by/account country=by/country type=by/type tag=by/tag provider=by/provider month=by/month count monthly
        prices/carrier prices/config prices/unknown",
};

/// What a change of tags does.
pub(crate) const TAGGED: Shape = Shape::same("applied matched changed ids");

/// The rows of a file with tags.
pub(crate) const TAGS: Shape = Shape::same("number outcome ~tags ~error:1");

/// Readings of accounts.
pub(crate) const READINGS: Shape = Shape {
    table: "account state pages:2 rows appeared changed missing gone:3 ~error=error/detail:1",
    csv: "account state pages rows appeared changed missing gone error_kind=error/kind error=error/detail",
};

/// Drifts.
pub(crate) const DRIFTS: Shape = Shape {
    table: "number class field ~was:1 ~is:1 account:3 since:4 state:5 author=author/kind:9 id:2",
    csv: "id class account number_id number field was is author=author/kind since gone_at state
        accepted_by=accepted_by/key_name ended_at",
};

/// How many drifts were accepted.
pub(crate) const ACCEPTED: Shape = Shape::same("accepted");

/// Where a number is.
pub(crate) const PLACES: Shape = Shape {
    table: "account as state ~label:1 main:3 seen=last_seen_at:2 ~id=number_id",
    csv: "account provider number_id as main state label last_seen_at",
};
