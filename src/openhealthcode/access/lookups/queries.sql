-- access: how often somebody was looked up, and what of it the region should see. Small tables.

-- name: count_lookups
-- A few rows by primary key, in one order, so that parallel look-ups queue up and never block each
-- other; waits for no disk. Parameters: $1 subjects bytea[], $2 starts_at timestamptz[], $3 subject
-- bytea and $4 starts_at timestamptz of a count that is only read.
SELECT subject, used FROM access.count_lookups($1::bytea[], $2::timestamptz[], $3::bytea, $4)

-- name: raise_alarm
-- One row by primary key. Parameters: $1 on_day date, $2 caller_id uuid, $3 kind text,
-- $4 institution_id uuid, $5 at timestamptz.
INSERT INTO access.lookup_alarm AS known
       (on_day, caller_id, kind, institution_id, times, first_at, latest_at)
VALUES ($1, $2, $3, $4, 1, $5, $5)
ON CONFLICT (on_day, caller_id, kind) DO UPDATE
   SET times = known.times + 1, latest_at = $5, seen_at = NULL, seen_by = NULL

-- name: alarms
-- A small table. Parameters: $1 since timestamptz.
SELECT on_day, caller_id, kind, institution_id, times, first_at, latest_at, seen_at, seen_by
  FROM access.lookup_alarm
 WHERE latest_at >= $1
 ORDER BY seen_at IS NOT NULL, latest_at DESC
 LIMIT 500

-- name: unseen_alarms
-- A small table.
SELECT count(*) FROM access.lookup_alarm WHERE seen_at IS NULL

-- name: see_alarm
-- By primary key. Parameters: $1 on_day date, $2 caller_id uuid, $3 kind text, $4 at timestamptz,
-- $5 practitioner_id uuid.
UPDATE access.lookup_alarm SET seen_at = $4, seen_by = $5
 WHERE on_day = $1 AND caller_id = $2 AND kind = $3 AND seen_at IS NULL

-- name: forget_counts
-- By index, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM access.lookup_count WHERE starts_at < $1

-- name: forget_alarms
-- A small table. Parameters: $1 before timestamptz.
DELETE FROM access.lookup_alarm WHERE latest_at < $1

-- name: people
-- Each by primary key, one round trip for all; and whether anybody among those asked for was made up,
-- by one index probe for each mark. Parameters: $1 resident_ids uuid[], $2 at most integer,
-- $3 canaries' marks bytea[].
SELECT resident_id, next_number, head, consent_version, at, members, received,
       EXISTS (SELECT FROM identity.canary WHERE canary_key = ANY ($3::bytea[])) AS is_canary
  FROM access.people($1::uuid[], $2)
