-- The order of findings, as temporary tables and views made when the store is opened: nothing that the
-- file holds is ever executed. Two bases that are never mixed: rank_static without a profile,
-- rank_profile with one.

-- The findings at hand, filled by rank.c. `hidden`: suppressed, or removed by the compiler. Share and
-- samples are the profile's, on the union of the group's cost sites; `claim` is 0 where the metric is
-- no time (counts of executions), so that no speed-up is claimed. `place`: the position by file, line,
-- column, rule and fingerprint. Rules and causes are told apart by numbers.
CREATE TEMP TABLE rank_finding (
  ordinal INTEGER PRIMARY KEY,
  growth INTEGER, severity INTEGER, cost INTEGER, loop_depth INTEGER, heat INTEGER,
  confidence INTEGER,
  cold INTEGER, low INTEGER, hidden INTEGER,
  bound_factor REAL, saving REAL, share REAL, samples REAL, claim INTEGER,
  place INTEGER, rule INTEGER, cause INTEGER
);

-- Bands: warm before cold, then severity. In a band merit counts: growth class, what is paid, then
-- loop depth with the heat of the callers, then confidence. A loop in the function itself is worth more
-- than those around its callers, of which a third tells nothing: event loops and dispatchers surround
-- whatever they reach. The numbers are those of rules/rule.h (cost: 0 is the dearest). What has little at
-- stake by its rule's own word (severity 0) is listed by a profile only.
CREATE TEMP VIEW rank_merit AS
SELECT
  ordinal, severity, cold, place, rule, cause,
  (cold = 0) * 10 + severity AS band,
  growth * 100000 + (9 - cost) * 10000 + min(loop_depth * 3 + min(heat, 2), 99) * 10 + confidence AS merit,
  NOT low AND severity > 0 AND NOT hidden AS listed
FROM rank_finding;

-- A cause that is found many times (one allocating function, called in twenty loops) comes first once.
CREATE TEMP VIEW rank_repeat AS
SELECT
  *,
  row_number() OVER (
    PARTITION BY band, listed, rule, cause ORDER BY merit DESC, place
  ) AS repeat
FROM rank_merit;

-- In a band the rules take turns, each with its best first, so that no rule hides the others' findings:
-- the fifth of a rule stands beside the first ones of the next lower severity.
CREATE TEMP VIEW rank_turn AS
SELECT
  *,
  row_number() OVER (
    PARTITION BY band, listed, rule
    ORDER BY repeat, merit DESC, place
  ) AS turn
FROM rank_repeat;

-- One score holds warmth, level and merit, each in digits of its own, so that it sorts like the list of
-- keys.
CREATE TEMP VIEW rank_static AS
SELECT
  ordinal,
  (cold = 0) * 10000000000 + (1000 + severity * 4 - min(turn, 999)) * 1000000 + merit AS score,
  0 AS by_profile,
  listed,
  0.0 AS share, 0.0 AS samples, 0.0 AS bound, 0.0 AS estimate,
  place
FROM rank_turn;

-- The share of the time at stake, then the most that a fix can gain. Code below 0.1% of the time is not
-- listed; a finding that is low without a profile is listed from 1% on.
CREATE TEMP VIEW rank_profile AS
SELECT
  ordinal,
  share AS score,
  1 AS by_profile,
  share >= iif(low, 0.01, 0.001) AND NOT hidden AS listed,
  share, samples,
  claim / (1.0 - min(share * bound_factor, 0.999)) AS bound,
  claim / (1.0 - min(share * saving, 0.999)) AS estimate,
  place
FROM rank_finding;

-- For people: the latest run's findings in their stored order.
CREATE TEMP VIEW ranked AS
SELECT * FROM main.finding
WHERE run_id = (SELECT max(id) FROM main.run)
ORDER BY position;

-- And what units, functions and loops are, without the numbers that stand for files and functions.
CREATE TEMP VIEW unit_file AS
SELECT u.id AS unit_id, f.value AS file_id FROM main.unit AS u, json_each(u.files) AS f;

CREATE TEMP VIEW function AS
SELECT
  (s.id << 24) + f.key AS id, ifnull(f.value ->> 0, '') AS name, s.path AS file, f.value ->> 1 AS line,
  (f.value ->> 1) + (f.value ->> 2) AS end_line, f.value ->> 3 AS blocks, f.value ->> 4 AS insns,
  ifnull(json_array_length(f.value, '$[6]'), 0) AS loops, f.value ->> 5 AS summary
FROM main.source AS s, json_each(unpacked(s.code)) AS f;

CREATE TEMP VIEW loop AS
SELECT
  (s.id << 40) + (f.key << 20) + l.key AS id, ifnull(f.value ->> 0, '') AS function, s.path AS file,
  l.value ->> 0 AS line, l.value ->> 1 AS depth, l.value ->> 2 AS trip
FROM main.source AS s, json_each(unpacked(s.code)) AS f, json_each(f.value, '$[6]') AS l;

-- The findings of each run, of which only the fingerprints are kept.
CREATE TEMP VIEW run_fingerprint AS
SELECT r.id AS run_id, f.fingerprint
FROM main.run AS r JOIN main.fingerprint AS f ON f.first_run <= r.id AND ifnull(f.last_run >= r.id, 1);
