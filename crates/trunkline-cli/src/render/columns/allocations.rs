//! The columns of allocations.

use crate::render::shape::{Column, Shape};

/// What became of each number of an allocation.
pub(crate) const ALLOCATION: Shape = Shape {
    table: &[
        Column("NUMBER", "/number"),
        Column("STATE", "/state"),
        Column("ACCOUNT", "/account"),
        Column("MONTHLY", "/price"),
        Column("NUMBER ID", "/number_id"),
        Column("GIVEN BACK", "/released/state"),
        Column("FROM", "/released/at"),
        Column("ERROR", "/error/detail"),
    ],
    csv: &[
        Column("item", "/item"),
        Column("state", "/state"),
        Column("account", "/account"),
        Column("number", "/number"),
        Column("number_id", "/number_id"),
        Column("purchase_id", "/purchase_id"),
        Column("presumed", "/presumed"),
        Column("late", "/late"),
        Column("price", "/price/amount"),
        Column("price_currency", "/price/currency"),
        Column("released", "/released/state"),
        Column("released_at", "/released/at"),
        Column("released_reason", "/released/reason"),
        Column("error_kind", "/error/kind"),
        Column("error", "/error/detail"),
    ],
};

/// Allocations.
pub(crate) const ALLOCATIONS: Shape = Shape {
    table: &[
        Column("ID", "/id"),
        Column("STATE", "/state"),
        Column("MODE", "/mode"),
        Column("WANTED", "/counts/wanted"),
        Column("BOUGHT", "/counts/bought"),
        Column("FAILED", "/counts/failed"),
        Column("UNKNOWN", "/counts/unknown"),
        Column("OPEN", "/counts/open"),
        Column("CREATED", "/created_at"),
    ],
    csv: &[
        Column("id", "/id"),
        Column("state", "/state"),
        Column("mode", "/mode"),
        Column("minimum", "/minimum"),
        Column("strategy", "/strategy"),
        Column("release_on_failure", "/release_on_failure"),
        Column("wanted", "/counts/wanted"),
        Column("bought", "/counts/bought"),
        Column("failed", "/counts/failed"),
        Column("unknown", "/counts/unknown"),
        Column("open", "/counts/open"),
        Column("released", "/counts/released"),
        Column("idempotency_key", "/idempotency_key"),
        Column("error_kind", "/error/kind"),
        Column("error", "/error/detail"),
        Column("created_at", "/created_at"),
        Column("finished_at", "/finished_at"),
    ],
};
