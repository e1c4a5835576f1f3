-- API keys: hashes of their secrets and what they may do. None is ever deleted, only revoked.
CREATE TABLE api_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    -- About when it was used last.
    used_ms BIGINT,
    doc TEXT NOT NULL
);
CREATE INDEX api_keys_of_tenant ON api_keys (tenant, id);
