-- Accounts whose numbers are remembered.
CREATE TABLE inventory_accounts (
    identity TEXT COLLATE "C" PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    -- When the last complete reading began.
    as_of_ms BIGINT,
    -- When the last reading ended, and why it was not complete.
    ended_ms BIGINT,
    error TEXT COLLATE "C",
    -- The reading under way.
    reading TEXT COLLATE "C",
    -- Since when no account has this identity.
    hidden_ms BIGINT
);

-- One row for each number at each account.
CREATE TABLE inventory (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity TEXT COLLATE "C" NOT NULL,
    provider_id TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    extension TEXT COLLATE "C",
    country TEXT COLLATE "C",
    number_type TEXT COLLATE "C" NOT NULL,
    carrier_state TEXT COLLATE "C" NOT NULL,
    -- 1 voice, 2 sms, 4 mms, 8 fax, 16 emergency.
    features BIGINT NOT NULL,
    label TEXT COLLATE "C",
    owner TEXT COLLATE "C",
    owned BIGINT NOT NULL,
    location TEXT COLLATE "C",
    main BIGINT NOT NULL,
    unassigned BIGINT NOT NULL,
    month TEXT COLLATE "C",
    currency TEXT COLLATE "C",
    monthly TEXT COLLATE "C",
    price_source TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    protected BIGINT NOT NULL,
    -- What is sorted by.
    number_key TEXT COLLATE "C" NOT NULL,
    label_key TEXT COLLATE "C" NOT NULL,
    price_key BIGINT NOT NULL,
    purchased_key BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    -- When our own work last changed it.
    touched_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- Whether the document is that of a reading.
    read BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    -- What q is looked for in.
    text TEXT COLLATE "C" NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    UNIQUE (identity, provider_id)
);
CREATE INDEX inventory_by_number ON inventory (tenant, number_key, seq);
CREATE INDEX inventory_by_identity ON inventory (identity, number_key, seq);
CREATE INDEX inventory_by_account ON inventory (tenant, account, number_key, seq);
CREATE INDEX inventory_by_label ON inventory (tenant, label_key, seq);
CREATE INDEX inventory_by_price ON inventory (tenant, price_key, seq);
CREATE INDEX inventory_by_purchase ON inventory (tenant, purchased_key, seq);
CREATE INDEX inventory_by_change ON inventory (tenant, changed_ms, seq);
CREATE INDEX inventory_by_owner ON inventory (tenant, owner, seq) WHERE owner IS NOT NULL;
CREATE INDEX inventory_by_location ON inventory (tenant, location, seq) WHERE location IS NOT NULL;
CREATE INDEX inventory_not_held ON inventory (tenant, state, seq) WHERE state <> 'held';
CREATE INDEX inventory_summed ON inventory (tenant, identity, state, account, provider, country, number_type, month, currency, price_source, price_key);

-- Without the extension q reads all of a tenant's rows.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXECUTE 'CREATE INDEX inventory_text ON inventory USING gin (text gin_trgm_ops)';
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm is not available: %', SQLERRM;
END
$$;

CREATE TABLE inventory_tags (
    entry BIGINT NOT NULL,
    whose TEXT COLLATE "C" NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (entry, tag)
);
CREATE INDEX inventory_by_tag ON inventory_tags (whose, tag, entry);

-- What we are about to do, or have done lately, by the carrier's id of a number or by the number.
CREATE TABLE inventory_touches (
    identity TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    open BIGINT NOT NULL,
    PRIMARY KEY (identity, key)
);

CREATE TABLE drifts (
    id TEXT COLLATE "C" PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    identity TEXT COLLATE "C" NOT NULL,
    provider_id TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    class TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    -- Whether a second reading did not show the number either.
    gone BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    since_ms BIGINT NOT NULL,
    -- Whether an event has told of it.
    told BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX drifts_open ON drifts (identity, provider_id, class, field) WHERE state = 'open';
CREATE INDEX drifts_by_tenant ON drifts (tenant, id);
CREATE INDEX drifts_open_by_tenant ON drifts (tenant, id) WHERE state = 'open';
CREATE INDEX drifts_by_number ON drifts (identity, provider_id, id);
CREATE INDEX drifts_by_e164 ON drifts (tenant, number, id) WHERE number IS NOT NULL;
CREATE INDEX drifts_untold ON drifts (identity, id) WHERE told = 0;

CREATE TABLE inventory_syncs (
    id TEXT COLLATE "C" PRIMARY KEY,
    created_ms BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL
);
CREATE INDEX inventory_syncs_by_age ON inventory_syncs (created_ms);
