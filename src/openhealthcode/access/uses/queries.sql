-- access.uses: which partners a resident switched on. Single rows by primary key, one shard.

-- name: switch_on
-- One row; none when it is on already. Parameters: $1 resident_id, $2 partner_id uuid, $3 salt bytea,
-- $4 notice_version text, $5 event_number bigint, $6 at timestamptz.
INSERT INTO access.binding
       (resident_id, partner_id, salt, notice_version, event_number, switched_on_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (resident_id, partner_id) DO NOTHING
RETURNING true

-- name: join
-- By primary key. Parameters: $1 resident_id, $2 partner_id uuid, $3 salt bytea, $4 at timestamptz.
UPDATE access.binding SET joined_at = $4
 WHERE resident_id = $1 AND partner_id = $2 AND salt = $3
RETURNING true

-- name: switch_off
-- By primary key. Parameters: $1 resident_id, $2 partner_id uuid.
DELETE FROM access.binding WHERE resident_id = $1 AND partner_id = $2
RETURNING salt

-- name: bindings
-- A handful of the resident's rows. Parameters: $1 resident_id uuid.
SELECT partner_id, salt, switched_on_at, joined_at
  FROM access.binding
 WHERE resident_id = $1

-- name: forget_bindings
-- A handful of the resident's rows. Parameters: $1 resident_id uuid.
DELETE FROM access.binding WHERE resident_id = $1
