-- Version 10: the files that an answer rests on as a list, as units have them. The next run makes a new answer.

DELETE FROM answer;
DROP TABLE answer_file;
ALTER TABLE answer ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
