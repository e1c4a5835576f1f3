-- Every id under which an identity has been seen to hold a number, in the order in which it was first seen. None is
-- forgotten: a carrier may use it again.
CREATE TABLE known_ids (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    identity TEXT NOT NULL,
    number TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    -- When the carrier created it, by its own clock.
    created_ms INTEGER,
    -- The purchase that won it last, and when.
    won_by TEXT,
    won_ms INTEGER,
    -- When it was given back.
    released_ms INTEGER,
    UNIQUE (identity, number, provider_id)
) STRICT;
CREATE INDEX known_ids_by_id ON known_ids (identity, provider_id);

INSERT INTO known_ids (identity, number, provider_id, won_by, won_ms)
SELECT winners.identity, purchases.number, winners.provider_id, winners.purchase, purchases.created_ms
FROM winners JOIN purchases ON purchases.id = winners.purchase ORDER BY purchases.created_ms;

INSERT INTO known_ids (identity, number, provider_id, released_ms)
SELECT json_extract(doc, '$.identity'), json_extract(doc, '$.number'), substr(number_id, instr(number_id, ':') + 1), CAST(round(unixepoch('subsec') * 1000) AS INTEGER)
FROM releases WHERE done = 1 AND json_extract(doc, '$.number') IS NOT NULL
ON CONFLICT DO NOTHING;

-- Up to which row of known_ids a purchase could have seen ids when it was dispatched.
ALTER TABLE purchases ADD COLUMN known_at INTEGER;
-- Why a person has to decide.
ALTER TABLE purchases ADD COLUMN needs_person TEXT;
CREATE INDEX purchases_needing_a_person ON purchases (tenant, id) WHERE needs_person IS NOT NULL;

-- No answer is kept that was made from an earlier version of the purchase than this.
ALTER TABLE idempotency ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- Which database this is: what has vanished from it is written back to it alone.
INSERT INTO meta (name, value) VALUES ('id', lower(hex(randomblob(16)))) ON CONFLICT DO NOTHING;
