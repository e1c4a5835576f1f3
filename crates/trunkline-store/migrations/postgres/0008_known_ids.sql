-- Every id under which an identity has been seen to hold a number, in the order in which it was first seen. None is
-- forgotten: a carrier may use it again.
CREATE TABLE known_ids (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity TEXT NOT NULL,
    number TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    -- When the carrier created it, by its own clock.
    created_ms BIGINT,
    -- The purchase that won it last, and when.
    won_by TEXT,
    won_ms BIGINT,
    -- When it was given back.
    released_ms BIGINT,
    UNIQUE (identity, number, provider_id)
);
CREATE INDEX known_ids_by_id ON known_ids (identity, provider_id);

INSERT INTO known_ids (identity, number, provider_id, won_by, won_ms)
SELECT winners.identity, purchases.number, winners.provider_id, winners.purchase, purchases.created_ms
FROM winners JOIN purchases ON purchases.id = winners.purchase ORDER BY purchases.created_ms;

INSERT INTO known_ids (identity, number, provider_id, released_ms)
SELECT CAST(doc AS JSONB) ->> 'identity', CAST(doc AS JSONB) ->> 'number', substr(number_id, position(':' IN number_id) + 1), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)
FROM releases WHERE done = 1 AND CAST(doc AS JSONB) ->> 'number' IS NOT NULL
ON CONFLICT DO NOTHING;

-- Up to which row of known_ids a purchase could have seen ids when it was dispatched.
ALTER TABLE purchases ADD COLUMN known_at BIGINT;
-- Why a person has to decide.
ALTER TABLE purchases ADD COLUMN needs_person TEXT;
CREATE INDEX purchases_needing_a_person ON purchases (tenant, id) WHERE needs_person IS NOT NULL;

-- No answer is kept that was made from an earlier version of the purchase than this.
ALTER TABLE idempotency ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

-- Which database this is: what has vanished from it is written back to it alone.
INSERT INTO meta (name, value) VALUES ('id', md5(random()::text || clock_timestamp()::text)) ON CONFLICT DO NOTHING;
