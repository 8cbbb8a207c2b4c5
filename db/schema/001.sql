-- Version 1: units with what they read, the analysed code, runs and their findings.
-- A migration that has been released is never edited, not even its comments: store_open compares
-- the stored text of every object with what these files create.

CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  seen_ns INTEGER NOT NULL,
  UNIQUE (path, size, mtime_ns, hash)
) STRICT;

CREATE TABLE unit (
  id INTEGER PRIMARY KEY,
  key INTEGER NOT NULL UNIQUE,
  path TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ok', 'incomplete', 'failed')),
  reason TEXT,
  stored_ns INTEGER NOT NULL,
  record BLOB,
  record_size INTEGER NOT NULL,
  record_hash INTEGER NOT NULL
) STRICT;
CREATE INDEX unit_path ON unit (path);

CREATE TABLE unit_file (
  unit_id INTEGER NOT NULL REFERENCES unit (id) ON DELETE CASCADE,
  file_id INTEGER NOT NULL REFERENCES file (id),
  PRIMARY KEY (unit_id, file_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_file_file ON unit_file (file_id);

CREATE TABLE function (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  blocks INTEGER NOT NULL,
  insns INTEGER NOT NULL,
  loops INTEGER NOT NULL,
  summary INTEGER NOT NULL
) STRICT;

CREATE TABLE loop (
  id INTEGER PRIMARY KEY,
  function TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  depth INTEGER NOT NULL,
  trip TEXT NOT NULL
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  time_ns INTEGER NOT NULL,
  version TEXT NOT NULL,
  root TEXT NOT NULL,
  command TEXT NOT NULL,
  units INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  profile TEXT
) STRICT;

CREATE TABLE run_rule (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  findings INTEGER NOT NULL,
  PRIMARY KEY (run_id, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_fingerprint (
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (run_id, fingerprint)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  column INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  end_column INTEGER NOT NULL,
  function TEXT,
  loop_line INTEGER NOT NULL,
  loop_depth INTEGER NOT NULL,
  record TEXT,
  severity INTEGER NOT NULL,
  confidence INTEGER NOT NULL,
  growth INTEGER NOT NULL,
  cost INTEGER NOT NULL,
  show INTEGER NOT NULL,
  cold INTEGER NOT NULL CHECK (cold IN (0, 1)),
  heat INTEGER NOT NULL,
  bound_factor REAL NOT NULL,
  saving REAL NOT NULL,
  saving_why TEXT,
  message TEXT NOT NULL,
  help TEXT,
  fingerprint TEXT NOT NULL,
  group_head TEXT NOT NULL,
  compiler_status TEXT NOT NULL,
  compiler_reason TEXT,
  suppressed TEXT,
  position INTEGER NOT NULL DEFAULT 0,
  score REAL NOT NULL DEFAULT 0,
  by_profile INTEGER NOT NULL DEFAULT 0 CHECK (by_profile IN (0, 1)),
  listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1)),
  share REAL NOT NULL DEFAULT 0,
  samples REAL NOT NULL DEFAULT 0,
  bound REAL NOT NULL DEFAULT 0,
  estimate REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX finding_run ON finding (run_id);

CREATE TABLE place (
  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  column INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  end_column INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (finding_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  unit TEXT,
  text TEXT,
  PRIMARY KEY (finding_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
  finding_id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  function TEXT,
  inclusive INTEGER NOT NULL CHECK (inclusive IN (0, 1)),
  PRIMARY KEY (finding_id, ordinal)
) STRICT, WITHOUT ROWID;
