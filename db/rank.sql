-- The order of findings, as temporary views made when the store is opened: nothing in the file itself
-- is ever executed. Two bases that are never mixed: rank_static without a profile, rank_profile with one.

-- Filled by rank.c before rank_profile is read: what the profile says of each finding's group. `claim`
-- is 0 where the metric is no time (counts of executions), so that no speed-up is claimed.
CREATE TEMP TABLE rank_share (
  finding_id INTEGER PRIMARY KEY,
  share REAL NOT NULL,
  samples REAL NOT NULL,
  claim INTEGER NOT NULL
);

-- Growth class, then what is paid, then loop depth with the heat of the callers, then confidence;
-- cold code last. The numbers are those of rules/rule.h (cost: 0 is the dearest); one score holds them all, a
-- field of digits each, so that it sorts like the list of keys.
CREATE TEMP VIEW rank_static AS
SELECT
  id AS finding_id,
  run_id,
  (cold = 0) * 1000000 + min(max(growth, 0), 9) * 100000 + (9 - min(max(cost, 0), 9)) * 10000
    + min(loop_depth + heat, 99) * 100 + min(max(confidence, 0), 9) * 10 AS score,
  0 AS by_profile,
  show = 0 AND suppressed IS NULL AND compiler_status <> 'optimised-away' AS listed,
  0.0 AS share,
  0.0 AS samples,
  0.0 AS bound,
  0.0 AS estimate,
  file, line, column, rule, fingerprint
FROM main.finding;

-- The share of the time at stake, then the most that a fix can gain. Code below 0.1% of the time is not
-- listed; a finding that is low without a profile is listed from 1% on.
CREATE TEMP VIEW rank_profile AS
SELECT
  f.id AS finding_id,
  f.run_id,
  s.share AS score,
  1 AS by_profile,
  s.share >= CASE WHEN f.show = 0 THEN 0.001 ELSE 0.01 END
    AND f.suppressed IS NULL AND f.compiler_status <> 'optimised-away' AS listed,
  s.share,
  s.samples,
  s.claim / (1.0 - min(s.share * min(max(f.bound_factor, 0.0), 1.0), 0.999)) AS bound,
  s.claim / (1.0 - min(s.share * min(max(f.saving, 0.0), 1.0), 0.999)) AS estimate,
  f.file, f.line, f.column, f.rule, f.fingerprint
FROM main.finding AS f JOIN rank_share AS s ON s.finding_id = f.id;

-- For people: the latest run's findings in their stored order.
CREATE TEMP VIEW ranked AS
SELECT * FROM main.finding
WHERE run_id = (SELECT max(id) FROM main.run)
ORDER BY position;
