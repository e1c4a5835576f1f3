//! Which members of an answer become columns.

mod allocations;

use super::shape::{Column, Shape};

pub(crate) use allocations::{ALLOCATION, ALLOCATIONS};

/// Countries with numbers on sale.
pub(crate) const COUNTRIES: Shape = Shape {
    table: &[
        Column("COUNTRY", "/country"),
        Column("NAME", "/name"),
        Column("TYPES", "/number_types"),
        Column("ACCOUNT", "/account"),
    ],
    csv: &[
        Column("country", "/country"),
        Column("name", "/name"),
        Column("number_types", "/number_types"),
        Column("account", "/account"),
        Column("provider", "/provider"),
    ],
};

/// Numbers on offer.
pub(crate) const AVAILABLE: Shape = Shape {
    table: &AVAILABLE_TABLE,
    csv: &AVAILABLE_CSV,
};

/// Numbers on offer, with the offers.
pub(crate) const OFFERS: Shape = Shape {
    table: &[
        AVAILABLE_TABLE[0],
        AVAILABLE_TABLE[1],
        AVAILABLE_TABLE[5],
        AVAILABLE_TABLE[7],
        Column("OFFER", "/offer"),
    ],
    csv: &AVAILABLE_CSV,
};

const AVAILABLE_TABLE: [Column; 8] = [
    Column("NUMBER", "/number"),
    Column("TYPE", "/number_type"),
    Column("LOCALITY", "/location/locality"),
    Column("REGION", "/location/region"),
    Column("FEATURES", "/features"),
    Column("MONTHLY", "/monthly_price"),
    Column("ADDRESS", "/address_requirement"),
    Column("ACCOUNT", "/account"),
];

const AVAILABLE_CSV: [Column; 22] = [
    Column("number", "/number"),
    Column("account", "/account"),
    Column("provider", "/provider"),
    Column("display_number", "/display_number"),
    Column("country", "/country"),
    Column("number_type", "/number_type"),
    Column("features", "/features"),
    Column("region", "/location/region"),
    Column("locality", "/location/locality"),
    Column("postal_code", "/location/postal_code"),
    Column("rate_center", "/location/rate_center"),
    Column("latitude", "/location/latitude"),
    Column("longitude", "/location/longitude"),
    Column("address_requirement", "/address_requirement"),
    Column("monthly_price", "/monthly_price/amount"),
    Column("monthly_price_currency", "/monthly_price/currency"),
    Column("setup_price", "/setup_price/amount"),
    Column("setup_price_currency", "/setup_price/currency"),
    Column("price_source", "/price_source"),
    Column("expires_at", "/expires_at"),
    Column("offer", "/offer"),
    Column("provider_data", "/provider_data"),
];

/// Numbers held.
pub(crate) const NUMBERS: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("NUMBER", "/number"),
        Column("EXTENSION", "/extension"),
        Column("COUNTRY", "/country"),
        Column("TYPE", "/number_type"),
        Column("FEATURES", "/features"),
        Column("STATE", "/state"),
        Column("LABEL", "/label"),
        Column("TAGS", "/tags"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("account", "/account"),
        Column("provider", "/provider"),
        Column("provider_id", "/provider_id"),
        Column("number", "/number"),
        Column("extension", "/extension"),
        Column("display_number", "/display_number"),
        Column("country", "/country"),
        Column("number_type", "/number_type"),
        Column("features", "/features"),
        Column("state", "/state"),
        Column("label", "/label"),
        Column("caller_id_name", "/caller_id_name"),
        Column("main", "/main"),
        Column("shared", "/shared"),
        Column("external", "/external"),
        Column("service_number", "/service_number"),
        Column("location_id", "/location/id"),
        Column("location_name", "/location/name"),
        Column("region", "/location/region"),
        Column("locality", "/location/locality"),
        Column("owner_id", "/owner/id"),
        Column("owner_kind", "/owner/kind"),
        Column("owner_name", "/owner/name"),
        Column("voice", "/voice"),
        Column("messaging", "/messaging"),
        Column("emergency_address_id", "/emergency_address_id"),
        Column("address_requirement", "/address_requirement"),
        Column("monthly_price", "/monthly_price/amount"),
        Column("monthly_price_currency", "/monthly_price/currency"),
        Column("purchased_at", "/purchased_at"),
        Column("updated_at", "/updated_at"),
        Column("next_billing_at", "/next_billing_at"),
        Column("tags", "/tags"),
        Column("protected", "/protected"),
        Column("release_at", "/release_at"),
        Column("release_held", "/release_held"),
        Column("provider_data", "/provider_data"),
    ],
};

/// What came of releases.
pub(crate) const RELEASES: Shape = Shape {
    table: RELEASES_COLUMNS,
    csv: RELEASES_COLUMNS,
};

const RELEASES_COLUMNS: &[Column] = &[
    Column("id", "/id"),
    Column("outcome", "/outcome"),
    Column("release_at", "/release_at"),
    Column("error", "/error"),
];

