//! The statements, written so that SQLite and PostgreSQL both accept them.
//!
//! `{now}` stands for the database's clock in milliseconds, `{asked}` for what it showed when the statement came in,
//! `{lock}` for keeping the rows that are found until the transaction ends, `{list}$1{/list}` for the items of a JSON
//! array, `{steady}` for a clock that can be believed (see [`STEADY`]), `{by name}` for an index that SQLite would not choose without statistics, `{unindexed}` for none of them, and
//! `{has text}$1{/text}` for rows of the inventory whose searched text is like this, and `{places}$1{/places}` for rows
//! in these places, a JSON array. Parameters are numbered from `$1` in each statement.

pub(crate) mod inventory;
pub(crate) mod missing;
pub(crate) mod trails;

use std::time::Duration;

use crate::query::{Statement, statements};

pub(crate) use inventory::*;
pub(crate) use missing::*;
pub(crate) use trails::*;

/// How long keys, and leases that lapsed, are kept: a day more than the 30 that are promised.
pub(crate) const KEPT_MS: i64 = 31 * 24 * 60 * 60 * 1000;

/// How far the clock may have moved since it was last written down to be believed: a longer step is most likely the
/// clock's alone.
pub(crate) const CLOCK_STEP_MS: i64 = 24 * 60 * 60 * 1000;

/// Whether the clock has moved by less than a day ([`CLOCK_STEP_MS`]) since it was last written down: nothing is forgotten by
/// another one.
pub(crate) const STEADY: &str =
    "EXISTS (SELECT 1 FROM meta WHERE name = 'clock' AND CAST(value AS BIGINT) > {now} - 86400000)";

/// How long a process must have run, by its monotonic clock, before it believes a clock that made such a step.
pub(crate) const CLOCK_TRIAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest that a release can be made to wait, which is the longest grace period.
pub(crate) const LONGEST_GRACE_MS: i64 = 365 * 24 * 60 * 60 * 1000;

/// Longest pause before a delivery is tried again, and more.
pub(crate) const LONGEST_DELIVERY_PAUSE_MS: i64 = 24 * 60 * 60 * 1000;

/// Most rows that are looked at each time when old ones are forgotten.
pub(crate) const PRUNED_AT_ONCE: i64 = 5_000;

/// How long leases on candidates that lapsed, and notes that ended, are kept.
pub(crate) const LAPSED_KEPT_MS: i64 = 60 * 60 * 1000;

/// How often old keys and leases are forgotten.
pub(crate) const PRUNE_EVERY: Duration = Duration::from_secs(60);

