-- Accounts whose numbers are remembered.
CREATE TABLE inventory_accounts (
    identity TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    -- When the last complete reading began.
    as_of_ms INTEGER,
    -- When the last reading ended, and why it was not complete.
    ended_ms INTEGER,
    error TEXT,
    -- The reading under way.
    reading TEXT,
    -- Since when no account has this identity.
    hidden_ms INTEGER
) STRICT, WITHOUT ROWID;

-- One row for each number at each account.
CREATE TABLE inventory (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    number TEXT,
    extension TEXT,
    country TEXT,
    number_type TEXT NOT NULL,
    carrier_state TEXT NOT NULL,
    -- 1 voice, 2 sms, 4 mms, 8 fax, 16 emergency.
    features INTEGER NOT NULL,
    label TEXT,
    owner TEXT,
    owned INTEGER NOT NULL,
    location TEXT,
    main INTEGER NOT NULL,
    unassigned INTEGER NOT NULL,
    month TEXT,
    currency TEXT,
    monthly TEXT,
    price_source TEXT NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    tags TEXT NOT NULL,
    protected INTEGER NOT NULL,
    -- What is sorted by.
    number_key TEXT NOT NULL,
    label_key TEXT NOT NULL,
    price_key INTEGER NOT NULL,
    purchased_key INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    -- When our own work last changed it.
    touched_ms INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- Whether the document is that of a reading.
    read INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    -- What q is looked for in.
    text TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (identity, provider_id)
) STRICT;
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

CREATE VIRTUAL TABLE inventory_text USING fts5(text, content = 'inventory', content_rowid = 'seq', tokenize = 'trigram');
CREATE TRIGGER inventory_text_added AFTER INSERT ON inventory BEGIN
    INSERT INTO inventory_text (rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER inventory_text_changed AFTER UPDATE OF text ON inventory WHEN old.text <> new.text BEGIN
    INSERT INTO inventory_text (inventory_text, rowid, text) VALUES ('delete', old.seq, old.text);
    INSERT INTO inventory_text (rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER inventory_text_removed AFTER DELETE ON inventory BEGIN
    INSERT INTO inventory_text (inventory_text, rowid, text) VALUES ('delete', old.seq, old.text);
END;

CREATE TABLE inventory_tags (
    entry INTEGER NOT NULL,
    whose TEXT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (entry, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX inventory_by_tag ON inventory_tags (whose, tag, entry);

-- What we are about to do, or have done lately, by the carrier's id of a number or by the number.
CREATE TABLE inventory_touches (
    identity TEXT NOT NULL,
    key TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    open INTEGER NOT NULL,
    PRIMARY KEY (identity, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE drifts (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    identity TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    number TEXT,
    class TEXT NOT NULL,
    field TEXT NOT NULL,
    -- Whether a second reading did not show the number either.
    gone INTEGER NOT NULL,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    -- Whether an event has told of it.
    told INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX drifts_open ON drifts (identity, provider_id, class, field) WHERE state = 'open';
CREATE INDEX drifts_by_tenant ON drifts (tenant, id);
CREATE INDEX drifts_open_by_tenant ON drifts (tenant, id) WHERE state = 'open';
CREATE INDEX drifts_by_number ON drifts (identity, provider_id, id);
CREATE INDEX drifts_by_e164 ON drifts (tenant, number, id) WHERE number IS NOT NULL;
CREATE INDEX drifts_untold ON drifts (identity, id) WHERE told = 0;

CREATE TABLE inventory_syncs (
    id TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inventory_syncs_by_age ON inventory_syncs (created_ms);
