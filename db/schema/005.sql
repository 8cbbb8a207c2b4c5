-- Version 5: unit records by columns and against a dictionary. The units' old records are forgotten: the next run makes
-- new ones.

DELETE FROM unit;

CREATE TABLE dictionary (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;

ALTER TABLE unit ADD COLUMN dictionary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unit_lookup ADD COLUMN dictionary INTEGER NOT NULL DEFAULT 0;
