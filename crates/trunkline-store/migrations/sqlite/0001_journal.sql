-- Times are milliseconds since 1970 on this database's clock; documents are JSON.

CREATE TABLE purchases (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    identity TEXT NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    presumed INTEGER NOT NULL,
    -- When it must be looked at: 0 is at once, NULL is never.
    due_ms INTEGER,
    created_ms INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX purchases_by_tenant ON purchases (tenant, id);
CREATE INDEX purchases_due ON purchases (due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX purchases_presumed ON purchases (identity, number) WHERE presumed = 1;

-- One open purchase or release of a number at an upstream identity.
CREATE TABLE claims (
    identity TEXT NOT NULL,
    number TEXT NOT NULL,
    holder TEXT NOT NULL,
    PRIMARY KEY (identity, number)
) STRICT, WITHOUT ROWID;

-- One purchase for each id of a carrier's.
CREATE TABLE winners (
    identity TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    purchase TEXT NOT NULL,
    PRIMARY KEY (identity, provider_id)
) STRICT, WITHOUT ROWID;

-- `seq` is in order of age, so that old keys are found without an index of their own.
CREATE TABLE idempotency (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    route TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    purchase TEXT,
    created_ms INTEGER NOT NULL,
    answer TEXT,
    UNIQUE (tenant, key, route)
) STRICT;

CREATE TABLE leases (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE releases (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    number_id TEXT NOT NULL,
    done INTEGER NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (tenant, number_id)
) STRICT;
CREATE INDEX releases_open ON releases (seq) WHERE done = 0;

CREATE TABLE annotations (
    number_id TEXT NOT NULL PRIMARY KEY,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE caller_ids (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    verified INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX caller_ids_open ON caller_ids (tenant, id) WHERE verified = 0;

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
