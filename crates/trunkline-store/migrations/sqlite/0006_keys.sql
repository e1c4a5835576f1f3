-- API keys: hashes of their secrets and what they may do. None is ever deleted, only revoked.
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- About when it was used last.
    used_ms INTEGER,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_of_tenant ON api_keys (tenant, id);
