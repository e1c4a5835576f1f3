-- Rows whose text is not in the index of texts yet. Many are put there at once: each by itself would be a part of the
-- index of its own, which later has to be merged with others.
CREATE TABLE inventory_unindexed (
    seq INTEGER PRIMARY KEY
) STRICT;

DROP TRIGGER inventory_text_added;
DROP TRIGGER inventory_text_changed;
DROP TRIGGER inventory_text_removed;
CREATE TRIGGER inventory_text_added AFTER INSERT ON inventory BEGIN
    INSERT INTO inventory_unindexed (seq) VALUES (new.seq);
END;
CREATE TRIGGER inventory_text_changed AFTER UPDATE OF text ON inventory
WHEN old.text <> new.text AND NOT EXISTS (SELECT 1 FROM inventory_unindexed WHERE seq = old.seq) BEGIN
    INSERT INTO inventory_text (inventory_text, rowid, text) VALUES ('delete', old.seq, old.text);
    INSERT INTO inventory_unindexed (seq) VALUES (new.seq);
END;
CREATE TRIGGER inventory_text_removed AFTER DELETE ON inventory BEGIN
    INSERT INTO inventory_text (inventory_text, rowid, text) SELECT 'delete', old.seq, old.text
    WHERE NOT EXISTS (SELECT 1 FROM inventory_unindexed WHERE seq = old.seq);
    DELETE FROM inventory_unindexed WHERE seq = old.seq;
END;
