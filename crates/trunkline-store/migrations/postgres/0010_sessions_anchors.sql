-- Sessions of browsers: hashes of their tokens, and of the secret of the key that each was begun with.
CREATE TABLE sessions (
    token TEXT COLLATE "C" PRIMARY KEY,
    key_id TEXT NOT NULL,
    secret TEXT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE INDEX sessions_by_end ON sessions (until_ms);

-- The last row of each tenant's audit chain that was signed with the configured secret_key.
CREATE TABLE audit_anchors (
    tenant TEXT COLLATE "C" PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    mac TEXT NOT NULL
);
