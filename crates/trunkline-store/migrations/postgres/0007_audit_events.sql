-- Where each tenant's chain of audit rows and its events end.
CREATE TABLE trails (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Rows are only ever added. `hash` is over the hash of the row before, `seq` and `doc`; the rest repeats what is in `doc`,
-- to be filtered by.
CREATE TABLE audit (
    tenant TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    doc TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C",
    number TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    outcome TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C",
    PRIMARY KEY (tenant, seq)
);
CREATE UNIQUE INDEX audit_by_id ON audit (tenant, id);
CREATE INDEX audit_by_number ON audit (tenant, number, seq) WHERE number IS NOT NULL;
CREATE INDEX audit_by_request ON audit (tenant, request_id, seq) WHERE request_id IS NOT NULL;

-- `position` is given out while the tenant's row of `trails` is locked, so that they become visible in its order.
CREATE TABLE events (
    tenant TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (tenant, position)
);
CREATE UNIQUE INDEX events_by_id ON events (tenant, id);
CREATE INDEX events_by_time ON events (at_ms);

-- The last event's number of each resource; it outlives the events.
CREATE TABLE event_sequences (
    tenant TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (tenant, resource)
);

CREATE TABLE webhooks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL,
    -- The position up to which deliveries were made.
    place BIGINT NOT NULL,
    doc TEXT NOT NULL
);

CREATE TABLE deliveries (
    webhook TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    wanted_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    attempted_at TEXT COLLATE "C",
    status TEXT COLLATE "C",
    error TEXT,
    PRIMARY KEY (webhook, position)
);
CREATE INDEX deliveries_pending ON deliveries (webhook, resource, position) WHERE state = 'pending';
CREATE INDEX deliveries_by_event ON deliveries (tenant, position);

-- What is not to be told again for a while.
CREATE TABLE notes (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
