-- Whether a release waits for a person: it was due long before, most likely in a database that was restored since.
ALTER TABLE releases ADD COLUMN held BIGINT NOT NULL DEFAULT 0;

-- Ceilings belong to who an account is at its carrier, not to its name: every purse of an account becomes one of its identity.
UPDATE purchases SET doc = replace(doc, '"purse":"account:' || account || ':',
    '"purse":"identity:' || substr(to_json(identity)::text, 2, length(to_json(identity)::text) - 2) || ':')
WHERE strpos(doc, '"purse":"account:') > 0;
UPDATE charges SET purse = 'identity:' || purchases.identity || substring(charges.purse FROM '^account:[^:]*(:.*)$')
    FROM purchases WHERE purchases.id = charges.purchase AND charges.purse LIKE 'account:%';
INSERT INTO purses (name, spent)
    SELECT purse, SUM(amount) FROM charges WHERE purse LIKE 'identity:%' GROUP BY purse;
DELETE FROM purses WHERE name LIKE 'account:%'
    AND NOT EXISTS (SELECT 1 FROM charges WHERE charges.purse = purses.name);

-- When old rows were last known to be old by a clock that can be believed: no earlier than the youngest row was written.
INSERT INTO meta (name, value)
    SELECT 'clock', CAST(CAST(COALESCE(MAX(created_ms), EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT) AS TEXT)
    FROM idempotency;

-- Numbers that a purchase of ours won and that their carrier does not know: suspected until it is decided, and gone (1) from
-- then on until they show again.
CREATE TABLE missing_numbers (
    identity TEXT COLLATE "C" NOT NULL,
    provider_id TEXT COLLATE "C" NOT NULL,
    number_id TEXT COLLATE "C" NOT NULL,
    gone BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (identity, provider_id)
);
CREATE INDEX missing_numbers_due ON missing_numbers (due_ms) WHERE gone = 0;
CREATE INDEX missing_numbers_gone ON missing_numbers (number_id) WHERE gone = 1;
CREATE INDEX charges_by_purse ON charges (purse) WHERE monthly = 1;
