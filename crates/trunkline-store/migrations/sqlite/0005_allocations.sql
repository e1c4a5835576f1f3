-- Many purchases as one undertaking; the key is part of it, so that it is never begun twice.
CREATE TABLE allocations (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    done INTEGER NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (tenant, key)
) STRICT;
CREATE INDEX allocations_by_tenant ON allocations (tenant, id);
CREATE INDEX allocations_open ON allocations (id) WHERE done = 0;

-- Who is about to buy which number of a provider's stock, and until when: given back by its holder alone, or lapsed.
CREATE TABLE candidate_leases (
    provider TEXT NOT NULL,
    number TEXT NOT NULL,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (provider, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX candidate_leases_old ON candidate_leases (until_ms);