/// Purchases.
pub(crate) const PURCHASES: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("STATE", "/state"),
        // Early, so that it shows on a terminal of 80 columns.
        Column("QUESTION", "/needs_person/why"),
        Column("NUMBER", "/number"),
        Column("ACCOUNT", "/account"),
        Column("LATE", "/late"),
        Column("RECOVERED", "/recovered"),
        Column("MONTHLY", "/price"),
        Column("CREATED", "/created_at"),
        Column("NUMBER ID", "/number_id"),
        Column("ERROR", "/error/kind"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("state", "/state"),
        Column("late", "/late"),
        Column("recovered", "/recovered"),
        Column("needs_person_why", "/needs_person/why"),
        Column("needs_person_since", "/needs_person/since"),
        Column("needs_person_provider_id", "/needs_person/provider_id"),
        Column("needs_person_created_at", "/needs_person/created_at"),
        Column("needs_person_t0", "/needs_person/t0"),
        Column("account", "/account"),
        Column("number", "/number"),
        Column("number_id", "/number_id"),
        Column("configuration", "/configuration/state"),
        Column("idempotency_key", "/idempotency_key"),
        Column("price", "/price/amount"),
        Column("price_currency", "/price/currency"),
        Column("price_source", "/price_source"),
        Column("error_kind", "/error/kind"),
        Column("error", "/error/detail"),
        Column("created_at", "/created_at"),
        Column("settled_at", "/settled_at"),
    ],
};

/// API keys.
pub(crate) const KEYS: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("NAME", "/name"),
        Column("TENANT", "/tenant"),
        Column("STATE", "/state"),
        Column("SCOPES", "/scopes"),
        Column("ACCOUNTS", "/accounts"),
        Column("EXPIRES", "/expires_at"),
        Column("LAST USED", "/last_used_at"),
    ],
    csv: &KEY_CSV,
};

/// API keys with their secrets.
pub(crate) const ISSUED_KEYS: Shape = Shape {
    table: KEYS.table,
    csv: &{
        let mut columns = [Column("secret", "/secret"); KEY_CSV.len() + 1];
        let mut at = 0;
        while at < KEY_CSV.len() {
            columns[at] = KEY_CSV[at];
            at += 1;
        }
        columns
    },
};

const KEY_CSV: [Column; 17] = [
    Column("id", "/id"),
    Column("name", "/name"),
    Column("tenant", "/tenant"),
    Column("state", "/state"),
    Column("scopes", "/scopes"),
    Column("accounts", "/accounts"),
    Column("spend_monthly_ceiling", "/spend/monthly/ceiling/amount"),
    Column("spend_monthly_committed", "/spend/monthly/committed/amount"),
    Column("spend_monthly_currency", "/spend/monthly/ceiling/currency"),
    Column("spend_setup_ceiling", "/spend/setup/ceiling/amount"),
    Column("spend_setup_committed", "/spend/setup/committed/amount"),
    Column("spend_setup_currency", "/spend/setup/ceiling/currency"),
    Column("created_at", "/created_at"),
    Column("rotated_at", "/rotated_at"),
    Column("expires_at", "/expires_at"),
    Column("revoked_at", "/revoked_at"),
    Column("last_used_at", "/last_used_at"),
];

/// What a purchase came to.
pub(crate) const RESULT: Shape = Shape {
    table: &[
        Column("NUMBER", "/purchase/number"),
        Column("STATE", "/purchase/state"),
        Column("NUMBER ID", "/purchase/number_id"),
        Column("MONTHLY", "/purchase/price"),
        Column("SETTINGS", "/purchase/configuration/state"),
        Column("QUESTION", "/purchase/needs_person/why"),
        Column("LATE", "/purchase/late"),
        Column("RECOVERED", "/purchase/recovered"),
        Column("PURCHASE", "/purchase/id"),
    ],
    csv: &[
        Column("id", "/purchase/id"),
        Column("state", "/purchase/state"),
        Column("late", "/purchase/late"),
        Column("recovered", "/purchase/recovered"),
        Column("needs_person_why", "/purchase/needs_person/why"),
        Column("account", "/purchase/account"),
        Column("number", "/purchase/number"),
        Column("number_id", "/purchase/number_id"),
        Column("configuration", "/purchase/configuration/state"),
        Column("idempotency_key", "/purchase/idempotency_key"),
        Column("price", "/purchase/price/amount"),
        Column("price_currency", "/purchase/price/currency"),
        Column("price_source", "/purchase/price_source"),
        Column("error_kind", "/purchase/error/kind"),
        Column("error", "/purchase/error/detail"),
        Column("created_at", "/purchase/created_at"),
        Column("settled_at", "/purchase/settled_at"),
    ],
};

/// What became of a range.
pub(crate) const RANGE: Shape = Shape {
    table: &[
        Column("NUMBER", "/number"),
        Column("STATUS", "/status"),
        Column("ID", "/held/id"),
        Column("ERROR", "/error/detail"),
    ],
    csv: &[
        Column("number", "/number"),
        Column("status", "/status"),
        Column("id", "/held/id"),
        Column("error_kind", "/error/kind"),
        Column("error", "/error/detail"),
    ],
};

