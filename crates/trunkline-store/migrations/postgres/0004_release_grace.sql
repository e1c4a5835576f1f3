-- Releases that can be undone for a while. Those written before were sent at once.
ALTER TABLE releases ADD COLUMN sent BIGINT NOT NULL DEFAULT 1;
-- When it is to be sent.
ALTER TABLE releases ADD COLUMN due_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX releases_undoable ON releases (number_id) WHERE done = 0 AND sent = 0;