statements! {
    /// Begins a key's life, if it has none.
    PUT_KEY = "INSERT INTO idempotency (tenant, key, route, fingerprint, purchase, created_ms) \
        VALUES ($1, $2, $3, $4, $5, {now}) ON CONFLICT (tenant, key, route) DO NOTHING";

    /// Makes a known key stand for another purchase; parameters as [`PUT_KEY`].
    REPOINT_KEY = "UPDATE idempotency SET fingerprint = $4, purchase = $5, answer = NULL, \
        version = 0, created_ms = {now} WHERE tenant = $1 AND key = $2 AND route = $3";

    /// What stands under a key.
    FIND_KEY = "SELECT fingerprint, purchase, answer FROM idempotency WHERE tenant = $1 AND key = $2 AND route = $3";

    /// What stands under a key and will until the transaction ends.
    LOCK_KEY = "SELECT fingerprint, purchase, answer FROM idempotency \
        WHERE tenant = $1 AND key = $2 AND route = $3{lock}";

    /// Keeps the first answer, unless one made from this version ($5, NULL for no purchase) has been forgotten, and gives the
    /// one that is kept. The condition is on the key's own row: a row of another table would be judged as it was before the
    /// wait for this one.
    PUT_ANSWER = "UPDATE idempotency SET answer = CASE \
        WHEN CAST($5 AS BIGINT) IS NULL OR version <= $5 THEN COALESCE(answer, $4) ELSE answer END \
        WHERE tenant = $1 AND key = $2 AND route = $3 RETURNING answer";

    /// Forgets the answer kept for a purchase, whatever the route, and every later one that is made from a version before $4.
    FORGET_ANSWER = "UPDATE idempotency SET answer = NULL, version = $4 \
        WHERE tenant = $1 AND key = $2 AND purchase = $3";

    /// Forgets a key that is merely reserved.
    FORGET_KEY = "DELETE FROM idempotency \
        WHERE tenant = $1 AND key = $2 AND route = $3 AND answer IS NULL AND purchase IS NULL";

    /// Claims a number at an identity, unless another holds it. Claiming again is no change of holder.
    PUT_CLAIM = "INSERT INTO claims (identity, number, holder) VALUES ($1, $2, $3) \
        ON CONFLICT (identity, number) DO UPDATE SET holder = excluded.holder WHERE claims.holder = excluded.holder";

    /// Who holds a claim.
    FIND_CLAIM = "SELECT holder FROM claims WHERE identity = $1 AND number = $2";

    /// Frees a claim of this holder's.
    FREE_CLAIM = "DELETE FROM claims WHERE identity = $1 AND number = $2 AND holder = $3";

    /// Takes a carrier's id for a purchase, unless another has it.
    PUT_WINNER = "INSERT INTO winners (identity, provider_id, purchase) VALUES ($1, $2, $3) \
        ON CONFLICT (identity, provider_id) DO UPDATE SET purchase = excluded.purchase \
        WHERE winners.purchase = excluded.purchase";

    /// Which purchase has a carrier's id.
    FIND_WINNER = "SELECT purchase FROM winners WHERE identity = $1 AND provider_id = $2";

    /// Frees a carrier's id.
    FREE_WINNER = "DELETE FROM winners WHERE identity = $1 AND provider_id = $2";

    /// Writes down a purchase.
    PUT_PURCHASE = "INSERT INTO purchases \
        (id, tenant, account, identity, number, state, presumed, due_ms, created_ms, version, doc) \
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, 1, $8)";

    /// Writes one step of a purchase if version ($2) and lease ($10 with fence $11 of owner $12, none if NULL) allow it. What
    /// becomes dispatched keeps up to where ids are known by then.
    /// It is due after $9 milliseconds: 0 is at once, NULL never.
    STEP_PURCHASE = "UPDATE purchases SET version = $2 + 1, doc = $3, state = $4, presumed = $5, \
        account = $6, identity = $7, number = $8, needs_person = $13, \
        known_at = CASE WHEN $4 = 'dispatched' AND state <> 'dispatched' \
        THEN (SELECT COALESCE(MAX(seq), 0) FROM known_ids) ELSE known_at END, \
        due_ms = CASE WHEN CAST($9 AS BIGINT) > 0 THEN {now} + $9 ELSE $9 END \
        WHERE id = $1 AND version = $2 AND (CAST($10 AS TEXT) IS NULL \
        OR EXISTS (SELECT 1 FROM leases WHERE name = $10 AND fence = $11 AND owner = $12 AND until_ms > {now}))";

    /// One purchase.
    FIND_PURCHASE = "SELECT id, version, doc FROM purchases WHERE id = $1";

    /// Purchases of a number at an identity that are presumed failed.
    LIST_PRESUMED =
        "SELECT id, version, doc FROM purchases WHERE presumed = 1 AND identity = $1 AND number = $2 ORDER BY id";

    /// Purchases that are due and not worked on: a lease for longer than $2 milliseconds was given by a clock
    /// that was set back since.
    LIST_DUE = "SELECT id FROM purchases WHERE due_ms IS NOT NULL AND due_ms <= {asked} \
        AND NOT EXISTS (SELECT 1 FROM leases WHERE name = purchases.id AND until_ms > {asked} AND until_ms <= {asked} + $2) \
        ORDER BY due_ms, id LIMIT $1";

    /// How many purchases are not over, and why. Each of them is due some time, so the index of those serves.
    COUNT_UNSETTLED = "SELECT account, identity, CASE WHEN state <> 'failed' THEN state \
        WHEN needs_person IS NOT NULL THEN 'needs_person' ELSE 'watched' END AS openness, \
        COUNT(*) AS purchases, {asked} - MIN(created_ms) AS oldest_ms \
        FROM purchases {by purchases_due} WHERE due_ms IS NOT NULL AND state <> 'succeeded' \
        GROUP BY account, identity, 3 ORDER BY account, identity, 3";

    /// Keeps an id under which a number is seen, if it is new.
    PUT_ID = "INSERT INTO known_ids (identity, number, provider_id, created_ms) \
        VALUES ($1, $2, $3, $4) ON CONFLICT (identity, number, provider_id) DO NOTHING";

    /// Keeps the id under which a purchase ($5) has won its number.
    WIN_ID = "INSERT INTO known_ids (identity, number, provider_id, created_ms, won_by, won_ms) \
        VALUES ($1, $2, $3, $4, $5, {now}) ON CONFLICT (identity, number, provider_id) DO UPDATE \
        SET created_ms = excluded.created_ms, won_by = excluded.won_by, won_ms = excluded.won_ms, released_ms = NULL \
        WHERE known_ids.won_by IS NULL OR known_ids.won_by <> excluded.won_by";

    /// Keeps when an id was given back.
    RELEASE_ID = "UPDATE known_ids SET released_ms = {now} \
        WHERE identity = $1 AND provider_id = $2 AND released_ms IS NULL";

    /// The ids of a number, and whether each was known before purchase $3 was dispatched.
    LIST_IDS = "SELECT provider_id, known_ids.created_ms, won_by, won_ms, released_ms, \
        CAST(CASE WHEN seq <= COALESCE((SELECT known_at FROM purchases WHERE id = $3), 0) THEN 1 ELSE 0 END AS BIGINT) \
        AS seen_before \
        FROM known_ids WHERE identity = $1 AND number = $2 ORDER BY seq";

    /// The purchase that won an id last, if it was given back since.
    FIND_RELEASER = "SELECT won_by AS purchase FROM known_ids WHERE identity = $1 \
        AND provider_id = $2 AND won_by IS NOT NULL AND released_ms IS NOT NULL ORDER BY seq DESC LIMIT 1";

    /// The ids that purchases at an identity have won and that were not given back.
    LIST_WINNERS = "SELECT provider_id, number, won_by FROM known_ids \
        WHERE identity = $1 AND won_by IS NOT NULL AND released_ms IS NULL ORDER BY number, provider_id";

    /// Changes what is in a purse by $2, if no more than $3 is in it then; NULL is no limit.
    MOVE_PURSE = "INSERT INTO purses (name, spent) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET spent = purses.spent + excluded.spent \
        WHERE CAST($3 AS BIGINT) IS NULL OR purses.spent + excluded.spent <= $3";

    /// What is in a purse.
    FIND_PURSE = "SELECT spent FROM purses WHERE name = $1";

    /// Writes down what a purchase has taken from a purse.
    PUT_CHARGE = "INSERT INTO charges (purchase, purse, amount, monthly) VALUES ($1, $2, $3, $4)";

    /// Forgets what a purchase has taken, and gives it.
    FREE_CHARGES = "DELETE FROM charges WHERE purchase = $1 RETURNING purse, amount";

    /// Forgets what a purchase takes every month, and gives it.
    FREE_MONTHLY = "DELETE FROM charges WHERE purchase = $1 AND monthly = 1 RETURNING purse, amount";

    /// Takes a lease for $3 milliseconds if it is free.
    PUT_LEASE = "INSERT INTO leases (name, owner, fence, until_ms) VALUES ($1, $2, 1, {now} + $3) \
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = leases.fence + 1, until_ms = excluded.until_ms \
        WHERE leases.until_ms <= {now} RETURNING fence";

    /// Has a lease end $2 milliseconds from now at the latest: the clock may have been set back since it was given. Its holder
    /// counts by another clock, so it does not end at once.
    SHORTEN_LEASE = "UPDATE leases SET until_ms = {now} + $2 WHERE name = $1 AND until_ms > {now} + $2";

    /// Prolongs a lease by $4 milliseconds, if it holds.
    RENEW_LEASE = "UPDATE leases SET until_ms = {now} + $4 WHERE name = $1 AND fence = $2 \
        AND owner = $3 AND until_ms > {now}";

    /// Ends a lease; its fence stays, so that it never goes back. PostgreSQL does not wait for the disk: a lease whose end is
    /// lost lapses.
    END_LEASE = "UPDATE leases SET until_ms = {now} WHERE name = $1 AND fence = $2 AND owner = $3 \
        AND until_ms > {now}"
        | "UPDATE leases SET until_ms = {now} WHERE name = $1 AND fence = $2 AND owner = $3 \
        AND until_ms > {now} AND set_config('synchronous_commit', 'off', true) = 'off'";

    /// Ends whatever lease there is of this name.
    END_LEASES = "UPDATE leases SET until_ms = {now} WHERE name = $1 AND until_ms > {now}";

    /// Whether a lease holds.
    FIND_LEASE = "SELECT fence FROM leases WHERE name = $1 AND fence = $2 AND owner = $3 AND until_ms > {now}";

    /// Forgets a release.
    FORGET_RELEASE = "DELETE FROM releases WHERE tenant = $1 AND number_id = $2";

    /// Writes down a release.
    ///
    /// Parameters: tenant, number, whether it is done, the document, whether it was sent, milliseconds until it is due.
    PUT_RELEASE = "INSERT INTO releases (tenant, number_id, done, doc, sent, due_ms) \
        VALUES ($1, $2, $3, $4, $5, {now} + $6) ON CONFLICT (tenant, number_id) DO UPDATE \
        SET done = excluded.done, doc = excluded.doc, sent = excluded.sent, due_ms = excluded.due_ms, held = 0";

    /// Writes down that a release that is due, for no more than $4 milliseconds, and was not sent is; its document is $3.
    SEND_RELEASE = "UPDATE releases SET sent = 1, doc = $3 WHERE tenant = $1 AND number_id = $2 \
        AND done = 0 AND sent = 0 AND held = 0 AND due_ms <= {now} AND due_ms >= {now} - $4";

    /// A release that was not sent and has been due for more than $3 milliseconds.
    FIND_OVERDUE = "SELECT seq FROM releases WHERE tenant = $1 AND number_id = $2 \
        AND done = 0 AND sent = 0 AND held = 0 AND due_ms < {now} - $3";

    /// Leaves a release that was not sent to a person; its document is $3.
    HOLD_RELEASE = "UPDATE releases SET held = 1, doc = $3 \
        WHERE tenant = $1 AND number_id = $2 AND done = 0 AND sent = 0 AND held = 0";

    /// Forgets a release that was not sent.
    UNDO_RELEASE = "DELETE FROM releases WHERE tenant = $1 AND number_id = $2 AND done = 0 AND sent = 0";

    /// Releases that are due and not ended, oldest first.
    LIST_RELEASES = "SELECT number_id AS id, doc FROM releases \
        WHERE done = 0 AND held = 0 AND due_ms <= {now} ORDER BY seq LIMIT $1";

    /// Releases after a place.
    LIST_RELEASED = "SELECT seq, number_id AS id FROM releases WHERE seq > $1 ORDER BY seq LIMIT $2";

    /// Forgets a release that is done where one under another spelling of its id, $1, is not.
    FORGET_PASSED = "DELETE FROM releases WHERE number_id = $2 AND done = 1 \
        AND tenant IN (SELECT tenant FROM releases WHERE number_id = $1 AND done = 0)";

    /// Forgets the releases under a spelling where there is one under another, $2.
    FORGET_RESPELLED = "DELETE FROM releases WHERE number_id = $1 \
        AND tenant IN (SELECT tenant FROM releases WHERE number_id = $2)";

    /// Gives the releases of an id another one, $2, in their documents too: a field of them, $3 as it was and $4 as it is to be.
    RESPELL_RELEASES = "UPDATE releases SET number_id = $2, doc = REPLACE(doc, $3, $4) WHERE number_id = $1";

    /// The latest release of a number.
    FIND_RELEASE = "SELECT number_id AS id, doc FROM releases WHERE tenant = $1 AND number_id = $2";

    /// Writes down an allocation, unless its key has started one.
    PUT_ALLOCATION = "INSERT INTO allocations (id, tenant, key, done, version, doc) \
        VALUES ($1, $2, $3, 0, 1, $4) ON CONFLICT (tenant, key) DO NOTHING";

    /// Replaces an allocation if version ($2) and lease ($5 with fence $6 of owner $7) allow it.
    STEP_ALLOCATION = "UPDATE allocations SET version = $2 + 1, doc = $3, done = $4 \
        WHERE id = $1 AND version = $2 AND EXISTS \
        (SELECT 1 FROM leases WHERE name = $5 AND fence = $6 AND owner = $7 AND until_ms > {now})";

    /// One allocation.
    FIND_ALLOCATION = "SELECT id, version, doc FROM allocations WHERE id = $1";

    /// The allocation that a key has started.
    FIND_ALLOCATION_OF = "SELECT id, version, doc FROM allocations WHERE tenant = $1 AND key = $2";

    /// A tenant's allocations, newest first; those older than $2 unless it is NULL.
    LIST_ALLOCATIONS = "SELECT id, version, doc FROM allocations WHERE tenant = $1 \
        AND id < COALESCE($2, '~') ORDER BY id DESC LIMIT $3";

    /// Allocations that are not done and not worked on, oldest first; $2 as in [`LIST_DUE`].
    LIST_DUE_ALLOCATIONS = "SELECT id FROM allocations WHERE done = 0 AND NOT EXISTS \
        (SELECT 1 FROM leases WHERE name = 'allocation:' || allocations.id AND until_ms > {asked} \
        AND until_ms <= {asked} + $2) \
        ORDER BY id LIMIT $1";

    /// Has the transactions that lease candidates follow each other on PostgreSQL: all that look for one would want the
    /// same, and each but one would have to look again. A lease need not outlive the server, so none waits for the disk.
    TAKE_TURNS_AT_CANDIDATES = "SELECT 1"
        | "SELECT pg_advisory_xact_lock(7286421035901), set_config('synchronous_commit', 'off', true)";

    /// Leases, for $3 milliseconds, the first of the pairs in the JSON array $1 that none but $2 has leased.
    LEASE_CANDIDATE = "INSERT INTO candidate_leases (provider, number, holder, until_ms) \
        SELECT value ->> 0, value ->> 1, $2, {now} + $3 FROM json_each($1) AS wanted WHERE NOT EXISTS \
        (SELECT 1 FROM candidate_leases AS held WHERE held.provider = wanted.value ->> 0 \
        AND held.number = wanted.value ->> 1 AND held.until_ms > {now} AND held.until_ms <= {now} + $3 AND held.holder <> $2) \
        ORDER BY wanted.key LIMIT 1 ON CONFLICT (provider, number) DO UPDATE \
        SET holder = excluded.holder, until_ms = excluded.until_ms RETURNING provider, number"
        | "INSERT INTO candidate_leases (provider, number, holder, until_ms) \
        SELECT pair ->> 0, pair ->> 1, $2, {now} + $3 \
        FROM jsonb_array_elements(CAST($1 AS JSONB)) WITH ORDINALITY AS wanted (pair, at) WHERE NOT EXISTS \
        (SELECT 1 FROM candidate_leases AS held WHERE held.provider = pair ->> 0 \
        AND held.number = pair ->> 1 AND held.until_ms > {now} AND held.until_ms <= {now} + $3 AND held.holder <> $2) \
        ORDER BY wanted.at LIMIT 1 ON CONFLICT (provider, number) DO UPDATE \
        SET holder = excluded.holder, until_ms = excluded.until_ms RETURNING provider, number";

    /// Gives back a lease on a candidate.
    FREE_CANDIDATE = "DELETE FROM candidate_leases WHERE provider = $1 AND number = $2 AND holder = $3";

    /// Forgets leases on candidates that lapsed more than $1 milliseconds ago; $2 of them at once.
    PRUNE_CANDIDATES = "DELETE FROM candidate_leases WHERE (provider, number) IN (SELECT provider, \
        number FROM candidate_leases WHERE until_ms < {now} - $1 ORDER BY until_ms LIMIT $2)";

    /// Has the transactions that protect a number, $1, and those that send its release follow each other on PostgreSQL: a
    /// row that is not there can't be locked.
    TAKE_TURNS_AT_NUMBER = "SELECT $1"
        | "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

    /// trunkline's own fields of numbers, whose ids are in the JSON array $1: `pending` is 0 for rows of `annotations`, 1 for
    /// those of `releases` that can be undone, 2 for those of `missing_numbers` that are gone.
    LIST_ANNOTATIONS = "SELECT number_id AS id, doc, 0 AS pending FROM json_each($1) AS wanted \
        CROSS JOIN annotations ON number_id = wanted.value UNION ALL SELECT number_id, doc, 1 FROM json_each($1) AS wanted \
        CROSS JOIN releases {by releases_by_number} ON number_id = wanted.value AND done = 0 AND sent = 0 \
        UNION ALL SELECT number_id, doc, 2 FROM json_each($1) AS wanted \
        CROSS JOIN missing_numbers {by missing_numbers_gone} ON number_id = wanted.value AND gone = 1"
        | "SELECT number_id AS id, doc, CAST(0 AS BIGINT) AS pending FROM annotations \
        WHERE number_id IN {list}$1{/list} UNION ALL SELECT number_id, doc, 1 FROM releases \
        WHERE done = 0 AND sent = 0 AND number_id IN {list}$1{/list} UNION ALL SELECT number_id, doc, 2 \
        FROM missing_numbers WHERE gone = 1 AND number_id IN {list}$1{/list}";

    /// trunkline's own fields of a number.
    FIND_ANNOTATION = "SELECT number_id AS id, doc FROM annotations WHERE number_id = $1";

    /// Sets trunkline's own fields of a number.
    PUT_ANNOTATION = "INSERT INTO annotations (number_id, doc) VALUES ($1, $2) \
        ON CONFLICT (number_id) DO UPDATE SET doc = excluded.doc";

    /// Ids of which anything is noted, in order, after $1.
    LIST_ANNOTATED = "SELECT number_id AS id FROM annotations \
        WHERE number_id > COALESCE($1, '') ORDER BY number_id LIMIT $2";

    /// trunkline's own fields of all numbers whose ids are between these.
    LIST_ANNOTATIONS_BETWEEN = "SELECT number_id AS id, doc FROM annotations WHERE number_id > $1 AND number_id < $2";

    /// Releases that wait, of numbers whose ids are between these.
    LIST_WAITING_BETWEEN = "SELECT seq, number_id AS id FROM releases \
        WHERE done = 0 AND sent = 0 AND number_id > $1 AND number_id < $2";

    /// Gives a release another id of its number, $2, in its document too: a field of it, $3 as it was and $4 as it is to be.
    MOVE_RELEASE = "UPDATE releases SET number_id = $2, doc = REPLACE(doc, $3, $4) WHERE seq = $1 \
        AND NOT EXISTS (SELECT 1 FROM releases AS other WHERE other.number_id = $2 AND other.tenant = releases.tenant)";

    /// Gives the missing numbers of an identity, $1, the name that its account has now, $2.
    RENAME_MISSING = "UPDATE missing_numbers SET number_id = $2 || ':' || provider_id WHERE identity = $1";

    /// Forgets trunkline's own fields of a number.
    FORGET_ANNOTATION = "DELETE FROM annotations WHERE number_id = $1";

    /// Writes a caller ID.
    PUT_CALLER_ID = "INSERT INTO caller_ids (id, tenant, verified, doc) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, verified = excluded.verified, doc = excluded.doc";

    /// One caller ID.
    FIND_CALLER_ID = "SELECT id, doc FROM caller_ids WHERE id = $1";

    /// A tenant's caller IDs that are not verified.
    LIST_CALLER_IDS = "SELECT id, doc FROM caller_ids WHERE tenant = $1 AND verified = 0 ORDER BY id";

    /// Caller IDs by their ids.
    FIND_CALLER_IDS = "SELECT id, doc FROM caller_ids WHERE id IN {list}$1{/list} ORDER BY id";

    /// Writes a verified caller ID, unless its proof was started again.
    PUT_VERIFIED = "INSERT INTO caller_ids (id, tenant, verified, doc) VALUES ($1, $2, 1, $3) \
        ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, doc = excluded.doc WHERE caller_ids.verified = 1";

    /// Forgets the verified caller IDs whose ids lie between two texts, except these.
    FORGET_VERIFIED = "DELETE FROM caller_ids WHERE id > $1 AND id < $2 AND verified = 1 AND id NOT IN {list}$3{/list}";

    /// Forgets a caller ID.
    FORGET_CALLER_ID = "DELETE FROM caller_ids WHERE id = $1";

    /// Keeps a sealed text under a name.
    PUT_SEALED = "INSERT INTO sealed (name, text) VALUES ($1, $2) \
        ON CONFLICT (name) DO UPDATE SET text = excluded.text";

    /// The sealed text under a name.
    FIND_SEALED = "SELECT text FROM sealed WHERE name = $1";

    /// Writes down a new API key.
    PUT_API_KEY = "INSERT INTO api_keys (id, tenant, version, doc) VALUES ($1, $2, 1, $3)";

    /// Writes an API key in place of its version $2.
    REPLACE_API_KEY = "UPDATE api_keys SET version = $2 + 1, doc = $3 WHERE id = $1 AND version = $2";

    /// One API key.
    FIND_API_KEY = "SELECT id, version, used_ms, doc FROM api_keys WHERE id = $1";

    /// API keys, newest first; a NULL filters nothing.
    LIST_API_KEYS = "SELECT id, version, used_ms, doc FROM api_keys \
        WHERE (CAST($1 AS TEXT) IS NULL OR tenant = $1) AND (CAST($2 AS TEXT) IS NULL OR id < $2) \
        ORDER BY id DESC LIMIT $3";

    /// Any API key.
    ANY_API_KEY = "SELECT id FROM api_keys LIMIT 1";

    /// Writes down when an API key was used.
    TOUCH_API_KEY = "UPDATE api_keys SET used_ms = $2 WHERE id = $1 AND (used_ms IS NULL OR used_ms < $2)";

    /// Writes down a new session.
    PUT_SESSION = "INSERT INTO sessions (token, key_id, secret, until_ms) VALUES ($1, $2, $3, $4)";

    /// Forgets sessions that ended before $1, and by the database's clock too.
    PRUNE_SESSIONS = "DELETE FROM sessions WHERE until_ms <= $1 AND until_ms <= {now} AND {steady}";

    /// One session.
    FIND_SESSION = "SELECT token, key_id, secret, until_ms FROM sessions WHERE token = $1";

    /// Forgets a session.
    FORGET_SESSION = "DELETE FROM sessions WHERE token = $1";

    /// Writes a fact about the database itself, once.
    PUT_META = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

    /// Reads a fact about the database itself.
    FIND_META = "SELECT value FROM meta WHERE name = $1";

    /// Writes, to see whether that is possible.
    TOUCH = "INSERT INTO meta (name, value) VALUES ('checked', CAST({now} AS TEXT)) \
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    /// How large the database is.
    FIND_SIZE = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
        | "SELECT pg_database_size(current_database()) AS bytes";

    /// Writes down what the clock shows, so that a step of it is noticed; changes nothing if it has stepped by more than $1
    /// milliseconds since, unless $2 is 1.
    MARK_CLOCK = "UPDATE meta SET value = CAST({now} AS TEXT) WHERE name = 'clock' \
        AND (CAST($2 AS BIGINT) = 1 OR CAST(value AS BIGINT) > {now} - $1)";

    /// Makes purchases due now whose next look is more than $1 milliseconds ahead: the clock was set back since.
    PULL_PURCHASES = "UPDATE purchases SET due_ms = {now} WHERE due_ms > {now} + $1";

    /// Has releases wait $1 milliseconds at most.
    PULL_RELEASES = "UPDATE releases SET due_ms = {now} + $1 \
        WHERE done = 0 AND sent = 0 AND due_ms > {now} + $1";

    /// Makes deliveries due now that would be more than $1 milliseconds ahead.
    PULL_DELIVERIES = "UPDATE deliveries SET due_ms = {now} WHERE state = 'pending' AND due_ms > {now} + $1";

    /// Forgets keys older than $1 milliseconds whose purchase is neither open nor watched. It looks at
    /// the oldest $2 only, so that it never holds up the other writers.
    PRUNE_KEYS = "DELETE FROM idempotency WHERE seq IN (SELECT seq FROM (SELECT seq, created_ms, \
        purchase FROM idempotency ORDER BY seq LIMIT $2) AS oldest WHERE created_ms < {now} - $1 AND NOT EXISTS \
        (SELECT 1 FROM purchases WHERE id = oldest.purchase AND due_ms IS NOT NULL))";

    /// The last of the next $2 purchases after $1, and how many there are.
    FIND_PAGE_END = "SELECT MAX(id) AS id, COUNT(*) AS purchases FROM \
        (SELECT id FROM purchases WHERE id > $1 ORDER BY id LIMIT $2) AS oldest";

    /// Of the next $2 purchases after $1, those begun more than $3 milliseconds ago that are over: nothing is open, watched,
    /// asked or presumed, and their number was given back or never held.
    LIST_FORGETTABLE = "SELECT id, version, doc FROM (SELECT * FROM purchases WHERE id > $1 ORDER BY id LIMIT $2) AS oldest \
        WHERE due_ms IS NULL AND presumed = 0 AND needs_person IS NULL AND state IN ('succeeded', 'failed') \
        AND oldest.created_ms < {now} - $3 AND {steady} \
        AND NOT EXISTS (SELECT 1 FROM leases WHERE name = oldest.id AND until_ms > {now}) \
        AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.identity = oldest.identity \
        AND claims.number = oldest.number AND holder = oldest.id) \
        AND NOT EXISTS (SELECT 1 FROM charges WHERE purchase = oldest.id AND monthly = 1) \
        AND NOT EXISTS (SELECT 1 FROM known_ids AS won WHERE won.identity = oldest.identity \
        AND won.number = oldest.number AND won.won_by = oldest.id AND (won.released_ms IS NULL \
        OR EXISTS (SELECT 1 FROM winners AS w WHERE w.identity = won.identity \
        AND w.provider_id = won.provider_id AND w.purchase = oldest.id) \
        OR EXISTS (SELECT 1 FROM missing_numbers AS m WHERE m.identity = won.identity AND m.provider_id = won.provider_id) \
        OR EXISTS (SELECT 1 FROM inventory AS i WHERE i.identity = won.identity \
        AND i.provider_id = won.provider_id AND i.state <> 'gone')))";

    /// Forgets the key of a purchase, $4, that it was given more than $5 milliseconds ago.
    FORGET_OLD_KEY = "DELETE FROM idempotency WHERE tenant = $1 AND key = $2 AND route = $3 AND purchase = $4 \
        AND created_ms < {now} - $5";

    /// Forgets what a purchase has taken for good.
    FORGET_CHARGES = "DELETE FROM charges WHERE purchase = $1";

    /// Forgets a purchase that is still at version $2.
    FORGET_PURCHASE = "DELETE FROM purchases WHERE id = $1 AND version = $2";

    /// Forgets leases that lapsed more than $1 milliseconds ago; parameters and care as [`PRUNE_KEYS`].
    PRUNE_LEASES = "DELETE FROM leases WHERE seq IN (SELECT seq FROM (SELECT seq, name, until_ms \
        FROM leases ORDER BY seq LIMIT $2) AS oldest WHERE until_ms < {now} - $1 AND NOT EXISTS \
        (SELECT 1 FROM purchases WHERE id = oldest.name AND due_ms IS NOT NULL))";
}
