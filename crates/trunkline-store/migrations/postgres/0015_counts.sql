-- How many numbers have the same values, and what they cost, kept as rows of the inventory change: adding up a million rows
-- takes seconds. '' stands for no value.
CREATE TABLE inventory_counted (
    tenant TEXT COLLATE "C" NOT NULL,
    identity TEXT COLLATE "C" NOT NULL,
    -- '' counts every number once; each tag counts the numbers that have it.
    tag TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C" NOT NULL,
    number_type TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C" NOT NULL,
    price_source TEXT COLLATE "C" NOT NULL,
    unassigned BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    found BIGINT NOT NULL,
    -- What they cost a month, in millionths of the currency's unit.
    millionths BIGINT NOT NULL,
    -- The same of those without a tag, where `tag` is ''.
    untagged BIGINT NOT NULL,
    untagged_millionths BIGINT NOT NULL
);
-- What was counted since: two transactions that change one count would wait for each other, so each adds a row, and every
-- minute the rows are added up.
CREATE TABLE inventory_count_changes (LIKE inventory_counted);
ALTER TABLE inventory_counted ADD PRIMARY KEY
    (tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider);
CREATE INDEX inventory_counted_empty ON inventory_counted (found) WHERE found = 0;
CREATE VIEW inventory_counts AS SELECT * FROM inventory_counted UNION ALL SELECT * FROM inventory_count_changes;

-- Adds what rows count for: `sign` is 1 for those that come, -1 for those that go.
CREATE FUNCTION inventory_count() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_count_changes
        SELECT tenant, identity, tag, state, COALESCE(country, ''), number_type, COALESCE(month, ''),
            COALESCE(currency, ''), price_source, unassigned, account, provider, COUNT(*),
            COALESCE(SUM(price_key) FILTER (WHERE currency IS NOT NULL), 0),
            COUNT(*) FILTER (WHERE tag = '' AND tags = '[]'),
            COALESCE(SUM(price_key) FILTER (WHERE tag = '' AND tags = '[]' AND currency IS NOT NULL), 0)
        FROM added CROSS JOIN LATERAL
            (SELECT '' AS tag UNION SELECT jsonb_array_elements_text(CAST(tags AS JSONB))) AS tagged
        GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO inventory_count_changes
        SELECT tenant, identity, tag, state, COALESCE(country, ''), number_type, COALESCE(month, ''),
            COALESCE(currency, ''), price_source, unassigned, account, provider, -COUNT(*),
            -COALESCE(SUM(price_key) FILTER (WHERE currency IS NOT NULL), 0),
            -COUNT(*) FILTER (WHERE tag = '' AND tags = '[]'),
            -COALESCE(SUM(price_key) FILTER (WHERE tag = '' AND tags = '[]' AND currency IS NOT NULL), 0)
        FROM removed CROSS JOIN LATERAL
            (SELECT '' AS tag UNION SELECT jsonb_array_elements_text(CAST(tags AS JSONB))) AS tagged
        GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider;
    ELSE
        INSERT INTO inventory_count_changes
        SELECT tenant, identity, tag, state, COALESCE(country, ''), number_type, COALESCE(month, ''),
            COALESCE(currency, ''), price_source, unassigned, account, provider, SUM(sign),
            COALESCE(SUM(sign * price_key) FILTER (WHERE currency IS NOT NULL), 0),
            COALESCE(SUM(sign) FILTER (WHERE tag = '' AND tags = '[]'), 0),
            COALESCE(SUM(sign * price_key) FILTER (WHERE tag = '' AND tags = '[]' AND currency IS NOT NULL), 0)
        FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1, * FROM removed) AS changed CROSS JOIN LATERAL
            (SELECT '' AS tag UNION SELECT jsonb_array_elements_text(CAST(tags AS JSONB))) AS tagged
        GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider
        HAVING SUM(sign) <> 0 OR COALESCE(SUM(sign * price_key) FILTER (WHERE currency IS NOT NULL), 0) <> 0
            OR COALESCE(SUM(sign) FILTER (WHERE tag = '' AND tags = '[]'), 0) <> 0
            OR COALESCE(SUM(sign * price_key) FILTER (WHERE tag = '' AND tags = '[]' AND currency IS NOT NULL), 0) <> 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER inventory_counted_added AFTER INSERT ON inventory
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION inventory_count();
CREATE TRIGGER inventory_counted_changed AFTER UPDATE ON inventory
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION inventory_count();
CREATE TRIGGER inventory_counted_removed AFTER DELETE ON inventory
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION inventory_count();

-- The rows that are there.
INSERT INTO inventory_counted
SELECT tenant, identity, tag, state, COALESCE(country, ''), number_type, COALESCE(month, ''),
    COALESCE(currency, ''), price_source, unassigned, account, provider, COUNT(*),
    COALESCE(SUM(price_key) FILTER (WHERE currency IS NOT NULL), 0),
    COUNT(*) FILTER (WHERE tag = '' AND tags = '[]'),
    COALESCE(SUM(price_key) FILTER (WHERE tag = '' AND tags = '[]' AND currency IS NOT NULL), 0)
FROM inventory CROSS JOIN LATERAL
    (SELECT '' AS tag UNION SELECT jsonb_array_elements_text(CAST(tags AS JSONB))) AS tagged
GROUP BY tenant, identity, tag, state, country, number_type, month, currency, price_source, unassigned, account, provider;
DROP INDEX inventory_summed;
