-- access/groups: groups approved for an institution, and exports of them under way.

-- name: approve
-- Parameters: $1 resident_id uuid (the group's), $2 institution_id uuid, $3 name text, $4 purpose text,
-- $5 size integer, $6 until timestamptz, $7 approved_at timestamptz, $8 members bytea.
INSERT INTO access.export_group
    (resident_id, institution_id, name, purpose, size, until, approved_at, members)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: approved
-- All of them, the newest first; a few rows over all shards.
SELECT resident_id, institution_id, name, purpose, size, until, approved_at, ended_at
  FROM access.export_group
 ORDER BY approved_at DESC

-- name: end
-- By primary key. Parameters: $1 resident_id uuid, $2 ended_at timestamptz.
UPDATE access.export_group
   SET ended_at = $2, members = ''
 WHERE resident_id = $1 AND ended_at IS NULL
RETURNING institution_id

-- name: members
-- By primary key. Parameters: $1 resident_id uuid, $2 institution_id uuid, $3 now timestamptz.
SELECT members
  FROM access.export_group
 WHERE resident_id = $1 AND institution_id = $2 AND ended_at IS NULL AND until > $3

-- name: begin_job
-- Parameters: $1 resident_id uuid, $2 mark bytea, $3 state bytea, $4 now timestamptz,
-- $5 expires_at timestamptz.
INSERT INTO access.export_job (resident_id, mark, state, leased_until, expires_at)
VALUES ($1, $2, $3, $4, $5)

-- name: forget_jobs
-- Those of one group that are over; one shard. Parameters: $1 resident_id uuid, $2 now timestamptz.
DELETE FROM access.export_job WHERE resident_id = $1 AND expires_at <= $2

-- name: job
-- By primary key. Parameters: $1 resident_id uuid, $2 mark bytea, $3 now timestamptz.
SELECT state
  FROM access.export_job
 WHERE resident_id = $1 AND mark = $2 AND expires_at > $3

-- name: lease_job
-- The job, if nobody works on it; by primary key.
-- Parameters: $1 resident_id uuid, $2 mark bytea, $3 now timestamptz, $4 leased_until timestamptz.
UPDATE access.export_job
   SET leased_until = $4
 WHERE resident_id = $1 AND mark = $2 AND expires_at > $3 AND leased_until <= $3
RETURNING state

-- name: note_portion
-- By primary key; only while the lease is still this one's.
-- Parameters: $1 resident_id uuid, $2 mark bytea, $3 leased_until timestamptz as leased, $4 state bytea,
-- $5 now timestamptz.
UPDATE access.export_job
   SET state = $4, leased_until = $5
 WHERE resident_id = $1 AND mark = $2 AND leased_until = $3
RETURNING true
