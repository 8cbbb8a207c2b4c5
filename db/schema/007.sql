-- Version 7: what the compiler's optimiser leaves of findings.

ALTER TABLE site ADD COLUMN column INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN end_column INTEGER NOT NULL DEFAULT 0;

ALTER TABLE finding ADD COLUMN compiler_witness TEXT;
ALTER TABLE finding ADD COLUMN witness INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN unit TEXT;

CREATE TABLE evidence (
  key INTEGER PRIMARY KEY,
  status TEXT NOT NULL,
  reason TEXT,
  witness TEXT,
  time_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE optimiser (
  id INTEGER NOT NULL
) STRICT;
