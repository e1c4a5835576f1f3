//! The columns of audit rows, events, webhooks and deliveries.

use super::shape::{Column, Shape};

/// Rows of the audit trail.
pub(crate) const AUDIT: Shape = Shape {
    table: &[
        Column("AT", "/at"),
        Column("ACTION", "/action"),
        Column("OUTCOME", "/outcome"),
        Column("ACCOUNT", "/account"),
        Column("NUMBER", "/number"),
        Column("KEY", "/actor/key_name"),
        Column("VIA", "/actor/via"),
        Column("ERROR", "/error/message"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("at", "/at"),
        Column("key_id", "/actor/key_id"),
        Column("key_name", "/actor/key_name"),
        Column("via", "/actor/via"),
        Column("action", "/action"),
        Column("account", "/account"),
        Column("number", "/number"),
        Column("resource", "/resource"),
        Column("outcome", "/outcome"),
        Column("error_kind", "/error/kind"),
        Column("error", "/error/message"),
        Column("request_id", "/request_id"),
        Column("before", "/before"),
        Column("after", "/after"),
    ],
};

/// Whether chains of the audit trail are whole.
pub(crate) const CHAINS: Shape = Shape {
    table: CHAINS_COLUMNS,
    csv: CHAINS_COLUMNS,
};

const CHAINS_COLUMNS: &[Column] = &[
    Column("tenant", "/tenant"),
    Column("whole", "/whole"),
    Column("rows", "/rows"),
    Column("head", "/head"),
];

/// Events.
pub(crate) const EVENTS: Shape = Shape {
    table: &[
        Column("AT", "/at"),
        Column("TYPE", "/type"),
        Column("ACCOUNT", "/account"),
        Column("RESOURCE", "/resource"),
        Column("SEQUENCE", "/sequence"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("at", "/at"),
        Column("type", "/type"),
        Column("tenant", "/tenant"),
        Column("account", "/account"),
        Column("resource", "/resource"),
        Column("sequence", "/sequence"),
        Column("data", "/data"),
    ],
};

/// Webhooks.
pub(crate) const WEBHOOKS: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("URL", "/url"),
        Column("ENABLED", "/enabled"),
        Column("TYPES", "/types"),
        Column("ACCOUNTS", "/accounts"),
        Column("DESCRIPTION", "/description"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("url", "/url"),
        Column("enabled", "/enabled"),
        Column("disabled_reason", "/disabled_reason"),
        Column("types", "/types"),
        Column("accounts", "/accounts"),
        Column("description", "/description"),
        Column("created_at", "/created_at"),
        Column("secret", "/secret"),
    ],
};

/// Deliveries.
pub(crate) const DELIVERIES: Shape = Shape {
    table: DELIVERIES_COLUMNS,
    csv: DELIVERIES_COLUMNS,
};

const DELIVERIES_COLUMNS: &[Column] = &[
    Column("event", "/event/id"),
    Column("type", "/event/type"),
    Column("resource", "/event/resource"),
    Column("sequence", "/event/sequence"),
    Column("state", "/state"),
    Column("attempts", "/attempts"),
    Column("attempted_at", "/attempted_at"),
    Column("status", "/status"),
    Column("error", "/error"),
];
