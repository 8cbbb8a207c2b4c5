-- Version 4: judgements of rules that are given again while what they rest on is as it was.

CREATE TABLE judgement (
  question INTEGER PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;
