-- How the text can be changed so that a finding is gone, or why it cannot be.

CREATE TABLE finding_fix (
  finding_id INTEGER PRIMARY KEY REFERENCES finding (id) ON DELETE CASCADE,
  fix TEXT NOT NULL
) STRICT;
