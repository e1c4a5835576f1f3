//! The statements about the inventory.

use crate::query::{Statement, statements};

/// What is read of a row: everything that makes an entry of it.
pub(crate) const ENTRY: &str = "SELECT seq, identity, provider_id, tenant, account, tags, protected, state, origin, \
    currency, monthly, price_source, changed_ms, first_seen_ms, seen_ms, version, number_key, label_key, price_key, \
    purchased_key, doc, (SELECT as_of_ms FROM inventory_accounts AS a WHERE a.identity = inventory.identity) AS as_of_ms \
    FROM inventory";

statements! {
    /// Writes rows, a JSON array of objects with a member for each column. $3 is 0 for rows of a reading: one that was touched
    /// at $2 or later, or changed since it was read, is left; 1 for our own work, 2 for tags alone, 3 for our own work on a number that has
    /// neither row nor note, which is left otherwise (PostgreSQL alone). The version of a row is the
    /// one that it is to have.
    /// Each row is made a text once: `json_each` would make it for each member that is taken from it.
    PUT_INVENTORY = "WITH given AS MATERIALIZED (SELECT value FROM json_each($1)) \
        INSERT INTO inventory (identity, provider_id, tenant, account, provider, number, extension, country, number_type, \
        carrier_state, features, label, owner, owned, location, main, unassigned, month, currency, monthly, \
        price_source, state, origin, tags, protected, number_key, label_key, price_key, purchased_key, \
        changed_ms, first_seen_ms, seen_ms, version, read, digest, text, doc, touched_ms) \
        SELECT value ->> 'identity', value ->> 'provider_id', value ->> 'tenant', value ->> 'account', \
        value ->> 'provider', value ->> 'number', value ->> 'extension', value ->> 'country', \
        value ->> 'number_type', value ->> 'carrier_state', value ->> 'features', value ->> 'label', \
        value ->> 'owner', value ->> 'owned', value ->> 'location', value ->> 'main', value ->> 'unassigned', \
        value ->> 'month', value ->> 'currency', value ->> 'monthly', value ->> 'price_source', \
        value ->> 'state', value ->> 'origin', value ->> 'tags', value ->> 'protected', value ->> 'number_key', \
        value ->> 'label_key', value ->> 'price_key', value ->> 'purchased_key', value ->> 'changed_ms', \
        value ->> 'first_seen_ms', value ->> 'seen_ms', value ->> 'version', value ->> 'read', \
        value ->> 'digest', value ->> 'text', value ->> 'doc', CASE WHEN $3 = 1 THEN {now} ELSE 0 END \
        FROM given WHERE $3 > 0 OR NOT EXISTS (SELECT 1 FROM inventory_touches AS t \
        WHERE t.identity = value ->> 'identity' AND t.key IN (value ->> 'provider_id', value ->> 'number') AND t.at_ms >= $2) \
        ON CONFLICT (identity, provider_id) DO UPDATE SET tenant = excluded.tenant, account = excluded.account, provider = excluded.provider, \
        number = excluded.number, extension = excluded.extension, country = excluded.country, \
        number_type = excluded.number_type, carrier_state = excluded.carrier_state, \
        features = excluded.features, label = excluded.label, owner = excluded.owner, owned = excluded.owned, \
        location = excluded.location, main = excluded.main, unassigned = excluded.unassigned, \
        month = excluded.month, currency = excluded.currency, monthly = excluded.monthly, \
        price_source = excluded.price_source, state = excluded.state, origin = excluded.origin, \
        tags = excluded.tags, protected = excluded.protected, number_key = excluded.number_key, \
        label_key = excluded.label_key, price_key = excluded.price_key, purchased_key = excluded.purchased_key, \
        changed_ms = excluded.changed_ms, first_seen_ms = excluded.first_seen_ms, seen_ms = excluded.seen_ms, \
        read = excluded.read, digest = excluded.digest, text = excluded.text, doc = excluded.doc, \
        version = inventory.version + 1, \
        touched_ms = CASE WHEN $3 = 1 THEN excluded.touched_ms ELSE inventory.touched_ms END \
        WHERE $3 > 0 OR (inventory.version = excluded.version - 1 AND inventory.touched_ms < $2) \
        RETURNING provider_id, seq" | "INSERT INTO inventory (identity, provider_id, tenant, account, provider, number, extension, country, number_type, \
        carrier_state, features, label, owner, owned, location, main, unassigned, month, currency, monthly, \
        price_source, state, origin, tags, protected, number_key, label_key, price_key, purchased_key, \
        changed_ms, first_seen_ms, seen_ms, version, read, digest, text, doc, touched_ms) \
        SELECT r.identity, r.provider_id, r.tenant, r.account, r.provider, r.number, r.extension, r.country, \
        r.number_type, r.carrier_state, r.features, r.label, r.owner, r.owned, r.location, r.main, r.unassigned, \
        r.month, r.currency, r.monthly, r.price_source, r.state, r.origin, r.tags, r.protected, r.number_key, \
        r.label_key, r.price_key, r.purchased_key, r.changed_ms, r.first_seen_ms, r.seen_ms, r.version, r.read, \
        r.digest, r.text, r.doc, CASE WHEN $3 IN (1, 3) THEN {now} ELSE 0 END \
        FROM jsonb_to_recordset(CAST($1 AS JSONB)) AS r(identity text, provider_id text, tenant text, account text, provider text, number text, extension text, \
        country text, number_type text, carrier_state text, features bigint, label text, owner text, \
        owned bigint, location text, main bigint, unassigned bigint, month text, currency text, monthly text, \
        price_source text, state text, origin text, tags text, protected bigint, number_key text, \
        label_key text, price_key bigint, purchased_key bigint, changed_ms bigint, first_seen_ms bigint, \
        seen_ms bigint, version bigint, read bigint, digest bigint, text text, doc text) \
        WHERE CASE $3 WHEN 0 THEN NOT EXISTS (SELECT 1 FROM inventory_touches AS t \
        WHERE t.identity = r.identity AND t.key IN (r.provider_id, r.number) AND t.at_ms >= $2) \
        WHEN 3 THEN NOT EXISTS (SELECT 1 FROM annotations WHERE number_id = r.account || ':' || r.provider_id) \
        ELSE TRUE END \
        ON CONFLICT (identity, provider_id) DO UPDATE SET tenant = excluded.tenant, account = excluded.account, provider = excluded.provider, \
        number = excluded.number, extension = excluded.extension, country = excluded.country, \
        number_type = excluded.number_type, carrier_state = excluded.carrier_state, \
        features = excluded.features, label = excluded.label, owner = excluded.owner, owned = excluded.owned, \
        location = excluded.location, main = excluded.main, unassigned = excluded.unassigned, \
        month = excluded.month, currency = excluded.currency, monthly = excluded.monthly, \
        price_source = excluded.price_source, state = excluded.state, origin = excluded.origin, \
        tags = excluded.tags, protected = excluded.protected, number_key = excluded.number_key, \
        label_key = excluded.label_key, price_key = excluded.price_key, purchased_key = excluded.purchased_key, \
        changed_ms = excluded.changed_ms, first_seen_ms = excluded.first_seen_ms, seen_ms = excluded.seen_ms, \
        read = excluded.read, digest = excluded.digest, text = excluded.text, doc = excluded.doc, \
        version = inventory.version + 1, \
        touched_ms = CASE WHEN $3 = 1 THEN excluded.touched_ms ELSE inventory.touched_ms END \
        WHERE $3 IN (1, 2) OR (inventory.version = excluded.version - 1 AND inventory.touched_ms < $2) \
        RETURNING provider_id, seq";

    /// Whether there are rows whose text is in no index; SQLite alone.
    ANY_UNINDEXED = "SELECT seq FROM inventory_unindexed LIMIT 1" | "SELECT 1";

    /// Has the index of texts find them.
    INDEX_TEXTS = "INSERT INTO inventory_text (rowid, text) SELECT late.seq, whole.text \
        FROM inventory_unindexed AS late CROSS JOIN inventory AS whole ON whole.seq = late.seq" | "SELECT 1";

    /// They are in the index now.
    FORGET_UNINDEXED = "DELETE FROM inventory_unindexed" | "SELECT 1";

    /// What a reading needs at first of rows that are known.
    LIST_KNOWN = "SELECT provider_id, digest, state, read, version, currency, monthly, price_source, origin FROM inventory \
        WHERE identity = $1 AND provider_id IN {list}$2{/list}";

    /// The same of rows that are not gone, in the order of their ids, after $2.
    LIST_REMEMBERED = "SELECT provider_id, digest, state, read, version, currency, monthly, price_source, origin FROM inventory \
        WHERE identity = $1 AND provider_id > $2 AND state <> 'gone' ORDER BY provider_id LIMIT $3";

    /// Whole rows.
    LIST_KNOWN_ENTRIES = "SELECT seq, identity, provider_id, tenant, account, tags, protected, state, origin, \
        currency, monthly, price_source, changed_ms, first_seen_ms, seen_ms, version, number_key, label_key, price_key, \
        purchased_key, doc, (SELECT as_of_ms FROM inventory_accounts AS a WHERE a.identity = inventory.identity) AS as_of_ms \
        FROM inventory WHERE identity = $1 AND provider_id IN {list}$2{/list}";

    /// What was touched at $3 or later, or begun.
    LIST_TOUCHED = "SELECT key, open, CAST(CASE WHEN at_ms >= $3 THEN 1 ELSE 0 END AS BIGINT) AS recent FROM inventory_touches \
        WHERE identity = $1 AND key IN {list}$2{/list} AND (open = 1 OR at_ms >= $3) \
        UNION ALL SELECT provider_id, CAST(0 AS BIGINT), CAST(1 AS BIGINT) FROM inventory \
        WHERE identity = $1 AND provider_id IN {list}$2{/list} AND touched_ms >= $3";

    /// Something is begun ($3 is 1), or over.
    PUT_TOUCH = "INSERT INTO inventory_touches (identity, key, at_ms, open) VALUES ($1, $2, {now}, $3) \
        ON CONFLICT (identity, key) DO UPDATE SET at_ms = excluded.at_ms, open = excluded.open";

    /// What was begun about a number is over, and its row says when.
    FORGET_TOUCHES = "DELETE FROM inventory_touches WHERE identity = $1 AND key IN ($2, $3)";

    /// Forgets what is over and older than $2.
    PRUNE_TOUCHES = "DELETE FROM inventory_touches WHERE identity = $1 AND open = 0 AND at_ms < $2";

    /// Says whether a number is held, by our own work.
    MOVE_INVENTORY = "UPDATE inventory SET state = $3, changed_ms = {now}, touched_ms = {now}, version = version + 1 \
        WHERE identity = $1 AND provider_id = $2";

    /// Names an account; gives what it was named before.
    PUT_SHELF = "INSERT INTO inventory_accounts (identity, tenant, account, provider) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (identity) DO UPDATE SET tenant = excluded.tenant, account = excluded.account, \
        provider = excluded.provider, hidden_ms = NULL";

    /// Every account that was ever named.
    LIST_ALL_SHELVES = "SELECT identity, tenant, account, provider, hidden_ms FROM inventory_accounts";

    /// Accounts, and how long ago the last reading of each ended.
    LIST_SHELVES = "SELECT identity, tenant, account, provider, as_of_ms, {now} - ended_ms AS ended_ago_ms, error \
        FROM inventory_accounts WHERE identity IN {list}$1{/list}";

    /// The name that the account of an identity has now, which it keeps until the transaction ends.
    FIND_SHELF_NAME = "SELECT account FROM inventory_accounts WHERE identity = $1"
        | "SELECT account FROM inventory_accounts WHERE identity = $1 FOR SHARE";

    /// The identity of the account that has a name now.
    FIND_SHELF = "SELECT identity FROM inventory_accounts WHERE account = $1 AND hidden_ms IS NULL";

    /// Accounts other than these are there no more.
    HIDE_SHELVES = "UPDATE inventory_accounts SET hidden_ms = {now} \
        WHERE hidden_ms IS NULL AND identity NOT IN {list}$1{/list}";

    /// An account that has been gone for $1 milliseconds.
    FIND_FORGOTTEN = "SELECT identity FROM inventory_accounts WHERE hidden_ms <= {now} - $1 AND {steady} LIMIT 1";

    /// Gives the numbers of an account its new name.
    RENAME_INVENTORY = "UPDATE inventory SET tenant = $2, account = $3, provider = $4, version = version + 1 \
        WHERE identity = $1";

    /// Gives the tags of its numbers its new tenant.
    RENAME_TAGS = "UPDATE inventory_tags SET whose = $2 WHERE entry IN (SELECT seq FROM inventory WHERE identity = $1)";

    /// Gives the drifts of an account its new tenant.
    RENAME_DRIFTS = "UPDATE drifts SET tenant = $2 WHERE identity = $1";

    /// Forgets the numbers of an account, so many at once, and then the account. Should it come back meanwhile, nothing is
    /// known of it.
    UNREAD_SHELF = "UPDATE inventory_accounts SET as_of_ms = NULL WHERE identity = $1";

    /// See [`UNREAD_SHELF`].
    FORGET_TAGS_OF = "DELETE FROM inventory_tags WHERE entry IN \
        (SELECT seq FROM inventory WHERE identity = $1 ORDER BY number_key, seq LIMIT $2)";

    /// See [`UNREAD_SHELF`].
    FORGET_INVENTORY = "DELETE FROM inventory WHERE seq IN \
        (SELECT seq FROM inventory WHERE identity = $1 ORDER BY number_key, seq LIMIT $2)";

    /// See [`UNREAD_SHELF`].
    FORGET_TOUCHES_OF = "DELETE FROM inventory_touches WHERE identity = $1";

    /// See [`UNREAD_SHELF`].
    FORGET_DRIFTS = "DELETE FROM drifts WHERE identity = $1";

    /// See [`UNREAD_SHELF`].
    FORGET_SHELF = "DELETE FROM inventory_accounts WHERE identity = $1";

    /// Begins a reading; gives when, and when the last complete one began.
    BEGIN_READING = "INSERT INTO inventory_accounts (identity, tenant, account, provider, reading) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (identity) DO UPDATE SET reading = excluded.reading \
        RETURNING as_of_ms, {now} AS mark_ms";

    /// After the first reading of an account: until PostgreSQL has statistics it sorts all numbers for each page.
    ANALYZE_INVENTORY = "SELECT 1" | "ANALYZE inventory";

    /// How many numbers of an account are not gone.
    COUNT_REMEMBERED = "SELECT COUNT(*) AS held FROM inventory WHERE identity = $1 AND state <> 'gone'";

    /// Whether a reading is the one under way, and stays so until the transaction ends.
    IS_READING = "SELECT identity FROM inventory_accounts WHERE identity = $1 AND reading = $2{lock}";

    /// Ends a reading; a complete one ($4 is 1) began at $5.
    END_READING = "UPDATE inventory_accounts SET reading = NULL, ended_ms = {now}, error = $3, \
        as_of_ms = CASE WHEN $4 = 1 THEN $5 ELSE as_of_ms END WHERE identity = $1 AND reading = $2";

    /// The tags of a row are those in a JSON array ($3), of a tenant.
    PUT_TAGS = "INSERT INTO inventory_tags (entry, whose, tag) SELECT DISTINCT CAST($1 AS BIGINT), CAST($2 AS TEXT), value FROM json_each($3) \
        WHERE true ON CONFLICT (entry, tag) DO NOTHING" | "INSERT INTO inventory_tags (entry, whose, tag) \
        SELECT DISTINCT CAST($1 AS BIGINT), CAST($2 AS TEXT), value FROM jsonb_array_elements_text(CAST($3 AS JSONB)) AS value \
        ON CONFLICT (entry, tag) DO NOTHING";

    /// Forgets the tags of a row.
    FORGET_TAGS = "DELETE FROM inventory_tags WHERE entry = $1";

    /// The open drift of a class and field of a number.
    FIND_OPEN_DRIFT = "SELECT id, doc FROM drifts \
        WHERE identity = $1 AND provider_id = $2 AND class = $3 AND field = $4 AND state = 'open'";

    /// Open drifts of these classes of a number.
    LIST_OPEN_DRIFTS = "SELECT id, doc FROM drifts \
        WHERE identity = $1 AND provider_id = $2 AND state = 'open' AND class IN {list}$3{/list}";

    /// Writes a drift. $11 is 1 if no event need tell of it; one that is there is told of anew only if that is 0.
    PUT_DRIFT = "INSERT INTO drifts (id, tenant, identity, provider_id, number, class, field, gone, state, since_ms, told, doc) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET gone = excluded.gone, \
        state = excluded.state, doc = excluded.doc, told = CASE WHEN $11 = 0 THEN 0 ELSE drifts.told END";

    /// One drift.
    FIND_DRIFT = "SELECT id, doc, identity, tenant, (SELECT account FROM inventory_accounts AS a WHERE a.identity = drifts.identity) \
        AS account FROM drifts WHERE id = $1 AND tenant = $2 AND identity IN {list}$3{/list}";

    /// How many open drifts of an account no event has told of, by class.
    COUNT_UNTOLD = "SELECT class, gone, COUNT(*) AS found FROM drifts \
        WHERE identity = $1 AND told = 0 AND state = 'open' GROUP BY class, gone";

    /// Those of a class.
    LIST_UNTOLD = "SELECT id, doc, identity, tenant, CAST(NULL AS TEXT) AS account FROM drifts \
        WHERE identity = $1 AND told = 0 AND state = 'open' AND class = $2 AND gone = $3 ORDER BY id LIMIT $4";

    /// Events have told of all drifts of an account.
    TELL_DRIFTS = "UPDATE drifts SET told = 1 WHERE identity = $1 AND told = 0";

    /// How many drifts are open.
    COUNT_DRIFTS = "SELECT identity, class, COUNT(*) AS found FROM drifts WHERE state = 'open' GROUP BY identity, class";

    /// Whether `q` has its index, which PostgreSQL lacks without an extension.
    COUNT_TEXT_INDEXES = "SELECT 1 AS found" | "SELECT COUNT(*) AS found FROM pg_index \
        WHERE indexrelid = to_regclass('inventory_text') AND indisvalid";

    /// The places of rows whose text has a piece, and of those whose text is in no index yet, $2 at most.
    LIST_PIECE = "SELECT rowid AS seq FROM inventory_text WHERE inventory_text MATCH '\"' || $1 || '\"' \
        UNION ALL SELECT seq FROM inventory_unindexed LIMIT $2" | "SELECT seq FROM inventory \
        WHERE text LIKE '%' || $1 || '%' LIMIT $2";

    /// Adds up what was counted of the inventory since; SQLite does so at once.
    MERGE_COUNTS = "SELECT 1" | "WITH since AS (DELETE FROM inventory_count_changes \
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM inventory_count_changes LIMIT 500000)) RETURNING *) \
        INSERT INTO inventory_counted AS kept SELECT tenant, identity, tag, state, country, number_type, month, currency, \
        price_source, unassigned, account, provider, SUM(found), SUM(millionths), SUM(untagged), SUM(untagged_millionths) \
        FROM since GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, \
        account, provider ON CONFLICT (tenant, identity, tag, state, country, number_type, month, currency, price_source, \
        unassigned, account, provider) DO UPDATE SET found = kept.found + excluded.found, \
        millionths = kept.millionths + excluded.millionths, untagged = kept.untagged + excluded.untagged, \
        untagged_millionths = kept.untagged_millionths + excluded.untagged_millionths";

    /// Forgets values that no number has any more.
    PRUNE_COUNTS = "DELETE FROM inventory_counts WHERE found = 0" | "DELETE FROM inventory_counted WHERE found = 0";

    /// Writes down how far a sync has come.
    PUT_SYNC = "INSERT INTO inventory_syncs (id, created_ms, doc) VALUES ($1, {now}, $2) \
        ON CONFLICT (id) DO UPDATE SET doc = excluded.doc";

    /// One sync.
    FIND_SYNC = "SELECT id, doc FROM inventory_syncs WHERE id = $1";

    /// Forgets syncs that are older than $1 milliseconds.
    PRUNE_SYNCS = "DELETE FROM inventory_syncs WHERE created_ms < {now} - $1 AND {steady}";
}
