-- Many purchases as one undertaking; the key is part of it, so that it is never begun twice.
CREATE TABLE allocations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    done BIGINT NOT NULL,
    version BIGINT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX allocations_by_tenant ON allocations (tenant, id);
CREATE INDEX allocations_open ON allocations (id) WHERE done = 0;

-- Who is about to buy which number of a provider's stock, and until when: given back by its holder alone, or lapsed.
CREATE TABLE candidate_leases (
    provider TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (provider, number)
);
CREATE INDEX candidate_leases_old ON candidate_leases (until_ms);