/// Caller IDs.
pub(crate) const CALLER_IDS: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("STATE", "/state"),
        Column("LABEL", "/label"),
        Column("METHOD", "/method"),
        Column("CODE", "/validation_code"),
        Column("VERIFIED", "/verified_at"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("account", "/account"),
        Column("number", "/number"),
        Column("label", "/label"),
        Column("state", "/state"),
        Column("method", "/method"),
        Column("validation_code", "/validation_code"),
        Column("extension", "/extension"),
        Column("call_delay", "/call_delay"),
        Column("status_callback", "/status_callback"),
        Column("created_at", "/created_at"),
        Column("verified_at", "/verified_at"),
        Column("provider_data", "/provider_data"),
    ],
};

/// Accounts.
pub(crate) const ACCOUNTS: Shape = Shape {
    table: &[
        Column("NAME", "/name"),
        Column("PROVIDER", "/provider"),
        Column("IDENTITY", "/identity"),
        Column("STATUS", "/health/status"),
        Column("IN FLIGHT", "/health/in_flight"),
        Column("PER SECOND", "/limits/per_second"),
        Column("LAST ERROR", "/health/last_error"),
    ],
    csv: &[
        Column("name", "/name"),
        Column("provider", "/provider"),
        Column("identity", "/identity"),
        Column("priority", "/priority"),
        Column("status", "/health/status"),
        Column("breaker", "/health/breaker"),
        Column("held_for_ms", "/health/held_for_ms"),
        Column("in_flight", "/health/in_flight"),
        Column("last_error", "/health/last_error"),
        Column("per_second", "/limits/per_second"),
        Column("burst", "/limits/burst"),
        Column("remaining", "/limits/remaining"),
        Column("concurrency", "/limits/concurrency"),
        Column("operations", "/capability/operations"),
        Column("monthly_ceiling", "/spend/monthly/ceiling/amount"),
        Column("monthly_committed", "/spend/monthly/committed/amount"),
        Column("setup_ceiling", "/spend/setup/ceiling/amount"),
        Column("setup_committed", "/spend/setup/committed/amount"),
    ],
};

/// Providers.
pub(crate) const PROVIDERS: Shape = Shape {
    table: &[
        Column("NAME", "/name"),
        Column("NUMBER TYPES", "/capability/number_types"),
        Column("CALLER IDS", "/capability/caller_id_method"),
        Column("WRITABLE", "/capability/writable"),
    ],
    csv: &[
        Column("name", "/name"),
        Column("operations", "/capability/operations"),
        Column("number_types", "/capability/number_types"),
        Column("countries", "/capability/countries"),
        Column("search_filters", "/capability/search_filters"),
        Column("search_filters_local", "/capability/search_filters_local"),
        Column("list_filters", "/capability/list_filters"),
        Column("list_filters_local", "/capability/list_filters_local"),
        Column("list_options", "/capability/list_options"),
        Column("writable", "/capability/writable"),
        Column("caller_id_method", "/capability/caller_id_method"),
        Column("page_size_max", "/capability/page_size_max"),
        Column("search_limit_max", "/capability/search_limit_max"),
        Column("batch_max", "/capability/batch_max"),
        Column("release_cooldown_days", "/capability/release_cooldown_days"),
        Column("search_has_prices", "/capability/search_has_prices"),
        Column(
            "repeated_purchase_is_safe",
            "/capability/repeated_purchase_is_safe",
        ),
    ],
};

/// What a check-up found.
pub(crate) const FINDINGS: Shape = Shape {
    table: &FINDING,
    csv: &FINDING,
};

const FINDING: [Column; 4] = [
    Column("status", "/status"),
    Column("about", "/about"),
    Column("detail", "/detail"),
    Column("remedy", "/remedy"),
];

/// What is different between the accounts and the journal.
pub(crate) const DIFFERENCES: Shape = Shape {
    table: &[
        Column("FOUND", "/found"),
        Column("NUMBER", "/number"),
        Column("ID", "/id"),
    ],
    csv: &[
        Column("found", "/found"),
        Column("account", "/account"),
        Column("number", "/number"),
        Column("id", "/id"),
        Column("provider_id", "/provider_id"),
        Column("purchase_id", "/purchase_id"),
        Column("remedy", "/remedy"),
    ],
};

/// What reading a configuration again has changed.
pub(crate) const RELOADED: Shape = Shape {
    table: &RELOAD,
    csv: &RELOAD,
};

const RELOAD: [Column; 6] = [
    Column("added", "/accounts/added"),
    Column("removed", "/accounts/removed"),
    Column("changed", "/accounts/changed"),
    Column("unchanged", "/accounts/unchanged"),
    Column("applied", "/applied"),
    Column("ignored", "/ignored"),
];
