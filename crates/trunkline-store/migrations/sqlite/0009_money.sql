-- Whether a release waits for a person: it was due long before, most likely in a database that was restored since.
ALTER TABLE releases ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

-- Ceilings belong to who an account is at its carrier, not to its name: every purse of an account becomes one of its identity.
UPDATE purchases SET doc = replace(doc, '"purse":"account:' || account || ':',
    '"purse":"identity:' || substr(json_quote(identity), 2, length(json_quote(identity)) - 2) || ':')
WHERE instr(doc, '"purse":"account:') > 0;
UPDATE charges SET purse = 'identity:' || (SELECT identity FROM purchases WHERE purchases.id = charges.purchase)
    || substr(purse, 8 + instr(substr(purse, 9), ':'))
WHERE purse LIKE 'account:%' AND EXISTS (SELECT 1 FROM purchases WHERE purchases.id = charges.purchase);
INSERT INTO purses (name, spent)
    SELECT purse, SUM(amount) FROM charges WHERE purse LIKE 'identity:%' GROUP BY purse;
DELETE FROM purses WHERE name LIKE 'account:%'
    AND NOT EXISTS (SELECT 1 FROM charges WHERE charges.purse = purses.name);

-- When old rows were last known to be old by a clock that can be believed: no earlier than the youngest row was written.
INSERT INTO meta (name, value)
    SELECT 'clock', CAST(COALESCE(MAX(created_ms), CAST(round(unixepoch('subsec') * 1000) AS INTEGER)) AS TEXT) FROM idempotency;

-- Numbers that a purchase of ours won and that their carrier does not know: suspected until it is decided, and gone (1) from
-- then on until they show again.
CREATE TABLE missing_numbers (
    identity TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    number_id TEXT NOT NULL,
    gone INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (identity, provider_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX missing_numbers_due ON missing_numbers (due_ms) WHERE gone = 0;
CREATE INDEX missing_numbers_gone ON missing_numbers (number_id) WHERE gone = 1;
CREATE INDEX charges_by_purse ON charges (purse) WHERE monthly = 1;
