-- Times are milliseconds since 1970 on this database's clock; documents are JSON. Texts are compared
-- byte by byte, whatever the language of the database.

CREATE TABLE purchases (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    identity TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    presumed BIGINT NOT NULL,
    -- When it must be looked at: 0 is at once, NULL is never.
    due_ms BIGINT,
    created_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX purchases_by_tenant ON purchases (tenant, id);
CREATE INDEX purchases_due ON purchases (due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX purchases_presumed ON purchases (identity, number) WHERE presumed = 1;

-- One open purchase or release of a number at an upstream identity.
CREATE TABLE claims (
    identity TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (identity, number)
);

-- One purchase for each id of a carrier's.
CREATE TABLE winners (
    identity TEXT COLLATE "C" NOT NULL,
    provider_id TEXT COLLATE "C" NOT NULL,
    purchase TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (identity, provider_id)
);

-- `seq` is in order of age, so that old keys are found by its index.
CREATE TABLE idempotency (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    purchase TEXT COLLATE "C",
    created_ms BIGINT NOT NULL,
    answer TEXT,
    UNIQUE (tenant, key, route)
);

-- Rewritten often, and in place where its page has room.
CREATE TABLE leases (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    owner TEXT COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE releases (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    number_id TEXT COLLATE "C" NOT NULL,
    done BIGINT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (tenant, number_id)
);
CREATE INDEX releases_open ON releases (seq) WHERE done = 0;

CREATE TABLE annotations (
    number_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    doc TEXT NOT NULL
);

CREATE TABLE caller_ids (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    verified BIGINT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX caller_ids_open ON caller_ids (tenant, id) WHERE verified = 0;

CREATE TABLE meta (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
