-- Version 8: a unit's files as one list, functions and loops by the file they are in. The units of older versions are
-- forgotten: the next run makes new ones.

DELETE FROM unit;
DROP TABLE unit_file;
DROP TABLE function;
DROP TABLE loop;

ALTER TABLE unit ADD COLUMN files TEXT NOT NULL DEFAULT '[]';

CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  hash INTEGER NOT NULL
) STRICT;

CREATE TABLE source_function (
  source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  line INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  blocks INTEGER NOT NULL,
  insns INTEGER NOT NULL,
  loops INTEGER NOT NULL,
  summary INTEGER NOT NULL,
  PRIMARY KEY (source_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_loop (
  source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  function INTEGER NOT NULL,
  line INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  trip TEXT NOT NULL,
  PRIMARY KEY (source_id, ordinal)
) STRICT, WITHOUT ROWID;
