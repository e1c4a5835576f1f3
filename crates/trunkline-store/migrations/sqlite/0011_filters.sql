-- An index for each filter of a list. What nearly every row has is found fast without one.
CREATE INDEX purchases_by_number ON purchases (number);
CREATE INDEX purchases_by_account ON purchases (account, id);
CREATE INDEX purchases_by_state ON purchases (tenant, state, id) WHERE state <> 'succeeded';
CREATE INDEX releases_by_number ON releases (number_id);
DROP INDEX releases_undoable;
CREATE INDEX audit_by_key ON audit (key_id, seq) WHERE key_id IS NOT NULL;
CREATE INDEX audit_by_account ON audit (account, seq) WHERE account IS NOT NULL;
CREATE INDEX audit_by_action ON audit (tenant, action, seq) WHERE action <> 'number.purchase';
CREATE INDEX audit_by_outcome ON audit (tenant, outcome, seq) WHERE outcome NOT IN ('begun', 'ok');
CREATE INDEX audit_by_time ON audit (tenant, at_ms, seq);
CREATE INDEX events_by_account ON events (tenant, account, position);
CREATE INDEX events_by_kind ON events (tenant, kind, position) WHERE kind <> 'number.purchased';
-- An id tells when it was made, and so where its row is.
DROP INDEX audit_by_id;
DROP INDEX events_by_id;
