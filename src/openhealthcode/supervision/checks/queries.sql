-- supervision.checks: runs asked for and what came of them. Under the task `supervision`; a small table.

-- name: take_turn
-- Whether this transaction is the one that checks; released with it.
SELECT pg_try_advisory_xact_lock(5346272)

-- name: ask
-- Parameters: $1 name text, $2 asked_by uuid.
INSERT INTO supervision.check_run (name, asked_at, asked_by)
SELECT $1, statement_timestamp(), $2
 WHERE NOT EXISTS (SELECT 1 FROM supervision.check_run r
                    WHERE r.name = $1 AND r.finished_at IS NULL)
ON CONFLICT (name, asked_at) DO NOTHING

-- name: asked
-- Some dozens of rows in a year.
SELECT name, asked_at FROM supervision.check_run WHERE finished_at IS NULL ORDER BY asked_at

-- name: finish
-- By primary key. Parameters: $1 name text, $2 asked_at timestamptz, $3 checked bigint, $4 kinds text[],
-- $5 times bigint[].
UPDATE supervision.check_run
   SET finished_at = clock_timestamp(), checked = $3, kinds = $4, times = $5
 WHERE name = $1 AND asked_at = $2

-- name: latest
-- The unfinished run of each check and its latest finished one.
SELECT DISTINCT ON (r.name, r.finished_at IS NULL)
       r.name, r.asked_by, r.asked_at, r.finished_at, r.checked, r.kinds, r.times
  FROM supervision.check_run r
 ORDER BY r.name, r.finished_at IS NULL, r.asked_at DESC
