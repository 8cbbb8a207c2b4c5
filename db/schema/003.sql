-- Version 3: include look-ups that failed, and what lets a run's answer be given again.

CREATE TABLE unit_lookup (
  unit_id INTEGER PRIMARY KEY REFERENCES unit (id) ON DELETE CASCADE,
  missing TEXT NOT NULL,
  absent BLOB NOT NULL
) STRICT;

CREATE TABLE answer (
  run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
  question INTEGER NOT NULL,
  profile INTEGER NOT NULL,
  facts BLOB NOT NULL,
  absent BLOB NOT NULL
) STRICT;

CREATE TABLE answer_file (
  run_id INTEGER NOT NULL REFERENCES answer (run_id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file (id),
  PRIMARY KEY (run_id, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_file_file ON answer_file (file_id);

CREATE TABLE finding_cause (
  finding_id INTEGER PRIMARY KEY REFERENCES finding (id) ON DELETE CASCADE,
  cause TEXT,
  allocator_time INTEGER NOT NULL CHECK (allocator_time IN (0, 1))
) STRICT;
