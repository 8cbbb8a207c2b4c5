-- Version 9: the functions and loops of a file as one block, files found by their hash alone, fingerprints with the runs
-- from the first to the last that had them. Units of older versions
-- are forgotten, their records being of another kind: the next run makes new ones.

DELETE FROM answer;
DELETE FROM judgement;
DELETE FROM unit;
DELETE FROM dictionary;
DROP TABLE file;
DROP TABLE source_loop;
DROP TABLE source_function;
DROP TABLE source;

CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  seen_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX file_hash ON file (hash);

CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  hash INTEGER NOT NULL,
  code BLOB NOT NULL
) STRICT;

CREATE TABLE fingerprint (
  fingerprint TEXT NOT NULL,
  first_run INTEGER NOT NULL,
  last_run INTEGER,
  PRIMARY KEY (fingerprint, first_run)
) STRICT, WITHOUT ROWID;
INSERT INTO fingerprint SELECT fingerprint, run_id, run_id FROM run_fingerprint;
DROP TABLE run_fingerprint;
