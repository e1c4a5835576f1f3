-- Up to where rows of each tenant's audit chain were deleted because of their age: the last of them, when, and the signature.
CREATE TABLE audit_checkpoints (
    tenant TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    mac TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX notes_by_end ON notes (until_ms);
