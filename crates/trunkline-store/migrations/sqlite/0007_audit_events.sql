-- Where each tenant's chain of audit rows and its events end.
CREATE TABLE trails (
    tenant TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows are only ever added. `hash` is over the hash of the row before, `seq` and `doc`; the rest repeats what is in `doc`,
-- to be filtered by.
CREATE TABLE audit (
    tenant TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    hash TEXT NOT NULL,
    doc TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT,
    number TEXT,
    action TEXT NOT NULL,
    key_id TEXT,
    outcome TEXT NOT NULL,
    request_id TEXT,
    PRIMARY KEY (tenant, seq)
) STRICT;
CREATE UNIQUE INDEX audit_by_id ON audit (tenant, id);
CREATE INDEX audit_by_number ON audit (tenant, number, seq) WHERE number IS NOT NULL;
CREATE INDEX audit_by_request ON audit (tenant, request_id, seq) WHERE request_id IS NOT NULL;

-- `position` is given out while the tenant's row of `trails` is locked, so that they become visible in its order.
CREATE TABLE events (
    tenant TEXT NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    resource TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, position)
) STRICT;
CREATE UNIQUE INDEX events_by_id ON events (tenant, id);
CREATE INDEX events_by_time ON events (at_ms);

-- The last event's number of each resource; it outlives the events.
CREATE TABLE event_sequences (
    tenant TEXT NOT NULL,
    resource TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    -- The position up to which deliveries were made.
    place INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    webhook TEXT NOT NULL,
    position INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    resource TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    wanted_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    attempted_at TEXT,
    status TEXT,
    error TEXT,
    PRIMARY KEY (webhook, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (webhook, resource, position) WHERE state = 'pending';
CREATE INDEX deliveries_by_event ON deliveries (tenant, position);

-- What is not to be told again for a while.
CREATE TABLE notes (
    name TEXT NOT NULL PRIMARY KEY,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
