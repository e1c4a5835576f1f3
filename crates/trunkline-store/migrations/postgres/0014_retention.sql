-- Up to where rows of each tenant's audit chain were deleted because of their age: the last of them, when, and the signature.
CREATE TABLE audit_checkpoints (
    tenant TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    mac TEXT COLLATE "C" NOT NULL
);

CREATE INDEX notes_by_end ON notes (until_ms);
