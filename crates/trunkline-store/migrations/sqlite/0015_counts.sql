-- How many numbers have the same values, and what they cost, kept as rows of the inventory change: adding up a million rows
-- takes seconds. '' stands for no value.
CREATE TABLE inventory_counts (
    tenant TEXT NOT NULL,
    identity TEXT NOT NULL,
    -- '' counts every number once; each tag counts the numbers that have it.
    tag TEXT NOT NULL,
    state TEXT NOT NULL,
    country TEXT NOT NULL,
    number_type TEXT NOT NULL,
    month TEXT NOT NULL,
    currency TEXT NOT NULL,
    price_source TEXT NOT NULL,
    unassigned INTEGER NOT NULL,
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    found INTEGER NOT NULL,
    -- What they cost a month, in millionths of the currency's unit.
    millionths INTEGER NOT NULL,
    -- The same of those without a tag, where `tag` is ''.
    untagged INTEGER NOT NULL,
    untagged_millionths INTEGER NOT NULL,
    PRIMARY KEY (tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider)
) STRICT, WITHOUT ROWID;
CREATE INDEX inventory_counts_empty ON inventory_counts (found) WHERE found = 0;

-- What a row counts for: `sign` is 1 for one that comes, -1 for one that goes.
CREATE VIEW inventory_counted AS SELECT 1 AS sign, tenant, identity, tags, state, country, number_type, month, currency,
    price_source, unassigned, account, provider, price_key FROM inventory;
CREATE TRIGGER inventory_counted_once INSTEAD OF INSERT ON inventory_counted BEGIN
    INSERT INTO inventory_counts
    SELECT new.tenant, new.identity, tag, new.state, COALESCE(new.country, ''), new.number_type, COALESCE(new.month, ''),
        COALESCE(new.currency, ''), new.price_source, new.unassigned, new.account, new.provider,
        new.sign, new.sign * millionths, new.sign * untagged, new.sign * untagged * millionths
    FROM (SELECT tag, tag = '' AND new.tags = '[]' AS untagged,
            CASE WHEN new.currency IS NULL THEN 0 ELSE new.price_key END AS millionths
        FROM (SELECT '' AS tag UNION SELECT value FROM json_each(new.tags)))
    WHERE true
    ON CONFLICT DO UPDATE SET found = found + excluded.found, millionths = millionths + excluded.millionths,
        untagged = untagged + excluded.untagged,
        untagged_millionths = untagged_millionths + excluded.untagged_millionths;
END;
CREATE TRIGGER inventory_counted_added AFTER INSERT ON inventory BEGIN
    INSERT INTO inventory_counted VALUES (1, new.tenant, new.identity, new.tags, new.state, new.country, new.number_type,
        new.month, new.currency, new.price_source, new.unassigned, new.account, new.provider, new.price_key);
END;
CREATE TRIGGER inventory_counted_changed AFTER UPDATE ON inventory
WHEN (old.tenant, old.identity, old.tags, old.state, old.country, old.number_type, old.month, old.currency,
        old.price_source, old.unassigned, old.account, old.provider, old.price_key)
    IS NOT (new.tenant, new.identity, new.tags, new.state, new.country, new.number_type, new.month, new.currency,
        new.price_source, new.unassigned, new.account, new.provider, new.price_key) BEGIN
    INSERT INTO inventory_counted VALUES (-1, old.tenant, old.identity, old.tags, old.state, old.country, old.number_type,
        old.month, old.currency, old.price_source, old.unassigned, old.account, old.provider, old.price_key);
    INSERT INTO inventory_counted VALUES (1, new.tenant, new.identity, new.tags, new.state, new.country, new.number_type,
        new.month, new.currency, new.price_source, new.unassigned, new.account, new.provider, new.price_key);
END;
CREATE TRIGGER inventory_counted_removed AFTER DELETE ON inventory BEGIN
    INSERT INTO inventory_counted VALUES (-1, old.tenant, old.identity, old.tags, old.state, old.country, old.number_type,
        old.month, old.currency, old.price_source, old.unassigned, old.account, old.provider, old.price_key);
END;

-- The rows that are there.
INSERT INTO inventory_counts
SELECT tenant, identity, tag, state, COALESCE(country, ''), number_type, COALESCE(month, ''), COALESCE(currency, ''),
    price_source, unassigned, account, provider, COUNT(*), SUM(CASE WHEN currency IS NULL THEN 0 ELSE price_key END),
    SUM(tag = '' AND tags = '[]'), SUM(CASE WHEN tag = '' AND tags = '[]' AND currency IS NOT NULL THEN price_key ELSE 0 END)
FROM (SELECT seq AS entry, '' AS tag FROM inventory UNION SELECT seq, value FROM inventory, json_each(tags))
    JOIN inventory ON seq = entry
GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider;
DROP INDEX inventory_summed;
