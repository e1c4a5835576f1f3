-- What transactions have left for the audit chain and the feed of events, until it is added there: a chain has one end, for
-- which every transaction of a tenant would have to wait.
CREATE TABLE unlinked (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    audit TEXT NOT NULL,
    events TEXT NOT NULL
);
CREATE INDEX unlinked_by_tenant ON unlinked (tenant, id);
