//! The statements about the audit trail, events and webhooks.

use crate::query::{Statement, statements};

statements! {
    /// Adds a tenant's chain if there is none, and keeps everybody else from it until the transaction ends.
    LOCK_TRAIL = "INSERT INTO trails (tenant, seq, hash, position) VALUES ($1, 0, '', 0) \
        ON CONFLICT (tenant) DO UPDATE SET tenant = excluded.tenant RETURNING seq, hash, position";

    /// Leaves rows and events for the chain and the feed of a tenant.
    PUT_UNLINKED = "INSERT INTO unlinked (tenant, audit, events) VALUES ($1, $2, $3)";

    /// Whose rows and events wait to be added: this tenant's, everybody's if NULL. It goes from tenant to tenant by the index:
    /// the table itself is mostly rows that were taken.
    LIST_UNLINKED = "WITH RECURSIVE waiting (tenant) AS ( \
        SELECT MIN(tenant) FROM unlinked WHERE tenant >= COALESCE(CAST($1 AS TEXT), '') UNION ALL \
        SELECT (SELECT MIN(more.tenant) FROM unlinked AS more WHERE more.tenant > waiting.tenant) FROM waiting \
        WHERE waiting.tenant IS NOT NULL AND CAST($1 AS TEXT) IS NULL) \
        SELECT tenant FROM waiting WHERE tenant = COALESCE($1, tenant)";

    /// Takes what waits longest of a tenant's, at most $2, in the order in which it was left.
    TAKE_UNLINKED = "WITH taken AS (DELETE FROM unlinked WHERE id IN (SELECT id FROM unlinked \
        WHERE tenant = $1 ORDER BY id LIMIT $2) RETURNING id, audit, events) SELECT audit, events FROM taken ORDER BY id";

    /// Where a tenant's chain and its events end from now on.
    PUT_TRAIL = "UPDATE trails SET seq = $2, hash = $3, position = $4 WHERE tenant = $1";

    /// Where all chains end.
    LIST_TRAILS = "SELECT tenant, seq, hash FROM trails WHERE seq > 0 ORDER BY tenant";

    /// Every tenant that has a chain, rows of one or an anchor.
    LIST_AUDITED = "SELECT tenant FROM trails WHERE seq > 0 UNION SELECT tenant FROM audit \
        UNION SELECT tenant FROM audit_anchors ORDER BY tenant";

    /// Every anchor.
    LIST_ANCHORS = "SELECT tenant, seq, hash, mac FROM audit_anchors";

    /// A tenant's anchor.
    FIND_ANCHOR = "SELECT tenant, seq, hash, mac FROM audit_anchors WHERE tenant = $1";

    /// Moves a tenant's anchor on; it never goes back.
    PUT_ANCHOR = "INSERT INTO audit_anchors (tenant, seq, hash, mac) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, mac = excluded.mac \
        WHERE audit_anchors.seq < excluded.seq";

    /// The place of a tenant's latest event.
    FIND_TRAIL = "SELECT position FROM trails WHERE tenant = $1";

    /// Adds an audit row.
    PUT_AUDIT = "INSERT INTO audit (tenant, seq, at_ms, hash, doc, id, account, number, action, \
        key_id, outcome, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

    /// A tenant's chain after a place.
    LIST_LINKS = "SELECT seq, hash, doc, at_ms, id, account, number, action, key_id, outcome, request_id \
        FROM audit WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";

    /// Takes the next place among the events of a resource.
    NEXT_SEQUENCE = "INSERT INTO event_sequences (tenant, resource, sequence) VALUES ($1, $2, 1) \
        ON CONFLICT (tenant, resource) DO UPDATE SET sequence = event_sequences.sequence + 1";

    /// Adds an event, at the place that [`NEXT_SEQUENCE`] has just given its resource.
    PUT_EVENT = "INSERT INTO events (tenant, position, id, kind, account, resource, sequence, at_ms, doc) \
        VALUES ($1, $2, $3, $4, $5, $6, (SELECT sequence FROM event_sequences AS last WHERE last.tenant = $1 \
        AND last.resource = $6), $7, $8)";

    /// One event; $3 is the time in its id.
    FIND_EVENT = "SELECT position, sequence, id, doc FROM events {by events_by_time} \
        WHERE tenant = $1 AND id = $2 AND at_ms = $3";

    /// Forgets events older than $1 milliseconds that no webhook waits for, at most $2, and gives their places.
    PRUNE_EVENTS = "DELETE FROM events WHERE (tenant, position) IN (SELECT old.tenant, old.position \
        FROM events AS old WHERE old.at_ms < {now} - $1 AND {steady} \
        AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.tenant = old.tenant \
        AND deliveries.position = old.position AND deliveries.state = 'pending') AND NOT EXISTS (SELECT 1 FROM webhooks \
        WHERE webhooks.tenant = old.tenant AND webhooks.enabled = 1 AND webhooks.place < old.position) \
        ORDER BY old.at_ms LIMIT $2) RETURNING tenant, position";

    /// Forgets deliveries of events between two places that are forgotten.
    PRUNE_DELIVERIES = "DELETE FROM deliveries WHERE tenant = $1 AND position BETWEEN $2 AND $3 AND NOT EXISTS \
        (SELECT 1 FROM events WHERE events.tenant = deliveries.tenant AND events.position = deliveries.position)";

    /// A tenant's checkpoint.
    FIND_CHECKPOINT = "SELECT tenant, seq, hash, at_ms, mac FROM audit_checkpoints WHERE tenant = $1";

    /// Moves a tenant's checkpoint on, or signs it anew where it is.
    PUT_CHECKPOINT = "INSERT INTO audit_checkpoints (tenant, seq, hash, at_ms, mac) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (tenant) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at_ms = excluded.at_ms, \
        mac = excluded.mac WHERE audit_checkpoints.seq <= excluded.seq";

    /// Of the next $3 rows of a tenant's chain after a place, those older than $4 milliseconds.
    LIST_OLD_LINKS = "SELECT seq, hash, doc, at_ms, id, account, number, action, key_id, outcome, request_id \
        FROM (SELECT * FROM audit WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS oldest \
        WHERE at_ms < {now} - $4 AND {steady} ORDER BY seq";

    /// Forgets the rows of a tenant's chain up to a place.
    PRUNE_AUDIT = "DELETE FROM audit WHERE tenant = $1 AND seq <= $2";

    /// Notes something for $2 milliseconds, unless it is noted.
    PUT_NOTE = "INSERT INTO notes (name, until_ms) VALUES ($1, {now} + $2) \
        ON CONFLICT (name) DO UPDATE SET until_ms = excluded.until_ms WHERE notes.until_ms <= {now} OR notes.until_ms > {now} + $2";

    /// Forgets notes that ended more than $1 milliseconds ago; $2 of them at once.
    PRUNE_NOTES = "DELETE FROM notes WHERE name IN (SELECT name FROM notes WHERE until_ms < {now} - $1 \
        ORDER BY until_ms LIMIT $2)";

    /// Forgets that something was noted.
    FORGET_NOTE = "DELETE FROM notes WHERE name = $1";

    /// Writes a webhook; it hears of what happens from now on if it is new, or $5 is 1.
    PUT_WEBHOOK = "INSERT INTO webhooks (id, tenant, enabled, place, doc) VALUES ($1, $2, $3, \
        COALESCE((SELECT position FROM trails WHERE trails.tenant = $2), 0), $4) ON CONFLICT (id) DO UPDATE \
        SET enabled = excluded.enabled, doc = excluded.doc, \
        place = CASE WHEN CAST($5 AS BIGINT) = 1 THEN excluded.place ELSE webhooks.place END";

    /// One webhook.
    FIND_WEBHOOK = "SELECT id, place, doc FROM webhooks WHERE id = $1";

    /// A tenant's webhooks, everybody's if NULL.
    LIST_WEBHOOKS = "SELECT id, doc FROM webhooks WHERE CAST($1 AS TEXT) IS NULL OR tenant = $1 ORDER BY id";

    /// Forgets a webhook.
    FORGET_WEBHOOK = "DELETE FROM webhooks WHERE id = $1";

    /// Forgets what was to be sent to a webhook.
    FORGET_DELIVERIES = "DELETE FROM deliveries WHERE webhook = $1";

    /// Moves the place up to which deliveries were made, from $2 to $3.
    MOVE_PLACE = "UPDATE webhooks SET place = $3 WHERE id = $1 AND place = $2";

    /// Makes a delivery, unless there is one.
    PUT_DELIVERY = "INSERT INTO deliveries (webhook, tenant, position, resource, state, attempts, \
        wanted_ms, due_ms) VALUES ($1, $2, $3, $4, 'pending', 0, {now}, {now}) ON CONFLICT (webhook, position) DO NOTHING";

    /// Makes a delivery once more; parameters as [`PUT_DELIVERY`].
    REDO_DELIVERY = "INSERT INTO deliveries (webhook, tenant, position, resource, state, attempts, \
        wanted_ms, due_ms) VALUES ($1, $2, $3, $4, 'pending', 0, {now}, {now}) ON CONFLICT (webhook, position) DO UPDATE \
        SET state = 'pending', attempts = 0, wanted_ms = excluded.wanted_ms, due_ms = excluded.due_ms, \
        attempted_at = NULL, status = NULL, error = NULL";

    /// What is due of a webhook's: of each resource the first that is pending.
    LIST_DUE_DELIVERIES = "SELECT d.webhook, d.state, d.attempts, {now} - d.wanted_ms AS age_ms, \
        d.attempted_at, d.status, d.error, e.position, e.sequence, e.id, e.doc FROM deliveries AS d \
        JOIN events AS e ON e.tenant = d.tenant AND e.position = d.position WHERE d.webhook = $1 AND d.state = 'pending' \
        AND d.due_ms <= {now} AND NOT EXISTS (SELECT 1 FROM deliveries AS f WHERE f.webhook = d.webhook \
        AND f.resource = d.resource AND f.state = 'pending' AND f.position < d.position) ORDER BY d.position LIMIT $2";

    /// A webhook's deliveries, newest event first; a NULL filters nothing.
    LIST_DELIVERIES = "SELECT d.webhook, d.state, d.attempts, {now} - d.wanted_ms AS age_ms, \
        d.attempted_at, d.status, d.error, e.position, e.sequence, e.id, e.doc FROM deliveries AS d \
        JOIN events AS e ON e.tenant = d.tenant AND e.position = d.position WHERE d.webhook = $1 \
        AND (CAST($2 AS TEXT) IS NULL OR d.state = $2) AND (CAST($3 AS BIGINT) IS NULL OR d.position < $3) \
        ORDER BY d.position DESC LIMIT $4";

    /// Writes down what came of an attempt, under lease $8 with fence $9 of owner $10.
    MARK_DELIVERY = "UPDATE deliveries SET state = $3, attempts = attempts + 1, due_ms = {now} + $4, \
        attempted_at = $5, status = $6, error = $7 WHERE webhook = $1 AND position = $2 \
        AND EXISTS (SELECT 1 FROM leases WHERE name = $8 AND fence = $9 AND owner = $10 AND until_ms > {now})";

    /// How many deliveries are pending at webhooks that are enabled.
    COUNT_BACKLOG = "SELECT COUNT(*) AS pending FROM deliveries AS d \
        JOIN webhooks AS w ON w.id = d.webhook WHERE d.state = 'pending' AND w.enabled = 1";
}
