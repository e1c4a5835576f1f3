//! The statements about numbers that their carriers do not know any more.

use crate::query::{Statement, statements};

statements! {
    /// Purchases that take from a purse every month, any of them.
    LIST_SPENDERS = "SELECT purchase FROM charges WHERE purse = $1 AND monthly = 1 ORDER BY random() LIMIT $2";

    /// What is known of a missing number.
    FIND_MISSING = "SELECT number_id AS id, gone, doc FROM missing_numbers WHERE identity = $1 AND provider_id = $2";

    /// Suspects a number, unless it is missing already; $5 are milliseconds until it is looked for.
    PUT_SUSPECT = "INSERT INTO missing_numbers (identity, provider_id, number_id, gone, due_ms, doc) \
        VALUES ($1, $2, $3, 0, {now} + $5, $4) ON CONFLICT (identity, provider_id) DO NOTHING";

    /// A number is gone; parameters as [`PUT_SUSPECT`], without the last.
    PUT_GONE = "INSERT INTO missing_numbers (identity, provider_id, number_id, gone, due_ms, doc) \
        VALUES ($1, $2, $3, 1, {now}, $4) ON CONFLICT (identity, provider_id) DO UPDATE SET gone = 1, doc = excluded.doc";

    /// Suspected numbers that are due and not looked for now; $2 is how long a lease can last, $3 the longest that they are
    /// put off.
    LIST_SUSPECTS = "SELECT number_id AS id, doc FROM missing_numbers AS m WHERE gone = 0 \
        AND (due_ms <= {now} OR due_ms > {now} + $3) AND NOT EXISTS (SELECT 1 FROM leases \
        WHERE name = 'missing:' || m.identity || ':' || m.provider_id AND until_ms > {now} AND until_ms <= {now} + $2) \
        ORDER BY due_ms LIMIT $1";

    /// Looks for a suspected number $3 milliseconds later.
    PUT_OFF_SUSPECT = "UPDATE missing_numbers SET due_ms = {now} + $3 \
        WHERE identity = $1 AND provider_id = $2 AND gone = 0";

    /// Suspects a number no more.
    FORGET_SUSPECT = "DELETE FROM missing_numbers WHERE identity = $1 AND provider_id = $2 AND gone = 0";

    /// An id was not given back after all by the purchase ($3) that won it.
    KEEP_ID = "UPDATE known_ids SET released_ms = NULL WHERE identity = $1 AND provider_id = $2 AND won_by = $3";

    /// Forgets that a number was gone.
    FORGET_GONE = "DELETE FROM missing_numbers WHERE identity = $1 AND provider_id = $2 AND gone = 1";
}
