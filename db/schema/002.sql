-- Version 2: run-time profiles.

CREATE TABLE profile (
  id INTEGER PRIMARY KEY,
  time_ns INTEGER NOT NULL,
  format TEXT NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  source TEXT NOT NULL,
  command TEXT,
  total REAL NOT NULL,
  samples REAL NOT NULL,
  lost REAL NOT NULL,
  warnings TEXT
) STRICT;

CREATE TABLE profile_line (
  id INTEGER PRIMARY KEY,
  profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  function TEXT,
  self REAL NOT NULL,
  hits REAL
) STRICT;
CREATE INDEX profile_line_place ON profile_line (profile_id, file, line);

CREATE TABLE profile_function (
  id INTEGER PRIMARY KEY,
  profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
  function TEXT NOT NULL,
  file TEXT,
  line INTEGER NOT NULL,
  object TEXT,
  calls REAL,
  self REAL NOT NULL,
  total REAL NOT NULL
) STRICT;
CREATE INDEX profile_function_name ON profile_function (profile_id, function);

CREATE TABLE profile_call (
  id INTEGER PRIMARY KEY,
  profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  caller TEXT,
  callee TEXT,
  calls REAL,
  total REAL NOT NULL
) STRICT;
CREATE INDEX profile_call_place ON profile_call (profile_id, file, line);

CREATE TABLE profile_frame (
  profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
  frame INTEGER NOT NULL,
  file TEXT,
  line INTEGER NOT NULL,
  function TEXT,
  PRIMARY KEY (profile_id, frame)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_stack (
  profile_id INTEGER NOT NULL REFERENCES profile (id) ON DELETE CASCADE,
  stack INTEGER NOT NULL,
  frames BLOB NOT NULL,
  weight REAL NOT NULL,
  samples REAL NOT NULL,
  PRIMARY KEY (profile_id, stack)
) STRICT, WITHOUT ROWID;
